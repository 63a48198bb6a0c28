"""An engine with a deterministic embedder and a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harmonia_plugins import MemoryEngine
from harmonia_plugins.testing import FrozenClock, HashEmbedder


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def engine(tmp_path: Path, clock: FrozenClock) -> Iterator[MemoryEngine]:
    with MemoryEngine(
        tmp_path / "store", embedder=HashEmbedder(), clock=clock, learning="manual"
    ) as opened:
        yield opened
