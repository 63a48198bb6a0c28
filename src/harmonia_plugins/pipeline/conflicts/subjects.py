"""Whether two statements are about the same person or thing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from harmonia_plugins.pipeline.slots.slot import Slot
from harmonia_plugins.pipeline.slots.words import PETS, RELATIVES, word_set

_OUTER = re.compile(r"^(?:(?:the user|user)['’]s|the|his|her|their|my|our)\s+", re.IGNORECASE)
_IDLE = word_set("new current own actual weekly daily monthly regular upcoming")
_KIN = RELATIVES | PETS
_KIN_SAME = {"mum": "mother", "mom": "mother", "dad": "father", "kid": "child", "puppy": "dog"}


@lru_cache(maxsize=4096)
def subject_key(subject: str) -> tuple[frozenset[str], str | None]:
    """Return the describing words of a subject and the name in it, in small letters."""
    if subject.lower() in {"user", "the user"}:
        return frozenset({"user"}), None
    words = _OUTER.sub("", subject.strip()).split()
    names = [word for word in words if word[:1].isupper()]
    rest = {word.lower() for word in words if not word[:1].isupper()} - _IDLE - {"called", "named"}
    described = frozenset(_KIN_SAME.get(word, word) for word in rest)
    return described, " ".join(names).lower() or None


def names_known(slots: Iterable[Slot]) -> dict[str, set[str]]:
    """Return, for each relative or pet, the names that statements give it."""
    known: dict[str, set[str]] = {}
    for slot in slots:
        if slot.negated:
            continue
        words, name = subject_key(slot.subject)
        if slot.subject == "User" and slot.attribute in _KIN:
            known.setdefault(slot.attribute, set()).add(slot.value.lower())
        elif len(words) == 1 and (kin := next(iter(words))) in _KIN:
            if slot.attribute == "name":
                known.setdefault(kin, set()).add(slot.value.lower())
            elif name:
                known.setdefault(kin, set()).add(name)
    return known


def same_subject(one: str, other: str, names: dict[str, set[str]]) -> bool:
    """Say whether two subjects are one, given the names that relatives are known by.

    "User's sister" is "User's sister Anna" where no other sister is named, and "Anna" where no
    other Anna is known. In doubt they differ: a belief is then kept, not closed.
    """
    (words, name), (other_words, other_name) = subject_key(one), subject_key(other)
    if words == other_words and name == other_name:
        return True
    if name is not None and other_name is not None:
        if name != other_name or (words and other_words):
            return False
        return _only_bearer(name, words or other_words, names)
    if words == other_words:
        return len(words) == 1 and len(names.get(next(iter(words)), set())) <= 1
    called, described = (name, other_words) if name else (other_name, words)
    bare = not (words if name else other_words)
    if called is None or not bare or len(described) != 1:
        return False
    return names.get(next(iter(described))) == {called}


def _only_bearer(name: str, words: frozenset[str], names: dict[str, set[str]]) -> bool:
    bearers = [kin for kin, known in names.items() if name in known]
    return len(words) == 1 and bearers == [next(iter(words))]
