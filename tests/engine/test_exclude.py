"""`recall(exclude=...)`: what a prompt shows already is as if it were not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins import InvalidInputError, MemoryEngine, Message

FULL, PART = "with the window", "without it"
TALK = [
    ("old", "m1", "I have a dog called Biggie"),
    ("old", "m2", "My sister Ada lives in Turin"),
    ("now", "m1", "I bought a leash for the dog"),
    ("now", "m2", "What is my dog called?"),
    ("now", "m3", "My brother Ben has a cat called Mo"),
]
WINDOW = {"now": ["m2", "m3"]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryEngine]:
    """Two users of one history; the second never said what the window of the first shows."""
    path: Path = tmp_path_factory.mktemp("exclude") / "store"
    with MemoryEngine(path) as engine:
        for user in (FULL, PART):
            for session, id, text in TALK:
                if user == FULL or id not in WINDOW.get(session, ()):
                    engine.observe([Message("user", text, id=id)], user_id=user, session_id=session)
        yield engine


def texts(engine: MemoryEngine, query: str, user: str = FULL, **options: object) -> list[str]:
    return [hit.text for hit in engine.recall(query, user_id=user, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "phrase", "prefix"])
@pytest.mark.parametrize("query", ["dog", "What is my dog called?", "Ada", "cat"])
def test_it_is_as_if_it_had_never_been_said(told: MemoryEngine, query: str, mode: str) -> None:
    found = texts(told, query, exclude=WINDOW, mode=mode)
    assert sorted(found) == sorted(texts(told, query, PART, mode=mode))
    assert "What is my dog called?" not in found
    assert not any("Mo" in text for text in found)


def test_what_was_learned_from_it_is_found_without(told: MemoryEngine) -> None:
    assert "User's brother Ben has a cat called Mo" in texts(told, "cat")
    assert "User has a dog called Biggie" in texts(told, "dog", exclude=WINDOW)


@given(
    exclude=st.dictionaries(
        st.sampled_from(["old", "now", "never"]),
        st.lists(st.sampled_from(["m1", "m2", "m3", "m9"]), max_size=4),
        max_size=3,
    ),
    k=st.integers(1, 12),
)
def test_nothing_else_is_left_out(
    told: MemoryEngine, exclude: dict[str, list[str]], k: int
) -> None:
    hits = told.recall("dog sister cat leash", user_id=FULL, k=k, exclude=exclude)
    everything = told.recall("dog sister cat leash", user_id=FULL, k=12)

    def shown(session: str | None, ids: tuple[str, ...]) -> bool:
        return set(ids) <= set(exclude.get(session or "", ()))

    left = {
        (hit.session_id, hit.id) for hit in everything if not shown(hit.session_id, hit.message_ids)
    }
    assert {(hit.session_id, hit.id) for hit in hits} <= left
    assert len(hits) == min(k, len(left))


def test_a_memory_with_another_source_stays(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path / "store") as engine:
        for id in ("m1", "m2"):
            engine.observe([Message("user", "I am allergic to nuts", id=id)], user_id=FULL)
        (memory,) = engine.memories(user_id=FULL)
        assert set(memory.message_ids) == {"m1", "m2"}
        one = engine.recall("nuts", user_id=FULL, exclude={"default": ["m1"]})
        both = engine.recall("nuts", user_id=FULL, exclude={"default": ["m2", "m1"]})
    assert memory.id in {hit.id for hit in one}
    assert both == []


def test_what_was_said_again_in_another_session_is_shown_in_both(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path / "store") as engine:
        for id, session in (("m1", "old"), ("m2", "now")):
            said = [Message("user", "I am allergic to nuts", id=id)]
            engine.observe(said, user_id=FULL, session_id=session)
        (memory,) = engine.memories(user_id=FULL)
        assert set(memory.message_ids) == {"m1", "m2"}
        one = engine.recall("nuts", user_id=FULL, exclude={"old": ["m1"]})
        both = engine.recall("nuts", user_id=FULL, exclude={"old": ["m1"], "now": ["m2"]})
    assert memory.id in {hit.id for hit in one}
    assert both == []


def test_what_is_remembered_without_a_message_stays(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path / "store") as engine:
        engine.observe([Message("user", "I like tea", id="m1")], user_id=FULL, session_id="s")
        engine.remember("User sells tea", user_id=FULL, session_id="s")
        assert texts(engine, "tea", exclude={"s": ["m1"]}) == ["User sells tea"]


@pytest.mark.parametrize(
    ("exclude", "named"),
    [
        (["m1"], r"\['m1'\]"),
        ("m1", "'m1'"),
        ({"now": "m1"}, "exclude\\['now'\\]"),
        ({"now": [1]}, "1"),
        ({1: ["m1"]}, "1"),
        ({"now": None}, "None"),
    ],
)
def test_another_type_is_refused(told: MemoryEngine, exclude: object, named: str) -> None:
    with pytest.raises(InvalidInputError, match=named):
        told.recall("dog", user_id=FULL, exclude=exclude)  # type: ignore[arg-type]
