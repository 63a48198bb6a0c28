"""Writes that wait at the same time, committed together: a commit costs the same for each count."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harmonia_plugins.errors import StoreWriteError
from harmonia_plugins.store.draft import Draft

T = TypeVar("T")

Plan = Callable[[Draft], T]
"""Looks at a user's rows, adds rows or removals to the draft, and returns the call's result.

Called under the write lock, so it must not wait for anything; it may be called only once."""

_GATHERING = 0.025
"""Seconds a commit waits at most for others who are about to write."""


class PositionMovedError(StoreWriteError):
    """A user's rows changed since the caller looked; nothing was written: look again."""


@dataclass(slots=True)
class Ticket(Generic[T]):
    """One caller's write, waiting for the commit it will be part of."""

    user_id: str
    plan: Plan[T]
    position: int | None
    result: T | None = None
    error: BaseException | None = None
    done: bool = False


Commit = Callable[[list[Ticket[Any]]], list[Ticket[Any]]]
"""Commits the first of some writes, and returns those that are still to be committed."""


class CommitQueue:
    """Gathers the writes of several threads; one caller at a time commits for everyone waiting."""

    def __init__(self, writing: Callable[[], AbstractContextManager[None]]) -> None:
        """Take the write lock."""
        self._writing = writing
        self._queue: list[Ticket[Any]] = []
        self._queue_lock = threading.Lock()
        self._came = threading.Condition(self._queue_lock)  # a write joined the queue
        self._went = threading.Condition(self._queue_lock)  # a commit ended
        self._committing = False  # someone commits for everyone waiting
        self._arriving = 0  # callers who prepare a write

    def write(self, user_id: str, plan: Plan[T], position: int | None, commit: Commit) -> T:
        """Wait until a write is committed, together with others, and return its plan's result."""
        ticket = Ticket(user_id, plan, position)
        with self._queue_lock:
            self._queue.append(ticket)
            self._came.notify()
            self._went.wait_for(lambda: ticket.done or not self._committing)
            leads = not ticket.done
            if leads:
                self._committing = True
        if leads:
            self._lead(commit)
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]

    @contextmanager
    def arriving(self) -> Generator[None, None, None]:
        """Announce a write that is being prepared: while many are, a commit waits a moment."""
        with self._queue_lock:
            self._arriving += 1
        try:
            yield
        finally:
            with self._queue_lock:
                self._arriving -= 1
                self._came.notify()

    def _lead(self, commit: Commit) -> None:
        """Commit for everyone waiting; one caller at a time does."""
        try:
            self._gather()
            self._commit_waiting(commit)
        finally:
            with self._queue_lock:
                self._committing = False
                self._went.notify_all()

    def _gather(self) -> None:
        """Wait until half of those who prepare a write are there, so that they share a commit.

        One caller, or two, never wait; 32 callers of the embedded model share twice the work.
        """
        with self._queue_lock:
            self._came.wait_for(lambda: 2 * len(self._queue) >= self._arriving, _GATHERING)

    def _commit_waiting(self, commit: Commit) -> None:
        """Commit everything that waits; a removal ends a commit, what came after it the next."""
        with self._queue_lock:
            waiting, self._queue = self._queue, []
        try:
            with self._writing():
                while waiting:
                    waiting = commit(waiting)
        except BaseException as error:  # every caller must hear of it, then the committer too
            for ticket in waiting:
                ticket.error, ticket.done = error, True
            if not isinstance(error, Exception):
                raise
