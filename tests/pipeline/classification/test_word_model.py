"""What the words of a statement suggest."""

from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification.word_model import suggestions


def likeliest(text: str) -> MemoryType:
    found = suggestions(text.split())
    return max(found, key=lambda kind: found[kind])


def test_words_suggest_a_type():
    assert likeliest("my favourite") == "preference"
    assert likeliest("please answer") == "meta"
    assert likeliest("appointment tomorrow") == "temporal"
    assert likeliest("i feel afraid") == "emotional"


def test_unknown_words_suggest_nothing():
    assert suggestions([]) == {}
    assert suggestions(["zzyzx", "", "今日は"]) == {}


@given(st.lists(st.sampled_from(["i", "the", "love", "speak", "when", "should"]), min_size=1))
def test_one_type_is_ahead_and_order_makes_no_difference(words):
    found = suggestions(words)
    assert set(found) == set(MemoryType)
    assert max(found.values()) == 0
    assert suggestions(words[::-1] + words) == found
