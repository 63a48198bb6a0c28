"""What is read from everyday statements: subject, attribute, value, and whether it holds still."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.pipeline.slots import canonical, is_functional, slot_of, slots_of

FUNCTIONAL = [
    ("User lives in Porto", "User", "home", "Porto"),
    ("User moved to Porto last spring", "User", "home", "Porto"),
    ("User has relocated to Porto", "User", "home", "Porto"),
    ("User is now based in Porto", "User", "home", "Porto"),
    ("User has settled in Porto", "User", "home", "Porto"),
    ("User works at Kestrel Labs", "User", "employer", "Kestrel Labs"),
    ("User started a new job at Kestrel Labs", "User", "employer", "Kestrel Labs"),
    ("User works as a welder", "User", "job", "welder"),
    ("User became a primary school teacher", "User", "job", "primary school teacher"),
    ("User is 34 years old", "User", "age", "34"),
    ("User turned 40 yesterday", "User", "age", "40"),
    ("User's name is Jo Park", "User", "name", "Jo Park"),
    ("User's sister's name is Ida", "User's sister", "name", "Ida"),
    ("User's favorite colour is lime", "User", "favourite colour", "lime"),
    ("User now drives a van", "User", "car", "van"),
    ("User is vegetarian", "User", "diet", "vegetarian"),
    ("User got married to Kim", "User", "relationship", "married to Kim"),
    ("User is reading Emma", "User", "reading", "Emma"),
    ("User's phone number is 555-0134", "User", "phone number", "555-0134"),
    ("User's new manager is Dr. Holt", "User", "manager", "Dr Holt"),
    ("User has two kids", "User", "number of kid", "two"),
    ("User's sister Ida lives in Bergen", "User's sister Ida", "home", "Bergen"),
    ("Caroline works for a museum", "Caroline", "employer", "museum"),
    ("User's exam was moved from Monday to Friday", "User's exam", "when", "Friday"),
]

ACCUMULATING = [
    ("User is allergic to latex", "User", "allergy", "latex"),
    ("User speaks Danish", "User", "language", "Danish"),
    ("User loves chess", "User", "likes", "chess"),
    ("User plays the oboe", "User", "play", "oboe"),
    ("User has a dog called Biggie", "User", "dog", "Biggie"),
    ("Biggie now loves his yellow ball", "Biggie", "likes", "yellow ball"),
    ("User has a dentist appointment on Friday", "User's dentist appointment", "when", "on Friday"),
]

ENDED = [
    ("User no longer eats meat", "eat", "meat"),
    ("User does not eat meat anymore", "eat", "meat"),
    ("User stopped playing tennis", "play", "tennis"),
    ("User used to live in Rome", "home", "Rome"),
    ("User doesn't have a car anymore", "car", "car"),
    ("User sold the car", "car", "car"),
    ("User gave up coffee", "*", "coffee"),
    ("User quit their job at Kestrel", "employer", "Kestrel"),
    ("User broke up with Sam", "relationship", "Sam"),
    ("User is no longer married", "relationship", "married"),
    ("User owns no dog", "pet", "dog"),
    ("User eats no more meat", "eat", "meat"),
]


@pytest.mark.parametrize(("content", "subject", "attribute", "value"), FUNCTIONAL)
def test_one_value_at_a_time(content: str, subject: str, attribute: str, value: str):
    slot = slot_of(content)
    assert slot is not None
    assert (slot.subject, slot.attribute, slot.value) == (subject, attribute, value)
    assert slot.functional
    assert not slot.negated


@pytest.mark.parametrize(("content", "subject", "attribute", "value"), ACCUMULATING)
def test_what_accumulates(content: str, subject: str, attribute: str, value: str):
    slot = slot_of(content)
    assert slot is not None
    assert (slot.subject, slot.attribute, slot.value) == (subject, attribute, value)
    assert not slot.functional


@pytest.mark.parametrize(("content", "attribute", "value"), ENDED)
def test_what_has_ended(content: str, attribute: str, value: str):
    slot = slot_of(content)
    assert slot is not None
    assert (slot.attribute, slot.value, slot.negated) == (attribute, value, True)


@pytest.mark.parametrize(
    "content",
    ["User keeps No Logo on the shelf", "User eats no meat but chicken", "User likes No Man's Sky",
     "User knows no more than two words of Greek"],
)  # fmt: skip
def test_what_is_not_denied(content: str):
    slot = slot_of(content)
    assert slot is not None
    assert not slot.negated


def test_a_former_time_is_no_present():
    slot = slot_of("User lived in Rome for five years")
    assert slot is not None
    assert slot.past
    assert not slot.functional


@pytest.mark.parametrize(
    ("content", "source", "replaced"),
    [
        ("User moved from Paris to Berlin", None, "Paris"),
        ("User lives in Lyon, not Paris", None, "Paris"),
        ("User lives in Lyon", "Actually I live in Lyon, not Paris.", "Paris"),
        ("User switched from coffee to tea", None, "coffee"),
        ("User lives in Lyon", "I live in Lyon, not only in summer.", None),
    ],
)
def test_what_is_taken_back(content: str, source: str | None, replaced: str | None):
    slot = slot_of(content, source)
    assert slot is not None
    assert slot.replaced == replaced


@pytest.mark.parametrize(
    "content",
    ["", " ", "It's Lyon, not Paris", "User's car is in the garage", "wow", "User", "User's"],
)
def test_without_a_slot(content: str):
    slot = slot_of(content)
    assert slot is None or slot.attribute not in {"car", "home"}


def test_two_clauses_give_two_slots():
    found = {
        (slot.attribute, slot.value) for slot in slots_of("User lives in Bonn and works at Kestrel")
    }
    assert found == {("home", "Bonn"), ("employer", "Kestrel")}


def test_attributes_have_one_name():
    assert canonical("Favorite_Color") == "favourite colour"
    assert canonical("occupation") == "job"
    assert is_functional("Favourite film")
    assert not is_functional("hobby")


@given(st.text(max_size=300))
def test_any_text_passes(text: str):
    slots_of(text)
    slot_of("User " + text, text)
    slot_of("User's " + text, text)


@pytest.mark.parametrize("unit", ["a", " ", "User ", "not, ", "has moved ", "(", "'s ", "x, and "])
def test_long_odd_input_is_quick(unit: str):
    text = "User is " + unit * (1_000_000 // len(unit))
    start = time.perf_counter()
    slot_of(text, text)
    slots_of(text + " ")
    assert time.perf_counter() - start < 2.0
