"""A store that opens an engine of its own: for servers, which load one and enter it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Generic, TypeVar

from harmonia_plugins.aio import AsyncMemoryEngine
from harmonia_plugins.errors import HarmoniaError

S = TypeVar("S")


class StoreOpening(Generic[S]):
    """What `HarmoniaStore.open` returns: enter it by `with` or `async with` to get the store."""

    def __init__(
        self,
        path: Any,
        options: Mapping[str, Any],
        make: Callable[[AsyncMemoryEngine], S],
    ) -> None:
        self._path, self._options, self._make = path, options, make
        self._engine: AsyncMemoryEngine | None = None
        self._inside = 0
        self._lock = threading.Lock()

    def _enter(self) -> AsyncMemoryEngine:
        with self._lock:
            if self._engine is None:
                self._engine = AsyncMemoryEngine(self._path, **self._options)
            self._inside += 1
            return self._engine

    def _leave(self) -> AsyncMemoryEngine | None:
        """Return the engine to close: the last one who leaves does."""
        with self._lock:
            self._inside -= 1
            if self._inside > 0:
                return None
            engine, self._engine = self._engine, None
            return engine

    def __enter__(self) -> S:
        engine = self._enter()
        try:
            engine.inner  # noqa: B018 - opens it
            return self._make(engine)
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *exception: object) -> None:
        engine = self._leave()
        if engine is not None:
            _close(engine)

    async def __aenter__(self) -> S:
        engine = self._enter()
        try:
            await engine.__aenter__()
            return self._make(engine)
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *exception: object) -> None:
        engine = self._leave()
        if engine is not None:
            await engine.close()


def _close(engine: AsyncMemoryEngine) -> None:
    """Close an engine where there is no event loop, or a running one that must not be entered."""
    with suppress(HarmoniaError):  # it could not be opened
        engine.inner.close()
    engine.threads.shutdown()
