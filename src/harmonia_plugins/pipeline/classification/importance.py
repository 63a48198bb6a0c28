"""How much a statement matters, from its type and what it touches.

Each type has a base; health, family, commitments, turns of a life and stressed words raise it,
hedges and passing moments lower it. The factors add up and are cut to 0..1.
"""

from __future__ import annotations

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification.lexicon.inflection import verb_forms, words
from harmonia_plugins.pipeline.classification.pattern import compile_pattern
from harmonia_plugins.pipeline.classification.reading import read

BASE = {
    MemoryType.PERSONAL: 0.7,
    MemoryType.RELATIONAL: 0.65,
    MemoryType.META: 0.6,
    MemoryType.TEMPORAL: 0.6,
    MemoryType.GOAL: 0.55,
    MemoryType.FACTUAL: 0.5,
    MemoryType.SKILL: 0.5,
    MemoryType.EMOTIONAL: 0.45,
    MemoryType.PROCEDURAL: 0.45,
    MemoryType.PREFERENCE: 0.4,
    MemoryType.EPISODIC: 0.4,
    MemoryType.OTHER: 0.2,
}

_IDENTITY = words("name birthday born nationality citizenship pronouns religion address gender")
_LIFE = words("""
    died dead death funeral born birth married wedding engaged divorced divorce pregnant diagnosed
    surgery operation accident fired promoted graduated cancer hospital adopted emigrated
    retired bankrupt arrested miscarriage stroke widowed
""") | verb_forms(words("graduate emigrate retire marry divorce"))
_COMMITMENT = words("""
    appointment deadline interview exam surgery flight wedding promise promised due visa court
    hearing contract meeting operation passport vaccination
""")
_STRESS = words("important crucial essential vital severe severely life-threatening must urgent")
_HEDGE = words("maybe perhaps probably guess lol haha anyway meh kinda somewhat okay ok nice")
_PASSING = words("today tonight yesterday now morning afternoon evening lunch breakfast weather")

_FACTORS: tuple[tuple[float, frozenset[str]], ...] = (
    (0.15, _IDENTITY),
    (0.2, frozenset({"<health>"})),
    (0.1, frozenset({"<family>", "<relation>"})),
    (0.2, _LIFE),
    (0.1, _COMMITMENT),
    (0.1, _STRESS),
    (0.05, frozenset({"<name>"})),
    (0.05, frozenset({"<job>"})),
    (-0.1, _HEDGE),
)
"""What each factor adds when one of its words or classes occurs."""

_FLEETING = -0.1
_FLEETING_TYPES = frozenset({MemoryType.EPISODIC, MemoryType.EMOTIONAL, MemoryType.OTHER})
_SHORT = 3
_TOO_SHORT = -0.15
# "has no allergies", "not diabetic": health that is denied is worth no more than a plain fact.
_DENIED = compile_pattern("no|not|never ~ <health>")


def importance_of(content: str, type: MemoryType, *, mentions: int = 1) -> float:
    """Return how much a statement matters, 0 to 1.

    `mentions` is how often it was said: each further time, up to five, adds a little.
    """
    reading = read(content)
    present = reading.present
    score = BASE[type]
    for weight, signs in _FACTORS:
        if not signs.isdisjoint(present):
            score += weight
    if _DENIED.matches(reading, present):
        score -= 0.2
    if type in _FLEETING_TYPES and not _PASSING.isdisjoint(present):
        score += _FLEETING
    if len(reading.tokens) < _SHORT:
        score += _TOO_SHORT
    score += 0.02 * min(max(mentions - 1, 0), 5)
    return round(min(max(score, 0.0), 1.0), 3)
