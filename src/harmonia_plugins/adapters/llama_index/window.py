"""Which messages of a session are shown: the short-term window. Pure functions.

A window begins with a person's message, so that no tool result stands without its call, and it
holds at least the last turn: from the last message of a person to the end. (Where no person has
said anything, an assistant's message takes that place.) System messages at the very beginning of a
log stay in front.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, takewhile
from typing import Any

from llama_index.core.base.llms.types import (
    AudioBlock,
    BaseRecursiveContentBlock,
    ChatMessage,
    CitableBlock,
    DocumentBlock,
    ImageBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    VideoBlock,
)

from harmonia_plugins.adapters.llama_index.tokens import TokenCounter

CUT = "\n[…]\n"
"""Stands where the middle of a text was left out."""

_DROPPED = (ThinkingBlock, ImageBlock, AudioBlock, VideoBlock, DocumentBlock, CitableBlock)


@dataclass(frozen=True, slots=True)
class Entry:
    """A message of a session's log: its id, itself, and the tokens it takes."""

    id: str
    chat: ChatMessage
    tokens: int


def tokens_of(entries: Sequence[Entry]) -> int:
    """Return the tokens that messages take together."""
    return sum(entry.tokens for entry in entries)


def overflow(entries: Sequence[Entry], limit: int, least: int) -> list[Entry]:
    """Return the oldest messages, whole turns, that have to leave for the rest to fit.

    Args:
        entries: the messages in use, oldest first.
        limit: tokens that may stay.
        least: tokens that leave together, so that not every message makes one leave.
    """
    if tokens_of(entries) <= limit:
        return []
    front, rest = _front(entries)
    room = limit - tokens_of(front)
    return list(rest[: _cut(rest, room, least)])


def shown(entries: Sequence[Entry], room: int, share: float, counter: TokenCounter) -> list[Entry]:
    """Return the newest turns that fit into the room.

    Args:
        entries: the messages in use, oldest first.
        room: tokens there are.
        share: of the room, for all but the last turn; that one may take all of it. If even that
            is too little, it is shortened to this share, so that something else fits too.
        counter: counts what is shortened.
    """
    usual = min(int(room * share), room)
    if tokens_of(entries) <= usual:
        return list(entries)
    front, rest = _front(entries)
    left = usual - tokens_of(front)
    if front and left < usual // 2:  # instructions too long to be kept for nothing else
        front, left = [], usual
    kept = [*front, *rest[_cut(rest, left, 0) :]]
    if tokens_of(kept) <= room:
        return kept
    return _shortened(kept, usual, counter)


def _front(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    front = list(takewhile(lambda entry: entry.chat.role == MessageRole.SYSTEM, entries))
    return front, list(entries[len(front) :])


def _cut(entries: Sequence[Entry], limit: int, least: int) -> int:
    """Where the messages that stay begin: the first turn from which on they fit, or the last."""
    starts = _places(entries, MessageRole.USER) or _places(entries, MessageRole.ASSISTANT)
    gone, left, at = 0, tokens_of(entries), 0
    for start in starts:
        moved = tokens_of(entries[at:start])
        gone, left, at = gone + moved, left - moved, start
        if left <= limit and gone >= least:
            break
    return at


def _places(entries: Sequence[Entry], role: MessageRole) -> list[int]:
    return [place for place, entry in enumerate(entries) if entry.chat.role == role]


def _shortened(entries: Sequence[Entry], room: int, counter: TokenCounter) -> list[Entry]:
    """Return copies whose longest texts are cut until all fit; if need be, media are left out.

    Calls of tools stay, since their results refer to them, and so do attributes.
    """
    chats = [entry.chat.model_copy(deep=True) for entry in entries]
    excess = tokens_of(entries) - room
    texts = _texts(chats, counter)
    level = _level([tokens for _, tokens in texts], excess)
    for block, tokens in texts:
        if tokens > level:
            block.text = _cut_text(block.text, level, counter)
            excess -= tokens - counter.text(block.text)
    for chat in chats:
        for block in [block for block in chat.blocks if isinstance(block, _DROPPED)]:
            if excess > 0:
                chat.blocks = [other for other in chat.blocks if other is not block]
                excess -= counter.content([block])
    return [
        replace(entry, chat=chat, tokens=counter.content(chat))
        for entry, chat in zip(entries, chats, strict=True)
    ]


def _texts(chats: Sequence[ChatMessage], counter: TokenCounter) -> list[tuple[TextBlock, int]]:
    blocks = chain.from_iterable(_flat(block) for chat in chats for block in chat.blocks)
    return [(block, counter.text(block.text)) for block in blocks if isinstance(block, TextBlock)]


def _flat(block: Any) -> Iterator[Any]:
    """Yield a block, or the blocks inside it."""
    if isinstance(block, BaseRecursiveContentBlock):
        for inner in block.nested_blocks:
            yield from _flat(inner)
    else:
        yield block


def _level(lengths: Sequence[int], excess: int) -> int:
    """Return the length to which all longer ones are cut so that together they lose the excess."""
    left = sum(lengths) - excess
    for number, length in enumerate(sorted(lengths)):
        share = left // (len(lengths) - number)
        if length > share:
            return max(share, 0)
        left -= length
    return max(lengths, default=0)


def _cut_text(text: str, limit: int, counter: TokenCounter) -> str:
    """Return a text's beginning and end within a number of tokens, or what fits of the former."""
    return _longest(_ends, text, limit, counter) or _longest(_head, text, limit, counter)


def _longest(cut: Callable[[str, int], str], text: str, limit: int, counter: TokenCounter) -> str:
    """Return the longest cut of a text within a number of tokens; nothing where there is none."""

    def too_long(kept: int) -> bool:
        return counter.text(cut(text, kept)) > limit

    fits = bisect_left(range(len(text)), True, key=too_long) - 1
    return cut(text, fits) if fits > 0 else ""


def _head(text: str, kept: int) -> str:
    return text[:kept]


def _ends(text: str, kept: int) -> str:
    head = kept - kept // 2
    return text[:head] + CUT + text[len(text) - kept // 2 :]
