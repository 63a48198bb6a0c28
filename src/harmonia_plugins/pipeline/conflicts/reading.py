"""A memory as detection sees it: its slots, its words, and when it was said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from harmonia_plugins.model import Memory, Polarity
from harmonia_plugins.pipeline.conflicts.terms import terms
from harmonia_plugins.pipeline.slots import Slot, canonical, is_functional, slot_of, slots_of
from harmonia_plugins.pipeline.slots.words import word_set

# Words by which a speaker says that something has changed, and by which they only add.
_CHANGE = re.compile(
    r"\b(?:now|nowadays|these days|instead|no longer|any ?more|switched|"
    r"changed|replaced|moved|renamed|raised|upgraded|swapped|since then|"
    r"from now on"
    r"|latest|lately|new favou?rite|(?:an?|his|her|their) (?:brand[- ])?new|"
    r"moved on|rescheduled|updated?|anew|as of)\b",
    re.IGNORECASE,
)
_NEW = re.compile(r"(?:the )?user['’]s new\b", re.IGNORECASE)
_ADDS = re.compile(
    r"\b(?:also|too|as well|another|second|third|besides|in addition|additionally|"
    r"one more|both|on top of|plus"
    r"|extra|at weekends|other|still|sometimes|occasionally|part[- ]time|on the side)\b",
    re.IGNORECASE,
)
_PRONOUN = word_set("he she it they his her its their this that there who one we i you these those")


@dataclass(frozen=True, slots=True)
class Reading:
    """What detection compares."""

    memory: Memory
    slots: tuple[Slot, ...]
    words: frozenset[str]
    said: datetime
    changes: bool = False
    adds: bool = False
    told: str = ""
    """The content with the words it was drawn from, where they are known."""


def said_at(memory: Memory) -> datetime:
    """When a memory was last said: what decides which of two statements is the newer one.

    `last_seen_at` is the time of the message it was last drawn from; a statement told directly
    has only the time from which it is true, or that of its recording.
    """
    moment = memory.last_seen_at or memory.valid_from or memory.recorded_at
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def true_from(memory: Memory) -> datetime:
    """When a memory began to be true, as far as is known."""
    moment = memory.valid_from or memory.last_seen_at or memory.recorded_at
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def read(memory: Memory, source: str | None = None, polarity: Polarity = "asserted") -> Reading:
    """Read a memory; `source` are the words of the message it was drawn from, where known."""
    text = memory.content if source is None else f"{memory.content} {source}"
    return Reading(
        memory,
        _slots(memory, source, polarity),
        terms(memory.content),
        said_at(memory),
        _announced(text) or _NEW.match(memory.content) is not None,
        _added(memory.content),
        text,
    )


@lru_cache(maxsize=8192)
def _announced(text: str) -> bool:
    return _CHANGE.search(text) is not None


@lru_cache(maxsize=8192)
def _added(text: str) -> bool:
    return _ADDS.search(text) is not None


def _slots(memory: Memory, source: str | None, polarity: Polarity) -> tuple[Slot, ...]:
    """The slots its words give, and the one told with the memory where they do not say it."""
    found = slots_of(memory.content)
    if source is not None and len(found) == 1 and (slot := slot_of(memory.content, source)):
        found = (slot,) if slot.attribute == found[0].attribute else found
    told = canonical(memory.attribute or "")
    if told and memory.value is not None and not any(slot.attribute == told for slot in found):
        negated = polarity == "negated" or (bool(found) and found[0].negated)
        slot = Slot(memory.subject or "User", told, memory.value, is_functional(told), negated)
        found = (slot, *found)
    return tuple(s for s in found if s.subject.split()[0].lower() not in _PRONOUN)
