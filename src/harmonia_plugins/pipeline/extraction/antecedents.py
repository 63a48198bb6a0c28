"""What "it", "she" or "they" stands for, where the sentence before leaves no doubt."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.inflection import is_finite, is_gerund
from harmonia_plugins.pipeline.extraction.lexicon import (
    ADVERBS,
    PREPOSITIONS,
    RELATIONS,
    SUBORDINATORS,
    TIME_WORDS,
    word_set,
)

_LEADS = word_set("""
    a an my our this that the
""")
_STOPS = (
    PREPOSITIONS | SUBORDINATORS | ADVERBS | TIME_WORDS | {"and", "or", "but", "is", "was", "to"}
)
_PRONOUN = re.compile(r"^(It|He|She|They|it|he|she|they)\b")
_OBJECT = re.compile(
    r"(?P<lead>(?:I|We|we)(?: [\w']+){1,4} )(?P<what>it|them)\b(?! (?:is|was|would|to|if"
    r"|that|when))"
)
_EMPTY_IT = re.compile(
    r"it (?:is|was|has been|will be|would be)\b(?! (?:now |also |just |still )?(?:called|named"
    r"|in|at|on|from"
    r"|made|located|due|over|\d\w*)\b)"
    r"|it (?:\w+ly |also |just |really )?(?:feels?|felt|looks?|seems?|sounds?|takes?|took|makes?"
    r"|made"
    r"|helps?|helped|brings?|brought|reminds?|reminded|gives?|gave|means?|meant|gets?|got|can|could"
    r"|will|would|might|did|does|turns|turned|happened|happens|inspires?|inspired)\b",
    re.IGNORECASE,
)
"""An "it" that mostly stands for all that was told: nothing one noun could replace."""
_VAGUE = word_set("""
    lot bit few ride time way thing things something stuff kind sort one ones couple day days
    part point rest same best awesome great good other forward back moment while first idea
    place lots journey process experience challenge one's situation
""")
_IDIOM = re.compile(
    r"\b(?:ride|rollercoaster|journey|process|while|blast|means? (?:a lot|so much)|depends|tricky|"
    r"about time|turns out|so much|a lot)\b|^it (?:is|was) all\b",
    re.IGNORECASE,
)
_CALLED = re.compile(r"\b(?:called|named)\s+([A-Z][\w'-]+)")
_PERSONS = RELATIONS - {"family", "fam", "team"}


def resolve(clause: str, before: str) -> str:
    """Return a clause whose opening pronoun is replaced, if `before` has one thing it can mean.

    Also the "it" or "them" that a speaker did something to: "I have had them for years".
    """
    if not before:
        return clause
    match = _PRONOUN.match(clause)
    if match is None:
        return _resolve_object(clause, before)
    if _IDIOM.search(clause):
        return clause
    pronoun = match[1].lower()
    if pronoun == "it" and _EMPTY_IT.match(clause):
        return clause
    if re.match(rf"{pronoun}\b", before, re.IGNORECASE):
        return clause  # it goes on about what the clause before was about already
    meant = _candidate(before, pronoun)
    if meant is None:
        return clause
    return meant[:1].upper() + meant[1:] + clause[match.end() :]


def _resolve_object(clause: str, before: str) -> str:
    match = _OBJECT.match(clause)
    if match is None or not before.rstrip().endswith("?"):
        return clause  # between statements of one speaker "it" is too often the event itself
    meant = _candidate(before, "it" if match["what"] == "it" else "they")
    return clause if meant is None else match["lead"] + meant + clause[match.end() :]


def _candidate(before: str, pronoun: str) -> str | None:
    """Return the only noun phrase of a clause that a pronoun can stand for."""
    named = _CALLED.findall(before)
    if len(named) == 1 and pronoun != "they":
        return named[0]
    phrases = [phrase for phrase in _phrases(before) if _fits(phrase, pronoun)]
    if len(phrases) != 1:
        return None
    phrase = phrases[0]
    return re.sub(r"^(?:a|an)\b", "the", phrase, flags=re.IGNORECASE)


def _phrases(clause: str) -> list[str]:
    """Return noun phrases that begin with an article or owner, read up to the next small word."""
    found: list[str] = []
    words = [match[0] for match in WORD.finditer(clause)]
    place = 0
    while place < len(words):
        if words[place].lower() not in _LEADS:
            place += 1
            continue
        end = place + 1
        while end < len(words) and end < place + 5 and _belongs(words[end]):
            end += 1
        if end > place + 1:
            found.append(" ".join(words[place:end]))
        place = end
    return found


def _belongs(word: str) -> bool:
    low = word.lower()
    return low not in _STOPS and not (is_gerund(low) or (is_finite(low) and not word[0].isupper()))


def _fits(phrase: str, pronoun: str) -> bool:
    head = phrase.split(" ")[-1].lower()
    if head in _VAGUE or head.endswith("ly"):
        return False
    plural = (head.endswith("s") and not head.endswith(("ss", "us", "is"))) or head in (
        "kids",
        "children",
    )
    if pronoun == "they":
        return plural
    if plural:
        return False
    return (head in _PERSONS) == (pronoun in ("he", "she"))
