"""The store as a whole: opening, healing, its collections, purging, closing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harmonia_plugins.errors import (
    CorruptStoreError,
    EmbedderMismatchError,
    ProviderError,
    SchemaVersionError,
    StoreError,
    StoreWriteError,
)
from harmonia_plugins.model import Purged
from harmonia_plugins.store.backlog import Backlog
from harmonia_plugins.store.collection import Collection
from harmonia_plugins.store.commits import Plan
from harmonia_plugins.store.healing import open_healed
from harmonia_plugins.store.indexes import Indexes
from harmonia_plugins.store.layout import SCHEMA_VERSION, Identity, Layout
from harmonia_plugins.store.learned import count_waiting
from harmonia_plugins.store.locks import ProcessLocks
from harmonia_plugins.store.maintenance import Maintenance
from harmonia_plugins.store.migrations import migrate
from harmonia_plugins.store.position import Position
from harmonia_plugins.store.table import Table, connect
from harmonia_plugins.store.tantivy_index import discard_all
from harmonia_plugins.text.analysis import ANALYSIS_VERSION, Analyzer

if TYPE_CHECKING:
    from harmonia_plugins.config import Settings
    from harmonia_plugins.ports import Embedder
    from harmonia_plugins.store.resident import Resident

log = logging.getLogger(__name__)
T = TypeVar("T")

RECORDS, ITEMS = "records", "items"
_TABLES = (RECORDS, ITEMS)


class Store:
    """An open store. Collections: `records` (messages and memories) and `items`."""

    def __init__(
        self, root: Path, embedder: Embedder, settings: Settings, *, background: bool
    ) -> None:
        self.layout = Layout(root)
        self._create_folders()
        self.locks = ProcessLocks(self.layout.locks, settings.lock_timeout)
        self.healed: list[str] = []
        self._connection = connect(self.layout.lance)
        with self._opening():
            self.identity = self._identify(embedder)
            tables = [self._open_table(name) for name in _TABLES]
            spare = [self._open_table(name) for name in _TABLES]
            self._position = self._open_position()
            self.analyzer = Analyzer()
            # Items are overwritten in place, which an index of rows in the order they came cannot
            # follow: their words are always found from memory.
            self.indexes, no_indexes = (
                Indexes(
                    folder, self.analyzer, settings.lexical_threshold, settings.lexical_open,
                    writable=self.writable,
                )
                for folder in (self.layout.lexical, None)
            )  # fmt: skip
            self.records, self.items = (
                Collection(
                    table, number, self._position, self.locks, indexes,
                    settings.resident_bytes, settled=self.writable,
                    replace_rows=table.name == ITEMS,
                )
                for number, (table, indexes) in enumerate(
                    zip(tables, (self.indexes, no_indexes), strict=True)
                )
            )  # fmt: skip
            self._backlog = Backlog(self.records, self.layout.learned_file, writable=self.writable)
        self.maintenance = Maintenance(
            list(zip((self.records, self.items), spare, strict=True)),
            self.locks, settings.fragments, background=background,
        )  # fmt: skip

    def _create_folders(self) -> None:
        try:
            self.layout.create()
        except OSError as error:
            if not self.layout.identity_file.exists():
                raise self._unwritable(error) from error

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """Hold the write lock while opening; a folder that cannot be locked is read-only."""
        try:
            lock = self.locks.writing()
            lock.__enter__()
        except StoreWriteError as error:
            denied = isinstance(error.__cause__, OSError)
            busy = error.__cause__ is None or isinstance(error.__cause__, TimeoutError)
            if busy or not denied or not self.layout.identity_file.exists():
                raise
            log.warning("opened read-only: %s", error)
            self.writable = False
            yield
            return
        self.writable = True
        try:
            yield
        finally:
            lock.__exit__(None, None, None)

    def _open_position(self) -> Position:
        try:
            return Position(self.layout.position_file, len(_TABLES), writable=self.writable)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> StoreWriteError:
        return StoreWriteError(
            f"no store can be made in {self.layout.root} ({error}); give a folder that this "
            "process may write to, on a disk with free space"
        )

    def _identify(self, embedder: Embedder) -> Identity:
        found = self.layout.read_identity()
        if found is None:
            return self._new_identity(embedder)
        if found.schema_version > SCHEMA_VERSION:
            raise SchemaVersionError(
                f"{self.layout.root} was written with schema {found.schema_version}, this version "
                f"reads up to {SCHEMA_VERSION}: pip install --upgrade harmonia-plugins"
            )
        if found.embedder != embedder.fingerprint:
            raise EmbedderMismatchError(
                f"{self.layout.root} holds vectors of {found.embedder!r}, not of "
                f"{embedder.fingerprint!r}, and vectors of two models cannot be compared: open it "
                "with the embedder it was written with, or store into a new folder"
            )
        dimension = _dimension_if_known(embedder, found.dimension)
        if found.dimension != dimension:
            raise CorruptStoreError(
                f"{self.layout.identity_file} tells of vectors of {found.dimension} numbers, where "
                f"{found.embedder!r} makes {dimension}; open it with an embedder that makes as "
                "many as before, or, if nobody has changed that, restore this one file from a "
                "backup or from another store written with the same embedder"
            )
        return migrate(self.layout, self._connection, found) if self.writable else found

    def _new_identity(self, embedder: Embedder) -> Identity:
        found = Identity(SCHEMA_VERSION, embedder.fingerprint, embedder.dimension, ANALYSIS_VERSION)
        if any(self.layout.lance.glob("*/_versions/*")):
            raise CorruptStoreError(
                f"{self.layout.identity_file} is missing, and without it nobody knows which "
                "embedder the vectors are of; restore this one file from a backup or from another "
                "store written with the same embedder"
            )
        try:
            self.layout.write_identity(found)
        except OSError as error:
            raise self._unwritable(error) from error
        return found

    def _open_table(self, name: str) -> Table:
        def opened() -> Table:
            table = Table(self._connection, self.layout.lance, name, self.identity.dimension)
            table.open(create=self.writable)
            return table

        table, healed = open_healed(self.layout.table(name), opened)
        if healed:  # what was built on the lost version can be ahead of the table
            discard_all(self.layout.lexical)
            self.layout.learned_file.unlink(missing_ok=True)
        self.healed += [*healed, *table.healed]
        return table

    def write(
        self, user_id: str, plan: Plan[T], *, items: bool = False, position: int | None = None
    ) -> T:
        """Commit a write to a user's records or items, then see to maintenance.

        Raises:
            PositionMovedError: the user's rows have changed since `position`; nothing was written.
        """
        self._require_writable()
        collection = self.items if items else self.records
        result = collection.write(user_id, plan, position=position)
        self.maintenance.after_commit()
        return result

    def forget_items(self, user_id: str) -> None:
        """Remove all items of a user."""
        if len(self.items.resident(user_id)):
            self.write(user_id, lambda draft: draft.forget_user(), items=True)

    def waiting_users(self) -> list[str]:
        """Return the users whose messages wait to be learned from, the oldest message first."""
        return list(dict.fromkeys(self._backlog.users()))

    def repairs(self) -> tuple[str, ...]:
        """Return what was healed since opening, one sentence each."""
        return (*self.healed, *self.indexes.healed)

    def counts(self) -> dict[str, int]:
        """Return totals of the store: records ever stored and not forgotten."""
        records, items = self.records.count, self.items.count
        return {
            "rows": records(None) + items(None),
            "messages": records("kind = 'message' AND revision = 1"),
            "memories": records("kind = 'memory' AND revision = 1"),
            "items": items("kind = 'item' AND status = 'active'"),
            "waiting": len(self._backlog.users()),
        }

    def user_counts(self, user_id: str) -> dict[str, int]:
        """Return a user's totals, newest revisions only."""
        first = _counted(self.records.resident(user_id))
        second = _counted(self.items.resident(user_id))
        return {name: count + second[name] for name, count in first.items()}

    def purge(self) -> Purged:
        """Make the bytes of everything forgotten or replaced leave the disk.

        Holds off all writers of all processes while the tables are rewritten.
        """
        self._require_writable()
        before = self.layout.disk_bytes()
        records = 0
        with self.locks.maintaining(wait=True), self.locks.writing():
            for collection in (self.records, self.items):
                records += collection.rewrite()
            discard_all(self.layout.lexical)
            for damaged in self.layout.lance.glob("*/_versions/*.damaged"):
                damaged.unlink()
        return Purged(records=records, bytes_before=before, bytes_after=self.layout.disk_bytes())

    def users(self) -> Iterator[str]:
        """Yield every user that has records or items, each once."""
        seen: set[str] = set()
        for collection in (self.records, self.items):
            for name in collection.users():
                if name not in seen:
                    seen.add(name)
                    yield name

    def _require_writable(self) -> None:
        if not self.writable:
            raise StoreWriteError(
                f"{self.layout.root} was opened read-only, because its locks could not be taken; "
                "nothing was written: make the folder writable and open it again"
            )

    def flush(self) -> None:
        """Do the maintenance that is due, now; a run in progress is waited for.

        Raises:
            StoreError: it failed; what is stored is not concerned.
        """
        if self.writable:
            self.maintenance.run(wait=True)
            if self.maintenance.failures:
                raise StoreError(
                    f"maintenance of {self.layout.root} failed ({self.maintenance.failures[-1]}); "
                    "what is stored is complete, it only takes more room: check free space and "
                    "permissions, then flush again"
                )

    def close(self) -> None:
        """End maintenance and let go of the files."""
        self.maintenance.close()
        self._position.close()


def _dimension_if_known(embedder: Embedder, recorded: int) -> int:
    """Return the embedder's dimension; a model server that is down must not keep a store shut."""
    try:
        return embedder.dimension
    except ProviderError as error:
        log.warning("the embedder cannot be asked now, the store opens all the same: %s", error)
        return recorded


def _counted(resident: Resident) -> dict[str, int]:
    view = resident.view()
    current = view.layer[view.current]
    return {
        "rows": view.size,
        "messages": int((current == 0).sum()),
        "memories": int((current == 1).sum()),
        "items": int((current == 2).sum()),
        "waiting": count_waiting(resident),
    }
