"""Calls to models that can only be awaited, for callers that cannot await.

All of them run on one event loop in a thread of its own: clients keep connections that belong to
the loop they were first used on, so a loop made for each call would break the next one, and the
application's loop must not be waited for by a thread that may be its own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar

from harmonia_plugins.errors import ProviderError

R = TypeVar("R")


def awaited(call: Callable[[], Awaitable[R]]) -> R:
    """Return what an asynchronous call gives, blocking until it is there.

    Raises:
        ProviderError: the caller is such a call itself and would wait for its own end.
        Exception: what the call raises.
    """
    loop = _loop(os.getpid())
    if asyncio._get_running_loop() is loop:  # pyright: ignore
        raise ProviderError("a model that is awaited called the engine, which waits for the model")

    async def run() -> R:
        return await call()

    future = asyncio.run_coroutine_threadsafe(run(), loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()  # the caller was interrupted; else it has ended
        raise


def or_awaited(sync: Callable[[], Any], later: Callable[[], Awaitable[Any]]) -> Any:
    """Return what a call gives, or its asynchronous twin where only that one is implemented."""
    try:
        return sync()
    except NotImplementedError:
        return awaited(later)


@lru_cache(maxsize=1)
def _loop(process: int) -> asyncio.AbstractEventLoop:
    """Return the loop of a process; a thread does not survive a fork."""
    loop = asyncio.new_event_loop()
    name = f"harmonia-models-{process}"
    threading.Thread(target=loop.run_forever, name=name, daemon=True).start()
    return loop
