"""Who "he" or "she" is, where what was said before leaves one person only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harmonia_plugins.pipeline.extraction.lexicon import RELATIONS, word_set

_GROUPS = word_set("""
    family fam friends parents sons daughters kids children brothers sisters siblings twins
    cousins grandparents colleagues students team in-laws dogs cats pets turtles
""")
_MALE = word_set("""
    husband fiance fiancé boyfriend dad father son brother uncle nephew grandpa grandfather
    grandson
""")
_FEMALE = word_set("""
    wife fiancee fiancée girlfriend mom mum mother daughter sister aunt auntie niece grandma
    grandmother granny granddaughter
""")
_ONE = "|".join(sorted(RELATIONS - _GROUPS, key=len, reverse=True))
_PERSON = re.compile(
    rf"\b(?P<owner>my|our|a|an)\s+(?P<which>(?:[a-z]+\s+){{0,2}}?)(?P<relation>{_ONE})\b(?!'s)"
    r"(?P<name>,?\s+(?:(?:(?:who\s+)?is\s+)?(?:called|named)\s+)?(?-i:[A-Z])[\w-]+(?!\w|'s))?",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"(?P<who>he|she)\b", re.IGNORECASE)
_NAMED = re.compile(r"[A-Z][\w-]+$")


def persons(texts: Iterable[str], pronoun: str) -> list[str]:
    """Return those a speaker may call `he` or `she`, as "my son Tom"."""
    barred = _FEMALE if pronoun.lower() == "he" else _MALE
    found: dict[str, str] = {}
    for text in texts:
        for match in _PERSON.finditer(text):
            relation = match["relation"].lower()
            if relation in barred:
                continue
            name = _NAMED.search(match["name"] or "")
            owner = "our" if match["owner"].lower() == "our" else "my"
            said = " ".join((owner, match["which"].strip(), relation, name[0] if name else ""))
            if len(said) > len(found.get(relation, "")) or name:
                found[relation] = " ".join(said.split())
    return list(found.values())


def resolve_person(clause: str, before: Iterable[str]) -> str:
    """Return a clause whose opening `he` or `she` is the one person told of before."""
    match = _PRONOUN.match(clause)
    if match is None:
        return clause
    meant = persons(before, match["who"])
    if len(meant) != 1:
        return clause
    return f"{meant[0][:1].upper()}{meant[0][1:]}{clause[match.end() :]}"
