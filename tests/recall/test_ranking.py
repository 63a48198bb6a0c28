"""The ranking: what lifts a row, and what must hold for any input."""

from dataclasses import dataclass, replace
from statistics import mean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harmonia_plugins.recall.dates import UNKNOWN
from harmonia_plugins.recall.query import Query, read_query
from harmonia_plugins.recall.ranking import rank
from harmonia_plugins.recall.rows import ASSISTANT, MEMORY, USER
from harmonia_plugins.recall.weights import DEFAULT, Weights
from harmonia_plugins.text.flags import ASKS, HAS_NUMBER
from harmonia_plugins.text.flags import text_flags as row_flags

PLAIN = read_query("where is the ladder")
NO_ROWS = np.empty(0, np.int32)
NO_SCORES = np.empty(0, np.float32)
DAY = 86_400_000_000


@dataclass(frozen=True)
class Rows:
    """The arrays that ranking reads, as a store holds them."""

    session: NDArray[np.int32]
    previous: NDArray[np.int32]
    following: NDArray[np.int32]
    time: NDArray[np.int64]
    speaker: NDArray[np.int32]
    role: NDArray[np.int8]
    length: NDArray[np.int32]
    layer: NDArray[np.int8]
    flags: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.session)


def rows_of(sessions: list[int], **columns: object) -> Rows:
    """Messages in arrival order, neighbours by session; other columns neutral unless given."""
    n = len(sessions)
    previous, following = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    last: dict[int, int] = {}
    for row, session in enumerate(sessions):
        if session >= 0 and session in last:
            previous[row], following[last[session]] = last[session], row
        last[session] = row
    rows = Rows(
        session=np.array(sessions, np.int32),
        previous=previous,
        following=following,
        time=np.full(n, UNKNOWN, np.int64),
        speaker=np.full(n, -1, np.int32),
        role=np.full(n, USER, np.int8),
        length=np.full(n, 20, np.int32),
        layer=np.zeros(n, np.int8),
        flags=np.zeros(n, np.int8),
    )
    given = {k: np.array(v, getattr(rows, k).dtype) for k, v in columns.items()}
    return replace(rows, **given)


def order(
    rows: Rows,
    dense: list[float] | None,
    query: Query = PLAIN,
    *,
    lexical: dict[int, float] | None = None,
    eligible: list[bool] | None = None,
    k: int = 100,
    weights: Weights = DEFAULT,
) -> list[int]:
    return ranked(rows, dense, query, lexical, eligible, k, weights)[0].tolist()


def ranked(
    rows: Rows,
    dense: list[float] | None,
    query: Query = PLAIN,
    lexical: dict[int, float] | None = None,
    eligible: list[bool] | None = None,
    k: int = 100,
    weights: Weights = DEFAULT,
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    found = lexical or {}
    return rank(
        query,
        rows,
        None if dense is None else np.array(dense, np.float32),
        np.array([*found], np.int32),
        np.array([*found.values()], np.float32),
        10.0,
        None if eligible is None else np.array(eligible, bool),
        k,
        weights,
    )


def test_nothing_is_ranked_in_nothing() -> None:
    """No rows, none wanted, none eligible."""
    assert order(rows_of([]), []) == []
    assert order(rows_of([0]), [0.5], k=0) == []
    assert order(rows_of([0, 0]), [0.5, 0.1], eligible=[False, False]) == []


def test_a_single_row_is_returned() -> None:
    """Whatever it scores."""
    assert order(rows_of([0]), [0.5]) == [0]
    assert order(rows_of([0]), None) == [0]


def test_equal_rows_keep_their_order() -> None:
    """Stable, so that two runs agree."""
    assert order(rows_of([0, 1, 2]), [0.3, 0.3, 0.3]) == [0, 1, 2]
    assert order(rows_of([0, 1, 2]), None) == [0, 1, 2]


def test_the_best_match_of_either_channel_comes_first() -> None:
    """Apart, and together."""
    apart = rows_of([0, 1, 2])
    assert order(apart, [0.1, 0.9, 0.2])[0] == 1
    assert order(apart, None, lexical={2: 3.0})[0] == 2
    assert order(apart, [0.5, 0.6, 0.1], lexical={0: 4.0})[0] == 0


def test_bm25_gives_way_where_it_holds_little_of_the_query() -> None:
    """The same hit counts less under a higher ceiling."""
    rows, dense = rows_of([0, 1]), np.array([1.0, 0.0], np.float32)

    def second(ceiling: float) -> float:
        hit = np.array([1], np.int32), np.array([1.0], np.float32)
        found, scores = rank(PLAIN, rows, dense, *hit, ceiling, None, 2)
        return float(scores[found.tolist().index(1)])

    assert second(100.0) < second(2.0)


def test_an_answer_is_lifted_by_its_question() -> None:
    """A reply that shares no word with the query, after a question that does."""
    rows = rows_of([0, 0, 1, 1], flags=[ASKS, 0, 0, 0])
    assert order(rows, [0.9, 0.1, 0.9, 0.1])[2:] == [1, 3]


def test_a_message_is_lifted_by_the_reaction_to_it() -> None:
    """The next message matches."""
    rows = rows_of([0, 0, 1, 1])
    found = order(rows, [0.3, 0.9, 0.3, 0.2])
    assert found.index(0) < found.index(2)


def test_a_session_about_the_matter_lifts_its_rows() -> None:
    """Between equal rows, the one in the better session."""
    rows = rows_of([0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    dense = [0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.5]
    found = order(rows, dense, weights=replace(DEFAULT, after=0, before=0, answers=0))
    assert found.index(9) < found.index(0)


def test_the_named_speaker_is_preferred_softly() -> None:
    """Between like rows; a much better one of another speaker still wins."""
    query = read_query("What did Ida paint?", ["Ida", "Kurt"])
    like = rows_of([0, 1, 2], speaker=[1, 0, 1])
    assert order(like, [0.5, 0.5, 0.0], query)[0] == 1
    assert order(like, [0.9, 0.0, 0.1], query)[0] == 0


def test_two_names_prefer_nobody() -> None:
    """Either may have said it."""
    query = read_query("What did Ida and Kurt paint?", ["Ida", "Kurt"])
    assert order(rows_of([0, 1], speaker=[1, 0]), [0.5, 0.5], query) == [0, 1]


def test_who_is_asked_about_is_who_said_it() -> None:
    """The user's facts from the user, the assistant's advice from the assistant."""
    rows = rows_of([0, 1], role=[ASSISTANT, USER])
    assert order(rows, [0.5, 0.5], read_query("Where is my ladder?")) == [1, 0]
    swapped = rows_of([0, 1], role=[USER, ASSISTANT])
    assert order(swapped, [0.5, 0.5], read_query("Which ladder did you suggest?")) == [1, 0]


def test_a_memory_of_the_user_counts_as_said_by_the_user() -> None:
    """It stands beside a message of the user with the same match."""
    rows = rows_of([0, -1, 1], layer=[0, MEMORY, 0], role=[USER, -1, ASSISTANT])
    found = order(rows, [0.5, 0.9, 0.5], read_query("Where is my ladder?"))
    assert found[0] == 1


def test_a_date_in_the_question_prefers_its_rows() -> None:
    """Rows of unknown time are neither helped nor refused."""
    query = read_query("What broke on 2 January 1970?")
    rows = rows_of([0, 1, 2], time=[UNKNOWN, 40 * DAY, DAY + 5])
    assert order(rows, [0.5, 0.5, 0.5], query) == [2, 0, 1]


def test_a_question_for_a_number_prefers_rows_with_one() -> None:
    """Only then."""
    rows = rows_of([0, 1], flags=[0, HAS_NUMBER])
    assert order(rows, [0.5, 0.5], read_query("How many rungs?")) == [1, 0]
    assert order(rows, [0.5, 0.5], read_query("Which rung?")) == [0, 1]


def test_longer_rows_and_statements_are_preferred() -> None:
    """Between like matches."""
    assert order(rows_of([0, 1], length=[2, 30]), [0.5, 0.5]) == [1, 0]
    assert order(rows_of([0, 1], flags=[ASKS, 0]), [0.5, 0.5]) == [1, 0]


def test_recency_is_off_until_asked_for() -> None:
    """Time alone changes nothing by default."""
    rows = rows_of([0, 1, 2], time=[0, UNKNOWN, 90 * DAY])
    assert order(rows, [0.5, 0.5, 0.5]) == [0, 1, 2]
    newest = replace(DEFAULT, recency=0.2)
    assert order(rows, [0.5, 0.5, 0.5], weights=newest) == [2, 0, 1]
    unknown = rows_of([0, 1])
    assert order(unknown, [0.5, 0.5], weights=newest) == [0, 1]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("Is it red?", ASKS),
        ("\u8d64\u3044\uff1f", ASKS),
        ("Really? " + "so " * 40, 0),
        ("Flat 3", HAS_NUMBER),
        ("Flat 3?", ASKS | HAS_NUMBER),
        ("", 0),
    ],
)
def test_row_flags(text: str, flags: int) -> None:
    """A question near the end, and digits."""
    assert row_flags(text) == flags


ALL_QUERIES = [
    PLAIN,
    read_query("What did Ida paint in March 1970?", ["Ida", "Kurt"]),
    read_query("When did you suggest my ladder?"),
    read_query("How many ladders do I own?"),
]
QUERIES = st.sampled_from(ALL_QUERIES)


@st.composite
def histories(draw: st.DrawFn, most: int = 24) -> tuple[Rows, list[float], dict[int, float]]:
    """Any small history with scores."""
    n = draw(st.integers(0, most))

    def column(values: st.SearchStrategy[int]) -> list[int]:
        return draw(st.lists(values, min_size=n, max_size=n))

    rows = rows_of(
        column(st.integers(-1, 3)),
        time=column(st.sampled_from([UNKNOWN, 0, 70 * DAY, 2**62])),
        speaker=column(st.integers(-1, 1)),
        role=column(st.integers(-1, 3)),
        length=column(st.integers(0, 60)),
        layer=column(st.integers(0, 1)),
        flags=column(st.integers(0, 3)),
    )
    dense = draw(st.lists(st.floats(-1, 1, width=32), min_size=n, max_size=n))
    hits = st.dictionaries(st.integers(0, max(n - 1, 0)), st.floats(0, 20, width=32))
    return rows, dense, draw(hits) if n else {}


@given(histories(), QUERIES, st.integers(1, 30), st.booleans())
def test_scores_are_in_range_and_fall(
    history: tuple[Rows, list[float], dict[int, float]], query: Query, k: int, embedded: bool
) -> None:
    """In [0, 1], descending, each row once, as many as there are."""
    rows, dense, lexical = history
    found, scores = ranked(rows, dense if embedded else None, query, lexical, k=k)
    assert len(found) == len(set(found.tolist())) == min(k, len(rows))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert (np.diff(scores) <= 0).all()


@given(histories(), QUERIES, st.data())
def test_what_is_not_eligible_is_as_if_it_were_not_there(
    history: tuple[Rows, list[float], dict[int, float]], query: Query, data: st.DataObject
) -> None:
    """Never returned, and its scores move nothing."""
    rows, dense, lexical = history
    eligible = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    found, scores = ranked(rows, dense, query, lexical, eligible)
    assert all(eligible[row] for row in found.tolist())
    assert len(found) == sum(eligible)
    other = [d if ok else -d / 2 for d, ok in zip(dense, eligible, strict=True)]
    hits = {row: score for row, score in lexical.items() if eligible[row]}
    again, same = ranked(rows, other, query, hits, eligible)
    assert found.tolist() == again.tolist()
    assert scores.tolist() == same.tolist()


@given(histories(), QUERIES, st.integers(1, 10))
def test_fewer_wanted_are_the_first_of_more(
    history: tuple[Rows, list[float], dict[int, float]], query: Query, k: int
) -> None:
    """k cuts the ranking and changes nothing else."""
    rows, dense, lexical = history
    every = order(rows, dense, query, lexical=lexical)
    assert order(rows, dense, query, lexical=lexical, k=k) == every[:k]


@given(histories(), QUERIES, st.floats(0.5, 4, width=32))
def test_only_relations_between_dense_scores_count(
    history: tuple[Rows, list[float], dict[int, float]], query: Query, factor: float
) -> None:
    """Another embedder's scale changes no score beyond rounding."""
    rows, dense, lexical = history
    steps = [round(d, 2) for d in dense]
    _, scores = ranked(rows, steps, query, lexical)
    _, scaled = ranked(rows, [d * factor for d in steps], query, lexical)
    assert scores == pytest.approx(scaled, abs=1e-4)


@pytest.mark.parametrize("query", ALL_QUERIES, ids=lambda query: query.text)
def test_a_long_history_is_ranked_like_a_short_one(query: Query) -> None:
    """Looking closely at some of the rows finds nine of the ten best of all, on average."""
    full = replace(DEFAULT, candidates=3000)
    common = []
    for seed in range(30):
        rows, dense, hits, allowed = long_history(seed, 3000)
        one, every = (
            order(rows, dense, query, lexical=hits, eligible=allowed, k=10, weights=weights)
            for weights in (DEFAULT, full)
        )
        assert all(allowed[row] for row in one)
        common.append(len({*one} & {*every}))
    assert mean(common) >= 9


def long_history(seed: int, n: int) -> tuple[Rows, list[float], dict[int, float], list[bool]]:
    """Rows of which ten are much nearer to the question than the others."""
    chance = np.random.default_rng(seed)
    rows = rows_of((np.arange(n) // 10).tolist(), flags=chance.integers(0, 4, n))
    dense = chance.normal(0.1, 0.1, n)
    right = chance.choice(n, 10, replace=False)
    dense[right] += 0.6
    hits = {int(row): float(chance.gamma(1, 1)) for row in chance.choice(n, 300, replace=False)}
    allowed = chance.random(n) < 0.9
    allowed[right] = True
    return rows, dense.tolist(), hits, allowed.tolist()
