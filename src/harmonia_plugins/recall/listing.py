"""Ordering and paging of listings."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from types import NoneType
from typing import Any

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Memory, Page

_KINDS = {"content": str, "recorded_at": NoneType, "occurred_at": NoneType}
"""What a cursor may hold of a field that is no number; moments are read apart."""

_PLACE = re.compile(r"[0-9]{1,18}")


def paged(
    memories: Sequence[Memory], limit: int, cursor: str | None, *, by: str, descending: bool
) -> Page[Memory]:
    """Return memories in the order of a field, from where a cursor says.

    Those without the field come last; ids settle ties. A cursor names the last memory of its
    page and not a number of memories, so one that comes or goes meanwhile shifts nothing.
    """
    ordered = _ordered(memories, by, descending=descending)
    start = 0
    if cursor is not None:
        value, last = _read_cursor(cursor, by)
        start = sum(not _after(memory, by, value, last, descending) for memory in ordered)
    chosen = ordered[start : start + limit]
    more = start + limit < len(ordered)
    return Page(tuple(chosen), _cursor(chosen[-1], by) if more else None)


def _ordered(memories: Sequence[Memory], by: str, *, descending: bool) -> list[Memory]:
    known = [memory for memory in memories if getattr(memory, by) is not None]
    unknown = [memory for memory in memories if getattr(memory, by) is None]
    known.sort(key=lambda memory: memory.id)
    known.sort(key=lambda memory: getattr(memory, by), reverse=descending)
    return known + sorted(unknown, key=lambda memory: memory.id)


def _after(memory: Memory, by: str, value: Any, last: str, descending: bool) -> bool:
    """Tell whether a memory comes after the one with this value and id."""
    mine = getattr(memory, by)
    if mine is None or value is None:
        return mine is None and (value is not None or memory.id > last)
    if mine == value:
        return memory.id > last
    return (mine < value) == descending


def _cursor(memory: Memory, by: str) -> str:
    value = getattr(memory, by)
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([by, plain, memory.id]).encode()).decode()


def _read_cursor(cursor: object, by: str) -> tuple[Any, str]:
    try:
        if not isinstance(cursor, str):
            raise TypeError
        field, value, last = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if field != by or not isinstance(last, str):
            raise ValueError
        if value is not None and by.endswith("_at"):
            value = datetime.fromisoformat(value).astimezone(UTC)
        elif not isinstance(value, _KINDS.get(by, (int, float, NoneType))):
            raise TypeError
    except (ValueError, TypeError) as error:
        raise _foreign(cursor) from error
    return value, last


def read_place(cursor: object) -> int:
    """Return the place in the store's order that a cursor of `changes` stands for."""
    if not isinstance(cursor, str) or not _PLACE.fullmatch(cursor):
        raise _foreign(cursor)
    return int(cursor)


def _foreign(cursor: object) -> InvalidInputError:
    return InvalidInputError(
        f"a cursor must be the next_cursor of an earlier page in the same order, not {cursor!r}"
    )
