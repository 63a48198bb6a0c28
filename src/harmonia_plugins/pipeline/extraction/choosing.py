"""Which of the statements read in a message are kept: the surest, and few beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harmonia_plugins.model import Polarity
from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.inflection import stem
from harmonia_plugins.text.words import STOP_WORDS

FURTHER = 0.51
"""How likely a statement must be to tell a fact of its own, beside the best of its message."""
PLAIN = 0.9
"""What a fact told outright is worth, however short it is."""
_SHARES = (1.0, 0.5, 0.25)
"""How much the best, the second and the third statement say for keeping any: they overlap."""
_NEAR = 30
"""How many statements back a repetition is looked for, so that a long text takes linear time."""
_TELLING = 3
"""Content words without which a statement is too short to be called part of another."""
_NEGATIVE = frozenset(["not", "no", "never", "cannot"])


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may become a statement.

    `worth` says how likely it is worth keeping, `detail` the same by its signs alone, however
    plain it is told, `confidence` how sure it is that it was said so; `plain` marks a fact told
    outright, which is kept whatever else the message tells, `foreign` what stays in its own
    language.
    """

    content: str
    source: str
    worth: float
    detail: float
    confidence: float
    polarity: Polarity = "asserted"
    plain: bool = False
    foreign: bool = False


def choose(candidates: Iterable[Candidate], threshold: float) -> list[Candidate]:
    """Return the candidates worth keeping, in the order they were said.

    Nothing where all of them together are worth less than `threshold`, save foreign ones.
    """
    every = _distinct(list(candidates))
    fluent = [candidate for candidate in every if not candidate.foreign]
    if _together(fluent) < threshold:
        return [candidate for candidate in every if candidate.foreign]
    best = max(fluent, key=lambda candidate: candidate.worth + candidate.detail, default=None)
    return [
        candidate
        for candidate in every
        if candidate is best or candidate.plain or candidate.foreign or candidate.detail >= FURTHER
    ]


def _together(candidates: list[Candidate]) -> float:
    """Return how likely one of a message's candidates at least is worth keeping."""
    ranked = sorted((candidate.worth for candidate in candidates), reverse=True)
    missed = 1.0
    for share, worth in zip(_SHARES, ranked, strict=False):
        missed *= 1 - share * worth
    return 1 - missed


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    """Drop what another candidate of the message says already, or says with more."""
    kept: list[Candidate] = []
    words: list[frozenset[str]] = []
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.content.lower() in seen:
            continue
        seen.add(candidate.content.lower())
        own = _content(candidate.content)
        near = range(max(0, len(kept) - _NEAR), len(kept))
        twin = next((n for n in near if _same(kept[n], words[n], candidate, own)), None)
        if twin is None:
            kept.append(candidate)
            words.append(own)
        elif len(own) > len(words[twin]):
            kept[twin], words[twin] = candidate, own
    return kept


def _same(one: Candidate, words: frozenset[str], other: Candidate, others: frozenset[str]) -> bool:
    """Tell whether two statements with the same subject are equal, or one is part of the other."""
    if one.foreign or other.foreign or one.polarity != other.polarity:
        return False
    if min(len(words), len(others)) < _TELLING or not (words <= others or others <= words):
        return False
    return one.content.split()[:1] == other.content.split()[:1]


def _content(text: str) -> frozenset[str]:
    """Return the words that carry meaning, and those that turn it round."""
    words = (word.lower().removesuffix("'s") for word in WORD.findall(text))
    return frozenset(stem(word) for word in words if word not in STOP_WORDS or word in _NEGATIVE)
