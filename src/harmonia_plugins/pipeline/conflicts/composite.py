"""Comparing statements without a common slot: the composite score, and signs of contradiction."""

from __future__ import annotations

import re

from harmonia_plugins.model import Memory
from harmonia_plugins.pipeline.conflicts.reading import Reading, said_at
from harmonia_plugins.pipeline.conflicts.settings import ConflictSettings
from harmonia_plugins.pipeline.conflicts.terms import OPPOSITES
from harmonia_plugins.pipeline.slots.words import BASE_OF, PETS, RELATIVES, word_set

_DENIAL = re.compile(
    r"\b(?:not|never|no longer|no more|any ?more|cannot|without)\b|n['’]t\b", re.IGNORECASE
)
_NAME = re.compile(r"\b[^\W\d_a-z][\w'-]*")
_DAYS = word_set("monday tuesday wednesday thursday friday saturday sunday")
_MONTHS = word_set(
    "january february march april may june july august september october november december"
)
_COLOURS = word_set("red blue green yellow black white grey gray brown orange purple pink silver")
_VERBS = frozenset(BASE_OF.values())
_MOSTLY = 1 / 3
COLLECTED = RELATIVES | PETS | {"pet", "language", "allergy", "likes", "dislikes"}
"""What one has several of: a new one takes no other's place."""


def composite_score(
    incoming: Memory, existing: Memory, similarity: float, settings: ConflictSettings
) -> float:
    """Return 0.5 similarity + 0.3 entity overlap + 0.2 temporal proximity, weights as set."""
    days = abs((said_at(incoming) - said_at(existing)).total_seconds()) / 86_400
    closeness = 0.5 ** (days / settings.half_life_days)
    return (
        settings.similarity_weight * min(1.0, max(0.0, similarity))
        + settings.entity_weight * entity_overlap(incoming, existing)
        + settings.time_weight * closeness
    )


def entity_overlap(incoming: Memory, existing: Memory) -> float:
    """Return the share of common entities; names in the text stand in where none are given."""
    one, other = _entities(incoming), _entities(existing)
    if not one and not other:
        return 1.0  # both speak of nobody in particular: the user
    return len(one & other) / len(one | other)


def _entities(memory: Memory) -> frozenset[str]:
    given = memory.entities or tuple(_NAME.findall(memory.content))
    return frozenset(name.casefold().removesuffix("'s") for name in given)


def contradicts(new: Reading, old: Reading) -> str | None:
    """Return the sign by which two statements contradict each other, or None."""
    common = new.words & old.words
    apart, other = new.words - old.words, old.words - new.words
    if len(common) < 2:
        return None
    denied = _DENIAL.search(new.memory.content) is not None
    if denied != (_DENIAL.search(old.memory.content) is not None):
        return None if apart and other else "one denies the other"
    for pair in OPPOSITES:
        if apart <= pair and other <= pair and apart and other:
            return "opposites"
    if len(apart) == len(other) == 1 and new.changes:
        kind = _value_kind(next(iter(apart)))
        if kind is not None and kind == _value_kind(next(iter(other))):
            return f"another {kind}"
    return None


def announces(new: Reading, old: Reading) -> bool:
    """Say whether a statement announces a change of what a belief is mostly about."""
    if not new.changes or new.adds or not new.words or not old.words:
        return False
    if _DENIAL.search(old.memory.content) or _DENIAL.search(new.memory.content):
        return False  # what ended is said outright, and ends no more than that
    if any(slot.attribute in COLLECTED for slot in (*new.slots, *old.slots)):
        return False
    common = new.words & old.words
    things = sum(word not in _VERBS for word in common)
    return things >= 1 and len(common) / min(len(new.words), len(old.words)) >= _MOSTLY


def _value_kind(word: str) -> str | None:
    if word[:1].isdigit():
        return "number"
    for kind, words in (("day", _DAYS), ("month", _MONTHS), ("colour", _COLOURS)):
        if word in words:
            return kind
    return None
