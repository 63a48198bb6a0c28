"""The thread that learns: it ends when asked, outlives what is thrown, and holds callers."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs as a script, too

from durability import support
from durability.learning_support import Slow, ledger_faults
from durability.programs import learning
from harmonia_plugins import ClosedError, MemoryEngine, Message, ProviderError, Statement, Window
from harmonia_plugins.testing import HashEmbedder

U = "nora"


# -- the thread ------------------------------------------------------------------------------


def test_closing_ends_after_the_batch_at_hand(tmp_path):
    slow = Slow(seconds=0.3)
    with learning.opened(tmp_path, extractor=slow) as engine:
        for number in range(30):
            engine.observe(learning.message(number), user_id=U, wait=False)
        assert slow.entered.wait(10)
        begin = time.monotonic()
    assert time.monotonic() - begin < 3
    assert slow.calls < 20
    with learning.opened(tmp_path) as engine:
        engine.flush()
        assert engine.stats().waiting == 0
    assert ledger_faults(support.table_rows(tmp_path)) == []


def test_closing_does_not_wait_for_another_process_that_learns(tmp_path):
    """Its lock is this process's only in part: the other one may go on for minutes."""
    slow = Slow()
    with learning.opened(tmp_path, extractor=slow) as other:
        other.observe(Message("user", "Plums are ripe"), user_id=U, wait=False)
        assert slow.entered.wait(10)
        with learning.opened(tmp_path) as engine:
            engine.observe(Message("user", "Pears are ripe"), user_id=U, wait=False)
            time.sleep(0.2)
            begin = time.monotonic()
        assert time.monotonic() - begin < 2
        slow.gate.set()
        other.flush()
        assert other.stats().waiting == 0


def test_closing_while_a_caller_learns_sets_nothing_aside(tmp_path):
    slow = Slow()
    engine = learning.opened(tmp_path, extractor=slow)
    with ThreadPoolExecutor(1) as pool:
        observed = pool.submit(engine.observe, Message("user", "Plums are ripe"), user_id=U)
        assert slow.entered.wait(10)
        engine.close()
        slow.gate.set()
        with contextlib.suppress(ClosedError):
            observed.result()
    with learning.opened(tmp_path, extractor=slow) as engine:
        engine.flush()
        assert [memory.content for memory in engine.memories(user_id=U)] == ["Plums are ripe"]


class Failing(HashEmbedder):
    """An embedder whose server can be away."""

    away = False

    def embed(self, texts):
        if self.away:
            raise ProviderError("the server is away")
        return super().embed(texts)


def test_an_embedder_that_is_away_sets_nothing_aside(tmp_path):
    embedder = Failing()
    with MemoryEngine(tmp_path, embedder=embedder, learning="manual") as engine:
        engine.observe(learning.message(1), user_id=U, wait=False)
        embedder.away = True
        with pytest.raises(ProviderError):
            engine.learn_pending()
        assert engine.stats().waiting == 1
        embedder.away = False
        engine.learn_pending()
        assert len(engine.memories(user_id=U)) == 1
        assert engine.stats().set_aside == 0


def test_a_full_backlog_holds_callers_until_there_is_room(tmp_path):
    slow = Slow()
    with (
        learning.opened(tmp_path, extractor=slow, settings={"learn_backlog": 3}) as engine,
        ThreadPoolExecutor(1) as pool,
    ):
        engine.observe(learning.message(0), user_id=U, wait=False)
        assert slow.entered.wait(10)
        for number in range(1, 4):
            engine.observe(learning.message(number), user_id=f"u{number}", wait=False)
        held = pool.submit(engine.observe, learning.message(4), user_id="u4", wait=False)
        with pytest.raises(TimeoutError):
            held.result(timeout=0.4)
        slow.gate.set()
        assert held.result(timeout=10).status == "queued"
        engine.flush()
        assert engine.stats().waiting == 0


def test_closing_frees_callers_whom_a_full_backlog_holds(tmp_path):
    slow = Slow()
    engine = learning.opened(tmp_path, extractor=slow, settings={"learn_backlog": 1})
    with ThreadPoolExecutor(2) as pool:
        engine.observe(learning.message(0), user_id=U, wait=False)
        assert slow.entered.wait(10)
        engine.observe(learning.message(1), user_id="u1", wait=False)
        held = pool.submit(engine.observe, learning.message(2), user_id="u2", wait=False)
        time.sleep(0.2)
        closing = pool.submit(engine.close)
        assert held.result(timeout=10).status == "queued"
        slow.gate.set()
        closing.result(timeout=10)
    with learning.opened(tmp_path, learning="manual") as engine:
        assert engine.stats().messages == 3
        engine.learn_pending()
        assert len(engine.memories(user_id="u2")) == 1


class Breaking:
    """An extractor that is cancelled from within, which is no ordinary error."""

    name = "breaking"

    def __init__(self) -> None:
        self.calls = 0

    def extract(self, window: Window) -> list[Statement]:
        self.calls += 1
        if self.calls == 1:
            raise SystemExit(1)
        return []


def test_the_thread_outlives_what_an_extractor_throws(tmp_path):
    breaking = Breaking()
    with learning.opened(tmp_path, extractor=breaking) as engine:
        engine.observe(learning.message(0), user_id=U, wait=False)
        for _ in range(200):
            time.sleep(0.02)
            if engine.stats().waiting == 0:
                break
        assert engine.stats().waiting == 0
        engine.flush()


def test_learning_by_hand_starts_no_thread(tmp_path):
    with support.peers(tmp_path, 1, learning="manual") as (peer,):
        before = peer("threads")
        peer("observe", texts=["I live in Paris"], user_id=U, wait=False)
        peer("observe", texts=["I live in Rome"], user_id=U)
        peer("flush")
        assert peer("threads") == before
        assert [name for name in before if "harmonia" in name] == []


def test_a_fork_while_the_thread_learns(tmp_path):
    """The child has no thread and no lock of its parent's; its own engine learns."""
    slow = Slow()
    with learning.opened(tmp_path, extractor=slow) as engine:
        engine.observe(Message("user", "Plums are ripe"), user_id=U, wait=False)
        assert slow.entered.wait(10)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                engine.close()
                with contextlib.suppress(ClosedError):
                    engine.observe(Message("user", "x"), user_id=U, wait=False)
                os.write(writer, json.dumps([t.name for t in threading.enumerate()]).encode())
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as answers:
            assert "harmonia-learner" not in json.loads(answers.read())
        os.waitpid(child, 0)
        slow.gate.set()
        engine.flush()
        assert [memory.content for memory in engine.memories(user_id=U)] == ["Plums are ripe"]
