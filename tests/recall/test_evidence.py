"""A message and its memories: one place, lifted together, and what is like other good rows."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harmonia_plugins.recall.alike import KEPT, NEAREST, by_alike
from harmonia_plugins.recall.evidence import Evidence
from harmonia_plugins.recall.origins import APART, Origins
from harmonia_plugins.recall.query import Query, read_query
from harmonia_plugins.recall.ranking import rank
from harmonia_plugins.recall.rows import MEMORY, MESSAGE, USER
from harmonia_plugins.recall.weights import DEFAULT
from harmonia_plugins.text.flags import HAS_NUMBER

PLAIN = read_query("where is the ladder")
DAY = 86_400_000_000
YEAR = 365 * DAY


@dataclass(frozen=True)
class Rows:
    """Messages outside any session, then memories: nothing but their own match tells them apart."""

    layer: NDArray[np.int8]
    flags: NDArray[np.int8]
    time: NDArray[np.int64]
    vectors: NDArray[np.float32]
    session: NDArray[np.int32] = field(init=False)
    previous: NDArray[np.int32] = field(init=False)
    following: NDArray[np.int32] = field(init=False)
    speaker: NDArray[np.int32] = field(init=False)
    role: NDArray[np.int8] = field(init=False)
    length: NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        nowhere = np.full(len(self.layer), -1, np.int32)
        for name in ("session", "previous", "following", "speaker"):
            object.__setattr__(self, name, nowhere)
        object.__setattr__(self, "role", np.full(len(self.layer), USER, np.int8))
        object.__setattr__(self, "length", np.full(len(self.layer), 20, np.int32))


def rows_of(
    messages: int, memories: int, flags: dict[int, int] | None = None,
    time: dict[int, int] | None = None, vectors: list[list[float]] | None = None,
) -> Rows:  # fmt: skip
    n = messages + memories
    rows = Rows(
        np.array([MESSAGE] * messages + [MEMORY] * memories, np.int8),
        np.zeros(n, np.int8),
        np.full(n, 300 * YEAR, np.int64),
        np.array(vectors or [[1.0, 0.0]] * n, np.float32),
    )
    for row, value in (flags or {}).items():
        rows.flags[row] = value
    for row, value in (time or {}).items():
        rows.time[row] = value
    return rows


def origins_of(pairs: dict[int, int]) -> Origins:
    """From memory to message."""
    return Origins(0, np.array([*pairs], np.intp), np.array([*pairs.values()], np.intp))


def ranked(
    rows: Rows, dense: list[float], origins: Origins, k: int = 100, query: Query = PLAIN,
    eligible: list[bool] | None = None,
) -> tuple[list[int], list[float]]:  # fmt: skip
    mask = None if eligible is None else np.array(eligible, bool)
    found, scores = rank(
        query, rows, np.array(dense, np.float32), np.empty(0, np.int32), np.empty(0, np.float32),
        0.0, mask, k, DEFAULT, origins.within(mask),
    )  # fmt: skip
    return found.tolist(), scores.tolist()


def test_a_message_and_its_memory_take_one_place() -> None:
    """The one that matches best shows it; the other comes after all other evidence."""
    rows, dense = rows_of(3, 1), [0.8, 0.5, 0.1, 0.9]
    assert ranked(rows, dense, origins_of({3: 0}))[0] == [3, 1, 2, 0]
    assert ranked(rows, [0.9, 0.5, 0.1, 0.8], origins_of({3: 0}))[0] == [0, 1, 2, 3]
    assert set(ranked(rows, dense, APART, k=2)[0]) == {3, 0}


def test_a_memory_lifts_its_message() -> None:
    """Past one that matches as well by itself, yet not by all that the memory is nearer."""
    rows = rows_of(3, 1)
    assert ranked(rows, [0.5, 0.5, 0.1, 0.9], origins_of({3: 1}))[0][:2] == [3, 0]
    assert ranked(rows, [0.8, 0.2, 0.1, 0.9], origins_of({3: 1}))[0][:2] == [0, 3]


def test_of_several_memories_the_nearest_is_shown() -> None:
    rows = rows_of(2, 3)
    found, scores = ranked(rows, [0.2, 0.1, 0.5, 0.9, 0.6], origins_of({2: 0, 3: 0, 4: 0}))
    assert found == [3, 1, 4, 2, 0]
    assert scores[1] == scores[2] == scores[4]


def test_a_memory_without_its_message_stands_alone() -> None:
    """Filtered out, the message neither hides its memory nor is lifted by it; and turned round."""
    rows, dense, origins = rows_of(2, 1), [0.3, 0.5, 0.9], origins_of({2: 0})
    assert ranked(rows, dense, origins, eligible=[False, True, True])[0] == [2, 1]
    assert ranked(rows, dense, origins, eligible=[True, True, False])[0] == [1, 0]


def test_a_day_that_only_the_memory_names_counts_for_the_message() -> None:
    """A message says "yesterday": the date and the digits are its memory's."""
    like, origins = [0.9, 0.9, 0.1, 0.1], origins_of({2: 0, 3: 1})
    dated = rows_of(2, 2, time={3: DAY + 5})
    query = read_query("What broke on 2 January 1970?")
    assert ranked(dated, like, origins, query=query)[0][0] == 1
    numbered = rows_of(2, 2, flags={3: HAS_NUMBER})
    assert ranked(numbered, like, origins, query=read_query("How many rungs?"))[0][0] == 1
    assert ranked(numbered, like, origins, query=read_query("Which rung?"))[0][0] == 0


def test_what_a_row_is_about_is_what_it_and_its_nearest_memory_say() -> None:
    rows = rows_of(2, 2, vectors=[[1, 0], [1, 0], [0, 1], [-1, 0]])
    evidence = Evidence(np.array([0.5, 0.5, 0.4, 0.3], np.float32), origins_of({2: 0, 3: 0}), 0.4)
    about = evidence.vectors(rows, np.array([0, 1], np.intp))
    assert about == pytest.approx(np.array([[0.5**0.5, 0.5**0.5], [1, 0]], np.float32))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Rows, list[float], Origins, list[bool]]:
    """Any messages and memories, some drawn from a message."""
    messages, memories = draw(st.integers(1, 30)), draw(st.integers(0, 30))
    pairs: dict[int, int] = {}
    for memory in range(messages, messages + memories):
        message = draw(st.none() | st.integers(0, messages - 1))
        if message is not None:
            pairs[memory] = message
    n = messages + memories
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    vectors = chance.normal(size=(n, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = rows_of(messages, memories, vectors=vectors.tolist())
    dense = chance.normal(size=n).round(1).tolist()
    return rows, dense, origins_of(pairs), (chance.random(n) < 0.8).tolist()


@given(histories(), st.integers(1, 80))
def test_every_eligible_row_comes_once_and_new_evidence_first(
    history: tuple[Rows, list[float], Origins, list[bool]], k: int
) -> None:
    """As many as there are; scores fall; nobody repeats before all have spoken."""
    rows, dense, origins, eligible = history
    found, scores = ranked(rows, dense, origins, k, eligible=eligible)
    assert len(found) == len(set(found)) == min(k, sum(eligible))
    assert all(eligible[row] for row in found)
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    pairs = origins.within(np.array(eligible, bool))
    message_of = dict(zip(pairs.memories.tolist(), pairs.messages.tolist(), strict=True))
    evidence = [message_of.get(row, row) for row in found]
    distinct = sum(eligible) - len(message_of)
    assert len(set(evidence[:distinct])) == min(k, distinct)


@given(histories(), st.integers(1, 30))
def test_fewer_wanted_are_the_first_of_more(
    history: tuple[Rows, list[float], Origins, list[bool]], k: int
) -> None:
    rows, dense, origins, eligible = history
    every, scores = ranked(rows, dense, origins, eligible=eligible)
    assert ranked(rows, dense, origins, k, eligible=eligible) == (every[:k], scores[:k])


def test_what_is_like_the_best_moves_up_behind_the_first_places() -> None:
    """Twenty rows of two matters: the first matter holds the better scores."""
    matters = [0] * 10 + [1] * 9 + [0]
    vectors = np.eye(2, dtype=np.float32)[matters]
    scores = np.linspace(1, 0, 20, dtype=np.float32)
    rows, moved = by_alike(np.arange(20), scores, vectors)
    assert rows[:KEPT].tolist() == list(range(KEPT))
    assert rows.tolist().index(19) < 19
    assert (np.diff(moved) <= 0).all()
    assert sorted(rows.tolist()) == list(range(20))


def test_few_rows_keep_their_order() -> None:
    scores = np.linspace(1, 0, NEAREST + 1, dtype=np.float32)
    vectors = np.eye(NEAREST + 1, dtype=np.float32)
    rows, same = by_alike(np.arange(NEAREST + 1), scores, vectors)
    assert rows.tolist() == list(range(NEAREST + 1))
    assert same is scores
