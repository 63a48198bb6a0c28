"""Shared by the durability tests of learning: the truth about it, and an extractor that waits."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs as a script, too

from durability import support
from durability.programs import learning
from harmonia_plugins import MemoryEngine, Statement, Window


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
