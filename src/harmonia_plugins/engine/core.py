"""What every verb needs: the open store, guards, the clock, vectors, measured times."""

from __future__ import annotations

import os
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from harmonia_plugins.engine.listeners import Listeners
from harmonia_plugins.engine.redacting import Redaction
from harmonia_plugins.errors import ClosedError, HarmoniaError, InvalidInputError
from harmonia_plugins.model import Latency
from harmonia_plugins.pipeline import intake
from harmonia_plugins.ports import Clock, Embedder, SystemClock

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harmonia_plugins.config import Settings
    from harmonia_plugins.store.resident import Resident

LearningMode = Literal["background", "manual"]
_LATENCIES = 512
"""Calls of each verb over which `stats` tells the median and the 95th percentile."""


class Core:
    """An open store, its embedder and its clock: the inside of an engine."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        settings: Settings | Mapping[str, Any] | None,
        embedder: Embedder | Callable[[Sequence[str]], Any] | str | os.PathLike[str] | None,
        clock: Clock | None,
        learning: LearningMode,
    ) -> None:
        # Heavy modules are imported when a store is opened, not when the package is.
        from harmonia_plugins.config import load_settings
        from harmonia_plugins.providers import CheckedEmbedder, make_embedder
        from harmonia_plugins.store.store import Store

        self.path = _folder(path)
        intake.check_choice(learning, ("background", "manual"), "learning")
        self._pid = os.getpid()
        self._closed = False
        self._clock = clock or SystemClock()
        self.listeners = Listeners()
        self.settings = load_settings(self.path, settings)
        self.redaction = Redaction(self.settings.redact)
        chosen = make_embedder(embedder, self.settings)
        self.embedder = CheckedEmbedder(chosen, cache=self.settings.embed_cache)
        if learning == "background":
            self.embedder.warm()
        self._latencies: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_LATENCIES))
        self._calls: Counter[str] = Counter()
        self.store = Store(
            self.path, self.embedder, self.settings, background=learning == "background"
        )

    # -- guards -------------------------------------------------------------------------------

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Refuse a closed engine, and measure how long the verb takes."""
        if self._closed:
            raise ClosedError(f"this engine on {self.path} is closed: open a new MemoryEngine")
        if os.getpid() != self._pid:
            raise ClosedError(
                f"this engine was opened in process {self._pid} and its threads and files do not "
                "survive a fork: open a MemoryEngine in each process"
            )
        start = time.perf_counter()
        try:
            yield
        except Exception as error:
            if self._closed and not isinstance(error, HarmoniaError):
                raise ClosedError(
                    f"this engine on {self.path} was closed while the call was in progress"
                ) from error
            raise
        finally:
            self._calls[name] += 1
            self._latencies[name].append(time.perf_counter() - start)

    def now(self) -> datetime:
        """Return the clock's moment in UTC."""
        now = self._clock.now()
        if now.tzinfo is None:
            raise InvalidInputError(f"the clock must tell aware times, not {now!r}")
        return now.astimezone(UTC)

    def latencies(self) -> dict[str, Latency]:
        """Return how often each verb was called, and how long its last calls took."""
        found: dict[str, Latency] = {}
        for name, times in list(self._latencies.items()):
            ordered = sorted(times)
            found[name] = Latency(
                calls=self._calls[name],
                p50_ms=round(1000 * ordered[len(ordered) // 2], 3),
                p95_ms=round(1000 * ordered[int(len(ordered) * 0.95)], 3),
            )
        return found

    # -- vectors ------------------------------------------------------------------------------

    def vectors(self, resident: Resident, texts: Sequence[str]) -> list[NDArray[np.float32] | None]:
        """Return a vector for each text, None for a blank one; known ones are not computed."""
        vectors: list[NDArray[np.float32] | None] = [None] * len(texts)
        unknown: list[int] = []
        for place, text in enumerate(texts):
            if not text.strip():
                continue
            vectors[place] = resident.vector_of(text)
            if vectors[place] is None:
                unknown.append(place)
        if unknown:
            computed = self.embedder.embed([texts[place] for place in unknown])
            for place, vector in zip(unknown, computed, strict=True):
                vectors[place] = vector
        return vectors

    def terms(self, text: str) -> int:
        """Return how many terms of a text are indexed."""
        return len(self.store.analyzer.terms(text)) if text.strip() else 0

    @property
    def own_process(self) -> bool:
        """Whether this is the process that opened the engine, and not a fork of it."""
        return os.getpid() == self._pid

    # -- ending -------------------------------------------------------------------------------

    def close(self) -> None:
        """End background work and let go of the files; closing twice is harmless."""
        if not self._closed and os.getpid() == self._pid:
            self._closed = True
            self.store.close()
            self.embedder.close()


def new_id() -> str:
    """Return a fresh id for a change set."""
    return uuid4().hex


def _folder(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
        raise InvalidInputError(f"path must name a folder, not {path!r}")
    text = os.fsdecode(os.fspath(path))  # pyright: ignore
    if "://" in text:
        raise InvalidInputError(
            f"{text!r} is an address; only folders on this machine are supported so far"
        )
    if "\x00" in text:
        raise InvalidInputError(f"path holds a NUL character: {text!r}")
    return Path(intake.check_text(text, "path")).absolute()
