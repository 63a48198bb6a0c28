import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.prompting import fields

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("value", "share"),
    [
        (0.8, 0.8), ("0.8", 0.8), ("80%", 0.8), (80, 0.8), (8, 0.8), ("8/10", 0.8), ("High", 0.9),
        (1, 1.0), (0, 0.0), (True, None), (-1, None), (1e300, None), (10**400, None),
        (math.nan, None), ("sure", None), (None, None), ([0.8], None), ("1/0", None),
    ],
)  # fmt: skip
def test_shares(value, share):
    assert fields.share_of(value) == (pytest.approx(share) if share is not None else None)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (2, 2), (2.0, 2), ("2", 2), ("#2", 2), ("message 2", 2), ("2.0", 2), (2.5, None),
        ("2.5", None), ("1 and 2", None), (True, None), (None, None), (10**400, None),
        (math.inf, None),
    ],
)  # fmt: skip
def test_whole_numbers(value, number):
    assert fields.whole_of(value) == number


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["Ida", "Ghent"], ("Ida", "Ghent")),
        ("Ida, Ghent", ("Ida", "Ghent")),
        ([{"name": "Ida"}, {"text": "Ghent"}, {"x": 1}], ("Ida", "Ghent")),
        (["Ida", "IDA", "", None], ("Ida",)),
        (7, ()),
    ],
)
def test_names(value, names):
    assert fields.names_of(value) == names


def test_words_that_mean_nothing_are_nothing():
    assert [fields.text_of(word) for word in ("null", " N/A ", "", "None", "...")] == [None] * 5
    assert fields.text_of(["tea", 2.0, True]) == "tea, 2, yes"
    assert fields.text_of({"a": 1}) is None
    assert fields.short_text_of("x" * 201) is None


def test_types_and_polarities_of_any_case():
    assert fields.type_of("Preference ") is MemoryType.PREFERENCE
    assert fields.type_of("hobby") is None
    assert fields.polarity_of("NEGATED") == "negated"
    assert fields.polarity_of(["x"]) == "asserted"


@given(ANY)
def test_anything_is_read_without_an_exception(value):
    share = fields.share_of(value)
    assert share is None or 0 <= share <= 1
    for text in (fields.text_of(value), *fields.names_of(value)):
        assert text is None or text.encode()
    fields.whole_of(value), fields.type_of(value), fields.polarity_of(value)
