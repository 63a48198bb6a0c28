"""Which users have a Tantivy index, and keeping it in step with their rows."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harmonia_plugins.store.durable import FolderSync
from harmonia_plugins.store.lexical import Lexical

if TYPE_CHECKING:
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.tantivy_index import UserIndex
    from harmonia_plugins.store.view import View
    from harmonia_plugins.text.analysis import Analyzer

log = logging.getLogger(__name__)

_TAIL = 256
"""Rows that may wait in memory before they are worth a commit to an index."""
_MIX = 0x9E3779B97F4A7C1


class Indexes:
    """The Tantivy indexes under one folder, by owner."""

    def __init__(
        self,
        folder: Path | None,
        analyzer: Analyzer,
        threshold: int,
        most_open: int,
        *,
        writable: bool,
    ) -> None:
        """Take the folder of the indexes, or None where no user is to have one."""
        self._folder = folder
        self._writable = writable
        self._analyzer = analyzer
        self._threshold = threshold
        self.most_open = most_open
        self._lock = threading.Lock()
        self.healed: list[str] = []

    def lexical(self, index: UserIndex | None) -> Lexical:
        """Return an empty lexical side for a user, over their index if there is one."""
        return Lexical(self._analyzer, index)

    def open(self, owner: str) -> UserIndex | None:
        """Return a user's index, if they have one that can be read.

        Rows must be read afterwards: others may be adding to both, the index after the rows.
        """
        # Tantivy makes a lock file to read: a read-only store finds words from memory alone.
        if not self._writable or self._folder is None or not (self._folder / owner).is_dir():
            return None
        return self._open(self._folder / owner)

    def agrees(self, index: UserIndex, resident: Resident) -> bool:
        """Tell whether an index holds exactly the rows it says it does; discard it otherwise."""
        sentinel = index.sentinel
        covered, digest = _covered(resident.view(), sentinel.seq)
        ahead = sentinel.seq > resident.position
        if (covered, digest) == (sentinel.documents, sentinel.digest) and not ahead:
            return True
        # Where rows were forgotten since, there is nothing to report.
        expected = resident.epoch > 0 and covered < sentinel.documents and not ahead
        assert self._folder is not None
        self._discard(
            self._folder / resident.owner,
            None if expected else f"it held {sentinel.documents} rows that are not the table's",
        )
        return False

    def lag(self, resident: Resident) -> int:
        """Return how many rows of a user large enough for an index it does not hold yet."""
        return resident.lexical.tail_rows if self.worth(len(resident)) else 0

    def wants_update(self, resident: Resident) -> bool:
        """Tell whether a user's tail has grown long enough to be worth a commit."""
        rows, tail = len(resident), resident.lexical.tail_rows
        least = min(_TAIL, self._threshold)
        return self.worth(rows) and tail > max(least, rows // 16)

    def worth(self, rows: int) -> bool:
        """Tell whether a user with this many rows is to be found through an index."""
        return self._folder is not None and rows >= self._threshold

    def update(self, resident: Resident) -> UserIndex | None:
        """Bring a user's index on disk up to date; None where that failed, until the next time."""
        from harmonia_plugins.store.tantivy_index import UserIndex

        assert self._folder is not None
        folder = self._folder / resident.owner
        view = resident.view()
        try:
            index = UserIndex(folder, create=True)
            if not self.agrees(index, resident):
                index = UserIndex(folder, create=True)
            # From the rows and not from the tail: the index may be younger than the tail.
            missing = np.flatnonzero(view.searchable & (view.seq > index.sentinel.seq)).tolist()
            if missing:
                index.update(
                    (
                        (int(view.seq[number]), self._analyzer.terms(resident.text(number)))
                        for number in missing
                    ),
                    _covered(view, int(view.seq[missing[-1]]))[1],
                )
                FolderSync(folder).sync()
        except BaseException as error:
            if not _is_index_fault(error):
                raise
            self._discard(folder, str(error))
            return None
        return index

    def _open(self, folder: Path) -> UserIndex | None:
        from harmonia_plugins.store.tantivy_index import UserIndex

        try:
            return UserIndex(folder)
        except BaseException as error:
            if not _is_index_fault(error):
                raise
            self._discard(folder, str(error))
            return None

    def _discard(self, folder: Path, why: str | None) -> None:
        from harmonia_plugins.store.tantivy_index import discard

        if why is not None:
            message = f"a lexical index was put aside, to be rebuilt from the table: {why[:200]}"
            log.warning("%s (%s)", message, folder.name)
            with self._lock:
                self.healed.append(message)
        discard(folder)


def _covered(view: View, last: int) -> tuple[int, int]:
    """Return the number of searchable rows up to a `seq`, and a digest that tells others apart.

    Tables that went different ways after a restored backup have the same `seq` for other rows.
    """
    rows = view.searchable & (view.seq <= last)
    mixed = view.seq[rows] * np.int64(_MIX) ^ view.recorded_at[rows]
    return int(np.count_nonzero(rows)), int(mixed.sum())


def _is_index_fault(error: BaseException) -> bool:
    """Tell a damaged index from a bug or an interrupt; a Rust panic is no `Exception`."""
    return isinstance(error, (ValueError, OSError, RuntimeError, KeyError, TypeError)) or (
        type(error).__name__ == "PanicException"
    )
