"""Who "he" or "she" is, where what was said before leaves one person only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from harmonia_plugins.pipeline.extraction.inflection import is_finite, is_past
from harmonia_plugins.pipeline.extraction.lexicon import RELATIONS, TIME_WORDS, word_set

_GROUPS = word_set("""
    family fam friends parents sons daughters kids children brothers sisters siblings twins
    cousins grandparents grandkids colleagues students team in-laws dogs cats pets turtles
""")
_MALE = word_set("""
    husband fiance fiancé boyfriend dad father son brother uncle nephew grandpa grandfather
    grandson grandad granddad stepson stepdad father-in-law brother-in-law son-in-law
""")
_FEMALE = word_set("""
    wife fiancee fiancée girlfriend mom mum mother daughter sister aunt auntie niece grandma
    grandmother granny granddaughter gran nan nana stepdaughter stepmum stepmom mother-in-law
    sister-in-law daughter-in-law
""")
_ONE = "|".join(sorted(RELATIONS - _GROUPS, key=len, reverse=True))
_PERSON = re.compile(
    rf"\b(?P<owner>my|our|a|an)\s+(?P<which>(?:[a-z]+\s+){{0,2}}?)(?P<relation>{_ONE})\b(?!'s)"
    r"(?P<name>,?\s+(?:(?:(?:who\s+)?is\s+)?(?:called|named)\s+)?(?-i:[A-Z])[\w-]+(?!\w|'s))?",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"(?:^|[.!?\n]\s*|\b(?:and|but|so|because|that)\s)(?P<name>[A-Z][a-z]+)(?:, (?:my|our|the)\b"
    r"|\s(?P<verb>[a-z]+))"
)
_MENTIONED = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
_NO_NAMES = word_set("""
    It He She They This That There Here What Who When Where Everything Everyone Work Life Mum
    Mom Dad
    Gran Today Tomorrow Yesterday You We The My Our And But So If As In On At For Not No Yes
    Just Also
    Then Now One Some All Most Other Another People Someone
""")
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


def named(texts: Iterable[str]) -> list[str]:
    """Return the names that clauses are about: "Mabel, our beagle, eats" and "Miso has gone"."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _SUBJECT.finditer(text):
            verb = match["verb"]
            if match["name"] not in _NO_NAMES and (verb is None or _is_verb(verb)):
                found[match["name"]] = None
    return list(found)


def acquainted(texts: Iterable[str]) -> frozenset[str]:
    """Return the names that texts mention: whom, and what else, a speaker may go on about."""
    said = list(texts)
    mentioned = {name for text in said for name in _MENTIONED.findall(text)} | set(named(said))
    return frozenset(name for name in mentioned if name.lower() not in TIME_WORDS)


def _is_verb(word: str) -> bool:
    return is_past(word) or (is_finite(word) and word.endswith("s")) or word in ("will", "had")


def resolve_person(clause: str, before: Iterable[str]) -> str:
    """Return a clause whose opening `he` or `she` is the one person told of before."""
    match = _PRONOUN.match(clause)
    if match is None:
        return clause
    told = list(before)
    meant = persons(told, match["who"]) or named(told)
    if len(meant) != 1:
        return clause
    return f"{meant[0][:1].upper()}{meant[0][1:]}{clause[match.end() :]}"
