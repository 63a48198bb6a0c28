"""Learning from messages: which wait, what the stages make of them, and one commit for both."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from harmonia_plugins.engine.core import new_id
from harmonia_plugins.engine.preferences import preferences_of
from harmonia_plugins.engine.zones import zone_named
from harmonia_plugins.model import Change, Memory, MemoryType, Message
from harmonia_plugins.pipeline.work import Context, Stage, Work, run_stages
from harmonia_plugins.recall.staleness import READ_OTHERWISE
from harmonia_plugins.store.rows import digest, owner_of

if TYPE_CHECKING:
    from harmonia_plugins.engine.beliefs import Beliefs
    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.ports import Extractor
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.learned import Waiting
    from harmonia_plugins.store.resident import Resident

log = logging.getLogger(__name__)

BATCH = 16
"""Messages learned from in one commit: a crash loses at most the work on so many."""

BEFORE = 8
"""Messages before those to learn from that an extractor sees."""

_TRIES = 3
"""How often a message is tried before it is set aside."""

DECISIONS = 4
"""How often changes are decided while others may write memories; those who never pause would
make every decision stale, so the last one is made under the write lock."""


def _never() -> bool:
    return False


@dataclass
class Learned:
    """What was learned for one change set."""

    changes: list[Change] = field(default_factory=list[Change])
    trace: list[str] = field(default_factory=list[str])
    message_ids: list[str] = field(default_factory=list[str])


class Learning:
    """Learns from stored messages; serial for each user, across threads and processes."""

    def __init__(
        self, core: Core, extractor: Extractor | None, stages: Sequence[Stage] | None
    ) -> None:
        """Take an extractor and stages; None for the embedded rules and for the nine stages.

        Those are loaded when something is learned: it takes a third of a second.
        """
        self._core = core
        self._chosen = extractor
        self._stages = stages
        self._settled: WeakKeyDictionary[Resident, int] = WeakKeyDictionary()
        self._tries: defaultdict[str, int] = defaultdict(int)
        self.failures = 0
        self.set_aside = 0

    @cached_property
    def _fallback(self) -> Extractor:
        from harmonia_plugins.pipeline.extraction import EmbeddedExtractor

        return EmbeddedExtractor()

    @property
    def extractor(self) -> Extractor:
        """What draws statements from messages."""
        return self._chosen or self._fallback

    @cached_property
    def _parts(self) -> tuple[tuple[Stage, ...], tuple[Stage, ...]]:
        """The stages that read messages, run once, and those that decide, maybe run again."""
        from harmonia_plugins.pipeline.stages import STAGES

        stages = STAGES if self._stages is None else tuple(self._stages)
        first = next(
            (n for n, stage in enumerate(stages) if stage.one_by_one or stage.name == "store"),
            len(stages),
        )
        return stages[:first], stages[first:]

    def learn(
        self, user_id: str, stop: Callable[[], bool] = _never, *, limit: int | None = None
    ) -> dict[str, Learned]:
        """Learn from every message of a user that waits, and return what, by change set.

        Args:
            user_id: whose messages.
            stop: asked before each batch, and while others learn; the rest goes on waiting.
            limit: the most messages to learn from.

        Raises:
            StoreError: the store could not be read or written; the messages go on waiting.
            ProviderError: the embedder is away; the messages go on waiting.
        """
        from harmonia_plugins.store.learned import MessageMovedError

        learned: defaultdict[str, Learned] = defaultdict(Learned)
        with self._core.store.locks.learning(owner_of(user_id), stop) as mine:
            done = 0
            while mine and not stop() and (limit is None or done < limit):
                resident = self._core.store.records.resident(user_id)
                left = BATCH if limit is None else limit - done
                batch = _first_batch(self.waiting(resident), left)
                if not batch:
                    break
                result = learned[batch[0].changeset_id]
                try:
                    self._learn_batch(user_id, batch, result)
                except MessageMovedError:
                    continue  # what waits now is another thing
                done += len(batch)
        return dict(learned)

    def waiting(self, resident: Resident) -> list[Waiting]:
        """Return the messages of a user that wait, remembering up to where none does."""
        from harmonia_plugins.store.learned import waiting_messages

        end = resident.view().size
        found = waiting_messages(resident, self._settled.get(resident, 0))
        self._settled[resident] = found[0].number if found else end
        return found

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

    def _is_about_messages(self, error: Exception) -> bool:
        """Tell a fault of a message or an extractor from one of the store or a server.

        Those pass. An extractor's server has been replaced already, so it is the embedder's.
        """
        from harmonia_plugins.errors import ClosedError, ProviderError, StoreError

        if isinstance(error, ProviderError):
            try:
                self._core.embedder.embed([new_id()])  # a text that no cache knows
            except ProviderError:
                return False
        return not isinstance(error, (StoreError, ClosedError))

    def _failed(self, user_id: str, item: Waiting, error: Exception, result: Learned) -> None:
        """Set a message aside once it has failed too often; else it goes on waiting."""
        key = f"{item.row.identity}:{item.changeset_id}"
        self._tries[key] += 1
        why = f"{type(error).__name__}: {error}"[:300]
        log.warning("learning from message %s failed: %s", item.row.id, why)
        if self._tries[key] < _TRIES:
            self._learn_batch(user_id, [item], result)
            return
        from harmonia_plugins.store.learned import apply_learned

        plan = apply_learned(
            [item], (), _nothing, item.changeset_id, self._core.now(), {"failed": why}, None
        )
        self._core.store.write(user_id, plan)
        self.set_aside += 1
        result.message_ids.append(item.row.id)
        result.trace.append(f"message {item.row.id} set aside after {_TRIES} tries: {why}")

    def _learn(self, user_id: str, batch: list[Waiting]) -> tuple[Work, list[Change]]:
        """Read the messages once, then decide until the decision still holds when it is stored."""
        from harmonia_plugins.engine.beliefs import Beliefs
        from harmonia_plugins.store.collection import PositionMovedError
        from harmonia_plugins.store.learned import MessageMovedError

        store = self._core.store
        resident = store.records.resident(user_id)
        context = self._context(user_id, resident, Beliefs(self._core, resident), batch[0])
        read = run_stages(self._parts[0], _work(batch), context)
        if read.failure is not None:
            self.failures += 1

        def commit(plan: Callable[[Draft], None]) -> None:
            store.write(user_id, plan)

        def alone(draft: Draft) -> tuple[Work, list[Change]]:
            beliefs = Beliefs(self._core, draft.resident, draft)
            return self._decide(batch, read, context, draft.resident, beliefs, lambda p: p(draft))

        for attempt in range(DECISIONS + 1):
            try:
                if attempt == DECISIONS:
                    return store.write(user_id, alone)
                resident = store.records.resident(user_id)
                beliefs = Beliefs(self._core, resident)
                return self._decide(batch, read, context, resident, beliefs, commit)
            except MessageMovedError:
                raise
            except PositionMovedError:
                continue
        raise AssertionError("nothing moves under the write lock")

    def _decide(
        self,
        batch: list[Waiting],
        read: Work,
        context: Context,
        resident: Resident,
        beliefs: Beliefs,
        commit: Callable[[Callable[[Draft], None]], None],
    ) -> tuple[Work, list[Change]]:
        """Decide what statements change as a user's rows are, and hand over what to store."""
        from harmonia_plugins.errors import StoreError
        from harmonia_plugins.store.learned import apply_learned

        beliefs.prepare([candidate.memory.content for candidate in read.candidates])
        again = self._drawn_before(resident, beliefs, batch)

        stored: list[list[Change]] = []

        def store(work: Work) -> None:
            # What stands in for a model draws less: that proves nothing against what it drew.
            gone = _no_longer_drawn(again, work, context.now) if work.failure is None else []
            changes = [*work.changes, *gone]
            entry = {"extractor": self.extractor.name}
            if work.failure is not None:
                entry = {"extractor": self._fallback.name, "reason": work.failure[:300]}
            beliefs.prepare([change.after.content for change in changes if change.after])
            plan = apply_learned(
                batch, changes, beliefs.embedded, batch[0].changeset_id, context.now, entry,
                beliefs.position,
            )  # fmt: skip
            commit(plan)
            stored.append(changes)

        work = run_stages(self._parts[1], read, replace(context, beliefs=beliefs, store=store))
        if not stored:
            raise StoreError(
                "the stages ended without storing anything; the messages go on waiting"
            )
        return work, stored[-1]

    def preview(
        self, user_id: str, session_id: str, messages: Sequence[Message], order: Mapping[str, Any]
    ) -> Work:
        """Return what learning from messages would do, and do nothing."""
        from harmonia_plugins.engine.beliefs import Beliefs

        resident = self._core.store.records.resident(user_id)
        beliefs = Beliefs(self._core, resident)
        before = self._before(resident, session_id, None)
        context = self._made(user_id, session_id, resident, beliefs, order, before)
        dated = tuple(replace(m, created_at=m.created_at or context.now) for m in messages)
        return run_stages((*self._parts[0], *self._parts[1]), Work(messages=dated), context)

    def told(
        self,
        memory: Memory,
        resident: Resident,
        strategy: str | None,
        *,
        named: bool,
        draft: Draft | None = None,
    ) -> tuple[tuple[Change, ...], Beliefs]:
        """Return what a statement that was told does to what is believed.

        It may be one more mention of what was learned from messages; one with an id of the
        caller's stays a memory of its own, as do others that were told under an id.
        """
        from harmonia_plugins.engine.beliefs import Beliefs
        from harmonia_plugins.pipeline.conflicts import ConflictSettings, resolve

        beliefs = Beliefs(self._core, resident, draft)
        near = beliefs.near(memory)
        cosines = {known.id: cosine for known, cosine in near}
        changes = resolve(
            memory, "asserted", [known for known, _ in near], lambda known: cosines[known.id],
            self._strategy(resident, strategy)(memory.type), now=memory.recorded_at,
            settings=ConflictSettings(threshold=self._core.settings.conflict_threshold),
        )  # fmt: skip
        same = [change.before for change in changes if change.kind in ("reinforced", "skipped")]
        if any(named or known is None or not known.message_ids for known in same):
            changes = (Change(kind="created", after=memory),)
        return changes, beliefs

    def _strategy(self, resident: Resident, asked: str | None) -> Callable[[MemoryType], str]:
        """Return what names the strategy for a type: the call's, the user's, or the settings'."""
        settings, wishes = self._core.settings, preferences_of(resident)

        def chosen(kind: MemoryType) -> str:
            return (
                asked or wishes.strategies.get(kind.value) or wishes.strategy or settings.strategy
            )

        return chosen

    def _context(
        self, user_id: str, resident: Resident, beliefs: Beliefs, first: Waiting
    ) -> Context:
        session = first.row.session_id or "default"
        before = self._before(resident, session, first.number)
        return self._made(user_id, session, resident, beliefs, first.order, before)

    def _made(
        self,
        user_id: str,
        session_id: str,
        resident: Resident,
        beliefs: Beliefs,
        order: Mapping[str, Any],
        before: tuple[Message, ...],
    ) -> Context:
        settings, wishes = self._core.settings, preferences_of(resident)

        def identify(message: Message, content: str) -> str:
            words = " ".join(content.split()).casefold()
            return digest(user_id, "learned", session_id, message.id or "", words)

        return Context(
            user_id=user_id,
            session_id=session_id,
            now=self._core.now(),
            zone=zone_named(order.get("zone") or wishes.timezone),
            before=before,
            extractor=self.extractor,
            fallback=self._fallback,
            beliefs=beliefs,
            strategy=self._strategy(resident, order.get("strategy")),
            identify=identify,
            store=lambda work: None,
            trusted_roles=settings.trusted_roles,
            learn_from_assistant=settings.learn_from_assistant,
            least_confidence=settings.least_confidence,
            conflict_threshold=settings.conflict_threshold,
        )

    def _before(
        self, resident: Resident, session_id: str, number: int | None
    ) -> tuple[Message, ...]:
        from harmonia_plugins.store.codec import message_at

        log = resident.log(session_id)
        end = log.index(number) if number in log else len(log)
        return tuple(message_at(resident, place) for place in log[max(0, end - BEFORE) : end])

    def _drawn_before(
        self, resident: Resident, beliefs: Beliefs, batch: Iterable[Waiting]
    ) -> list[Memory]:
        """Return what was drawn from these messages when they were learned from before."""
        from harmonia_plugins.store.learned import learned_before

        return [
            memory
            for item in batch
            if learned_before(resident, item)
            for memory in beliefs.drawn_from(item.row.session_id or "", item.row.id)
        ]


def _first_batch(waiting: Sequence[Waiting], limit: int) -> list[Waiting]:
    """Return the oldest messages that belong to one change set and session, a few at most."""
    batch: list[Waiting] = []
    for item in waiting[: min(BATCH, limit)]:
        first = batch[0] if batch else item
        if (item.order, item.row.session_id) != (first.order, first.row.session_id):
            break
        batch.append(item)
    return batch


def _work(batch: Iterable[Waiting]) -> Work:
    from harmonia_plugins.store.codec import to_message

    return Work(messages=tuple(to_message(item.row) for item in batch))


def _no_longer_drawn(before: Iterable[Memory], work: Work, now: datetime) -> list[Change]:
    """Retract what earlier learning drew from a message and this time was not drawn."""
    still = {
        value.id
        for candidate in work.candidates
        for change in candidate.changes
        for value in (change.before, change.after)
        if value is not None
    }
    return [
        Change(
            kind="retracted",
            before=memory,
            after=replace(memory, status="retracted", recorded_at=now),
            strategy="auto",
            reason=READ_OTHERWISE,
        )
        for memory in before
        if memory.id not in still
    ]


def _nothing(content: str) -> Any:
    raise AssertionError("nothing is embedded where nothing changes")
