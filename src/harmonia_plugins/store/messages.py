"""The log: what happens to a session's messages. Each function is a plan for one commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from harmonia_plugins.model import Message, MessageStatus
from harmonia_plugins.store.codec import Vector, message_row, to_message
from harmonia_plugins.store.draft import Draft
from harmonia_plugins.store.learned import is_learned
from harmonia_plugins.store.order import Order, order_of
from harmonia_plugins.store.rows import Identity, Row, from_micros, to_micros


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message with its id, its vector (None for a blank one) and number of terms.

    Without a time, a new message was said now and a known one keeps the time it has. `order`
    says how it is to be learned from, None that it is not.
    """

    message: Message
    vector: Vector | None
    length: int
    order: Order | None = None


def add_messages(
    incoming: Sequence[Incoming], session_id: str, now: datetime
) -> Callable[[Draft], int]:
    """Store messages at the end of a session's log; returns how many rows that took.

    The same id and text again change nothing; another text is a new revision in the old place.
    """

    def plan(draft: Draft) -> int:
        added = 0
        for item in incoming:
            before = draft.latest(_identity(session_id, item.message.id))
            gone = before is not None and before.status == "deleted"
            if before is not None and not gone and before.text == item.message.content:
                continue
            item = _dated(item, before, now)
            draft.add(_row(item, before, draft.user_id, session_id, now, moved=gone))
            added += 1
        return added

    return plan


def first_rows(
    messages: Iterable[Message], user_id: str, session_id: str, now: datetime, order: Order
) -> list[Row]:
    """Return the rows, without vectors, of messages whose ids are new to a session's log."""
    return [
        _row(
            _dated(Incoming(message, None, 0, order), None, now), None, user_id, session_id, now,
            moved=False,
        )
        for message in messages
    ]  # fmt: skip


def replace_messages(
    incoming: Sequence[Incoming], session_id: str, now: datetime
) -> Callable[[Draft], int]:
    """Make a session's log exactly these messages, in this order, all in use; returns rows added.

    What stays in place is left alone, so appending by replacing costs only what is new.
    """

    def plan(draft: Draft) -> int:
        added = 0
        log = draft.log(session_id)
        wanted = {item.message.id for item in incoming}
        known = {row.id: row for row in log}
        for row in log:
            if row.id not in wanted:
                draft.add(_with_status(draft, row, "deleted", now))
                added += 1
        kept = [row for row in log if row.id in wanted]
        in_place = True
        for number, item in enumerate(incoming):
            before = kept[number] if number < len(kept) else None
            old = known.get(item.message.id or "")
            item = _still_waiting(draft, _dated(item, old, now), old)
            in_place = in_place and before is not None and before.id == item.message.id
            if in_place and before is not None and _same(before, item):
                continue
            draft.add(
                _row(
                    item,
                    None,
                    draft.user_id,
                    session_id,
                    now,
                    moved=not in_place,
                )
            )
            added += 1
        return added

    return plan


def delete_messages(
    ids: Sequence[str] | None, session_id: str, now: datetime
) -> Callable[[Draft], int]:
    """Take messages (None: all) out of a session's log; returns how many there were."""
    return _mark(ids, session_id, "deleted", now)


def set_status(
    ids: Sequence[str] | None, session_id: str, status: MessageStatus, now: datetime
) -> Callable[[Draft], int]:
    """Mark messages (None: all) as active or archived; returns how many changed."""
    return _mark(ids, session_id, status, now)


def _mark(
    ids: Sequence[str] | None, session_id: str, status: MessageStatus, now: datetime
) -> Callable[[Draft], int]:
    wanted = None if ids is None else set(ids)

    def plan(draft: Draft) -> int:
        chosen = [
            row
            for row in draft.log(session_id)
            if (wanted is None or row.id in wanted) and row.status != status
        ]
        for row in chosen:
            draft.add(_with_status(draft, row, status, now))
        return len(chosen)

    return plan


def _identity(session_id: str, message_id: str | None) -> Identity:
    return ("message", session_id, message_id or "")


def _row(
    item: Incoming,
    before: Row | None,
    user_id: str,
    session_id: str,
    now: datetime,
    *,
    moved: bool,
) -> Row:
    """Return a message's next revision; an archived one stays so in its place."""
    stays = before is not None and before.status == "archived" and not moved
    return message_row(
        item.message,
        user_id=user_id,
        session_id=session_id,
        recorded_at=now,
        vector=item.vector,
        length=item.length,
        waiting=item.order is not None and bool(item.message.content.strip()),
        order=item.order,
        moved=moved,
        status="archived" if stays else "active",
    )


def _dated(item: Incoming, before: Row | None, now: datetime) -> Incoming:
    if item.message.created_at is not None:
        return item
    known = None if before is None or before.time is None else from_micros(before.time)
    return replace(item, message=replace(item.message, created_at=known or now))


def _still_waiting(draft: Draft, item: Incoming, old: Row | None) -> Incoming:
    """Return a message with the order to learn from it, if that still has to be carried out."""
    same = old is not None and old.waiting and old.text == item.message.content
    if old is None or not same or is_learned(draft, old):
        return item
    return replace(item, order=order_of(old))


def _same(row: Row, item: Incoming) -> bool:
    """Tell whether a message is stored just so already, and in use."""
    return row.status == "active" and to_message(row) == item.message


def _with_status(draft: Draft, row: Row, status: MessageStatus, now: datetime) -> Row:
    """Return a message's next revision; it waits to be learned from only if it still did."""
    waiting = row.waiting and status != "deleted" and not is_learned(draft, row)
    at = to_micros(now)
    return replace(row, status=status, recorded_at=at, waiting=waiting, moved=False, seq=0)
