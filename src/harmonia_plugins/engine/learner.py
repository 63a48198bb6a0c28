"""The engine's own thread that learns, so that a conversation need not wait for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

Learn = Callable[[str, Callable[[], bool]], object]

_QUIET = 0.25
"""Seconds without new messages after which learning begins: while a turn is going on it would take
the processor from whoever answers."""

_LONGEST = 2.0
"""Seconds after which it begins all the same, however busy the conversations are."""

_PAUSE = 1.0
"""Seconds until a user whose messages could not be learned from is tried again."""


class Learner:
    """Works through users whose messages wait, one after another, in order of arrival.

    What waits is in the store: this only remembers for whom to look. A process that dies loses
    nothing, the next one looks for whoever has messages waiting when it opens the store.
    """

    def __init__(self, learn: Learn, waiting_users: Callable[[], Iterable[str]], most: int) -> None:
        """Take what learns for one user and what finds users with waiting messages.

        Args:
            learn: learns from everything of a user that waits, until it is told to stop.
            waiting_users: looks through the store; called once, in the thread.
            most: messages that may be queued before whoever stores more has to wait.
        """
        self._learn = learn
        self._waiting_users = waiting_users
        self._most = most
        self._queue: OrderedDict[str, int] = OrderedDict()
        self._changed = threading.Condition()
        self._added = 0.0
        self._waited_for = 0
        self._busy = False
        self._looked = False
        self._closing = False
        self._thread: threading.Thread | None = None
        self.failure: str | None = None

    def start(self) -> None:
        """Start the thread, which first looks for what another process left waiting."""
        with self._changed:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="harmonia-learner", daemon=True
                )
                self._thread.start()

    def add(self, user_id: str, messages: int, *, patient: bool) -> None:
        """Queue a user's messages; who is patient waits while too many are queued."""
        self.start()
        with self._changed:
            # The thread itself may come here, from a listener: it would wait for itself.
            if patient and not self._is_mine():
                self._changed.wait_for(
                    lambda: self._closing or sum(self._queue.values()) < self._most
                )
            self._queue[user_id] = self._queue.get(user_id, 0) + messages
            self._added = time.monotonic()
            self._changed.notify_all()

    def flush(self) -> None:
        """Wait until nothing is queued, or until learning cannot go on; the thread itself not."""
        if self._thread is None or self._is_mine():
            return
        with self._changed:
            self._waited_for += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(
                    lambda: (
                        self._closing
                        or self.failure is not None
                        or (self._looked and not self._queue and not self._busy)
                    )
                )
            finally:
                self._waited_for -= 1

    def close(self) -> None:
        """End after the messages at hand; the others go on waiting in the store.

        An extractor at work is waited for, as long as its own timeout lets it take: a thread
        cannot be ended from outside, and one left behind would use files that are closed.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None and not self._is_mine():
            self._thread.join()

    def _is_mine(self) -> bool:
        """Tell whether it is the thread that learns which asks."""
        return self._thread is threading.current_thread()

    def _work(self) -> None:
        while not self._look():
            with self._changed:
                if self._changed.wait_for(lambda: self._closing, _PAUSE):
                    return
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._queue)
                self._rest()
                if self._closing:
                    return
                user_id, count = self._queue.popitem(last=False)
                self._busy = True
            failure = self._try(user_id)
            with self._changed:
                self._busy = False
                self.failure = failure
                if failure is not None:
                    self._queue[user_id] = self._queue.get(user_id, 0) + count
                self._changed.notify_all()
                if failure is not None:
                    self._changed.wait_for(lambda: self._closing, _PAUSE)

    def _rest(self) -> None:
        """Wait for a pause in what is said, unless somebody waits or much has gathered."""
        latest = time.monotonic() + _LONGEST
        while True:
            begin = min(self._added + _QUIET, latest) - time.monotonic()
            pressed = self._waited_for or 2 * sum(self._queue.values()) >= self._most
            if begin <= 0 or pressed or self._closing:
                return
            self._changed.wait(begin)

    def _look(self) -> bool:
        """Queue the users whose messages another process left waiting; False if it failed."""
        try:
            users = list(self._waiting_users())
        except Exception as error:  # noqa: BLE001 - a background worker must not die unheard
            log.warning("nobody knows whose messages wait to be learned from: %s", error)
            with self._changed:
                self.failure = _told(error)
                self._changed.notify_all()
            return False
        with self._changed:
            self.failure = None
            for user_id in users:
                self._queue.setdefault(user_id, 1)
            self._looked = True
            self._changed.notify_all()
        return True

    def _try(self, user_id: str) -> str | None:
        try:
            self._learn(user_id, lambda: self._closing)
        except BaseException as error:  # noqa: BLE001 - nor of a cancelled or exiting extractor
            log.warning("learning failed and will be tried again: %s", error)
            return _told(error)
        return None


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
