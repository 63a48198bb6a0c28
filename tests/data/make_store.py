"""Makes a small store with the installed version, to be kept and opened by later versions.

    python tests/data/make_store.py tests/data/store-v1

A stored folder is never made again: it stands for the stores that this version has left on
people's disks. `contents.json` beside the store says what must be found in it.
"""

from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import FrozenClock, HashEmbedder

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SETTINGS: dict[str, Any] = {"lexical_threshold": 20}


def fill(engine: MemoryEngine, clock: FrozenClock) -> None:
    """Store a little of everything that a store can hold."""
    for number in range(30):
        clock.advance(timedelta(hours=7))
        role = "assistant" if number % 2 else "user"
        message = Message(
            role, f"We spoke of subject{number} and of topic{number % 4}, 日本語 too 🐶",
            id=f"m{number}", name="Ann" if number % 3 else None,
            metadata={"number": number} if number % 5 == 0 else {},
            payload={"tool": [number]} if number % 7 == 0 else None,
        )  # fmt: skip
        engine.observe(message, user_id="ann", session_id=f"s{number % 2}", extract=number < 20)
    engine.observe(Message("user", "   ", id="blank"), user_id="ann", session_id="s0")
    engine.observe(
        Message("user", "We spoke of another subject", id="m2"), user_id="ann", session_id="s0"
    )
    engine.delete_messages(["m4"], user_id="ann", session_id="s0")
    engine.set_message_status(["m6"], status="archived", user_id="ann", session_id="s0")
    engine.remember(
        "Ann has a dog called Biggie", id="dog", user_id="ann", type="personal", tags=["pets"],
        categories=["home/animals"], metadata={"sure": True}, confidence=0.75, importance=0.5,
        valid_from=START - timedelta(days=400), subject="Ann", attribute="dog", value="Biggie",
    )  # fmt: skip
    engine.update("dog", user_id="ann", content="Ann has a dog called Bigs", value="Bigs")
    engine.remember("Ann likes tea", user_id="ann")
    engine.remember("Ann likes tea", user_id="ann")
    engine.remember("Ann used to smoke", id="old", user_id="ann")
    engine.archive("old", user_id="ann")
    engine.remember("nobody shall know", id="secret", user_id="ann")
    engine.forget(id="secret", user_id="ann")
    engine.remember("Bob is someone else", id="bob", user_id="bob")
    engine.items(user_id="bob").put(("notes", "work"), "k1", {"text": "buy apples", "n": 1})
    engine.items(user_id="bob").put(("notes", "work"), "k1", {"text": "buy pears", "n": 2})
    engine.items(user_id="bob").put(("notes",), "k2", {"text": "gone"})
    engine.items(user_id="bob").delete(("notes",), "k2")


def contents(engine: MemoryEngine) -> dict[str, Any]:
    """Return everything that can be read from the store, as JSON."""
    ann: dict[str, Any] = {"user_id": "ann"}
    memories = engine.memories(**ann, status=None)
    return {
        "users": sorted(engine.users()),
        "sessions": [session.to_dict() for session in engine.sessions(**ann)],
        "messages": {
            session: [m.to_dict() for m in engine.messages(**ann, session_id=session)]
            for session in ("s0", "s1")
        },
        "archived": [
            m.id for m in engine.messages(**ann, session_id="s0", status="archived")
        ],
        "memories": sorted((memory.to_dict() for memory in memories), key=lambda m: m["id"]),
        "history": {
            memory.id: [step.memory.to_dict() for step in engine.history(memory.id, **ann)]
            for memory in sorted(memories, key=lambda memory: memory.id)
        },
        "items": [item.to_dict() for item in engine.items(user_id="bob").search(())],
        "waiting": engine.stats(**ann).waiting,
        "recall": {
            query: [hit.id for hit in engine.recall(query, **ann, k=3, mode=mode)]
            for query, mode in (
                ("subject7", "keyword"), ("日本語 subject11", "keyword"), ("big", "prefix"),
                ("spoke of another", "phrase"), ("what is Ann's dog called", "hybrid"),
            )
        },
    }  # fmt: skip


def open_store(path: Path, clock: FrozenClock) -> MemoryEngine:
    """Open a store the way it was made."""
    return MemoryEngine(
        path, settings=SETTINGS, embedder=HashEmbedder(64), clock=clock, learning="manual"
    )


def main() -> None:
    folder = Path(sys.argv[1])
    clock = FrozenClock(START)
    with open_store(folder, clock) as engine:
        fill(engine, clock)
        engine.purge()
        found = contents(engine)
        engine.flush()  # with the user in memory: their words go into an index
    (folder / "contents.json").write_text(
        json.dumps(found, indent=1, ensure_ascii=False, default=str) + "\n", "utf-8"
    )
    shutil.rmtree(folder / "locks")
    files = [path for path in folder.rglob("*") if path.is_file()]
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files)} bytes")


if __name__ == "__main__":
    main()
