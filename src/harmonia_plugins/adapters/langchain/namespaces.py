"""LangGraph's namespaces: what a label may be, ids as labels, and patterns that match by label."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote
from uuid import UUID

from langgraph.store.base import InvalidNamespaceError, MatchCondition

from harmonia_plugins.errors import InvalidInputError

Namespace = tuple[str, ...]

_ESCAPES = str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%.*\x00"})
"""What a label may not hold, the wildcard, and the sign that escapes them."""


class NamespaceError(InvalidNamespaceError, InvalidInputError):
    """A namespace cannot be used: LangGraph's error and this package's in one."""


def label_of(value: str | int | UUID) -> str:
    """Return any id as a label that LangGraph's stores take: `jo@mail.com` as `jo@mail%2Ecom`.

    `id_of` gives the text back. What needs no escaping stays as it is.

    Raises:
        InvalidInputError: it is no text, whole number or UUID, or it is empty.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, UUID)):
        raise InvalidInputError(f"a label is made of a str, an int or a UUID, not {value!r}")
    text = str(value)
    if not text:
        raise InvalidInputError("a label cannot be made of an empty text")
    if not text.strip():
        return quote(text, safe="")
    # LangGraph keeps the root label "langgraph" to itself.
    return "%6Canggraph" if text == "langgraph" else text.translate(_ESCAPES)


def id_of(label: str) -> str:
    """Return the text that `label_of` made a label of."""
    return unquote(label, errors="strict")


def check_labels(labels: Iterable[str]) -> Namespace:
    """Return a namespace that operations given to `batch` may have; `()` is for searches.

    `BaseStore` checks what is given to its other methods, the same way.
    """
    if isinstance(labels, str):
        raise NamespaceError(f"a namespace is several labels, such as ({labels!r},), not a text")
    namespace = tuple(labels)
    for label in namespace:
        if not isinstance(label, str):
            raise NamespaceError(
                f"{label!r} in {namespace} is no label: labels are str, so make one of it with "
                f"HarmoniaStore.label({label!r})"
            )
        if not label or "." in label or "\x00" in label:
            raise NamespaceError(
                f"{label!r} in {namespace} is no label: it must not be empty nor hold '.' or NUL; "
                "HarmoniaStore.label escapes them"
            )
    return namespace


def matches(namespace: Namespace, conditions: Iterable[MatchCondition]) -> bool:
    """Tell whether a namespace meets all conditions; `*` in one stands for any one label."""
    return all(_meets(namespace, condition) for condition in conditions)


def check_conditions(conditions: Iterable[MatchCondition] | None) -> tuple[MatchCondition, ...]:
    """Return conditions with labels and kinds that are known."""
    known = tuple(conditions or ())
    for condition in known:
        check_labels(condition.path)
        if condition.match_type not in ("prefix", "suffix"):
            raise InvalidInputError(
                f"a match condition is of type 'prefix' or 'suffix', not {condition.match_type!r}"
            )
    return known


def _meets(namespace: Namespace, condition: MatchCondition) -> bool:
    path = tuple(condition.path)
    if len(path) > len(namespace):
        return False
    start = 0 if condition.match_type == "prefix" else len(namespace) - len(path)
    return all(
        wanted in ("*", label)
        for label, wanted in zip(namespace[start : start + len(path)], path, strict=True)
    )
