import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.pipeline.prompting.salvage import read_values

GOOD = {"message": 1, "content": "Ida plays the cello"}
TWO = {"statements": [GOOD, {"message": 2, "content": "Ida lives in Ghent"}]}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_clean_json_is_itself():
    found = read_values(json.dumps(TWO))
    assert found.values == (TWO,)
    assert found.clean
    assert not found.cut
    assert not found.broken


@pytest.mark.parametrize(
    "text",
    [
        f"Sure! Here you are:\n```json\n{json.dumps(TWO)}\n```\nAnything else?",
        f'He said "fine [sic]" and {{maybe}}. {json.dumps(TWO)}',
        json.dumps(TWO).replace("}", ",}").replace("]", ",]"),
        json.dumps(TWO).replace('"', "'"),
        json.dumps(TWO).replace('"message"', "message"),
        json.dumps(TWO, indent=2).replace("},\n", "}\n"),
        f'<think>Is it {{"statements": []}}? Hmm.</think>{json.dumps(TWO)}',
    ],
    ids=["fence", "prose", "commas", "quotes", "keys", "no comma", "thoughts"],
)
def test_what_small_models_do_to_json_is_undone(text):
    found = read_values(text)
    assert found.values == (TWO,)
    assert not found.cut
    assert not found.broken


def test_an_answer_that_was_cut_keeps_its_complete_statements():
    text = json.dumps(TWO)
    inside = text.index("Ghent")
    found = read_values(text[:inside])
    assert found.cut
    assert found.values == ({"statements": [GOOD]},)
    assert read_values(text[:-1]).values == (TWO,)
    assert read_values(text[:-2]).values == (TWO,)


def test_one_object_that_was_cut_is_not_kept():
    text = json.dumps({**GOOD, "entities": ["Ida"], "confidence": 0.25})
    for end in range(1, len(text)):
        found = read_values(text[:end])
        assert found.cut
        assert not any("content" in value for value in found.values)


def test_a_broken_statement_costs_only_itself():
    text = json.dumps({"statements": [GOOD, {"content": "SPOILT"}, GOOD]})
    found = read_values(text.replace("SPOILT", 'he said "no" to it'))
    assert found.broken == 1
    assert found.values == ({"statements": [GOOD]}, GOOD)


def test_text_with_its_escapes_comes_back():
    text = '{"a": "tab\\tquote\\" \\u00e9 \\ud83d\\ude00 \\x raw\nline",}'
    assert read_values(text).values == ({"a": 'tab\tquote" \u00e9 \U0001f600 x raw\nline'},)


@given(JSON)
def test_whatever_json_there_is_survives_prose_around_it(value):
    found = read_values(f"Well: {json.dumps([value])} so.")
    assert found.values == ([value],)


@given(st.text(alphabet="{}[]\":,\\ 'abz01.-e\n", max_size=80))
def test_any_text_is_read_without_an_exception(text):
    read_values(text)


@given(st.text())
def test_any_unicode_is_read_without_an_exception(text):
    read_values(text + "{" + text)


@given(st.integers(0, 400))
def test_a_cut_never_invents(end):
    kept = [
        statement
        for value in read_values(json.dumps(TWO)[:end]).values
        for statement in (value if isinstance(value, list) else value.get("statements", []))
    ]
    assert kept == TWO["statements"][: len(kept)]


@pytest.mark.parametrize(
    "unit", ["{", "[", '{"a":', "[[", '"', "\\", '{"a":1,', "[1,", "{'", "<think>", '[{"a":"b"},']
)
def test_a_megabyte_of_odd_input_takes_no_time(unit):
    started = time.process_time()
    read_values(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 2
