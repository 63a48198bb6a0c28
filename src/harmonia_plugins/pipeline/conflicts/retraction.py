"""Taking back: what a speaker asks to forget, or says was never so."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from harmonia_plugins.model import Change, Memory
from harmonia_plugins.pipeline.conflicts.reading import Reading, said_at
from harmonia_plugins.pipeline.conflicts.terms import covered, terms

_TOPIC = re.compile(
    r"(?:takes? back|took back|retracts?|withdr\w+|forget|forgets|ignore|"
    r"disregard|drop|delete|remove|erase|scratch"
    r"|never ?mind)\b.{0,80}?\b(?:about|regarding|concerning|that|of|is|was)\b\s*(?P<topic>.+)",
    re.IGNORECASE | re.DOTALL,
)
_IDLE = terms(
    "thing part bit story said told mentioned earlier before what everything "
    "anything all it that's"
    " true wrong mistake just please whole new old having being going getting wanting want"
)
_NEVER = re.compile(
    r"\b(?:never|not true|isn't true|wasn't true|untrue|made (?:that|it) up)\b", re.I
)
_UNTRUE = re.compile(
    r"\b(?:not true|isn['’]t true|wasn['’]t true|untrue|made (?:that|it|"
    r"this) up|(?:was|were) (?:joking|lying|kidding|wrong))\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[,.;:!?]| that (?:is|was|were) | (?:it|they|user) (?:is|was|were|had|has) | because | since "
    r"| please\b| - ",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"^(?:\w+[.,!] )?(?:please |just |can you |you can |so )*(?:scrap|wipe|strike|"
    r"bin|delete|remove|"
    r"erase|forget|ignore|disregard|drop|discard|pretend|"
    r"scratch) (?:out )?(?:that |the |this |what "
    r"|all |about |of |everything |anything |last night's |user's |they |them |you |never |heard |"
    r"mentioned |told |said )*(?P<topic>.{2,60}?)"
    r"(?: (?:thing|matter|business|stuff|message|rant|part|bit|story|stories|plan|"
    r"idea)\b.*|[,.;].*|$)"
    r"|^(?:that|the|this|what) (?:user (?:told|said) .{0,12}about )?(?P<topic2>.{2,40}?) (?:thing|"
    r"matter|business|stuff|message|rant|story|stories) (?:was|were|is) .*"
    r"|^user (?:made up|invented|lied about|was (?:joking|kidding|lying|testing) .{0,30}?(?:about|"
    r"swallow)) (?:the )?(?P<topic3>.{2,40}?)(?: (?:to|so|stuff|thing|because|"
    r"and then)\b.*|[,.;].*|$)",
    re.IGNORECASE,
)
_ENOUGH = 0.5
_FEW = 2
_NEAR = 0.35


def never_was(incoming: Memory) -> bool:
    """Say whether a denial says that something was never so, rather than that it is over."""
    if _NEVER.search(incoming.content) is None:
        return False
    return not re.search(r"\b(?:any ?more|no longer|again)\b", incoming.content, re.IGNORECASE)


def says_untrue(source: str) -> bool:
    """Say whether a speaker calls something they said untrue."""
    return _UNTRUE.search(source) is not None


def retracted(memory: Memory, now: datetime, reason: str) -> Change:
    """Return the change that takes a belief back, without a successor."""
    after = replace(memory, revision=memory.revision + 1, recorded_at=now, status="retracted")
    return Change(kind="retracted", before=memory, after=after, strategy="auto", reason=reason)


def taken_back(
    incoming: Memory, readings: Sequence[Reading], similarity: Callable[[Memory], float]
) -> list[Memory]:
    """Return the beliefs a retraction means.

    Those that hold every word of its topic; failing that, the one that shares most of them, if
    it shares half.
    """
    match = _TOPIC.search(incoming.content)
    told = match["topic"] if match is not None else incoming.content
    whole, first = terms(told) - _IDLE, terms(_CLAUSE.split(told, maxsplit=1)[0]) - _IDLE
    for topic in (whole, first):
        meant = [r.memory for r in readings if topic and covered(topic, r.words)]
        if meant:
            return meant
    return _mostly(first or whole, readings, similarity)


def _mostly(
    topic: frozenset[str], readings: Sequence[Reading], similarity: Callable[[Memory], float]
) -> list[Memory]:
    """The belief that shares most of a topic: half of it, or a word that few beliefs hold."""
    shared = [
        (len(topic & reading.words), similarity(reading.memory), said_at(reading.memory), reading)
        for reading in readings
        if topic & reading.words
    ]
    if not shared:
        return []
    best = max(shared, key=lambda row: (*row[:3], row[3].memory.id))
    rare = any(sum(word in row[3].words for row in shared) <= _FEW for word in topic)
    enough = best[0] / len(topic) >= _ENOUGH or (rare and best[1] >= _NEAR)
    return [best[3].memory] if enough else []


def asked_back(content: str) -> str | None:
    """Return what a statement asks to forget although it was not marked so, or None."""
    match = _ASKED.search(content[:400])
    return None if match is None else match["topic"] or match["topic2"] or match["topic3"]
