"""What messages and told statements change: the stages are run, and nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from harmonia_plugins.engine.preferences import preferences_of
from harmonia_plugins.engine.zones import zone_named
from harmonia_plugins.model import Change, Memory, MemoryType, Message
from harmonia_plugins.pipeline.work import Context, Stage, Work, run_stages
from harmonia_plugins.recall.staleness import READ_OTHERWISE
from harmonia_plugins.store.rows import digest

if TYPE_CHECKING:
    from harmonia_plugins.engine.beliefs import Beliefs
    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.ports import Extractor
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.learned import Waiting
    from harmonia_plugins.store.order import Order
    from harmonia_plugins.store.resident import Resident

T = TypeVar("T")

BEFORE = 8
"""Messages before those to learn from that an extractor sees."""

DECISIONS = 4
"""How often changes are decided while others may write memories; those who never pause would
make every decision stale, so the last one is made under the write lock."""

Plan = Callable[["Draft"], "tuple[Change, ...]"]
"""Stores what was decided, and returns the changes as they are stored."""


class Decider:
    """Runs the stages over messages, and the rules of conflict over what is told."""

    def __init__(
        self, core: Core, extractor: Extractor | None, stages: Sequence[Stage] | None
    ) -> None:
        """Take an extractor and stages; None for the embedded rules and for the nine stages.

        Those are loaded when something is learned: it takes a third of a second.
        """
        self._core = core
        self._chosen = extractor
        self._stages = stages
        self.failures = 0

    @cached_property
    def fallback(self) -> Extractor:
        """The embedded rules, which answer where the extractor fails."""
        from harmonia_plugins.pipeline.extraction import EmbeddedExtractor

        return EmbeddedExtractor()

    @property
    def extractor(self) -> Extractor:
        """What draws statements from messages."""
        return self._chosen or self.fallback

    @property
    def prompt(self) -> bool:
        """Whether deciding takes milliseconds: it runs only code of this package."""
        return self._chosen is None and self._stages is None

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

    # -- messages -----------------------------------------------------------------------------

    def read(
        self, user_id: str, resident: Resident, beliefs: Beliefs, batch: Sequence[Waiting]
    ) -> tuple[Context, Work]:
        """Read messages of one session and order: which statements they make, in what context."""
        from harmonia_plugins.store.codec import to_message

        first = batch[0]
        session = first.row.session_id or "default"
        context = self._context(user_id, session, resident, beliefs, first.order, first.number)
        messages = tuple(to_message(item.row) for item in batch)
        read = run_stages(self._parts[0], Work(messages=messages), context)
        if read.failure is not None:
            self.failures += 1
        return context, read

    def decide(
        self,
        batch: Sequence[Waiting],
        read: Work,
        context: Context,
        resident: Resident,
        beliefs: Beliefs,
    ) -> tuple[Work, Plan]:
        """Decide what statements change as a user's rows are, and return what stores it.

        Raises:
            StoreError: the stages asked for nothing to be stored.
        """
        from harmonia_plugins.errors import StoreError
        from harmonia_plugins.store.learned import apply_learned

        beliefs.prepare([candidate.memory.content for candidate in read.candidates])
        again = self._drawn_before(resident, beliefs, batch)
        plans: list[Plan] = []

        def store(work: Work) -> None:
            # What stands in for a model draws less: that proves nothing against what it drew.
            gone = _no_longer_drawn(again, work, context.now) if work.failure is None else []
            changes = [*work.changes, *gone]
            entry = {"extractor": self.extractor.name}
            if work.failure is not None:
                entry = {"extractor": self.fallback.name, "reason": work.failure[:300]}
            beliefs.prepare([change.after.content for change in changes if change.after])
            plans.append(
                apply_learned(
                    batch, changes, beliefs.embedded, batch[0].order.changeset, context.now,
                    entry, beliefs.position,
                )
            )  # fmt: skip

        work = run_stages(self._parts[1], read, replace(context, beliefs=beliefs, store=store))
        if not plans:
            raise StoreError(
                "the stages ended without storing anything; the messages go on waiting"
            )
        return work, plans[-1]

    def preview(
        self, user_id: str, session_id: str, messages: Sequence[Message], order: Order
    ) -> Work:
        """Return what learning from messages would do, and do nothing."""
        from harmonia_plugins.engine.beliefs import Beliefs

        resident = self._core.store.records.resident(user_id)
        beliefs = Beliefs(self._core, resident)
        context = self._context(user_id, session_id, resident, beliefs, order, None)
        dated = tuple(replace(m, created_at=m.created_at or context.now) for m in messages)
        return run_stages((*self._parts[0], *self._parts[1]), Work(messages=dated), context)

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

    # -- statements that are told -------------------------------------------------------------

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
        changes, beliefs = self._met(memory, resident, strategy, draft)
        same = [change.before for change in changes if change.kind in ("reinforced", "skipped")]
        if any(named or known is None or not known.message_ids for known in same):
            changes = (Change(kind="created", after=memory),)
        return changes, beliefs

    def released(
        self, held: Memory, resident: Resident, now: datetime, draft: Draft | None = None
    ) -> tuple[tuple[Change, ...], Beliefs]:
        """Return what a quarantined statement does to what is believed once it may.

        Whoever releases it vouches for it: it counts as trusted, sure, and said now.
        """
        believed = replace(held, status="active", recorded_at=now)
        vouched = replace(believed, trust=1.0, confidence=1.0, last_seen_at=now)
        met, beliefs = self._met(vouched, resident, None, draft)
        own = [one.after for one in met if one.after is not None and one.after.id == held.id]
        others = [one for one in met if own and one.before is not None]
        if own:
            believed = replace(believed, links=own[0].links, tags=own[0].tags)
        return (*others, Change(kind="released", before=held, after=believed)), beliefs

    def _met(
        self, memory: Memory, resident: Resident, strategy: str | None, draft: Draft | None
    ) -> tuple[tuple[Change, ...], Beliefs]:
        """Return what the rules of conflict make of a statement."""
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
        return changes, beliefs

    # -- what stages may know -----------------------------------------------------------------

    def _strategy(self, resident: Resident, asked: str | None) -> Callable[[MemoryType], str]:
        """Return what names the strategy for a type: the call's, the user's, or the settings'."""
        settings, wishes = self._core.settings, preferences_of(resident)

        def chosen(kind: MemoryType) -> str:
            return (
                asked or wishes.strategies.get(kind.value) or wishes.strategy or settings.strategy
            )

        return chosen

    def _context(
        self,
        user_id: str,
        session_id: str,
        resident: Resident,
        beliefs: Beliefs,
        order: Order,
        number: int | None,
    ) -> Context:
        """Return what stages may know of a message at a row; None for one that is not stored."""
        settings, wishes = self._core.settings, preferences_of(resident)

        def identify(message: Message, content: str) -> str:
            words = " ".join(content.split()).casefold()
            return digest(user_id, "learned", session_id, message.id or "", words)

        return Context(
            user_id=user_id,
            session_id=session_id,
            now=self._core.now(),
            zone=zone_named(order.zone or wishes.timezone),
            before=_before(resident, session_id, number),
            extractor=self.extractor,
            fallback=self.fallback,
            beliefs=beliefs,
            strategy=self._strategy(resident, order.strategy),
            identify=identify,
            store=lambda work: None,
            trusted_roles=settings.trusted_roles,
            learn_from_assistant=settings.learn_from_assistant,
            least_confidence=settings.least_confidence,
            conflict_threshold=settings.conflict_threshold,
        )


def until_it_holds(
    core: Core,
    user_id: str,
    decide: Callable[[Resident, Draft | None], tuple[T, Plan]],
) -> tuple[T, tuple[Change, ...]]:
    """Decide until the decision still holds when it is stored, the last time under the lock.

    Args:
        core: the open store.
        user_id: whose memories are concerned.
        decide: returns a result and what stores it, as a user's rows are; under the write lock
            it is given what the same commit changes already.

    Raises:
        MessageMovedError: a message that was learned from has changed.
        StoreWriteError: the commit failed.
    """
    from harmonia_plugins.store.commits import PositionMovedError
    from harmonia_plugins.store.learned import MessageMovedError

    def alone(draft: Draft) -> tuple[T, tuple[Change, ...]]:
        result, plan = decide(draft.resident, draft)
        return result, plan(draft)

    for _ in range(DECISIONS):
        result, plan = decide(core.store.records.resident(user_id), None)
        try:
            return result, core.store.write(user_id, plan)
        except MessageMovedError:
            raise
        except PositionMovedError:
            continue
    return core.store.write(user_id, alone)


def _before(resident: Resident, session_id: str, number: int | None) -> tuple[Message, ...]:
    from harmonia_plugins.store.codec import message_at

    log = resident.log(session_id)
    end = log.index(number) if number in log else len(log)
    return tuple(message_at(resident, place) for place in log[max(0, end - BEFORE) : end])


def _no_longer_drawn(before: Iterable[Memory], work: Work, now: datetime) -> list[Change]:
    """Retract what earlier learning drew from a message and this time was not drawn."""
    still: set[Any] = {
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
