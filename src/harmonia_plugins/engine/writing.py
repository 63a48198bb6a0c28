"""The verbs that change what is stored. Each is one commit, durable when it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any, cast

from harmonia_plugins.engine.core import new_id
from harmonia_plugins.engine.understanding import Understanding, check_strategy
from harmonia_plugins.engine.zones import zone_name
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import (
    Change,
    ChangeSet,
    Forgotten,
    Memory,
    MemoryType,
    Message,
    MessageStatus,
    Purged,
)
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.messages import Order


class Writing(Understanding):
    """Storing messages and memories."""

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
            zone = self._zone(user, timezone)
            given = intake.check_messages(written, zone)
            given = tuple(self._redacted(message) for message in given)
            ids = tuple(message.id or "" for message in given)
            change_id = new_id()
            order = {"changeset": change_id} | ({"strategy": strategy} if strategy else {})
            named = self._zone_name(user, timezone)
            zones = [zone_name(message.created_at, named) for message in written]
            orders = [order | ({"zone": zone} if zone else {}) for zone in zones]
            if dry_run:
                if not extract:
                    return ChangeSet(id=change_id, status="dry_run", message_ids=ids)
                shown = self._learning.preview(user, session, given, orders[0] if orders else order)
                return ChangeSet(
                    id=change_id, status="dry_run", message_ids=ids, changes=shown.changes,
                    trace=shown.trace,
                )  # fmt: skip
            if given:
                self._add_to_log(user, session, given, orders if extract else None)
            if not extract or not any(message.content.strip() for message in given):
                return ChangeSet(id=change_id, status="applied", message_ids=ids)
            return self._learned(user, change_id, ids, wait=wait)

    def _zone(self, user: str, timezone: str | None) -> tzinfo | None:
        """Return the zone of a user's naive times: the caller's choice, else their preference."""
        return intake.zone_of(self._zone_name(user, timezone))

    def _zone_name(self, user: str, timezone: str | None) -> str | None:
        from harmonia_plugins.engine.preferences import preferences_of

        if timezone is not None:
            return timezone
        return preferences_of(self._core.store.records.resident(user)).timezone

    def _redacted(self, message: Message) -> Message:
        if not self._core.settings.redact:
            return message
        name = None if message.name is None else self._without_personal(message.name)
        return replace(message, content=self._without_personal(message.content), name=name)

    def _without_personal(self, text: str) -> str:
        """Return a text without the personal data that the settings name."""
        kinds = self._core.settings.redact
        if not kinds:
            return text
        from harmonia_plugins.pipeline.trust.redaction import redact

        return redact(text, None if "all" in kinds else kinds).text

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
            given = tuple(self._redacted(message) for message in given)
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

    def remember(
        self,
        content: str,
        *,
        user_id: str,
        session_id: str | None = None,
        id: str | None = None,
        type: MemoryType | str | None = None,
        tags: Iterable[str] = (),
        categories: Iterable[str] = (),
        metadata: Mapping[str, Any] | None = None,
        confidence: float = 1.0,
        importance: float | None = None,
        occurred_at: datetime | None = None,
        valid_from: datetime | None = None,
        valid_to: datetime | None = None,
        subject: str | None = None,
        attribute: str | None = None,
        value: str | None = None,
        strategy: str | None = None,
        timezone: str | None = None,
    ) -> ChangeSet:
        """Store one statement as given.

        Without `id`, the same statement told again is one memory, `reinforced`. With `id`, the
        same statement again changes nothing and another one is a new revision.

        Args:
            content: the statement.
            user_id: whose memory this is.
            session_id: the conversation it belongs to, if any.
            id: the caller's own id.
            type: one of `MemoryType`; default: what the statement reads like.
            tags: words to filter by.
            categories: paths such as `work/projects`.
            metadata: JSON to filter by.
            confidence: how sure it is, 0 to 1.
            importance: how much it matters, 0 to 1.
            occurred_at: when it happened.
            valid_from: since when it is true.
            valid_to: until when it is true.
            subject: whom or what it is about.
            attribute: which property of the subject it tells.
            value: the property's value.
            strategy: how conflicts are resolved; default: the user's preference, else `auto`.
            timezone: IANA name of the zone that naive times are wall clock in; default: the
                user's preference, else UTC.

        Raises:
            InvalidInputError: a value cannot be stored; nothing was.
        """
        from harmonia_plugins.pipeline.classification import classify
        from harmonia_plugins.pipeline.stages.extract import slotted
        from harmonia_plugins.store.memories import told_id

        with self._core.measured("remember"):
            if strategy is not None:
                check_strategy(strategy)
            user = intake.check_user(user_id)
            text = self._without_personal(intake.check_statement(content, "content"))
            now, zone = self._core.now(), self._zone(user, timezone)
            fields = _fields(
                {
                    "type": classify(text) if type is None else type, "tags": tags,
                    "categories": categories, "confidence": confidence,
                    "metadata": {} if metadata is None else metadata,
                    "importance": importance, "occurred_at": occurred_at,
                    "valid_from": valid_from, "valid_to": valid_to, "subject": subject,
                    "attribute": attribute, "value": value,
                },
                zone,
            )  # fmt: skip
            memory = Memory(
                id=told_id(user, text) if id is None else intake.check_id(id),
                revision=1,
                user_id=user,
                session_id=None if session_id is None else intake.check_session(session_id),
                content=text,
                recorded_at=now,
                last_seen_at=now,
                **fields,
            )
            return self._tell(slotted(memory), strategy, named=id is not None)

    def _tell(self, memory: Memory, strategy: str | None, *, named: bool) -> ChangeSet:
        """Store a told statement; one that is new may close what it contradicts."""
        from harmonia_plugins.engine.learning import DECISIONS
        from harmonia_plugins.store.collection import PositionMovedError
        from harmonia_plugins.store.learned import apply_learned
        from harmonia_plugins.store.memories import memory_identity, tell

        change_id = new_id()

        def store(draft: Draft) -> tuple[Change, ...]:
            if draft.latest(memory_identity(memory.id)) is not None:
                raise PositionMovedError("it has been told meanwhile; look again")
            changes, beliefs = self._learning.told(
                memory, draft.resident, strategy, named=named, draft=draft
            )
            apply_learned(
                [], changes, beliefs.embedded, change_id, memory.recorded_at, {}, None
            )(draft)  # fmt: skip
            return changes

        for attempt in range(DECISIONS + 1):
            resident = self._core.store.records.resident(memory.user_id)
            if resident.latest(memory_identity(memory.id)) is not None:
                break
            changes, beliefs = self._learning.told(memory, resident, strategy, named=named)
            if [change.kind for change in changes] == ["created"]:
                break
            plan = apply_learned(
                [], changes, beliefs.embedded, change_id, memory.recorded_at, {}, beliefs.position
            )
            try:
                if attempt == DECISIONS:
                    changes = self._core.store.write(memory.user_id, store)
                else:
                    self._core.store.write(memory.user_id, plan)
            except PositionMovedError:
                continue
            return ChangeSet(id=change_id, status="applied", changes=changes)
        vector, length = self._vector(memory.user_id, memory.content)
        plan = tell(memory, vector, length, change_id, named=named)
        return _applied(change_id, self._core.store.write(memory.user_id, plan))

    def _vector(self, user: str, text: str) -> tuple[Any, int]:
        resident = self._core.store.records.resident(user)
        return self._core.vectors(resident, [text])[0], self._core.terms(text)

    def update(self, id: str, *, user_id: str, **changes: Any) -> ChangeSet:
        """Write a revision of a memory with some fields changed.

        Args:
            id: the memory.
            user_id: whose memory it is.
            changes: any of `content, type, tags, categories, metadata, confidence, importance,
                occurred_at, valid_from, valid_to, subject, attribute, value`; naive times are in
                UTC, or in the zone given as `timezone`.

        Raises:
            NotFoundError: this user has no such memory.
            InvalidInputError: an unknown field, or a value that cannot be stored.
        """
        from harmonia_plugins.store.memories import revise

        with self._core.measured("update"):
            user, memory_id = intake.check_user(user_id), intake.check_id(id)
            zone = intake.zone_of(changes.pop("timezone", None))
            if not changes:
                raise InvalidInputError("update needs at least one field to change")
            fields = _fields(changes, zone)
            if "content" in fields:
                fields["content"] = self._without_personal(fields["content"])
            vector = self._vector(user, fields["content"]) if "content" in fields else None
            change_id = new_id()
            plan = revise(memory_id, fields, "updated", self._core.now(), change_id, vector)
            return _applied(change_id, self._core.store.write(user, plan))

    def archive(self, id: str, *, user_id: str) -> ChangeSet:
        """Take a memory out of recall and of default listings; `revert` brings it back.

        Raises:
            NotFoundError: this user has no such memory.
        """
        from harmonia_plugins.store.memories import revise

        with self._core.measured("archive"):
            user, memory_id = intake.check_user(user_id), intake.check_id(id)
            change_id = new_id()
            plan = revise(
                memory_id, {"status": "archived"}, "archived", self._core.now(), change_id
            )
            return _applied(change_id, self._core.store.write(user, plan))

    def revert(self, id: str, *, user_id: str, revision: int) -> ChangeSet:
        """Write a new revision of a memory that says what an older one said.

        Raises:
            NotFoundError: this user has no such memory.
            InvalidInputError: the memory has no such revision.
        """
        from harmonia_plugins.store.memories import revert

        with self._core.measured("revert"):
            user, memory_id = intake.check_user(user_id), intake.check_id(id)
            change_id = new_id()
            plan = revert(memory_id, revision, self._core.now(), change_id)
            return _applied(change_id, self._core.store.write(user, plan))

    def forget(
        self,
        *,
        user_id: str,
        id: str | None = None,
        session_id: str | None = None,
        all: bool = False,
        sources: bool = False,
    ) -> Forgotten:
        """Remove records for good: no verb in any process finds them afterwards.

        Give exactly one of `id` (a memory), `session_id` (its messages and memories) and
        `all=True` (everything of the user, items too). The bytes leave the disk with `purge`.

        Args:
            user_id: whose records they are.
            id: the memory to remove.
            session_id: the session to remove.
            all: remove the user.
            sources: with `id`, remove the messages the memory came from too.

        Raises:
            NotFoundError: this user has no such memory.
            InvalidInputError: not exactly one of the three was given.
        """
        from harmonia_plugins.store.memories import forget

        with self._core.measured("forget"):
            user = intake.check_user(user_id)
            if (id is not None) + (session_id is not None) + bool(all) != 1:
                raise InvalidInputError(
                    "forget needs exactly one of id=, session_id= and all=True (the whole user)"
                )
            if sources and id is None:
                raise InvalidInputError(
                    "sources=True goes with id=: the others remove messages too"
                )
            plan = forget(
                memory_id=None if id is None else intake.check_id(id),
                session_id=None if session_id is None else intake.check_session(session_id),
                sources=sources,
            )
            gone = self._core.store.write(user, plan)
            if all:
                self._core.store.forget_items(user)
            return gone

    def purge(self) -> Purged:
        """Make the bytes of everything forgotten or replaced leave the disk.

        Rewrites the tables while writers of all processes wait; takes about a second for every
        100 000 records.
        """
        with self._core.measured("purge"):
            return self._core.store.purge()


def _applied(change_id: str, change: Change) -> ChangeSet:
    return ChangeSet(id=change_id, status="applied", changes=(change,))


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


def _fields(given: Mapping[str, Any], zone: tzinfo | None) -> dict[str, Any]:
    """Return checked memory fields; None clears one that may be empty."""
    checks: dict[str, Callable[[Any], Any]] = {
        "content": lambda v: intake.check_statement(v, "content"),
        "type": intake.check_type,
        "tags": lambda v: intake.check_names(v, "tags"),
        "categories": lambda v: intake.check_names(v, "categories"),
        "metadata": intake.check_metadata,
        # As exactly as it is stored, so that the same number again is the same.
        "confidence": lambda v: round(intake.check_share(v, "confidence"), 6),
    }
    clearable: dict[str, Callable[[Any], Any]] = {
        "importance": lambda v: intake.check_share(v, "importance"),
        "subject": lambda v: intake.check_statement(v, "subject"),
        "attribute": lambda v: intake.check_statement(v, "attribute"),
        "value": lambda v: intake.check_statement(v, "value"),
        **{
            name: lambda v, name=name: intake.to_utc(v, name, zone)
            for name in ("occurred_at", "valid_from", "valid_to")
        },
    }
    fields: dict[str, Any] = {}
    for name, item in given.items():
        if name not in checks and name not in clearable:
            known = ", ".join([*checks, *clearable])
            raise InvalidInputError(f"a memory has no field {name!r} to set; there are {known}")
        if name in clearable:
            fields[name] = None if item is None else clearable[name](item)
        else:
            fields[name] = checks[name](item)
    start, end = fields.get("valid_from"), fields.get("valid_to")
    if start and end and end <= start:
        raise InvalidInputError(f"valid_to {end} must lie after valid_from {start}")
    return fields
