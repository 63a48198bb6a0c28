"""Messages and what they teach in one commit, where that is safe; in two everywhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import (
    ChangeSet,
    InvalidInputError,
    MemoryEngine,
    Message,
    ProviderError,
    Statement,
    StoreWriteError,
    Window,
)
from harmonia_plugins.pipeline.stages import STAGES
from harmonia_plugins.testing import HashEmbedder

U = "nora"


def opened(path: Path, **options: Any) -> MemoryEngine:
    return MemoryEngine(
        path, **{"embedder": HashEmbedder(), "learning": "manual", **options}
    )  # fmt: skip


@pytest.fixture
def manual(tmp_path: Path) -> Iterator[MemoryEngine]:
    with opened(tmp_path) as engine:
        yield engine


def say(engine: MemoryEngine, text: str, **options: Any) -> ChangeSet:
    return engine.observe(Message("user", text, id=options.pop("id", None)), user_id=U, **options)


def commits(engine: MemoryEngine) -> int:
    return engine._core.store.records.commits


def believed(engine: MemoryEngine) -> list[str]:
    return sorted(memory.content for memory in engine.memories(user_id=U))


class Echo:
    """Takes each message as a statement, after doing what it is told to."""

    name = "echo"

    def __init__(self, before: Any = None) -> None:
        self.before = before

    def extract(self, window: Window) -> Sequence[Statement]:
        if self.before is not None:
            self.before()
        return [
            Statement(content=message.content, message=number, source=message.content)
            for number, message in enumerate(window.messages)
        ]


# -- one commit ------------------------------------------------------------------------------------


def test_what_is_said_and_what_it_teaches_are_one_commit(manual: MemoryEngine):
    said = [Message("user", "I live in Paris"), Message("assistant", ""), Message("user", "Hi!")]
    before = commits(manual)
    done = manual.observe(said, user_id=U)
    assert commits(manual) == before + 1
    assert len(done.message_ids) == 3
    assert [change.kind for change in done.changes] == ["created"]
    assert manual.stats(user_id=U).waiting == manual.stats().waiting == 0
    assert [message.content for message in manual.messages(user_id=U)] == [
        "I live in Paris",
        "",
        "Hi!",
    ]
    assert manual.undo(done.id, user_id=U).changes


def test_both_ways_store_the_same(tmp_path: Path):
    texts = ["I live in Paris", "I have a cat called Tom", "I moved to Berlin", "I live in Paris"]
    said = [Message("user", text, id=str(number)) for number, text in enumerate(texts)]
    found: list[list[Any]] = []
    for stages in (None, list(STAGES)):  # stages of the caller's go the long way
        with opened(tmp_path / str(stages is None), stages=stages) as engine:
            for message in said:
                engine.observe(message, user_id=U)
            found.append(
                [
                    {k: v for k, v in memory.to_dict().items() if k not in _MOMENTS}
                    for memory in engine.memories(user_id=U, status=None, sort="content")
                ]
            )
            found[-1].append(engine.stats(user_id=U).rows)
    assert found[0] == found[1]


_MOMENTS = {"recorded_at", "last_seen_at", "valid_from", "valid_to", "superseded_at"}


def test_what_waits_comes_first(manual: MemoryEngine):
    say(manual, "I live in Paris", wait=False)
    before = commits(manual)
    say(manual, "I moved to Berlin")
    assert commits(manual) == before + 3  # the message, what waited, what it teaches
    assert believed(manual) == ["User moved to Berlin"]


def test_an_edited_message_goes_the_long_way(manual: MemoryEngine):
    say(manual, "I live in Paris", id="a")
    before = commits(manual)
    done = say(manual, "I have a cat called Tom", id="a")
    assert commits(manual) == before + 2
    assert {change.kind for change in done.changes} == {"created", "retracted"}


def test_messages_are_stored_before_a_model_is_asked(tmp_path: Path):
    seen: list[str] = []

    def look() -> None:
        seen.extend(message.content for message in engine.messages(user_id=U))

    with opened(tmp_path, extractor=Echo(look)) as engine:
        say(engine, "Plums are ripe")
        assert seen == ["Plums are ripe"]


def test_a_user_whose_rows_move_meanwhile_goes_the_long_way(tmp_path: Path):
    class Busy(HashEmbedder):
        """Something is told of the user between the decision and the commit."""

        engine: MemoryEngine | None = None

        def embed(self, texts: Sequence[str]) -> Any:
            engine, self.engine = self.engine, None
            if engine is not None:
                engine.remember("User lives in Paris", user_id=U)
            return super().embed(texts)

    embedder = Busy()
    with opened(tmp_path, embedder=embedder) as engine:
        embedder.engine = engine
        done = say(engine, "I moved to Berlin")
        assert {change.kind for change in done.changes} == {"superseded", "created"}
        assert believed(engine) == ["User moved to Berlin"]
        assert engine.stats(user_id=U).messages == 1


def test_a_memory_that_cannot_be_embedded_costs_no_message(tmp_path: Path):
    class Picky(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> Any:
            if any(text.startswith("User") for text in texts):
                raise ProviderError("too odd")
            return super().embed(texts)

    with opened(tmp_path, embedder=Picky()) as engine:
        done = say(engine, "I live in Paris")
        assert [message.content for message in engine.messages(user_id=U)] == ["I live in Paris"]
        assert any("set aside" in line for line in done.trace)


def test_a_disk_that_refuses_stores_neither(manual: MemoryEngine, monkeypatch: pytest.MonkeyPatch):
    say(manual, "I have a cat called Tom")
    table = manual._core.store.records.table

    def refuse(rows: object) -> None:
        raise StoreWriteError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(table, "append", refuse)
        with pytest.raises(StoreWriteError):
            say(manual, "I live in Paris")
    assert manual.stats(user_id=U).messages == 1
    assert believed(manual) == ["User has a cat called Tom"]
    say(manual, "I live in Paris")
    assert len(believed(manual)) == 2


# -- learning inside learning ----------------------------------------------------------------------


@pytest.mark.timeout(20)
@pytest.mark.parametrize("verb", ["observe", "relearn", "learn_pending"])
def test_what_would_wait_for_itself_is_refused(tmp_path: Path, verb: str):
    refused: list[InvalidInputError] = []

    def nested() -> None:
        calls: dict[str, Any] = {
            "observe": lambda: say(engine, "Pears are ripe"),
            "relearn": lambda: engine.relearn(user_id=U),
            "learn_pending": engine.learn_pending,
        }
        with pytest.raises(InvalidInputError, match=verb) as caught:
            calls[verb]()
        refused.append(caught.value)

    with opened(tmp_path, extractor=Echo(nested)) as engine:
        say(engine, "Plums are ripe")
        assert believed(engine) == ["Plums are ripe"]
        assert engine.stats(user_id=U).messages == 1
        assert len(refused) == 1


@pytest.mark.timeout(20)
def test_an_extractor_may_leave_messages_to_be_learned_from(tmp_path: Path):
    told: list[str] = []

    def nested() -> None:
        if not told:
            told.append("once")
            for number in range(3):  # more than the backlog holds
                say(engine, f"Pears {number} are ripe", wait=False)

    options: dict[str, Any] = {"learning": "background", "settings": {"learn_backlog": 1}}
    with opened(tmp_path, extractor=Echo(nested), **options) as engine:
        say(engine, "Plums are ripe")
        engine.flush()
        assert len(believed(engine)) == 4
