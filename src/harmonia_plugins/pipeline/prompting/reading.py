"""From a model's answer to statements: what is kept, and why the rest is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from harmonia_plugins.model import Statement
from harmonia_plugins.pipeline.prompting import fields
from harmonia_plugins.pipeline.prompting.portions import Entry, Portion
from harmonia_plugins.pipeline.prompting.salvage import Salvage, read_values
from harmonia_plugins.pipeline.prompting.statistics import DropReason
from harmonia_plugins.pipeline.prompting.template import Template
from harmonia_plugins.pipeline.prompting.wording import (
    ExampleWords,
    closest,
    is_question,
    source_of,
)

MAX_CONTENT = 500
"""Characters of a statement: one fact does not need more."""

MAX_STATEMENTS = 100
"""Statements of an answer that are read: models that repeat themselves do not end otherwise."""

DEFAULT_CONFIDENCE = 0.5

_CONTENT_KEYS = ("content", "statement", "fact", "memory", "text")
_MESSAGE_KEYS = ("message", "message_number", "message_id", "number")
_LIST_KEYS = ("statements", "facts", "memories", "results", "items", "data")

_Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says.

    `entry_numbers` are the numbers of the statements' entries, from 1. `usable` tells an answer
    that says "nothing" from one that says nothing intelligible.
    """

    statements: tuple[Statement, ...]
    entry_numbers: tuple[int, ...]
    dropped: Mapping[DropReason, int]
    usable: bool
    clean: bool
    cut: bool

    def up_to(self, number: int) -> list[Statement]:
        """Return the statements of the entries up to `number`."""
        numbered = zip(self.entry_numbers, self.statements, strict=True)
        return [statement for place, statement in numbered if place <= number]


def read_answer(answer: str, portion: Portion, template: Template) -> Reading:
    """Return the statements in `answer` about the portion it was asked about."""
    found = read_values(answer)
    raws, recognised = _raw_statements(found)
    example = ExampleWords(template, portion)
    dropped: Counter[DropReason] = Counter()
    if found.broken and raws:
        dropped["broken"] = found.broken
    kept: dict[tuple[int, str], tuple[int, Statement]] = {}
    if len(raws) > MAX_STATEMENTS:
        dropped["too many"] = len(raws) - MAX_STATEMENTS
    for raw in raws[:MAX_STATEMENTS]:
        result = _statement(raw, portion, example)
        if isinstance(result, str):
            dropped[result] += 1
            continue
        number, statement = result
        key = (statement.message, statement.content.casefold())
        if key in kept:
            dropped["duplicate"] += 1
        else:
            kept[key] = (number, statement)
    return Reading(
        statements=tuple(statement for _number, statement in kept.values()),
        entry_numbers=tuple(number for number, _statement in kept.values()),
        dropped=dropped,
        usable=recognised,
        clean=found.clean,
        cut=found.cut,
    )


def _raw_statements(found: Salvage) -> tuple[list[_Raw], bool]:
    """Return the records that may be statements, and whether any value had a known shape."""
    raws: list[_Raw] = []
    recognised = False
    for value in found.values:
        records = _records(value)
        if records is not None:
            recognised = True
            raws += records
    # of an answer that was cut, and of one in prose, an empty rest says nothing
    return raws, recognised and bool(raws or found.clean or not (found.cut or found.broken))


def _records(value: object) -> list[_Raw] | None:
    """Return the records in a value: a wrapped list, a bare list, or one record."""
    if isinstance(value, Mapping):
        return _records_in(_lowered(cast("Mapping[Any, Any]", value)))
    if not isinstance(value, list):
        return None
    records = [
        {"content": item} if isinstance(item, str) else item for item in cast("list[object]", value)
    ]
    parts = [_records(item) or [{}] for item in records]
    flat = [record for part in parts for record in part]
    return flat if any(flat) or not flat else None


def _records_in(record: dict[str, Any]) -> list[_Raw] | None:
    """Return what an object holds: nothing, records under a known name, or itself."""
    if not record:
        return []
    for key in _LIST_KEYS:
        if isinstance(record.get(key), (list, Mapping)):
            return _records(record[key])
    return [record] if _first(record, _CONTENT_KEYS) is not None else None


def _lowered(record: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).strip().lower(): value for key, value in record.items()}


def _first(record: _Raw, keys: Iterable[str]) -> Any:
    return next((record[key] for key in keys if record.get(key) is not None), None)


def _statement(
    raw: _Raw, portion: Portion, example: ExampleWords
) -> tuple[int, Statement] | DropReason:
    content = _first(raw, _CONTENT_KEYS)
    # a number or a truth value states nothing
    told = not isinstance(content, (int, float))
    text = fields.text_of(content) if told else None
    if text is None or not any(char.isalnum() for char in text):
        return "no content"
    if len(text) > MAX_CONTENT:
        return "too long"
    number = _entry_number(raw, text, portion)
    if not isinstance(number, int):
        return number
    entry = portion.entries[number - 1]
    if is_question(text, entry.text):
        return "question"
    if example.leaked_into(text):
        return "leaked example"
    statement = _filled(raw, text, entry, example)
    return number, replace(statement, replaces=_replaced(raw, portion))


def _filled(raw: _Raw, text: str, entry: Entry, example: ExampleWords) -> Statement:
    names = fields.names_of(raw.get("entities"))
    subject, attribute, value = (
        fields.short_text_of(raw.get(key)) for key in ("subject", "attribute", "value")
    )
    if example.leaked_into(subject) or example.leaked_into(value):
        subject = attribute = value = None  # of a triple that is partly another's, nothing holds
    confidence = fields.share_of(raw.get("confidence"))
    return Statement(
        content=text,
        message=entry.place,
        source=source_of(text, entry.text),
        confidence=DEFAULT_CONFIDENCE if confidence is None else confidence,
        type=fields.type_of(raw.get("type")),
        importance=fields.share_of(raw.get("importance")),
        entities=tuple(name for name in names if not example.leaked_into(name)),
        subject=subject,
        attribute=attribute,
        value=value,
        polarity=fields.polarity_of(raw.get("polarity")),
    )


def _replaced(raw: _Raw, portion: Portion) -> tuple[str, ...]:
    """Return the ids of the known memories a statement is said to replace."""
    numbers = fields.numbers_of(raw.get("replaces"))
    return tuple(portion.known[n - 1].id for n in numbers if 1 <= n <= len(portion.known))


def _entry_number(raw: _Raw, text: str, portion: Portion) -> int | DropReason:
    """Return the number of the entry a statement is about; found by its words if not told."""
    told = _first(raw, _MESSAGE_KEYS)
    number = fields.whole_of(told)
    if number is not None:
        return number if 1 <= number <= len(portion.entries) else "message out of range"
    if told is not None and not isinstance(told, str):
        return "no message"
    if len(portion.entries) == 1:
        return 1
    place = closest(text, [entry.text for entry in portion.entries])
    return "no message" if place is None else place + 1
