"""How much the words of a statement suggest each type, learned from labelled statements.

The weights are those of a multinomial logistic regression over the words that occur, made by
`benchmarks/train_word_model.py`. Words alone know too little of who does what and when, which the
rules tell; the rules know too few words. So each makes up for the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from math import fsum, sqrt

from harmonia_plugins.model import MemoryType


def suggestions(tokens: Sequence[str]) -> dict[MemoryType, float]:
    """Return how far each type is behind the likeliest, as a logarithm: nought or less."""
    types, constant, weights = _weights()
    known = [weights[word] for word in set(tokens) if word in weights]
    if not known:
        return {}
    scale = 1 / sqrt(len(known))
    sums = [
        start + scale * fsum(column)
        for start, column in zip(constant, zip(*known, strict=True), strict=True)
    ]
    best = max(sums)
    return {kind: value - best for kind, value in zip(types, sums, strict=True)}


@cache
def _weights() -> tuple[tuple[MemoryType, ...], list[float], dict[str, list[float]]]:
    path = files("harmonia_plugins.pipeline.classification").joinpath("word_weights.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    types = tuple(MemoryType(name) for name in data["types"])
    return types, data["constant"], data["words"]
