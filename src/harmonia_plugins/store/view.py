"""A user's rows as arrays, one for each column, and how rows of the table become them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.store.arrow import ArrowColumn, ArrowTable
from harmonia_plugins.store.codes import Codes
from harmonia_plugins.store.rows import KINDS, ROLES

UNKNOWN = np.iinfo(np.int64).min
"""Stands for "no time" and, as an open start, lies before every time."""
OPEN = np.iinfo(np.int64).max
"""Stands for an open end."""

COLUMN_TYPES: dict[str, Any] = {
    "seq": np.int64,
    "recorded_at": np.int64,
    "time": np.int64,
    "valid_from": np.int64,
    "valid_to": np.int64,
    "place": np.int64,
    "kind": np.int8,
    "status": np.int8,
    "type": np.int8,
    "role": np.int8,
    "layer": np.int8,
    "session": np.int32,
    "speaker": np.int32,
    "revision": np.int32,
    "length": np.int32,
    "flags": np.int8,
    "until": np.int64,
    "previous": np.int32,
    "confidence": np.float32,
    "waiting": np.bool_,
    "current": np.bool_,
    "searchable": np.bool_,
}

LAYERS = {"message": 0, "memory": 1, "item": 2}


@dataclass(frozen=True, slots=True)
class View:
    """A user's rows at one moment, as arrays of one length in arrival order.

    `current` are the newest revisions of what was not deleted; `searchable` have a vector and
    mark no deletion.
    `until` is when the next revision of the same record was recorded. `previous` and `following`
    are the neighbours of a message in its session, -1 at its ends.
    Times are microseconds since 1970, `UNKNOWN` and `OPEN` where there is none.
    """

    size: int
    seq: NDArray[np.int64]
    recorded_at: NDArray[np.int64]
    time: NDArray[np.int64]
    valid_from: NDArray[np.int64]
    valid_to: NDArray[np.int64]
    place: NDArray[np.int64]
    kind: NDArray[np.int8]
    status: NDArray[np.int8]
    type: NDArray[np.int8]
    role: NDArray[np.int8]
    layer: NDArray[np.int8]
    session: NDArray[np.int32]
    speaker: NDArray[np.int32]
    revision: NDArray[np.int32]
    length: NDArray[np.int32]
    flags: NDArray[np.int8]
    until: NDArray[np.int64]
    previous: NDArray[np.int32]
    following: NDArray[np.int32]
    confidence: NDArray[np.float32]
    waiting: NDArray[np.bool_]
    current: NDArray[np.bool_]
    searchable: NDArray[np.bool_]
    vectors: NDArray[np.float32]
    usable: NDArray[np.bool_] | None
    """`current & searchable`, or None where that is every row."""
    memories: NDArray[np.intp]
    """Which rows are memories, in whatever revision."""
    inactive: NDArray[np.intp]
    """Which of them are superseded, retracted or otherwise not active."""


class Encoder:
    """Turns the columns of one user's rows into arrays; keeps the names behind the numbers."""

    def __init__(self) -> None:
        self.sessions = Codes()
        self.speakers = Codes()
        self.statuses = Codes(("active", "archived", "deleted", "superseded", "retracted"))
        self.types = Codes()
        self._kinds = Codes(KINDS)
        self.roles = Codes(ROLES)

    def encode(self, table: ArrowTable) -> dict[str, Any]:
        """Return the columns that follow from single rows, as arrays."""

        def whole(name: str) -> ArrowColumn:
            column = table[name]
            return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()

        def numbers(name: str, missing: float) -> NDArray[Any]:
            return whole(name).fill_null(missing).to_numpy(zero_copy_only=False)

        status = self.statuses.encode(whole("status"))
        kind = self._kinds.encode(whole("kind"))
        return {
            "seq": numbers("seq", 0),
            "recorded_at": numbers("recorded_at", 0),
            "time": numbers("time", UNKNOWN),
            "valid_from": numbers("valid_from", UNKNOWN),
            "valid_to": numbers("valid_to", OPEN),
            "kind": kind,
            "status": status,
            "type": self.types.encode(whole("type")),
            "role": self.roles.encode(whole("role")),
            "layer": np.array([LAYERS.get(name, -1) for name in KINDS], np.int8)[kind],
            "session": self.sessions.encode(whole("session_id")),
            "speaker": self.speakers.encode(whole("name")),
            "revision": numbers("revision", 1),
            "length": numbers("length", 0),
            "flags": numbers("flags", 0),
            "confidence": numbers("confidence", 1.0),
            "waiting": numbers("waiting", missing=False),
            "current": status != self.statuses.get("deleted"),
        }
