"""What type a statement gets."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification import classify, evidence

OPEN = Path(__file__).parents[3] / "benchmarks" / "understanding" / "types_open.jsonl"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("User's name is Jason Thompson", "personal"),
        ("User works as a software engineer at AWS", "factual"),
        ("User has a dog called Biggie", "relational"),
        ("User has a meeting on 9 May 2023 at 14:00", "temporal"),
        ("Biggie loves his stuffed Costco chicken", "preference"),
    ],
)
def test_plain_examples(content, expected):
    assert classify(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # feelings named outright beat the event that caused them
        ("I'm devastated that we lost the final yesterday", "emotional"),
        ("User was thrilled when she got promoted last week", "emotional"),
        # a fixed date in the future beats the plan
        ("I'm planning to see the lawyer on Monday at 9", "temporal"),
        ("User wants to hand in the essay by 4 June", "temporal"),
        # a relative or pet introduced beats the fact beside it
        ("My brother Otto works for a bank", "relational"),
        ("User has a parrot that lives in the kitchen", "relational"),
        # an event in the past beats the skill or the liking shown by it
        ("I played the cello at a wedding last summer", "episodic"),
        ("User ate wonderful ramen in Osaka two years ago", "episodic"),
        # an instruction to the assistant beats the preference
        ("I prefer it when you answer in short sentences", "meta"),
        ("I'd like you to stop using emojis", "meta"),
    ],
)
def test_ties(content, expected):
    assert classify(content) == expected


@pytest.mark.parametrize(
    ("first", "third"),
    [
        ("I can't stand coriander.", "User can't stand coriander."),
        ("I'm fluent in Dutch.", "The user is fluent in Dutch."),
        ("My sister is a nurse.", "User's sister is a nurse."),
        ("I want to open a bakery one day.", "Caroline wants to open a bakery one day."),
        ("I visited Rome last year.", "Caroline visited Rome last year."),
        ("I feel lonely in this town.", "User feels lonely in this town."),
        ("I live in Ghent.", "Oliver lives in Ghent."),
    ],
)
def test_the_teller_makes_no_difference(first, third):
    assert classify(first) == classify(third)


def test_the_source_decides_what_the_statement_leaves_open():
    assert classify("The usual", "I feel so anxious about the usual") == "emotional"
    assert classify("User's name is Ada", "My name is Ada and I have a dog") == "personal"


def test_evidence_names_the_pattern():
    found = evidence("User has a dog called Biggie")
    assert any(piece.type == "relational" and "called" in piece.pattern for piece in found)


def test_most_of_the_open_set_is_right():
    items = [json.loads(line) for line in OPEN.read_text(encoding="utf-8").splitlines()]
    right = sum(classify(item["text"]) == item["type"] for item in items)
    assert right >= 0.9 * len(items)


@pytest.mark.parametrize("text", ["", " ", "?!", "🦊", "\ue000\ue001", "I", "User", "'s 've n't"])
def test_hardly_any_text(text):
    assert isinstance(classify(text), MemoryType)


def test_other_languages_are_left_alone():
    assert classify("Der Himmel über der Stadt") == "other"
    assert classify("今日は天気がいい") == "other"


@pytest.mark.parametrize(
    "text", ["a " * 500_000, "I am " * 200_000, "," * 1_000_000, "'" * 1_000_000, "Anna" * 250_000]
)
def test_long_text_is_judged_by_its_beginning(text):
    assert classify(text) == classify(text)


@given(st.text(max_size=300), st.none() | st.text(max_size=100))
def test_any_text_has_one_type(content, source):
    kind = classify(content, source)
    assert isinstance(kind, MemoryType)
    assert classify(content, source) is kind


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        # how a thing is done, told to anyone, of no one, or as orders to oneself
        ("You loosen the bolt, lift the wheel out, then change the tube.", "procedural"),
        ("Orders get checked, then packed, then sent out.", "procedural"),
        ("Heat the pan, add the onions, stir in the flour.", "procedural"),
        # dates of things that are not said to be anybody's
        ("Market day is Saturday.", "temporal"),
        ("The lease on the van expires in October.", "temporal"),
        # what happened to things
        ("The boiler broke down three days ago.", "episodic"),
        ("My tent was stolen at the festival.", "episodic"),
        # judging one's own work beats the calling named
        ("I'm a terrible singer", "skill"),
        ("I'm a singer in a hotel bar", "factual"),
        # a talk that is taken up again is no event
        ("As I told you last month, it is the left knee.", "meta"),
        ("I'm unemployed at the moment", "factual"),
        ("My sister is a great cook", "relational"),
    ],
)
def test_subjects_other_than_the_person(content, expected):
    assert classify(content) == expected
