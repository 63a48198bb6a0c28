"""The verbs of the log: storing what was said, and editing what is in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, cast

from harmonia_plugins.engine.core import new_id
from harmonia_plugins.engine.understanding import Understanding, check_strategy
from harmonia_plugins.engine.zones import zone_name
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import ChangeSet, Message, MessageStatus
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.store.order import Order


class Observing(Understanding):
    """Storing messages."""

    def observe(
        self,
        messages: Message | Iterable[Message],
        *,
        user_id: str,
        session_id: str = "default",
        extract: bool = True,
        wait: bool = True,
        timezone: str | None = None,
        dry_run: bool = False,
        strategy: str | None = None,
    ) -> ChangeSet:
        """Store chat messages at the end of a session's log; on the disk when this returns.

        The same id and text again change nothing; another text under a known id is a new
        revision in the old place.

        Args:
            messages: one message or many, in the order they were said.
            user_id: whose memory this is.
            session_id: the conversation they belong to.
            extract: whether they are to be learned from; they wait for it in the store.
            wait: learn before this returns; otherwise learning goes on in the background.
            timezone: IANA name of the zone that naive and relative times are meant in; default:
                the user's preference, else the offset of the message's time, else UTC.
            dry_run: store nothing; the result tells what would be learned.
            strategy: how conflicts are resolved; default: the user's preference, else `auto`.

        Returns:
            `queued` when messages wait to be learned from, `applied` otherwise.

        Raises:
            InvalidInputError: a value cannot be stored; nothing was.
            StoreWriteError: the disk refused; nothing was stored.
        """
        with self._core.measured("observe"):
            user = intake.check_user(user_id)
            session = intake.check_session(session_id)
            if strategy is not None:
                check_strategy(strategy)
            written = _as_given(messages)
            given = intake.check_messages(written, self._zone(user, timezone))
            given = tuple(map(self._core.redaction.message, given))
            ids = tuple(message.id or "" for message in given)
            change_id = new_id()
            orders = self._orders(user, written, change_id, strategy, timezone)
            if dry_run:
                shown = self._shown(user, session, given, orders) if extract else None
                return shown or ChangeSet(id=change_id, status="dry_run", message_ids=ids)
            if not extract or not any(message.content.strip() for message in given):
                if given:
                    self._add_to_log(user, session, given, orders if extract else None)
                return ChangeSet(id=change_id, status="applied", message_ids=ids)
            if wait:
                self._learning.refuse_nested("observe")
                learned = self._learning.learn_at_once(user, session, given, orders)
                if learned is not None:
                    return replace(learned, message_ids=ids)
            self._add_to_log(user, session, given, orders)
            return self._learned(user, change_id, ids, wait=wait)

    def _orders(
        self,
        user: str,
        written: Sequence[Message],
        change_id: str,
        strategy: str | None,
        timezone: str | None,
    ) -> list[Order]:
        """Return how each message is to be learned from, its times in the zone of its writer."""
        from harmonia_plugins.store.order import Order

        named = self._zone_name(user, timezone)
        return [
            Order(change_id, strategy, zone_name(message.created_at, named)) for message in written
        ]

    def _shown(
        self, user: str, session: str, given: Sequence[Message], orders: Sequence[Order]
    ) -> ChangeSet | None:
        """Return what would be learned; None where nothing could be."""
        if not given:
            return None
        work = self._decider.preview(user, session, given, orders[0])
        return ChangeSet(
            id=orders[0].changeset, status="dry_run", changes=work.changes, trace=work.trace,
            message_ids=tuple(message.id or "" for message in given),
        )  # fmt: skip

    def _zone(self, user: str, timezone: str | None) -> tzinfo | None:
        """Return the zone of a user's naive times: the caller's choice, else their preference."""
        return intake.zone_of(self._zone_name(user, timezone))

    def _zone_name(self, user: str, timezone: str | None) -> str | None:
        from harmonia_plugins.engine.preferences import preferences_of

        if timezone is not None:
            return timezone
        return preferences_of(self._core.store.records.resident(user)).timezone

    def _add_to_log(
        self, user: str, session: str, given: Sequence[Message],
        orders: Sequence[Order] | None, *, exactly: bool = False,
    ) -> None:  # fmt: skip
        from harmonia_plugins.store.messages import Incoming, add_messages, replace_messages

        with self._core.store.records.arriving():
            resident = self._core.store.records.resident(user)
            vectors = self._core.vectors(resident, [message.content for message in given])
            wanted = orders or [None] * len(given)
            incoming = [
                Incoming(message, vector, self._core.terms(message.content), order)
                for message, vector, order in zip(given, vectors, wanted, strict=True)
            ]
            plan = replace_messages if exactly else add_messages
            self._core.store.write(user, plan(incoming, session, self._core.now()))

    def replace_messages(
        self,
        messages: Message | Iterable[Message],
        *,
        user_id: str,
        session_id: str = "default",
        timezone: str | None = None,
    ) -> ChangeSet:
        """Make a session's log exactly these messages, in this order, none of them archived.

        No memory is forgotten.
        """
        with self._core.measured("replace_messages"):
            user, session = intake.check_user(user_id), intake.check_session(session_id)
            given = intake.check_messages(messages, self._zone(user, timezone))
            given = tuple(map(self._core.redaction.message, given))
            ids = tuple(message.id or "" for message in given)
            if len(set(ids)) < len(ids):
                raise InvalidInputError("messages of one log must have different ids")
            self._add_to_log(user, session, given, None, exactly=True)
            return ChangeSet(id=new_id(), status="applied", message_ids=ids)

    def delete_messages(
        self, ids: Iterable[str] | None = None, *, user_id: str, session_id: str = "default"
    ) -> int:
        """Take messages (None: all) out of a session's log and out of recall.

        No memory is forgotten; to remove messages from the disk, use `forget` and `purge`.

        Returns:
            How many messages were taken out; unknown ids count nothing.
        """
        from harmonia_plugins.store.messages import delete_messages

        with self._core.measured("delete_messages"):
            user, session = intake.check_user(user_id), intake.check_session(session_id)
            chosen = _ids(ids)
            return self._core.store.write(user, delete_messages(chosen, session, self._core.now()))

    def set_message_status(
        self,
        ids: Iterable[str] | None,
        *,
        status: MessageStatus,
        user_id: str,
        session_id: str = "default",
    ) -> int:
        """Mark messages (None: all of the session) `active` or `archived`.

        An archived message has left a chat's window; it stays in the log and is recalled.

        Returns:
            How many messages changed.
        """
        from harmonia_plugins.store.messages import set_status

        with self._core.measured("set_message_status"):
            user, session = intake.check_user(user_id), intake.check_session(session_id)
            intake.check_choice(status, ("active", "archived"), "status")
            plan = set_status(_ids(ids), session, status, self._core.now())
            return self._core.store.write(user, plan)


def _as_given(messages: Any) -> Any:
    """Return messages as a list, so that their times are at hand as their writer gave them."""
    if isinstance(messages, Message):
        return [messages]
    given: object = messages
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        return messages  # which the checks refuse
    return list(cast("Iterable[object]", messages))


def _ids(ids: Iterable[str] | None) -> list[str] | None:
    given: object = ids
    if isinstance(given, str) or not (given is None or isinstance(given, Iterable)):
        raise InvalidInputError(f"ids must be several ids, such as a list, not {ids!r}")
    return None if ids is None else [intake.check_id(item) for item in ids]
