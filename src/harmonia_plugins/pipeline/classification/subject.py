"""The subject that a statement leaves out, or names at its beginning."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.calendar import ADVERBS
from harmonia_plugins.pipeline.classification.lexicon.inflection import words
from harmonia_plugins.pipeline.classification.lexicon.names import GIVEN_NAMES
from harmonia_plugins.pipeline.classification.tagging import NO_NAME, classes_of, is_known

SELF = frozenset({"i", "me", "my", "mine", "myself", "we", "our", "ours", "us"})

_CUES = frozenset({"he", "she", "his", "her", "their", "they", "himself", "herself", "themselves"})
_AUXILIARIES = frozenset({"is", "was", "has", "had", "does", "did", "can", "will", "makes"})
_PERSONAL_VERBS = words("""
    likes loves enjoys hates dislikes prefers adores works lives wants hopes plans feels owns
    speaks plays studies thinks believes knows went bought moved met got started finished visited
    attended joined wants needs wishes dreams aims drives misses fears sleeps eats drinks says said
    told asked teaches learned signed adopted volunteers volunteered
""")

_LEAD = words("and but ok okay oh yeah well ah haha lol hey honestly tbh ugh ,")
"""What stands before a statement that begins in the middle."""
_DEGREES = ADVERBS | {"so", "a", "not"}
_AFTER_PREDICATE = words("""
    a an the my our to out up some at in on with from off back down all two three another this that
    through over past about for myself him her them into of by as when it because since and or but
    again today now lately right how , . ! ? ;
""")
"""What stands behind a verb or adjective that has lost its subject, not behind an attribute."""
_OPEN_VERBS = words("""
    love hate prefer enjoy miss want need wish hope adore dislike used would wanna am have
    hoped loved hated wanted
""")
"""Verbs that open no request, so that "I" is left out before them."""
_OPEN_ADJECTIVES = words("""
    allergic based born raised married fluent good bad terrible hopeless useless rubbish great
    obsessed originally intolerant diabetic divorced engaged single retired unemployed saving
    not halfway partial fond keen addicted certified qualified trained
""")
_OPEN_GERUNDS = words("""
    feeling looking saving thinking trying hoping planning considering learning going working
    living training dreaming dreading missing getting having doing studying teaching aiming
    struggling wondering starting moving meeting seeing flying leaving dating cutting taking
    building writing reading visiting
""")
_KIN = words("mum mom dad mam mummy granny grandma grandad granddad grandpa nana papa mama gran")
_FINITE = words("is are was were isn aren makes helps takes has can will would beats calms keeps")


def with_named_subject(raw: list[str]) -> list[str]:
    """Put "i|" for a name that opens a text which speaks of nobody as "I"."""
    if not raw or not raw[0][0].isupper():
        return raw
    low = [token.lower() for token in raw]
    if not SELF.isdisjoint(low):
        return raw
    if low[0] in ("he", "she"):
        return ["i|", *raw[1:]]
    first = low[0].removesuffix("'s")
    given = first in GIVEN_NAMES
    if not given and (is_known(first) or first.endswith("ing") or first in NO_NAME):
        return raw
    if low[0].endswith("'s"):
        return ["my|", *raw[1:]] if given or not _CUES.isdisjoint(low) else raw
    at = 2 if len(raw) > 2 and raw[1][0].isupper() and low[1] not in NO_NAME else 1
    verb = at
    while verb < len(raw) and low[verb] in ADVERBS:
        verb += 1
    if verb >= len(raw) or not _speaks_of_a_person(low, verb, given or at == 2):
        return raw
    return ["i|", *raw[at:]]


def _speaks_of_a_person(low: list[str], verb: int, given: bool) -> bool:
    word = low[verb]
    if word in _PERSONAL_VERBS:
        return True
    cued = given or not _CUES.isdisjoint(low)
    known = word in _AUXILIARIES or "past" in classes_of(word) or word.endswith("s")
    return cued and known


def with_implied_subject(raw: list[str]) -> list[str]:
    """Put in the "I" that chat leaves out: "saving up for a bike", "so tired today"."""
    low = [token.lower() for token in raw[:24]]
    start = 0
    while start < len(low) and low[start] in _LEAD:
        start += 1
    at = start
    while at < len(low) and low[at] in _DEGREES:
        at += 1
    if at + 1 >= len(low):
        return raw
    return [*raw[:start], *_implied(low, at), *raw[start:]]


def _implied(low: list[str], at: int) -> list[str]:
    word, following = low[at], low[at + 1]
    if word in _KIN:
        return ["my"]
    if word in _OPEN_VERBS:
        return [] if following in ("you", "i", "your") else ["i"]
    if word == "can" and following == "not":
        return ["i"]
    if word in _OPEN_GERUNDS:
        return [] if _is_subject(low, at) else ["i", "am"]
    closed = following in _AFTER_PREDICATE or following in ADVERBS
    classes = classes_of(word)
    if closed and (word in _OPEN_ADJECTIVES or "feel" in classes or "soft" in classes):
        return ["i", "am"]
    return ["i"] if (closed and "past" in classes) or word in ("had", "got", "ran") else []


def _is_subject(low: list[str], at: int) -> bool:
    """Whether a gerund is what is spoken of: "getting up early is hard"."""
    for word in low[at + 1 :]:
        if word in (",", ".", ";", "!", "?", "i", "we", "because", "that", "which"):
            return False
        if word in _FINITE:
            return True
    return False
