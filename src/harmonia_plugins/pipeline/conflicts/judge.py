"""A trained judge of pairs: what a later statement does to an earlier one, beyond what rules know.

A small network over the signs of both statements, how they stand to each other and the words of
the later one, learned from `conflict_pairs.jsonl` by `benchmarks/train_conflict_model.py`. Of the
meaning it sees no more than how alike the two are, so it serves whatever model made the vectors.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.pipeline.conflicts.signs import Signs, compare

VERDICTS = ("none", "same", "replaces", "ends", "corrects")
CLOSING = slice(2, None)
"""The verdicts by which the earlier statement is believed no longer."""

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The likeliest way in which a statement closes another, and how likely any of them is."""

    name: str
    closing: float


@dataclass(frozen=True, slots=True)
class _Network:
    """One hidden layer; its weights lie apart by what they weigh."""

    words: dict[str, Array]
    pair: Array
    later: Array
    earlier: Array
    constant: Array
    out: Array
    out_constant: Array


def judge(later: Signs, others: Sequence[tuple[Signs, float]]) -> list[Verdict]:
    """Return what a statement does to each of the earlier ones, given with their likeness to it."""
    if not others:
        return []
    net = _network()
    pairs = np.array([compare(later, other, cosine) for other, cosine in others], np.float32)
    cues = np.array([other.cues for other, _ in others], np.float32)
    own = net.constant + np.array(later.cues, np.float32) @ net.later
    known = [net.words[word] for word in later.words if word in net.words]
    if known:
        own = own + np.sum(known, axis=0) / np.sqrt(len(known))
    hidden = np.maximum(own + pairs @ net.pair + cues @ net.earlier, 0)
    sums = hidden @ net.out + net.out_constant
    odds = np.exp(sums - sums.max(axis=1, keepdims=True))
    closing = (odds / odds.sum(axis=1, keepdims=True))[:, CLOSING]
    return [
        Verdict(VERDICTS[CLOSING][int(row.argmax())], float(row.sum())) for row in closing
    ]  # fmt: skip


@cache
def _network() -> _Network:
    path = files("harmonia_plugins.pipeline.conflicts").joinpath("judge_weights.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    layers = {
        name: np.array(data[name], np.float32)
        for name in ("pair", "later", "earlier", "constant", "out", "out_constant")
    }
    words = {word: np.array(row, np.float32) for word, row in data["words"].items()}
    return _Network(words=words, **layers)
