"""Statements about something of the subject's: "User's favourite colour is blue"."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.slots.slot import WHEN, Slot, canonical, is_functional
from harmonia_plugins.pipeline.slots.value import bare, trim
from harmonia_plugins.pipeline.slots.words import (
    CAR_WORDS,
    COLOURS,
    PETS,
    PHONE_WORDS,
    RELATIVES,
    SINGLE_RELATIVES,
    is_job,
    word_set,
)

_IS = re.compile(
    r"^(?:is|are|was|has changed to|changed to|changed from (?P<old>.{1,60}?)"
    r" to|has become|became|remains|went up to"
    r"|went down to|rose to|dropped to|increased to|is called|is named|is "
    r"spelled|is spelt|has switched to|switched to"
    r"|moved from (?P<old2>.{1,60}?) to) (?:now |actually |currently |in "
    r"fact |still |really )*(?P<v>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_OF = re.compile(
    r"^the (?P<thing>(?:\w+ )?(?:name|age|birthday|colour|color|address)) of (?P<owner>.+)$", re.I
)
_STATE = re.compile(
    r"^(?:(?:in|on|at|from|for|with|about|to|under|near|going|being|getting|"
    r"also|not|very|so|too|quite|really|doing|always"
    r"|made|broken|gone|moved|rescheduled|postponed|pushed|delayed|shifted|"
    r"changed|booked|scheduled|set|planned|due|born|coming|visiting|working|"
    r"studying|living|learning|planning|looking|getting)\b|[a-z]+ing\b)",
    re.IGNORECASE,
)
_NEW = word_set("new current own main latest present real actual")
_FORMER = word_set("old former previous ex- ex first last other second next")


def possessed_slot(subject: str, predicate: str, *, negated: bool = False) -> Slot | None:
    """Read "<owner>'s <attribute> is <value>", or None where it says something else."""
    match = _IS.match(predicate.rstrip(" .!"))
    owned = _OF.match(subject) or _last_owner(subject)
    if match is None or owned is None:
        return None
    owner, thing = owned
    words = [word for word in thing.lower().split() if word not in _NEW]
    kind = canonical(" ".join(words))
    old = match["old"] or match["old2"]
    told = re.sub(r"^(?:on|in) (?=\w)", "", match["v"]) if kind == "birthday" else match["v"]
    value = bare(trim(told)) if kind != WHEN else told.strip(" .")
    if value.lower() in COLOURS and not is_functional(kind):
        return Slot(subject, "colour", value, functional=True, negated=negated)
    slot = _about_relative(owner, subject, words, value, named=_names(predicate, value))
    if slot is None and value and _is_attribute(kind, words, told, value):
        slot = Slot(owner, kind, value, is_functional(kind))
    if slot is None:
        return None
    return Slot(
        slot.subject,
        slot.attribute,
        slot.value,
        slot.functional,
        negated,
        replaced=bare(trim(old)) if old else None,
    )


def _last_owner(subject: str) -> tuple[str, str] | None:
    """Split at the last possessive: "User's sister's name" is the name of User's sister."""
    match = re.match(r"^(.+)(?:'s|s') (.+)$", subject)
    if match is None:
        return None
    owner = match[1]
    return ("User" if owner.lower() == "user" else owner), match[2]


def _names(predicate: str, value: str) -> bool:
    if re.match(r"(?:is|was) (?:now )?(?:called|named|spelled|spelt)\b", predicate):
        return True
    return bool(value) and all(word[:1].isupper() for word in value.split()) and value.isascii()


def _about_relative(
    owner: str, subject: str, words: list[str], value: str, *, named: bool
) -> Slot | None:
    """Name or occupation of a relative or a pet; a second brother may have another name."""
    kin = bool(words) and (words[-1] in RELATIVES or words[-1] in PETS)
    if not kin or not value:
        return None
    if named:
        value = re.sub(r"^(?:called|named|spelled|spelt) ", "", value)
        kind = canonical(words[-1])
        if owner == "User" and len(words) == 1 and is_functional(kind):
            return Slot(owner, kind, value, functional=True)
        return Slot(subject, "name", value, words[-1] in SINGLE_RELATIVES)
    return Slot(subject, "job", value, functional=True) if is_job(value) else None


def _is_attribute(kind: str, words: list[str], told: str, value: str) -> bool:
    """Say whether "User's <kind> is <value>" gives a value, not a state of a thing."""
    if not words or words[0] in _FORMER:
        return False
    if re.search(r"\d", value) and not is_functional(kind):
        return re.match(r"\W?\d|\w+ \d", value) is not None and not _STATE.match(told)
    if (
        kind in {"car", "phone", "laptop", "computer", "bike"}
        or words[-1] in CAR_WORDS | PHONE_WORDS
    ):
        return told[:1].isupper() or re.match(r"(?:an?|the) ", told) is not None
    return is_functional(kind) and not _STATE.match(told)
