"""Compaction and index updates, in the background and never under the write lock.

Each commit adds a small file and a manifest that lists all files, so without compaction disk use
grows with the square of the number of commits. A run compacts, flushes the result, and only then
removes versions older than its own start: whatever the power does, a flushed version is left.
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
        self._done = [0] * len(tables)
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
                    target=self.run, name="harmonia-maintenance", daemon=True
                )
                self._thread.start()

    def _due(self, times: int) -> bool:
        gathered = max(
            collection.commits - done
            for (collection, _), done in zip(self._tables, self._done, strict=True)
        )
        if gathered >= times * self._fragments:
            return True
        return self._background and any(collection.outgrown() for collection, _ in self._tables)

    def run(self, *, wait: bool = False) -> None:
        """Compact tables with many small files, and bring lexical indexes up to date.

        Only one process does at a time; without `wait` another one's run is left to it. A purge
        holds them all off, so none can write what it removes.
        """
        self.state = "running"
        try:
            with self._locks.maintaining(wait=wait) as mine:
                for number, (collection, table) in enumerate(self._tables):
                    self._done[number] = collection.commits
                    if mine:
                        self._compact(table)
                        self._update_indexes(collection)
            self.runs += 1
        except Exception as error:  # noqa: BLE001 - a background worker must not die unheard
            self.failures.append(f"{type(error).__name__}: {error}"[:300])
            log.warning("maintenance failed and will be tried again: %s", error)
        finally:
            self.state = "idle"

    def _compact(self, table: Table) -> None:
        rows = table.rows()
        if table.fragments() < max(2, min(self._fragments // 2, 32) + rows // _ROWS_PER_FRAGMENT):
            return
        start = time.time()
        if table.compact():
            table.prune(timedelta(seconds=time.time() - start + 0.5))

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
        thread = self._thread
        if thread is not None and thread.is_alive():
            thread.join()
