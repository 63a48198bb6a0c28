"""One LanceDB table: rows in, rows out, compaction, and errors that say what to do."""

from __future__ import annotations

import logging
import os
import re
import shutil
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from harmonia_plugins.errors import CorruptStoreError, StoreError, StoreWriteError
from harmonia_plugins.store.arrow import ArrowBatch, ArrowColumn, ArrowTable
from harmonia_plugins.store.durable import FolderSync, sync_folder
from harmonia_plugins.store.healing import is_complete
from harmonia_plugins.store.rows import COLUMNS, Row, schema, to_arrow

log = logging.getLogger(__name__)
T = TypeVar("T")

INDEXED = ("key", "owner", "seq")
"""Columns with a B-tree: what merges, loads and catching up filter on (20 to 70 times faster)."""

SEQ_PER_VERSION = 1 << 20
"""Rows one commit may hold; a row's place is its table version times this, plus its number."""

_BATCH = 8192
_FOREVER = timedelta(days=36500)
_PATH = re.compile(r"[^\s\"'(),]*\.(?:lance|manifest|txn|arrow|idx|bin)\b")


def connect(folder: Path) -> Any:
    """Open LanceDB on a folder, quietly."""
    os.environ.setdefault("LANCE_LOG", "error")
    import lancedb

    return lancedb.connect(os.fspath(folder))


class Table:
    """A table of rows; the caller holds the write lock for everything that changes it."""

    def __init__(self, connection: Any, lance: Path, name: str, dimension: int) -> None:
        self._connection = connection
        self.name = name
        self.path = lance / f"{name}.lance"
        self.dimension = dimension
        self._sync = FolderSync(self.path)
        self._table: Any = None
        self.healed: list[str] = []

    def open(self, *, create: bool) -> None:
        """Open the table, or make it where `create` allows.

        Raises:
            CorruptStoreError: the table is there but LanceDB cannot open it.
        """
        if create and not any(self.path.glob("_versions/*")):
            if any(self.path.glob("data/*")):
                raise self._damaged(FileNotFoundError(f"no {self.path}/_versions/*.manifest"))
            self._create()
        with _faults_as(self._damaged):
            self._table = self._connection.open_table(self.name)
            names = list(self._table.schema.names)
            if names != [*COLUMNS, "vector"]:
                raise ValueError(f"its columns are {names}")
            indexes: list[Any] = self._table.list_indices()
        if not create:
            self._sync.adopt()
            return
        with _faults_as(self._unwritable):
            self._sync.sync()  # a process that died in mid-commit has not flushed its files
        try:
            present = {index.columns[0] for index in indexes if self._works(index)}
            self._index_columns(present)
        except StoreError as error:  # without them everything is right, only slower
            log.warning("%s", error)

    def _works(self, index: Any) -> bool:
        """Tell whether an index can be read; one that cannot is dropped: the rows are all there."""
        files = (self.path / "_indices" / str(index.index_uuid)).glob("*.lance")
        value = -1 if index.columns[0] == "seq" else "''"
        try:
            if all(is_complete(file) for file in files):
                self._table.count_rows(f"{index.columns[0]} = {value}")
                return True
        except Exception as error:
            if not _is_fault(error):
                raise
        self._write(lambda: self._table.drop_index(index.name))
        message = f"the index {index.name} of {self.name} was damaged and has been built anew"
        log.warning("%s", message)
        self.healed.append(message)
        return False

    def _create(self) -> None:
        """Make the table, over what a process that died while making it may have left."""
        shutil.rmtree(self.path, ignore_errors=True)
        with _faults_as(self._unwritable):
            self._connection.create_table(
                self.name,
                schema=schema(self.dimension),
                storage_options={"new_table_enable_stable_row_ids": "true"},
            )
            sync_folder(self.path.parent)

    def _index_columns(self, present: Collection[str] = ()) -> None:
        from lancedb.index import BTree

        for column in INDEXED:
            if column not in present:
                self._write(lambda column=column: self._table.create_index(column, config=BTree()))

    def version(self) -> int:
        """Return the newest version on disk, and read from it from now on."""
        with _faults_as(self._damaged):
            self._table.checkout_latest()
            return int(self._table.version)

    def written(self) -> int:
        """Return the version of the last write through this handle, without asking the disk."""
        return int(self._table.version)

    def load(self, where: str, build: Callable[[Iterator[ArrowBatch]], T]) -> T:
        """Return what `build` makes of the rows that a filter of hashes and integers selects.

        The batches come in no promised order, one at a time so that a large user is never in
        memory twice; `build` is called again from the start when a file vanished under it.
        """
        return self._twice(lambda: build(self._batches(where)))

    def _batches(self, where: str) -> Iterator[ArrowBatch]:
        query = self._table.search().where(where).select([*COLUMNS, "vector"])
        return iter(query.to_batches(_BATCH))

    def column(self, name: str, where: str | None = None) -> ArrowColumn:
        """Return one column of the selected rows."""

        def run() -> ArrowColumn:
            query = self._table.search().select([name])
            return (query.where(where) if where else query).to_arrow()[name]

        return self._twice(run)

    def values(self, where: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return columns of the selected rows, one tuple a row."""

        def run() -> list[tuple[Any, ...]]:
            found = self._table.search().where(where).select(list(names)).to_arrow()
            return list(zip(*(found[name].to_pylist() for name in names), strict=True))

        return self._twice(run)

    def count(self, where: str | None = None) -> int:
        """Return how many rows a filter selects."""
        return self._twice(lambda: int(self._table.count_rows(where)))

    def append(self, rows: list[Row]) -> None:
        """Add rows whose keys are new, and flush them to the disk.

        LanceDB checks no keys here, which makes it five times faster than a merge. That is safe
        because keys hold a revision that was counted under the write lock, from rows in step
        with the table.
        """
        data = to_arrow(rows, self.dimension)
        self._write(lambda: self._table.add(data))

    def merge(self, rows: list[Row]) -> None:
        """Add rows, each replacing the one with its key, and flush; no key may come twice."""
        merge = self._table.merge_insert("key").when_matched_update_all()
        data = to_arrow(rows, self.dimension)
        self._write(lambda: merge.when_not_matched_insert_all().execute(data))

    def delete(self, where: str) -> None:
        """Delete the rows that a filter selects, and flush."""
        self._write(lambda: self._table.delete(where))

    def _write(self, step: Callable[[], Any]) -> None:
        with _faults_as(self._unwritable):
            step()
            self._sync.sync()

    def _unwritable(self, error: Exception) -> StoreWriteError:
        return StoreWriteError(
            f"writing to {self.path} failed ({_short(error)}); nothing of this call was "
            "acknowledged: check free space and permissions of the folder, then try again"
        )

    def fragments(self) -> int:
        """Return how many data files the newest version has, roughly one per commit."""
        return int(self._table.stats()["fragment_stats"]["num_fragments"])

    def unindexed(self) -> int:
        """Return how many rows the index on `owner` does not hold yet."""
        found = self._table.index_stats("owner_idx")
        return 0 if found is None else int(found.num_unindexed_rows)

    def rows(self) -> int:
        """Return how many rows the table holds."""
        self._table.checkout_latest()
        return int(self._table.count_rows())

    def compact(self, older_than: timedelta | None = None) -> bool:
        """Rewrite small files into large ones and bring the indexes up to date.

        Args:
            older_than: also remove versions older than this; None removes nothing.

        Returns:
            False where a deletion by another writer came in between: try again later.
        """
        return self._optimize(cleanup_older_than=older_than or _FOREVER)

    def _optimize(self, **options: Any) -> bool:
        try:
            self._table.checkout_latest()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # it warns of the zero we mean
                self._table.optimize(**options)
        except RuntimeError as error:
            if "commit conflict" not in str(error):
                raise
            log.debug("compaction of %s gave way to a writer", self.name)
            return False
        self._sync.sync()
        return True

    def committed(self) -> float:
        """Return when the version this handle is at was committed, in seconds since 1970."""
        here = int(self._table.version)
        versions: list[dict[str, Any]] = self._table.list_versions()
        return next(v["timestamp"].timestamp() for v in reversed(versions) if v["version"] == here)

    def prune(self, older_than: timedelta) -> None:
        """Remove versions older than this, unless another writer comes in between."""
        self._optimize(cleanup_older_than=older_than)

    def rewrite(self, keep: Callable[[ArrowTable], ArrowTable]) -> None:
        """Write the rows to keep into new files and remove every old one: deleted bytes are gone.

        A deletion in Lance is a mark beside the data; only a rewritten file loses the bytes.
        """
        with _faults_as(self._damaged):
            self._table.checkout_latest()
            data = keep(self._table.to_arrow())
        self._write(lambda: self._table.add(data, mode="overwrite"))
        self._index_columns()
        self._write(self._prune_all)

    def _prune_all(self) -> None:
        if not self._optimize(cleanup_older_than=timedelta(0), delete_unverified=True):
            raise RuntimeError("old versions could not be removed: another writer came in between")

    def _twice(self, read: Callable[[], T]) -> T:
        """Read; when a file vanished under it (maintenance elsewhere), refresh and read again."""
        try:
            return read()
        except Exception as first:
            if not _is_fault(first):
                raise
            log.debug("reading %s again: %s", self.name, _short(first))
        with _faults_as(self._damaged):
            self._table.checkout_latest()
            return read()

    def _damaged(self, error: Exception) -> StoreError:
        if not self.path.parent.exists():
            return StoreError(
                f"the store's folder {self.path.parent} has vanished: {_short(error)}"
            )
        found = _PATH.search(str(error))
        where = found.group(0) if found else os.fspath(self._cut_off() or self.path)
        return CorruptStoreError(
            f"{where} is missing or damaged ({_short(error)}); put that file back from a backup, "
            f"or restore the whole folder {self.path.parent.parent}: nothing else can bring the "
            "rows in it back"
        )

    def _cut_off(self) -> Path | None:
        """Return an index file that is empty or cut off: LanceDB's error names none."""
        files = self.path.glob("_indices/*/*.lance")
        return next((file for file in files if not is_complete(file)), None)


@contextmanager
def _faults_as(make: Callable[[Exception], StoreError]) -> Iterator[None]:
    """Turn what LanceDB and the disk raise into an error of ours; a bug stays what it is."""
    try:
        yield
    except Exception as error:
        if not _is_fault(error):
            raise
        raise make(error) from error


def _is_fault(error: Exception) -> bool:
    """Tell a fault of the files; a panic in Rust is one too, its class can only be named."""
    known = isinstance(error, (OSError, RuntimeError, ValueError))
    return known or type(error).__name__ == "RustPanic"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
