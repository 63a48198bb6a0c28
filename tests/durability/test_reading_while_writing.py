"""Readers take no lock: they must never disturb who writes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

USERS = [f"user{number}" for number in range(40)]


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_users_are_read_while_others_write(restless: None, tmp_path: Path) -> None:
    with MemoryEngine(tmp_path / "store", embedder=HashEmbedder(), learning="manual") as engine:
        for user in USERS:
            engine.observe([Message("user", "tea")], user_id=user, extract=False)
            engine.recall("tea", user_id=user)
        done, failed = threading.Event(), list[Exception]()

        def read() -> None:
            try:
                while not done.is_set():
                    for user in USERS:
                        engine.recall("tea", user_id=user)
            except Exception as error:  # told by the test
                failed.append(error)

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        try:
            for number in range(20):
                engine.observe([Message("user", f"tea {number}")], user_id=USERS[0], extract=False)
        finally:
            done.set()
            for reader in readers:
                reader.join()
        assert not failed
        assert engine.stats(user_id=USERS[0]).messages == 21
