"""Stores the messages of one user and learns from everyone's, in the background.

Arguments: the store's folder, the user, how many messages, and "wait" to learn from them before
each call returns. Started again it stores what is not there yet, in the same order. Says "ready"
when the store is open and "learned" when nothing waits.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

SETTINGS = {"fragments": 8, "lexical_threshold": 50}
BEGIN = datetime(2023, 5, 8, 12, tzinfo=UTC)
CITIES = ("Paris", "Berlin", "Rome", "Oslo", "Bonn", "Lima", "Kyoto")
SAID = (
    "I moved to {city}",
    "I have a dog called Biggie",
    "I work as a nurse at {city} Hospital",
    "I have a cat called Tom{number}",
    "I like plums",
    "My favourite colour is {colour}",
    "I don't like plums anymore",
)
"""What every message teaches something by: conflicts, repetitions, and things that stay."""


def message(number: int) -> Message:
    """Return a user's message of a number, the same in every process."""
    text = SAID[number % len(SAID)].format(
        city=CITIES[number // len(SAID) % len(CITIES)],
        colour=("red", "blue")[number // len(SAID) % 2],
        number=number,
    )
    return Message("user", text, id=f"m{number}", created_at=BEGIN + timedelta(hours=number))


def store(engine: MemoryEngine, user: str, count: int, **options: Any) -> None:
    """Store a user's messages in small groups, by default to be learned from later."""
    start = 0
    while start < count:
        end = min(count, start + 1 + start % 4)
        engine.observe(
            [message(number) for number in range(start, end)],
            user_id=user,
            **{"wait": False, **options},
        )
        start = end


def opened(path: Path | str, *, learning: str = "background", **options: Any) -> MemoryEngine:
    """Open a store under settings that compact often."""
    settings = {**SETTINGS, **options.pop("settings", {})}
    return MemoryEngine(
        path, settings=settings, embedder=HashEmbedder(), learning=learning, **options
    )


def main() -> None:
    path, user, count, *how = sys.argv[1:]
    with opened(path) as engine:
        print("ready", flush=True)
        store(engine, user, int(count), wait="wait" in how)
        engine.flush()
        print("learned", flush=True)


if __name__ == "__main__":
    main()
