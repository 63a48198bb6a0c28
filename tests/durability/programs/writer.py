"""Writes to a store until it is killed, and keeps a record of what was acknowledged.

Arguments: the store's folder, the file for acknowledgements, a name, a seed.
Each acknowledgement is on the disk before the next write begins.
"""

from __future__ import annotations

import json
import os
import random
import sys
from typing import Any

from harmonia_plugins import MemoryEngine, Message, NotFoundError
from harmonia_plugins.testing import HashEmbedder

SETTINGS = {"fragments": 8, "lexical_threshold": 50}


class Writer:
    """One process's stream of writes."""

    def __init__(self, engine: MemoryEngine, acks: int, name: str, seed: int) -> None:
        self.engine, self.acks, self.name = engine, acks, name
        self.random = random.Random(seed)
        self.number = 0

    def acknowledge(self, **entry: Any) -> None:
        """Record an acknowledged write."""
        os.write(self.acks, (json.dumps(entry) + "\n").encode())
        os.fsync(self.acks)

    def text(self) -> str:
        """Return a text of its own words."""
        self.number += 1
        place = self.random.randrange(1000)
        return f"{self.name} wrote token{self.name}x{self.number} about place{place}"

    def step(self) -> None:
        """Make one write of a random kind."""
        kind = self.random.choices(
            (self.message, self.batch, self.own, self.shared, self.item, self.forget),
            (40, 15, 15, 15, 10, 5),
        )[0]
        kind()

    def message(self) -> None:
        user = self.random.choice(("everyone", f"only-{self.name[-1]}"))
        text = self.text()
        message = Message("user", text, id=f"{self.name}-{self.number}")
        self.engine.observe(message, user_id=user, session_id="log", extract=False)
        self.acknowledge(kind="message", user=user, id=message.id, text=text)

    def batch(self) -> None:
        said = [self.text() for _ in range(self.random.randrange(5, 40))]
        first = self.number
        messages = [
            Message("user", text, id=f"{self.name}-{first}-{place}")
            for place, text in enumerate(said)
        ]
        self.engine.observe(messages, user_id="everyone", session_id="log", extract=False)
        for message in messages:
            self.acknowledge(kind="message", user="everyone", id=message.id, text=message.content)

    def own(self) -> None:
        self.remember(f"{self.name}-memory-{self.random.randrange(5)}")

    def shared(self) -> None:
        self.remember(f"shared-memory-{self.random.randrange(3)}")

    def remember(self, identifier: str) -> None:
        text = self.text()
        done = self.engine.remember(text, id=identifier, user_id="everyone")
        (change,) = done.changes
        assert change.after is not None
        self.acknowledge(
            kind="memory", user="everyone", id=identifier, revision=change.after.revision, text=text
        )

    def item(self) -> None:
        key, text = f"{self.name}-{self.random.randrange(5)}", self.text()
        self.engine.items(user_id="everyone").put(("notes",), key, {"text": text})
        self.acknowledge(kind="item", user="everyone", id=key, text=text)

    def forget(self) -> None:
        identifier = f"{self.name}-memory-{self.random.randrange(5)}"
        self.acknowledge(kind="forgetting", user="everyone", id=identifier)
        try:
            self.engine.forget(id=identifier, user_id="everyone")
        except NotFoundError:
            return
        self.acknowledge(kind="forget", user="everyone", id=identifier)


def main() -> None:
    path, acks, name, seed = sys.argv[1:5]
    file = os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    with MemoryEngine(path, settings=SETTINGS, embedder=HashEmbedder()) as engine:
        print("ready", flush=True)
        writer = Writer(engine, file, name, int(seed))
        while True:
            writer.step()


if __name__ == "__main__":
    main()
