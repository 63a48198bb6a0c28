"""Locks between processes: held by the operating system, so death frees them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from harmonia_plugins.errors import StoreWriteError

_POLL = 0.002
"""Seconds between attempts; a commit takes about as long, and a busy process leaves short gaps."""


_LEARNING_POLL = 0.02
"""The same for learning, which takes longer, with a language model for seconds on end."""

_LOOK_UP = 0.1
"""Seconds after which whoever waits to learn looks whether that is still wanted."""

_STRIPES = 16
"""Locks that the users of a store share for learning."""


class ProcessLocks:
    """The locks of one store's folder, each held by one thread of one process at a time."""

    def __init__(self, folder: Path, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._write, self._write_turn = self._lock("write"), threading.Lock()
        self._maintenance, self._maintenance_turn = self._lock("maintenance"), threading.Lock()
        self._learning = [
            (self._lock(f"learning-{number:02}", _LEARNING_POLL), threading.Lock())
            for number in range(_STRIPES)
        ]
        self._learns = threading.local()

    def _lock(self, name: str, poll: float = _POLL) -> FileLock:
        # Not thread-local: a lock is one per process here, threads are kept apart by mutexes.
        return FileLock(self._folder / f"{name}.lock", thread_local=False, poll_interval=poll)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to commit.

        Raises:
            StoreWriteError: others kept it for longer than the lock timeout, or the lock file
                cannot be opened.
        """
        with self._turn(self._write_turn, self._timeout) as mine:
            if not mine:
                raise self._busy()
            self._acquire()
            try:
                yield
            finally:
                self._write.release()

    @contextmanager
    def _turn(self, mutex: threading.Lock, timeout: float) -> Iterator[bool]:
        mine = mutex.acquire(timeout=timeout)
        try:
            yield mine
        finally:
            if mine:
                mutex.release()

    def _busy(self) -> StoreWriteError:
        return StoreWriteError(
            f"others have held {self._write.lock_file} for {self._timeout:g} s; nothing was "
            "written: try again, or raise the setting lock_timeout"
        )

    def _acquire(self) -> None:
        try:
            self._write.acquire(timeout=self._timeout)
        except Timeout as error:
            raise self._busy() from error
        except OSError as error:
            raise StoreWriteError(
                f"{self._write.lock_file} cannot be locked ({error}); the store's folder must be "
                "writable: nothing was written"
            ) from error

    @contextmanager
    def learning(
        self, owner: str, stop: Callable[[], bool], *, patience: float = _LOOK_UP
    ) -> Iterator[bool]:
        """Hold the right to learn from a user's messages; one process at a time does.

        Users share locks by the first letters of their hash, so there are never many files. Yields
        False once `stop` says that nobody wants to wait any longer: others may learn for minutes.
        It is asked whenever `patience`, in seconds, is over.

        Raises:
            StoreWriteError: the lock file cannot be opened.
        """
        lock, turn = self._learning[int(owner[:2], 16) % _STRIPES]
        while not turn.acquire(timeout=patience):
            if stop():
                yield False
                return
        try:
            held = _acquired(lock, stop, patience)
            self._learns.here = held
            try:
                yield held
            finally:
                self._learns.here = False
                if held:
                    lock.release()
        finally:
            turn.release()

    @property
    def learning_here(self) -> bool:
        """Whether the calling thread is learning: it must not wait for others who learn."""
        return getattr(self._learns, "here", False)

    @contextmanager
    def maintaining(self, *, wait: bool = False) -> Iterator[bool]:
        """Hold the right to compact; without `wait`, yields False where someone else has it."""
        timeout = self._timeout if wait else 0
        with self._turn(self._maintenance_turn, timeout) as mine:
            held = mine and self._try_maintenance(timeout)
            if wait and not held:
                raise StoreWriteError(
                    f"others are compacting the store ({self._maintenance.lock_file}); try again"
                )
            try:
                yield held
            finally:
                if held:
                    self._maintenance.release()

    def _try_maintenance(self, timeout: float) -> bool:
        try:
            self._maintenance.acquire(timeout=timeout)
        except (Timeout, OSError):
            return False
        return True


def _acquired(lock: FileLock, stop: Callable[[], bool], patience: float) -> bool:
    while True:
        try:
            lock.acquire(timeout=patience)
        except Timeout:
            if stop():
                return False
        except OSError as error:
            raise StoreWriteError(
                f"{lock.lock_file} cannot be locked ({error}); the store's folder must be "
                "writable: nothing was learned"
            ) from error
        else:
            return True
