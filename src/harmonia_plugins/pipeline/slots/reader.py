"""Reading the slot of a third-person statement."""

from __future__ import annotations

import re
from functools import lru_cache

from harmonia_plugins.pipeline.slots.generic import generic_slot
from harmonia_plugins.pipeline.slots.polarity import ended_part, plain
from harmonia_plugins.pipeline.slots.possessed import possessed_slot
from harmonia_plugins.pipeline.slots.predicates import ROWS, Row
from harmonia_plugins.pipeline.slots.slot import WHEN, Slot, canonical, is_functional
from harmonia_plugins.pipeline.slots.subject import split_subject
from harmonia_plugins.pipeline.slots.value import bare, trim, without_contrast
from harmonia_plugins.pipeline.slots.words import PAST_FORMS

# Past forms that still tell of the present: one who moved somewhere lives there.
_RESULT = re.compile(
    r"^(?:has |have )?(?:moved|relocated|emigrated|settled|started|joined|"
    r"got|took|accepted|landed|found|became|turned"
    r"|went|switched|changed|were|was (?:now |called|promoted|hired|born|"
    r"raised|laid|made|fired|assigned|moved|rescheduled|postponed"
    r"|pushed|brought|shifted|put|delayed|called|named|spelled|spelt)|married|"
    r"broke|split|separated|divorced|left|retired"
    r"|lost|quit|resigned|retrained|transferred|bought|raised|lowered|increased|"
    r"cut|replaced|swapped|traded|exchanged|upgraded|dyed|painted|repainted|"
    r"postponed|pushed|rescheduled|signed|grew|dumped|returned|fell|sold|"
    r"adopted|cancelled|decided)\b",
    re.IGNORECASE,
)


def slot_of(content: str, source: str | None = None) -> Slot | None:
    """Read subject, attribute and value from a third-person statement.

    Args:
        content: the statement, such as "User lives in Lyon".
        source: the words it was drawn from; they may say that something has ended, or name what
            is taken back, where the statement's wording dropped it.

    Returns:
        The slot, or None where no subject and predicate are found.
    """
    slot = _read(content)
    if slot is None or source is None or slot.replaced is not None:
        return slot
    _, old = without_contrast(" " + source)
    if old is None or old.lower() == slot.value.lower():
        return slot
    return Slot(
        slot.subject, slot.attribute, slot.value, slot.functional, slot.negated, slot.past, old
    )


@lru_cache(maxsize=8192)
def _read(content: str) -> Slot | None:
    parts = split_subject(content)
    if parts is None:
        return None
    subject, rest = parts
    rest, contrast = without_contrast(rest)
    ended = ended_part(rest)
    if ended is not None and (slot := _ended(subject, ended)) is not None:
        return slot
    predicate = plain(rest)
    text = predicate.text
    past = not predicate.negated and _is_past(text)
    slot = possessed_slot(subject, text, negated=predicate.negated)
    if slot is None:
        slot = _from_rows(subject, text, predicate.negated)
    if slot is None:
        slot = generic_slot(subject, text, negated=predicate.negated)
    if slot is None:
        return None
    return Slot(
        slot.subject,
        f"past {slot.attribute}" if past and slot.functional else slot.attribute,
        slot.value,
        slot.functional and not past,
        slot.negated,
        past,
        slot.replaced or contrast,
    )


def _is_past(text: str) -> bool:
    first = text.split(" ", 1)[0].lower()
    return first in PAST_FORMS and _RESULT.match(text) is None


def _from_rows(subject: str, text: str, negated: bool) -> Slot | None:
    text = text.rstrip(" .!")
    for row in ROWS:
        match = row.pattern.match(text)
        if match is not None and (slot := _filled(subject, row, match, negated)) is not None:
            return slot
    return None


def _filled(subject: str, row: Row, match: re.Match[str], negated: bool) -> Slot | None:
    groups = match.groupdict()
    told = (groups.get("v") or "") + (groups.get("more") or "")
    value = bare(told.strip(" ,.")) if row.attribute == WHEN else bare(trim(told))
    if not row.fits(value) or (not value and groups.get("v")):
        return None
    if not value and not row.negated and groups.get("v") == "":
        value = match[0].split(" ", 1)[-1] if match[0].startswith(("is ", "are ")) else match[0]
    attribute = canonical(row.attribute.replace("{}", (groups.get("kind") or "").strip()))
    if attribute.startswith("favourite ") and groups.get("v") == "":
        return Slot("User", attribute, subject, functional=True, negated=negated)
    functional = is_functional(attribute) if row.functional is None else row.functional
    if attribute == WHEN and subject == "User":
        return None
    old = groups.get("old")
    return Slot(
        subject,
        attribute,
        value,
        functional,
        negated=negated or row.negated,
        replaced=bare(trim(old)) if old else None,
    )


def _ended(subject: str, what: str) -> Slot | None:
    """Read what came to its end: a job, a membership, a course; nothing else may be guessed."""
    if re.match(r"(?:his|her|their|the) (?:wife|husband|girlfriend|boyfriend|partner)\b", what):
        return None
    value = bare(trim(what))
    match = re.match(
        r"(?:(?:old |previous )?(?:job|position|role) (?:at|with|in) )(?P<v>.+)", value, re.I
    )
    if match is not None:
        return Slot(subject, "employer", match["v"], True, negated=True)
    if value.lower() in {"job", "old job"}:
        return Slot(subject, "employer", "", True, negated=True)
    return Slot(subject, "*", value, False, negated=True) if value else None
