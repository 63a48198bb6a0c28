"""JSON items: what is put comes back, is found, expires, and belongs to one user."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import Delete, InvalidInputError, ItemStore, MemoryEngine, Put
from harmonia_plugins.engine.item_paths import indexed_text
from harmonia_plugins.testing import FrozenClock, HashEmbedder

U = "nora"
NOTES = ("notes",)


@pytest.fixture
def items(engine: MemoryEngine) -> ItemStore:
    return engine.items(user_id=U)


def keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]


# -- put, get, delete --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {}, {"text": " kept  as\ntyped ", "n": 1.5, "none": None, "yes": True},
        {"deep": {"list": [{"a": [1, [2, {"b": "ü"}]]}], "": ""}},
        {"$gt": 3, "a.b": "dotted"},
        {"large": 2**70, "negative": -1, "tiny": 5e-324},
    ],
)  # fmt: skip
def test_any_json_object_comes_back_as_it_was(items: ItemStore, clock: FrozenClock, value: Any):
    items.put(("a", "b/c", "d.e"), "key with spaces ", value)
    found = items.get(["a", "b/c", "d.e"], "key with spaces ")
    assert found is not None
    assert found.value == value
    assert (found.namespace, found.key) == (("a", "b/c", "d.e"), "key with spaces ")
    assert (found.created_at, found.updated_at) == (clock.now(), clock.now())
    assert (found.expires_at, found.score) == (None, None)


@pytest.mark.parametrize("value", [None, "text", [1], {1: "a"}, {"a": {2}}, {"a": float("nan")}])
def test_what_json_cannot_hold_is_refused_and_nothing_is_stored(items: ItemStore, value: Any):
    with pytest.raises(InvalidInputError):
        items.batch([Put(NOTES, "fine", {"a": 1}), Put(NOTES, "bad", value)])
    assert items.search() == []


def test_namespaces_tell_equal_keys_apart(items: ItemStore):
    spaces = [("a",), ("a", "b"), ("b", "a"), ("a b",), ('a","b',)]
    for number, space in enumerate(spaces):
        items.put(space, "k", {"n": number})
    assert [items.get(space, "k").value["n"] for space in spaces] == list(range(5))
    items.delete(("a",), "k")
    assert [items.get(space, "k") is None for space in spaces] == [True] + [False] * 4


def test_overwriting_keeps_when_it_was_created(items: ItemStore, clock: FrozenClock):
    start = clock.now()
    items.put(NOTES, "k", {"v": 1})
    clock.advance(60)
    items.put(NOTES, "k", {"v": 2})
    found = items.get(NOTES, "k")
    assert (found.value, found.created_at, found.updated_at) == ({"v": 2}, start, clock.now())
    clock.advance(60)
    items.delete(NOTES, "k")
    items.put(NOTES, "k", {"v": 3})
    assert items.get(NOTES, "k").created_at == clock.now()


def test_deleting_an_unknown_key_is_no_error(items: ItemStore):
    items.delete(NOTES, "none")
    items.put(NOTES, "k", {"v": 1})
    for _ in range(2):
        items.delete(NOTES, "k")
    assert items.get(NOTES, "k") is None
    assert items.search() == []
    assert items.namespaces() == []


def test_of_several_changes_for_one_key_the_last_wins(items: ItemStore):
    items.put(NOTES, "gone", {"v": 0})
    items.batch([
        Put(NOTES, "k", {"v": 1}), Delete(NOTES, "k"), Put(NOTES, "k", {"v": 2}),
        Put(NOTES, "gone", {"v": 1}), Delete(NOTES, "gone"), Put(("x",), "k", {"v": 9}),
    ])  # fmt: skip
    assert items.get(NOTES, "k").value == {"v": 2}
    assert items.get(NOTES, "gone") is None
    assert items.get(("x",), "k").value == {"v": 9}


def test_values_are_copies(items: ItemStore):
    given = {"list": [1]}
    items.put(NOTES, "k", given)
    given["list"].append(2)
    items.get(NOTES, "k").value["list"].append(3)
    items.search()[0].value["list"].append(4)
    items.search(query="1")[0].value["list"].append(5)
    assert items.get(NOTES, "k").value == {"list": [1]}


def test_items_survive_reopening(tmp_path: Path, clock: FrozenClock):
    def opened() -> MemoryEngine:
        return MemoryEngine(tmp_path, embedder=HashEmbedder(), clock=clock, learning="manual")

    with opened() as engine:
        items = engine.items(user_id=U)
        items.put(NOTES, "old", {"v": 1})
        clock.advance(60)
        items.put(NOTES, "old", {"v": 2})
        items.put(NOTES, "gone", {"v": 1})
        items.delete(NOTES, "gone")
        items.put(NOTES, "short", {"text": "plum jam"}, ttl=30)
        before = items.search(), items.search(query="plum")
    with opened() as engine:
        items = engine.items(user_id=U)
        assert (items.search(), items.search(query="plum")) == before
        clock.advance(30)
        assert keys(items.search()) == ["old"]


# -- searching ---------------------------------------------------------------------------------

VALUES: dict[str, Any] = {
    "a": {"n": 1, "name": "plum", "tags": ["x"], "deep": {"m": 1}},
    "b": {"n": 2, "name": None},
    "c": {"n": "2"},
    "d": {"n": [2]},
    "e": {},
    "f": {"n": 2.5, "deep": {"m": 1, "o": 2}},
}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, "abcdef"),
        ({"n": 2}, "b"),
        ({"n": "2"}, "c"), ({"n": [2]}, "d"),
        ({"name": None}, "bcdef"),
        ({"tags": ["x"]}, "a"), ({"deep": {"m": 1}}, "af"),
        ({"deep": {"$eq": {"m": 1}}}, "a"), ({"deep": {"m": {"$gt": 0}, "o": None}}, "a"),
        ({"deep": {"x": {"y": 1}}}, ""), ({"n": [{"$gt": 1}]}, "d"), ({"deep": {}}, "af"),
        ({"deep.m": 1}, "af"), ({"deep.o": {"$gte": 2}}, "f"), ({"n.m.x": 1}, ""),
        ({"n.m": None}, "abcdef"),
        ({"n": {"$eq": 2}}, "b"), ({"n": {"$ne": 2}}, "acdef"), ({"n": {"$gt": 1}}, "bf"),
        ({"n": {"$gte": 1, "$lt": 2.5}}, "ab"),
        ({"n": {"$lte": 2}, "name": "plum"}, "a"),
        ({"name": {"$gt": "a"}}, "a"),
        ({"missing": 1}, ""),
        ({"missing": {"$lt": 1}}, ""), ({"missing": {"$ne": 1}}, "abcdef"),
        ({"deep": {"$gt": 1}}, ""),
    ],
)  # fmt: skip
def test_filters_match_and_never_raise(items: ItemStore, wanted: dict[str, Any], expected: str):
    items.batch(Put(NOTES, key, value) for key, value in VALUES.items())
    assert sorted(keys(items.search(filter=wanted))) == list(expected)


def test_unknown_operators_and_bad_ranges_are_refused(items: ItemStore):
    items.put(NOTES, "k", {"n": 1})
    refused: list[dict[str, Any]] = [
        {"filter": {"n": {"$regex": "x"}}}, {"filter": {"n": {"m": {"$near": 1}}}},
        {"filter": [1]}, {"limit": 0}, {"limit": True}, {"offset": -1}, {"offset": True},
        {"offset": "1"}, {"prefix": "notes"}, {"query": " "},
    ]  # fmt: skip
    for options in refused:
        with pytest.raises(InvalidInputError):
            items.search(**options)
    for space in ("notes", (), ("",), (1,)):
        with pytest.raises(InvalidInputError):
            items.put(space, "k", {})
    for ttl in (0, -1, float("nan"), True, "1", 1e30):
        with pytest.raises(InvalidInputError):
            items.put(NOTES, "k", {}, ttl=ttl)
    for options in ({"prefix": "notes"}, {"suffix": "notes"}, {"max_depth": 0}):
        with pytest.raises(InvalidInputError):
            items.namespaces(**options)
    assert items.get(NOTES, "k").value == {"n": 1}


def test_listing_is_newest_first_and_pages_add_up(items: ItemStore, clock: FrozenClock):
    for number in range(7):
        clock.advance(1)
        items.put(("n", str(number % 2)), str(number), {"n": number})
    assert keys(items.search()) == list("6543210")
    assert keys(items.search(("n", "1"))) == list("531")
    assert keys(items.search(("n", "9"))) == []
    pages = [keys(items.search(limit=3, offset=start)) for start in (0, 3, 6, 9)]
    assert pages == [list("654"), list("321"), ["0"], []]


def test_a_query_finds_by_words_of_any_depth_and_scores(items: ItemStore):
    items.put(NOTES, "a", {"title": "plum jam", "body": {"lines": ["boil", "stir the quartz"]}})
    items.put(NOTES, "b", {"title": "bicycle", "year": 1984})
    items.put(("other",), "c", {"title": "quartz clock"})
    found = items.search(NOTES, query="quartz")
    assert keys(found)[0] == "a"
    assert "c" not in keys(found)
    assert all(item.score is not None and 0 <= item.score <= 1 for item in found)
    assert keys(items.search(query="1984"))[0] == "b"
    scores = [item.score for item in items.search(query="plum quartz")]
    assert scores == sorted(scores, reverse=True)
    assert keys(items.search(query="quartz", filter={"title": "quartz clock"})) == ["c"]


def test_only_the_indexed_paths_are_searched(items: ItemStore):
    value = {"title": "plum", "body": {"text": "quartz"}, "n": 7}
    items.put(NOTES, "title", value, index=["title"])
    items.put(NOTES, "body", value, index=["body.text", "no.such"])
    items.put(NOTES, "none", value, index=False)
    items.put(NOTES, "all", value, index=["$"])
    assert set(keys(items.search(query="plum"))[:2]) == {"title", "all"}
    assert set(keys(items.search(query="quartz"))[:2]) == {"body", "all"}
    assert "none" not in keys(items.search(query="quartz"))
    assert items.get(NOTES, "none").value == value


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("notes[*].text", "first second"), ("notes[-1].text", "second"), ("notes[0]", "first"),
        ("notes.*.text", "first second"), ("tags[1]", "quartz"), ("tags", "plum quartz"),
        ("deep.*", "inner"), ("{title,deep.er}", "whole inner"), ("$", None), ("$.title", "whole"),
        ("a.b", ""), ("notes[7]", ""), ("notes[x]", ""), ("title[0]", ""), ("no.such", ""),
        ("notes[*].no", ""), ("title.x", ""), ("flag", ""), ("n", "7"),
    ],
)  # fmt: skip
def test_paths_lead_into_lists_and_mappings(path: str, found: str | None):
    value = {
        "title": "whole", "notes": [{"text": "first"}, {"text": "second"}],
        "tags": ["plum", "quartz"], "deep": {"er": "inner"}, "flag": True, "n": 7, "none": None,
    }  # fmt: skip
    everything = "whole first second plum quartz inner 7"
    expected = everything if found is None else found
    assert indexed_text(value, [path]).split("\n") == (expected.split(" ") if expected else [""])


def test_text_that_two_paths_lead_to_counts_once():
    value = {"title": "plum", "notes": ["plum", "jam"]}
    assert indexed_text(value, ["notes[*]", "title", "notes"]) == "plum\njam"


def test_a_filter_and_a_prefix_come_before_the_ranking(items: ItemStore):
    items.batch(
        Put(("many", str(n % 2)), str(n), {"text": f"plum jam number {n}", "n": n})
        for n in range(30)
    )
    found = items.search(("many", "1"), query="plum jam number 2", filter={"n": 29}, limit=1)
    assert keys(found) == ["29"]
    assert len(items.search(("many", "0"), query="plum", limit=100)) == 15


def test_what_is_equally_new_is_in_the_order_of_names_in_any_process(
    tmp_path: Path, clock: FrozenClock
):
    options = {"embedder": HashEmbedder(), "clock": clock, "learning": "manual"}
    with MemoryEngine(tmp_path, **options) as engine:
        items = engine.items(user_id=U)
        items.batch([Put(("b",), "x", {}), Put(("a",), "z", {}), Put(("a",), "y", {})])
        clock.advance(1)
        items.put(("c",), "new", {})
        items.renew([(("b",), "x")])
        first = keys(items.search())
        assert first == ["new", "y", "z", "x"]
    with MemoryEngine(tmp_path, **options) as engine:
        assert keys(engine.items(user_id=U).search()) == first


def test_namespaces_are_listed_by_prefix_suffix_and_depth(items: ItemStore):
    spaces = [("a", "b", "c"), ("a", "b", "d"), ("a", "x", "c"), ("z", "b", "c"), ("a",)]
    for space in spaces:
        items.put(space, "k", {})
    listed = items.namespaces
    assert listed() == sorted(spaces)
    assert listed(("a",)) == [("a",), ("a", "b", "c"), ("a", "b", "d"), ("a", "x", "c")]
    assert listed(("*", "b")) == [("a", "b", "c"), ("a", "b", "d"), ("z", "b", "c")]
    assert listed(("a", "*"), suffix=("c",)) == [("a", "b", "c"), ("a", "x", "c")]
    assert listed(suffix=("*", "c")) == [("a", "b", "c"), ("a", "x", "c"), ("z", "b", "c")]
    assert listed(max_depth=2) == [("a",), ("a", "b"), ("a", "x"), ("z", "b")]
    assert listed(("a", "b", "c", "d")) == []


# -- time to live ------------------------------------------------------------------------------


def test_what_has_expired_is_gone_for_every_reader(
    engine: MemoryEngine, items: ItemStore, clock: FrozenClock
):
    items.put(("short",), "k", {"text": "plum jam"}, ttl=60)
    items.put(("long",), "k", {"text": "plum cake"})
    assert items.get(("short",), "k").expires_at == clock.now() + timedelta(seconds=60)
    clock.advance(59.5)
    assert items.get(("short",), "k") is not None
    clock.advance(0.5)
    assert items.get(("short",), "k") is None
    assert keys(items.search()) == ["k"]
    assert [item.namespace for item in items.search(query="plum")] == [("long",)]
    assert items.namespaces() == [("long",)]
    hits = engine.recall("plum", user_id=U, layers=("item",))
    assert [hit.item.namespace for hit in hits] == [("long",)]
    assert items.sweep() == 1
    assert items.sweep() == 0
    assert engine.stats(user_id=U).items == 1


def test_putting_again_renews_or_ends_the_time_to_live(items: ItemStore, clock: FrozenClock):
    for key, ttl in (("renewed", 60), ("kept", None)):
        items.put(NOTES, key, {"v": 1}, ttl=10)
        items.put(NOTES, key, {"v": 2}, ttl=ttl)
    clock.advance(30)
    assert sorted(keys(items.search())) == ["kept", "renewed"]
    clock.advance(30)
    assert keys(items.search()) == ["kept"]


def test_renewing_starts_the_time_to_live_again(items: ItemStore, clock: FrozenClock):
    items.put(NOTES, "read", {"text": "plum"}, ttl=60)
    items.put(NOTES, "unread", {"text": "jam"}, ttl=60)
    items.put(NOTES, "kept", {"text": "cake"})
    stored = items.get(NOTES, "read")
    for _ in range(3):
        clock.advance(50)
        items.renew([(NOTES, "read"), (NOTES, "kept"), (NOTES, "none"), (["x"], "read")])
    found = items.get(NOTES, "read")
    assert found.expires_at == clock.now() + timedelta(seconds=60)
    assert (found.value, found.created_at, found.updated_at) == (
        stored.value, stored.created_at, stored.updated_at,
    )  # fmt: skip
    assert items.get(NOTES, "unread") is None
    assert items.get(NOTES, "kept").expires_at is None
    assert keys(items.search(query="plum", limit=1)) == ["read"]
    clock.advance(60)
    items.renew([(NOTES, "read")])
    assert items.get(NOTES, "read") is None, "what has expired does not come back"


def test_renewing_all_the_time_does_not_write_all_the_time(
    engine: MemoryEngine, items: ItemStore, clock: FrozenClock
):
    items.put(NOTES, "k", {}, ttl=1000)
    before = engine._core.store.items.commits
    for _ in range(100):
        clock.advance(1)
        items.renew([(NOTES, "k")])
    assert engine._core.store.items.commits - before == 9
    assert items.get(NOTES, "k").expires_at > clock.now() + timedelta(seconds=985)


def test_a_put_over_what_has_expired_begins_a_new_life(items: ItemStore, clock: FrozenClock):
    items.put(NOTES, "k", {"v": 1}, ttl=10)
    clock.advance(20)
    items.put(NOTES, "k", {"v": 2})
    assert items.get(NOTES, "k").created_at == clock.now()


def test_times_of_a_life_elsewhere_are_kept(items: ItemStore, clock: FrozenClock):
    before = clock.now() - timedelta(days=9)
    then = {"created_at": before, "updated_at": before + timedelta(days=1)}
    items.batch([Put(NOTES, "old", {"v": 1}, **then), Put(NOTES, "new", {"v": 1})])
    found = items.get(NOTES, "old")
    assert (found.created_at, found.updated_at) == tuple(then.values())
    assert keys(items.search()) == ["new", "old"]
    with pytest.raises(InvalidInputError, match="created_at"):
        items.batch([Put(NOTES, "bad", {}, created_at="yesterday")])


# -- beside memories ---------------------------------------------------------------------------


def test_items_belong_to_one_user(engine: MemoryEngine, items: ItemStore):
    items.put(NOTES, "k", {"text": "plum"})
    other = engine.items(user_id="otto")
    assert other.get(NOTES, "k") is None
    assert (other.search(), other.search(query="plum"), other.namespaces()) == ([], [], [])
    other.delete(NOTES, "k")
    other.put(NOTES, "k", {"text": "theirs"})
    assert items.get(NOTES, "k").value == {"text": "plum"}


def test_items_are_recalled_only_on_request(engine: MemoryEngine, items: ItemStore):
    items.put(NOTES, "k", {"text": "plum jam", "kind": "food"})
    engine.remember("Nora likes plum cake", user_id=U, id="m")
    assert [hit.id for hit in engine.recall("plum", user_id=U)] == ["m"]
    (hit,) = engine.recall("plum", user_id=U, layers=["item"])
    assert (hit.id, hit.layer, hit.item) == ("k", "item", items.get(NOTES, "k"))
    both = engine.recall("plum", user_id=U, layers=("memory", "item"))
    assert {hit.id for hit in both} == {"k", "m"}
    assert engine.recall("plum", user_id=U, layers=("item",), metadata={"kind": "tool"}) == []
    assert len(engine.recall("plum", user_id=U, layers=("item",), metadata={"kind": "food"})) == 1


def test_forgetting_a_user_takes_the_items_too(engine: MemoryEngine, items: ItemStore):
    items.put(NOTES, "k", {"text": "plum"})
    engine.items(user_id="otto").put(NOTES, "k", {"text": "theirs"})
    engine.forget(user_id=U, all=True)
    assert (items.get(NOTES, "k"), items.search(query="plum")) == (None, [])
    assert engine.items(user_id="otto").get(NOTES, "k").value == {"text": "theirs"}
