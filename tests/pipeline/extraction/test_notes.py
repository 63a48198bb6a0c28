"""What people write in passing: fragments, chat spelling, pets, codes, and what they take back."""

from __future__ import annotations

import pytest

from harmonia_plugins.model import Message, Statement, Window
from harmonia_plugins.pipeline.extraction import EmbeddedExtractor

EXTRACTOR = EmbeddedExtractor()


def extract(*said: str) -> list[Statement]:
    *before, last = (Message("user", text) for text in said)
    return EXTRACTOR.extract(Window(messages=(last,), before=tuple(before)))


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("working the tills at a shop in hull", "User is working the tills at a shop in hull"),
        ("on the tills at a shop in hull", "User is on the tills at a shop in hull"),
        ("off sick with a bad back", "User is off sick with a bad back"),
        ("dentist thursday 4.15, crown", "User has dentist thursday 4.15, crown"),
        ("guitar w ms lowe every tues", "User has guitar with ms lowe every tues"),
        ("Shoe size: 42", "User's shoe size is 42"),
        ("wifi password is moonbeam7", "User's wifi password is moonbeam7"),
        ("the gate code is 9034", "User's gate code is 9034"),
        ("the gym costs 38 a month", "The gym costs 38 a month"),
        ("Nut allergy here, severe.", "User has a nut allergy, severe"),
        ("two kids, Ada (5) and Bo (9)", "User has two kids, Ada, 5, and Bo, 9"),
        ("fave film rn is Amelie", "User's favorite film right now is Amelie"),
        ("my bf hates olives", "User's boyfriend hates olives"),
        ("im scared of heights", "User is scared of heights"),
        ("Pepper is on raw food", "Pepper is on raw food"),
        ("Pepper is allergic to beef", "Pepper is allergic to beef"),
        ("Dad can't eat shellfish", "User's dad cannot eat shellfish"),
        ("We pay 900 euros a month in rent", "User pays 900 euros a month in rent"),
        ("Actually I'm not married.", "User is not married"),
    ],
)
def test_a_note_is_told_whole(said: str, content: str):
    assert [found.content for found in extract(said)] == [content]


@pytest.mark.parametrize(
    "said",
    ["in the evening", "call mum tomorrow at 9", "at least we tried", "back to you"],
)
def test_what_names_no_fact_is_left_alone(said: str):
    assert not extract(said)


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("I'm off to my aunt's in Bath.", "User is off to their aunt's in Bath"),
        (
            "I'm a member at the pool and go three mornings a week",
            "User is a member at the pool and goes three mornings a week",
        ),
        (
            "Our school run is me in the Polo every morning.",
            "User's school run is theirs, in the Polo every morning",
        ),
        ("The four of us share a flat in York.", "Four people including User share a flat in York"),
        ("We met at work in 2012", "User and others met at work in 2012"),
    ],
)
def test_persons_stay_right(said: str, content: str):
    assert [found.content for found in extract(said)] == [content]


def test_a_pronoun_means_the_one_who_was_named():
    found = extract("Our cat Nori only eats tuna", "Nori has gone right off fish. She's on chicken")
    assert [one.content for one in found] == [
        "Nori has gone right off fish",
        "User's cat Nori is on chicken",
    ]


@pytest.mark.parametrize(
    ("before", "said", "content"),
    [
        (
            "I have put my name down for a boat mooring in Hull",
            "Please forget what I said about the boat, silly idea",
            "User has put their name down for a boat mooring in Hull",
        ),
        (
            "I'm lactose intolerant",
            "Ignore the lactose thing, that was a joke",
            "User is lactose intolerant",
        ),
        (
            "I studied law in Vienna for two years",
            "What I told you about Vienna isn't true",
            "User studied law in Vienna for two years",
        ),
        (
            "I have a twin brother named Casper",
            "I made up Casper to see if you'd remember.",
            "User has a twin brother named Casper",
        ),
        (
            "I'm opening a cafe in the old mill",
            "pretend you never heard about the cafe",
            "User is opening a cafe in the old mill",
        ),
    ],
)
def test_what_is_taken_back_is_found_again(before: str, said: str, content: str):
    (found,) = extract(before, said)
    assert (found.content, found.polarity) == (content, "retracted")


@pytest.mark.parametrize("said", ["Remove the second part, please.", "Bin the last idea."])
def test_orders_about_other_things_retract_nothing(said: str):
    assert not extract("I have a dog called Rex", said)


def test_a_contrast_corrects_what_was_said():
    found = extract("I booked a flight to Bergen", "That flight goes to Stavanger, not Bergen")
    assert [(one.content, one.polarity) for one in found] == [
        ("That flight goes to Stavanger", "corrected")
    ]
