"""The one shape everything is stored in: a row, its keys, and its Arrow schema.

Rows are only ever added: a change to a memory or a message is a row with the next revision.
What a search filters or ranks by has a column of its own; the rest of a record is JSON in `body`.
Filters that reach the database hold hashes and integers only (`owner`, `key`, `seq`), so a user
or session id is never part of a query's syntax.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from harmonia_plugins.store.arrow import ArrowTable, arrow

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Kind = Literal["message", "memory", "item", "ledger", "tombstone"]
KINDS: tuple[Kind, ...] = ("message", "memory", "item", "ledger", "tombstone")
ROLES = ("user", "assistant", "system", "tool")

Identity = tuple[Kind, str, str]
"""What a record is to its user: kind, session id ('' for none) and id."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One revision of one record. Times are microseconds since 1970 in UTC.

    `time` is when the thing said happened (a message's `created_at`, a memory's `occurred_at` or
    else `valid_from`); `waiting` marks a message to be learned from, `moved` one that takes a new
    place in its session's log; `length` counts the indexed terms, `flags` are those of
    `text.flags`; `vector` is None for what is not searched by meaning; `seq` is 0 until the
    commit gives it its place in the store's order.
    """

    kind: Kind
    user_id: str
    id: str
    recorded_at: int
    body: str
    session_id: str | None = None
    revision: int = 1
    seq: int = 0
    time: int | None = None
    valid_from: int | None = None
    valid_to: int | None = None
    status: str = "active"
    type: str | None = None
    confidence: float | None = None
    role: str | None = None
    name: str | None = None
    waiting: bool = False
    moved: bool = False
    length: int = 0
    flags: int = 0
    text: str = ""
    vector: NDArray[np.float32] | None = None

    @property
    def identity(self) -> Identity:
        """What the row is a revision of, within its user."""
        return identity_of(self.kind, self.session_id, self.id)


def identity_of(kind: Kind, session_id: str | None, id: str) -> Identity:
    """Return a record's identity: only messages and items are told apart by session too."""
    return (kind, "" if kind == "memory" or session_id is None else session_id, id)


def digest(*parts: str) -> str:
    """Return 32 hexadecimal characters that stand for these strings.

    Lengths are part of what is hashed, so no choice of ids can make two lists look alike.
    """
    hasher = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8")
        hasher.update(b"%d:" % len(data))
        hasher.update(data)
    return hasher.hexdigest()


@lru_cache(maxsize=4096)
def owner_of(user_id: str) -> str:
    """Return the hash under which a user's rows, locks and indexes are filed."""
    return digest("user", user_id)


def record_key(user_id: str, identity: Identity) -> str:
    """Return the hash of a record, whatever its revision."""
    return digest(user_id, *identity)


def row_key(row: Row) -> str:
    """Return the unique key of a row; an item has one row, everything else one per revision."""
    record = record_key(row.user_id, row.identity)
    return record if row.kind == "item" else f"{record}:{row.revision}"


def to_micros(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970 in UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(value: int) -> datetime:
    """Return the aware datetime in UTC that `to_micros` took."""
    return _EPOCH + timedelta(microseconds=value)


COLUMNS = (
    "key",
    "seq",
    "owner",
    "user_id",
    "kind",
    "session_id",
    "id",
    "revision",
    "recorded_at",
    "time",
    "valid_from",
    "valid_to",
    "status",
    "type",
    "confidence",
    "role",
    "name",
    "waiting",
    "moved",
    "length",
    "flags",
    "text",
    "body",
)
"""All columns but the vector."""


def schema(dimension: int) -> Any:
    """Return the Arrow schema of a table whose vectors have `dimension` numbers."""
    pa = arrow()
    integers = {"seq", "recorded_at", "time", "valid_from", "valid_to"}
    special = {
        "revision": pa.int32(),
        "length": pa.int32(),
        "flags": pa.int8(),
        "confidence": pa.float32(),
        "waiting": pa.bool_(),
        "moved": pa.bool_(),
    }
    columns = [
        pa.field(name, special.get(name, pa.int64() if name in integers else pa.string()))
        for name in COLUMNS
    ]
    return pa.schema([*columns, pa.field("vector", pa.list_(pa.float32(), dimension))])


def to_arrow(rows: list[Row], dimension: int) -> ArrowTable:
    """Return rows as an Arrow table of `schema(dimension)`; no vector is written as zeros."""
    import numpy as np

    pa = arrow()
    shape = schema(dimension)
    owners = {user_id: owner_of(user_id) for user_id in {row.user_id for row in rows}}
    derived = {
        "key": [row_key(row) for row in rows],
        "owner": [owners[row.user_id] for row in rows],
        # A tombstone outlives what it forgets, so it must not name the user.
        "user_id": [None if row.kind == "tombstone" else row.user_id for row in rows],
    }
    arrays = [
        pa.array(
            derived[name] if name in derived else [getattr(row, name) for row in rows],
            shape.field(name).type,
        )
        for name in COLUMNS
    ]
    flat = np.zeros((len(rows), dimension), np.float32)
    for place, row in enumerate(rows):
        if row.vector is not None:
            flat[place] = row.vector
    vectors = pa.FixedSizeListArray.from_arrays(flat.reshape(-1), dimension)
    return pa.Table.from_arrays([*arrays, vectors], schema=shape)
