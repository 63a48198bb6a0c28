"""Each message is learned exactly once: across kills, processes, threads, and lost commits.

python tests/durability/test_learning_processes.py --rounds 50
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs as a script, too

from durability import support
from durability.learning_support import faults, undisturbed
from durability.programs import learning

U = "nora"
SHARED = ("everyone", "someone")
COUNT = 14


# -- processes killed while they learn -------------------------------------------------------


def run(
    folder: Path, rounds: int, count: int, seed: int, window: float = 1.2, *how: str
) -> list[str]:
    """Let three processes learn from the same and from their own users' messages, and kill them."""
    choose = random.Random(seed)
    own = ("first", "second", "third")
    expected = undisturbed(folder / "undisturbed", (*SHARED, *own), count)
    path = folder / "store"
    with learning.opened(path, learning="manual") as engine:
        for user in SHARED:
            learning.store(engine, user, count)
    for _ in range(rounds):
        processes = [support.start("learning.py", path, user, count, *how) for user in own]
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
    processes = [support.start("learning.py", path, user, count, *how) for user in own]
    ends = [process.communicate(timeout=300)[0].split() for process in processes]
    assert ends == [["ready", "learned"]] * len(own)
    return faults(path, expected)


@pytest.mark.parametrize("how", [(), ("wait",)], ids=["background", "wait"])
def test_killed_learners_learn_everything_once(tmp_path, how):
    assert run(tmp_path, 2, COUNT, 20260101, 0.8, *how) == []


def test_learners_with_more_to_do_are_killed_again_and_again(tmp_path):
    assert run(tmp_path, rounds=4, count=60, seed=7) == []


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
