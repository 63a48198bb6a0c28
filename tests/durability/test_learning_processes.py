"""Each message is learned exactly once: across kills, processes, threads, and lost commits.

python tests/durability/test_learning_processes.py --rounds 50
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs as a script, too

from durability import support
from durability.programs import learning
from harmonia_plugins import ClosedError, MemoryEngine, Message, ProviderError, Statement, Window
from harmonia_plugins.testing import HashEmbedder

U = "nora"
SHARED = ("everyone", "someone")
COUNT = 14


# -- the truth about what was learned --------------------------------------------------------


def beliefs(engine: MemoryEngine, user: str) -> list[dict[str, object]]:
    """Return all that is or was believed, without the moments at which it was recorded."""
    found = [memory.to_dict() for memory in engine.memories(user_id=user, status=None, limit=1000)]
    for memory in found:
        del memory["recorded_at"]
    return sorted(found, key=lambda memory: str(memory["id"]))


def faults(path: Path, expected: dict[str, list[dict[str, object]]]) -> list[str]:
    """Return where a store differs from what was to be learned, and where something is double."""
    found: list[str] = []
    with support.open_engine(path, learning="manual") as engine:
        if waiting := engine.stats().waiting:
            found.append(f"{waiting} messages wait")
        for user, memories in expected.items():
            now = {memory["id"]: memory for memory in beliefs(engine, user)}
            found += [
                f"{user}: {now.get(memory['id'])}, not {memory}"
                for memory in memories
                if now.get(memory["id"]) != memory
            ]
            if len(now) != len(memories):
                found.append(f"{user}: {len(now)} memories, not {len(memories)}")
    rows = support.table_rows(path)
    return found + support.chain_faults(rows) + ledger_faults(rows)


def ledger_faults(rows: list[dict[str, object]]) -> list[str]:
    """Return messages whose ledger is missing, or was written for them more than once."""
    ledgers = Counter(
        (row["owner"], row["session_id"], row["id"]) for row in rows if row["kind"] == "ledger"
    )
    messages = {
        (row["owner"], row["session_id"], row["id"]) for row in rows if row["kind"] == "message"
    }
    found = [f"{key} is in the ledger {count} times" for key, count in ledgers.items() if count > 1]
    return found + [f"the ledger lacks {key}" for key in messages - ledgers.keys()]


def undisturbed(path: Path, users: Sequence[str], count: int) -> dict[str, list[dict[str, object]]]:
    """Return what one process learns of each user that nobody disturbs."""
    with learning.opened(path, learning="manual") as engine:
        for user in users:
            learning.store(engine, user, count)
        engine.learn_pending()
        assert engine.stats().waiting == 0
        found = {user: beliefs(engine, user) for user in users}
    assert all(memories[0]["message_ids"] for memories in found.values())
    return found


# -- processes killed while they learn -------------------------------------------------------


def run(folder: Path, rounds: int, count: int, seed: int, window: float = 1.2) -> list[str]:
    """Let three processes learn from the same and from their own users' messages, and kill them."""
    choose = random.Random(seed)
    own = ("first", "second", "third")
    expected = undisturbed(folder / "undisturbed", (*SHARED, *own), count)
    path = folder / "store"
    with learning.opened(path, learning="manual") as engine:
        for user in SHARED:
            learning.store(engine, user, count)
    for _ in range(rounds):
        processes = [support.start("learning.py", path, user, count) for user in own]
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        begin = time.monotonic()
        moments = sorted(choose.random() * window for _ in own)
        for delay, process in zip(moments, choose.sample(processes, len(own)), strict=True):
            time.sleep(max(0.0, begin + delay - time.monotonic()))
            process.kill()
        for process in processes:
            process.communicate()
        found = support.chain_faults(support.table_rows(path))
        if found:
            return found
    processes = [support.start("learning.py", path, user, count) for user in own]
    ends = [process.communicate(timeout=300)[0].split() for process in processes]
    assert ends == [["ready", "learned"]] * len(own)
    return faults(path, expected)


def test_killed_learners_learn_everything_once(tmp_path):
    assert run(tmp_path, rounds=2, count=COUNT, seed=20260101, window=0.8) == []


@pytest.mark.slow
def test_killed_learners_learn_everything_once_long(tmp_path):
    assert run(tmp_path, rounds=30, count=150, seed=7) == []


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


class Slow:
    """Takes each message as a statement; waits at a gate first, and tells that it does."""

    name = "slow"

    def __init__(self, seconds: float | None = None) -> None:
        self.seconds = seconds
        self.entered, self.gate = threading.Event(), threading.Event()
        self.calls = 0

    def extract(self, window: Window) -> list[Statement]:
        self.calls += 1
        self.entered.set()
        assert self.gate.wait(30 if self.seconds is None else self.seconds) or self.seconds
        return [
            Statement(content=message.content, message=number, source=message.content)
            for number, message in enumerate(window.messages)
        ]


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


# -- a lost tail -----------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_lost_commits_are_lost_as_a_whole(tmp_path, lost):
    expected = undisturbed(tmp_path / "undisturbed", [U], COUNT)
    path = tmp_path / "store"
    with support.open_engine(path, fragments=1000, learning="manual") as engine:
        learning.store(engine, U, COUNT)
        engine.learn_pending()
    for _ in range(lost):
        newest = min((path / "lance/records.lance/_versions").glob("*.manifest"))
        newest.write_bytes(b"")
        with support.open_engine(path, learning="manual", fragments=1000) as engine:
            assert "lost" in engine.health().healed[0]
    with support.open_engine(path, learning="manual", fragments=1000) as engine:
        assert engine.stats().waiting > 0
        rows = support.table_rows(path)
        ledger = {row["id"] for row in rows if row["kind"] == "ledger"}
        taught = {
            name
            for memory in engine.memories(user_id=U, status=None, limit=1000)
            for name in memory.message_ids
        }
        assert taught == ledger
        engine.learn_pending()
    assert faults(path, expected) == []


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--messages", type=int, default=150, help="for each of five users")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), arguments.rounds, arguments.messages, arguments.seed)
    print(f"{arguments.rounds} rounds, {3 * arguments.rounds} kills, {len(found)} faults")
    for line in found[:20]:
        print(" ", line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
