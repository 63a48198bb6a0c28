"""Coroutines for callers that have no event loop, or must not wait on theirs."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


def run_coroutine(work: Callable[[], Coroutine[Any, Any, R]]) -> R:
    """Return what a coroutine returns, run to its end on a loop of its own.

    In a thread of its own if this one has a running loop. Context variables go along.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    results: list[R] = []
    errors: list[BaseException] = []
    context = contextvars.copy_context()

    def run() -> None:
        try:
            results.append(context.run(asyncio.run, work()))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, name="harmonia-coroutine")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
