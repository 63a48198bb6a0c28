"""BM25 for one user: a Tantivy index of most rows, and the newest scored from memory.

The index is a cache of what the table says. Everything it does not hold yet is its tail, kept as
postings in memory, so a write is found at once and commits to disk can wait for maintenance.
Small users have no index at all: their tail is everything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.store.bm25 import Postings

if TYPE_CHECKING:
    from harmonia_plugins.store.tantivy_index import UserIndex
    from harmonia_plugins.text.analysis import Analyzer

INDEX_HITS = 512
"""Best rows taken from an index, as many as ranking looks at closely."""

RESCORED = 2000
"""Up to this many rows that a filter leaves are scored one by one instead of through the index."""


class Lexical:
    """Finds a user's rows by their words. Row numbers are those of the resident arrays."""

    def __init__(self, analyzer: Analyzer, index: UserIndex | None = None) -> None:
        self._analyzer = analyzer
        self._index = index
        self._tail = Postings()
        self._tail_rows = 0
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Memory of the tail's postings, estimated from measured ones."""
        return self._bytes

    @property
    def has_index(self) -> bool:
        """Tell whether part of the rows is found through an index on disk."""
        return self._index is not None

    @property
    def tail_rows(self) -> int:
        """How many rows the index on disk does not hold."""
        return self._tail_rows

    def add(self, row: int, seq: int, text: str) -> None:
        """Take in a row's text, unless the index already holds it."""
        if self._index is not None and seq <= self._index.sentinel.seq:
            return
        with self._lock:
            self._tail.add(row, self._analyzer.terms(text))
            self._tail_rows += 1
            self._bytes += 200 + 2 * len(text)

    def search(
        self,
        query: str,
        seqs: NDArray[np.int64],
        text_of: Callable[[int], str],
        eligible: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], float]:
        """Return rows that hold any word of the query, their BM25 scores, and the ceiling.

        Args:
            query: plain text; nothing in it is syntax.
            seqs: the resident rows' `seq`, ascending.
            text_of: gives a row's text by its number.
            eligible: which rows a filter leaves; rows outside may still be returned.
        """
        terms = self._analyzer.query_terms(query)
        rows, scores, ceiling = self._search(terms, seqs, text_of, eligible)
        known = int(np.searchsorted(rows, len(seqs)))  # a write may have come in meanwhile
        return rows[:known], scores[:known], ceiling

    def _search(
        self,
        terms: list[str],
        seqs: NDArray[np.int64],
        text_of: Callable[[int], str],
        eligible: NDArray[np.bool_] | None,
    ) -> tuple[NDArray[np.int32], NDArray[np.float32], float]:
        index = self._index
        if index is None or not index.sentinel.documents:
            with self._lock:
                return self._tail.search(terms)
        with self._lock:
            weights = index.weights(terms, [self._tail.held(term) for term in terms], len(seqs))
            tail = self._tail.search_as_part(terms, weights, index.mean_length)
        if eligible is not None and np.count_nonzero(eligible) <= RESCORED:
            few = Postings()
            for row in np.flatnonzero(eligible).tolist():
                few.add(row, self._analyzer.terms(text_of(row)))
            rows, scores = few.search_as_part(terms, weights, index.mean_length)
            return rows, scores, sum(weights)
        found = _numbered(seqs, *index.search(terms, INDEX_HITS))
        return *_joined(found, tail), sum(weights)

    def phrase(self, query: str, seqs: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return rows that may hold the query's words one after another; the caller verifies."""
        terms = self._analyzer.terms(query)
        if not terms:
            return np.empty(0, np.int32)
        with self._lock:
            tail = self._tail.matching_all(terms)
        if self._index is None or not self._index.sentinel.documents:
            return tail
        indexed = self._index.phrase(terms, max(1, len(seqs)))
        return np.union1d(_numbered(seqs, indexed, indexed.astype(np.float32))[0], tail)

    def starting_with(self, prefix: str, seqs: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return rows that may hold a word beginning so; the caller verifies."""
        start, shorter = self._analyzer.prefix_terms(prefix)
        with self._lock:
            longer = [term for term in self._tail.known_terms() if term.startswith(start)]
            tail = self._tail.search([*longer, *shorter])[0]
        if self._index is None or not self._index.sentinel.documents:
            return tail
        terms = list(dict.fromkeys([*self._index.starting_with(start), *shorter]))
        found = _numbered(seqs, *self._index.search(terms, max(1, len(seqs))))[0]
        return np.union1d(found, tail)


def _numbered(
    seqs: NDArray[np.int64], found: NDArray[np.int64], scores: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Turn places in the store's order into ascending row numbers.

    What was forgotten meanwhile drops out.
    """
    if not len(seqs):
        return np.empty(0, np.int32), np.empty(0, np.float32)
    order = np.argsort(found)
    found, scores = found[order], scores[order]
    rows = np.minimum(np.searchsorted(seqs, found), len(seqs) - 1)
    known = seqs[rows] == found
    return rows[known].astype(np.int32), scores[known]


def _joined(
    first: tuple[NDArray[np.int32], NDArray[np.float32]],
    second: tuple[NDArray[np.int32], NDArray[np.float32]],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    if not len(second[0]):
        return first
    rows = np.concatenate((first[0], second[0]))
    order = np.argsort(rows, kind="stable")
    return rows[order], np.concatenate((first[1], second[1]))[order]
