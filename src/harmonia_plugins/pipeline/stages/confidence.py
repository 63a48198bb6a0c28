"""Stage 4: how sure a statement is, factor by factor, and whether it tries to instruct."""

from __future__ import annotations

import math
from dataclasses import replace

from harmonia_plugins.pipeline.trust.instructions import instruction_in
from harmonia_plugins.pipeline.work import Candidate, Context, Work

VAGUE = 0.9
"""Factor of a statement without a slot: it cannot be held against others."""

FLEETING = 3
"""Words up to which a statement is too short to be sure of."""

SHORT = 0.8
"""Its factor."""


def confidence(work: Work, context: Context) -> Work:
    """Multiply the factors; what instructs is marked and will be kept aside."""
    return work.with_each("confidence", _scored)


def _scored(candidate: Candidate) -> tuple[Candidate, str]:
    memory = candidate.memory
    factors = {
        "certainty": candidate.statement.confidence,
        "source": memory.trust,
        "slot": 1.0 if memory.attribute else VAGUE,
        "length": SHORT if len(memory.content.split()) <= FLEETING else 1.0,
    }
    sure = round(min(1.0, max(0.0, math.prod(factors.values()))), 6)
    why = instruction_in(candidate.statement.source) or instruction_in(memory.content)
    shown = " x ".join(f"{name} {value:.2f}" for name, value in factors.items())
    moved = replace(
        candidate, memory=replace(memory, confidence=sure), factors=factors, suspicious=why
    )
    return moved, f"{sure:.2f} = {shown}" + (f"; instructs: {why}" if why else "")
