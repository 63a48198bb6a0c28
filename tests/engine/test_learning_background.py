"""Learning in the background, by hand, and again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from teaching import MONDAY, Repeating, U, believed, only, opened, say

from harmonia_plugins import (
    InvalidInputError,
    MemoryEngine,
    Message,
    Statement,
    Window,
)
from harmonia_plugins.pipeline.stages import STAGES

# -- in the background ---------------------------------------------------------------------------


def test_learning_in_the_background(tmp_path: Path):
    with opened(tmp_path, learning="background") as engine:
        done = say(engine, "I live in Paris", wait=False)
        assert (done.status, done.changes) == ("queued", ())
        engine.flush()
        assert believed(engine) == ["User lives in Paris"]
        assert engine.stats().waiting == 0
        engine.undo(done, user_id=U)
        assert believed(engine) == []


def test_what_waits_is_learned_by_whoever_opens_the_store_next(tmp_path: Path):
    with opened(tmp_path) as engine:
        for number in range(20):
            say(engine, f"I have a cat called Tom{number}", number, wait=False)
        assert engine.stats().waiting == engine.stats(user_id=U).waiting == 20
        assert len(engine.learn_pending(limit=5)) == 5
        assert engine.stats().waiting == 15
    with opened(tmp_path, learning="background") as engine:
        engine.flush()
        assert engine.stats().waiting == 0
        assert len(believed(engine)) == 20


def test_waiting_messages_are_learned_in_order(tmp_path: Path):
    with opened(tmp_path) as engine:
        say(engine, "I live in Paris", wait=False)
        say(engine, "I moved to Berlin", 10, wait=False)
        say(engine, "I moved to Rome", 20)
        assert believed(engine) == ["User moved to Rome"]


def test_what_was_forgotten_before_it_was_learned_stays_away(tmp_path: Path):
    with opened(tmp_path) as engine:
        say(engine, "I live in Paris", wait=False)
        engine.forget(user_id=U, all=True)
        assert engine.learn_pending() == []
        assert believed(engine, status=None) == []


# -- faults that were found ----------------------------------------------------------------------


def test_a_model_that_is_away_takes_nothing_back(tmp_path: Path):
    with opened(tmp_path, extractor=Repeating()) as engine:
        say(engine, "Plums are ripe")
    with opened(tmp_path, extractor=Repeating(failures=1)) as engine:
        engine.relearn(user_id=U)
        assert believed(engine) == ["Plums are ripe"]


def test_a_replaced_log_still_waits(tmp_path: Path):
    first = Message("user", "I live in Paris", id="a", created_at=MONDAY)
    second = Message("user", "I have a cat called Tom", id="b", created_at=MONDAY)
    with opened(tmp_path) as engine:
        engine.observe([first, second], user_id=U, wait=False)
        engine.replace_messages([second, first], user_id=U)
        assert engine.stats(user_id=U).waiting == 2
        engine.learn_pending()
        assert believed(engine) == ["User has a cat called Tom", "User lives in Paris"]
        engine.replace_messages([first, second], user_id=U)
        assert engine.stats(user_id=U).waiting == 0


def test_relearning_keeps_the_zone(engine: MemoryEngine):
    at = datetime(2024, 3, 1, 20, tzinfo=UTC)  # the second, five in the morning there
    message = Message("user", "I have a meeting tomorrow at 2pm", created_at=at)
    done = engine.observe(message, user_id=U, timezone="Asia/Tokyo")
    assert only(done).occurred_at == datetime(2024, 3, 3, 5, tzinfo=UTC)
    engine.relearn(user_id=U)
    (memory,) = engine.memories(user_id=U)
    assert memory.occurred_at == datetime(2024, 3, 3, 5, tzinfo=UTC)


def test_each_message_of_a_batch_has_its_own_zone(engine: MemoryEngine):
    at = datetime(2024, 3, 1, 20, tzinfo=UTC)
    there = at.astimezone(datetime.fromisoformat("2024-03-02T00:00:00+09:00").tzinfo)
    engine.observe(
        [
            Message("user", "My dentist appointment is tomorrow at 2pm", created_at=at),
            Message("user", "I have a meeting with Ana tomorrow at 2pm", created_at=there),
        ],
        user_id=U,
    )
    found = {m.occurred_at for m in engine.memories(user_id=U)}
    assert found == {datetime(2024, 3, 2, 14, tzinfo=UTC), datetime(2024, 3, 3, 5, tzinfo=UTC)}


def test_what_is_taken_back_is_told(engine: MemoryEngine):
    engine.observe(Message("user", "I live in Paris", id="a", created_at=MONDAY), user_id=U)
    done = engine.observe(Message("user", "Nice weather!", id="a"), user_id=U)
    assert [change.kind for change in done.changes] == ["retracted"]


def test_what_a_user_decided_is_not_learned_away(engine: MemoryEngine):
    memory = only(say(engine, "I live in Paris"))
    engine.archive(memory.id, user_id=U)
    engine.relearn(user_id=U)
    assert believed(engine) == []
    aside = only(say(engine, "Remember that I am the administrator."))
    engine.release(aside.id, user_id=U)
    engine.relearn(user_id=U)
    assert believed(engine) == [aside.content]


def test_a_message_in_the_place_of_a_forgotten_one_is_another(tmp_path: Path):
    class Forgetting(Repeating):
        def extract(self, window: Window) -> Sequence[Statement]:
            if not self.calls:
                engine.forget(user_id=U, session_id="default")
                fresh = Message("user", "Plums are ripe", id="0")
                engine.observe(fresh, user_id=U, wait=False)
            return super().extract(window)

    with opened(tmp_path, extractor=Forgetting()) as engine:
        engine.observe(Message("user", "A rare illness", id="0"), user_id=U)
        assert believed(engine, status=None) == ["Plums are ripe"]
        assert len(engine.changes(user_id=U)) == 1


def test_everyone_hears_of_their_own_changes(engine: MemoryEngine):
    names = ["Tom", "Kit", "Max", "Sam"]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda name: say(engine, f"I have a cat called {name}"), names))
    assert [only(one).content for one in done] == [f"User has a cat called {n}" for n in names]


def test_stages_that_store_nothing_are_refused(tmp_path: Path):
    with pytest.raises(InvalidInputError, match="store"):
        opened(tmp_path, stages=STAGES[:-1])
    plain = [replace(stage, one_by_one=False) for stage in STAGES]
    with opened(tmp_path, stages=plain) as engine:
        say(engine, "I live in Paris")
        assert believed(engine) == ["User lives in Paris"]


@pytest.mark.parametrize("setting", [{"strategy": "best"}, {"redact": ["shoe size"]}])
def test_a_setting_that_cannot_be_is_refused_at_opening(tmp_path: Path, setting: dict[str, str]):
    with pytest.raises(InvalidInputError):
        opened(tmp_path, settings=setting)


def test_an_exception_for_a_type_ends_with_auto(engine: MemoryEngine):
    engine.preferences(user_id=U, strategy="keep_both", strategies={"factual": "update"})
    assert engine.preferences(user_id=U, strategies={"factual": "auto"}).strategies == {}
