"""Coroutines for callers that have no event loop, or must not wait on theirs."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

R = TypeVar("R")


def run_coroutine(work: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """Return what a coroutine returns, run to its end in another thread.

    All run on one event loop of the process, so that clients that belong to a loop serve call after
    call; the caller's own loop is not touched. Context variables go along.
    """
    loop = _loop(os.getpid())
    if _running() is loop:  # called within such a coroutine, which must not wait for itself
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(contextvars.copy_context().run, asyncio.run, work()).result()
    future = asyncio.run_coroutine_threadsafe(work(), loop)
    try:
        return future.result()
    except BaseException:  # of the coroutine; or the caller is interrupted, and nobody waits
        future.cancel()
        raise


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


@cache
def _loop(process: int) -> asyncio.AbstractEventLoop:
    """Return the loop of a process; that of the process it was forked from stands still."""
    loop = asyncio.new_event_loop()
    name = f"harmonia-loop-{process}"
    threading.Thread(target=loop.run_forever, name=name, daemon=True).start()
    return loop
