"""Embedders for tests: fast and deterministic, slow, and failing."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from harmonia_plugins.errors import InvalidInputError, ProviderError

if TYPE_CHECKING:
    from harmonia_plugins.ports import Embedder, FloatMatrix

Failure = Literal["raise", "count", "dimension", "nan", "zero"]


class HashEmbedder:
    """Embeds by the words of a text: texts that share words are similar, whatever they mean.

    Needs no model and gives the same vectors on every machine.
    """

    def __init__(self, dimension: int = 64) -> None:
        """Make vectors of `dimension` numbers; words collide more often in few than in many."""
        if dimension < 2:
            raise InvalidInputError(f"dimension = {dimension}: must be at least 2")
        self._dimension = dimension

    @property
    def fingerprint(self) -> str:
        """Names the method and the dimension."""
        return f"hash-words-1:{self._dimension}"

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return self._dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text."""
        rows = np.zeros((len(texts), self._dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in re.findall(r"\w+", text.casefold()) or [text]:
                for place, sign in _features(word, self._dimension):
                    row[place] += sign
            if not row.any():  # all words have cancelled each other out
                row[0] = 1.0
            row /= np.linalg.norm(row)
        return rows


@lru_cache(maxsize=65_536)
def _features(word: str, dimension: int) -> tuple[tuple[int, float], ...]:
    """Return the four places of a vector that `word` adds to, and the sign of each."""
    digest = hashlib.blake2b(word.encode(errors="replace"), digest_size=16).digest()
    numbers = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return tuple(((number >> 1) % dimension, 1.0 if number & 1 else -1.0) for number in numbers)


class SlowEmbedder:
    """Another embedder that takes its time."""

    def __init__(self, inner: Embedder, seconds: float) -> None:
        """Wait `seconds` in every call before `inner` is asked."""
        self._inner = inner
        self._seconds = seconds

    @property
    def fingerprint(self) -> str:
        """That of the inner embedder: slowness changes no vector."""
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        return self._inner.dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Wait, then return the inner embedder's vectors."""
        time.sleep(self._seconds)
        return self._inner.embed(texts)


class FailingEmbedder:
    """Another embedder that fails, always or a number of times.

    The ways to fail: `raise` a `ProviderError`; answer one vector too few (`count`), vectors one
    number too long (`dimension`), a first vector of NaN (`nan`) or of zeros (`zero`).
    """

    def __init__(
        self, inner: Embedder, mode: Failure = "raise", *, failures: int | None = None
    ) -> None:
        """Fail in the way of `mode`, in the first `failures` calls (None: in all)."""
        self._inner = inner
        self._mode = mode
        self._left = failures
        self._lock = threading.Lock()
        self.calls = 0
        """Calls of `embed` so far."""

    @property
    def fingerprint(self) -> str:
        """That of the inner embedder."""
        return self._inner.fingerprint

    @property
    def dimension(self) -> int:
        """Length of one vector, as a healthy embedder would have it."""
        return self._inner.dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Fail if it is time to fail, else return the inner embedder's vectors."""
        rows = self._inner.embed(texts)
        return self._spoilt(rows) if self._fails() else rows

    def _fails(self) -> bool:
        with self._lock:
            self.calls += 1
            if self._left is None:
                return True
            self._left -= 1
            return self._left >= 0

    def _spoilt(self, rows: FloatMatrix) -> FloatMatrix:
        if self._mode == "raise":
            raise ProviderError("this embedder was made to fail")
        if self._mode == "count":
            return rows[:-1]
        if self._mode == "dimension":
            return np.pad(rows, ((0, 0), (0, 1)))
        rows[:1] = np.nan if self._mode == "nan" else 0.0
        return rows
