"""Ordering and paging of listings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Memory, Page

T = TypeVar("T")
_CURSOR = re.compile(r"[0-9]{1,18}")


def sorted_memories(memories: Sequence[Memory], by: str, *, descending: bool) -> list[Memory]:
    """Return memories in the order of a field, those without it last; ids settle ties."""
    known = [memory for memory in memories if getattr(memory, by) is not None]
    unknown = [memory for memory in memories if getattr(memory, by) is None]

    def key(memory: Memory) -> Any:
        return getattr(memory, by)

    known.sort(key=lambda memory: memory.id)
    known.sort(key=key, reverse=descending)
    return known + sorted(unknown, key=lambda memory: memory.id)


def paged(entries: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    """Return the part of a list that a cursor asks for."""
    start = 0 if cursor is None else read_cursor(cursor)
    end = start + limit
    return Page(tuple(entries[start:end]), str(end) if end < len(entries) else None)


def read_cursor(cursor: object) -> int:
    """Return the place a cursor stands for."""
    if not isinstance(cursor, str) or not _CURSOR.fullmatch(cursor):
        raise InvalidInputError(
            f"a cursor must be the next_cursor of an earlier page, not {cursor!r}"
        )
    return int(cursor)
