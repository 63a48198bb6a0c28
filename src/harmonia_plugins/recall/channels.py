"""From two channels, by meaning and by words, to one list of hits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.model import ChannelScore
from harmonia_plugins.recall.origins import Origins
from harmonia_plugins.recall.query import Query
from harmonia_plugins.recall.ranking import rank
from harmonia_plugins.recall.rows import Rows
from harmonia_plugins.recall.weights import Weights

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

_CACHED = 16 * 2**20
"""Bytes of a matrix up to which BLAS is faster; beyond what the processor caches, a product for
each row is (2.4 times at 100 000 rows), and needs one thread instead of all."""

_COUNTED = 64
"""Up to this many hits, ranks are counted one by one; beyond, sorting once is cheaper."""


class Found(NamedTuple):
    """A hit: its row, its score in [0, 1], and its place in each channel."""

    row: int
    score: float
    channels: dict[str, ChannelScore]


class Words(NamedTuple):
    """What the lexical channel found: rows, their BM25 scores, and the most one could score."""

    rows: Ints
    scores: Floats
    ceiling: float


def products(vectors: Floats, vector: Floats) -> Floats:
    """Return the product of each row with a vector."""
    if vectors.nbytes <= _CACHED:
        return vectors @ vector
    return np.vecdot(vectors, vector)


def hybrid(
    query: Query,
    rows: Rows,
    dense: Floats,
    words: Words,
    eligible: Mask | None,
    k: int,
    weights: Weights,
    origins: Origins,
) -> list[Found]:
    """Return the best rows by both channels and what surrounds them."""
    best, scores = rank(query, rows, dense, *words, eligible, k, weights, origins)
    by_meaning = _ranks(dense if eligible is None else dense[eligible], dense[best])
    by_words = _word_scores(words, best)
    ranks = _ranks(_allowed(words, eligible).scores, by_words)
    found: list[Found] = []
    for place, row in enumerate(best.tolist()):
        channels = {"dense": ChannelScore(by_meaning[place], float(dense[row]))}
        if by_words[place] > 0:
            channels["lexical"] = ChannelScore(ranks[place], float(by_words[place]))
        found.append(Found(row, float(scores[place]), channels))
    return found


def keyword(words: Words, eligible: Mask | None, k: int) -> list[Found]:
    """Return the best rows by words alone; their score is the share of the most possible."""
    allowed = _allowed(words, eligible)
    order = np.argsort(-allowed.scores, kind="stable")[:k]
    top = max(allowed.ceiling, float(allowed.scores.max(initial=0)), 1e-9)
    return [
        Found(
            int(allowed.rows[place]),
            min(1.0, float(allowed.scores[place]) / top),
            {"lexical": ChannelScore(number, float(allowed.scores[place]))},
        )
        for number, place in enumerate(order.tolist(), 1)
    ]


def only(words: Words, rows: NDArray[np.int32], holds: Callable[[int], bool]) -> Words:
    """Return the candidates that hold what is asked, scored where the words say how."""
    kept = np.array([row for row in rows.tolist() if holds(row)], np.int32)
    scores = np.full(len(kept), np.float32(1e-6))
    if len(kept) and len(words.rows):
        places = np.minimum(np.searchsorted(words.rows, kept), len(words.rows) - 1)
        known = words.rows[places] == kept
        scores[known] = words.scores[places][known]
    return Words(kept, scores, words.ceiling)


def contains(terms: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether the wanted terms stand one after another."""
    if not wanted:
        return False
    first, size = wanted[0], len(wanted)
    return any(
        term == first and list(terms[place : place + size]) == list(wanted)
        for place, term in enumerate(terms)
    )


def _allowed(words: Words, eligible: Mask | None) -> Words:
    if eligible is None or not len(words.rows):
        return words
    kept = eligible[words.rows]
    return Words(words.rows[kept], words.scores[kept], words.ceiling)


def _word_scores(words: Words, rows: NDArray[np.intp]) -> Floats:
    if not len(words.rows):
        return np.zeros(len(rows), np.float32)
    places = np.minimum(np.searchsorted(words.rows, rows), len(words.rows) - 1)
    return np.where(words.rows[places] == rows, words.scores[places], np.float32(0))


def _ranks(everyone: Floats, scores: Floats) -> list[int]:
    """Return the place of each score among all, 1 for the highest."""
    if len(scores) <= _COUNTED:
        return [int(np.count_nonzero(everyone > score)) + 1 for score in scores]
    ascending = np.sort(everyone)
    above = len(ascending) - np.searchsorted(ascending, scores, side="right")
    return (above + 1).tolist()
