"""Which type a statement has: evidence gathered and weighed, beside what its words suggest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification.pattern import Pattern, compile_pattern
from harmonia_plugins.pipeline.classification.reading import Reading, read
from harmonia_plugins.pipeline.classification.rules import course, mind, person
from harmonia_plugins.pipeline.classification.rules.signals import SIGNALS
from harmonia_plugins.pipeline.classification.word_model import suggestions

_RULES = {
    MemoryType.META: course.META,
    MemoryType.EMOTIONAL: mind.EMOTIONAL,
    MemoryType.TEMPORAL: course.TEMPORAL,
    MemoryType.PROCEDURAL: course.PROCEDURAL,
    MemoryType.EPISODIC: course.EPISODIC,
    MemoryType.RELATIONAL: person.RELATIONAL,
    MemoryType.GOAL: mind.GOAL,
    MemoryType.SKILL: mind.SKILL,
    MemoryType.PREFERENCE: mind.PREFERENCE,
    MemoryType.PERSONAL: person.PERSONAL,
    MemoryType.FACTUAL: person.FACTUAL,
    MemoryType.OTHER: course.OTHER,
}
"""Rules by type; of types with equal scores the earlier one wins."""

BEATS = (
    (MemoryType.EMOTIONAL, MemoryType.EPISODIC),
    (MemoryType.EMOTIONAL, MemoryType.TEMPORAL),
    (MemoryType.TEMPORAL, MemoryType.GOAL),
    (MemoryType.RELATIONAL, MemoryType.FACTUAL),
    (MemoryType.EPISODIC, MemoryType.SKILL),
    (MemoryType.EPISODIC, MemoryType.PREFERENCE),
    (MemoryType.META, MemoryType.PREFERENCE),
)
"""Of two types that both fit, the first is taken."""

_STRONG = 5.0
"""A type fits when its score is at least this..."""
_NEAR = 2.5
"""...and at most so much below the best one."""
_AGREEING = 0.25
"""What further evidence for a type counts beside its best piece."""
_SOURCE = 0.35
"""What the words a statement was drawn from count beside the statement."""
_WORDS = 1.5
"""What the suggestions of single words count beside the rules."""

_EVERYWHERE = frozenset(
    {"i", "we", "my", "our", "a", "an", "the", "am", "are", "is", "was", "were", "have", "had"}
    | {"has", "and", "to", "in", "on", "at", "for", "of", "with", "not", ",", "it", "do", "that"}
    | {"<self>", "<doing>", "<past>", "<adv>", "<told>", "<happened>", "<bygone>", "<world>"}
)
"""Words and classes that hardly tell one text from another."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign for a type: its weight and the pattern that was met."""

    type: MemoryType
    weight: float
    pattern: str


def classify(content: str, source: str | None = None) -> MemoryType:
    """Return the type of a statement.

    `content` may be told of the user or of a named person, or in the first person; `source` are
    the words it was drawn from, which count less because they may say more than one thing.
    """
    scores = _scores(evidence(content))
    if source and source != content:
        beside = _scores(evidence(source))
        # That nobody is named in a scrap does not make it a statement about the world.
        best = max((s for k, s in scores.items() if k is not MemoryType.OTHER), default=0.0)
        if best < _STRONG:
            scores.pop(MemoryType.OTHER, None)
        # The source only decides what the statement leaves open.
        for kind, score in beside.items():
            if kind in scores:
                scores[kind] += _SOURCE * score
            elif best < _STRONG:
                scores[kind] = score
    return _decide(scores, suggestions(read(content).tokens))


def evidence(text: str) -> tuple[Evidence, ...]:
    """Return everything in a text that speaks for a type."""
    reading = read(text)
    if not reading.tokens:
        return ()
    present = reading.present | _signals(reading)
    rules, by_sign = _compiled(), _index()
    likely = {at for sign in ("", *present) for at in by_sign.get(sign, ())}
    found: list[Evidence] = []
    for at in sorted(likely):
        kind, weight, pattern_text, pattern = rules[at]
        if pattern.matches(reading, present):
            found.append(Evidence(kind, weight, pattern_text))
    return tuple(found)


def _signals(reading: Reading) -> set[str]:
    return {
        f"<{name}>"
        for name, patterns in _compiled_signals()
        if any(pattern.matches(reading, reading.present) for pattern in patterns)
    }


def _scores(found: tuple[Evidence, ...]) -> dict[MemoryType, float]:
    """The best piece of evidence counts in full, the others for a part."""
    weights: defaultdict[MemoryType, list[float]] = defaultdict(list)
    for piece in found:
        weights[piece.type].append(piece.weight)
    return {
        kind: max(given) + _AGREEING * min(sum(given) - max(given), 8.0)
        for kind, given in weights.items()
    }


def _decide(scores: dict[MemoryType, float], suggested: dict[MemoryType, float]) -> MemoryType:
    if not scores:
        return MemoryType.OTHER
    sums = {kind: scores.get(kind, 0.0) + _WORDS * suggested.get(kind, 0.0) for kind in _RULES}
    best = max(_RULES, key=lambda kind: sums[kind])
    for winner, loser in BEATS:
        fits = scores.get(winner, 0.0) >= _STRONG
        if best is loser and fits and sums[winner] >= sums[loser] - _NEAR:
            return winner
    return best


@cache
def _compiled() -> tuple[tuple[MemoryType, float, str, Pattern], ...]:
    return tuple(
        (kind, float(weight), text, compile_pattern(text))
        for kind, rules in _RULES.items()
        for weight, text in rules
    )


@cache
def _index() -> dict[str, tuple[int, ...]]:
    """Places of the rules that a word or class calls for; "" has those that need none.

    Each rule is filed under the need that the fewest texts meet.
    """
    index: defaultdict[str, list[int]] = defaultdict(list)
    for at, (_, _, _, pattern) in enumerate(_compiled()):
        needs = pattern.needs or (frozenset({""}),)
        for sign in min(needs, key=lambda need: (len(need & _EVERYWHERE), len(need))):
            index[sign].append(at)
    return {sign: tuple(places) for sign, places in index.items()}


@cache
def _compiled_signals() -> tuple[tuple[str, tuple[Pattern, ...]], ...]:
    return tuple(
        (name, tuple(compile_pattern(text) for text in patterns)) for name, patterns in SIGNALS
    )
