"""Locks between processes: held by the operating system, so death frees them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from harmonia_plugins.errors import StoreWriteError

_POLL = 0.002
"""Seconds between attempts; a commit takes about as long, and a busy process leaves short gaps."""


class ProcessLocks:
    """The locks of one store's folder, each held by one thread of one process at a time."""

    def __init__(self, folder: Path, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._write, self._write_turn = self._lock("write"), threading.Lock()
        self._maintenance, self._maintenance_turn = self._lock("maintenance"), threading.Lock()

    def _lock(self, name: str) -> FileLock:
        # Not thread-local: a lock is one per process here, threads are kept apart by mutexes.
        return FileLock(self._folder / f"{name}.lock", thread_local=False, poll_interval=_POLL)

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
