"""Compaction and index updates, in the background and never under the write lock.

Each commit adds a small file and a manifest that lists all files, so without compaction disk use
grows with the square of the number of commits. A run compacts, flushes the result, and removes
what is older than the result of the run before: whatever the power does, a flushed version is
left. When writes pause, a last pass removes what is older than the newest result.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmonia_plugins.store.collection import Collection
    from harmonia_plugins.store.locks import ProcessLocks
    from harmonia_plugins.store.table import Table

log = logging.getLogger(__name__)

_ROWS_PER_FRAGMENT = 2500
"""Compaction rewrites the table, so a large one waits for more small files: at a million rows a
run costs 6 CPU seconds and 400 more commits may gather; reads come from memory meanwhile."""

_GRACE = 0.5
"""Seconds that an old version stays for readers who have just looked for the newest one."""

_ROWS_PER_FILE = 1_000_000
"""What LanceDB joins at most."""

_PASSES = 3
"""One pass leaves what was indexed and what was not in files apart; the next one joins them."""

_QUIET = 1.0
"""Seconds without a write after which what runs have left behind is removed."""

_UNINDEXED = 20_000
"""Rows outside the table's indexes that are worth a run, once they are a quarter of it: a large
import is few commits, and loading one user of a million unindexed rows costs five times as much."""

_BACKSTOP = 8
"""Without a thread, a caller runs maintenance itself once this many times the limit gathered."""


class Maintenance:
    """Keeps the tables of one store small and the lexical indexes current."""

    def __init__(
        self,
        tables: Sequence[tuple[Collection, Table]],
        locks: ProcessLocks,
        fragments: int,
        *,
        background: bool,
    ) -> None:
        """Take each collection with a second handle on its table.

        Compaction moves a handle between versions, which must not happen under a reader.
        """
        self._tables = tables
        self._locks = locks
        self._fragments = fragments
        self._background = background
        self._thread: threading.Thread | None = None
        self._gate = threading.Lock()
        self._closing = False
        self._wake = threading.Event()
        self._done = [0] * len(tables)
        self._flushed: list[float | None] = [None] * len(tables)  # the last run's result
        self.state = "idle"
        self.runs = 0
        self.failures: list[str] = []

    def after_commit(self) -> None:
        """Start a run if enough has gathered; returns at once."""
        if self._closing or not self._due(1 if self._background else _BACKSTOP):
            return
        if not self._background:
            self.run()
            return
        with self._gate:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="harmonia-maintenance", daemon=True
                )
                self._thread.start()
            else:
                self._wake.set()

    def _due(self, times: int) -> bool:
        gathered = max(
            collection.commits - done
            for (collection, _), done in zip(self._tables, self._done, strict=True)
        )
        if gathered >= times * self._fragments:
            return True
        return self._background and any(collection.outgrown() for collection, _ in self._tables)

    def _work(self) -> None:
        """Run as often as is due; when writes pause, join the rest and remove what is old.

        Twice, because readers may still be at what the first time replaced.
        """
        before, pauses = -1, 0
        while not self._closing and pauses < 2:
            commits = sum(collection.commits for collection, _ in self._tables)
            pauses = pauses + 1 if commits == before else 0
            if pauses or self._due(1):
                self.run(thorough=pauses > 0)
            before = commits
            self._wake.wait(_QUIET)
            self._wake.clear()

    def run(self, *, wait: bool = False, thorough: bool = False) -> None:
        """Compact tables with many small files, and bring lexical indexes up to date.

        Only one process does at a time; without `wait` another one's run is left to it. A purge
        holds them all off, so none can write what it removes.

        Args:
            wait: for another process's run.
            thorough: keep no old versions but those of the last moments; costs a second pass.
        """
        self.state = "running"
        try:
            with self._locks.maintaining(wait=wait) as mine:
                for number, (collection, table) in enumerate(self._tables):
                    self._done[number] = collection.commits
                    if mine:
                        self._compact(number, table, thorough=wait or thorough)
                        self._update_indexes(collection)
            self.runs += 1
            self.failures.clear()
        except Exception as error:  # noqa: BLE001 - a background worker must not die unheard
            self.failures.append(f"{type(error).__name__}: {error}"[:300])
            log.warning("maintenance failed and will be tried again: %s", error)
        finally:
            self.state = "idle"

    def _compact(self, number: int, table: Table, *, thorough: bool) -> None:
        rows = table.rows()
        least = max(2, min(self._fragments // 2, 32) + rows // _ROWS_PER_FRAGMENT)
        if table.fragments() >= least or table.unindexed() >= max(_UNINDEXED, rows // 4):
            self._pass(number, table)
        if thorough:
            for _ in range(_PASSES):
                if table.fragments() <= 1 + rows // _ROWS_PER_FILE:
                    break
                self._pass(number, table)
            table.prune(self._age(number))

    def _pass(self, number: int, table: Table) -> None:
        known = self._flushed[number] is not None
        if table.compact(self._age(number) if known else None):
            self._flushed[number] = table.committed()

    def _age(self, number: int) -> timedelta:
        """Return the age from which versions may go: older than the last that a run has flushed."""
        flushed = self._flushed[number]
        age = 0.0 if flushed is None else time.time() - flushed + 0.001
        return timedelta(seconds=max(_GRACE, age))

    def _update_indexes(self, collection: Collection) -> None:
        for resident in collection.outgrown(fresh=True):
            if self._closing:
                return
            index = collection.indexes.update(resident)
            if index is not None:
                collection.adopt_index(resident, index)

    def close(self) -> None:
        """Let a run in progress end; no other is started."""
        self._closing = True
        self._wake.set()
        thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join()
