"""Learning from messages: which wait, in which order, and one commit for them and what they teach.

`deciding` says what they change; here it is stored, once, whatever happens meanwhile.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from harmonia_plugins.engine.core import new_id
from harmonia_plugins.engine.deciding import Decider, Plan, until_it_holds
from harmonia_plugins.errors import ClosedError, InvalidInputError, ProviderError, StoreError
from harmonia_plugins.model import Change, ChangeSet, Message
from harmonia_plugins.store.rows import owner_of

if TYPE_CHECKING:
    from harmonia_plugins.engine.beliefs import Beliefs
    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.pipeline.work import Work
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.learned import Waiting
    from harmonia_plugins.store.order import Order
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.rows import Row

log = logging.getLogger(__name__)

BATCH = 16
"""Messages learned from in one commit: a crash loses at most the work on so many."""

_TRIES = 3
"""How often a message is tried before it is set aside."""


def _never() -> bool:
    return False


@dataclass
class Learned:
    """What was learned for one change set."""

    id: str | None = None
    changes: list[Change] = field(default_factory=list[Change])
    trace: list[str] = field(default_factory=list[str])
    message_ids: list[str] = field(default_factory=list[str])

    def change_set(self, before: ChangeSet | None = None) -> ChangeSet:
        """Return it as a value, behind what was learned for the same change set before."""
        first = before or ChangeSet(id=self.id or "", status="applied")
        return replace(
            first,
            message_ids=(*first.message_ids, *self.message_ids),
            changes=(*first.changes, *self.changes),
            trace=(*first.trace, *self.trace),
        )


class Learning:
    """Learns from messages; serial for each user, across threads and processes."""

    def __init__(self, core: Core, decider: Decider) -> None:
        self._core = core
        self._decider = decider
        self._tries: defaultdict[str, int] = defaultdict(int)
        self.set_aside = 0
        self._last_failure = ""

    def refuse_nested(self, verb: str) -> None:
        """Refuse a verb that waits for learning where the thread that calls it is learning.

        Raises:
            InvalidInputError: it is.
        """
        if self._core.store.locks.learning_here:
            raise InvalidInputError(
                f"{verb} was called by an extractor or a stage, and would wait for the learning "
                "that this is a part of: give wait=False, or call it from outside"
            )

    def learn(
        self, user_id: str, stop: Callable[[], bool] = _never, *, limit: int | None = None
    ) -> dict[str, ChangeSet]:
        """Learn from every message of a user that waits, and return what, by change set.

        Args:
            user_id: whose messages.
            stop: asked before each batch, and while others learn; the rest goes on waiting.
            limit: the most messages to learn from.

        Raises:
            StoreError: the store could not be read or written; the messages go on waiting.
            ProviderError: the embedder is away; the messages go on waiting.
        """
        learned: dict[str, ChangeSet] = {}
        done = 0
        while not stop() and (limit is None or done < limit):
            result = Learned()
            try:
                with self._core.store.locks.learning(owner_of(user_id), stop) as mine:
                    if mine:
                        left = None if limit is None else limit - done
                        self._learn_oldest(user_id, stop, left, result)
            finally:  # what was stored before an error is stored; nobody is told under the lock
                self._core.listeners.tell(user_id, result.change_set())
            if result.id is None:
                break
            learned[result.id] = result.change_set(learned.get(result.id))
            done += len(result.message_ids)
        return learned

    def _learn_oldest(
        self, user_id: str, stop: Callable[[], bool], limit: int | None, result: Learned
    ) -> None:
        """Learn from the messages of the change set that has waited longest."""
        from harmonia_plugins.store.learned import MessageMovedError, first_waiting

        while not stop() and (limit is None or len(result.message_ids) < limit):
            resident = self._core.store.records.resident(user_id)
            left = BATCH if limit is None else min(BATCH, limit - len(result.message_ids))
            batch = _of_one_order(first_waiting(resident, left))
            if not batch or result.id not in (None, batch[0].order.changeset):
                return
            result.id = batch[0].order.changeset
            try:
                self._learn_batch(user_id, batch, result)
            except MessageMovedError:
                continue  # what waits now is another thing

    def _learn_batch(self, user_id: str, batch: list[Waiting], result: Learned) -> None:
        try:
            work, changes = self._learn(user_id, batch)
        except Exception as error:
            if not self._is_about_messages(error):
                raise
            if len(batch) > 1:  # find the one that fails
                for item in batch:
                    self._learn_batch(user_id, [item], result)
                return
            self._failed(user_id, batch[0], error, result)
            return
        result.message_ids += [item.row.id for item in batch]
        result.changes += changes
        result.trace += work.trace

    def _learn(self, user_id: str, batch: list[Waiting]) -> tuple[Work, tuple[Change, ...]]:
        """Read the messages once, then decide until the decision still holds when it is stored."""
        from harmonia_plugins.engine.beliefs import Beliefs

        resident = self._core.store.records.resident(user_id)
        beliefs = Beliefs(self._core, resident)
        context, read = self._decider.read(user_id, resident, beliefs, batch)

        def decide(resident: Resident, draft: Draft | None) -> tuple[Work, Plan]:
            beliefs = Beliefs(self._core, resident, draft)
            return self._decider.decide(batch, read, context, resident, beliefs)

        return until_it_holds(self._core, user_id, decide)

    def _is_about_messages(self, error: Exception) -> bool:
        """Tell a fault of a message or a stage from one of the store or a server.

        Those pass. An extractor's server has been replaced already, so it is the embedder's.
        """
        if isinstance(error, ProviderError):
            try:
                self._core.embedder.embed([new_id()])  # a text that no cache knows
            except ProviderError:
                return False
        return not isinstance(error, (StoreError, ClosedError))

    def _failed(self, user_id: str, item: Waiting, error: Exception, result: Learned) -> None:
        """Set a message aside once it has failed too often; else it goes on waiting."""
        key = f"{item.row.identity}:{item.order.changeset}"
        self._tries[key] += 1
        why = f"{type(error).__name__}: {error}"[:300]
        log.warning("learning from message %s failed: %s", item.row.id, why)
        if self._tries[key] < _TRIES:
            self._learn_batch(user_id, [item], result)
            return
        from harmonia_plugins.store.learned import apply_learned

        plan = apply_learned(
            [item], (), _nothing, item.order.changeset, self._core.now(), {"failed": why}, None
        )
        self._core.store.write(user_id, plan)
        del self._tries[key]
        self.set_aside += 1
        self._last_failure = why
        result.message_ids.append(item.row.id)
        result.trace.append(f"message {item.row.id} set aside after {_TRIES} tries: {why}")

    def warnings(self) -> list[str]:
        """Tell of messages that nothing is learned from since the engine was opened."""
        if not self.set_aside:
            return []
        return [
            f"{self.set_aside} messages were set aside, nothing is learned from them (the last: "
            f"{self._last_failure}); once the cause is mended, relearn tries them again"
        ]

    # -- storing and learning at once ---------------------------------------------------------

    def learn_at_once(
        self, user_id: str, session_id: str, given: Sequence[Message], orders: Sequence[Order]
    ) -> ChangeSet | None:
        """Store new messages and what they teach in one commit, where that is safe.

        It is where only this package's own rules read them, no other message of the user waits
        before them, nobody else learns from the user's messages, and nothing of the user is
        stored meanwhile. Whatever goes wrong before the commit is left to the long way: to store
        the messages first and to learn from them then.

        Returns:
            What was stored and learned, or None: nothing was.

        Raises:
            ProviderError: the embedder failed on a message; nothing was stored.
            StoreWriteError: the disk refused; nothing was stored.
        """
        ids = {message.id for message in given}
        apart = len(ids) < len(given) or len(set(orders)) != 1 or not given[0].content.strip()
        if apart or len(given) > BATCH or not self._decider.prompt:
            return None
        records, locks = self._core.store.records, self._core.store.locks
        with records.arriving(), locks.learning(owner_of(user_id), lambda: True, patience=0) as now:
            learned = self._at_once(user_id, session_id, given, orders[0]) if now else None
        return None if learned is None else self._core.listeners.tell(user_id, learned)

    def _at_once(
        self, user_id: str, session_id: str, given: Sequence[Message], order: Order
    ) -> ChangeSet | None:
        from harmonia_plugins.engine.beliefs import Beliefs
        from harmonia_plugins.store.commits import PositionMovedError
        from harmonia_plugins.store.learned import count_waiting

        resident = self._core.store.records.resident(user_id)
        seen = resident.position
        known = (resident.latest(("message", session_id, message.id or "")) for message in given)
        if count_waiting(resident) or any(number is not None for number in known):
            return None
        beliefs = Beliefs(self._core, resident)
        # A message that cannot be embedded cannot be stored either.
        beliefs.prepare([message.content for message in given if message.content.strip()])
        try:
            batch, work, plan = self._planned(user_id, session_id, given, order, resident, beliefs)
        except Exception as error:  # noqa: BLE001 - the long way meets it again, and deals with it
            log.debug("messages are stored before they are learned from: %s", error)
            return None
        try:
            changes = self._core.store.write(user_id, plan, position=seen)
        except PositionMovedError:
            return None
        return ChangeSet(
            id=order.changeset, status="applied", changes=changes, trace=work.trace,
            message_ids=tuple(item.row.id for item in batch),
        )  # fmt: skip

    def _planned(
        self,
        user_id: str,
        session_id: str,
        given: Sequence[Message],
        order: Order,
        resident: Resident,
        beliefs: Beliefs,
    ) -> tuple[list[Waiting], Work, Plan]:
        """Decide what messages change before they are stored, and return what stores both."""
        from harmonia_plugins.store.learned import Waiting
        from harmonia_plugins.store.messages import first_rows

        bare = first_rows(given, user_id, session_id, self._core.now(), order)
        rows = [_embedded(beliefs, row) for row in bare]
        batch = [Waiting(row, order) for row in rows if row.waiting]
        context, read = self._decider.read(user_id, resident, beliefs, batch)
        work, learn = self._decider.decide(batch, read, context, resident, beliefs)

        def plan(draft: Draft) -> tuple[Change, ...]:
            for row in rows:
                draft.add(row)
            return learn(draft)

        return batch, work, plan


def _embedded(beliefs: Beliefs, row: Row) -> Row:
    if not row.text.strip():
        return row
    found = beliefs.embedded(row.text)
    return replace(row, vector=found.vector, length=found.length)


def _of_one_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Return the first messages, as far as they belong to one order and session."""
    batch: list[Waiting] = []
    for item in waiting:
        first = batch[0] if batch else item
        if (item.order, item.row.session_id) != (first.order, first.row.session_id):
            break
        batch.append(item)
    return batch


def _nothing(content: str) -> Any:
    raise AssertionError("nothing is embedded where nothing changes")
