"""What stands between the engine and any embedder: it distrusts, remembers and counts."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import HarmoniaError, InvalidInputError, ProviderError
from harmonia_plugins.providers.vectors import encodable, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harmonia_plugins.ports import Embedder, FloatMatrix

    Vector = NDArray[np.float32]
    Key = str | bytes

LONG_TEXT = 512
"""Characters from which the cache keeps a digest in the place of the text."""


class CheckedEmbedder:
    """An embedder whose answers are checked, kept, and computed once however many ask.

    What is in memory: the least recently used `cache` texts with their vectors, and the texts
    being embedded right now. A text is in one of both or in neither.
    """

    def __init__(self, inner: Embedder, *, cache: int = 10_000) -> None:
        """Wrap `inner`; it is not called yet.

        Args:
            inner: any embedder; its answers and errors are not trusted.
            cache: number of texts whose vectors are kept; 0 keeps none.
        """
        self.inner = inner
        self._size = cache
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, Vector] = OrderedDict()
        self._flying: dict[Key, Future[Vector]] = {}
        self._dimension: int | None = None
        self._fingerprint: str | None = None
        self._loading: threading.Thread | None = None
        self._load_error: HarmoniaError | None = None
        self._embedded = self._hits = 0

    @property
    def embedded(self) -> int:
        """Texts that were given to the embedder."""
        return self._embedded

    @property
    def hits(self) -> int:
        """Texts that were asked for and did not have to be given to the embedder."""
        return self._hits

    @property
    def fingerprint(self) -> str:
        """What `inner` says it is.

        Raises:
            ProviderError: it is not a non-blank string.
        """
        if self._fingerprint is None:
            with self._foreign("fingerprint"):
                name: Any = self.inner.fingerprint
            if not isinstance(name, str) or not name.strip():
                raise ProviderError(f"{self._who}: its fingerprint {name!r} is no name")
            self._fingerprint = name
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of one vector, as `inner` says.

        Raises:
            ProviderError: it is not a positive number.
        """
        if self._dimension is None:
            with self._foreign("dimension"):
                size: Any = self.inner.dimension
            if not isinstance(size, int) or size < 1:
                raise ProviderError(f"{self._who}: its dimension {size!r} is no positive number")
            self._dimension = size
        return self._dimension

    @property
    def prompt(self) -> bool:
        """Whether the embedder says that it cannot keep a caller waiting."""
        return getattr(self.inner, "prompt", False) is True

    def cached(self, text: str) -> Vector | None:
        """Return the vector of `text` if it is at hand, read-only; never runs the embedder."""
        key = _key(text)
        with self._lock:
            vector = self._kept.get(key)
            if vector is not None:
                self._kept.move_to_end(key)
                self._hits += 1
        return vector

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text: float32, C-contiguous, the caller's own copy.

        Raises:
            InvalidInputError: `texts` is not a sequence of strings.
            ProviderError: the embedder failed or answered something unusable; also for callers
                that waited for the same text.
        """
        keys = [_key(text) for text in _checked(texts)]
        if not keys:
            return np.empty((0, self.dimension), dtype=np.float32)
        known, mine, theirs = self._claim(dict(zip(keys, texts, strict=True)), len(keys))
        if mine:
            known |= self._fly(mine)
        for key, flight in theirs.items():
            known[key] = self._landed(flight)
        return np.stack([known[key] for key in keys])

    def warm(self) -> None:
        """Start loading the model in the background, if it has a `load` method.

        An error is raised by the first `embed` that needs the model. A process that ends meanwhile
        waits for the load: to tear down a runtime that is being set up crashes the process.
        """
        if self._loading is None and hasattr(self.inner, "load"):
            self._loading = threading.Thread(
                target=self._load, name="harmonia-embedder-load", daemon=False
            )
            self._loading.start()

    def close(self) -> None:
        """Release what the embedder holds, if it has a `close` method."""
        if self._loading is not None:
            self._loading.join()
        if close := getattr(self.inner, "close", None):
            with self._foreign("close"):
                close()

    @property
    def _who(self) -> str:
        return f"the embedder {type(self.inner).__name__}"

    def _load(self) -> None:
        try:
            with self._foreign("load"):
                self.inner.load()  # type: ignore[attr-defined]
        except HarmoniaError as error:
            self._load_error = error

    def _claim(
        self, wanted: dict[Key, str], asked: int
    ) -> tuple[dict[Key, Vector], dict[Key, str], dict[Key, Future[Vector]]]:
        """Sort the texts: vectors at hand, texts this caller embeds, texts another one is at."""
        known: dict[Key, Vector] = {}
        mine: dict[Key, str] = {}
        theirs: dict[Key, Future[Vector]] = {}
        with self._lock:
            for key, text in wanted.items():
                if (vector := self._kept.get(key)) is not None:
                    self._kept.move_to_end(key)
                    known[key] = vector
                elif (flight := self._flying.get(key)) is not None:
                    theirs[key] = flight
                else:
                    mine[key] = text
                    self._flying[key] = Future()
            self._embedded += len(mine)
            self._hits += asked - len(mine)
        return known, mine, theirs

    def _fly(self, mine: dict[Key, str]) -> dict[Key, Vector]:
        """Embed the texts this caller has claimed, and tell those who wait for them."""
        try:
            rows = self._ask([encodable(text) for text in mine.values()])
        except BaseException as error:
            with self._lock:
                flights = [self._flying.pop(key) for key in mine]
            for flight in flights:
                flight.set_exception(error)
            raise
        # rows of their own: a view would keep the whole batch in memory for one cached vector
        vectors = {key: _frozen(row) for key, row in zip(mine, rows, strict=True)}
        with self._lock:
            self._kept.update(vectors)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
            flights = [self._flying.pop(key) for key in mine]
        for flight, vector in zip(flights, vectors.values(), strict=True):
            flight.set_result(vector)
        return vectors

    def _ask(self, texts: list[str]) -> FloatMatrix:
        if self._loading is not None:
            self._loading.join()
        error, self._load_error = self._load_error, None
        if error is not None:
            raise error
        dimension = self.dimension
        with self._foreign("embed"):
            answer = self.inner.embed(texts)
        return unit_rows(answer, who=self._who, count=len(texts), dimension=dimension)

    def _landed(self, flight: Future[Vector]) -> Vector:
        """Return what another caller has computed, or its failure as one of this caller."""
        error = flight.exception()
        if error is None:
            return flight.result()
        if isinstance(error, HarmoniaError):
            raise ProviderError(str(error)) from error
        raise ProviderError(f"{self._who}: the call for the same text was interrupted") from error

    @contextmanager
    def _foreign(self, what: str) -> Generator[None, None, None]:
        """Turn whatever a foreign embedder raises into `ProviderError`."""
        try:
            yield
        except HarmoniaError:
            raise
        except Exception as error:
            raise ProviderError(
                f"{self._who} failed in {what}: {type(error).__name__}: {error}"
            ) from error


def _checked(texts: Any) -> Sequence[str]:
    # a string is a sequence of strings, too; embedding its letters is never what was meant
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise InvalidInputError(f"texts must be a list of strings, not {texts!r:.100}")
    return texts


def _key(text: str) -> Key:
    """Return what the cache knows `text` by; a long text by its digest, so memory is bounded."""
    if len(text) < LONG_TEXT:
        return text
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _frozen(row: Vector) -> Vector:
    row = row.copy()
    row.flags.writeable = False
    return row
