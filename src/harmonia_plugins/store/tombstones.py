"""Tombstones: how a `forget` is recorded, and which rows it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.store.arrow import ArrowTable
from harmonia_plugins.store.rows import Row, digest

_KEYS_PER_DELETE = 500


@dataclass(frozen=True, slots=True)
class Removal:
    """Rows that leave the table, and the hash by which a tombstone remembers it.

    `keys` is None for everything of the user.
    """

    scope: str
    keys: tuple[str, ...] | None


def surviving(table: ArrowTable) -> NDArray[np.bool_] | None:
    """Return which rows no tombstone has forgotten, or None where there is no tombstone.

    A tombstone's `id` is the hash of a record or of a session, or empty for the whole user; it
    forgets what is older than itself. The rows of a finished `forget` are gone already: this
    keeps one that was cut short from showing them.
    """
    kinds: Sequence[str] = table["kind"].to_pylist()
    if "tombstone" not in kinds:
        return None
    seqs, ids = table["seq"].to_pylist(), table["id"].to_pylist()
    newest: dict[str, int] = {}
    for kind, seq, scope in zip(kinds, seqs, ids, strict=True):
        if kind == "tombstone":
            newest[scope] = max(seq, newest.get(scope, 0))
    keys, users = table["key"].to_pylist(), table["user_id"].to_pylist()
    scopes = {
        session: session_scope(user, session)
        for user, session in set(zip(users, table["session_id"].to_pylist(), strict=True))
        if user is not None
    }
    kept = [
        kind == "tombstone"
        or seq
        >= max(newest.get("", 0), newest.get(key[:32], 0), newest.get(scopes.get(session, ""), 0))
        for kind, seq, key, session in zip(
            kinds, seqs, keys, table["session_id"].to_pylist(), strict=True
        )
    ]
    return np.array(kept, np.bool_)


def session_scope(user_id: str, session_id: str | None) -> str:
    """Return the hash of a user's session, as tombstones name it."""
    return digest("session", user_id, session_id or "")


def without_forgotten(rows: ArrowTable) -> ArrowTable:
    """Leave out what tombstones forget: a process may have died before it deleted the rows."""
    owners, kinds = rows["owner"].to_pylist(), rows["kind"].to_pylist()
    places: dict[str, list[int]] = {
        owner: [] for owner, kind in zip(owners, kinds, strict=True) if kind == "tombstone"
    }
    for place, owner in enumerate(owners):
        if owner in places:
            places[owner].append(place)
    kept = np.ones(len(owners), np.bool_)
    for mine in places.values():
        kept[mine] = surviving(rows.take(mine))
    return rows if kept.all() else rows.filter(kept)


def tombstone(user_id: str, removal: Removal) -> Row:
    """Return the row that remembers a removal: by a hash, it does not name the user."""
    return Row(
        kind="tombstone", user_id=user_id, id=removal.scope, recorded_at=0, body="{}",
    )  # fmt: skip


def forgotten_rows(owner: str, removal: Removal, before: int) -> Iterator[str]:
    """Yield filters that select the rows to remove, all older than a place in the order."""
    if removal.keys is None:
        yield f"owner = '{owner}' AND kind <> 'tombstone' AND seq < {before}"
        return
    for start in range(0, len(removal.keys), _KEYS_PER_DELETE):
        keys = ", ".join(f"'{key}'" for key in removal.keys[start : start + _KEYS_PER_DELETE])
        yield f"key IN ({keys})"
