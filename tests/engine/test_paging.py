"""Pages of memories: every one exactly once, whatever comes and goes between two pages."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins import InvalidInputError, Memory, MemoryEngine
from harmonia_plugins.model import Page
from harmonia_plugins.recall.listing import paged
from harmonia_plugins.store.rows import from_micros

U = "nora"
SORTS = ("recorded_at", "occurred_at", "importance", "confidence", "content")
MOMENTS = st.integers(0, 3).map(from_micros)


def memories() -> st.SearchStrategy[list[Memory]]:
    one = st.builds(
        Memory, id=st.text("abc", min_size=1, max_size=3), revision=st.just(1),
        user_id=st.just(U), content=st.sampled_from(["x", "y", "\u00e9"]), recorded_at=MOMENTS,
        confidence=st.sampled_from([0.1, 0.5]),
        importance=st.sampled_from([None, 0.25, 1.0]), occurred_at=st.none() | MOMENTS,
    )  # fmt: skip
    return st.lists(one, max_size=12, unique_by=lambda memory: memory.id)


def all_pages(found: list[Memory], limit: int, **order: Any) -> list[str]:
    page: Page[Memory] = paged(found, limit, None, **order)
    ids = [memory.id for memory in page]
    while page.next_cursor is not None:
        page = paged(found, limit, page.next_cursor, **order)
        ids += [memory.id for memory in page]
    return ids


@given(memories(), st.integers(1, 5), st.sampled_from(SORTS), st.booleans())
def test_pages_joined_are_the_whole_list(found, limit, by, descending):
    order = {"by": by, "descending": descending}
    assert all_pages(found, limit, **order) == all_pages(found, 100, **order)
    assert sorted(all_pages(found, limit, **order)) == sorted(memory.id for memory in found)


@given(memories(), memories(), st.sampled_from(SORTS), st.booleans(), st.data())
def test_nothing_that_stays_is_shown_twice_or_left_out(found, more, by, descending, data):
    order = {"by": by, "descending": descending}
    first: Page[Memory] = paged(found, 3, None, **order)
    gone = data.draw(
        st.sets(st.sampled_from([memory.id for memory in found])) if found else st.just(set())
    )
    known = {memory.id for memory in found}
    now = [memory for memory in found if memory.id not in gone]
    now += [memory for memory in more if memory.id not in known]
    shown = [memory.id for memory in first]
    if first.next_cursor is not None:
        rest: Page[Memory] = paged(now, 100, first.next_cursor, **order)
        shown += [memory.id for memory in rest]
    assert len(shown) == len(set(shown))
    assert known - gone <= set(shown)


@pytest.mark.parametrize(
    "content",
    [
        ["recorded_at", 7, "a"], ["recorded_at", "x", "a"], ["content", "x", "a"], "x", [1], None,
        ["recorded_at", "2024-01-01T00:00:00+00:00", 7],
    ],
)  # fmt: skip
def test_a_cursor_of_another_order_is_refused(engine: MemoryEngine, content: Any):
    cursor = urlsafe_b64encode(json.dumps(content).encode()).decode()
    with pytest.raises(InvalidInputError, match="next_cursor"):
        engine.memories(user_id=U, cursor=cursor)


def test_a_missing_value_is_not_the_value_none(engine: MemoryEngine):
    engine.remember("plum", user_id=U, metadata={"x": None})
    engine.remember("quartz", user_id=U, metadata={"y": 1})
    found = engine.memories(user_id=U, metadata={"x": None})
    assert [memory.content for memory in found] == ["plum"]
