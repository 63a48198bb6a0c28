"""What has been learned from: ledger rows, in the same commit as what the messages changed.

A message is stored with the order to learn from it, which names a change set, and waits until a
ledger row says that this order was carried out. So each order is carried out exactly once, however
often it is tried; an edited message comes with a new order.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np

from harmonia_plugins.model import Change
from harmonia_plugins.store.codec import dumps, memory_row, to_memory
from harmonia_plugins.store.commits import PositionMovedError
from harmonia_plugins.store.draft import Draft
from harmonia_plugins.store.memories import memory_identity
from harmonia_plugins.store.order import Order, order_of
from harmonia_plugins.store.resident import Resident
from harmonia_plugins.store.rows import KINDS, Identity, Row, to_micros

_MESSAGE = KINDS.index("message")

_SETTLED = "settled"
"""Where a user's rows keep the number of the row before which no message waits."""


class MessageMovedError(PositionMovedError):
    """A message was edited, archived, removed or learned from meanwhile: look what waits now."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message to be learned from: its row, how to learn from it, and the row's number.

    `number` is None for a message that is stored together with what it teaches.
    """

    row: Row
    order: Order
    number: int | None = None

    def done(self, ledger: Row | None) -> bool:
        """Tell whether the ledger says that the order was carried out."""
        return ledger is not None and json.loads(ledger.body)["order"] == self.order.changeset


@dataclass(frozen=True, slots=True)
class Embedded:
    """A content's vector and number of terms."""

    vector: Any
    length: int


def ledger_identity(session_id: str | None, message_id: str) -> Identity:
    """Return the identity of what is recorded about learning from a message."""
    return ("ledger", session_id or "", message_id)


def first_waiting(resident: Resident, most: int) -> list[Waiting]:
    """Return the messages that have waited longest to be learned from, in order of arrival."""
    rows = ((number, resident.row(number)) for number in islice(_numbers(resident), most))
    return [Waiting(row, order_of(row) or Order(""), number) for number, row in rows]


def count_waiting(resident: Resident) -> int:
    """Return how many messages of a user wait to be learned from."""
    return sum(1 for _ in _numbers(resident))


def _numbers(resident: Resident) -> Iterator[int]:
    """Yield the rows of messages that wait, remembering up to which row none does.

    A message's order is kept in its newest row, and the ledger row that says it was carried out
    is stored behind it. So nothing need be decoded to tell.
    """
    view, start = resident.view(), resident.derived.get(_SETTLED, 0)
    marked = view.waiting[start:] & view.current[start:] & (view.kind[start:] == _MESSAGE)
    settled = view.size
    for number in (np.flatnonzero(marked) + start).tolist():
        ledger = resident.latest(ledger_identity(resident.session(number), resident.id(number)))
        if ledger is None or ledger < number:
            if number < settled:
                settled = resident.derived[_SETTLED] = number
            yield number
    resident.derived[_SETTLED] = settled


def is_learned(draft: Draft, row: Row) -> bool:
    """Tell whether a message's order was carried out."""
    order = order_of(row)
    ledger = draft.latest(ledger_identity(row.session_id, row.id))
    return order is not None and Waiting(row, order).done(ledger)


def learned_before(resident: Resident, waiting: Waiting) -> bool:
    """Tell whether an earlier revision of a message was learned from, or this one is anew."""
    row = waiting.row
    return resident.latest(ledger_identity(row.session_id, row.id)) is not None


def apply_learned(
    learned: Sequence[Waiting],
    changes: Iterable[Change],
    embedded: Callable[[str], Embedded],
    changeset_id: str,
    now: datetime,
    entry: Mapping[str, Any],
    position: int | None,
) -> Callable[[Draft], tuple[Change, ...]]:
    """Store what messages changed, and that they were learned from.

    The plan returns the changes as they are stored.

    Args:
        learned: the messages.
        changes: what they do; several may concern one memory, in order.
        embedded: gives a content's vector.
        changeset_id: names what can be undone as a whole.
        now: when it is recorded.
        entry: what else the ledger keeps, such as the extractor's name.
        position: the user's position the changes rest on; None if they rest on the draft.

    Raises:
        PositionMovedError: a memory has changed since; decide anew.
        MessageMovedError: one of the messages has; look anew.
    """

    def plan(draft: Draft) -> tuple[Change, ...]:
        _check(draft, learned, position)
        stored = tuple(_stored(draft, change, embedded, changeset_id) for change in changes)
        for item in learned:
            draft.add(_ledger_row(draft.user_id, item, now, entry))
        return stored

    return plan


def _stored(
    draft: Draft, change: Change, embedded: Callable[[str], Embedded], changeset_id: str
) -> Change:
    """Plan the row of a change, and return the change with the revisions that it is from and to."""
    after = change.after
    if after is None or change.kind == "skipped":
        return change
    known = draft.latest(memory_identity(after.id))
    before = None if known is None else to_memory(known)
    if known is not None and known.text == after.content:
        if _decided_by_user(known, change):
            return Change(kind="skipped", before=before, reason="left as a user decided")
        vector, length = known.vector, known.length
    else:
        new = embedded(after.content)
        vector, length = new.vector, new.length
    row = memory_row(
        after, kind=change.kind, changeset_id=changeset_id, vector=vector, length=length,
        strategy=change.strategy, reason=change.reason,
    )  # fmt: skip
    return replace(change, before=change.before and before, after=to_memory(draft.add(row)))


def _decided_by_user(known: Row, change: Change) -> bool:
    """Tell whether learning a statement again would overrule what a user did to the memory."""
    if change.kind not in ("created", "quarantined"):
        return False
    reverted = json.loads(known.body)["change"][0] == "reverted"
    released = change.kind == "quarantined" and known.status == "active"
    return known.status == "archived" or reverted or released


def _check(draft: Draft, learned: Sequence[Waiting], position: int | None) -> None:
    for item in learned:
        row = draft.latest(item.row.identity)
        ledger = draft.latest(ledger_identity(item.row.session_id, item.row.id))
        gone = row is None or row.status == "deleted" or row.revision != item.row.revision
        # After a forget, another message may be at the same revision under the same id.
        if row is None or gone or order_of(row) != item.order or item.done(ledger):
            raise MessageMovedError("a message has changed or was learned from; look anew")
    if position is not None and draft.memories_changed_since(position):
        raise PositionMovedError("the user's memories have changed; decide anew")


def _ledger_row(user_id: str, item: Waiting, now: datetime, entry: Mapping[str, Any]) -> Row:
    return Row(
        kind="ledger",
        user_id=user_id,
        id=item.row.id,
        session_id=item.row.session_id,
        recorded_at=to_micros(now),
        body=dumps({"order": item.order.changeset, **entry}),
    )


def set_waiting(
    identities: Iterable[Identity], changeset_id: str, now: datetime
) -> Callable[[Draft], list[str]]:
    """Mark messages to be learned from again: a new revision of each, otherwise as it was.

    The plan returns their ids; blank messages and those taken out of the log are left out.
    """

    def plan(draft: Draft) -> list[str]:
        marked: list[str] = []
        for identity in identities:
            row = draft.latest(identity)
            if row is None or row.status == "deleted" or not row.text.strip():
                continue
            order = replace(order_of(row) or Order(changeset_id), changeset=changeset_id)
            body = {**json.loads(row.body), "learn": order.to_body()}
            draft.add(
                replace(
                    row, waiting=True, body=dumps(body), recorded_at=to_micros(now), moved=False,
                    seq=0,
                )
            )  # fmt: skip
            marked.append(row.id)
        return marked

    return plan


def changed_by(resident: Resident, changeset_id: str) -> list[Identity]:
    """Return the memories that a change set wrote a revision of, in order."""
    wanted = dumps(changeset_id)
    found: dict[Identity, None] = {}
    for number in resident.memory_rows(after=-1):
        row = resident.row(number)
        if wanted in row.body and json.loads(row.body)["change"][1] == changeset_id:
            found[row.identity] = None
    return list(found)


def changes_of(resident: Resident, changeset_id: str) -> list[Change]:
    """Return what a change set did to memories, whoever carried it out."""
    found: list[Change] = []
    for identity in changed_by(resident, changeset_id):
        rows = [resident.row(number) for number in resident.revisions(identity)]
        for place, row in enumerate(rows):
            kind, made_by, strategy, reason = json.loads(row.body)["change"]
            if made_by == changeset_id:
                before = to_memory(rows[place - 1]) if place else None
                found.append(
                    Change(
                        kind=kind, before=before, after=to_memory(row), strategy=strategy,
                        reason=reason,
                    )
                )  # fmt: skip
    return found


def undo_changes(
    identities: Iterable[Identity], changeset_id: str, undo_id: str, now: datetime
) -> Callable[[Draft], list[Change]]:
    """Take back what a change set did to memories; what has changed since is left and said so."""

    def plan(draft: Draft) -> list[Change]:
        return [
            _undone(draft, identity, changeset_id, undo_id, now)
            for identity in identities
            if draft.revisions(identity)
        ]

    return plan


def _undone(
    draft: Draft, identity: Identity, changeset_id: str, undo_id: str, now: datetime
) -> Change:
    rows = draft.revisions(identity)
    newest = to_memory(rows[-1])
    if json.loads(rows[-1].body)["change"][1] != changeset_id:
        return Change(kind="skipped", before=newest, reason="changed since by something else")
    earlier = [row for row in rows if json.loads(row.body)["change"][1] != changeset_id]
    if earlier:
        source = earlier[-1]
        after, reason = to_memory(source), "undone: as it was before"
    else:
        source = rows[-1]
        after, reason = replace(newest, status="retracted"), "undone: it was not known before"
    row = memory_row(
        replace(after, recorded_at=now), kind="reverted", changeset_id=undo_id,
        vector=source.vector, length=source.length, reason=reason,
    )  # fmt: skip
    return Change(kind="reverted", before=newest, after=to_memory(draft.add(row)), reason=reason)
