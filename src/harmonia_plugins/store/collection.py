"""A table with its users resident in memory: fresh reads, and writes that share commits."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.store.arrow import ArrowTable
from harmonia_plugins.store.commits import CommitQueue, Plan, PositionMovedError, Ticket
from harmonia_plugins.store.draft import Draft
from harmonia_plugins.store.heap import give_back
from harmonia_plugins.store.loading import collect, in_memory
from harmonia_plugins.store.resident import Resident
from harmonia_plugins.store.rows import Row, owner_of, row_key
from harmonia_plugins.store.table import SEQ_PER_VERSION, Table
from harmonia_plugins.store.tombstones import (
    Removal,
    forgotten_rows,
    surviving,
    tombstone,
    without_forgotten,
)

if TYPE_CHECKING:
    from harmonia_plugins.store.indexes import Indexes
    from harmonia_plugins.store.locks import ProcessLocks
    from harmonia_plugins.store.position import Position
    from harmonia_plugins.store.tantivy_index import UserIndex

log = logging.getLogger(__name__)
T = TypeVar("T")

_LARGE = 20_000
"""Rows from which a load leaves enough behind to be worth giving back."""


@dataclass(slots=True)
class _Group:
    """What one commit holds."""

    drafts: dict[str, Draft] = field(default_factory=dict[str, Draft])
    tickets: list[Ticket[Any]] = field(default_factory=list[Ticket[Any]])
    rows: list[Row] = field(default_factory=list[Row])
    removals: list[tuple[str, Removal]] = field(default_factory=list[tuple[str, Removal]])


class Collection:
    """One table of the store; safe to use from several threads and processes at once."""

    def __init__(
        self,
        table: Table,
        counter: int,
        position: Position,
        locks: ProcessLocks,
        indexes: Indexes,
        resident_bytes: int,
        *,
        settled: bool,
        replace_rows: bool = False,
    ) -> None:
        """Take a table and its counter; `settled` while no process can be in mid-commit."""
        self.table = table
        self._counter = counter
        self._position = position
        self._locks = locks
        self.indexes = indexes
        self._budget = resident_bytes
        self._replace_rows = replace_rows
        self._residents: OrderedDict[str, Resident] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._touched: set[str] = set()  # users whose lexical index may have fallen behind
        self._state = threading.RLock()  # residents and what they are in step with
        self._commits = CommitQueue(locks.writing)
        self._seen = position.read(counter)  # first: a commit in between is looked for again
        self._version = table.version()
        # Every row up to this `seq` is in the residents; of later ones each knows its own.
        self._last = _last_seq(self._version) if settled else 0
        self.commits = 0

    # -- reading ----------------------------------------------------------------------------

    def resident(self, user_id: str) -> Resident:
        """Return a user's rows, with every write acknowledged before this call, in any process."""
        if self._position.read(self._counter) != self._seen:
            with self._state:
                self._catch_up()
        owner = owner_of(user_id)
        found = self._use(owner)
        return found if found is not None else self._load(owner)

    def _use(self, owner: str) -> Resident | None:
        """Return a user who is in memory, now the most recently used one."""
        try:
            self._residents.move_to_end(owner)
            return self._residents[owner]
        except KeyError:
            return None

    def cached(self, user_id: str) -> Resident | None:
        """Return a user's rows if they are in memory and up to date, without waiting."""
        if self._position.read(self._counter) != self._seen:
            return None
        return self._use(owner_of(user_id))

    def users(self) -> list[str]:
        """Return everyone who has rows, in no promised order."""
        with self._state:
            self._catch_up()
        found = self.table.column("user_id", "kind <> 'tombstone'").unique().to_pylist()
        return [name for name in found if name is not None]

    def column_values(self, where: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
        """Return some columns of all rows that a filter of constants selects."""
        with self._state:
            self._catch_up()
        return self.table.values(where, names)

    def count(self, where: str | None) -> int:
        """Return how many rows of all users a filter of constants selects."""
        with self._state:
            self._catch_up()
        return self.table.count(where)

    def residents(self) -> list[Resident]:
        """Return the users in memory, least recently loaded or written first."""
        with self._state:
            return [resident for _, resident in self._by_last_use()]

    @property
    def nbytes(self) -> int:
        """Memory of the resident users."""
        return sum(list(self._sizes.values()))

    def _catch_up(self) -> None:
        """Take in what other processes committed since we last looked."""
        moved: int = self._position.read(self._counter)
        version: int = self.table.version()
        if self._version < 0:  # after a failure or a rewrite: everything is read anew
            self._residents.clear()
            self._sizes.clear()
        elif version != self._version and self._residents:
            # By `seq` and not by version: compaction makes versions too, so one that a writer
            # has counted on can be older than the one we have seen.
            self._publish(collect(self.table, f"seq > {self._last}"))
        self._version, self._seen = version, moved

    def _load(self, owner: str) -> Resident:
        with self._state:
            found = self._residents.get(owner)
            if found is not None:
                return found
            index = self.indexes.open(owner)
            self._catch_up()  # also tells whether the folder is still there
            resident = self._read(owner, index)
            self._residents[owner] = resident
            self._touched.add(owner)
            self._resize(owner, resident)
        if len(resident) >= _LARGE:
            give_back()
        return resident

    def _read(self, owner: str, index: UserIndex | None) -> Resident:
        where = f"owner = '{owner}'"
        rows, vectors = collect(self.table, where)
        kept = surviving(rows)
        if kept is not None:
            rows, vectors = rows.filter(kept), vectors[kept]
        if not self.indexes.worth(rows.num_rows):
            index = None
        resident = Resident(owner, self.table.dimension, self.indexes.lexical(index))
        resident.append(rows, vectors)
        if index is not None and not self.indexes.agrees(index, resident):
            resident.use_index(self.indexes.lexical(None))
        return resident

    def _resize(self, owner: str, resident: Resident) -> None:
        self._sizes[owner] = resident.nbytes
        self._close_indexes(keep=owner)
        while self.nbytes > self._budget and len(self._residents) > 1:
            oldest = self._by_last_use()[0][0]
            if oldest == owner:
                self._residents.move_to_end(oldest)
                continue
            self._evict(oldest)

    def _close_indexes(self, *, keep: str) -> None:
        """Let go of the users with the oldest open indexes: each open one costs a thread."""
        open_ones = [owner for owner, resident in self._by_last_use() if resident.lexical.has_index]
        for owner in open_ones[: max(0, len(open_ones) - self.indexes.most_open)]:
            if owner != keep:
                self._evict(owner)

    def _by_last_use(self) -> list[tuple[str, Resident]]:
        """Return the users in memory; readers take no lock, and reorder them at any moment."""
        return list(self._residents.items())

    def _evict(self, owner: str) -> None:
        self._residents.pop(owner, None)
        self._sizes.pop(owner, None)

    def _publish(self, found: tuple[ArrowTable, Any]) -> None:
        """Show committed rows to readers; users some of whose rows are gone are read anew."""
        rows, vectors = found
        if not rows.num_rows:
            return
        owners = rows["owner"].to_pylist()
        seqs = rows["seq"].to_numpy()
        stones = np.array([kind == "tombstone" for kind in rows["kind"].to_pylist()])
        self._last = max(self._last, int(seqs[-1]))
        for owner in dict.fromkeys(owners):
            resident = self._residents.get(owner)
            if resident is None:
                continue
            # A user who was loaded in the meantime has some of these rows already.
            mine = np.array([name == owner for name in owners]) & (seqs > resident.position)
            if stones[mine].any():
                self._evict(owner)
                continue
            if not mine.any():
                continue
            resident.append(rows if mine.all() else rows.filter(mine), vectors[mine])
            if self._replace_rows and resident.outdated > max(1000, len(resident) // 2):
                self._evict(owner)  # overwritten values are gone from disk, and so from memory
                continue
            self._residents.move_to_end(owner)
            self._touched.add(owner)
            self._resize(owner, resident)

    def outgrown(self, *, fresh: bool = False) -> list[Resident]:
        """Return the users in memory whose lexical index is worth an update.

        With `fresh`, what other processes wrote or forgot is taken in first.
        """
        with self._state:
            if fresh:
                self._catch_up()
            touched = [self._residents.get(owner) for owner in self._touched]
            found = [r for r in touched if r is not None and self.indexes.wants_update(r)]
            self._touched = {resident.owner for resident in found}
        return found

    def adopt_index(self, resident: Resident, index: UserIndex) -> None:
        """Let a resident user's words be found through an index that was brought up to date."""
        with self._state:
            if self._residents.get(resident.owner) is resident:
                resident.use_index(self.indexes.lexical(index))
                self._resize(resident.owner, resident)

    def rewrite(self) -> int:
        """Rewrite the table without what was forgotten, under the write lock; return its rows."""
        with self._state:
            self.table.rewrite(without_forgotten)
            self._version = -1
            self._position.move(self._counter)
        return self.table.rows()

    # -- writing ----------------------------------------------------------------------------

    def write(self, user_id: str, plan: Plan[T], *, position: int | None = None) -> T:
        """Plan and commit a write for one user; it is on the disk when this returns.

        Writes that wait at the same time share one commit, whose cost does not grow with them.

        Args:
            user_id: whose rows the plan may see and change.
            plan: called once, under the write lock.
            position: the user's position the caller's decisions rest on.

        Raises:
            PositionMovedError: the user's rows have changed since `position`.
            StoreWriteError: the commit failed; nothing of it is acknowledged.
        """
        return self._commits.write(user_id, plan, position, self._commit)

    def arriving(self) -> AbstractContextManager[None]:
        """Announce a write that is being prepared: while many are, a commit waits a moment."""
        return self._commits.arriving()

    def _commit(self, waiting: list[Ticket[Any]]) -> list[Ticket[Any]]:
        """Commit what waits; a removal ends a commit, what came after it is returned."""
        with self._state:
            self._catch_up_to_disk()
        group = _Group()
        number = 0
        for number, ticket in enumerate(waiting, 1):  # noqa: B007
            self._plan(ticket, group)
            if group.removals:
                break
        try:
            self._store(group)
        except BaseException as error:
            for ticket in group.tickets:
                ticket.error = error
            with self._state:  # whatever reached the disk is read from there
                for draft in group.drafts.values():
                    self._evict(draft.resident.owner)
                self._version = -1
            if not isinstance(error, Exception):
                raise
        for ticket in waiting[:number]:
            ticket.done = True
        return waiting[number:]

    def _catch_up_to_disk(self) -> None:
        """Before planning, look at the table itself: a writer may have died before telling."""
        self._catch_up()
        self._last = _last_seq(self._version)  # nobody is in mid-commit but us

    def _plan(self, ticket: Ticket[Any], group: _Group) -> None:
        draft = group.drafts.get(ticket.user_id)
        try:
            if draft is None:
                draft = Draft(ticket.user_id, self.resident(ticket.user_id))
                group.drafts[ticket.user_id] = draft
            if ticket.position is not None and ticket.position != draft.position:
                raise PositionMovedError("the user's rows have changed; look again")
            ticket.result = ticket.plan(draft)
        except Exception as error:  # noqa: BLE001 - handed to the caller whose plan it was
            ticket.error = error
            if draft is not None:
                draft.undo()
            return
        rows, removals = draft.take()
        if rows:
            draft.position = -1  # whoever decided on the old rows must look again
        group.tickets.append(ticket)
        group.rows += rows
        group.removals += [(ticket.user_id, removal) for removal in removals]

    def _store(self, group: _Group) -> None:
        """Commit a group: rows, then removals, then tell other processes, then show it here."""
        rows = [*group.rows, *(tombstone(user, removal) for user, removal in group.removals)]
        if not rows:
            return
        first = _last_seq(self._version) + 1
        numbered = [replace(row, seq=first + place) for place, row in enumerate(rows)]
        if len(numbered) > SEQ_PER_VERSION:
            raise InvalidInputError(f"at most {SEQ_PER_VERSION} records fit into one call")
        if self._replace_rows:
            self.table.merge(list({row_key(row): row for row in numbered}.values()))
        else:
            self.table.append(numbered)
        for user_id, removal in group.removals:
            for where in forgotten_rows(owner_of(user_id), removal, first + len(group.rows)):
                self.table.delete(where)
        with self._state:
            self._version = self.table.written()
            self._seen = self._position.move(self._counter)
            self._publish(in_memory(numbered, self.table.dimension))
        self.commits += 1


def _last_seq(version: int) -> int:
    """Return the greatest `seq` that a row committed up to a version can have."""
    return (version + 1) * SEQ_PER_VERSION - 1
