"""Shared by the tests of learning: a user who says things, and what is believed of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harmonia_plugins import (
    ChangeSet,
    Memory,
    MemoryEngine,
    Message,
    ProviderError,
    Statement,
    Window,
)
from harmonia_plugins.testing import HashEmbedder

U = "nora"
MONDAY = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
MONTH = timedelta(days=30)


def say(engine: MemoryEngine, text: str, days: float = 0, **options) -> ChangeSet:
    message = Message("user", text, created_at=MONDAY + timedelta(days=days))
    return engine.observe(message, user_id=U, **options)


def believed(engine: MemoryEngine, **options) -> list[str]:
    found = engine.memories(user_id=U, sort="content", descending=False, **options)
    return [memory.content for memory in found]


def only(changes: ChangeSet) -> Memory:
    (change,) = changes.changes
    assert change.after is not None
    return change.after


class Repeating:
    """An extractor that takes each message as one statement; counts its calls."""

    name = "repeating"

    def __init__(self, failures: int = 0, error: type[Exception] = ProviderError) -> None:
        self.failures, self.error, self.calls = failures, error, 0

    def extract(self, window: Window) -> Sequence[Statement]:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.error("the model is gone")
        return [
            Statement(content=message.content, message=number, source=message.content)
            for number, message in enumerate(window.messages)
        ]


def opened(path: Path, **options) -> MemoryEngine:
    return MemoryEngine(path, embedder=HashEmbedder(), **{"learning": "manual", **options})
