"""One user's rows, ready in memory: what a warm recall reads instead of the database."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.store.arrow import ArrowTable
from harmonia_plugins.store.codes import Codes
from harmonia_plugins.store.growing import Growing
from harmonia_plugins.store.rows import KINDS, Identity, Kind, Row, identity_of
from harmonia_plugins.store.view import COLUMN_TYPES, LAYERS, OPEN, UNKNOWN, Encoder, View

if TYPE_CHECKING:
    from harmonia_plugins.store.lexical import Lexical

_MOST_DECODED = 20_000
"""Values kept as they were decoded; then keeping begins anew."""

_DECODED_BYTES, _KNOWN_BYTES = 1000, 100
"""Estimated memory of a decoded value, and of a text's place among the known ones."""


class Resident:
    """The rows of one user in one table.

    Appends are serialised by the store; a reader takes a `view` and is not disturbed by them.
    """

    def __init__(self, owner: str, dimension: int, lexical: Lexical) -> None:
        self.owner = owner
        self.user_id = ""
        self.position = 0
        self.epoch = 0
        self.lexical = lexical
        self._encoder = Encoder()
        self.sessions = self._encoder.sessions
        self.speakers = self._encoder.speakers
        self.statuses = self._encoder.statuses
        self.types = self._encoder.types
        self._columns = {name: Growing(kind) for name, kind in COLUMN_TYPES.items()}
        self._vectors = Growing(np.float32, dimension)
        self._ids: list[str] = []
        self._texts: list[str] = []
        self._bodies: list[str] = []
        self._latest: dict[Identity, int] = {}
        self._older: dict[Identity, list[int]] = {}
        self._tails: dict[int, int] = {}
        self._by_text: dict[str, int] | None = None
        self._decoded: dict[int, Any] = {}
        self.derived: dict[str, Any] = {}
        """What readers have derived from the rows, kept here for as long as the rows."""
        self._view: View | None = None
        self._text_bytes = 0
        self._lock = threading.RLock()  # between an append and who looks at several columns

    def append(self, table: ArrowTable, vectors: NDArray[np.float32]) -> None:
        """Take in rows (all columns but the vector) in the order of their `seq`.

        Tombstones only move `position` and `epoch`: what they forget, the store drops by
        loading the user anew.
        """
        with self._lock:
            new = table["seq"].to_numpy() > self.position
            if not new.all():  # shown already, by whoever looked first
                table, vectors = table.filter(new), vectors[new]
            if table.num_rows:
                self._take_in(table, vectors)
                self._view = None

    def _take_in(self, table: ArrowTable, vectors: NDArray[np.float32]) -> None:
        seq = table["seq"].to_numpy()
        self.position = max(self.position, int(seq[-1]))
        stones = np.asarray(table["kind"].to_pylist()) == "tombstone"
        if stones.any():
            self.epoch = max(self.epoch, int(seq[stones][-1]))
            table, vectors = table.filter(~stones), vectors[~stones]
        if table.num_rows:
            self.user_id = table["user_id"][0].as_py()
            self._append(table.combine_chunks(), vectors)

    def _append(self, table: ArrowTable, vectors: NDArray[np.float32]) -> None:
        base = len(self._ids)
        ids, texts, bodies = (table[name].to_pylist() for name in ("id", "text", "body"))
        block = self._encoder.encode(table)
        # What marks a deletion repeats the text, and must not be found at any `known_at`.
        block["searchable"] = vectors.any(axis=1) & block["current"]
        self._link(base, ids, block, table["moved"].to_pylist())
        for name, values in block.items():
            self._columns[name].extend(values)
        self._vectors.extend(vectors)
        self._ids += ids
        self._texts += texts
        self._bodies += bodies
        self._text_bytes += sum(map(len, texts)) + sum(map(len, bodies)) + 500 * len(ids)
        for offset in np.flatnonzero(block["searchable"]).tolist():
            self.lexical.add(base + offset, int(block["seq"][offset]), texts[offset])
            if self._by_text is not None:
                self._by_text.setdefault(texts[offset], base + offset)

    def _link(self, base: int, ids: list[str], block: dict[str, Any], moved: list[bool]) -> None:
        """Find each row's place in its record's history and, for a message, in its session."""
        # Plain lists: this loop runs once per row, where NumPy's scalars cost more than the work.
        kinds: list[int] = block["kind"].tolist()
        sessions: list[int] = block["session"].tolist()
        seqs = block["seq"].tolist()
        places, previous = seqs.copy(), [-1] * len(ids)
        recorded = block["recorded_at"].tolist()
        outdated: dict[int, int] = {}
        for offset, identifier in enumerate(ids):
            number, kind, session = base + offset, KINDS[kinds[offset]], sessions[offset]
            name = self.sessions.names[session] if session >= 0 else None
            identity = identity_of(kind, name, identifier)
            before = self._latest.get(identity)
            self._latest[identity] = number
            stays = before is not None and not moved[offset]
            if before is not None:
                self._older.setdefault(identity, []).append(before)
                outdated[before] = recorded[offset]
            if stays:
                places[offset] = self._at("place", before, base, places)
            if kind == "message":
                if stays:
                    previous[offset] = self._at("previous", before, base, previous)
                    self._replace_neighbour(before, number, session, base, previous)
                else:
                    previous[offset] = self._tails.get(session, -1)
                    self._tails[session] = number
        block["place"], block["previous"] = places, previous
        block["until"] = np.full(len(ids), OPEN, np.int64)
        self._outdate(base, outdated, block)

    def _at(self, name: str, number: int | None, base: int, block: list[int]) -> int:
        """Read a value of an earlier row, which may be in the block that is being added."""
        assert number is not None
        return block[number - base] if number >= base else int(self._columns[name].view()[number])

    def _replace_neighbour(
        self, before: int | None, number: int, session: int, base: int, previous: list[int]
    ) -> None:
        """Let the message after an edited one point to the new revision."""
        if self._tails.get(session) == before:
            self._tails[session] = number
            return
        stored = np.flatnonzero(self._columns["previous"].view() == before)
        if len(stored):
            self._columns["previous"].replace(stored, number)
        for offset, value in enumerate(previous):
            if value == before and base + offset != number:
                previous[offset] = number

    def _outdate(self, base: int, outdated: dict[int, int], block: dict[str, Any]) -> None:
        """Close earlier revisions at the moments the next ones were recorded."""
        inside = {number - base: at for number, at in outdated.items() if number >= base}
        outside = {number: at for number, at in outdated.items() if number < base}
        block["current"][list(inside)] = False
        block["until"][list(inside)] = list(inside.values())
        if outside:
            self._columns["current"].replace(list(outside), values=False)
            self._columns["until"].replace(list(outside), values=list(outside.values()))

    def use_index(self, lexical: Lexical) -> None:
        """Find words through another lexical side from now on, giving it what it does not hold."""
        view = self.view()
        for number in np.flatnonzero(view.searchable).tolist():
            lexical.add(number, int(view.seq[number]), self._texts[number])
        self.lexical = lexical

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def outdated(self) -> int:
        """How many rows are earlier revisions."""
        return len(self._ids) - len(self._latest)

    @property
    def nbytes(self) -> int:
        """Memory held, texts estimated."""
        arrays = sum(column.nbytes for column in self._columns.values())
        kept = _DECODED_BYTES * len(self._decoded) + _KNOWN_BYTES * len(self._by_text or ())
        return arrays + self._vectors.nbytes + self._text_bytes + self.lexical.nbytes + kept

    def view(self) -> View:
        """Return the rows as they are now; the same object until something is appended."""
        view = self._view
        if view is None:
            with self._lock:
                view = self._view = self._take()
        return view

    def _take(self) -> View:
        arrays: dict[str, Any] = {name: column.view() for name, column in self._columns.items()}
        previous = arrays["previous"]
        following = np.full(len(previous), -1, np.int32)
        linked = np.flatnonzero(previous >= 0)
        following[previous[linked]] = linked
        usable = arrays["current"] & arrays["searchable"]
        memories = np.flatnonzero(arrays["layer"] == LAYERS["memory"])
        return View(
            size=len(previous),
            following=following,
            vectors=self._vectors.view(),
            usable=None if usable.all() else usable,
            memories=memories,
            inactive=memories[arrays["status"][memories] != self.statuses.get("active")],
            **arrays,
        )

    def latest(self, identity: Identity) -> int | None:
        """Return the number of a record's newest revision, deleted or not."""
        with self._lock:
            return self._latest.get(identity)

    def revisions(self, identity: Identity) -> list[int]:
        """Return the numbers of a record's revisions, oldest first."""
        with self._lock:
            newest = self._latest.get(identity)
            return [] if newest is None else [*self._older.get(identity, ()), newest]

    def of_kind(self, kind: Kind) -> Iterator[tuple[Identity, int]]:
        """Yield every record of a kind with its newest revision, in order of first arrival."""
        with self._lock:
            everything = list(self._latest.items())
        for identity, number in everything:
            if identity[0] == kind:
                yield identity, number

    def log(self, session_id: str) -> list[int]:
        """Return the messages of a session that are not deleted, in the order of its log."""
        view = self.view()
        mine = view.session == self.sessions.get(session_id)
        found = np.flatnonzero(mine & (view.kind == KINDS.index("message")) & view.current)
        return found[np.argsort(view.place[found], kind="stable")].tolist()

    def memory_rows(self, *, after: int) -> list[int]:
        """Return every revision of every memory committed after a place in the store's order."""
        view = self.view()
        mine = (view.kind == KINDS.index("memory")) & (view.seq > after)
        return np.flatnonzero(mine).tolist()

    def id(self, number: int) -> str:
        """Return a row's id."""
        return self._ids[number]

    def text(self, number: int) -> str:
        """Return a row's searchable text."""
        return self._texts[number]

    def session(self, number: int) -> str | None:
        """Return a row's session id."""
        code = int(self._columns["session"].view()[number])
        return self.sessions.names[code] if code >= 0 else None

    def row(self, number: int) -> Row:
        """Return a row as it was stored (but for `moved`)."""
        at: dict[str, Any] = {name: column.at(number) for name, column in self._columns.items()}
        kind: Kind = KINDS[int(at["kind"])]
        return Row(
            kind=kind,
            user_id=self.user_id,
            id=self._ids[number],
            recorded_at=at["recorded_at"],
            body=self._bodies[number],
            session_id=_name(self.sessions, at["session"]),
            revision=at["revision"],
            seq=at["seq"],
            time=None if at["time"] == UNKNOWN else at["time"],
            valid_from=None if at["valid_from"] == UNKNOWN else at["valid_from"],
            valid_to=None if at["valid_to"] == OPEN else at["valid_to"],
            status=self.statuses.names[int(at["status"])],
            type=_name(self.types, at["type"]),
            confidence=at["confidence"] if kind == "memory" else None,
            role=_name(self._encoder.roles, at["role"]),
            name=_name(self.speakers, at["speaker"]),
            waiting=at["waiting"],
            length=at["length"],
            flags=at["flags"],
            text=self._texts[number],
            vector=self._vectors.view()[number] if at["searchable"] else None,
        )

    def body(self, number: int) -> dict[str, Any]:
        """Return what a row keeps beside its columns."""
        return json.loads(self._bodies[number])

    def decoded(self, number: int) -> Any:
        """Return what `keep_decoded` kept for a row, or None."""
        return self._decoded.get(number)

    def keep_decoded(self, number: int, value: Any) -> None:
        """Keep what a row was decoded to, so that the next hit on it costs nothing."""
        if len(self._decoded) >= _MOST_DECODED:
            self._decoded = {}
        self._decoded[number] = value

    def vector_of(self, text: str) -> NDArray[np.float32] | None:
        """Return the vector of a row with exactly this text, if there is one."""
        known = self._by_text
        if known is None:
            searchable = self.view().searchable
            pairs = enumerate(zip(self._texts, searchable.tolist(), strict=False))
            known = {text: number for number, (text, has_vector) in pairs if has_vector}
            self._by_text = known
        number = known.get(text)
        return None if number is None else self._vectors.view()[number]


def _name(codes: Codes, code: int) -> str | None:
    return codes.names[code] if code >= 0 else None
