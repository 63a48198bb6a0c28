"""A limit that holds even when what is called never looks at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from harmonia_plugins.errors import InvalidInputError, QueryTimeoutError

T = TypeVar("T")


class Deadline:
    """The moment a call must have ended; None never ends."""

    def __init__(self, seconds: float | None) -> None:
        given: object = seconds
        number = isinstance(given, (int, float)) and not isinstance(given, bool)
        if seconds is not None and not (number and seconds > 0):
            raise InvalidInputError(f"timeout must be above 0 seconds or None, not {seconds!r}")
        self._seconds = seconds
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """Return the seconds that are left, a moment at least, or None without an end."""
        return None if self._end is None else max(0.001, self._end - time.monotonic())

    def run(self, work: Callable[[], T], what: str) -> T:
        """Return what `work` returns, or give up waiting for it.

        It runs in a thread of its own, which a call that never returns keeps; only what may
        wait for disks or models belongs in here.

        Raises:
            QueryTimeoutError: it took too long.
        """
        if self._end is None:
            return work()
        outcome: list[T] = []
        failure: list[BaseException] = []

        def runner() -> None:
            try:
                outcome.append(work())
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                failure.append(error)

        thread = threading.Thread(target=runner, name=f"harmonia-{what}", daemon=True)
        thread.start()
        thread.join(min(max(0.0, self._end - time.monotonic()), threading.TIMEOUT_MAX))
        if failure:
            raise failure[0]
        if not outcome:
            raise QueryTimeoutError(
                f"{what} took longer than timeout={self._seconds:g} s; give a longer timeout, or "
                "None to wait"
            )
        return outcome[0]
