"""What closing lets go of."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path

import pytest

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder


@pytest.mark.parametrize("learning", ["manual", "background"])
def test_a_closed_engine_is_freed_at_once(tmp_path: Path, learning: str):
    """In a circle of references it would keep its files mapped until somebody collects garbage."""
    gc.disable()
    try:
        engine = MemoryEngine(tmp_path, embedder=HashEmbedder(), learning=learning)
        engine.subscribe(lambda user, change_set: None)
        engine.observe(Message("user", "I live in Paris"), user_id="nora")
        assert engine.recall("Paris", user_id="nora")
        engine.flush()
        resident = weakref.ref(engine._core.store.records.resident("nora"))
        engine.close()
        del engine
        assert resident() is None
    finally:
        gc.enable()
