"""BM25 in memory over one user's rows, for users too small to be worth an index on disk.

The formula is Tantivy's (k1 1.2, b 0.75, the same idf), with exact instead of
rounded lengths, so a user who grows into an index keeps nearly the same ranking.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import log1p

import numpy as np
from numpy.typing import NDArray

K1 = 1.2
B = 0.75
"""Tantivy's constants, which it does not let one change."""

_CACHED_POSTINGS = 1_000_000
"""Bound of the impacts kept between searches (8 MB), emptied when passed."""

Rows = NDArray[np.int32]
Scores = NDArray[np.float32]


def idf(rows_with_term: int, rows: int) -> float:
    """Weight of a term; positive even for one that every row holds."""
    return log1p((rows - rows_with_term + 0.5) / (rows_with_term + 0.5))


def ceiling(rows_with_term: Iterable[int], rows: int) -> float:
    """What a row would score that repeats every query term without end, absent terms included."""
    return (K1 + 1) * sum(idf(held, rows) for held in rows_with_term)


class Postings:
    """Append-only postings of one user: add rows in ascending order, search at any time."""

    def __init__(self, *, cached_postings: int = _CACHED_POSTINGS) -> None:
        self._most_cached = cached_postings
        self._occurrences: defaultdict[str, array[int]] = defaultdict(_occurrences)
        self._lengths = np.zeros(64, np.float32)
        self._rows = 0
        self._indexed = 0
        self._tokens = 0
        self._impacts: dict[str, tuple[Rows, Scores]] = {}
        self._cached = 0

    def __len__(self) -> int:
        return self._rows

    def add(self, row: int, terms: Sequence[str]) -> None:
        """Append a row; numbers may be skipped but must ascend; without terms it is no document."""
        if row < self._rows:
            raise ValueError(f"rows must ascend: {row} after {self._rows - 1}")
        occurrences = self._occurrences
        for term in terms:
            occurrences[term].append(row)
        self._rows = row + 1
        if terms:
            self._measure(row, len(terms))

    def search(self, terms: Sequence[str]) -> tuple[Rows, Scores, float]:
        """Rows that hold any term, ascending, their scores, and the ceiling of this query."""
        scores = np.zeros(self._rows, np.float32)
        held: list[int] = []
        for term in dict.fromkeys(terms):
            rows, impacts = self._impact(term)
            held.append(len(rows))
            if len(rows):
                scores[rows] += impacts
        found = np.flatnonzero(scores > 0).astype(np.int32)
        return found, scores[found], ceiling(held, self._indexed)

    def search_as_part(
        self, terms: Sequence[str], weights: Sequence[float], mean_length: float
    ) -> tuple[Rows, Scores]:
        """Score rows as part of a larger collection, whose weights and mean length are given."""
        scores = np.zeros(self._rows, np.float32)
        for term, weight in zip(terms, weights, strict=True):
            rows, counts = self._frequencies(term)
            if len(rows):
                scores[rows] += self._damp(rows, counts, mean_length) * np.float32(weight)
        found = np.flatnonzero(scores > 0).astype(np.int32)
        return found, scores[found]

    def held(self, term: str) -> int:
        """Return how many rows hold a term."""
        return len(self._frequencies(term)[0])

    def matching_all(self, terms: Sequence[str]) -> Rows:
        """Rows that hold every term, ascending; none for no terms.  Candidates of a phrase."""
        if not terms or any(term not in self._occurrences for term in terms):
            return np.empty(0, np.int32)
        postings = sorted((self._impact(term)[0] for term in dict.fromkeys(terms)), key=len)
        found = postings[0]
        for rows in postings[1:]:
            found = found[_holds(rows, found)]
        return found

    def known_terms(self) -> Iterable[str]:
        """Return every term some row holds."""
        return self._occurrences.keys()

    def _measure(self, row: int, length: int) -> None:
        if row >= len(self._lengths):
            self._lengths = np.resize(self._lengths, max(row + 1, 2 * len(self._lengths)))
        self._lengths[row] = length
        self._indexed += 1
        self._tokens += length
        if self._impacts:
            self._forget_impacts()

    def _forget_impacts(self) -> None:
        """Every impact depends on the mean length and the number of rows."""
        self._impacts = {}
        self._cached = 0

    def _impact(self, term: str) -> tuple[Rows, Scores]:
        """Rows of a term and what it adds to their scores, kept until the next row."""
        known = self._impacts.get(term)
        if known is not None:
            return known
        found = self._weigh(*self._frequencies(term))
        if self._cached > self._most_cached:
            self._forget_impacts()
        self._impacts[term] = found
        self._cached += len(found[0])
        return found

    def _frequencies(self, term: str) -> tuple[Rows, Scores]:
        """Distinct rows of a term and how often each holds it: occurrences come in row order."""
        occurrences = self._occurrences.get(term)
        if occurrences is None:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        rows = np.array(occurrences, np.int32)
        starts = np.flatnonzero(rows[1:] != rows[:-1]) + 1
        if len(starts) + 1 == len(rows):
            return rows, np.ones(len(rows), np.float32)
        edges = np.concatenate(([0], starts, [len(rows)]))
        return rows[edges[:-1]], np.diff(edges).astype(np.float32)

    def _weigh(self, rows: Rows, counts: Scores) -> tuple[Rows, Scores]:
        if not len(rows):
            return rows, counts
        damped = self._damp(rows, counts, self._tokens / self._indexed)
        return rows, damped * np.float32((K1 + 1) * idf(len(rows), self._indexed))

    def _damp(self, rows: Rows, counts: Scores, mean_length: float) -> Scores:
        relative = self._lengths[rows] * np.float32(B / mean_length)
        relative += np.float32(1 - B)
        relative *= np.float32(K1)
        relative += counts
        return np.divide(counts, relative, dtype=np.float32)


def _occurrences() -> array[int]:
    return array("i")


def _holds(rows: Rows, wanted: Rows) -> NDArray[np.bool_]:
    """Which wanted rows are among the ascending rows."""
    at = np.searchsorted(rows, wanted)
    return rows[np.minimum(at, len(rows) - 1)] == wanted
