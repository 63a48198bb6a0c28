"""Arguments of the wrong kind are refused by name, never with an error of Python's own."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import ClosedError, InvalidInputError, ItemStore, MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

U = "nora"


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def tell(engine: MemoryEngine, **fields: Any) -> object:
    return engine.remember("x", user_id=U, **fields)


def say(engine: MemoryEngine, **fields: Any) -> object:
    return engine.observe(Message("user", "x", **fields), user_id=U)


def change(engine: MemoryEngine, **fields: Any) -> object:
    return engine.update("kept", user_id=U, **fields)


def notes(engine: MemoryEngine) -> ItemStore:
    return engine.items(user_id=U)


N = ("n",)

REFUSED: list[tuple[str, Callable[[MemoryEngine], object], str]] = [
    ("metadata too deep", lambda e: tell(e, metadata={"a": nested(900)}), "100 levels"),
    ("metadata far too deep", lambda e: tell(e, metadata={"a": nested(50_000)}), "100 levels"),
    ("payload too deep", lambda e: say(e, payload=nested(200)), "100 levels"),
    ("metadata huge number", lambda e: tell(e, metadata={"a": 10**5000}), "metadata"),
    ("metadata surrogate key", lambda e: tell(e, metadata={"\ud800": 1}), "metadata"),
    ("metadata clashing keys", lambda e: tell(e, metadata={1: "a", "1": "a"}), "str"),
    ("metadata empty list", lambda e: tell(e, metadata=[]), "mapping"),
    ("filter metadata 0", lambda e: e.recall("x", user_id=U, metadata=0), "mapping"),
    ("list metadata empty list", lambda e: e.memories(user_id=U, metadata=[]), "mapping"),
    ("type empty", lambda e: tell(e, type=""), "type"),
    ("tags None", lambda e: tell(e, tags=None), "tags"),
    ("update tags None", lambda e: change(e, tags=None), "tags"),
    ("update type None", lambda e: change(e, type=None), "type"),
    ("update content None", lambda e: change(e, content=None), "content"),
    ("update ends first", lambda e: change(e, valid_to=datetime(2023, 1, 1)), "valid_to"),
    ("update begins last", lambda e: change(e, valid_from=datetime(2026, 1, 1)), "valid_to"),
    ("revert True", lambda e: e.revert("kept", user_id=U, revision=True), "revisions 1 to 1"),
    ("revert float", lambda e: e.revert("kept", user_id=U, revision=1.0), "revisions 1 to 1"),
    ("diff str", lambda e: e.diff("kept", user_id=U, new="1"), "revisions 1 to 1"),
    ("diff float", lambda e: e.diff("kept", user_id=U, old=1, new=1.0), "revisions 1 to 1"),
    ("diff True", lambda e: e.diff("kept", user_id=U, old=True), "revisions 1 to 1"),
    ("diff 0", lambda e: e.diff("kept", user_id=U, old=0), "revisions 1 to 1"),
    ("cursor of many digits", lambda e: e.memories(user_id=U, cursor="9" * 5000), "cursor"),
    ("cursor of other digits", lambda e: e.memories(user_id=U, cursor="٣"), "cursor"),
    ("cursor signed", lambda e: e.memories(user_id=U, cursor="-1"), "cursor"),
    ("sources of a session", lambda e: e.forget(user_id=U, session_id="s", sources=True), "sources"),
    ("k of no queries", lambda e: e.recall_many([], user_id=U, k=0), "k"),
    ("cursor number", lambda e: e.memories(user_id=U, cursor=1), "cursor"),
    ("feed cursor of many digits", lambda e: e.changes(user_id=U, after="9" * 5000), "cursor"),
    ("feed limit", lambda e: e.changes(user_id=U, limit=0), "limit"),
    ("timeout str", lambda e: e.recall("x", user_id=U, timeout="3"), "timeout"),
    ("timeout bool", lambda e: e.recall("x", user_id=U, timeout=True), "timeout"),
    ("timeout NaN", lambda e: e.recall("x", user_id=U, timeout=math.nan), "timeout"),
    ("many timeout", lambda e: e.recall_many(["x"], user_id=U, timeout="3"), "timeout"),
    ("many queries str", lambda e: e.recall_many("abc", user_id=U), "queries"),
    ("many queries blank", lambda e: e.recall_many(["x", " "], user_id=U), "query"),
    ("as_of date", lambda e: e.recall("x", user_id=U, as_of=date(2024, 1, 1)), "as_of"),
    ("known_at overflow", lambda e: e.recall("x", user_id=U, known_at="now"), "known_at"),
    ("tags of recall str", lambda e: e.recall("x", user_id=U, tags="a"), "tags"),
    ("layers number", lambda e: e.recall("x", user_id=U, layers=3), "layers"),
    ("layers nested", lambda e: e.recall("x", user_id=U, layers=[["memory"]]), "layers"),
    ("types dict", lambda e: e.recall("x", user_id=U, types=[{}]), "type"),
    ("status list", lambda e: e.memories(user_id=U, status=["active"]), "status"),
    ("messages status", lambda e: e.messages(user_id=U, status="lost"), "status"),
    ("embed None", lambda e: e.embed(None), "texts"),
    ("embed number", lambda e: e.embed(3), "texts"),
    ("embed surrogate", lambda e: e.embed(["\ud800"]), "surrogate"),
    ("delete ids number", lambda e: e.delete_messages(3, user_id=U), "ids"),
    ("delete ids numbers", lambda e: e.delete_messages([3], user_id=U), "id"),
    ("messages number", lambda e: e.observe(3, user_id=U), "Message"),
    ("message without metadata", lambda e: say(e, metadata=None), "metadata"),
    ("dry run checks too", lambda e: e.observe("x", user_id=U, dry_run=True), "Message"),
    ("timezone number", lambda e: e.observe([], user_id=U, timezone=3), "timezone"),
    ("timezone empty", lambda e: tell(e, timezone=""), "timezone"),
    ("timezone folder", lambda e: tell(e, timezone="America"), "timezone"),
    ("timezone surrogate", lambda e: tell(e, timezone="\ud800"), "timezone"),
    ("session number", lambda e: e.forget(user_id=U, session_id=3), "session_id"),
    ("stats user number", lambda e: e.stats(user_id=3), "user_id"),
    ("get id number", lambda e: e.get(3, user_id=U), "id"),
    ("item filter list", lambda e: notes(e).search(filter=["a"]), "filter"),
    ("item filter str", lambda e: notes(e).search(filter="a"), "filter"),
    ("item index str", lambda e: notes(e).put(N, "k", {}, index="title"), "index"),
    ("item index numbers", lambda e: notes(e).put(N, "k", {}, index=[1]), "index"),
    ("item change str", lambda e: notes(e).batch(["k"]), "Put"),
    ("item namespace None", lambda e: notes(e).get(None, "k"), "namespace"),
    ("item key number", lambda e: notes(e).get(N, 3), "key must be a str"),
    ("item value too deep", lambda e: notes(e).put(N, "k", {"a": nested(100)}), "100 levels"),
]  # fmt: skip


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory):
    """One store for all rows: none of them may change it."""
    with MemoryEngine(
        tmp_path_factory.mktemp("kept") / "store", embedder=HashEmbedder(), learning="manual"
    ) as engine:
        engine.observe(Message("user", "kept message", id="m"), user_id=U, extract=False)
        engine.remember(
            "kept fact", user_id=U, id="kept", valid_from=datetime(2024, 1, 1),
            valid_to=datetime(2025, 1, 1),
        )  # fmt: skip
        yield engine


@pytest.mark.parametrize(("name", "call", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_is_refused_is_named_and_changes_nothing(
    kept: MemoryEngine, name: str, call: Callable[[MemoryEngine], object], says: str
):
    with pytest.raises(InvalidInputError) as caught:
        call(kept)
    assert says in str(caught.value)
    stats = kept.stats(user_id=U)
    assert (stats.rows, stats.messages, stats.memories, stats.items) == (2, 1, 1, 0)
    assert [message.content for message in kept.messages(user_id=U)] == ["kept message"]


def test_values_nest_a_hundred_levels_deep(engine: MemoryEngine):
    value = {"a": nested(97)}
    engine.observe(Message("user", "x", metadata=value, payload=value), user_id=U)
    (message,) = engine.messages(user_id=U)
    assert message.metadata == message.payload == value


def test_a_timeout_may_be_as_long_as_one_likes(engine: MemoryEngine):
    engine.observe(Message("user", "plum"), user_id=U)
    for number, timeout in enumerate((math.inf, 1e300, sys.maxsize, None)):
        hits = engine.recall(f"plum {number}", user_id=U, timeout=timeout)
        assert [hit.text for hit in hits] == ["plum"]


SETTINGS: list[Any] = [[1], "x", 3]


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_are_a_mapping(tmp_path: Path, settings: Any):
    with pytest.raises(InvalidInputError, match="settings"):
        MemoryEngine(tmp_path, embedder=HashEmbedder(), settings=settings)


def test_a_folder_whose_name_no_text_can_hold_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInputError, match="surrogate"):
        MemoryEngine(f"{tmp_path}/\ud800", embedder=HashEmbedder())


def test_a_naive_clock_is_refused(tmp_path: Path):
    class Naive:
        def now(self) -> datetime:
            return datetime(2024, 1, 1)

    with MemoryEngine(tmp_path, embedder=HashEmbedder(), clock=Naive()) as engine:
        with pytest.raises(InvalidInputError, match="aware"):
            engine.remember("x", user_id=U)
        assert engine.get("x", user_id=U) is None


CLOSED: dict[str, Callable[[MemoryEngine], object]] = {
    "observe": lambda e: e.observe(Message("user", "x"), user_id=U),
    "remember": lambda e: e.remember("x", user_id=U),
    "update": lambda e: e.update("x", user_id=U, content="y"),
    "archive": lambda e: e.archive("x", user_id=U),
    "revert": lambda e: e.revert("x", user_id=U, revision=1),
    "forget": lambda e: e.forget(user_id=U, all=True),
    "purge": lambda e: e.purge(),
    "replace_messages": lambda e: e.replace_messages([], user_id=U),
    "delete_messages": lambda e: e.delete_messages(user_id=U),
    "set_message_status": lambda e: e.set_message_status(None, status="active", user_id=U),
    "recall": lambda e: e.recall("x", user_id=U),
    "recall_many": lambda e: e.recall_many(["x"], user_id=U),
    "context": lambda e: e.context("x", user_id=U, token_budget=10),
    "get": lambda e: e.get("x", user_id=U),
    "memories": lambda e: e.memories(user_id=U),
    "history": lambda e: e.history("x", user_id=U),
    "diff": lambda e: e.diff("x", user_id=U),
    "changes": lambda e: e.changes(user_id=U),
    "messages": lambda e: e.messages(user_id=U),
    "sessions": lambda e: e.sessions(user_id=U),
    "items": lambda e: e.items(user_id=U),
    "embed": lambda e: e.embed(["x"]),
    "health": lambda e: e.health(),
    "stats": lambda e: e.stats(),
    "users": lambda e: list(e.users()),
    "flush": lambda e: e.flush(),
    "subscribe": lambda e: e.subscribe(print),
    "learn_pending": lambda e: e.learn_pending(),
    "relearn": lambda e: e.relearn(user_id=U),
    "undo": lambda e: e.undo("x", user_id=U),
    "release": lambda e: e.release("x", user_id=U),
    "preferences": lambda e: e.preferences(user_id=U),
    "resolve_time": lambda e: e.resolve_time("today", at=datetime(2024, 1, 1)),
}


def test_every_verb_of_a_closed_engine_says_so(tmp_path: Path):
    engine = MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual")
    items = engine.items(user_id=U)
    items.put(("n",), "k", {}, ttl=1)
    engine.close()
    verbs = {name for name in dir(MemoryEngine) if not name.startswith("_")}
    assert set(CLOSED) == verbs - {
        "close", "path",
    }  # fmt: skip
    calls: list[Callable[[], object]] = [lambda call=call: call(engine) for call in CLOSED.values()]
    calls += [
        lambda: items.get(("n",), "k"), lambda: items.put(("n",), "k", {}), items.search,
        lambda: items.delete(("n",), "k"), items.namespaces, items.sweep, lambda: items.batch([]),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(ClosedError, match="closed"):
            call()


def test_the_same_confidence_again_is_no_change(engine: MemoryEngine):
    for share in (1 / 3, 0.123456789, 1e-9, 0.9999999):
        for _ in range(2):
            done = engine.remember("a fact", user_id=U, id=str(share), confidence=share)
        assert [change.kind for change in done.changes] == ["skipped"]


def test_returned_values_are_the_receivers_own(engine: MemoryEngine):
    engine.observe(Message("user", "plum", metadata={"a": [1]}, payload={"b": [1]}), user_id=U)
    engine.remember("plum jam", user_id=U, id="m", metadata={"a": [1]})
    engine.recall("plum", user_id=U)  # decoded now, and kept
    hits = engine.recall("plum", user_id=U)
    held: list[Any] = [
        *engine.messages(user_id=U), engine.get("m", user_id=U), *engine.memories(user_id=U),
        *(hit.message or hit.memory for hit in hits),
        *(step.memory for step in engine.history("m", user_id=U)),
    ]  # fmt: skip
    assert len(held) == 6
    for value in held:
        value.metadata["a"].append(2)
        value.metadata["b"] = 3
    engine.messages(user_id=U)[0].payload["b"].append(2)
    assert engine.messages(user_id=U)[0].metadata == {"a": [1]}
    assert engine.messages(user_id=U)[0].payload == {"b": [1]}
    assert engine.get("m", user_id=U).metadata == {"a": [1]}
    assert len(engine.recall("plum", user_id=U, metadata={"a": [1]})) == 2


def test_what_becomes_true_later_is_not_true_at_an_earlier_moment(engine: MemoryEngine):
    start = datetime(2030, 1, 1, tzinfo=UTC)
    engine.remember("plum season", user_id=U, id="later", valid_from=start)
    for more in ({}, {"include_superseded": True}):
        early = engine.recall("plum", user_id=U, as_of=datetime(2029, 1, 1, tzinfo=UTC), **more)
        assert early == []
        assert [hit.id for hit in engine.recall("plum", user_id=U, as_of=start, **more)] == [
            "later"
        ]
