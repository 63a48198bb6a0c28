"""Between values and rows: nothing of a message or memory is lost on the way and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.model import ChangeKind, Item, Memory, Message, Revision
from harmonia_plugins.store.order import Order
from harmonia_plugins.store.resident import Resident
from harmonia_plugins.store.rows import ROLES, Row, from_micros, to_micros
from harmonia_plugins.text.flags import text_flags

Vector = NDArray[np.float32]
Kept = TypeVar("Kept", Message, Memory)

_IN_COLUMNS = frozenset(
    [
        "id",
        "revision",
        "user_id",
        "session_id",
        "content",
        "recorded_at",
        "type",
        "confidence",
        "valid_from",
        "valid_to",
        "status",
        "superseded_at",
    ]
)
"""Memory fields that have a column or follow from other rows; the rest is kept in `body`."""


def dumps(value: Any) -> str:
    """Return JSON that reads back equal; text stays as it is."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def message_row(
    message: Message,
    *,
    user_id: str,
    session_id: str,
    recorded_at: datetime,
    vector: Vector | None,
    length: int,
    waiting: bool = False,
    status: str = "active",
    moved: bool = False,
    order: Order | None = None,
) -> Row:
    """Return the row of a message whose id and time are set; `order` is how it is learned from."""
    assert message.id is not None
    assert message.created_at is not None
    body: dict[str, Any] = {}
    if message.role not in ROLES:
        body["role"] = message.role
    if message.metadata:
        body["metadata"] = dict(message.metadata)
    if message.payload is not None:
        body["payload"] = message.payload
    if order is not None and waiting:
        body["learn"] = order.to_body()
    return Row(
        kind="message",
        user_id=user_id,
        id=message.id,
        session_id=session_id,
        recorded_at=to_micros(recorded_at),
        time=to_micros(message.created_at),
        role=message.role if message.role in ROLES else None,
        name=message.name,
        text=message.content,
        vector=vector,
        length=length,
        waiting=waiting,
        status=status,
        moved=moved,
        flags=text_flags(message.content),
        body=dumps(body) if body else "{}",
    )


def to_message(row: Row) -> Message:
    """Return the message a row holds."""
    body: dict[str, Any] = json.loads(row.body) if row.body != "{}" else {}
    return Message(
        body.get("role", row.role),
        row.text,
        name=row.name,
        id=row.id,
        created_at=from_micros(row.time or 0),
        metadata=body.get("metadata", {}),
        payload=body.get("payload"),
    )


def memory_row(
    memory: Memory,
    *,
    kind: ChangeKind,
    changeset_id: str,
    vector: Vector | None,
    length: int,
    strategy: str | None = None,
    reason: str | None = None,
) -> Row:
    """Return the row of one revision of a memory, with what caused it."""
    data = memory.to_dict()
    default = _DEFAULTS
    body = {
        "change": [kind, changeset_id, strategy, reason],
        **{
            name: value
            for name, value in data.items()
            if name not in _IN_COLUMNS and value != default[name]
        },
    }
    happened = memory.occurred_at or memory.valid_from
    return Row(
        kind="memory",
        user_id=memory.user_id,
        id=memory.id,
        session_id=memory.session_id,
        recorded_at=to_micros(memory.recorded_at),
        time=to_micros(happened) if happened else None,
        valid_from=to_micros(memory.valid_from) if memory.valid_from else None,
        valid_to=to_micros(memory.valid_to) if memory.valid_to else None,
        status=memory.status,
        type=memory.type.value,
        confidence=memory.confidence,
        text=memory.content,
        vector=vector,
        length=length,
        flags=text_flags(memory.content),
        body=dumps(body),
    )


def to_memory(row: Row, superseded_at: int | None = None) -> Memory:
    """Return the memory a row holds; `superseded_at` is when its next revision was recorded."""
    body = json.loads(row.body)
    body.pop("change", None)
    return Memory.from_dict(
        body
        | {
            "id": row.id,
            "revision": row.revision,
            "user_id": row.user_id,
            "session_id": row.session_id,
            "content": row.text,
            "recorded_at": _iso(row.recorded_at),
            "type": row.type,
            "confidence": round(row.confidence or 0.0, 6),
            "valid_from": _iso(row.valid_from),
            "valid_to": _iso(row.valid_to),
            "status": row.status,
            "superseded_at": _iso(superseded_at),
        }
    )


def to_revision(row: Row, superseded_at: int | None = None) -> Revision:
    """Return one step of a memory's history."""
    kind, changeset_id, strategy, reason = json.loads(row.body)["change"]
    return Revision(
        memory=to_memory(row, superseded_at),
        kind=kind,
        changeset_id=changeset_id,
        strategy=strategy,
        reason=reason,
    )


def _iso(micros: int | None) -> str | None:
    return None if micros is None else from_micros(micros).isoformat()


def owned(value: Kept) -> Kept:
    """Return a value that its receiver may do anything with: what is decoded once is shared."""
    if isinstance(value, Memory):
        return replace(value, metadata=_copied(value.metadata)) if value.metadata else value
    if not value.metadata and value.payload is None:
        return value
    return replace(value, metadata=_copied(value.metadata), payload=_copied(value.payload))


def _copied(value: Any) -> Any:
    """Return a copy of JSON; several times as fast as `deepcopy`, and logs are long."""
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_copied(item) for item in cast("list[Any]", value)]
    return value


def message_at(resident: Resident, number: int) -> Message:
    """Return the message at a row, decoded once."""
    value = resident.decoded(number)
    if value is None:
        value = to_message(resident.row(number))
        resident.keep_decoded(number, value)
    return value


def memory_at(resident: Resident, number: int) -> Memory:
    """Return the memory at a row, decoded once while it is the newest revision."""
    value = resident.decoded(number)
    if value is None or not resident.view().current[number]:
        row = resident.row(number)
        following = [i for i in resident.revisions(row.identity) if i > number]
        later = int(resident.view().recorded_at[following[0]]) if following else None
        value = to_memory(row, later)
        if later is None:
            resident.keep_decoded(number, value)
    return value


_DEFAULTS: dict[str, Any] = Memory(
    id="", revision=1, user_id="", content="", recorded_at=from_micros(0)
).to_dict()


def item_row(
    key: str,
    value: Any,
    *,
    user_id: str,
    namespace: str,
    now: datetime,
    expires_at: datetime | None,
    before: Row | None,
    text: str,
    vector: Vector | None,
    length: int,
    created_at: datetime | None = None,
) -> Row:
    """Return the row of an item, or with `value` None of its removal.

    `namespace` is a JSON list of names; an overwritten item keeps when it was first stored,
    unless `created_at` tells of an earlier life.
    """
    at = to_micros(now)
    start = at if created_at is None else to_micros(created_at)
    kept = None if before is None or before.status == "deleted" else before.time
    return Row(
        kind="item",
        user_id=user_id,
        id=key,
        session_id=namespace,
        recorded_at=at,
        time=start if kept is None else min(start, kept) if created_at else kept,
        valid_to=to_micros(expires_at) if expires_at else None,
        status="deleted" if value is None else "active",
        text="" if value is None else text,
        vector=vector,
        length=length,
        flags=text_flags(text),
        body="{}" if value is None else dumps(value),
    )


def item_at(resident: Resident, number: int) -> Item:
    """Return a copy of the item at a row."""
    row = resident.row(number)
    return Item(
        namespace=tuple(json.loads(row.session_id or "[]")),
        key=row.id,
        value=json.loads(row.body),
        created_at=from_micros(row.time or 0),
        updated_at=from_micros(row.recorded_at),
        expires_at=None if row.valid_to is None else from_micros(row.valid_to),
    )
