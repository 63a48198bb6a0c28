"""Faults of learning and telling that were found, each with what must hold instead."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import ChangeSet, MemoryEngine, Message, Statement, StoreError, Window
from harmonia_plugins.testing import HashEmbedder

U = "nora"


def opened(path: Path, **options: Any) -> MemoryEngine:
    return MemoryEngine(path, embedder=HashEmbedder(), **{"learning": "manual", **options})


def say(engine: MemoryEngine, text: str, **options: Any) -> ChangeSet:
    return engine.observe(Message("user", text), user_id=U, **options)


def believed(engine: MemoryEngine) -> list[str]:
    return sorted(memory.content for memory in engine.memories(user_id=U))


def test_changes_tell_the_revisions_that_are_stored(engine: MemoryEngine):
    several = [
        say(engine, "I live in Paris"),
        say(engine, "I live in Paris"),
        engine.observe([Message("user", "I live in Paris") for _ in range(3)], user_id=U),
        say(engine, "I moved to Berlin"),
        engine.remember("User lives in Rome", user_id=U),
    ]
    several.append(engine.undo(several[-1], user_id=U))
    several.append(engine.observe(Message("user", "I have a cat called Tom", id="a"), user_id=U))
    several.append(engine.observe(Message("user", "Nice weather!", id="a"), user_id=U))
    several.append(engine.observe(Message("user", "I have a cat called Tom", id="a"), user_id=U))
    assert [change.kind for done in several[-3:] for change in done.changes] == [
        "created", "retracted", "created",
    ]  # fmt: skip
    seen: dict[str, int] = {}
    for change in (change for done in several for change in done.changes):
        assert change.after is not None
        assert change.after.revision == seen.get(change.after.id, 0) + 1
        seen[change.after.id] = change.after.revision
        stored = engine.history(change.after.id, user_id=U)[change.after.revision - 1].memory
        assert (stored.content, stored.status) == (change.after.content, change.after.status)
    for name, revision in seen.items():
        memory = engine.get(name, user_id=U)
        assert memory is not None
        assert memory.revision == revision


def test_what_a_user_decided_is_told_as_skipped(engine: MemoryEngine):
    memory = say(engine, "I live in Paris").changes[0].after
    assert memory is not None
    engine.archive(memory.id, user_id=U)
    (change,) = engine.relearn(user_id=U).changes
    assert change.kind == "skipped"
    assert change.before is not None
    assert change.before.status == "archived"


def test_of_two_who_contradict_each_other_at_once_one_is_believed(tmp_path: Path):
    """Both decide before either has stored."""
    together = threading.Barrier(2, timeout=10)

    class Meeting(HashEmbedder):
        def embed(self, texts: Any) -> Any:
            if any("lives" in text for text in texts):
                together.wait()
            return super().embed(texts)

    embedder = Meeting()
    with MemoryEngine(tmp_path, embedder=embedder, learning="manual") as engine:
        with ThreadPoolExecutor(2) as pool:
            told = [
                pool.submit(engine.remember, f"User lives in {city}", user_id=U)
                for city in ("Paris", "Rome")
            ]
            stored = [c.after.status for one in told for c in one.result().changes if c.after]
        assert stored.count("superseded") == 1
        assert len(believed(engine)) == 1


class Repeating:
    """An extractor that takes each message as one statement."""

    name = "repeating"

    def extract(self, window: Window) -> list[Statement]:
        return [
            Statement(content=message.content, message=number, source=message.content)
            for number, message in enumerate(window.messages)
        ]


def test_a_released_statement_closes_what_it_contradicts(tmp_path: Path):
    settings = {"learn_from_assistant": True}
    with opened(tmp_path, extractor=Repeating(), settings=settings) as engine:
        say(engine, "User lives in Rome")
        engine.observe(Message("assistant", "User lives in Paris"), user_id=U)
        (held,) = engine.memories(user_id=U, status="quarantined")
        done = engine.release(held.id, user_id=U)
        kinds = {change.kind: change.after for change in done.changes}
        assert set(kinds) == {"released", "superseded"}
        assert believed(engine) == ["User lives in Paris"]
        old, new = kinds["superseded"], engine.get(held.id, user_id=U)
        assert old is not None
        assert new is not None
        assert (old.content, old.superseded_by) == ("User lives in Rome", held.id)
        assert (new.status, new.trust, new.last_seen_at) == (
            "active",
            held.trust,
            held.last_seen_at,
        )
        engine.undo(done, user_id=U)
        assert believed(engine) == ["User lives in Rome"]


def test_two_preferences_at_once_are_both_kept(tmp_path: Path):
    with opened(tmp_path) as engine:
        for round in range(10):
            with ThreadPoolExecutor(2) as pool:
                zone = ("Europe/Paris", "Asia/Tokyo")[round % 2]
                name = ("skip", "replace")[round % 2]
                one = pool.submit(engine.preferences, user_id=U, timezone=zone)
                two = pool.submit(engine.preferences, user_id=U, strategy=name)
                one.result(), two.result()
            wishes = engine.preferences(user_id=U)
            assert (wishes.timezone, wishes.strategy) == (zone, name)


def test_personal_data_is_removed_wherever_text_is_kept(tmp_path: Path):
    mail = "nora@example.org"
    with opened(tmp_path, settings={"redact": ["email"]}) as engine:
        said = Message(
            "user", f"My address is {mail}", name=mail,
            metadata={"from": mail, "cc": [mail, 7, {"deep": mail}], "n": 1, "none": None},
            payload={"parts": [{"text": f"My address is {mail}"}]},
        )  # fmt: skip
        engine.observe(said, user_id=U)
        engine.replace_messages([said], user_id=U, session_id="other")
        engine.remember(
            f"Ask {mail}", user_id=U, id="m", subject=mail, attribute="mail", value=mail,
            metadata={"address": [mail]},
        )  # fmt: skip
        engine.update("m", user_id=U, value=mail, metadata={"again": mail})
        kept = [
            *engine.messages(user_id=U),
            *engine.messages(user_id=U, session_id="other"),
            *(r.memory for m in engine.memories(user_id=U, status=None)
              for r in engine.history(m.id, user_id=U)),
        ]  # fmt: skip
        assert "example.org" not in str(kept)
        assert kept[0].metadata == {
            "from": "[email]", "cc": ["[email]", 7, {"deep": "[email]"}], "n": 1, "none": None,
        }  # fmt: skip
        assert kept[0].payload == {"parts": [{"text": "My address is [email]"}]}
    assert all(
        b"example.org" not in p.read_bytes() for p in tmp_path.rglob("*.lance") if p.is_file()
    )


def test_health_tells_that_learning_cannot_go_on(tmp_path: Path):
    class Breaking(HashEmbedder):
        broken = False

        def embed(self, texts: Any) -> Any:
            if self.broken:
                raise StoreError("the disk is gone")
            return super().embed(texts)

    embedder = Breaking()
    with MemoryEngine(tmp_path, embedder=embedder, learning="background") as engine:
        assert engine.health().ok
        say(engine, "Thanks!", wait=False)
        engine.flush()
        message = Message("user", "I live in Paris", id="a")
        engine.observe(message, user_id=U, extract=False)
        embedder.broken = True
        engine.relearn(user_id=U, wait=False)
        with pytest.raises(StoreError, match="learning could not go on"):
            engine.flush()
        health = engine.health()
        assert not health.ok
        assert any("learning could not go on" in warning for warning in health.warnings)
        embedder.broken = False
        for _ in range(200):
            if engine.stats().waiting == 0:
                break
            threading.Event().wait(0.05)
        engine.flush()
        assert engine.health().ok
        assert believed(engine) == ["User lives in Paris"]
