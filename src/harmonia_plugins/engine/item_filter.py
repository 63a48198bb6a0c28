"""Which items a filter wants: values by field, nested ones too, or comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.pipeline import intake

Test = Callable[[Any], bool]
"""Tells whether a value is wanted. Never raises."""

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, wanted: value == wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$gt": lambda value, wanted: value > wanted,
    "$gte": lambda value, wanted: value >= wanted,
    "$lt": lambda value, wanted: value < wanted,
    "$lte": lambda value, wanted: value <= wanted,
}


def read_filter(wanted: Mapping[str, Any] | None) -> Test | None:
    """Return a filter as a test of an item's value, or None where it lets everything pass.

    Raises:
        InvalidInputError: it is no mapping, or names an unknown operator at any depth.
    """
    fields: object = wanted
    if not (fields is None or isinstance(fields, Mapping)):
        raise InvalidInputError(f"filter must be a mapping of fields to values, not {wanted!r}")
    return _fields(wanted) if wanted else None


def _fields(wanted: Mapping[str, Any]) -> Test:
    """Return a test that a value is a mapping with these fields, whatever else it has."""
    tests = [(name, _condition(condition)) for name, condition in wanted.items()]

    def matches(value: Any) -> bool:
        return isinstance(value, Mapping) and all(
            test(_field(cast("Mapping[str, Any]", value), name)) for name, test in tests
        )

    return matches


def _field(value: Mapping[str, Any], name: str) -> Any:
    """Return a field, where there is none by a dotted name the nested one; None for neither."""
    if name in value or "." not in name:
        return value.get(name)
    outer, _, inner = name.partition(".")
    nested: Any = value.get(outer)
    return _field(cast("Mapping[str, Any]", nested), inner) if isinstance(nested, Mapping) else None


def _condition(condition: Any) -> Test:
    if isinstance(condition, Mapping):
        named = cast("Mapping[str, Any]", condition)
        compares = any(str(name).startswith("$") for name in named)
        return _comparisons(named) if compares else _fields(named)
    if isinstance(condition, (list, tuple)):
        return _elements(cast("Sequence[Any]", condition))
    return lambda value: value == condition


def _comparisons(wanted: Mapping[str, Any]) -> Test:
    tests = [
        (_OPERATORS[intake.check_choice(name, _OPERATORS, "a filter's operator")], operand)
        for name, operand in wanted.items()
    ]
    return lambda value: all(_holds(test, value, operand) for test, operand in tests)


def _elements(wanted: Sequence[Any]) -> Test:
    tests = [_condition(element) for element in wanted]

    def matches(value: Any) -> bool:
        return (
            isinstance(value, list)
            and len(cast("list[Any]", value)) == len(tests)
            and all(test(part) for test, part in zip(tests, cast("list[Any]", value), strict=True))
        )

    return matches


def _holds(test: Callable[[Any, Any], bool], value: Any, operand: Any) -> bool:
    try:
        return bool(test(value, operand))
    except TypeError:  # a missing field or another type is not comparable
        return False
