"""What a write may read and add while it is being planned, under the write lock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from harmonia_plugins.store.resident import Resident
from harmonia_plugins.store.rows import Identity, Kind, Row, record_key, row_key
from harmonia_plugins.store.tombstones import Removal, session_scope


class Draft:
    """A user's rows as they will be: the stored ones with those planned so far on top.

    Several writes for one user may share a commit; each sees the ones planned before it. A
    removal is the last thing of its commit, so nothing is ever planned on top of one.
    """

    def __init__(self, user_id: str, resident: Resident) -> None:
        self.user_id = user_id
        self.resident = resident
        self.position = resident.position
        self.epoch = resident.epoch
        self._staged: dict[Identity, list[Row]] = {}
        self._rows: list[Row] = []
        self._removals: list[Removal] = []

    def latest(self, identity: Identity) -> Row | None:
        """Return the newest revision of a record, deleted ones too."""
        if staged := self._staged.get(identity):
            return staged[-1]
        number = self.resident.latest(identity)
        return None if number is None else self.resident.row(number)

    def revisions(self, identity: Identity) -> list[Row]:
        """Return all revisions of a record, oldest first."""
        stored = [self.resident.row(number) for number in self.resident.revisions(identity)]
        return stored + self._staged.get(identity, [])

    def staged(self, kind: Kind) -> list[Row]:
        """Return the newest revision of every record of a kind that this commit will change."""
        return [rows[-1] for identity, rows in self._staged.items() if identity[0] == kind]

    def of_kind(self, kind: Kind) -> Iterator[Row]:
        """Yield the newest revision of every record of a kind."""
        for identity, number in self.resident.of_kind(kind):
            if identity not in self._staged:
                yield self.resident.row(number)
        yield from self.staged(kind)

    def log(self, session_id: str) -> list[Row]:
        """Return a session's messages that are not deleted, in the order of its log."""
        stored = [self.resident.row(number) for number in self.resident.log(session_id)]
        rows = {row.identity: row for row in stored}
        for identity, staged in self._staged.items():
            if identity[0] == "message" and identity[1] == session_id:
                for row in staged:
                    if row.moved:
                        rows.pop(identity, None)
                    rows[identity] = row
        return [row for row in rows.values() if row.status != "deleted"]

    def memories_changed_since(self, position: int) -> bool:
        """Tell whether memories were written or anything was forgotten after a position."""
        staged = any(identity[0] == "memory" for identity in self._staged)
        forgot = self.epoch > position
        return staged or forgot or bool(self.resident.memory_rows(after=position))

    def add(self, row: Row) -> Row:
        """Plan a row; its revision follows the newest one of its record."""
        before = self.latest(row.identity)
        if before is not None:  # a clock may step back; what was believed when may not
            at = max(row.recorded_at, before.recorded_at)
            row = replace(row, revision=before.revision + 1, recorded_at=at)
        self._staged.setdefault(row.identity, []).append(row)
        self._rows.append(row)
        return row

    def forget_records(self, identities: Iterable[Identity]) -> None:
        """Plan the removal of records with all their revisions."""
        for identity in identities:
            scope = record_key(self.user_id, identity)
            self._removals.append(Removal(scope, tuple(self._keys(identity))))

    def forget_session(self, session_id: str) -> None:
        """Plan the removal of everything that belongs to a session."""
        gone = [
            identity
            for kind in ("message", "memory", "ledger")
            for row in self.of_kind(kind)
            for identity in (row.identity,)
            if row.session_id == session_id
        ]
        keys = tuple(key for identity in gone for key in self._keys(identity))
        self._removals.append(Removal(session_scope(self.user_id, session_id), keys))

    def forget_user(self) -> None:
        """Plan the removal of everything of the user."""
        self._removals.append(Removal("", None))

    def _keys(self, identity: Identity) -> Iterator[str]:
        return (row_key(row) for row in self.revisions(identity))

    def take(self) -> tuple[list[Row], list[Removal]]:
        """Return what was planned since the last call."""
        taken = self._rows, self._removals
        self._rows, self._removals = [], []
        return taken

    def undo(self) -> None:
        """Drop what was planned since the last `take`: a plan failed half-way."""
        for row in self._rows:
            staged = self._staged[row.identity]
            staged.remove(row)
            if not staged:
                del self._staged[row.identity]
        self.take()
