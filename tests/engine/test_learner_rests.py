"""The background learner leaves the processor to a turn that is going on."""

import time

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.engine import learner

U = "ida"


def test_learning_waits_for_a_pause_and_flush_does_not(tmp_path, monkeypatch):
    monkeypatch.setattr(learner, "_QUIET", 3600.0)
    monkeypatch.setattr(learner, "_LONGEST", 3600.0)
    with MemoryEngine(tmp_path) as engine:
        engine.observe(Message("user", "I have a dog called Biggie."), user_id=U, wait=False)
        time.sleep(0.3)
        assert engine.stats(user_id=U).waiting == 1
        engine.flush()
        assert engine.stats(user_id=U).waiting == 0
        engine.observe(Message("user", "I live in Rome."), user_id=U, wait=False)
    with MemoryEngine(tmp_path, learning="manual") as engine:  # closing did not wait either
        assert engine.stats(user_id=U).waiting == 1


def test_a_full_backlog_does_not_wait_for_a_pause(tmp_path, monkeypatch):
    monkeypatch.setattr(learner, "_QUIET", 3600.0)
    monkeypatch.setattr(learner, "_LONGEST", 3600.0)
    with MemoryEngine(tmp_path, settings={"learn_backlog": 2}) as engine:
        for name in ("Rome", "Oslo", "Lima", "Bonn"):
            engine.observe(Message("user", f"Ada lives in {name}."), user_id=U, wait=False)
        engine.flush()
        assert engine.stats(user_id=U).waiting == 0


def test_talk_without_a_pause_is_learned_from_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(learner, "_QUIET", 3600.0)
    monkeypatch.setattr(learner, "_LONGEST", 0.1)
    heard = []
    with MemoryEngine(tmp_path) as engine:
        engine.subscribe(lambda user, changes: heard.append(changes))
        engine.observe(Message("user", "I have a dog called Biggie."), user_id=U, wait=False)
        until = time.monotonic() + 60
        while not heard and time.monotonic() < until:
            time.sleep(0.02)
    assert [change.kind for change in heard[0].changes] == ["created"]
