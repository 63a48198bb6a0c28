"""Statements that leave out who is spoken of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.pipeline.classification import classify
from harmonia_plugins.pipeline.classification.reading import read
from harmonia_plugins.pipeline.classification.subject import with_implied_subject


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("Saving up for a tent", ("i", "am", "saving")),
        ("honestly so relieved it went well", ("honestly", "i", "am", "so", "relieved")),
        ("Gave a speech at the town hall", ("i", "gave")),
        ("Never learned to ski", ("i", "never", "learned")),
        ("Can't stand olives", ("i", "can", "not", "stand")),
        ("Mum works at the post office", ("my", "mum")),
        ("Allergic to bees", ("i", "am", "allergic")),
    ],
)
def test_i_is_put_in(text, beginning):
    assert read(text).tokens[: len(beginning)] == beginning


@pytest.mark.parametrize(
    "text",
    [
        "Looking after old bikes is a business.",
        "Fried rice is cheap",
        "Keep your answers short.",
        "Love your answers",
        "Happy people live longer",
        "The shop closed",
    ],
)
def test_other_subjects_are_left_alone(text):
    assert "i" not in read(text).tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("saving up for a kayak", "goal"),
        ("feeling really low since sunday", "emotional"),
        ("Went to see my old school in Bath last autumn.", "episodic"),
        ("Dad and I don't talk any more.", "relational"),
        ("id rather walk than wait for a bus", "preference"),
        ("doctor tmrw at 9:30", "temporal"),
    ],
)
def test_chat_style(text, expected):
    assert classify(text) == expected


@given(st.lists(st.text(min_size=1, max_size=8), max_size=12))
def test_no_word_is_lost(raw):
    found = with_implied_subject(raw)
    assert [w for w in raw if w in found] == raw
    assert len(found) - len(raw) in (0, 1, 2)
