"""Which users have a Tantivy index, and keeping it in step with their rows."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harmonia_plugins.store.durable import FolderSync
from harmonia_plugins.store.lexical import Lexical

if TYPE_CHECKING:
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.tantivy_index import UserIndex
    from harmonia_plugins.text.analysis import Analyzer

log = logging.getLogger(__name__)


class Indexes:
    """The Tantivy indexes under one folder, by owner."""

    def __init__(self, folder: Path, analyzer: Analyzer, threshold: int, most_open: int) -> None:
        self._folder = folder
        self._analyzer = analyzer
        self._threshold = threshold
        self.most_open = most_open
        self._lock = threading.Lock()
        self.healed: list[str] = []

    def lexical(self, index: UserIndex | None) -> Lexical:
        """Return an empty lexical side for a user, over their index if there is one."""
        return Lexical(self._analyzer, index)

    def candidates(self, owner: str, rows: int) -> Iterator[UserIndex | None]:
        """Yield what may serve a user with this many rows, best first, ending with None."""
        folder = self._folder / owner
        if rows >= self._threshold and folder.is_dir():
            index = self._open(owner)
            if index is not None:
                yield index
        yield None

    def agrees(self, index: UserIndex, resident: Resident) -> bool:
        """Tell whether an index holds exactly the rows it says it does; discard it otherwise."""
        view = resident.view()
        covered = int(np.count_nonzero(view.searchable & (view.seq <= index.sentinel.seq)))
        newest = int(view.seq[-1]) if view.size else 0
        if covered == index.sentinel.documents and index.sentinel.seq <= newest:
            return True
        self._discard(resident.owner, f"holds {index.sentinel.documents} rows, not {covered}")
        return False

    def lag(self, resident: Resident) -> int:
        """Return how many rows of a user large enough for an index it does not hold yet."""
        return resident.lexical.tail_rows if len(resident) >= self._threshold else 0

    def wants_update(self, resident: Resident) -> bool:
        """Tell whether a user's tail has grown long enough to be worth a commit."""
        rows, tail = len(resident), resident.lexical.tail_rows
        return rows >= self._threshold and tail > max(256, rows // 16)

    def update(self, resident: Resident) -> UserIndex | None:
        """Bring a user's index on disk up to date; None where another process is at it."""
        from harmonia_plugins.store.tantivy_index import UserIndex

        folder = self._folder / resident.owner
        tail = resident.lexical.tail()
        try:
            index = UserIndex(folder)
            known = index.sentinel.seq
            index.update([(seq, terms) for seq, terms in tail if seq > known])
            FolderSync(folder).sync()
        except BaseException as error:
            if not _is_index_fault(error):
                raise
            if "LockBusy" not in str(error):
                self._discard(resident.owner, str(error))
            return None
        return index

    def _open(self, owner: str) -> UserIndex | None:
        from harmonia_plugins.store.tantivy_index import UserIndex

        try:
            return UserIndex(self._folder / owner)
        except BaseException as error:
            if not _is_index_fault(error):
                raise
            self._discard(owner, str(error))
            return None

    def _discard(self, owner: str, why: str) -> None:
        from harmonia_plugins.store.tantivy_index import discard

        message = f"a lexical index was rebuilt from the table: {why[:200]}"
        log.warning("%s (%s)", message, owner)
        with self._lock:
            self.healed.append(message)
        discard(self._folder / owner)


def _is_index_fault(error: BaseException) -> bool:
    """Tell a damaged index from a bug or an interrupt; a Rust panic is no `Exception`."""
    return isinstance(error, (ValueError, OSError, RuntimeError, KeyError, TypeError)) or (
        type(error).__name__ == "PanicException"
    )
