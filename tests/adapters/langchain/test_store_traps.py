"""Each trap of LangGraph's stores: the naive way falls into it, ours does not."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from langgraph.store.base import GetOp, InvalidNamespaceError, Item, PutOp, SearchOp
from langgraph.store.base.batch import AsyncBatchedBaseStore
from langgraph.store.memory import InMemoryStore

from harmonia_plugins import InvalidInputError, MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore

NOTES = ("notes",)


def test_a_prefix_of_the_joined_labels_is_not_a_prefix(store: HarmoniaStore):
    spaces = [("u", "1"), ("u", "10"), ("u", "1", "x")]
    naive = [space for space in spaces if "/".join(space).startswith("u/1")]
    assert ("u", "10") in naive, "the naive comparison reads another user's items"
    store.batch([PutOp(space, "k", {"text": "secret"}) for space in spaces])
    for query in (None, "secret"):
        found = {item.namespace for item in store.search(("u", "1"), query=query)}
        assert found == {("u", "1"), ("u", "1", "x")}
    assert store.list_namespaces(prefix=("u", "1")) == [("u", "1"), ("u", "1", "x")]


@pytest.mark.parametrize("identifier", ["jo@mail.com", 42, "langgraph"])
def test_ids_with_dots_and_numbers_are_refused_and_labels_of_them_are_not(
    store: HarmoniaStore, identifier: Any
):
    for naive in (InMemoryStore(), store):
        with pytest.raises(ValueError, match="amespace"):
            naive.put((identifier, "memories"), "k", {})
    store.put((HarmoniaStore.label(identifier), "memories"), "k", {"v": 1})
    (space,) = store.list_namespaces()
    assert HarmoniaStore.unlabel(space[0]) == str(identifier)


def test_raw_operations_skip_the_checks_of_the_methods(store: HarmoniaStore):
    naive = InMemoryStore()
    naive.batch([PutOp(("jo.mail",), "k", {})])
    assert naive.list_namespaces() == [("jo.mail",)], "nothing was checked"
    with pytest.raises(InvalidNamespaceError) as caught:
        store.batch([PutOp(("jo.mail",), "k", {})])
    assert isinstance(caught.value, InvalidInputError)
    assert store.list_namespaces() == []


def test_changing_what_was_read_changes_what_is_stored(store: HarmoniaStore):
    def spoil(kept: Any) -> Any:
        kept.put(NOTES, "k", {"list": [1]})
        kept.get(NOTES, "k").value["list"].append("spoilt")
        kept.search(NOTES)[0].value["list"].append("spoilt")
        return kept.get(NOTES, "k").value

    assert spoil(InMemoryStore()) == {"list": [1, "spoilt", "spoilt"]}
    assert spoil(store) == {"list": [1]}


def test_overwriting_loses_when_it_was_created(store: HarmoniaStore):
    def kept(store: Any) -> bool:
        store.put(NOTES, "k", {"v": 1})
        created = store.get(NOTES, "k").created_at
        store.put(NOTES, "k", {"v": 2})
        return store.get(NOTES, "k").created_at == created

    assert not kept(InMemoryStore())
    assert kept(store)


def test_comparing_with_a_missing_field_or_text_raises(store: HarmoniaStore):
    naive = InMemoryStore()
    for kept in (naive, store):
        kept.put(NOTES, "number", {"n": 5})
        kept.put(NOTES, "text", {"n": "five"})
        kept.put(NOTES, "missing", {})
    with pytest.raises((TypeError, ValueError)):
        naive.search(NOTES, filter={"n": {"$gt": 1}})
    assert [item.key for item in store.search(NOTES, filter={"n": {"$gt": 1}})] == ["number"]


def test_without_an_index_a_query_is_ignored_in_silence(store: HarmoniaStore):
    naive = InMemoryStore()
    for kept in (naive, store):
        kept.put(NOTES, "noise", {"text": "the weather is fine"})
        kept.put(NOTES, "wanted", {"text": "my passport number is X123"})
    assert naive.search(NOTES, query="passport", limit=1)[0].key == "noise"
    assert store.search(NOTES, query="passport", limit=1)[0].key == "wanted"


def test_meaning_alone_confuses_names(store: HarmoniaStore, engine: MemoryEngine):
    """An embedding hardly tells alike names apart; the words do."""
    naive = InMemoryStore(
        index={"dims": 384, "embed": lambda texts: engine.embed(list(texts)).tolist()}
    )
    notes = {
        "Kowalczyk": "Maria Kowalczyk works at the bakery",
        "Kowalska": "Marta Kowalska likes hiking in summer",
        "Kowal": "Marek Kowal asked for a call back about the Kowalewska contract",
        "Kowalik": "Mariusz Kowalik is on leave",
    }
    for kept in (naive, store):
        kept.batch([PutOp(("notes",), name, {"text": text}) for name, text in notes.items()])

    def found(kept: Any) -> list[str]:
        return [kept.search(("notes",), query=f"what about {name}?")[0].key for name in notes]

    assert found(naive) != list(notes)
    assert found(store) == list(notes)


def test_emptied_namespaces_are_still_listed(store: HarmoniaStore):
    for kept in (naive := InMemoryStore(), store):
        kept.put(("gone",), "k", {})
        kept.delete(("gone",), "k")
    assert naive.list_namespaces() == [("gone",)]
    assert store.list_namespaces() == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_store_bound_to_one_loop_fails_on_it_and_on_the_next(store: HarmoniaStore):
    class Bound(AsyncBatchedBaseStore):
        def __init__(self) -> None:
            super().__init__()
            self.inner = InMemoryStore()

        def batch(self, ops: Any) -> Any:
            raise asyncio.InvalidStateError("called on the loop that it is bound to")

        async def abatch(self, ops: Any) -> Any:
            return self.inner.batch(ops)

    with pytest.raises(RuntimeError, match="no running event loop"):
        Bound()  # cannot be made before the loop runs

    async def bound() -> Any:
        kept = Bound()
        await kept.aput(NOTES, "k", {})
        with pytest.raises(asyncio.InvalidStateError):
            kept.get(NOTES, "k")
        return kept

    kept = asyncio.run(bound())

    async def again(kept: Any) -> Any:
        return await asyncio.wait_for(kept.aget(NOTES, "k"), 0.3)

    with pytest.raises((RuntimeError, TimeoutError)):
        asyncio.run(again(kept))
    del kept
    gc.collect()  # what is left of it complains here and not in another test

    async def ours() -> Any:
        await store.aput(NOTES, "k", {"v": 1})
        return store.get(NOTES, "k")

    assert isinstance(asyncio.run(ours()), Item)
    assert isinstance(asyncio.run(again(store)), Item)


def test_values_that_only_python_holds_are_refused_at_once(store: HarmoniaStore):
    naive = InMemoryStore()
    naive.put(NOTES, "k", {"fn": print})
    assert naive.get(NOTES, "k").value == {"fn": print}, "and lost with the process"
    with pytest.raises(InvalidInputError, match="JSON"):
        store.put(NOTES, "k", {"fn": print})


def test_minutes_to_live_where_the_store_knows_none(store: HarmoniaStore):
    with pytest.raises(NotImplementedError):
        InMemoryStore().put(NOTES, "k", {}, ttl=5)
    store.put(NOTES, "k", {}, ttl=5)
    assert store.get(NOTES, "k") is not None


def test_reads_of_a_batch_must_not_see_its_puts(store: HarmoniaStore):
    def naive(ops: list[Any]) -> list[Any]:  # one operation after the other
        return [store.batch([op])[0] for op in ops]

    assert naive([PutOp(NOTES, "a", {}), GetOp(NOTES, "a")])[1] is not None
    assert store.batch([PutOp(NOTES, "b", {}), GetOp(NOTES, "b")])[1] is None
    assert [len(found) for found in store.batch([SearchOp(NOTES), SearchOp(NOTES)])] == [2, 2]


def test_one_store_for_all_users_must_not_be_the_default(engine: MemoryEngine, user: str):
    """A namespace that an application forgets to fill in is a shared one; a user is not."""
    naive = InMemoryStore()
    for name in ("ann", "bob"):
        naive.put(("memories",), "secret", {"of": name})
    assert naive.get(("memories",), "secret").value == {"of": "bob"}
    stores = {name: HarmoniaStore(engine, user_id=f"{user}-{name}") for name in ("ann", "bob")}
    for name, kept in stores.items():
        kept.put(("memories",), "secret", {"of": name})
    for name, kept in stores.items():
        assert [item.value for item in kept.search(())] == [{"of": name}]
    for missing in (None, "", "  "):
        with pytest.raises(InvalidInputError, match="user_id"):
            HarmoniaStore(engine, user_id=missing)  # type: ignore[arg-type]
