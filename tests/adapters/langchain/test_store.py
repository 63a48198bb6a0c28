"""`HarmoniaStore` as a LangGraph store: items, operations, copies, engines."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchItem,
    SearchOp,
)
from store_support import NOTES, keys

from harmonia_plugins import (
    AsyncMemoryEngine,
    ClosedError,
    InvalidInputError,
    MemoryEngine,
    ProviderError,
)
from harmonia_plugins.langchain import HarmoniaStore
from harmonia_plugins.testing import HashEmbedder

# -- making one --------------------------------------------------------------------------------


def test_it_is_a_store_that_keeps_time(store: HarmoniaStore):
    assert isinstance(store, BaseStore)
    assert store.supports_ttl


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"engine": "./memory"}, "MemoryEngine"), ({"engine": None}, "MemoryEngine"),
        ({"user_id": None}, "user_id"), ({"user_id": " "}, "user_id"), ({"user_id": 7}, "user_id"),
        ({"ttl": 5}, "ttl"), ({"ttl": {"default": 5}}, "default_ttl"),
        ({"ttl": {"default_ttl": 0}}, "default_ttl"),
        ({"ttl": {"sweep_interval_minutes": -1}}, "sweep_interval"),
        ({"fields": "text"}, "fields"), ({"fields": [7]}, "fields"),
    ],
)  # fmt: skip
def test_what_it_cannot_use_is_refused_at_the_start(
    engine: MemoryEngine, options: dict[str, Any], said: str
):
    arguments = {"engine": engine, "user_id": "u"} | options
    with pytest.raises(InvalidInputError, match=said):
        HarmoniaStore(arguments.pop("engine"), **arguments)


def test_a_user_must_be_named(engine: MemoryEngine):
    with pytest.raises(TypeError, match="user_id"):
        HarmoniaStore(engine)  # type: ignore[call-arg]


# -- one item ----------------------------------------------------------------------------------


def test_a_value_comes_back_with_its_times(store: HarmoniaStore):
    store.put(("users", "7"), "prefs", {"theme": "dark", "deep": {"list": [1, None, "ü"]}})
    item = store.get(("users", "7"), "prefs")
    assert type(item) is Item
    assert item.value == {"theme": "dark", "deep": {"list": [1, None, "ü"]}}
    assert (item.namespace, item.key) == (("users", "7"), "prefs")
    assert item.created_at == item.updated_at
    assert item.created_at.tzinfo is not None
    assert Item(**item.dict()).value == item.value


def test_unknown_keys_and_namespaces_give_none(store: HarmoniaStore):
    store.put(NOTES, "k", {})
    assert store.get(NOTES, "other") is None
    assert store.get(("other",), "k") is None
    assert store.get((), "k") is None
    store.delete((), "k")
    store.delete(NOTES, "other")
    assert store.get(NOTES, "k").value == {}


def test_a_value_of_none_deletes(store: HarmoniaStore):
    store.put(NOTES, "k", {"v": 1})
    store.batch([PutOp(NOTES, "k", None)])
    assert store.get(NOTES, "k") is None


def test_keys_are_text_whatever_they_are_given_as(store: HarmoniaStore):
    store.put(NOTES, 42, {"v": 1})  # type: ignore[arg-type]
    assert store.get(NOTES, 42).key == "42"  # type: ignore[arg-type]
    assert store.batch([GetOp(NOTES, 42)])[0].value == {"v": 1}  # type: ignore[arg-type]
    store.put(NOTES, "jo@mail.com/a b'\"%*", {"v": 2})
    assert store.get(NOTES, "jo@mail.com/a b'\"%*").value == {"v": 2}


def test_any_mapping_is_a_value(store: HarmoniaStore):
    store.put(NOTES, "k", MappingProxyType({"pair": (1, 2)}))
    assert store.get(NOTES, "k").value == {"pair": [1, 2]}


@pytest.mark.parametrize(
    "value", [{"at": datetime(2024, 1, 1)}, {"set": {1}}, {1: "a"}, {"b": b"x"}, "text", [1]]
)
def test_a_value_that_json_cannot_hold_is_refused_and_nothing_is_lost(
    store: HarmoniaStore, value: Any
):
    store.put(NOTES, "k", {"v": "before"})
    with pytest.raises(InvalidInputError, match="'bad'"):
        store.batch([PutOp(NOTES, "k", {"v": "after"}), PutOp(NOTES, "bad", value)])
    assert store.get(NOTES, "k").value == {"v": "before"}
    assert store.get(NOTES, "bad") is None


# -- batches -----------------------------------------------------------------------------------


def test_reads_see_what_was_before_the_batch_and_results_keep_the_order(store: HarmoniaStore):
    store.put(NOTES, "old", {"v": 1})
    results = store.batch([
        PutOp(NOTES, "new", {"v": 2}), GetOp(NOTES, "new"), GetOp(NOTES, "old"),
        PutOp(NOTES, "old", {"v": 3}), SearchOp(NOTES), ListNamespacesOp(),
        PutOp(NOTES, "old", None),
    ])  # fmt: skip
    assert results[:2] == [None, None]
    assert results[2].value == {"v": 1}
    assert [type(item) for item in results[4]] == [SearchItem]
    assert keys(results[4]) == ["old"]
    assert results[5:] == [[NOTES], None]
    assert keys(store.search(NOTES)) == ["new"]


def test_of_several_puts_for_one_key_the_last_wins(store: HarmoniaStore):
    store.batch([PutOp(NOTES, "k", {"v": n}) for n in range(5)])
    assert store.get(NOTES, "k").value == {"v": 4}
    store.batch([PutOp(NOTES, "k", None), PutOp(NOTES, "k", {"v": 9}), PutOp(("x",), "k", {})])
    assert store.get(NOTES, "k").value == {"v": 9}


def test_an_empty_batch_does_nothing(store: HarmoniaStore):
    assert store.batch([]) == []
    assert asyncio.run(store.abatch(iter(()))) == []


def test_a_batch_may_be_any_iterable(store: HarmoniaStore):
    store.batch(PutOp(NOTES, str(n), {"n": n}) for n in range(3))
    assert len(asyncio.run(store.abatch(SearchOp(NOTES) for _ in range(1)))[0]) == 3


@pytest.mark.parametrize("op", [None, ("notes", "k"), "get"])
def test_what_is_no_operation_is_refused(store: HarmoniaStore, op: Any):
    with pytest.raises(InvalidInputError, match="GetOp"):
        store.batch([PutOp(NOTES, "k", {}), op])
    assert store.search(NOTES) == []


def test_one_batch_is_one_commit(store: HarmoniaStore, engine: MemoryEngine):
    before = engine._core.store.items.commits
    store.batch([PutOp(NOTES, str(n), {"n": n}) for n in range(50)])
    assert engine._core.store.items.commits - before == 1


@pytest.mark.parametrize(
    "op",
    [
        ListNamespacesOp((MatchCondition("infix", ("a",)),)), ListNamespacesOp(limit=-1),  # type: ignore[arg-type]
        ListNamespacesOp(offset=-1), ListNamespacesOp(max_depth=0), SearchOp(NOTES, limit=-1),
        SearchOp(NOTES, offset=-1), SearchOp(NOTES, limit=True), SearchOp(NOTES, query=7),  # type: ignore[arg-type]
        SearchOp(NOTES, filter={"n": {"$near": 1}}), SearchOp(NOTES, filter=[1]),  # type: ignore[arg-type]
        PutOp(NOTES, "k", {}, ttl=0), PutOp(NOTES, "k", {}, index="text"), PutOp(NOTES, " ", {}),  # type: ignore[arg-type]
    ],
)  # fmt: skip
def test_operations_that_mean_nothing_are_errors(store: HarmoniaStore, op: Any):
    with pytest.raises(InvalidInputError):
        store.batch([PutOp(NOTES, "fine", {}), op])
    assert store.list_namespaces() == []


# -- copies, times, isolation ------------------------------------------------------------------


def test_values_are_copies(store: HarmoniaStore):
    given = {"list": [1]}
    store.put(NOTES, "k", given)
    given["list"].append(2)
    store.get(NOTES, "k").value["list"].append(3)
    store.search(NOTES)[0].value["list"].append(4)
    store.search(NOTES, query="1")[0].value["list"].append(5)
    assert store.get(NOTES, "k").value == {"list": [1]}


def test_overwriting_keeps_when_it_was_created(store: HarmoniaStore):
    store.put(NOTES, "k", {"v": 1})
    first = store.get(NOTES, "k")
    time.sleep(0.002)
    store.put(NOTES, "k", {"v": 2})
    second = store.get(NOTES, "k")
    assert second.created_at == first.created_at
    assert second.updated_at > first.updated_at


def test_users_do_not_see_each_other(engine: MemoryEngine, user: str):
    mine, other = (HarmoniaStore(engine, user_id=name) for name in (user, f"{user}x"))
    mine.put(NOTES, "k", {"text": "plum jam"})
    assert other.get(NOTES, "k") is None
    assert other.search((), query="plum") == other.list_namespaces() == []
    other.delete(NOTES, "k")
    assert mine.get(NOTES, "k").value == {"text": "plum jam"}


def test_the_engine_sees_the_same_items_both_ways(
    store: HarmoniaStore, engine: MemoryEngine, user: str
):
    store.put(NOTES, "k", {"text": "plum jam"})
    items = engine.items(user_id=user)
    assert items.get(NOTES, "k").value == {"text": "plum jam"}
    items.put(("a.b",), "k", {"text": "cherry cake"})
    (hit,) = engine.recall("plum", user_id=user, layers=("item",), k=1)
    assert hit.item.key == "k"
    assert {item.namespace for item in store.search(())} == {NOTES, ("a.b",)}


# -- engines and event loops -------------------------------------------------------------------


def test_every_loop_and_thread_will_do(engine: MemoryEngine, user: str):
    store = HarmoniaStore(engine, user_id=user)  # made outside of any loop

    async def use(number: int) -> None:
        await store.aput(NOTES, str(number), {"n": number})
        assert (await store.aget(NOTES, str(number))).value == {"n": number}
        store.put(NOTES, f"sync-{number}", {})  # and the synchronous ones on the same loop

    for number in range(3):
        asyncio.run(use(number))
    assert len(store.search(NOTES)) == 6


def test_the_loop_runs_on_while_the_engine_works(tmp_path: Path):
    class SlowEmbedder(HashEmbedder):
        def embed(self, texts: Any) -> Any:
            time.sleep(0.3)
            return super().embed(texts)

    async def main(store: HarmoniaStore) -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        await store.aput(NOTES, "k", {"text": "slow"})
        ticking.cancel()
        return ticks

    with MemoryEngine(tmp_path, embedder=SlowEmbedder(), learning="manual") as engine:
        assert asyncio.run(main(HarmoniaStore(engine, user_id="u"))) >= 5


def test_many_tasks_at_once_lose_nothing(store: HarmoniaStore):
    async def main() -> None:
        await asyncio.gather(
            *(store.aput(("n", str(n % 7)), str(n), {"n": n}, index=False) for n in range(100))
        )
        found = await asyncio.gather(*(store.aget(("n", str(n % 7)), str(n)) for n in range(100)))
        assert [item.value["n"] for item in found] == list(range(100))

    asyncio.run(main())


def test_the_asynchronous_engine_will_do(tmp_path: Path):
    async def main() -> HarmoniaStore:
        async with AsyncMemoryEngine(tmp_path, embedder=HashEmbedder()) as engine:
            store = HarmoniaStore(engine, user_id="u")
            await store.aput(NOTES, "k", {"v": 1})
            assert (await store.aget(NOTES, "k")).value == {"v": 1}
            assert await store.asweep_ttl() == 0
            return store

    store = asyncio.run(main())
    with pytest.raises(ClosedError):
        store.get(NOTES, "k")
    with pytest.raises(ClosedError):
        asyncio.run(store.aget(NOTES, "k"))


def test_making_one_over_an_engine_that_is_not_open_opens_nothing(tmp_path: Path):
    HarmoniaStore(AsyncMemoryEngine(tmp_path / "memory"), user_id="u")
    assert not (tmp_path / "memory").exists()


def test_a_closed_engine_and_a_failing_embedder_say_so(tmp_path: Path):
    class Broken(HashEmbedder):
        def embed(self, texts: Any) -> Any:
            raise OSError("no model")

    with MemoryEngine(tmp_path, embedder=Broken(), learning="manual") as engine:
        store = HarmoniaStore(engine, user_id="u")
        with pytest.raises(ProviderError, match="no model"):
            store.put(NOTES, "k", {"text": "words"})
        store.put(NOTES, "k", {"text": "words"}, index=False)
        assert keys(store.search(NOTES)) == ["k"]
    with pytest.raises(ClosedError):
        store.search(NOTES)
