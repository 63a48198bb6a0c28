"""A second look at the best rows: what is like other good rows moves up.

Where a question needs several pieces of evidence, they speak of the same matter in other words,
so each of them finds the rest. It works on what a message and the memory drawn from it say
together: on five conversations, questions with several pieces of evidence gain 1.7 points of R@10
and 0.8 of R@20; on the vectors of messages alone, by setting, 0.5 to 1.2 and -0.2 to 1.4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.intp]

LOOKED_AT = 48
"""So many of the best rows are compared with each other."""

KEPT = 5
"""So many places stay as they are: what answers by itself is not pushed down by a crowd."""

NEAREST = 8
"""So many of the most similar rows vouch for a row."""


def by_alike(rows: Places, scores: Floats, vectors: Floats) -> tuple[Places, Floats]:
    """Return rows in their new order: by the mean of a score and of those of the nearest rows.

    Args:
        rows: rows, best first.
        scores: their scores.
        vectors: the vectors of the first of them, those to be looked at, of length 1.
    """
    size = len(vectors)
    if size <= NEAREST + 1:  # everything vouches for everything: the order would stay
        return rows, scores
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    nearest = np.argpartition(cosines, size - NEAREST, axis=1)[:, size - NEAREST :]
    vouched = (scores[:size] + scores[nearest].mean(axis=1)) / 2
    order = np.argsort(-vouched[KEPT:], kind="stable") + KEPT
    moved = np.minimum(vouched[order], scores[KEPT - 1])
    rows = np.concatenate((rows[:KEPT], rows[order], rows[size:]))
    return rows, np.concatenate((scores[:KEPT], moved, scores[size:]))
