"""What can be told of a pair of statements at little cost, as numbers for the judge.

Some are of one statement and kept for it: which cues it holds, which of the words the judge knows.
The others compare the two. None is meant to decide alone; the judge has learned what each is worth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from harmonia_plugins.pipeline.classification import entities_of, tags_of
from harmonia_plugins.pipeline.conflicts.amounts import amounts_of
from harmonia_plugins.pipeline.conflicts.cues import ADDS, CHANGES, CORRECTS, ENDS, MOVES, OVER
from harmonia_plugins.pipeline.conflicts.holders import Holder, holder_of
from harmonia_plugins.pipeline.conflicts.states import states_of
from harmonia_plugins.pipeline.conflicts.terms import KIND_OF, terms
from harmonia_plugins.pipeline.conflicts.topics import topics_of
from harmonia_plugins.pipeline.slots import Slot, slots_of
from harmonia_plugins.pipeline.slots.words import BASE_OF, word_set

CUES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("changes", CHANGES),
    ("moves", MOVES),
    ("corrects", CORRECTS),
    ("adds", ADDS),
    ("ends", ENDS),
    ("over", OVER),
    *(
        (name, re.compile(pattern, re.IGNORECASE))
        for name, pattern in (
            ("denies", r"\b(?:not|no longer|never|no|nobody|nothing|without|cannot)\b|n['’]t\b"),
            ("any more", r"\bany ?more\b|\bno longer\b|\bfor good\b|\bno more\b"),
            ("now", r"\bnow\b|\bthese days\b|\bnowadays\b|\bfrom (?:now|here) on\b|\bsince\b"),
            ("wants", r"\b(?:wants?|hopes?|plans?|planning|dreams?|thinking (?:of|about)|would|"
                      r"might|may|considering|wishes|needs?|looking for|interested)\b"),
            ("feels", r"\b(?:loves?|likes?|enjoys?|hates?|excited|happy|sad|proud|worried|tired|"
                      r"afraid|grateful|nervous|stressed|favou?rite)\b"),
            ("past", r"\b(?:was|were|had|did|went|got|came|saw|took|made|bought|found|visited|"
                     r"met|[a-z]{3,}ed)\b"),
            ("habit", r"\b(?:every|each|always|usually|daily|weekly|often|on (?:mon|tues|wednes|"
                      r"thurs|fri|satur|sun)days|(?:a|per) (?:day|week|month|year))\b"),
            ("dated", r"\b(?:19|20)\d\d\b"),
            ("number", r"\d"),
            ("new", r"\bnew\b"),
            ("last", r"\blast\b|\bfirst\b"),
            ("too", r"\b(?:too|as well|also|still|again|recently|lately|just)\b"),
            ("lately", r"\b(?:recently|lately)\b"),
            ("instead", r"\b(?:instead|rather|after all|replac\w+|swap\w*|switch\w*)\b"),
        )
    ),
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d")
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][^\W\d_]+|\b[A-Z]{2,}\b")
_LONG = 15.0
_READ = 400
_FAR, _NEAR, _HALF = 0.35, 0.6, 0.5
_VERBS = frozenset(BASE_OF.values())
_IDLE = word_set("""
    thing time day week month year today tomorrow yesterday morning evening afternoon night people
    place new old good bad big little lot bit way kind part first last next every each all more most
    much many less one two three other own same really ever since until still here then when what
    where how why monday tuesday wednesday thursday friday saturday sunday january february march
    april may june july august september october november december around after before over back
    """)


@dataclass(frozen=True, slots=True)
class Signs:
    """What a statement shows by itself."""

    cues: tuple[float, ...]
    words: frozenset[str]
    terms: frozenset[str]
    things: frozenset[str]
    kinds: frozenset[str]
    verbs: frozenset[str]
    names: frozenset[str]
    tags: frozenset[str]
    opening: str
    bearers: frozenset[str]
    doer: str
    holder: Holder
    slots: tuple[Slot, ...]
    amounts: dict[str, frozenset[str]]
    topics: dict[str, str]
    states: frozenset[int]
    ends_states: frozenset[int]


@lru_cache(maxsize=8192)
def signs_of(content: str) -> Signs:
    """Read a statement once; it is compared with many."""
    opening = re.split(r"\W", content.strip(), maxsplit=1)[0].lower()
    bearers = _bearers(content[:_READ])
    text = content[:_READ]
    for name in sorted(bearers):
        text = re.sub(rf"\b{re.escape(name)}\b", "User", text)
    own = terms(text)
    things = frozenset(w for w in own if w not in _VERBS and w not in _IDLE and not w[0].isdigit())
    held, ending = states_of(text)
    return Signs(
        cues=_cues(text),
        words=frozenset(_tokens(text)),
        terms=own,
        things=things,
        kinds=frozenset(kind for word in things for kind in KIND_OF.get(word, ())),
        verbs=own & _VERBS,
        names=frozenset(name.lower() for name in _NAME.findall(text)) - {"user"},
        tags=frozenset(tags_of(text)),
        opening=opening,
        bearers=bearers,
        doer=_doer(content),
        holder=holder_of(text),
        slots=slots_of(text),
        amounts=amounts_of(text),
        topics=topics_of(text),
        states=held,
        ends_states=ending,
    )


def _bearers(text: str) -> frozenset[str]:
    """The named people a statement is about, as it is about the user: not what it says of them."""
    return frozenset(
        name
        for name in entities_of(text)
        if re.search(rf"^(?:Since )?{re.escape(name)}\b|\b{re.escape(name)}['’]s\b", text)
    )


def _doer(text: str) -> str:
    """The single word before the verb with which a statement begins: Boris in "Boris lives"."""
    match = re.match(r"([A-Z][\w-]+) ([a-z]+)\b", text)
    if text.startswith("User "):
        return "user"
    if match is None or not (match[2] in BASE_OF or match[2].endswith(("s", "ed"))):
        return ""
    return match[1].lower()


def _cues(text: str) -> tuple[float, ...]:
    """One number for each cue, and some of the statement's form."""
    holder = holder_of(text)
    return (
        *(float(pattern.search(text) is not None) for _, pattern in CUES),
        min(len(text.split()) / _LONG, 1.0),
        float(holder.user),
        float(bool(holder.kin)),
        float(bool(holder.names)),
        float(bool(slots_of(text))),
        float("," in text),
    )


def _tokens(text: str) -> list[str]:
    """The words and word pairs of a statement, without its names and with one sign for digits."""
    found: list[str] = _WORD.findall(_NAME.sub(" ", text.replace("’", "'")).lower())
    words = ["#" if word[0].isdigit() else word.removesuffix("'s") for word in found]
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def compare(new: Signs, old: Signs, cosine: float) -> list[float]:
    """Return how two statements stand to each other, one number for each of `PAIR`."""
    return [
        cosine,
        max(0.0, _FAR - cosine),
        max(0.0, cosine - _NEAR),
        *_compare_holders(new, old),
        *_compare_words(new, old),
        *_compare_values(new, old),
    ]


def _compare_holders(new: Signs, old: Signs) -> list[float]:
    one, other = new.holder, old.holder
    return [
        float(one.user and other.user),
        float(bool(one.kin & other.kin)),
        float(one.kin != other.kin),
        float(bool(one.names and other.names) and not one.names & other.names),
        float(bool(one.names & other.names)),
        float(one.user != other.user),
        float(one.telling != other.telling),
        float(new.opening == old.opening),
        float(bool(old.holder.names) and old.holder.names <= new.names | new.terms),
        float(bool(one.names) and one.names <= old.names | old.terms),
    ]


def _compare_words(new: Signs, old: Signs) -> list[float]:
    shared, things = new.terms & old.terms, new.things & old.things
    least = max(1, min(len(new.things), len(old.things)))
    return [
        min(len(shared) / 3, 2.0),
        min(len(things) / 2, 2.0),
        len(things) / max(1, len(new.things)),
        len(things) / max(1, len(old.things)),
        float(bool(things)),
        float(not old.things - new.things),
        float(len(things) / least >= _HALF),
        float(shared == new.terms and shared == old.terms),
        float(bool(new.verbs & old.verbs)),
        min(float(len(new.names & old.names)), 2.0),
        float(bool(old.names) and old.names <= new.names),
        float(bool(old.names - new.names) and bool(new.names - old.names)),
        float(bool(new.kinds & (old.kinds | old.things)) or bool(old.kinds & new.things)),
        float(len(new.tags & old.tags)),
        float(bool(new.tags and old.tags) and not new.tags & old.tags),
    ]


def _compare_values(new: Signs, old: Signs) -> list[float]:
    slots = [
        (one, other)
        for one in new.slots
        for other in old.slots
        if one.attribute == other.attribute and one.subject == other.subject
    ]
    both = [kind for kind in new.amounts if kind in old.amounts]
    differ = sum(not new.amounts[kind] & old.amounts[kind] for kind in both)
    matters = [name for name in new.topics if name in old.topics]
    return [
        float(bool(slots)),
        float(any(one.value.lower() != other.value.lower() for one, other in slots)),
        float(any(one.functional for one, _ in slots)),
        float(differ),
        float(len(both) - differ),
        float(any(new.topics[name] != old.topics[name] for name in matters)),
        float(bool((new.ends_states & old.states) - old.ends_states)),
    ]


PAIR = len(compare(signs_of("User lives in Ghent"), signs_of("User lives in Bern"), 0.5))
"""How many numbers compare a pair."""
