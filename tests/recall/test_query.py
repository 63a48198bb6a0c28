"""What a question gives away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.recall.dates import UNKNOWN, Moment, find_moments, fits
from harmonia_plugins.recall.query import read_query

SPEAKERS = ["Theresa Holt", "Bo", "Ann-Marie"]


@pytest.mark.parametrize(
    ("text", "dense", "named"),
    [
        ("Where did Theresa plant the quince?", "Where did I plant the quince?", (0,)),
        ("What is Theresa Holt's kite made of?", "What is my kite made of?", (0,)),
        ("What is Theresa\u2019s kite made of?", "What is my kite made of?", (0,)),
        ("What does Holt whistle?", "What does I whistle?", (0,)),
        ("What did Ann-Marie and Bo bake?", "What did I and I bake?", (2, 1)),
        ("what did theresa bake?", "what did I bake?", (0,)),
        ("Did Ther bake the bread?", "Did I bake the bread?", (0,)),
        ("Is Ther's oven new?", "Is my oven new?", (0,)),
        ("Is the oven in Bonn?", "Is the oven in Bonn?", ()),
        ("Wo wohnt Theresa jetzt", "Wo wohnt  jetzt", (0,)),
        ("When did the user's kite land?", "When did my kite land?", ()),
        ("Where does the user fish?", "Where does I fish?", ()),
        ("Theresa", "Theresa", (0,)),
    ],
)
def test_names_become_the_first_person(text: str, dense: str, named: tuple[int, ...]) -> None:
    """The named one answered in the first person; BM25 keeps the name."""
    query = read_query(text, SPEAKERS)
    assert (query.dense_text, query.speakers) == (dense, named)
    assert query.lexical_text == query.text == text


def test_a_name_that_is_a_word_needs_its_capital() -> None:
    """Unless the whole text has none, and even then not a function word."""
    assert read_query("Where will Will sleep?", ["Will"]).dense_text == "Where will I sleep?"
    assert read_query("where will will sleep?", ["Will"]).speakers == ()
    assert read_query("Did Bo mark the tree?", ["Mark", "Bo"]).speakers == (1,)


def test_a_part_of_two_names_names_nobody() -> None:
    """Ambiguous: both are Holts."""
    query = read_query("What did Holt sing?", ["Tilda Holt", "Uwe Holt"])
    assert query.speakers == ()


@pytest.mark.parametrize("speakers", [[], [""], [" ", "\x1f"]])
def test_blank_names_name_nobody(speakers: list[str]) -> None:
    """A name may be anything."""
    assert read_query("Who sang?", speakers).speakers == ()


def test_a_month_is_no_nickname() -> None:
    """Jan is January here, not Janet."""
    assert read_query("Who skated in Jan 2021?", ["Janet"]).speakers == ()


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("Where do I keep the ladder?", "user"),
        ("Who fixed our ladder?", "user"),
        ("Did I tell you about the ladder?", "user"),
        ("Where does the user keep it?", "user"),
        ("Which glue did you recommend to me?", "assistant"),
        ("What was the recipe you gave for my soup?", "assistant"),
        ("What was your advice on glue?", "assistant"),
        ("What did the assistant tell the user?", "assistant"),
        ("What did the user tell the assistant?", "user"),
        ("Which glue holds?", None),
        ("Welcher Leim h\u00e4lt?", None),
    ],
)
def test_about(text: str, about: str | None) -> None:
    """By grammatical person; silent where there is none."""
    assert read_query(text).about == about


@pytest.mark.parametrize("text", ["How many hens are there?", "When was it?", "At what time?"])
def test_wants_number(text: str) -> None:
    """A quantity or a date."""
    assert read_query(text).wants_number
    assert not read_query("Who came?").wants_number


@pytest.mark.parametrize(
    ("text", "moments"),
    [
        ("on 3 June, 2019", (Moment(2019, 6, 3),)),
        ("on June 3rd 2019", (Moment(2019, 6, 3),)),
        ("the 3rd of June", (Moment(None, 6, 3),)),
        ("2019-06-03", (Moment(2019, 6, 3),)),
        ("2019-06", (Moment(2019, 6),)),
        ("in Sept. 2019", (Moment(2019, 9),)),
        ("in May", (Moment(None, 5),)),
        ("in 2019 or June 2020", (Moment(2019), Moment(2020, 6))),
        ("you may march, 12 eggs, room 305", ()),
        ("", ()),
    ],
)
def test_moments(text: str, moments: tuple[Moment, ...]) -> None:
    """The most precise reading, in order; words that are also months stay words."""
    assert find_moments(text) == moments


def us(text: str) -> int:
    return int(np.datetime64(text, "us").astype(np.int64))


def test_a_time_fits_its_moment_and_fades_after() -> None:
    """1 inside, less in the days that follow, 0 before and where unknown."""
    days = ["2019-06-02", "2019-06-03", "2019-06-05", "2019-07-30"]
    times = np.array([*map(us, days), UNKNOWN], np.int64)
    before, inside, soon, later, unknown = fits((Moment(2019, 6, 3),), times).tolist()
    assert (before, inside, later, unknown) == (0, 1, 0, 0)
    assert 0 < soon < 1


def test_parts_that_were_not_said_fit_anything() -> None:
    """A month of any year, a day of any year, a whole year."""
    times = np.array([us("2018-12-31"), us("2019-12-30"), us("2020-03-31")], np.int64)
    assert fits((Moment(None, 12),), times).tolist() == [1, 1, 0]
    assert fits((Moment(None, 12, 31),), times).tolist() == [1, 0, 0]
    assert fits((Moment(2019),), times).tolist() == [0, 1, 0]


@given(st.text(), st.lists(st.text(), max_size=3))
def test_any_text_and_any_names_pass(text: str, speakers: list[str]) -> None:
    """No crash, and something to embed whenever there was a text."""
    query = read_query(text, speakers)
    assert bool(query.dense_text) == bool(text)
    assert all(0 <= speaker < len(speakers) for speaker in query.speakers)


@given(st.text(st.characters(codec="ascii")))
def test_without_names_a_text_is_embedded_as_it_is(text: str) -> None:
    """Nothing is rewritten where nobody is named."""
    if "the user" not in text.lower():
        assert read_query(text).dense_text == text
