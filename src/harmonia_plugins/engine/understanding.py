"""The verbs about what was learned: doing it, looking at it, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, cast

from harmonia_plugins.engine.core import Core, new_id
from harmonia_plugins.engine.zones import zone_name, zone_named
from harmonia_plugins.errors import InvalidInputError, NotFoundError, ProviderError, StoreWriteError
from harmonia_plugins.model import ChangeSet, MemoryType, Preferences, TimeMention
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.engine.deciding import Decider
    from harmonia_plugins.engine.learner import Learner
    from harmonia_plugins.engine.learning import Learning


class Understanding:
    """Learning from what is stored."""

    _core: Core
    _decider: Decider
    _learning: Learning
    _learner: Learner | None

    def learn_pending(
        self, *, user_id: str | None = None, limit: int | None = None
    ) -> list[ChangeSet]:
        """Learn from messages that wait, in the caller's thread: for job queues and forked servers.

        Args:
            user_id: whose messages; None for everyone's.
            limit: the most messages to learn from.

        Returns:
            What was learned, one change set for each call of `observe` whose messages waited.

        Raises:
            StoreError: the store could not be read or written; the messages go on waiting.
        """
        with self._core.measured("learn_pending"):
            self._learning.refuse_nested("learn_pending")
            if limit is not None:
                intake.check_k(limit, "limit")
            if user_id is None:
                users = self._core.store.waiting_users()
            else:
                users = [intake.check_user(user_id)]
            found: list[ChangeSet] = []
            for user in users:
                left = None if limit is None else limit - sum(len(c.message_ids) for c in found)
                if left is not None and left <= 0:
                    break
                found += self._learning.learn(user, limit=left).values()
            return found

    def relearn(
        self,
        *,
        user_id: str,
        session_id: str | None = None,
        ids: Iterable[str] | None = None,
        wait: bool = True,
    ) -> ChangeSet:
        """Learn from messages again, for example with another extractor.

        What is drawn again stays one memory; what is no longer drawn is retracted. Messages that
        were stored with `extract=False` are learned from as well.

        Args:
            user_id: whose messages.
            session_id: only of this session; None for all.
            ids: only these messages; None for all.
            wait: learn now; otherwise they wait like messages of `observe(wait=False)`.
        """
        from harmonia_plugins.store.learned import set_waiting

        with self._core.measured("relearn"):
            if wait:
                self._learning.refuse_nested("relearn")
            user = intake.check_user(user_id)
            session = None if session_id is None else intake.check_session(session_id)
            several = None if ids is None else intake.check_several(ids, "ids")
            wanted = None if several is None else {intake.check_id(one) for one in several}
            resident = self._core.store.records.resident(user)
            chosen = [
                identity
                for identity, _ in resident.of_kind("message")
                if (session is None or identity[1] == session)
                and (wanted is None or identity[2] in wanted)
            ]
            change_id = new_id()
            queued = tuple(
                self._core.store.write(user, set_waiting(chosen, change_id, self._core.now()))
            )
            if not queued:
                return ChangeSet(id=change_id, status="applied")
            return self._learned(user, change_id, queued, wait=wait)

    def undo(self, changeset: ChangeSet | str, *, user_id: str) -> ChangeSet:
        """Take back everything one observation or other write did to memories.

        What it created is retracted, what it changed says again what it said before. A memory
        that something else has changed since is left alone and reported as `skipped`. Messages
        stay. Works in any process, at any later time.

        Raises:
            NotFoundError: no memory of this user was changed by it.
        """
        from harmonia_plugins.store.learned import changed_by, undo_changes

        with self._core.measured("undo"):
            user = intake.check_user(user_id)
            given: object = changeset
            target = given.id if isinstance(given, ChangeSet) else intake.check_id(given)
            identities = changed_by(self._core.store.records.resident(user), target)
            if not identities:
                raise NotFoundError(f"this user has no memory that change set {target!r} changed")
            undo_id = new_id()
            plan = undo_changes(identities, target, undo_id, self._core.now())
            changes = self._core.store.write(user, plan)
            if not changes:
                raise NotFoundError(f"what change set {target!r} changed has been forgotten")
            undone = ChangeSet(id=undo_id, status="applied", changes=tuple(changes))
            return self._core.listeners.tell(user, undone)

    def preferences(
        self,
        *,
        user_id: str,
        timezone: str | None = None,
        strategy: str | None = None,
        strategies: Mapping[MemoryType | str, str] | None = None,
    ) -> Preferences:
        """Return a user's preferences, after changing those that are given.

        Args:
            user_id: whose preferences.
            timezone: IANA name of the zone that naive and relative times are meant in.
            strategy: how conflicts are resolved for this user.
            strategies: how for single types; `auto` ends an exception.
        """
        from harmonia_plugins.engine.preferences import preferences_of, set_preferences

        with self._core.measured("preferences"):
            user = intake.check_user(user_id)
            if timezone is not None:
                intake.zone_of(timezone)
            named: object = {} if strategies is None else strategies
            if not isinstance(named, Mapping):
                raise InvalidInputError(f"strategies must map types to names, not {strategies!r}")
            several = cast("Mapping[object, object]", named)
            given = {
                intake.check_type(kind).value: check_strategy(name)
                for kind, name in several.items()
            }
            if timezone is None and strategy is None and not given:
                return preferences_of(self._core.store.records.resident(user))
            chosen = None if strategy is None else check_strategy(strategy)
            plan = set_preferences(timezone, chosen, given, self._core.now())
            return self._core.store.write(user, plan)

    def resolve_time(
        self, text: str, *, at: datetime, timezone: str | None = None
    ) -> list[TimeMention]:
        """Return the time expressions of a text, resolved against a moment.

        Args:
            text: a sentence or message.
            at: when it was said; naive: wall clock in `timezone`.
            timezone: IANA name of the speaker's zone; default: the offset of `at`, else UTC.
        """
        from harmonia_plugins.pipeline.temporal import find_times

        with self._core.measured("resolve_time"):
            checked = intake.check_text(text, "text")
            zone = intake.zone_of(timezone)
            moment = intake.to_utc(at, "at", zone)
            return find_times(checked, at=moment, zone=zone or zone_named(zone_name(at, None)))

    def _zone(self, user: str, timezone: str | None) -> tzinfo | None:
        """Return the zone of a user's naive times: the caller's choice, else their preference."""
        return intake.zone_of(self._zone_name(user, timezone))

    def _zone_name(self, user: str, timezone: str | None) -> str | None:
        from harmonia_plugins.engine.preferences import preferences_of

        if timezone is not None:
            return timezone
        return preferences_of(self._core.store.records.resident(user)).timezone

    def _learned(self, user: str, change_id: str, ids: tuple[str, ...], *, wait: bool) -> ChangeSet:
        """Learn now what one write has queued, or leave it to the thread."""
        if not wait:
            if self._learner is not None:
                inside = self._core.store.locks.learning_here
                self._learner.add(user, len(ids), patient=not inside)
            return ChangeSet(id=change_id, status="queued", message_ids=ids)
        from harmonia_plugins.store.learned import changes_of

        try:
            learned = self._learning.learn(user).get(change_id)
        except (ProviderError, StoreWriteError) as error:  # the messages are stored all the same
            why = f"not learned from yet, the messages wait: {error}"
            return ChangeSet(id=change_id, status="queued", message_ids=ids, trace=(why,))
        if learned is None:  # another thread or process was there first
            found = changes_of(self._core.store.records.resident(user), change_id)
            return ChangeSet(id=change_id, status="applied", message_ids=ids, changes=tuple(found))
        return replace(learned, message_ids=ids)


def check_strategy(name: object) -> str:
    """Return the name of a strategy."""
    from harmonia_plugins.pipeline.conflicts import STRATEGIES

    return intake.check_choice(name, ("auto", *STRATEGIES), "strategy")
