"""Messages and what was learned from them, recalled together through the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import MemoryEngine, Message, Recall
from harmonia_plugins.testing import FrozenClock, HashEmbedder

U = "mona"
JANUARY, JUNE, DECEMBER = (datetime(2024, month, 1, tzinfo=UTC) for month in (1, 6, 12))
HOBBIES = ("a red bicycle", "an old piano", "two parrots", "a garden in Porto")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(JANUARY)


@pytest.fixture
def engine(tmp_path: Path, clock: FrozenClock) -> Iterator[MemoryEngine]:
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), clock=clock, learning="manual") as opened:
        yield opened


def say(engine: MemoryEngine, clock: FrozenClock, at: datetime, *said: tuple[str, str]) -> None:
    """Let the user say texts, each with its id, in one session and learn from them."""
    clock.set(at)
    messages = [Message("user", text, id=name, created_at=at) for name, text in said]
    engine.observe(messages, user_id=U, session_id="s")


@pytest.fixture
def moved(engine: MemoryEngine, clock: FrozenClock) -> MemoryEngine:
    """One message said two things; one of them is over since another message."""
    first = ("m1", "I live in Paris. My dog is called Rex."), ("m2", "The weather is fine today")
    say(engine, clock, JANUARY, *first)
    say(engine, clock, JUNE, ("m3", "I moved to Berlin"))
    clock.set(DECEMBER)
    return engine


def shown(hits: list[Recall]) -> list[tuple[str, Any]]:
    return [(hit.text, hit.superseded_by if hit.stale else None) for hit in hits]


def test_a_message_and_its_memory_take_one_of_k_places(
    engine: MemoryEngine, clock: FrozenClock
) -> None:
    said = [(str(number), f"I have {thing}") for number, thing in enumerate(HOBBIES)]
    say(engine, clock, JANUARY, *said)
    assert {m.message_ids for m in engine.memories(user_id=U)} == {(name,) for name, _ in said}
    hits = engine.recall("What do I have, a piano?", user_id=U, k=4)
    assert {hit.message_ids for hit in hits} == {(name,) for name, _ in said}
    assert hits[0].message_ids == ("1",)
    everything = engine.recall("What do I have, a piano?", user_id=U, k=50)
    assert everything[:4] == hits
    assert len(everything) == len({(hit.layer, hit.id) for hit in everything}) == 8


def test_an_edited_message_and_what_is_learned_anew_take_one_place(
    engine: MemoryEngine, clock: FrozenClock
) -> None:
    say(engine, clock, JANUARY, ("a", "I have a red bicycle"), ("b", "I have two parrots"))
    assert len(engine.recall("red bicycle", user_id=U, k=2)) == 2
    say(engine, clock, JUNE, ("a", "I have a green bicycle"))
    hits = engine.recall("green bicycle", user_id=U, k=2)
    assert [hit.message_ids for hit in hits] == [("a",), ("b",)]
    assert "green" in hits[0].text


def test_one_layer_is_recalled_as_it_was(engine: MemoryEngine, clock: FrozenClock) -> None:
    say(engine, clock, JANUARY, *((str(n), f"I have {thing}") for n, thing in enumerate(HOBBIES)))
    for layer in ("memory", "message"):
        hits = engine.recall("an old piano", user_id=U, layers=(layer,))
        assert [hit.layer for hit in hits] == [layer] * len(HOBBIES)
        assert hits[0].message_ids == ("1",)


def test_a_correction_takes_the_place_of_its_message(moved: MemoryEngine) -> None:
    """Before what it corrects, and the places are not spent on saying it twice."""
    hits = moved.recall("I live in Paris", user_id=U, k=2)
    assert shown(hits) == [
        ("User moved to Berlin", None),
        ("I live in Paris. My dog is called Rex.", hits[0].id),
    ]


@pytest.mark.parametrize("k", [1, 2, 10])
def test_what_still_holds_of_an_outdated_message_is_shown_where_it_is_asked(
    moved: MemoryEngine, k: int
) -> None:
    """Its memory stands in its place, needs no correction, and stays first of any number."""
    hits = moved.recall("What is my dog called?", user_id=U, k=k)
    assert shown(hits)[0] == ("User's dog is called Rex", None)
    outdated = [number for number, hit in enumerate(hits) if hit.stale]
    assert all("User moved to Berlin" in [hit.text for hit in hits[:n]] for n in outdated)


def test_what_is_over_is_not_hidden_by_what_still_holds(moved: MemoryEngine) -> None:
    """Asked about the home, the dog does not stand for the message."""
    texts = [hit.text for hit in moved.recall("Where do I live, in Paris?", user_id=U, k=2)]
    assert texts == ["User moved to Berlin", "I live in Paris. My dog is called Rex."]
