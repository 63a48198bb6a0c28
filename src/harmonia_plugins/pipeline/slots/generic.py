"""Statements outside the table: possession, then the bare verb with its object."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.slots.slot import ANY, WHEN, Slot, canonical, is_functional
from harmonia_plugins.pipeline.slots.value import bare, trim
from harmonia_plugins.pipeline.slots.words import (
    BASE_OF,
    CAR_MAKES,
    CAR_WORDS,
    COLOURS,
    PARTNERS,
    PETS,
    PHONE_WORDS,
    RELATIVES,
)

_HAVE = re.compile(
    r"^(?:has got|have got|has|have|got|owns?|bought|has bought|purchased|"
    r"picked up|has picked up|ordered|adopted|has adopted|keeps|is the (?:proud "
    r")?owner of"
    r"|upgraded to|has upgraded to|switched to) (?P<v>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(
    r"^(?P<kind>.+?)(?:,? (?:called|named|whose name is) |, |: )(?P<name>[^\s,].*)$"
)
_NEW_ONE = re.compile(
    r"^(?:an? |"
    r"another )?(?:brand[- ])?new (?P<kind>[\w ]{2,25}?)(?: now)?(?:,? called|,? named|,|:)"
    r" (?P<name>[A-Z].*)$"
)
_COUNT = re.compile(
    r"^(?P<n>\d+|no|one|two|three|four|five|six|seven|eight|nine|ten|eleven|"
    r"twelve) (?P<kind>[\w -]+)$",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"^(?P<event>.{2,60}?\b(?:appointment|meeting|exam|interview|flight|"
    r"dinner|lunch|class|lesson|session|call|checkup|check-up"
    r"|party|wedding|deadline|test|presentation|concert|surgery|operation|"
    r"reservation|booking|practice|rehearsal|match|game"
    r"|date|trip|review|demo|shift|haircut|delivery)\b(?: with [\w. ]{1,30}?|"
    r" at [A-Z][\w. ]{1,30}?)?),? (?P<t>(?:on|at|next|this|tomorrow|in|from)"
    r"\b.+)$",
    re.IGNORECASE,
)
_SWITCHED = re.compile(

            r"^(?:has |have )?(?:switched|changed|swapped|moved|went|upgraded|converted|"
            r"transitioned|migrated)"

            r"(?: (?:over|back))?(?: from (?P<old>.{1,60}?))? (?:to|into) (?P<v>.+)"
            r"$|^(?:has )?(?:swapped|replaced|traded|exchanged|traded in)"
    r" (?P<old2>.{1,60}?) (?:for|with|by) (?P<v2>.+)$",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
_AUX = re.compile(
    r"^(?:is|are|has been|have been|started|has started|began|goes) (?=[\w-]+ing\b)|^can (?=[a-z])",
    re.I,
)
_CHANGED = re.compile(
    r"^(?:has |have |had )?(?:postponed|moved|rescheduled|pushed(?: back)"
    r"?|changed|shifted|delayed|brought forward|upgraded|updated|raised|lowered|increased|"
    r"cut)"
    r" (?P<thing>(?:his|her|their|the) .{2,60}?)(?: from (?P<old>.{1,40}?)"
    r")? (?:to|until|till) (?P<v>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_COLOURED = re.compile(
    r"^(?:has |have )?(?:dyed|painted|repainted|bleached|coloured|colored)"
    r" (?P<thing>(?:his|her|their|the) .{2,40}) (?P<v>\w+)$",
    re.IGNORECASE,
)
SWITCH = "switch"
"""The attribute of a statement that says what took the place of what, and no more."""


def generic_slot(subject: str, predicate: str, *, negated: bool = False) -> Slot | None:
    """Read possession, a switch, or verb and object."""
    text = predicate.rstrip(" .!")
    if text.startswith("* "):
        return Slot(subject, ANY, bare(trim(text[2:])), False, negated)
    if (match := _SWITCHED.match(text)) is not None:
        value = bare(trim(match["v"] or match["v2"]))
        old = match["old"] or match["old2"]
        kind = kind_of(value) or SWITCH
        return Slot(subject, kind, value, False, negated, replaced=bare(trim(old)) if old else None)
    if (match := _CHANGED.match(text)) is not None:
        return _changed_thing(subject, match, negated)
    if (match := _COLOURED.match(text)) is not None and match["v"].lower() in COLOURS:
        return Slot(f"{subject}'s {bare(match['thing'])}", "colour", match["v"], True, negated)
    if (match := _HAVE.match(text)) is not None:
        return _possession(subject, match["v"], negated)
    return _verb(subject, text, negated)


def _possession(subject: str, told: str, negated: bool) -> Slot | None:
    event = _EVENT.match(told)
    if event is not None and not negated:
        return Slot(f"{subject}'s {bare(event['event'])}", WHEN, event["t"].strip(), False)
    value = bare(trim(told))
    if not value:
        return None
    new = _NEW_ONE.match(told)
    if new is not None and not negated and is_functional(kind := canonical(new["kind"])):
        return Slot(subject, kind, bare(trim(new["name"])), True)
    count = _COUNT.match(value)
    if count is not None and not negated:
        kind = count["kind"].lower().removesuffix("s").replace("children", "child")
        return Slot(subject, f"number of {kind}", count["n"].lower(), True)
    named = _NAMED.match(value)
    kin = named["kind"].lower().split()[-1] if named else ""
    if named is not None and (kin in RELATIVES or kin in PETS):
        return Slot(subject, kin, named["name"], kin in PARTNERS, negated)
    return Slot(subject, kind_of(value) or "has", value, False, negated)


def kind_of(value: str) -> str | None:
    """Return what kind of possession a noun phrase names, where that is known."""
    words = re.findall(r"[\w-]+", value.lower())
    if not words:
        return None
    if words[-1] in PETS or words[-1].removesuffix("s") in PETS:
        return "pet"
    if words[-1] in RELATIVES:
        return words[-1]
    if any(word in CAR_WORDS for word in words[-2:]) or any(word in CAR_MAKES for word in words):
        return "car" if not {"insurance", "keys", "seat", "game"} & set(words) else None
    if any(word in PHONE_WORDS for word in words) and not {"number", "case", "charger"} & set(
        words
    ):
        return "phone"
    return None


def _verb(subject: str, text: str, negated: bool) -> Slot | None:
    text = _AUX.sub("", text).replace("save up", "save").replace("saving up", "saving")
    first, _, rest = text.partition(" ")
    base = BASE_OF.get(first.lower())
    if base is None:
        return None
    if base in {"be", "have", "do", "can", "will", "must"} and not rest:
        return None
    preposition = re.match(r"(?:to|at|in|on|for|with|from|about|into|up|as)\b", rest)
    attribute = f"{base} {preposition[0]}" if preposition else base
    value = rest[preposition.end() :] if preposition else rest
    value = bare(trim(value))
    return Slot(subject, attribute, value, False, negated)


def _changed_thing(subject: str, match: re.Match[str], negated: bool) -> Slot:
    """Date the thing of "User postponed their wedding to May"; give other things their value."""
    thing = bare(match["thing"])
    old = bare(trim(match["old"])) if match["old"] else None
    kind = canonical(thing)
    if is_functional(kind):
        owner = "User" if match["thing"].lower().startswith("their ") else subject
        return Slot(owner, kind, bare(trim(match["v"])), True, negated, replaced=old)
    value = match["v"].strip(" .")
    return Slot(f"{subject}'s {thing}", WHEN, value, True, negated, replaced=old)
