"""Hits as a block of text for a prompt: data, not instructions, and the same bytes every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from harmonia_plugins.model import Recall
from harmonia_plugins.text.fence import CLOSING, NOTE, OPENING

_Line = tuple[datetime, str, str]
"""When, the id and the text of a hit."""


def default_token_counter(text: str) -> int:
    """Return an upper estimate of a text's tokens: one for every three bytes of UTF-8.

    English averages four bytes a token in common tokenizers, so a budget is rarely exceeded by
    another model's count; pass the model's own counter to be exact.
    """
    return -(-len(text.encode("utf-8")) // 3)


def context_block(hits: Sequence[Recall], token_budget: int, count: Callable[[str], int]) -> str:
    """Return the best hits that fit into the budget, in order of time; empty if none fits.

    The whole text is counted, never a sum of parts, so no rounding can exceed the budget.
    """
    chosen: list[_Line] = []
    for hit in hits:
        more = sorted([*chosen, (_when(hit), hit.id, _line(hit))])
        if count(_printed(more)) <= token_budget:
            chosen = more
    return _printed(chosen) if chosen else ""


def _printed(lines: Iterable[_Line]) -> str:
    return "\n".join([OPENING, NOTE, *(text for _, _, text in lines), CLOSING])


def _when(hit: Recall) -> datetime:
    if hit.message is not None and hit.message.created_at is not None:
        return hit.message.created_at
    if hit.memory is not None:
        return hit.memory.occurred_at or hit.memory.valid_from or hit.memory.recorded_at
    if hit.item is not None:
        return hit.item.updated_at
    return datetime.min.replace(tzinfo=UTC)


def _line(hit: Recall) -> str:
    date = _when(hit).astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    speaker = ""
    if hit.message is not None:
        speaker = f"{_escaped(hit.message.name or hit.message.role)}: "
    stale = " (no longer true)" if hit.stale else ""
    return f"- [{date}]{stale} {speaker}{_escaped(hit.text)}"


def _escaped(text: str) -> str:
    """Keep stored text inside its line and unable to end the block."""
    one_line = " ".join(text.split())
    return one_line.replace("<", "&lt;").replace(">", "&gt;")
