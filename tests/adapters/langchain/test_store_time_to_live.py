"""Time to live in `HarmoniaStore`: minutes, renewed by reading, swept in passing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.store.base import GetOp, PutOp, SearchOp

from harmonia_plugins import InvalidInputError, MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore
from harmonia_plugins.testing import FrozenClock, HashEmbedder

NOTES = ("notes",)
MINUTE = 60


@pytest.fixture(scope="module")
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory, clock: FrozenClock) -> Iterator[MemoryEngine]:
    folder = tmp_path_factory.mktemp("timed")
    with MemoryEngine(folder, embedder=HashEmbedder(), clock=clock, learning="manual") as opened:
        yield opened


@pytest.fixture
def store(timed: MemoryEngine, user: str) -> HarmoniaStore:
    return HarmoniaStore(timed, user_id=user)


def test_minutes_after_which_an_item_is_gone_everywhere(store: HarmoniaStore, clock: FrozenClock):
    store.put(NOTES, "k", {"text": "plum"}, ttl=10)
    clock.advance(10 * MINUTE - 1)
    assert store.batch([GetOp(NOTES, "k", refresh_ttl=False)])[0] is not None
    clock.advance(1)
    assert store.get(NOTES, "k") is None
    assert store.search(NOTES) == store.search(NOTES, query="plum") == []
    assert store.list_namespaces() == []


@pytest.mark.parametrize("read", ["get", "search", "query", "aget", "asearch"])
def test_reading_renews_unless_told_otherwise(store: HarmoniaStore, clock: FrozenClock, read: str):
    def look(**options: Any) -> Any:
        calls = {
            "get": lambda: store.get(NOTES, "k", **options),
            "search": lambda: store.search(NOTES, **options),
            "query": lambda: store.search(NOTES, query="plum", **options),
            "aget": lambda: asyncio.run(store.aget(NOTES, "k", **options)),
            "asearch": lambda: asyncio.run(store.asearch(NOTES, **options)),
        }
        return calls[read]()

    store.put(NOTES, "k", {"text": "plum"}, ttl=10)
    for _ in range(3):
        clock.advance(9 * MINUTE)
        assert look()
    clock.advance(9 * MINUTE)
    assert look(refresh_ttl=False)
    clock.advance(1 * MINUTE)
    assert not look()


def test_only_what_a_search_returned_is_renewed(store: HarmoniaStore, clock: FrozenClock):
    for key in ("a", "b"):
        store.put(NOTES, key, {"name": key}, ttl=10)
    clock.advance(6 * MINUTE)
    assert len(store.search(NOTES, filter={"name": "a"})) == 1
    clock.advance(6 * MINUTE)
    assert [item.key for item in store.search(NOTES)] == ["a"]


def test_renewing_changes_nothing_but_the_time_that_is_left(
    store: HarmoniaStore, clock: FrozenClock
):
    store.put(NOTES, "k", {"text": "plum"}, ttl=10)
    before = store.search(NOTES)
    clock.advance(5 * MINUTE)
    store.get(NOTES, "k")
    assert store.search(NOTES) == before


def test_a_put_of_the_same_batch_decides_over_the_renewal(store: HarmoniaStore, clock: FrozenClock):
    store.put(NOTES, "k", {"v": 1}, ttl=10)
    store.put(NOTES, "gone", {"v": 1}, ttl=10)
    clock.advance(5 * MINUTE)
    store.batch([
        GetOp(NOTES, "k"), PutOp(NOTES, "k", {"v": 2}), SearchOp(NOTES), PutOp(NOTES, "gone", None),
    ])  # fmt: skip
    clock.advance(99 * MINUTE)
    assert [item.value for item in store.search(NOTES)] == [{"v": 2}]


def test_the_default_and_its_exceptions(timed: MemoryEngine, user: str, clock: FrozenClock):
    store = HarmoniaStore(timed, user_id=user, ttl={"default_ttl": 5, "refresh_on_read": False})
    store.put(NOTES, "default", {})
    store.put(NOTES, "longer", {}, ttl=20)
    store.put(NOTES, "for ever", {}, ttl=None)
    clock.advance(4 * MINUTE)
    assert len(store.search(NOTES)) == 3  # and renews nothing
    clock.advance(1 * MINUTE)
    assert {item.key for item in store.search(NOTES)} == {"longer", "for ever"}
    assert len(store.search(NOTES, refresh_ttl=True)) == 2
    clock.advance(19 * MINUTE)
    assert {item.key for item in store.search(NOTES)} == {"longer", "for ever"}


@pytest.mark.parametrize("ttl", [0, -1, True, "5", float("nan")])
def test_minutes_that_are_none_are_refused(store: HarmoniaStore, ttl: Any):
    with pytest.raises(InvalidInputError, match="above 0 minutes"):
        store.put(NOTES, "k", {}, ttl=ttl)


def test_sweeping_frees_what_nobody_sees(
    store: HarmoniaStore, timed: MemoryEngine, user: str, clock: FrozenClock
):
    store.put(NOTES, "short", {}, ttl=1)
    store.put(NOTES, "long", {}, ttl=100)
    clock.advance(2 * MINUTE)
    assert timed.stats(user_id=user).items == 2
    assert store.sweep_ttl() == 1
    assert store.sweep_ttl() == 0
    assert timed.stats(user_id=user).items == 1


def test_writes_sweep_in_passing(timed: MemoryEngine, user: str, clock: FrozenClock):
    store = HarmoniaStore(timed, user_id=user, ttl={"sweep_interval_minutes": 1e-9})  # type: ignore[typeddict-item]
    lazy = HarmoniaStore(timed, user_id=user, ttl={"sweep_interval_minutes": 60})
    store.put(NOTES, "short", {}, ttl=1)
    clock.advance(2 * MINUTE)
    store.get(NOTES, "short")
    lazy.put(NOTES, "other", {})
    assert timed.stats(user_id=user).items == 2, "too early for one, the other only read"
    store.put(NOTES, "new", {})
    assert timed.stats(user_id=user).items == 2, "one came, one went"


def test_a_reader_is_served_where_nothing_can_be_written(
    timed: MemoryEngine, store: HarmoniaStore, user: str, clock: FrozenClock, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    store.put(NOTES, "k", {"v": 1}, ttl=10)
    clock.advance(5 * MINUTE)
    locks = timed.path / "locks"
    assert locks.is_dir()
    hidden = timed.path / "hidden"
    locks.rename(hidden)
    locks.write_text("no folder")
    try:
        with caplog.at_level(logging.WARNING, "harmonia_plugins"):
            found = store.get(NOTES, "k")
    finally:
        locks.unlink()
        hidden.rename(locks)
    assert found.value == {"v": 1}
