"""BM25 against a plain reference, and what must hold however rows arrive."""

from collections import Counter
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.store.bm25 import K1, B, Postings, ceiling, idf

TERMS = st.sampled_from(["ash", "birch", "cedar", "dogwood", "elm"])
DOCUMENTS = st.lists(st.lists(TERMS, max_size=8), max_size=12)


def built(documents: list[list[str]]) -> Postings:
    postings = Postings()
    for row, terms in enumerate(documents):
        postings.add(row, terms)
    return postings


def reference(documents: list[list[str]], query: list[str]) -> dict[int, float]:
    """The textbook formula, slowly.  Rows without terms are no documents."""
    filled = [d for d in documents if d]
    mean = sum(map(len, filled)) / len(filled) if filled else 1.0
    scores: Counter[int] = Counter()
    for term in set(query):
        held = sum(term in d for d in filled)
        weight = log(1 + (len(filled) - held + 0.5) / (held + 0.5))
        for row, terms in enumerate(documents):
            if count := terms.count(term):
                damp = count + K1 * (1 - B + B * len(terms) / mean)
                scores[row] += weight * (K1 + 1) * count / damp
    return dict(scores)


@given(DOCUMENTS, st.lists(TERMS, max_size=4))
def test_scores_are_the_textbook_ones(documents: list[list[str]], query: list[str]) -> None:
    """Every row that holds a term, with its exact score, in ascending order of rows."""
    rows, scores, _ = built(documents).search(query)
    expected = reference(documents, query)
    assert rows.tolist() == sorted(expected)
    assert scores == pytest.approx([expected[row] for row in rows.tolist()], rel=1e-4)


@given(DOCUMENTS, DOCUMENTS, st.lists(TERMS, max_size=4))
def test_searching_while_growing_changes_nothing(
    first: list[list[str]], then: list[list[str]], query: list[str]
) -> None:
    """Impacts kept from before an append are never used after it."""
    grown = built(first)
    grown.search(query)
    for row, terms in enumerate(then, len(first)):
        grown.add(row, terms)
    fresh = built(first + then)
    for mine, other in zip(grown.search(query), fresh.search(query), strict=True):
        assert np.array_equal(mine, other)


@given(DOCUMENTS, st.lists(TERMS, min_size=1, max_size=4))
def test_no_row_passes_the_ceiling(documents: list[list[str]], query: list[str]) -> None:
    """It is what the query could give at most."""
    _, scores, most = built(documents).search(query)
    assert scores.max(initial=0) <= most * (1 + 1e-5)


@given(DOCUMENTS, st.lists(TERMS, max_size=3))
def test_matching_all(documents: list[list[str]], query: list[str]) -> None:
    """Rows with every term; none for an empty query."""
    expected = [i for i, d in enumerate(documents) if query and set(query) <= set(d)]
    assert built(documents).matching_all(query).tolist() == expected


def test_one_more_mention_never_lowers_a_score() -> None:
    """At the same length."""
    _, scores, _ = built([["elm", "ash"], ["elm", "elm"], ["ash", "ash"]]).search(["elm"])
    assert scores[1] > scores[0]


def test_a_shorter_row_scores_higher() -> None:
    """With the same mention."""
    _, scores, _ = built([["elm"], ["elm", "ash", "ash"]]).search(["elm"])
    assert scores[0] > scores[1]


def test_unknown_terms_lift_the_ceiling_only() -> None:
    """The share of the query that is held falls."""
    postings = built([["elm"], ["ash"]])
    _, scores, most = postings.search(["elm"])
    _, again, higher = postings.search(["elm", "yew"])
    assert scores.tolist() == again.tolist()
    assert higher > most
    assert higher == pytest.approx(ceiling([1, 0], 2))


def test_rows_may_be_left_out_but_not_come_twice() -> None:
    """Row numbers are those of the store."""
    postings = Postings()
    postings.add(5, ["elm"])
    postings.add(200, ["elm"])
    assert postings.search(["elm"])[0].tolist() == [5, 200]
    assert len(postings) == 201
    with pytest.raises(ValueError, match="ascend"):
        postings.add(200, ["ash"])


def test_nothing_is_found_in_nothing() -> None:
    """Empty index, empty query."""
    assert Postings().search(["elm"])[0].tolist() == []
    assert built([["elm"]]).search([])[0].tolist() == []


def test_every_term_is_known_once() -> None:
    """Whoever looks for beginnings of words goes through them."""
    assert list(built([["birch", "ash"], ["ash"]]).known_terms()) == ["birch", "ash"]


def test_kept_impacts_are_bounded() -> None:
    """The cache empties itself and the scores stay."""
    postings = Postings(cached_postings=1)
    for row, terms in enumerate([["elm", "ash"], ["elm", "birch"]]):
        postings.add(row, terms)
    first = postings.search(["elm", "ash", "birch"])[1].tolist()
    assert postings.search(["elm", "ash", "birch"])[1].tolist() == first


def test_idf_stays_positive() -> None:
    """Also for a term that every row holds."""
    assert idf(10, 10) > 0
