"""Locks between processes: held by the operating system, so death frees them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from harmonia_plugins.errors import StoreWriteError


class ProcessLocks:
    """The locks of one store's folder."""

    def __init__(self, folder: Path, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout
        self._write = self._lock("write")
        self._maintenance = self._lock("maintenance")

    def _lock(self, name: str) -> FileLock:
        # Not thread-local: a lock is one per process here, threads are kept apart by our mutexes.
        return FileLock(self._folder / f"{name}.lock", thread_local=False)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to commit.

        Raises:
            StoreWriteError: other processes kept it for longer than the lock timeout, or the lock
                file cannot be opened.
        """
        try:
            self._write.acquire(timeout=self._timeout)
        except Timeout as error:
            raise StoreWriteError(
                f"another process has held {self._write.lock_file} for {self._timeout:g} s; "
                "nothing was written: try again, or raise the setting lock_timeout"
            ) from error
        except OSError as error:
            raise StoreWriteError(
                f"{self._write.lock_file} cannot be locked ({error}); the store's folder must be "
                "writable: nothing was written"
            ) from error
        try:
            yield
        finally:
            self._write.release()

    @contextmanager
    def maintaining(self, *, wait: bool = False) -> Iterator[bool]:
        """Hold the right to compact; without `wait`, yields False where another process has it."""
        try:
            self._maintenance.acquire(timeout=self._timeout if wait else 0)
        except (Timeout, OSError):
            if wait:
                raise StoreWriteError(
                    f"another process is compacting the store ({self._maintenance.lock_file}); "
                    "try again"
                ) from None
            yield False
            return
        try:
            yield True
        finally:
            self._maintenance.release()
