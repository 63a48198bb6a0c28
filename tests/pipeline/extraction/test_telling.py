"""Everyday telling: short facts, fragments, changes, pronouns, remarks, wishes to forget."""

import pytest

from harmonia_plugins.model import Message, Statement, Window
from harmonia_plugins.pipeline.extraction import EmbeddedExtractor


def extract(*said: str) -> list[Statement]:
    messages = tuple(Message("user", text) for text in said)
    return EmbeddedExtractor().extract(Window(messages=messages))


def contents(*said: str) -> list[str]:
    return [found.content for found in extract(*said)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I like fish", "User likes fish"),
        ("We got a puppy", "User got a puppy"),
        ("I'm vegan", "User is vegan"),
        ("I'm 34 years old", "User is 34 years old"),
        ("My dog died", "User's dog died"),
        ("we broke up", "User and others broke up"),
        ("I'd rather have tea than coffee", "User would rather have tea than coffee"),
        ("the puppy is called Bran", "The puppy is called Bran"),
    ],
)
def test_a_plain_fact_is_kept_and_sure_however_short(said: str, expected: str):
    (found,) = extract(said)
    assert found.content == expected
    assert 0.8 <= found.confidence <= 0.95


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("moved to leeds last week", "User moved to leeds last week"),
        ("got a new job at the bakery", "User got a new job at the bakery"),
        ("allergic to peanuts btw", "User is allergic to peanuts"),
        ("dont work at tesco no more", "User does not work at tesco no more"),
        ("finally quit smoking!", "User finally quit smoking"),
    ],
)
def test_a_fragment_is_read_with_its_speaker(said: str, expected: str):
    assert contents(said) == [expected]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("we've swapped the Golf for a Skoda", "User has swapped the Golf for a Skoda"),
        ("turns out the interview is on the 9th", "The interview is on the 9th"),
        ("update - the surgery got pushed to March", "The surgery got pushed to March"),
        ("quick update: I'm now at Globex", "User is now at Globex"),
        ("Tom's in Leeds now", "Tom is in Leeds now"),
        ("Please don't forget that I'm vegan", "User is vegan"),
    ],
)
def test_announcements_of_changes(said: str, expected: str):
    assert contents(said) == [expected]


def test_what_ended_and_what_began_are_two_facts():
    left, began = extract("I quit my job at Initech and started at Globex")
    assert (left.content, left.polarity) == ("User quit their job at Initech", "negated")
    assert (began.content, began.polarity) == ("User started at Globex", "asserted")


def test_facts_of_two_people_are_two_facts():
    assert contents("I work at Acme and my wife works at a school") == [
        "User works at Acme",
        "User's wife works at a school",
    ]


def test_a_person_of_an_earlier_message_is_named():
    assert contents("My son Tom lives in York", "he's in Leeds now") == [
        "User's son Tom lives in York",
        "User's son Tom is in Leeds now",
    ]


def test_a_person_of_the_same_message_is_named():
    assert contents("my boss is called Petra, she's from Poland") == [
        "User's boss is called Petra",
        "User's boss Petra is from Poland",
    ]


@pytest.mark.parametrize(
    "said",
    [
        "My son Tom is 5. My brother Sam is 30. He likes tea.",
        "My sister Ana is a nurse. He likes tea.",
        "She loves tea",
        "They moved to Bristol",
        "it's on the 9th",
    ],
)
def test_who_is_not_known_is_not_told_of(said: str):
    assert not [c for c in contents(said) if "tea" in c or "Bristol" in c or "9th" in c]


def test_a_remark_joins_the_fact_it_is_about():
    assert contents("I ran my first marathon last Sunday! It was so hard.") == [
        "User ran their first marathon last Sunday, and it was so hard"
    ]


def test_one_tale_is_one_statement():
    assert contents("I fell on the stairs but I finished the shift") == [
        "User fell on the stairs but User finished the shift"
    ]


def test_the_same_is_said_once():
    assert contents("I live in Rome near the river. Yes, I live in Rome.") == [
        "User lives in Rome near the river"
    ]


def test_a_run_on_is_cut():
    said = "I went home and I watched a film and my cat was sick and " * 3 + "I called the vet"
    assert all(len(content) < 120 for content in contents(said))


def test_an_introduced_correction_is_told_without_its_introduction():
    (found,) = extract("Correction: my flight leaves on Friday, not Thursday")
    assert (found.content, found.polarity) == ("User's flight leaves on Friday", "corrected")


def test_a_correction_of_a_time():
    found = extract("My meeting is at 2pm", "no wait, it's at 3pm")[-1]
    assert (found.content, found.polarity) == ("User's meeting is at 3pm", "corrected")


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("Please forget that my sister is pregnant", "User's sister is pregnant"),
        ("scrap what I told you about the loft", "User takes back what they said about the loft"),
        ("Forget about the loft thing I told you", "User takes back what they said about the loft"),
        ("Can you forget my address?", "User takes back what they said about their address"),
        (
            "Could you please delete everything about my knee surgery?",
            "User takes back what they said about their knee surgery",
        ),
    ],
)
def test_a_wish_to_forget_names_what(said: str, content: str):
    (found,) = extract(said)
    assert (found.content, found.polarity) == (content, "retracted")


@pytest.mark.parametrize(
    "said",
    ["Delete the file please", "Forget it, let's go on", "I'll never forget that",
     "Don't forget my birthday", "Drop the second paragraph", "Ignore the noise"],
)  # fmt: skip
def test_not_every_forgetting_takes_back(said: str):
    assert not [found for found in extract(said) if found.polarity == "retracted"]
