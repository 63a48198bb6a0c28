"""Each message is learned exactly once, whatever threads and callers do meanwhile."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs as a script, too

from durability import support
from durability.learning_support import Slow, ledger_faults
from durability.programs import learning
from harmonia_plugins import Message

U = "nora"


# -- threads ---------------------------------------------------------------------------------


def test_threads_lose_no_update(tmp_path):
    def talk(number):
        for turn in range(4):
            city = learning.CITIES[(number + turn) % len(learning.CITIES)]
            engine.observe(
                [Message("user", f"I moved to {city}"), Message("user", "I have a dog called Rex")],
                user_id=U,
            )

    with support.open_engine(tmp_path) as engine:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(talk, range(8)))
        assert engine.stats().waiting == 0
        memories = engine.memories(user_id=U, status=None, limit=1000)
        (dog,) = [memory for memory in memories if "Rex" in memory.content]
        assert (dog.mentions, len(set(dog.message_ids))) == (32, 32)
        cities = [memory for memory in memories if "moved" in memory.content]
        assert len([memory for memory in cities if memory.status == "active"]) == 1
        assert sum(memory.mentions for memory in cities) == 32
        told = [name for memory in cities for name in memory.message_ids]
        assert len(told) == len(set(told)) == 32
    rows = support.table_rows(tmp_path)
    assert support.chain_faults(rows) + ledger_faults(rows) == []


def test_direct_writes_do_not_keep_learning_from_its_turn(tmp_path):
    """Whoever tells memories all the time makes every decision stale that takes a moment."""

    def remember(number):
        turn = 0
        while not done.is_set():
            turn += 1
            engine.remember(f"fact {number} of {turn} is told", user_id=U)

    done = threading.Event()
    with support.open_engine(tmp_path) as engine, ThreadPoolExecutor(6) as pool:
        writers = [pool.submit(remember, number) for number in range(6)]
        try:
            for number in range(10):
                engine.observe(learning.message(number), user_id=U)
        finally:
            done.set()
        for writer in writers:
            writer.result()
        assert engine.stats().waiting == 0
    assert ledger_faults(support.table_rows(tmp_path)) == []


@pytest.mark.parametrize("what", ["archived", "edited", "deleted", "forgotten"])
@pytest.mark.parametrize("wait", [True, False], ids=["wait", "background"])
def test_a_message_that_changes_while_it_is_learned_from(tmp_path, what, wait):
    slow = Slow()
    said = [Message("user", "Plums are ripe", id="a"), Message("user", "Pears are not", id="b")]
    with learning.opened(tmp_path, extractor=slow) as engine, ThreadPoolExecutor(1) as pool:
        observed = pool.submit(engine.observe, said, user_id=U, wait=wait)
        assert slow.entered.wait(10)
        if what == "archived":
            engine.set_message_status(["a"], status="archived", user_id=U)
        elif what == "edited":
            edited = Message("user", "Figs are ripe", id="a")
            engine.observe(edited, user_id=U, wait=False)
        elif what == "deleted":
            engine.delete_messages(["a"], user_id=U)
        else:
            engine.forget(user_id=U, session_id="default")
        slow.gate.set()
        observed.result()
        engine.flush()
        assert engine.stats().waiting == 0
        found = {memory.content for memory in engine.memories(user_id=U)}
    assert (
        found
        == {
            "archived": {"Plums are ripe", "Pears are not"},
            "edited": {"Figs are ripe", "Pears are not"},
            "deleted": {"Pears are not"},
            "forgotten": set(),
        }[what]
    )


@pytest.mark.parametrize("learned", [True, False], ids=["learned", "waiting"])
def test_messages_taken_out_or_archived_wait_no_more(tmp_path, learned):
    with learning.opened(tmp_path, learning="manual") as engine:
        learning.store(engine, U, 3)
        if learned:
            engine.learn_pending()
        engine.set_message_status(["m0"], status="archived", user_id=U)
        engine.delete_messages(["m1"], user_id=U)
        expected = 0 if learned else 2
        assert (engine.stats().waiting, engine.stats(user_id=U).waiting) == (expected, expected)
        engine.learn_pending()
        assert engine.stats().waiting == 0
