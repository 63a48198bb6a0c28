"""The engine for asyncio: the same verbs as coroutines, over the one synchronous core.

LanceDB, ONNX and Tantivy release the interpreter while they work, so threads serve well, and one
core cannot drift from another.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.engine.items import ItemStore
from harmonia_plugins.errors import ClosedError

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)

_THREADS = 16
"""Calls in progress at once; more wait their turn. Writes that wait share commits."""


class _Threaded(Protocol[S_co]):
    """What has a synchronous object underneath and threads to call it in."""

    @property
    def threads(self) -> ThreadPoolExecutor: ...
    @property
    def inner(self) -> S_co: ...


async def _in_thread(threads: ThreadPoolExecutor, work: Callable[[], R]) -> R:
    try:
        result = asyncio.get_running_loop().run_in_executor(threads, work)
    except RuntimeError as error:  # the threads have ended
        raise ClosedError("this engine is closed: open a new AsyncMemoryEngine") from error
    return await result


def _coroutine(
    verb: Callable[Concatenate[S, P], R],
) -> Callable[Concatenate[_Threaded[S], P], Awaitable[R]]:
    @functools.wraps(verb)
    async def call(self: _Threaded[S], *args: P.args, **kwargs: P.kwargs) -> R:
        return await _in_thread(self.threads, lambda: verb(self.inner, *args, **kwargs))

    return call


class AsyncItemStore:
    """`ItemStore` with every verb as a coroutine; get it from `AsyncMemoryEngine.items`."""

    def __init__(self, inner: ItemStore, threads: ThreadPoolExecutor) -> None:
        self.inner = inner
        self.threads = threads

    put = _coroutine(ItemStore.put)
    delete = _coroutine(ItemStore.delete)
    batch = _coroutine(ItemStore.batch)
    renew = _coroutine(ItemStore.renew)
    get = _coroutine(ItemStore.get)
    search = _coroutine(ItemStore.search)
    namespaces = _coroutine(ItemStore.namespaces)
    sweep = _coroutine(ItemStore.sweep)


class AsyncMemoryEngine:
    """`MemoryEngine` with every verb as a coroutine; takes the same arguments.

    Works on any event loop, and on several. Opening reads the disk: in a running loop, open it
    with `await AsyncMemoryEngine.open(path)` or `async with AsyncMemoryEngine(path) as engine`.
    """

    def __init__(self, path: Any, **options: Any) -> None:
        self._open = functools.partial(MemoryEngine, path, **options)
        self._engine: MemoryEngine | None = None
        self._opening = threading.Lock()
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="harmonia")

    @property
    def inner(self) -> MemoryEngine:
        """The engine underneath; opened at the first use."""
        with self._opening:
            if self._engine is None:
                self._engine = self._open()
            return self._engine

    @classmethod
    async def open(cls, path: Any, **options: Any) -> Self:
        """Open a store without blocking the event loop; arguments as for `MemoryEngine`."""
        opened = cls(path, **options)
        await _in_thread(opened.threads, lambda: opened.inner)
        return opened

    observe = _coroutine(MemoryEngine.observe)
    remember = _coroutine(MemoryEngine.remember)
    update = _coroutine(MemoryEngine.update)
    archive = _coroutine(MemoryEngine.archive)
    revert = _coroutine(MemoryEngine.revert)
    forget = _coroutine(MemoryEngine.forget)
    purge = _coroutine(MemoryEngine.purge)
    release = _coroutine(MemoryEngine.release)
    undo = _coroutine(MemoryEngine.undo)
    relearn = _coroutine(MemoryEngine.relearn)
    learn_pending = _coroutine(MemoryEngine.learn_pending)
    preferences = _coroutine(MemoryEngine.preferences)
    resolve_time = _coroutine(MemoryEngine.resolve_time)
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
    subscribe = _coroutine(MemoryEngine.subscribe)

    async def items(self, *, user_id: str) -> AsyncItemStore:
        """Return a user's JSON items: values under namespaces and keys."""
        items = await _in_thread(self.threads, lambda: self.inner.items(user_id=user_id))
        return AsyncItemStore(items, self.threads)

    async def users(self) -> AsyncIterator[str]:
        """Yield every user of the store."""
        for user in await _in_thread(self.threads, lambda: list(self.inner.users())):
            yield user

    async def close(self) -> None:
        """End background work and let go of the files; closing twice is harmless."""
        engine = self._engine
        if engine is not None:
            with suppress(ClosedError):  # closed before
                await _in_thread(self.threads, engine.close)
        self.threads.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        await _in_thread(self.threads, lambda: self.inner)
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()
