"""Writes a little of everything and says ACK on its output after each call.

Argument: the store's folder.
"""

from __future__ import annotations

import os
import sys

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder


def acknowledge(what: str) -> None:
    os.write(1, f"ACK {what}\n".encode())


def main() -> None:
    settings = {"fragments": 4, "lexical_threshold": 20}
    with MemoryEngine(
        sys.argv[1], settings=settings, embedder=HashEmbedder(), learning="manual"
    ) as engine:
        for number in range(12):
            engine.observe(Message("user", f"message {number}"), user_id="u")
            acknowledge(f"message {number}")
            engine.remember(f"statement {number}", id=f"m{number % 5}", user_id="u")
            acknowledge(f"memory {number}")
        engine.items(user_id="u").put(("notes",), "key", {"text": "a note"})
        acknowledge("item")
        engine.observe([Message("user", f"batch {n}") for n in range(40)], user_id="u")
        acknowledge("batch")
        engine.flush()  # compaction: what it leaves must be flushed by the next acknowledgement
        acknowledge("compaction")
        engine.forget(id="m1", user_id="u")
        acknowledge("forget")
        engine.observe(Message("user", "after compaction"), user_id="u")
        acknowledge("after")


if __name__ == "__main__":
    main()
