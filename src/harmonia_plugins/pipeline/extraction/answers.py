"""Reads a short answer together with its question: "Where do you live?" - "In Lyon"."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.extraction.cleaning import WORD, expand
from harmonia_plugins.pipeline.extraction.inflection import is_finite, is_gerund, past_tense
from harmonia_plugins.pipeline.extraction.lexicon import (
    ADVERBS,
    DETERMINERS,
    PREPOSITIONS,
    word_set,
)

_MAX_WORDS = 14
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|yea|sure|of course|absolutely|definitely|indeed)\b[,!. ]*", re.I
)
_NO = re.compile(r"(?:no|nope|nah|not really|never|not at all)\b[,!. ]*", re.I)
_FILLING = re.compile(r"(?:oh|ah|well|hmm|um|thanks|wow|hey|so)\b[,!. ]+", re.I)

_ASKED = re.compile(
    r"(?P<wh>what|where|when|who|which|how long|how often|how many|how much|how old)"
    r"(?P<noun>(?: [\w'-]+){0,4}?) (?P<aux>do|did|does|are|were|have|is|was|will) "
    r"(?P<subject>you|your(?: [\w'-]+){1,3}?)(?P<rest>(?: [\w'-]+){0,10})$",
    re.I,
)
_WHAT_IS = re.compile(
    r"what(?: is|'s| are| was) (?P<what>your(?: [\w'-]+){1,6})$|what (?:is|are)"
    r" (?P<own>your .{1,40})$",
    re.I,
)
_WHETHER = re.compile(r"(?P<aux>do|did|are|were|have) you (?P<rest>[\w' -]{3,90})$", re.I)
_KIND = re.compile(r"^ (?:kind|kinds|type|types|sort|sorts) of\b", re.I)
_VAGUE = word_set("""
    it that this you your them those these there guess anything something so me us my our they
""")
_PARTICLES = word_set("""
    in at to for with of on from about into by as like up
""")


def answer(question: str, reply: str) -> tuple[str, bool] | None:
    """Return the statement, in the first person, that a reply makes with its question.

    The flag tells whether the reply carries words of its own; a bare "yes" does not.
    """
    asked = " ".join(expand(question).rstrip(" ?!.").split())
    reply = _FILLING.sub("", reply.strip(), count=1)
    whether = _WHETHER.search(asked[-120:])
    if whether and (_YES.match(reply) or _NO.match(reply)):
        return _whether(whether, reply)
    words = [word.lower() for word in WORD.findall(expand(reply))]
    if not words or len(words) > _MAX_WORDS or _has_clause(words):
        return None
    fragment = reply.strip(" .!,")
    if words[0] in PREPOSITIONS | DETERMINERS:
        fragment = fragment[:1].lower() + fragment[1:]
    plain = _WHAT_IS.search(asked)
    if plain:
        what = re.sub(r"^your", "my", plain["what"] or plain["own"], flags=re.I)
        if what.lower() in ("my job", "my profession", "my occupation"):
            return f"I work as {_one(fragment)}", True
        return (
            f"{what} {'are' if what.endswith('s') and not what.endswith('ss') else 'is'}"
            f" {fragment}",
            True,
        )
    wh = _ASKED.search(asked[-140:])
    if wh is None or not _VAGUE.isdisjoint(wh["rest"].lower().split()):
        return None
    return _stated(wh, fragment), True


def _one(occupation: str) -> str:
    """Return an occupation with its article: "Software engineer" is "a software engineer"."""
    first, _, rest = occupation.partition(" ")
    if first.lower() in DETERMINERS:
        return occupation
    if not first[1:].isupper():
        occupation = f"{first.lower()} {rest}".strip()
    return f"{'an' if occupation[:1].lower() in 'aeiou' else 'a'} {occupation}"


def _has_clause(words: list[str]) -> bool:
    """Tell whether a reply is a sentence of its own rather than a fragment."""
    if words[0] in ("i", "we", "my", "it", "they", "he", "she", "that", "this", "you", "the"):
        return any(is_finite(word) for word in words[1:5])
    return any(word in ("is", "are", "was", "were", "am", "has", "have", "i") for word in words)


def _whether(match: re.Match[str], reply: str) -> tuple[str, bool] | None:
    rest = match["rest"].strip()
    words = rest.lower().split()
    if not _VAGUE.isdisjoint(words) or len(words) > 12:
        return None
    no = _NO.match(reply) if not _YES.match(reply) else None
    opening = no or _YES.match(reply)
    more = reply[opening.end() :].strip(" .!,") if opening else ""
    extra = re.split(r"[.!?]", more)[0].strip()
    extra_words = [word.lower() for word in WORD.findall(extra)]
    if extra and (len(extra_words) > 8 or _has_clause(extra_words) or not _adverbial(extra_words)):
        extra = ""
    rest = " ".join(w for w in rest.split() if w.lower() not in ("ever", "any", "yet"))
    statement = f"I {_predicate(match['aux'].lower(), rest, bool(no))} {extra}".strip()
    return statement, bool(extra)


def _adverbial(words: list[str]) -> bool:
    return words[0] in PREPOSITIONS | ADVERBS | {
        "every",
        "last",
        "this",
        "once",
        "twice",
        "two",
        "all",
    }


def _predicate(aux: str, rest: str, negative: bool) -> str:
    verb, _, tail = rest.partition(" ")
    if aux == "are":
        return f"am {'not ' if negative else ''}{rest}"
    if aux == "were":
        return f"was {'not ' if negative else ''}{rest}"
    if aux in ("do", "did"):
        if negative:
            return f"{aux} not {rest}"
        return f"{verb if aux == 'do' else past_tense(verb)} {tail}".strip()
    return f"{aux} {'not ' if negative else ''}{rest}"


def _stated(match: re.Match[str], fragment: str) -> str:
    wh, aux = match["wh"].lower(), match["aux"].lower()
    rest, noun = match["rest"].strip(), match["noun"]
    subject = re.sub(
        r"^you$", "I", re.sub(r"^your", "my", match["subject"], flags=re.I), flags=re.I
    )
    if wh == "what" and aux == "do" and re.match(r"do(?: for (?:a living|work))?$", rest):
        return f"I work as {_one(fragment)}"
    if wh == "how old":
        return f"{subject} {'am' if subject == 'I' else aux} {fragment}"
    if is_gerund(fragment.split(" ")[0].lower()) and rest.split(" ")[-1] in ("do", "doing"):
        rest = rest.rpartition(" ")[0]
    lead = f"{subject} {_asked_predicate(aux, rest, subject)}".rstrip()
    tail = rest.split(" ")[-1].lower() if rest else ""
    first = fragment.split(" ")[0].lower()
    if wh == "how long" and first not in PREPOSITIONS and re.match(r"\W*[\w-]", first):
        fragment = f"for {fragment}"
    elif wh == "where" and tail not in _PARTICLES and first not in PREPOSITIONS and rest:
        fragment = f"{'to' if tail in ('go', 'going', 'move', 'travel') else 'in'} {fragment}"
    elif wh in ("how many", "how much") and noun.strip():
        fragment = f"{fragment}{'' if noun.strip() in fragment else noun}"
    elif noun.strip() and not _KIND.match(noun) and fragment.split(" ")[0].lower() in DETERMINERS:
        return f"{lead} {fragment}"
    return f"{lead} {fragment}"


def _asked_predicate(aux: str, rest: str, subject: str) -> str:
    mine = subject == "I"
    if aux in ("do", "does", "did"):
        verb, _, tail = rest.partition(" ")
        if aux == "did":
            verb = past_tense(verb)
        elif aux == "does" and not mine:
            verb = f"{verb}s"
        return f"{verb} {tail}".strip()
    if mine:
        aux = {"are": "am", "were": "was"}.get(aux, aux)
    return f"{aux} {rest}".strip()
