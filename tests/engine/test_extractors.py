"""Who draws statements from messages, and what happens where they fail."""

from __future__ import annotations

from pathlib import Path

import pytest
from teaching import Repeating, U, believed, opened, say

from harmonia_plugins import (
    Window,
)
from harmonia_plugins.pipeline.stages import STAGES
from harmonia_plugins.pipeline.work import Context, Stage, Work

# -- extractors and stages -----------------------------------------------------------------------


def test_another_extractor_is_named_and_used(tmp_path: Path):
    with opened(tmp_path, extractor=Repeating()) as engine:
        assert engine.health().extractor == "repeating"
        say(engine, "Plums are ripe")
        assert believed(engine) == ["Plums are ripe"]


def test_a_failing_extractor_is_replaced_and_the_reason_told(tmp_path: Path):
    with opened(tmp_path, extractor=Repeating(failures=1)) as engine:
        done = say(engine, "I live in Paris")
        assert believed(engine) == ["User lives in Paris"]
        assert any("the model is gone" in line for line in done.trace)
        assert engine.stats().extractor_failures == 1


@pytest.mark.parametrize("error", [KeyError, ValueError, TypeError, AttributeError])
def test_an_extractor_that_fails_in_whatever_way_is_replaced(
    tmp_path: Path, error: type[Exception]
):
    with opened(tmp_path, extractor=Repeating(failures=99, error=error)) as engine:
        done = say(engine, "I live in Paris")
        assert [c.after.content for c in done.changes if c.after] == ["User lives in Paris"]
        assert any(f"{error.__name__}: " in line for line in done.trace)
        stats = engine.stats()
        assert (stats.extractor_failures, stats.set_aside) == (1, 0)


@pytest.mark.parametrize("answer", [None, 7, ["User lives in Rome"], [{"content": "Rome"}]])
def test_what_is_no_statement_is_a_failure_too(tmp_path: Path, answer: object):
    class Odd:
        name = "odd"

        def extract(self, window: Window) -> object:
            return answer

    with opened(tmp_path, extractor=Odd()) as engine:
        say(engine, "I live in Paris")
        assert believed(engine) == ["User lives in Paris"]
        assert engine.stats().extractor_failures == 1


def broken(work: Work, context: Context) -> Work:
    if any("Paris" in message.content for message in work.messages):
        raise KeyError("a mistake in the stage")
    return work


def test_what_fails_every_time_is_set_aside(tmp_path: Path):
    stages = [Stage(name="broken", run=broken), *STAGES]
    with opened(tmp_path, stages=stages) as engine:
        done = say(engine, "I live in Paris")
        assert any("set aside" in line for line in done.trace)
        assert engine.stats().set_aside == 1
        assert engine.stats(user_id=U).waiting == engine.stats().waiting == 0
        assert engine.messages(user_id=U)[0].content == "I live in Paris"
        (warning,) = engine.health().warnings
        assert "1 message" in warning
        assert "a mistake in the stage" in warning


def test_relearning_with_another_extractor_leaves_no_doubles(tmp_path: Path):
    with opened(tmp_path) as engine:
        say(engine, "I live in Paris. Nice weather!")
        assert believed(engine) == ["User lives in Paris"]
        rows = engine.stats(user_id=U).rows
        assert {c.kind for c in engine.relearn(user_id=U).changes} <= {"skipped"}
        assert believed(engine) == ["User lives in Paris"]
        assert engine.stats(user_id=U).rows == rows + 2  # the order and the ledger
    with opened(tmp_path, extractor=Repeating()) as engine:
        engine.relearn(user_id=U)
        assert believed(engine) == ["I live in Paris. Nice weather!"] or believed(engine) == []


def test_a_stage_can_be_added_and_left_out(tmp_path: Path):
    def shout(work: Work, context: Context) -> Work:
        return work.noted("shout", "HELLO")

    stages = [stage for stage in STAGES if stage.name != "entities"]
    stages.insert(2, Stage(name="shout", run=shout))
    with opened(tmp_path, stages=stages) as engine:
        trace = say(engine, "I live in Paris").trace
        assert "shout: HELLO" in trace
        assert not any(line.startswith("entities") for line in trace)
