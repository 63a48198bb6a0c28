"""A message and the memories drawn from it, as one piece of evidence with one place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.recall.origins import Origins
from harmonia_plugins.recall.rows import Rows

Floats = NDArray[np.float32]
Places = NDArray[np.intp]


class Evidence:
    """The rows' match to a query, where the memories of a message lift it instead of competing.

    `match` has a message lifted towards the best match of its memories, and -inf for these, which
    have no place of their own; `pairs` are the messages and memories that may be returned.
    """

    def __init__(self, match: Floats, pairs: Origins, support: float) -> None:
        self.pairs = pairs
        self._own = self.match = match
        self._closest = np.full(len(match), -1, np.intp)
        if len(pairs.memories):
            self._bring_together(support)

    def _bring_together(self, support: float) -> None:
        memories, messages = self.pairs.memories, self.pairs.messages
        own, told = self._own[messages], self._own[memories]
        highest = np.full(len(self._own), -np.inf, np.float32)
        np.maximum.at(highest, messages, told)
        best = highest[messages]
        self.match = self._own.copy()
        self.match[messages] = own + np.maximum(best - own, 0) * np.float32(support)
        self.match[memories] = -np.inf
        closest = told == best
        self._closest[messages[closest]] = memories[closest]

    def vectors(self, rows: Rows, found: Places) -> Floats:
        """Return what each row found is about: a message with its best memory has the mean."""
        memories = self._closest[found]
        vectors = rows.vectors[found]
        told = memories >= 0
        vectors[told] += rows.vectors[memories[told]]
        lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
        vectors /= np.maximum(lengths, np.float32(1e-9))[:, None]
        return vectors

    def shown(self, found: Places, scores: Floats, k: int) -> tuple[Places, Floats]:
        """Put for each message what matches best, it or a memory; what is left comes last."""
        memories = self._closest[found]
        better = (memories >= 0) & (self._own[memories] >= self._own[found])
        shown = np.where(better, memories, found)
        if k <= len(found):
            return shown, scores
        others = self._others(found, shown)
        last = np.full(len(others), scores[-1], np.float32)
        return np.concatenate((shown, others)), np.concatenate((scores, last))

    def _others(self, found: Places, shown: Places) -> Places:
        """Return the rows that repeat evidence already shown, in its order, the best first."""
        place = np.full(len(self._own), -1, np.intp)
        place[found] = np.arange(len(found))
        messages = np.unique(self.pairs.messages)
        rows = np.concatenate((messages, self.pairs.memories))
        places = place[np.concatenate((messages, self.pairs.messages))]
        left = (places >= 0) & (shown[places] != rows)
        rows, places = rows[left], places[left]
        return rows[np.lexsort((-self._own[rows], places))]
