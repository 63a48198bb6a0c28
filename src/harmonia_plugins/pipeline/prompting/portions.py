"""What goes into one call: a few messages, the ones before them, and what is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harmonia_plugins.model import Memory, Message, Window
from harmonia_plugins.text.fence import RECALLED_KEY

NOT_SPEECH = frozenset({"system", "developer", "tool", "function"})
"""Roles nobody speaks in: instructions and results of tools are no source of memories."""

PART = 6_000
"""Characters of a message in one call; a longer one is read in several parts."""
PARTS = 8
"""Parts of one message that are read, so that a pasted book does not cost hundreds of calls."""
PORTION_BYTES = 12_000
"""UTF-8 bytes of the messages in one call: about 3 000 tokens of English, at most 6 000 of
others, so that prompt and answer fit a context of 8 192."""
NEIGHBOURS = 6
NEIGHBOUR = 400
KNOWN = 24
KNOWN_MEMORY = 300
"""Numbers, and characters of each, of the messages before and of known memories."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message, or a part of a long one, to draw statements from; `place` is the window's."""

    place: int
    message: Message
    text: str


@dataclass(frozen=True, slots=True)
class Portion:
    """The entries of one call, and what helps to understand them, shortened."""

    entries: tuple[Entry, ...]
    before: tuple[Message, ...] = ()
    known: tuple[Memory, ...] = ()


def portions(window: Window, batch: int) -> list[Portion]:
    """Return the window in portions of at most `batch` entries."""
    told = {memory.id: memory for memory in (*window.related, *reversed(window.known))}
    known = tuple(
        replace(memory, content=memory.content[:KNOWN_MEMORY])
        for memory in [*told.values()][:KNOWN]
    )
    return [
        Portion(entries, _neighbours(window, entries[0]), known)
        for entries in _grouped(window, batch)
    ]


def rest_of(portion: Portion, place: int) -> Portion:
    """Return the portion from its entry `place` on; the entries before become neighbours."""
    done = [replace(e.message, content=e.text[-NEIGHBOUR:]) for e in portion.entries[:place]]
    before = (*portion.before, *done)[-NEIGHBOURS:]
    return replace(portion, entries=portion.entries[place:], before=before)


def shortened(window: Window) -> int:
    """Return the number of messages whose end is not read."""
    return sum(
        len(message.content.strip()) > PART * PARTS for _place, message in _spoken(window.messages)
    )


def _spoken(messages: tuple[Message, ...]) -> Iterator[tuple[int, Message]]:
    for place, message in enumerate(messages):
        recalled = message.metadata.get(RECALLED_KEY) is True
        if message.role not in NOT_SPEECH and not recalled and message.content.strip():
            yield place, message


def _grouped(window: Window, batch: int) -> Iterator[tuple[Entry, ...]]:
    group: list[Entry] = []
    size = 0
    for place, message in _spoken(window.messages):
        for text in _parts(message.content.strip()[: PART * PARTS]):
            length = len(text.encode(errors="surrogatepass"))
            if group and (len(group) >= batch or size + length > PORTION_BYTES):
                yield tuple(group)
                group, size = [], 0
            group.append(Entry(place, message, text))
            size += length
    if group:
        yield tuple(group)


def _parts(text: str) -> Iterator[str]:
    """Cut a long text between words, where there are words."""
    start = 0
    while len(text) - start > PART:
        end = text.rfind(" ", start + PART // 2, start + PART)
        end = start + PART if end < 0 else end
        yield text[start:end]
        start = end
    yield text[start:]


def _neighbours(window: Window, first: Entry) -> tuple[Message, ...]:
    """Return the messages before the portion; of one that was cut, the part before it."""
    spoken = [m for _place, m in _spoken((*window.before, *window.messages[: first.place]))]
    earlier = [replace(m, content=m.content[:NEIGHBOUR]) for m in spoken[-NEIGHBOURS:]]
    read = first.message.content.strip().find(first.text)
    if read > 0:
        part = first.message.content.strip()[max(0, read - NEIGHBOUR) : read]
        earlier.append(replace(first.message, content=part))
    return tuple(earlier[-NEIGHBOURS:])
