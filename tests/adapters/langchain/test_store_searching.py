"""`HarmoniaStore`: queries, filters and what is indexed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langgraph.store.base import PutOp
from store_support import NOTES, keys

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore
from harmonia_plugins.testing import HashEmbedder

DOCS = {
    "paris": {"text": "the museum in Paris has a new wing", "year": 2024, "tags": ["art"]},
    "bread": {"text": "how to bake sourdough bread at home", "year": 2021, "kind": "recipe"},
    "bike": {"text": "repairing a flat bicycle tyre", "year": 2019, "meta": {"lang": "en"}},
}  # fmt: skip


@pytest.fixture
def filled(store: HarmoniaStore) -> HarmoniaStore:
    store.batch([PutOp(("docs",), key, value) for key, value in DOCS.items()])
    return store


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("baking a loaf", "bread"), ("cycling trouble", "bike"), ("French art gallery", "paris"),
        ("sourdough", "bread"), ("2019", "bike"),
    ],
)  # fmt: skip
def test_a_query_finds_by_meaning_and_by_words(filled: HarmoniaStore, query: str, first: str):
    found = filled.search(("docs",), query=query)
    assert found[0].key == first
    assert sorted(keys(found)) == sorted(DOCS)
    scores = [item.score for item in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_without_a_query_there_is_no_score(filled: HarmoniaStore):
    for query in (None, "", "  \n"):
        assert {item.score for item in filled.search(("docs",), query=query)} == {None}


@pytest.mark.parametrize(
    "query", ["x" * 50_000, "quote ' \" % * [a] (b) AND OR NOT", "日本語", "🙂"]
)
def test_no_query_is_syntax(filled: HarmoniaStore, query: str):
    assert len(filled.search(("docs",), query=query, limit=2)) == 2


def test_pages_of_a_query_add_up(filled: HarmoniaStore):
    whole = keys(filled.search(("docs",), query="bread and museums"))
    pages = [
        keys(filled.search(("docs",), query="bread and museums", limit=1, offset=n))
        for n in range(4)
    ]
    assert [key for page in pages for key in page] == whole
    assert filled.search(("docs",), query="bread", limit=0) == []


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"year": 2021}, {"bread"}), ({"year": {"$eq": 2021}}, {"bread"}),
        ({"year": {"$ne": 2021}}, {"paris", "bike"}), ({"year": {"$gt": 2019}}, {"paris", "bread"}),
        ({"year": {"$gte": 2019, "$lt": 2024}}, {"bread", "bike"}),
        ({"year": {"$lte": 2021}, "kind": "recipe"}, {"bread"}),
        ({"meta": {"lang": "en"}}, {"bike"}), ({"meta": {"lang": {"$ne": "en"}}}, set()),
        ({"meta.lang": "en"}, {"bike"}), ({"meta": None}, {"paris", "bread"}),
        ({"missing": {"$gt": 1}}, set()), ({"text": {"$lt": 5}}, set()),
        ({"tags": ["art"]}, {"paris"}),
        ({"text": {"$gte": "s"}}, {"paris"}), ({}, set(DOCS)),
    ],
)  # fmt: skip
def test_filters_with_and_without_a_query(filled: HarmoniaStore, wanted: Any, expected: set[str]):
    assert set(keys(filled.search(("docs",), filter=wanted))) == expected
    assert set(keys(filled.search(("docs",), filter=wanted, query="bread"))) == expected
    assert set(keys(asyncio.run(filled.asearch(("docs",), filter=wanted)))) == expected


def test_dates_as_text_are_compared_by_their_letters(store: HarmoniaStore):
    for day in ("2024-01-31", "2024-02-01", "2023-12-31"):
        store.put(NOTES, day, {"at": day})
    found = store.search(NOTES, filter={"at": {"$gte": "2024-01-01", "$lt": "2024-02-01"}})
    assert keys(found) == ["2024-01-31"]


@pytest.mark.parametrize("hostile", ["' OR 1=1 --", '"}]}', "a\\' --", "%", "_", "*", "[a-z]", "ü"])
def test_nothing_in_labels_keys_or_filter_values_is_syntax(store: HarmoniaStore, hostile: str):
    store.put((hostile, "x"), hostile, {hostile: hostile})
    store.put(("other", "x"), "k", {"a": "b"})
    assert keys(store.search((hostile,))) == [hostile]
    assert keys(store.search((), filter={hostile: hostile})) == [hostile]
    assert store.search((), filter={"a": hostile}) == []
    assert store.get((hostile, "x"), hostile).value == {hostile: hostile}


def test_what_is_indexed_is_said_per_put_or_for_the_store(engine: MemoryEngine, user: str):
    store = HarmoniaStore(engine, user_id=user, fields=["title", "notes[*].text"])
    value = {
        "title": "plum", "notes": [{"text": "quartz"}, {"text": "violin"}], "secret": "walrus",
    }  # fmt: skip
    store.put(("default",), "k", value)
    store.put(("own",), "k", value, index=["secret"])
    store.put(("last",), "k", value, index=["notes[-1].text"])
    store.put(("none",), "k", value, index=False)
    spaces = [("default",), ("own",), ("last",), ("none",)]
    texts = {item.namespace: item.text for item in _indexed(engine, user)}
    assert [texts.get(space) for space in spaces] == [
        "plum\nquartz\nviolin", "walrus", "violin", None
    ]  # fmt: skip
    assert keys(store.search(("none",), query="plum")) == []
    assert keys(store.search(("none",))) == ["k"]
    assert store.get(("none",), "k").value == value


def _indexed(engine: MemoryEngine, user: str) -> list[Any]:
    from types import SimpleNamespace

    hits = engine.recall("anything", user_id=user, layers=("item",), k=100)
    return [SimpleNamespace(namespace=hit.item.namespace, text=hit.text) for hit in hits]


def test_a_query_among_many_items_gives_hundreds_and_all_below_a_small_prefix(
    tmp_path: Path,
):
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual") as engine:
        store = HarmoniaStore(engine, user_id="u")
        store.batch([PutOp(("big",), str(n), {"text": f"plum {n}"}) for n in range(1100)])
        store.batch([PutOp(("small",), str(n), {"text": f"jam {n}"}) for n in range(3)])
        assert len(store.search((), limit=20_000)) == 1103
        assert len(store.search(("big",), query="plum", limit=20_000)) >= 512
        assert len(store.search(("small",), query="plum", limit=20_000)) == 3
        assert keys(store.search(("big",), query="plum 1099", filter={"text": "plum 7"})) == ["7"]
