"""Memories as chains of revisions: each function is a plan for one commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from harmonia_plugins.errors import InvalidInputError, NotFoundError
from harmonia_plugins.model import Change, ChangeKind, Forgotten, Memory
from harmonia_plugins.store.codec import Vector, memory_row, to_memory
from harmonia_plugins.store.draft import Draft
from harmonia_plugins.store.rows import Identity, Row, digest, identity_of


def memory_identity(memory_id: str) -> Identity:
    """Return the identity of a memory: its id is unique for the user, whatever the session."""
    return ("memory", "", memory_id)


def told_id(user_id: str, content: str) -> str:
    """Return the id of a told statement: the same words, spelled alike, are the same memory."""
    return digest(user_id, "told", " ".join(content.split()).casefold())


def tell(
    memory: Memory, vector: Vector, length: int, changeset_id: str, *, named: bool
) -> Callable[[Draft], Change]:
    """Store a told statement.

    A new id is `created`. With an id of the caller's (`named`), the same statement again is
    `skipped` and another one `updated`. Without, telling it again is `reinforced`, or `updated`
    when it had been archived or retracted or other fields changed.
    """

    def plan(draft: Draft) -> Change:
        row = draft.latest(memory_identity(memory.id))
        if row is None:
            return _add(draft, memory, vector, length, "created", changeset_id)
        before = to_memory(row)
        after = _told_again(before, memory)
        if before.status == "active" and after == before:
            if named:
                return Change(kind="skipped", before=before, reason="already stored")
            after = replace(
                before, mentions=before.mentions + 1, last_seen_at=memory.recorded_at,
                recorded_at=memory.recorded_at,
            )  # fmt: skip
            return _add(draft, after, vector, length, "reinforced", changeset_id, before)
        after = replace(
            after, recorded_at=memory.recorded_at, last_seen_at=memory.recorded_at, status="active"
        )
        return _add(draft, after, vector, length, "updated", changeset_id, before)

    return plan


def _told_again(before: Memory, told: Memory) -> Memory:
    """Return what is believed after telling: the statement as told now, its history kept."""
    return replace(
        told,
        revision=before.revision,
        recorded_at=before.recorded_at,
        status=before.status,
        mentions=before.mentions,
        last_seen_at=before.last_seen_at,
        superseded_by=before.superseded_by,
        links=before.links,
        message_ids=before.message_ids,
        trust=min(before.trust, told.trust),
    )


def revise(
    memory_id: str,
    fields: Mapping[str, Any],
    kind: ChangeKind,
    now: datetime,
    changeset_id: str,
    vector: tuple[Vector, int] | None = None,
    read: Mapping[str, Any] | None = None,
) -> Callable[[Draft], Change]:
    """Write a revision with some fields changed; nothing changed is `skipped`.

    Other words say other things: `read` are the fields read from a content that is new.
    """

    def plan(draft: Draft) -> Change:
        row = _existing(draft, memory_id)
        before = to_memory(row)
        reworded = fields.get("content", before.content) != before.content
        after = replace(before, **{**(read or {} if reworded else {}), **fields})
        if after.valid_from and after.valid_to and after.valid_to <= after.valid_from:
            raise InvalidInputError(
                f"valid_to {after.valid_to} must lie after valid_from {after.valid_from}"
            )
        if after == before:
            return Change(kind="skipped", before=before, reason="nothing to change")
        after = replace(after, recorded_at=now)
        embedding = vector or (row.vector, row.length)
        return _add(draft, after, *embedding, kind, changeset_id, before)

    return plan


def quarantined(draft: Draft, memory_id: str) -> Memory:
    """Return a memory that is kept aside.

    Raises:
        NotFoundError: the user has no such memory.
        InvalidInputError: it is not quarantined.
    """
    memory = to_memory(_existing(draft, memory_id))
    if memory.status != "quarantined":
        raise InvalidInputError(f"memory {memory_id!r} is {memory.status}, not quarantined")
    return memory


def revert(
    memory_id: str, revision: int, now: datetime, changeset_id: str
) -> Callable[[Draft], Change]:
    """Write a new revision that says what an older one said."""

    def plan(draft: Draft) -> Change:
        before = to_memory(_existing(draft, memory_id))
        rows = draft.revisions(memory_identity(memory_id))
        known = type(revision) is int  # True is equal to 1
        old = next((row for row in rows if known and row.revision == revision), None)
        if old is None:
            raise InvalidInputError(
                f"memory {memory_id!r} has revisions 1 to {len(rows)}, not {revision!r}"
            )
        after = replace(to_memory(old), recorded_at=now)
        reason = f"back to revision {revision}"
        return _add(
            draft, after, old.vector, old.length, "reverted", changeset_id, before, reason
        )  # fmt: skip

    return plan


def forget(
    *, memory_id: str | None, session_id: str | None, sources: bool
) -> Callable[[Draft], Forgotten]:
    """Remove a memory, a session or (with neither) everything of the user, for good."""

    def plan(draft: Draft) -> Forgotten:
        if memory_id is not None:
            return _forget_memory(draft, memory_id, sources=sources)
        rows = [*draft.of_kind("memory"), *draft.of_kind("message")]
        if session_id is not None:
            rows = [row for row in rows if row.session_id == session_id]
            draft.forget_session(session_id)
        else:
            draft.forget_user()
        return _counted(rows)

    return plan


def _forget_memory(draft: Draft, memory_id: str, *, sources: bool) -> Forgotten:
    memory = to_memory(_existing(draft, memory_id))
    gone: list[Row] = []
    if sources:
        gone = [
            row
            for row in draft.of_kind("message")
            if row.id in memory.message_ids and row.session_id == memory.session_id
        ]
    learned = [identity_of("ledger", row.session_id, row.id) for row in gone]
    known = [identity for identity in learned if draft.latest(identity) is not None]
    draft.forget_records([memory_identity(memory_id), *(row.identity for row in gone), *known])
    return Forgotten(1, len(gone))


def _counted(rows: list[Row]) -> Forgotten:
    memories = sum(row.kind == "memory" for row in rows)
    return Forgotten(memories, len(rows) - memories)


def _existing(draft: Draft, memory_id: str) -> Row:
    row = draft.latest(memory_identity(memory_id))
    if row is None:
        raise NotFoundError(f"this user has no memory {memory_id!r}")
    return row


def _add(
    draft: Draft,
    memory: Memory,
    vector: Vector | None,
    length: int,
    kind: ChangeKind,
    changeset_id: str,
    before: Memory | None = None,
    reason: str | None = None,
) -> Change:
    row = memory_row(
        memory, kind=kind, changeset_id=changeset_id, vector=vector, length=length, reason=reason
    )
    return Change(kind=kind, before=before, after=to_memory(draft.add(row)), reason=reason)
