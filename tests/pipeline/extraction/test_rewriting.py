"""First person becomes third: agreement, contractions, possessives, quotations."""

import pytest

from harmonia_plugins.pipeline.extraction.cleaning import clean, expand
from harmonia_plugins.pipeline.extraction.inflection import past_tense, third_person
from harmonia_plugins.pipeline.extraction.rewriting import Speakers, rewrite


def told(text: str, name: str = "User", other: str | None = None) -> str:
    protected = clean(text)
    return protected.restore(rewrite(expand(protected.text), Speakers(name, other)))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I live in Oslo", "User lives in Oslo"),
        ("I am a nurse", "User is a nurse"),
        ("I have two cats", "User has two cats"),
        ("I do yoga", "User does yoga"),
        ("I go swimming", "User goes swimming"),
        ("I study law", "User studies law"),
        ("I play chess", "User plays chess"),
        ("I teach maths", "User teaches maths"),
        ("I fix bikes", "User fixes bikes"),
        ("I was tired", "User was tired"),
        ("I went home", "User went home"),
        ("I moved to Rome", "User moved to Rome"),
        ("I need a bike", "User needs a bike"),
        ("I will move", "User will move"),
        ("I can swim", "User can swim"),
        ("I also really like jazz", "User also likes jazz"),
        ("I no longer eat meat", "User no longer eats meat"),
        ("I usually read novels", "User usually reads novels"),
        ("I read a novel yesterday", "User read a novel yesterday"),
        ("I get up early and run a mile", "User gets up early and runs a mile"),
        ("I want to eat and drink", "User wants to eat and drink"),
        ("I run because I like it", "User runs because User likes it"),
        ("I said I was late", "User said User was late"),
    ],
)
def test_verbs_agree(said: str, expected: str):
    assert told(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I'm happy", "User is happy"),
        ("I’m happy", "User is happy"),
        ("im happy", "User is happy"),
        ("I've moved", "User has moved"),
        ("I'd like tea", "User would like tea"),
        ("I'd been there", "User had been there"),
        ("I'll come", "User will come"),
        ("I don't smoke", "User does not smoke"),
        ("I can't swim", "User cannot swim"),
        ("I won't go", "User will not go"),
        ("I didn't go", "User did not go"),
        ("I wasn't there", "User was not there"),
        ("my sister's a doctor", "User's sister is a doctor"),
        ("my sister's car is red", "User's sister's car is red"),
        ("I'm gonna move", "User is going to move"),
    ],
)
def test_contractions_are_expanded(said: str, expected: str):
    assert told(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("my dog sleeps", "Anna's dog sleeps"),
        ("I love my dog", "Anna loves their dog"),
        ("my dog bit me", "Anna's dog bit Anna"),
        ("it helps me relax", "It helps Anna relax"),
        ("I hurt myself", "Anna hurt themselves"),
        ("the car is mine", "The car is Anna's"),
        ("me and my wife live here", "Anna and their wife live here"),
        ("My wife and I live here", "Anna and their wife live here"),
        ("we live in Rome", "Anna lives in Rome"),
        ("our house is old", "Anna's house is old"),
        ("I saw you yesterday", "Anna saw Ben yesterday"),
        ("I like your car", "Anna likes Ben's car"),
    ],
)
def test_owners_and_objects(said: str, expected: str):
    assert told(said, "Anna", "Ben") == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('I wrote "I love my cat" on it', 'User wrote "I love my cat" on it'),
        ("I said 'I'm done' to him", "User said 'I'm done' to him"),
        ("I read “My Life” in May", "User read “My Life” in May"),
    ],
)
def test_quotations_stay(said: str, expected: str):
    assert told(said) == expected


@pytest.mark.parametrize(
    ("base", "third", "past"),
    [("carry", "carries", "carried"), ("go", "goes", "went"), ("bake", "bakes", "baked"),
     ("stop", "stops", "stopped"), ("buy", "buys", "bought"), ("watch", "watches", "watched")],
)  # fmt: skip
def test_inflection(base: str, third: str, past: str):
    assert (third_person(base), past_tense(base)) == (third, past)
