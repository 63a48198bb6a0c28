"""What recall returns: filters, modes, truth in time, boosts, and a timeout that holds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import MemoryEngine, Message, QueryTimeoutError
from harmonia_plugins.testing import FrozenClock, HashEmbedder, SlowEmbedder

U = "someone"
MARCH = datetime(2024, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MARCH)


@pytest.fixture
def store(tmp_path: Path, clock: FrozenClock) -> Iterator[MemoryEngine]:
    with MemoryEngine(tmp_path / "store", embedder=HashEmbedder(), clock=clock) as engine:
        yield engine


@pytest.fixture
def filled(store: MemoryEngine) -> MemoryEngine:
    """Three messages in two sessions and three memories, all about tea."""
    store.observe(
        [
            Message("user", "tea in the morning", id="m1", created_at=MARCH - 20 * DAY),
            Message("assistant", "tea at noon", id="m2", created_at=MARCH - 10 * DAY,
                    metadata={"place": "office"}),
        ],
        user_id=U, session_id="s1",
    )  # fmt: skip
    store.observe(
        [Message("user", "tea in the evening", id="m3", created_at=MARCH)],
        user_id=U, session_id="s2",
    )  # fmt: skip
    store.remember("User likes green tea", user_id=U, id="f1", type="preference", tags=["drink"],
                   confidence=0.9, session_id="s1")  # fmt: skip
    store.remember("User drank white tea", user_id=U, id="f2", type="episodic", confidence=0.4,
                   occurred_at=MARCH - 15 * DAY, metadata={"place": "office"})  # fmt: skip
    store.remember("User sells tea", user_id=U, id="f3", valid_from=MARCH - 30 * DAY,
                   valid_to=MARCH - 5 * DAY, tags=["work", "drink"])  # fmt: skip
    return store


FILTERS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("nothing", {}, {"m1", "m2", "m3", "f1", "f2"}),
    ("messages", {"layers": ("message",)}, {"m1", "m2", "m3"}),
    ("memories", {"layers": ("memory",)}, {"f1", "f2"}),
    ("session", {"session_id": "s1"}, {"m1", "m2", "f1"}),
    ("unknown session", {"session_id": "s9"}, set()),
    ("type", {"types": ["preference"]}, {"f1"}),
    ("two types", {"types": ["preference", "episodic"]}, {"f1", "f2"}),
    ("type nobody has", {"types": ["goal"]}, set()),
    ("tag", {"tags": ["drink"]}, {"f1"}),
    ("any of tags", {"tags": ["work", "drink"], "include_superseded": True}, {"f1", "f3"}),
    ("confidence", {"min_confidence": 0.9}, {"f1"}),
    ("since", {"since": MARCH - 10 * DAY}, {"m2", "m3"}),
    ("until leaves its moment out", {"until": MARCH - 10 * DAY}, {"m1", "f2"}),
    ("range", {"since": MARCH - 16 * DAY, "until": MARCH}, {"m2", "f2"}),
    ("metadata", {"metadata": {"place": "office"}}, {"m2", "f2"}),
    ("metadata value", {"metadata": {"place": "home"}}, set()),
    ("no longer true too", {"include_superseded": True}, {"m1", "m2", "m3", "f1", "f2", "f3"}),
    ("true then", {"as_of": MARCH - 6 * DAY}, {"m1", "m2", "f1", "f2", "f3"}),
    ("true before", {"as_of": MARCH - 40 * DAY, "layers": ("memory",)}, {"f1", "f2"}),
    ("combined", {"session_id": "s1", "since": MARCH - 12 * DAY}, {"m2"}),
]  # fmt: skip


@pytest.mark.parametrize("mode", ["hybrid", "keyword"])
@pytest.mark.parametrize(("name", "given", "expected"), FILTERS, ids=[row[0] for row in FILTERS])
def test_filters_leave_exactly_what_they_say(
    filled: MemoryEngine, name: str, given: dict[str, Any], expected: set[str], mode: Any
) -> None:
    assert {hit.id for hit in filled.recall("tea", user_id=U, k=50, mode=mode, **given)} == expected


def test_hits_are_ordered_and_explained(filled: MemoryEngine) -> None:
    hits = filled.recall("green tea", user_id=U, k=50)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    best = hits[0]
    assert (best.id, best.layer, best.message) == ("f1", "memory", None)
    assert best.channels["lexical"].rank == best.channels["dense"].rank == 1
    message = next(hit for hit in hits if hit.id == "m2")
    assert (message.message_ids, message.session_id) == (("m2",), "s1")
    assert message.message is not None
    assert message.message.role == "assistant"
    assert len(filled.recall("green tea", user_id=U, k=2)) == 2


MODES = [
    ("keyword", "evening morning", {"m1", "m3"}),
    ("keyword", "mornings", {"m1"}),
    ("keyword", "absent", set()),
    ("phrase", "in the evening", {"m3"}),
    ("phrase", "evening in the", set()),
    ("prefix", "even", {"m3"}),
    ("prefix", "tea even", {"m3"}),
    ("prefix", "ten", set()),
]


@pytest.mark.parametrize("threshold", [2, 10_000], ids=["with index", "from memory"])
@pytest.mark.parametrize(("mode", "query", "expected"), MODES)
def test_modes_by_words(
    tmp_path: Path, mode: Any, query: str, expected: set[str], threshold: int
) -> None:
    with MemoryEngine(
        tmp_path, embedder=HashEmbedder(), settings={"lexical_threshold": threshold}
    ) as engine:
        for number, text in enumerate(
            ("tea in the morning", "tea at noon", "tea in the evening"), 1
        ):
            engine.observe([Message("user", text, id=f"m{number}")], user_id=U)
        engine.flush()
        assert {hit.id for hit in engine.recall(query, user_id=U, mode=mode)} == expected
        engine.observe([Message("user", "evening again, in the evening", id="m4")], user_id=U)
        late = {hit.id for hit in engine.recall(query, user_id=U, mode=mode)}
        assert late - {"m4"} == expected
        assert ("m4" in late) == (query in {"evening morning", "in the evening", "even"})


def test_known_at_answers_with_what_was_stored_then(
    store: MemoryEngine, clock: FrozenClock
) -> None:
    store.remember("User lives in Lyon", user_id=U, id="home")
    store.observe([Message("user", "I moved to a flat", id="m")], user_id=U, extract=False)
    first = clock.now()
    clock.advance(timedelta(days=1))
    store.update("home", user_id=U, content="User lives in Berlin")
    store.observe([Message("user", "I moved to a house", id="m")], user_id=U, extract=False)
    then = {hit.text for hit in store.recall("lives moved", user_id=U, known_at=first)}
    assert then == {"User lives in Lyon", "I moved to a flat"}
    now = {hit.text for hit in store.recall("lives moved", user_id=U)}
    assert now == {"User lives in Berlin", "I moved to a house"}
    assert store.recall("lives", user_id=U, known_at=first - DAY) == []


def test_what_is_no_longer_true_is_marked(store: MemoryEngine) -> None:
    store.remember("User sells tea", user_id=U, id="f", valid_to=MARCH - DAY)
    assert store.recall("tea", user_id=U) == []
    hits = store.recall("tea", user_id=U, include_superseded=True)
    assert [hit.stale for hit in hits] == [True]


def test_a_write_is_in_the_next_recall(store: MemoryEngine) -> None:
    for number in range(30):
        store.observe([Message("user", f"parcel number{number}", id=str(number))], user_id=U)
        assert store.recall(f"number{number}", user_id=U, k=1)[0].id == str(number)


def test_many_queries_are_each_answered_as_alone(filled: MemoryEngine) -> None:
    queries = ["green tea", "evening", "office"]
    together = filled.recall_many(queries, user_id=U, k=3)
    assert together == [filled.recall(query, user_id=U, k=3) for query in queries]


def test_a_named_speaker_is_preferred(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path, embedder=HashEmbedder()) as engine:
        engine.observe(
            [
                Message("user", "I bought a bicycle", name="Tess", id="t"),
                Message("user", "I bought a bicycle", name="Omar", id="o"),
            ],
            user_id=U,
        )
        for name, wanted in (("Tess", "t"), ("Omar", "o")):
            hits = engine.recall(f"What did {name} buy, a bicycle?", user_id=U)
            assert hits[0].id == wanted


def test_a_sleeping_embedder_is_not_waited_for(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path, embedder=HashEmbedder()) as engine:
        engine.observe([Message("user", "hello")], user_id=U)
    slow = SlowEmbedder(HashEmbedder(), 30)
    with MemoryEngine(tmp_path, embedder=slow) as engine:
        start = time.monotonic()
        with pytest.raises(QueryTimeoutError, match=r"timeout=0\.3"):
            engine.recall("hello there", user_id=U, timeout=0.3)
        assert time.monotonic() - start < 5.5
        assert engine.recall("hello", user_id=U, mode="keyword")[0].text == "hello"


def boosted(folder: Path, **settings: float) -> list[str]:
    """The ids of two memories that say the same, in their order under some settings."""
    with MemoryEngine(
        folder, embedder=HashEmbedder(), settings=settings, clock=FrozenClock(MARCH)
    ) as engine:
        for name, age, category in (("old", 60, "work/projects"), ("new", 0, "home")):
            engine.remember(
                "User has a plan", user_id=U, id=name, occurred_at=MARCH - age * DAY,
                categories=[category],
            )  # fmt: skip
        return [hit.id for hit in engine.recall("plan for projects", user_id=U)]


def test_recency_and_category_boosts_are_off_and_can_be_turned_on(tmp_path: Path) -> None:
    assert boosted(tmp_path / "a", recency_weight=1.0)[0] == "new"
    assert boosted(tmp_path / "b", category_weight=1.0)[0] == "old"
    with MemoryEngine(tmp_path / "a", embedder=HashEmbedder()) as engine:
        plain = engine.recall("plan for projects", user_id=U)
    assert plain[0].score == plain[1].score


def test_listing_sorts_filters_and_pages(store: MemoryEngine, clock: FrozenClock) -> None:
    for number in range(7):
        clock.advance(timedelta(minutes=1))
        store.remember(
            f"fact {number}", user_id=U, id=str(number), importance=number / 10,
            categories=["work/projects" if number % 2 else "home"], tags=[f"t{number % 3}"],
        )  # fmt: skip
    page = store.memories(user_id=U, limit=3)
    found = list(page)
    while page.next_cursor is not None:
        page = store.memories(user_id=U, limit=3, cursor=page.next_cursor)
        found += page
    assert [memory.id for memory in found] == ["6", "5", "4", "3", "2", "1", "0"]
    rising = store.memories(user_id=U, sort="importance", descending=False)
    assert [memory.id for memory in rising] == ["0", "1", "2", "3", "4", "5", "6"]
    assert {memory.id for memory in store.memories(user_id=U, categories=["work"])} == {
        "1",
        "3",
        "5",
    }
    assert {memory.id for memory in store.memories(user_id=U, tags=["t0"])} == {"0", "3", "6"}
    store.archive("3", user_id=U)
    assert {memory.id for memory in store.memories(user_id=U, tags=["t0"])} == {"0", "6"}
    assert [m.id for m in store.memories(user_id=U, status="archived")] == ["3"]
