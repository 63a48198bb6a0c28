"""Which message each memory was drawn from, kept up with what is written."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harmonia_plugins.recall.filters import MEMORY, MESSAGE
from harmonia_plugins.recall.origins import APART, Origins


@dataclass(frozen=True)
class Written:
    """A row: a message's revision, or a memory's, drawn from the messages of these ids."""

    kind: str
    id: str
    session: str
    drawn_from: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    size: int
    layer: NDArray[np.int8]
    revision: NDArray[np.int32]


class Log:
    """Rows in the order they were written, as a store keeps them."""

    def __init__(self, rows: Iterable[Written]) -> None:
        self.rows = list(rows)

    def id(self, number: int) -> str:
        return self.rows[number].id

    def session(self, number: int) -> str | None:
        return self.rows[number].session or None

    def revisions(self, identity: Any) -> list[int]:
        return [
            number
            for number, row in enumerate(self.rows)
            if (row.kind, row.session if row.kind == "message" else "", row.id) == identity
        ]

    def view(self, size: int) -> View:
        numbers = range(size)
        kinds = [MEMORY if self.rows[number].kind == "memory" else MESSAGE for number in numbers]
        return View(size, np.array(kinds, np.int8), np.array(list(self._revisions(size)), np.int32))

    def _revisions(self, size: int) -> Iterator[int]:
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows[:size]:
            key = (row.kind, row.session, row.id)
            seen[key] = seen.get(key, 0) + 1
            yield seen[key]

    def drawn_from(self, number: int) -> tuple[str, ...]:
        return self.rows[number].drawn_from

    def grown(self, known: Origins, size: int | None = None) -> Origins:
        view = self.view(len(self.rows) if size is None else size)
        return known.grown(view, self, self.drawn_from)


def pairs(origins: Origins) -> dict[int, int]:
    return dict(zip(origins.memories.tolist(), origins.messages.tolist(), strict=True))


def test_the_last_message_of_its_own_session_is_a_memorys_origin() -> None:
    """What is not in that session's log is passed over."""
    log = Log(
        [
            Written("message", "a", "s"), Written("message", "b", "s"),
            Written("message", "a", "t"), Written("memory", "f", "s", ("a", "b")),
            Written("memory", "g", "s", ("a", "z")), Written("memory", "h", "t", ("b",)),
            Written("memory", "i", "s"),
        ]
    )  # fmt: skip
    origins = log.grown(APART)
    assert pairs(origins) == {3: 1, 4: 0}
    assert origins.memories_of(1) == [3]
    assert (origins.message_of(4), origins.message_of(5)) == (0, None)


def test_an_edited_message_stays_the_origin() -> None:
    """In its newest revision, whether the edit was seen later or at once."""
    log = Log(
        [
            Written("message", "a", "s"), Written("memory", "f", "s", ("a",)),
            Written("message", "a", "s"),
        ]
    )  # fmt: skip
    first = log.grown(APART, 2)
    assert pairs(first) == {1: 0}
    assert pairs(log.grown(first)) == pairs(log.grown(APART)) == {1: 2}
    assert pairs(first) == {1: 0}


def test_only_pairs_of_which_both_may_be_returned_are_within_a_filter() -> None:
    origins = Origins(4, np.array([2, 3]), np.array([0, 1]))
    assert origins.within(None) is origins
    assert pairs(origins.within(np.array([True, False, True, True]))) == {2: 0}
    assert pairs(origins.within(np.array([True, True, False, True]))) == {3: 1}


def test_who_sees_fewer_rows_gets_no_pair_beyond_them() -> None:
    """A reader may hold rows that another one has seen more of by now."""
    origins = Origins(5, np.array([1, 3]), np.array([4, 0]))
    assert pairs(origins.before(4)) == {3: 0}
    assert pairs(origins.before(5)) == {1: 4, 3: 0}


def test_a_sign_is_lent_to_messages_only() -> None:
    origins = Origins(4, np.array([2, 3]), np.array([0, 0]))
    sign = np.array([0.1, 0.2, 0.3, 0.9], np.float32)
    assert origins.lent(sign).tolist() == np.array([0.9, 0.2, 0.3, 0.9], np.float32).tolist()
    assert sign[0] == np.float32(0.1)


IDS = st.sampled_from("abc")
WRITTEN = st.builds(Written, st.just("message"), IDS, st.sampled_from("st")) | st.builds(
    Written, st.just("memory"), st.sampled_from("fgh"), st.sampled_from("st"),
    st.lists(IDS, max_size=2).map(tuple),
)  # fmt: skip


@given(st.lists(WRITTEN, max_size=20), st.lists(st.integers(0, 20), max_size=3))
def test_seen_step_by_step_or_at_once_the_current_pairs_agree(
    rows: list[Written], steps: list[int]
) -> None:
    """Where messages are written before what is drawn from them, as learning does."""
    known: set[tuple[str, str]] = set()
    ordered: list[Written] = []
    for row in rows:
        if row.kind == "message":
            known.add((row.session, row.id))
        if all((row.session, id) in known for id in row.drawn_from):
            ordered.append(row)
    log, origins = Log(ordered), APART
    for size in sorted(min(step, len(ordered)) for step in steps):
        origins = log.grown(origins, size)
    assert pairs(log.grown(origins)) == pairs(log.grown(APART))
