"""All slots of a statement that says several things at once."""

from __future__ import annotations

import re
from functools import lru_cache

from harmonia_plugins.pipeline.slots.reader import slot_of
from harmonia_plugins.pipeline.slots.slot import Slot
from harmonia_plugins.pipeline.slots.subject import split_subject
from harmonia_plugins.pipeline.slots.value import bare, trim
from harmonia_plugins.pipeline.slots.words import BASE_OF, word_set

MOST = 4
_JOINT = re.compile(
    r"(;\s*|,?\s+(?:and|but|so|because|then)(?: that| now| so)?\s+|(?:,|\s+[-–—])\s+)",
    re.IGNORECASE,
)
_TOLD_APART = re.compile(
    r"^user (?:has|got|has got) (?:an? )?(?:new )?(?P<thing>[\w -]{2,30}?)"
    r"(?: now)?(?:,? it is|,? it's|:) (?P<v>.+)$"
    r"|^user's (?P<thing2>[\w -]{2,30}?) (?:has )?changed(?: \w+)?, (?:it "
    r"is|it's|and is) (?:now )?(?P<v2>.+)$",
    re.IGNORECASE,
)
_AT = re.compile(r"\b(?:at|for|with) (?:the )?(?P<v>[A-Z].*)$")
_BARE_VERBS = word_set("live work have drive own play eat drink love like hate")


@lru_cache(maxsize=8192)
def slots_of(content: str) -> tuple[Slot, ...]:
    """Read every clause of a statement; one without a subject has that of the first."""
    apart = _TOLD_APART.match(content[:400])
    if apart is not None:
        thing, value = apart["thing"] or apart["thing2"], apart["v"] or apart["v2"]
        slot = slot_of(f"User's {thing} is {value}")
        return () if slot is None else (slot,)
    found: list[Slot] = []
    for clause in _clauses(content[:1000]):
        slot = slot_of(clause)
        if slot is None:
            continue
        found.append(slot)
        if slot.attribute == "job" and (match := _AT.search(clause)) is not None:
            found.append(Slot(slot.subject, "employer", bare(trim(match["v"])), True, slot.negated))
    return tuple(found)


def _clauses(content: str) -> list[str]:
    parts = _JOINT.split(content)
    first = split_subject(content)
    if first is None or len(parts) == 1:
        return [content]
    clauses = [parts[0]]
    for joint, part in zip(parts[1::2], parts[2::2], strict=True):
        word, _, rest = part.strip().partition(" ")
        lower = word.lower()
        if lower in {"they", "he", "she"} and rest:
            clauses.append(f"{first[0]} {rest}")
        elif lower in {"user", "user's"}:
            clauses.append(part.strip())
        elif (lower in BASE_OF and BASE_OF[lower] != lower) or lower in _BARE_VERBS:
            clauses.append(f"{first[0]} {part.strip()}" if not lower.endswith("ing") else part)
        else:
            clauses[-1] += joint + part
    return clauses[:MOST]
