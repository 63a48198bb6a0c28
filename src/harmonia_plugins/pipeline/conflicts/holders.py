"""Whom or what a statement is about, where the words before its verb are all there is to go by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from harmonia_plugins.pipeline.slots.subject import split_subject
from harmonia_plugins.pipeline.slots.words import PETS, RELATIVES, SINGLE_RELATIVES, word_set

_KIN = (
    RELATIVES
    | PETS
    | word_set("""
    gran nan nana auntie grandpa hubby wifey bf gf bestie lodger tenant tutor landlady eldest
    youngest twins twin kids children parents mother-in-law father-in-law sister-in-law
    brother-in-law daughter-in-law son-in-law bro sis neighbours team club group class
    """)
)
_KIN_SAME: dict[str, str] = {
    "mum": "mother", "mom": "mother", "dad": "father", "kid": "child", "puppy": "dog",
    "gran": "grandmother", "grandma": "grandmother", "nan": "grandmother", "hubby": "husband",
    "bf": "boyfriend", "gf": "girlfriend", "bro": "brother", "sis": "sister", "auntie": "aunt",
    "grandpa": "grandfather", "landlady": "landlord",
}  # fmt: skip
_TELLING = word_set("""
    older younger elder eldest youngest big little old new left right upper lower front back first
    second third other another spare former previous ex late own work private personal home weekend
    summer holiday company twin step foster
    """)
_WORD = re.compile(r"[^\W\d_][\w-]*")
_PLACING = word_set("in at from to of on for near")
_OPENERS = word_set("""
    user the a an my our his her their its it he she they this that there on in at from for with
    to of and but so no not yes well now then after before since because when while if bye dr mr mrs
    """)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds what a statement says: kin and names; `user` for the user, nothing for unknown."""

    user: bool
    kin: frozenset[str]
    names: frozenset[str]
    telling: frozenset[str]


@lru_cache(maxsize=8192)
def holder_of(content: str) -> Holder:
    """Read the holder from the words before the verb; without a verb, from all that is said."""
    parts = split_subject(content)
    subject = parts[0] if parts is not None else " ".join(content.split()[:5])
    user = re.search(r"\bUser\b(?!['’]s)", subject) is not None
    words: list[str] = _WORD.findall(subject.replace("'s", " ").replace("’s", " "))
    lower = [word.lower() for word in words]
    kin = frozenset({_KIN_SAME.get(word, word) for word in lower if word in _KIN})
    names = _names(words)
    if parts is None and not user and not kin:
        names = _names(_WORD.findall(content)[1:])
    return Holder(user and not kin, kin, names, frozenset(lower) & _TELLING)


def _names(words: list[str]) -> frozenset[str]:
    """Names among words; a sentence's first word is one only where capitals follow or nothing."""
    capitals = [word for word in words if word[0].isupper()]
    if words and words[0][0].isupper() and len(capitals) < len(words):
        capitals = capitals[1:]
    placed = {word for before, word in pairwise(words) if before.lower() in _PLACING}
    return frozenset(word.lower() for word in capitals if word not in placed) - _OPENERS - _KIN


def same_holder(new: str, old: str, names: dict[str, set[str]]) -> bool:
    """Say whether two statements may be about the same person or thing.

    Who writes without a subject means the user. A relative with a name is the one without where
    no other is known.
    """
    one, other = holder_of(new), holder_of(old)
    if one.telling != other.telling and one.telling and other.telling:
        return False
    if one.user and other.user:
        return True
    if all(who.user or not (who.kin or who.names) for who in (one, other)):
        return True
    if one.kin or other.kin:
        return _same_kin(one, other, names)
    if one.names and other.names:
        return bool(one.names & other.names)
    return False


def _same_kin(one: Holder, other: Holder, names: dict[str, set[str]]) -> bool:
    if one.names and other.names:
        return bool(one.names & other.names) and (
            not (one.kin and other.kin) or bool(one.kin & other.kin)
        )
    if not (one.kin & other.kin):
        return False
    if one.telling != other.telling:
        return False
    kin = one.kin & other.kin
    return bool(kin & SINGLE_RELATIVES) or all(len(names.get(word, ())) <= 1 for word in kin)
