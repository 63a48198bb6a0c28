"""The engine for asyncio: the same verbs as coroutines, over the one synchronous core.

LanceDB, ONNX and Tantivy release the interpreter while they work, so threads serve well, and one
core cannot drift from another.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from harmonia_plugins.engine import MemoryEngine

P = ParamSpec("P")
R = TypeVar("R")

_THREADS = 16
"""Calls in progress at once; more wait their turn. Writes that wait share commits."""


def _coroutine(
    verb: Callable[Concatenate[MemoryEngine, P], R],
) -> Callable[Concatenate[AsyncMemoryEngine, P], Awaitable[R]]:
    @functools.wraps(verb)
    async def call(self: AsyncMemoryEngine, *args: P.args, **kwargs: P.kwargs) -> R:
        loop = asyncio.get_running_loop()
        work = functools.partial(verb, self.engine, *args, **kwargs)
        return await loop.run_in_executor(self.threads, work)

    return call


class AsyncMemoryEngine:
    """`MemoryEngine` with every verb as a coroutine; takes the same arguments.

    Works on any event loop, and on several. Opening reads the disk: in a running loop, open it
    with `await AsyncMemoryEngine.open(path)` or `async with AsyncMemoryEngine(path) as engine`.
    """

    def __init__(self, path: Any, **options: Any) -> None:
        self._open = functools.partial(MemoryEngine, path, **options)
        self._engine: MemoryEngine | None = None
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="harmonia")

    @property
    def engine(self) -> MemoryEngine:
        """The engine underneath; opened at the first use."""
        if self._engine is None:
            self._engine = self._open()
        return self._engine

    @classmethod
    async def open(cls, path: Any, **options: Any) -> Self:
        """Open a store without blocking the event loop; arguments as for `MemoryEngine`."""
        opened = cls(path, **options)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(opened.threads, lambda: opened.engine)
        return opened

    observe = _coroutine(MemoryEngine.observe)
    remember = _coroutine(MemoryEngine.remember)
    update = _coroutine(MemoryEngine.update)
    archive = _coroutine(MemoryEngine.archive)
    revert = _coroutine(MemoryEngine.revert)
    forget = _coroutine(MemoryEngine.forget)
    purge = _coroutine(MemoryEngine.purge)
    replace_messages = _coroutine(MemoryEngine.replace_messages)
    delete_messages = _coroutine(MemoryEngine.delete_messages)
    set_message_status = _coroutine(MemoryEngine.set_message_status)
    recall = _coroutine(MemoryEngine.recall)
    recall_many = _coroutine(MemoryEngine.recall_many)
    context = _coroutine(MemoryEngine.context)
    get = _coroutine(MemoryEngine.get)
    memories = _coroutine(MemoryEngine.memories)
    history = _coroutine(MemoryEngine.history)
    diff = _coroutine(MemoryEngine.diff)
    changes = _coroutine(MemoryEngine.changes)
    messages = _coroutine(MemoryEngine.messages)
    sessions = _coroutine(MemoryEngine.sessions)
    embed = _coroutine(MemoryEngine.embed)
    health = _coroutine(MemoryEngine.health)
    stats = _coroutine(MemoryEngine.stats)
    flush = _coroutine(MemoryEngine.flush)

    async def users(self) -> AsyncIterator[str]:
        """Yield every user of the store."""
        loop = asyncio.get_running_loop()
        for user in await loop.run_in_executor(self.threads, lambda: list(self.engine.users())):
            yield user

    async def close(self) -> None:
        """End background work and let go of the files."""
        engine = self._engine
        if engine is not None:
            await asyncio.get_running_loop().run_in_executor(self.threads, engine.close)
        self.threads.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        await asyncio.get_running_loop().run_in_executor(self.threads, lambda: self.engine)
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()
