"""Names in statements."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.pipeline.classification import entities_of
from harmonia_plugins.pipeline.classification.entities import MOST_ENTITIES


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("User's name is Jason Thompson", ("Jason Thompson",)),
        ("User works at AWS", ("AWS",)),
        ("User has a dog called Biggie", ("Biggie",)),
        ("I have a dog called biggie", ("biggie",)),
        ("Biggie loves his stuffed Costco chicken", ("Biggie", "Costco")),
        ("my sister Anna", ("Anna",)),
        ("Caroline's brother lives in Boston", ("Caroline", "Boston")),
        ("I met Dr Stein on the Isle of Wight", ("Dr Stein", "Isle of Wight")),
        ("Tom and Ines went to New York", ("Tom", "Ines", "New York")),
        ("Caroline bought an iPhone", ("Caroline", "iPhone")),
        ("Anna told Anna", ("Anna",)),
    ],
)
def test_names(content, names):
    assert entities_of(content) == names


@pytest.mark.parametrize(
    "content",
    [
        "I think I'm late",
        "Yesterday was long. Everything went well.",
        "User has a meeting on Monday in May",
        "Coffee keeps me awake. Hiking is fun.",
        "My German is rusty",
        "On Christmas I rest",
        "WE ARE ALL SHOUTING HERE",
        "User watches TV",
        "",
        "a dog named after him",
    ],
)
def test_no_names(content):
    assert entities_of(content) == ()


def test_a_long_text_is_cheap():
    assert len(entities_of("Anna Bell. " * 100_000)) <= MOST_ENTITIES


@given(st.text(max_size=300))
def test_any_text(content):
    names = entities_of(content)
    assert names == entities_of(content)
    assert all(name.strip() for name in names)
