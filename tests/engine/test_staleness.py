"""What is no longer true: marked in both layers, and never before what corrects it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonia_plugins import MemoryEngine, Message, Recall
from harmonia_plugins.recall.channels import Found
from harmonia_plugins.recall.staleness import arranged
from harmonia_plugins.testing import FrozenClock, HashEmbedder

U = "mona"
DAY = timedelta(days=1)
JANUARY, MARCH, JUNE, SEPTEMBER, DECEMBER = (
    datetime(2024, month, 1, tzinfo=UTC) for month in (1, 3, 6, 9, 12)
)
ASKED = "where does the user live?"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(JANUARY)


def said(
    engine: MemoryEngine, clock: FrozenClock, at: datetime, text: str, id: str, session: str = "s"
) -> Any:
    """Let a message be said, stored and learned from at one moment."""
    clock.set(at)
    return engine.observe(
        Message("user", text, id=id, created_at=at), user_id=U, session_id=session
    )


@pytest.fixture
def moved(engine: MemoryEngine, clock: FrozenClock) -> MemoryEngine:
    """A user who lived in Paris and has moved to Berlin."""
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    said(engine, clock, JUNE, "I moved to Berlin", "m2")
    clock.set(DECEMBER)
    return engine


def recalled(engine: MemoryEngine, query: str = ASKED, **given: Any) -> list[Recall]:
    hits = engine.recall(query, user_id=U, **given)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(hits) <= given.get("k", 10)
    assert len({(hit.layer, hit.session_id, hit.id) for hit in hits}) == len(hits)
    return hits


def one(hits: list[Recall], text: str, layer: str) -> Recall:
    (hit,) = [hit for hit in hits if hit.text == text and hit.layer == layer]
    return hit


def memory_id(engine: MemoryEngine, words: str) -> str:
    (memory,) = [m for m in engine.memories(user_id=U, status=None) if words in m.content]
    return memory.id


def place(hits: list[Recall], text: str) -> int:
    return [hit.text for hit in hits].index(text)


def test_an_outdated_message_is_marked_and_stands_behind_what_corrects_it(moved: MemoryEngine):
    hits = recalled(moved)
    paris = one(hits, "I live in Paris", "message")
    assert (paris.stale, paris.superseded_by) == (True, memory_id(moved, "Berlin"))
    berlin = one(hits, "User moved to Berlin", "memory")
    assert (berlin.stale, berlin.superseded_by) == (False, None)
    assert hits.index(berlin) < hits.index(paris)
    assert place(hits, "I moved to Berlin") < hits.index(paris)
    assert "User lives in Paris" not in {hit.text for hit in hits}
    assert [hit.stale for hit in hits if "Berlin" in hit.text] == [False, False]


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_correction_is_put_in_where_it_was_no_hit(moved: MemoryEngine, k: int):
    for number in range(6):
        moved.observe(
            Message("user", f"where does the user live, part {number}?", id=f"q{number}"),
            user_id=U, extract=False,
        )  # fmt: skip
    (best,) = recalled(moved, "I live in Paris", k=1, layers=("message",))
    assert best.text == "I live in Paris"
    hits = recalled(moved, "I live in Paris", k=k)
    assert hits[0].text == "User moved to Berlin"
    assert len(hits) == k


def test_what_was_put_in_was_found_by_no_channel(moved: MemoryEngine):
    (hit,) = recalled(moved, "I live in Paris", k=1)
    assert (hit.text, hit.channels, hit.layer) == ("User moved to Berlin", {}, "memory")
    assert hit.score > 0


@pytest.mark.parametrize("mode", ["keyword", "phrase", "prefix"])
def test_the_rule_holds_in_every_mode(moved: MemoryEngine, mode: Any):
    hits = recalled(moved, "live in Paris", mode=mode)
    paris = one(hits, "I live in Paris", "message")
    assert paris.stale
    assert place(hits, "User moved to Berlin") < hits.index(paris)
    (alone,) = recalled(moved, "live in Paris", mode=mode, layers=("message",), k=1)
    assert (alone.text, alone.superseded_by) == ("I live in Paris", memory_id(moved, "Berlin"))


def test_messages_alone_are_marked_and_follow_the_message_of_the_correction(moved: MemoryEngine):
    hits = recalled(moved, layers=("message",))
    assert [(hit.text, hit.stale) for hit in hits] == [
        ("I moved to Berlin", False), ("I live in Paris", True),
    ]  # fmt: skip


def test_a_filter_that_leaves_the_correction_out_still_leaves_the_mark(moved: MemoryEngine):
    (hit,) = recalled(moved, until=MARCH)
    assert (hit.text, hit.stale) == ("I live in Paris", True)
    assert hit.superseded_by == memory_id(moved, "Berlin")
    hits = recalled(moved, types=["personal"], include_superseded=True)
    assert [(hit.text, hit.stale) for hit in hits] == [("User lives in Paris", True)]


def test_superseded_memories_come_on_request_only(moved: MemoryEngine):
    hits = recalled(moved, include_superseded=True, layers=("memory",))
    assert [hit.text for hit in hits] == ["User moved to Berlin", "User lives in Paris"]
    assert [hit.stale for hit in hits] == [False, True]
    assert hits[1].superseded_by == hits[0].id
    (best,) = recalled(moved, include_superseded=True, layers=("memory",), k=1)
    assert best.text == "User moved to Berlin"


def test_at_an_earlier_moment_what_was_true_then_is_current(moved: MemoryEngine):
    hits = recalled(moved, as_of=MARCH)
    assert {hit.text for hit in hits} == {"User lives in Paris", "I live in Paris"}
    assert [(hit.stale, hit.superseded_by) for hit in hits] == [(False, None)] * 2
    later = recalled(moved, as_of=SEPTEMBER)
    assert one(later, "I live in Paris", "message").stale
    assert place(later, "User moved to Berlin") < place(later, "I live in Paris")


def test_what_was_not_known_yet_corrects_nothing(moved: MemoryEngine):
    hits = recalled(moved, known_at=MARCH)
    assert {(hit.text, hit.stale, hit.superseded_by) for hit in hits} == {
        ("User lives in Paris", False, None), ("I live in Paris", False, None),
    }  # fmt: skip
    assert one(recalled(moved, known_at=JUNE), "I live in Paris", "message").stale
    both = recalled(moved, known_at=MARCH, as_of=SEPTEMBER)
    assert not any(hit.stale for hit in both)


def test_the_chain_leads_to_what_is_believed_now(moved: MemoryEngine, clock: FrozenClock):
    said(moved, clock, SEPTEMBER, "I live in Rome now", "m3")
    clock.set(DECEMBER)
    rome, berlin = memory_id(moved, "Rome"), memory_id(moved, "Berlin")
    hits = recalled(moved, include_superseded=True)
    assert {hit.text: hit.superseded_by for hit in hits if hit.stale} == {
        "I live in Paris": rome, "User lives in Paris": rome,
        "I moved to Berlin": rome, "User moved to Berlin": rome,
    }  # fmt: skip
    between = one(recalled(moved, as_of=JUNE + DAY), "I live in Paris", "message")
    assert between.superseded_by == berlin
    earlier = one(recalled(moved, known_at=JUNE + DAY), "I live in Paris", "message")
    assert earlier.superseded_by == berlin


def test_undoing_the_correction_takes_the_mark_away(engine: MemoryEngine, clock: FrozenClock):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    change = said(engine, clock, JUNE, "I moved to Berlin", "m2")
    assert one(recalled(engine), "I live in Paris", "message").stale
    clock.set(DECEMBER)
    engine.undo(change, user_id=U)
    for as_of in (None, DECEMBER):
        hits = recalled(engine, as_of=as_of)
        assert not one(hits, "I live in Paris", "message").stale
        assert not one(hits, "User lives in Paris", "memory").stale
        assert "User moved to Berlin" not in {hit.text for hit in hits}
    assert one(recalled(engine, known_at=SEPTEMBER), "I live in Paris", "message").stale


def test_what_was_taken_back_has_no_correction(engine: MemoryEngine, clock: FrozenClock):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    said(engine, clock, JUNE, "I never lived in Paris", "m2")
    memory = engine.get(memory_id(engine, "lives in Paris"), user_id=U)
    assert memory is not None
    assert memory.status == "retracted"
    hit = one(recalled(engine), "I live in Paris", "message")
    assert (hit.stale, hit.superseded_by) == (True, None)
    (old,) = recalled(engine, include_superseded=True, layers=("memory",))
    assert (old.text, old.stale, old.superseded_by) == ("User lives in Paris", True, None)
    assert recalled(engine, as_of=MARCH, layers=("memory",)) == []
    assert not one(recalled(engine, known_at=MARCH), "I live in Paris", "message").stale


def test_forgetting_leaves_no_trace_of_the_correction(moved: MemoryEngine):
    berlin = memory_id(moved, "Berlin")
    moved.forget(user_id=U, id=berlin)
    hit = one(recalled(moved), "I live in Paris", "message")
    assert (hit.stale, hit.superseded_by) == (True, None)
    moved.forget(user_id=U, id=memory_id(moved, "Paris"))
    hits = recalled(moved)
    assert {hit.text for hit in hits} == {"I live in Paris", "I moved to Berlin"}
    assert not any(hit.stale for hit in hits)


def test_a_told_statement_corrects_too(engine: MemoryEngine, clock: FrozenClock):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    clock.set(JUNE)
    engine.remember("User lives in Berlin", user_id=U, id="told")
    hits = recalled(engine, k=2)
    assert [hit.id for hit in hits] == ["told", "m1"]
    assert (hits[1].stale, hits[1].superseded_by) == (True, "told")
    engine.archive("told", user_id=U)
    hit = one(recalled(engine), "I live in Paris", "message")
    assert (hit.stale, hit.superseded_by) == (True, None)


@pytest.mark.parametrize("strategy", ["replace", "version", "archive_old"])
def test_whatever_strategy_closed_it(engine: MemoryEngine, clock: FrozenClock, strategy: str):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    clock.set(JUNE)
    engine.remember("User lives in Berlin", user_id=U, id="told", strategy=strategy)
    hit = one(recalled(engine), "I live in Paris", "message")
    assert (hit.stale, hit.superseded_by) == (True, "told")


def test_messages_without_an_outdated_memory_are_never_marked(moved: MemoryEngine):
    moved.observe(
        [
            Message("assistant", "So you live in Paris", id="a"),
            Message("user", "Where does one live well?", id="b"),
        ],
        user_id=U, session_id="s",
    )  # fmt: skip
    moved.observe(
        Message("user", "I live in Paris", id="m1"), user_id=U, session_id="other", extract=False
    )
    moved.archive(memory_id(moved, "Berlin"), user_id=U)
    marked = [(hit.id, hit.session_id) for hit in recalled(moved, k=50) if hit.stale]
    assert marked == [("m1", "s")]


def test_the_same_statement_in_another_session_is_marked_as_well(
    engine: MemoryEngine, clock: FrozenClock
):
    said(engine, clock, JANUARY, "I live in Paris", "m1", "first")
    said(engine, clock, JANUARY + DAY, "I live in Paris", "m5", "second")
    (memory,) = engine.memories(user_id=U)
    assert memory.message_ids == ("m1", "m5")
    said(engine, clock, JUNE, "I moved to Berlin", "m2", "third")
    hits = recalled(engine)
    assert {hit.id for hit in hits if hit.stale} == {"m1", "m5"}


def test_an_edited_message_is_judged_by_what_it_says_now(moved: MemoryEngine, clock: FrozenClock):
    said(moved, clock, SEPTEMBER, "I have a dog called Biggie", "m1")
    (hit,) = [hit for hit in recalled(moved, k=50) if hit.id == "m1"]
    assert (hit.text, hit.stale) == ("I have a dog called Biggie", False)
    assert one(recalled(moved, known_at=JUNE), "I live in Paris", "message").stale


def test_a_new_wording_does_not_outdate_itself(engine: MemoryEngine, clock: FrozenClock):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    said(engine, clock, MARCH, "I live in Rome", "m1")
    assert engine.get(memory_id(engine, "Paris"), user_id=U).superseded_by is not None  # type: ignore[union-attr]
    assert not any(hit.stale for hit in recalled(engine))
    said(engine, clock, JUNE, "I moved to Berlin", "m2")
    hit = one(recalled(engine), "I live in Rome", "message")
    assert (hit.stale, hit.superseded_by) == (True, memory_id(engine, "Berlin"))


def test_a_corrected_spelling_leaves_what_the_message_says(
    engine: MemoryEngine, clock: FrozenClock
):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    said(engine, clock, MARCH, "I live in Paris.", "m1")
    assert not any(hit.stale for hit in recalled(engine))
    said(engine, clock, JUNE, "I moved to Berlin", "m2")
    assert one(recalled(engine), "I live in Paris.", "message").stale


def test_a_reading_that_was_dropped_outdates_no_message(engine: MemoryEngine, clock: FrozenClock):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    said(engine, clock, MARCH, "I collect stamps", "m1")
    old = engine.get(memory_id(engine, "Paris"), user_id=U)
    assert old is not None
    assert old.status == "retracted"
    assert not any(hit.stale for hit in recalled(engine))


def test_moving_a_message_into_the_archive_keeps_its_mark(moved: MemoryEngine):
    moved.set_message_status(["m1"], status="archived", user_id=U, session_id="s")
    assert one(recalled(moved), "I live in Paris", "message").stale


def test_a_reopened_store_judges_the_same(tmp_path: Path, clock: FrozenClock):
    def opened() -> MemoryEngine:
        return MemoryEngine(
            tmp_path / "kept", embedder=HashEmbedder(), clock=clock, learning="manual"
        )

    with opened() as engine:
        said(engine, clock, JANUARY, "I live in Paris", "m1")
        said(engine, clock, JUNE, "I moved to Berlin", "m2")
        before = recalled(engine, include_superseded=True)
    with opened() as engine:
        assert recalled(engine, include_superseded=True) == before


def test_context_says_what_is_outdated(moved: MemoryEngine):
    block = moved.context(ASKED, user_id=U, token_budget=1000)
    lines = {line for line in block.split("\n") if line.startswith("- ")}
    assert lines == {
        "- [2024-01-01 00:00] (no longer true) user: I live in Paris",
        "- [2024-06-01 00:00] User moved to Berlin",
        "- [2024-06-01 00:00] user: I moved to Berlin",
    }
    assert block == moved.context(ASKED, user_id=U, token_budget=1000)
    assert "no longer true" not in moved.context(ASKED, user_id=U, token_budget=1000, as_of=MARCH)
    short = moved.context("I live in Paris", user_id=U, token_budget=80)
    assert "User moved to Berlin" in short


# -- any history -------------------------------------------------------------------------------

PLACES = ("Oslo", "Lima", "Cairo", "Quito", "Turin")
SENTENCES = st.one_of(
    st.sampled_from(PLACES).map("I live in {}".format),
    st.sampled_from(PLACES).map("I moved to {}".format),
    st.sampled_from(PLACES).map("I never lived in {}".format),
    st.sampled_from(("red", "green", "blue")).map("My favourite colour is {}".format),
    st.sampled_from(("a baker", "a nurse", "a pilot")).map("I work as {}".format),
    st.sampled_from(("hello there", "what is new?")),
)
TEXTS = st.lists(SENTENCES, min_size=1, max_size=2).map(". ".join)
STEPS = st.lists(
    st.tuples(TEXTS, st.sampled_from(("s", "t")), st.integers(0, 30)), min_size=2, max_size=9
)
LAYERS = (("memory", "message"), ("message",), ("memory",))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryEngine, FrozenClock]]:
    clock = FrozenClock(JANUARY)
    folder = tmp_path_factory.mktemp("shared")
    with MemoryEngine(folder, embedder=HashEmbedder(), clock=clock, learning="manual") as engine:
        yield engine, clock


USERS = count()


@settings(deadline=None, max_examples=25)
@given(
    steps=STEPS,
    k=st.integers(1, 12),
    layers=st.sampled_from(LAYERS),
    mode=st.sampled_from(("hybrid", "hybrid", "keyword")),
    query=SENTENCES,
    past=st.booleans(),
    everything=st.booleans(),
)
def test_no_outdated_hit_stands_before_its_correction(
    shared: tuple[MemoryEngine, FrozenClock],
    steps: list[tuple[str, str, int]],
    k: int,
    layers: Any,
    mode: Any,
    query: str,
    past: bool,
    everything: bool,
):
    engine, clock = shared
    user, at = f"user {next(USERS)}", JANUARY
    moments: list[datetime] = []
    for number, (text, session, days) in enumerate(steps):
        at += timedelta(days=days, seconds=1)
        clock.set(at)
        moments.append(at)
        message = Message("user", text, id=f"m{number}", created_at=at)
        engine.observe(message, user_id=user, session_id=session)
    as_of = moments[len(moments) // 2] if past else None
    hits = engine.recall(
        query, user_id=user, k=k, layers=layers, mode=mode, as_of=as_of,
        include_superseded=everything,
    )  # fmt: skip
    scores = [hit.score for hit in hits]
    assert len(hits) <= k
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len({(hit.layer, hit.id) for hit in hits}) == len(hits)
    memories = {m.id: m for m in engine.memories(user_id=user, status=None, limit=1000)}

    def over(id: str) -> bool:
        memory = memories[id]
        if memory.status == "retracted":
            return True
        if as_of is None:
            return memory.status == "superseded"
        return memory.valid_to is not None and memory.valid_to <= as_of

    believed = {id for id in memories if not over(id)}
    for number, hit in enumerate(hits):
        if hit.layer == "message":
            drawn = [id for id, memory in memories.items() if hit.id in memory.message_ids]
            assert hit.stale == any(over(id) for id in drawn)
        else:
            assert hit.stale == over(hit.id)
        if hit.superseded_by is None:
            continue
        assert hit.stale
        assert hit.superseded_by in believed
        above = hits[:number]
        if "memory" in layers:
            assert hit.superseded_by in {other.id for other in above}
        # A message may be outdated in one thing and correct another, so sources may meet in a
        # circle; one that is not outdated itself never stands behind what it corrects.
        for other in hits[number:]:
            if other.layer == "message" and not other.stale:
                assert other.id not in memories[hit.superseded_by].message_ids


@settings(deadline=None, max_examples=300)
@given(
    scores=st.lists(st.floats(0, 1), max_size=12).map(lambda found: sorted(found, reverse=True)),
    pairs=st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), max_size=20),
    k=st.integers(1, 15),
)
def test_an_arrangement_keeps_what_it_need_not_change(
    scores: list[float], pairs: list[tuple[int, int]], k: int
):
    hits = [Found(row, score, {}) for row, score in enumerate(scores)]
    before: dict[int, list[int]] = {}
    for later, earlier in pairs:
        before.setdefault(later, []).append(earlier)
    result = arranged(hits, before, k)
    rows = [hit.row for hit in result]
    falling = [hit.score for hit in result]
    assert len(rows) <= k
    assert len(set(rows)) == len(rows)
    assert falling == sorted(falling, reverse=True)
    assert arranged(hits, {}, k) == hits[:k]
    for number, row in enumerate(rows):
        for earlier in before.get(row, ()):
            sources_are_simple = earlier not in before  # nothing must stand before it in turn
            assert not sources_are_simple or earlier in rows[:number]


def test_a_long_circle_is_no_trouble():
    size = 5000
    hits = [Found(row, 0.5, {}) for row in range(size)]
    before = {row: [(row + 1) % size] for row in range(size)}
    assert [hit.row for hit in arranged(hits, before, size)] == list(range(size))[::-1]


def test_a_memory_that_takes_new_words_outdates_the_message_of_the_old(
    engine: MemoryEngine, clock: FrozenClock
):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    clock.set(JUNE)
    engine.observe(
        Message("user", "I moved to Berlin", id="m2", created_at=JUNE), user_id=U, session_id="s",
        strategy="update",
    )  # fmt: skip
    said(engine, clock, SEPTEMBER, "I moved to Berlin", "m3")  # reinforced, a revision more
    marks = {hit.id: (hit.stale, hit.superseded_by) for hit in recalled(engine)}
    (memory,) = engine.memories(user_id=U)
    assert marks == {
        "m1": (True, memory.id),
        "m2": (False, None),
        "m3": (False, None),
        memory.id: (False, None),
    }


def test_a_merged_memory_leaves_both_messages_true(engine: MemoryEngine, clock: FrozenClock):
    said(engine, clock, JANUARY, "I live in Paris", "m1")
    engine.observe(
        Message("user", "I moved to Berlin", id="m2", created_at=JUNE), user_id=U, session_id="s",
        strategy="merge",
    )  # fmt: skip
    assert not any(hit.stale for hit in recalled(engine))
