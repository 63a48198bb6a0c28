"""The verbs of memories: telling one, and changing those there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from harmonia_plugins.engine.core import new_id
from harmonia_plugins.engine.understanding import Understanding, check_strategy
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Change, ChangeSet, Memory, MemoryType
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.engine.deciding import Plan
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.resident import Resident


class Telling(Understanding):
    """Storing and changing memories."""

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
        trust: float = 1.0,
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
            trust: how far whoever tells it is believed, 0 to 1; what contradicts a belief of a
                source trusted clearly more is quarantined.
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
            text = self._core.redaction.text(intake.check_statement(content, "content"))
            now, zone = self._core.now(), self._zone(user, timezone)
            fields = _fields(
                {
                    "type": classify(text) if type is None else type, "tags": tags,
                    "categories": categories, "confidence": confidence, "trust": trust,
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
                **self._core.redaction.fields(fields),
            )
            return self._tell(slotted(memory), strategy, named=id is not None)

    def _tell(self, memory: Memory, strategy: str | None, *, named: bool) -> ChangeSet:
        """Store a told statement; one that is new may close what it contradicts."""
        from harmonia_plugins.store.learned import apply_learned
        from harmonia_plugins.store.memories import memory_identity, tell

        change_id, identity = new_id(), memory_identity(memory.id)

        def decide(resident: Resident, draft: Draft | None) -> tuple[None, Plan]:
            if (draft or resident).latest(identity) is not None:
                again = tell(memory, *vector, change_id, named=named)
                return None, lambda draft: (again(draft),)
            changes, beliefs = self._decider.told(
                memory, resident, strategy, named=named, draft=draft
            )
            return None, apply_learned(
                [], changes, beliefs.embedded, change_id, memory.recorded_at, {}, beliefs.position
            )

        vector = self._vector(memory.user_id, memory.content)
        return self._decided(memory.user_id, change_id, decide)

    def _decided(
        self,
        user: str,
        change_id: str,
        decide: Callable[[Resident, Draft | None], tuple[None, Plan]],
    ) -> ChangeSet:
        """Store what is decided of a user's memories, and tell whoever listens."""
        from harmonia_plugins.engine.deciding import until_it_holds

        _, changes = until_it_holds(self._core, user, decide)
        stored = ChangeSet(id=change_id, status="applied", changes=changes)
        return self._core.listeners.tell(user, stored)

    def _applied(self, user: str, change_id: str, plan: Callable[[Draft], Change]) -> ChangeSet:
        """Store one change, and tell whoever listens."""
        change = self._core.store.write(user, plan)
        stored = ChangeSet(id=change_id, status="applied", changes=(change,))
        return self._core.listeners.tell(user, stored)

    def _vector(self, user: str, text: str) -> tuple[Any, int]:
        resident = self._core.store.records.resident(user)
        return self._core.vectors(resident, [text])[0], self._core.terms(text)

    def update(self, id: str, *, user_id: str, **changes: Any) -> ChangeSet:
        """Write a revision of a memory with some fields changed.

        Another content brings its own names, subject, attribute and value, unless these are given.

        Args:
            id: the memory.
            user_id: whose memory it is.
            changes: any of `content, type, tags, categories, metadata, confidence, trust,
                importance, occurred_at, valid_from, valid_to, subject, attribute, value`; naive
                times are in UTC, or in the zone given as `timezone`.

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
            fields = self._core.redaction.fields(_fields(changes, zone))
            vector = self._vector(user, fields["content"]) if "content" in fields else None
            change_id = new_id()
            now = self._core.now()
            read = _read_from(fields, now) if "content" in fields else None
            plan = revise(memory_id, fields, "updated", now, change_id, vector, read)
            return self._applied(user, change_id, plan)

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
            return self._applied(user, change_id, plan)

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
            return self._applied(user, change_id, plan)

    def release(self, id: str, *, user_id: str) -> ChangeSet:
        """Let a quarantined memory be believed and recalled; it may close what it contradicts.

        Raises:
            NotFoundError: this user has no such memory.
            InvalidInputError: it is not quarantined.
        """
        from harmonia_plugins.store.draft import Draft
        from harmonia_plugins.store.learned import apply_learned
        from harmonia_plugins.store.memories import quarantined

        with self._core.measured("release"):
            user, memory_id = intake.check_user(user_id), intake.check_id(id)
            change_id, now = new_id(), self._core.now()

            def decide(resident: Resident, draft: Draft | None) -> tuple[None, Plan]:
                held = quarantined(draft or Draft(user, resident), memory_id)
                changes, beliefs = self._decider.released(held, resident, now, draft)
                return None, apply_learned(
                    [], changes, beliefs.embedded, change_id, now, {}, beliefs.position
                )

            return self._decided(user, change_id, decide)


_SLOT = ("subject", "attribute", "value")


def _read_from(fields: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the names in a content and, where none of it is given, its slot."""
    from harmonia_plugins.pipeline.stages.extract import slotted

    bare = Memory(id="", revision=0, user_id="", content=fields["content"], recorded_at=now)
    names = ("entities",) if any(name in fields for name in _SLOT) else ("entities", *_SLOT)
    stated = slotted(bare)
    return {name: getattr(stated, name) for name in names}


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
        "trust": lambda v: intake.check_share(v, "trust"),
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
