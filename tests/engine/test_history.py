"""Whatever is done to memories, in whatever order, their history says exactly what happened."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)

from harmonia_plugins import InvalidInputError, Memory, MemoryEngine, NotFoundError
from harmonia_plugins.testing import FrozenClock, HashEmbedder

USER = "nora"
WORDS = ("plum", "quartz", "ribbon", "saddle")
IDS = ("one", "two", "three")
contents = st.sampled_from([f"The {word} is kept" for word in WORDS])
shares = st.sampled_from([0.25, 0.5, 1.0])


@dataclass(frozen=True)
class Told:
    """One expected revision."""

    content: str
    confidence: float
    status: str
    kind: str
    at: datetime
    mentions: int = 1


class Histories(RuleBasedStateMachine):
    """Random writes against a plain dict of expected revisions."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = FrozenClock()
        self.model: dict[str, list[Told]] = {}
        self.by_content: dict[str, str] = {}
        self.feed: list[tuple[str, int]] = []
        self.moments = [self.clock.now()]
        self.engine = self._opened()

    def _opened(self) -> MemoryEngine:
        return MemoryEngine(
            self.folder / "store", embedder=HashEmbedder(), clock=self.clock, learning="manual"
        )

    def teardown(self) -> None:
        self.engine.close()
        shutil.rmtree(self.folder)

    # -- what is done --------------------------------------------------------------------------

    def _expect(self, id: str, told: Told) -> None:
        self.model.setdefault(id, []).append(told)
        self.feed.append((id, len(self.model[id])))

    @rule(content=contents, confidence=shares, id=st.none() | st.sampled_from(IDS))
    def remember(self, content: str, confidence: float, id: str | None) -> None:
        done = self.engine.remember(content, user_id=USER, id=id, confidence=confidence)
        (change,) = done.changes
        told_id = change.after.id if change.after else change.before.id
        if id is not None:
            assert told_id == id
        else:
            assert told_id == self.by_content.setdefault(content, told_id)
        known = self.model.get(told_id, [])
        last = known[-1] if known else None
        same = last and (last.content, last.confidence, last.status) == (
            content, confidence, "active",
        )  # fmt: skip
        now = self.clock.now()
        if last is None:
            expected = Told(content, confidence, "active", "created", now)
        elif same and id is not None:
            assert change.kind == "skipped"
            return
        elif same:
            expected = Told(content, confidence, "active", "reinforced", now, last.mentions + 1)
        else:
            expected = Told(content, confidence, "active", "updated", now, last.mentions)
        assert change.kind == expected.kind
        self._expect(told_id, expected)

    @precondition(lambda self: self.model)
    @rule(data=st.data(), content=contents, confidence=st.none() | shares)
    def update(self, data: st.DataObject, content: str, confidence: float | None) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        last = self.model[id][-1]
        given = {"content": content} | ({} if confidence is None else {"confidence": confidence})
        (change,) = self.engine.update(id, user_id=USER, **given).changes
        after = (content, last.confidence if confidence is None else confidence)
        if after == (last.content, last.confidence):
            assert change.kind == "skipped"
            return
        self._expect(id, Told(*after, last.status, "updated", self.clock.now(), last.mentions))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def archive(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        last = self.model[id][-1]
        (change,) = self.engine.archive(id, user_id=USER).changes
        if last.status == "archived":
            assert change.kind == "skipped"
            return
        at = self.clock.now()
        self._expect(
            id, Told(last.content, last.confidence, "archived", "archived", at, last.mentions)
        )

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def revert(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        revision = data.draw(st.integers(1, len(self.model[id])))
        old = self.model[id][revision - 1]
        self.engine.revert(id, user_id=USER, revision=revision)
        at = self.clock.now()
        self._expect(
            id, Told(old.content, old.confidence, old.status, "reverted", at, old.mentions)
        )

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        assert self.engine.forget(user_id=USER, id=id).memories == 1
        del self.model[id]
        self.feed = [entry for entry in self.feed if entry[0] != id]
        with pytest.raises(NotFoundError):
            self.engine.history(id, user_id=USER)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def refuse_what_is_not_there(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.model)))
        with pytest.raises(InvalidInputError):
            self.engine.revert(id, user_id=USER, revision=len(self.model[id]) + 1)
        for change in (
            lambda: self.engine.update("none such", user_id=USER, confidence=0.5),
            lambda: self.engine.archive(id, user_id="someone else"),
        ):
            with pytest.raises(NotFoundError):
                change()

    @rule(seconds=st.sampled_from([1, 3600, 86_400 * 40]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.moments.append(self.clock.now())

    @rule()
    def reopen(self) -> None:
        self.engine.close()
        self.engine = self._opened()

    # -- what must hold ------------------------------------------------------------------------

    @invariant()
    def every_memory_reads_back(self) -> None:
        listed = {m.id: m for m in self.engine.memories(user_id=USER, status=None, limit=10_000)}
        assert set(listed) == set(self.model)
        for id, told in self.model.items():
            found = self.engine.get(id, user_id=USER)
            assert found == listed[id]
            assert self._read(found) == (*self._wanted(told[-1]), len(told))
            assert found.superseded_at is None
        active = {m.id for m in self.engine.memories(user_id=USER, limit=10_000)}
        assert active == {id for id, told in self.model.items() if told[-1].status == "active"}

    @invariant()
    def histories_have_no_gaps(self) -> None:
        for id, told in self.model.items():
            history = self.engine.history(id, user_id=USER)
            assert [step.memory.revision for step in history] == list(range(1, len(told) + 1))
            assert [step.kind for step in history] == [item.kind for item in told]
            assert len({step.changeset_id for step in history}) == len(told)
            for step, item in zip(history, told, strict=True):
                assert self._read(step.memory)[:-1] == self._wanted(item)
            ends = [step.memory.superseded_at for step in history]
            assert ends == [*(item.at for item in told[1:]), None]
            self._check_diffs(id, [step.memory for step in history])

    def _check_diffs(self, id: str, revisions: list[Memory]) -> None:
        outside = {"revision", "recorded_at", "superseded_at"}
        for old, new in [(1, len(revisions)), (max(1, len(revisions) - 1), len(revisions))]:
            before, after = revisions[old - 1], revisions[new - 1]
            differing = {
                f.name: (getattr(before, f.name), getattr(after, f.name))
                for f in fields(Memory)
                if f.name not in outside and getattr(before, f.name) != getattr(after, f.name)
            }
            changed = self.engine.diff(id, user_id=USER, old=old, new=new)
            assert {c.field: (c.before, c.after) for c in changed} == differing
        assert self.engine.diff(id, user_id=USER) == changed

    @invariant()
    def the_feed_holds_every_change_in_order(self) -> None:
        seen: list[tuple[str, int]] = []
        cursor = None
        while page := self.engine.changes(user_id=USER, after=cursor, limit=3):
            seen += [(step.memory.id, step.memory.revision) for step in page]
            cursor = page.next_cursor
        assert seen == self.feed

    @invariant()
    def recall_answers_with_what_was_believed_then(self) -> None:
        for moment in (*self.moments[-3:], self.moments[0] - timedelta(days=1)):
            believed = {
                id: then[-1]
                for id, told in self.model.items()
                if (then := [item for item in told if item.at <= moment])
            }
            for word in WORDS:
                hits = self.engine.recall(
                    word, user_id=USER, known_at=moment, mode="keyword", layers=("memory",)
                )
                assert {hit.id: hit.memory.content for hit in hits} == {
                    id: item.content
                    for id, item in believed.items()
                    if word in item.content and item.status == "active"
                }

    def _read(self, memory: Memory) -> tuple[object, ...]:
        return (
            memory.content, memory.confidence, memory.status, memory.recorded_at,
            memory.mentions, memory.revision,
        )  # fmt: skip

    def _wanted(self, told: Told) -> tuple[object, ...]:
        return told.content, told.confidence, told.status, told.at, told.mentions


def test_an_update_cannot_end_a_truth_before_it_began(engine: MemoryEngine, clock: FrozenClock):
    now = clock.now()
    engine.remember("The plum is ripe", user_id=USER, id="m", valid_from=now)
    with pytest.raises(InvalidInputError, match="valid_to"):
        engine.update("m", user_id=USER, valid_to=now)
    engine.update("m", user_id=USER, valid_to=now + timedelta(days=1))
    with pytest.raises(InvalidInputError, match="valid_to"):
        engine.update("m", user_id=USER, valid_from=now + timedelta(days=2))
    assert [step.kind for step in engine.history("m", user_id=USER)] == ["created", "updated"]


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_other_words_bring_their_own_slot_unless_it_is_given(engine):
    told = engine.remember("Ada lives in Rome", user_id=USER, id="home").changes[0].after
    assert (told.subject, told.value) == ("Ada", "Rome")
    (change,) = engine.update("home", user_id=USER, content="Ada lives in Oslo").changes
    assert (change.after.subject, change.after.value) == ("Ada", "Oslo")
    assert change.after.entities == ("Ada", "Oslo")
    (change,) = engine.update("home", user_id=USER, content="Oslo it is", value="Oslo").changes
    assert (change.after.attribute, change.after.value) == (told.attribute, "Oslo")
    again = engine.update("home", user_id=USER, content="Oslo it is").changes[0]
    assert again.kind == "skipped"
