"""Corrections that name no subject of their own: "it's Lyon, not Paris", "spelled Katrin"."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from harmonia_plugins.model import Memory
from harmonia_plugins.pipeline.conflicts.reading import Reading

_CONTRAST = (
    re.compile(r"(?P<new>[^,.;:!?]{1,80}?),?\s+(?:and\s+)?not\s+(?P<old>[^,.;:!?]{1,80})", re.I),
    re.compile(r"\bnot\s+(?P<old>[^,.;:!?]{1,80}?)(?:,|\s+but)\s+(?P<new>[^,.;:!?]{1,80})", re.I),
)
_SPELLED = re.compile(
    r"\b(?:spell(?:ed|t)|written|called|name is|name's)\s+(?:(?:as|with "
    r"an?)\s+)?(?P<new>[^\W\d_][\w'-]{1,40})\s*$",
    re.I,
)
_LEAD = re.compile(
    r"^(?:(?:actually|sorry|no|oh|wait|oops|correction|well|user meant|i "
    r"meant|i mean|it is|it's|it was|that is|that's|make that"
    r"|should be|my mistake|user means|to say|at|in|on|with|a|an|the|called|"
    r"named|spelled|for|by|to|from|of|is|was)\b[,:.!]*\s*)+",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"\b(?:meant?|means|make (?:that|it)|should be)\s+(?:to say\s+)?(?P<new>[^,;!?]{1,60}?)[ .!]*$",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_VALUE_KINDS = tuple(
    re.compile(rf"(?<!\w){form}(?!\w)", flags)
    for form, flags in (
        (
            rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)",
            re.I,
        ),
        (r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?", re.I),
        (r"\d{1,2}(?:[:.]\d\d)? ?(?:am|pm)", re.I),
        (r"\d{1,2}:\d\d", re.I),
        (r"(?:19|20)\d\d", re.I),
        (
            r"(?:january|february|march|april|may|june|july|august|september|october|"
            r"november|december)",
            re.I,
        ),
        (r"(?:\d[\d.,]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)", re.I),
        (r"[A-Z][\w'-]*(?: [A-Z][\w'-]*)*", re.NOFLAG),
    )
)
"""Kinds of values by which one is known to stand for another, the most telling first."""
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Correction:
    """A belief, and what it says once corrected."""

    existing: Memory
    content: str
    old: str
    new: str


def find_correction(
    incoming: Memory, source: str | None, readings: Sequence[Reading]
) -> Correction | None:
    """Return the belief that a correction means: the latest that holds what is taken back."""
    text = source or incoming.content
    latest_first = sorted(
        readings, key=lambda r: (r.said, r.memory.recorded_at, r.memory.id), reverse=True
    )
    for pattern in _CONTRAST:
        for match in pattern.finditer(text[:1000]):
            new, old = _LEAD.sub("", match["new"].strip()), _LEAD.sub("", match["old"].strip())
            found = _holding(old, _aligned(new, old), latest_first)
            if found is not None:
                return found
    spelled = _SPELLED.search(incoming.content.rstrip(" .!"))
    if spelled is not None:
        return _alike(spelled["new"], latest_first)
    meant = _MEANT.search(text)
    if meant is None or not latest_first:
        return None
    return _same_kind(_LEAD.sub("", meant["new"].strip()), latest_first[0])


def _same_kind(new: str, latest: Reading) -> Correction | None:
    """The latest belief with its only value of the same kind as the new one."""
    for kind in _VALUE_KINDS:
        if kind.fullmatch(new) is not None:
            found = {
                match[0] for match in kind.finditer(latest.memory.content) if match[0] != "User"
            }
            return _holding(found.pop(), new, [latest]) if len(found) == 1 else None
    return None


def _aligned(new: str, old: str) -> str:
    """Return the part of "my flight leaves on Friday" that stands against "Thursday"."""
    if len(new.split()) <= len(old.split()) + 1:
        return new
    for kind in _VALUE_KINDS:
        if kind.fullmatch(old) is not None:
            found = [match[0] for match in kind.finditer(new)]
            return found[-1] if found else new
    return " ".join(new.split()[-len(old.split()) :])


def _holding(old: str, new: str, readings: Sequence[Reading]) -> Correction | None:
    if not old or not new:
        return None
    place = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)
    for reading in readings:
        content = reading.memory.content
        if place.search(content):
            return Correction(reading.memory, place.sub(lambda _: new, content, count=1), old, new)
    return None


def _alike(name: str, readings: Sequence[Reading]) -> Correction | None:
    """The latest belief with a name so like the given one that it is another spelling of it."""
    for reading in readings:
        for word in re.findall(r"\b[^\W\d_a-z][^\W\d_]+", reading.memory.content):
            ratio = difflib.SequenceMatcher(None, word.lower(), name.lower()).ratio()
            if word != name and word != "User" and ratio >= _ALIKE:
                return _holding(word, name, [reading])
    return None


def respelled(correction: Correction, readings: Sequence[Reading]) -> list[tuple[Memory, Memory]]:
    """Return the other beliefs that hold a corrected name, each with its corrected wording."""
    if not (correction.old[:1].isupper() and correction.new[:1].isupper()):
        return []
    if (
        difflib.SequenceMatcher(None, correction.old.lower(), correction.new.lower()).ratio()
        < _ALIKE
    ):
        return []
    pairs: list[tuple[Memory, Memory]] = []
    for reading in readings:
        memory = reading.memory
        other = _holding(correction.old, correction.new, [reading])
        if other is not None and memory.id != correction.existing.id:
            value = memory.value.replace(correction.old, correction.new) if memory.value else None
            subject = (
                memory.subject.replace(correction.old, correction.new) if memory.subject else None
            )
            pairs.append(
                (memory, replace(memory, content=other.content, value=value, subject=subject))
            )
    return pairs
