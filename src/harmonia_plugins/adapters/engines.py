"""What every adapter does with the engine it is given: check it, and call it off the event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import Context
from functools import lru_cache
from typing import TypeVar

from harmonia_plugins.aio import AsyncMemoryEngine
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import ClosedError, InvalidInputError

R = TypeVar("R")

Engine = MemoryEngine | AsyncMemoryEngine

_THREADS = 16
"""Calls in progress at once in one process; more wait their turn, and writes share commits."""


def check_engine(engine: object) -> Engine:
    """Return an engine of either kind.

    Raises:
        InvalidInputError: it is something else, such as a path.
    """
    if not isinstance(engine, (MemoryEngine, AsyncMemoryEngine)):
        raise InvalidInputError(
            f"engine must be a MemoryEngine or an AsyncMemoryEngine, not {engine!r}: open one "
            'with MemoryEngine("./memory")'
        )
    return engine


def sync_engine(engine: Engine) -> MemoryEngine:
    """Return the engine whose verbs can be called; an asynchronous one is opened by this.

    Blocks where it opens: on an event loop, call it within `in_thread`.
    """
    return engine.inner if isinstance(engine, AsyncMemoryEngine) else engine


async def in_thread(engine: Engine, work: Callable[[], R]) -> R:
    """Return what blocking work returns, done in a thread; any event loop will do."""
    return await asyncio.wrap_future(start(engine, work))


def start(engine: Engine, work: Callable[[], R]) -> Future[R]:
    """Begin blocking work in a thread, outside the caller's context.

    The threads are the engine's, or else this package's: those of the loop may all be busy with
    what the application does. Nothing of a framework's run, such as its callbacks, is seen there.
    """
    threads = engine.threads if isinstance(engine, AsyncMemoryEngine) else _threads(os.getpid())
    try:
        return threads.submit(Context().run, work)
    except RuntimeError as error:  # the threads have ended
        raise ClosedError("this engine is closed: open a new one") from error


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """Return the threads of a process; those of the process it was forked from are gone."""
    return ThreadPoolExecutor(_THREADS, thread_name_prefix=f"harmonia-{process}")
