"""What the embedded extractor states, when it stays silent, and that nothing upsets it."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonia_plugins.model import Memory, Message, Statement, Window
from harmonia_plugins.pipeline.extraction import EmbeddedExtractor
from harmonia_plugins.ports import Extractor, SystemClock


def extract(
    *said: str, name: str | None = None, asked: str = "", known: str = ""
) -> list[Statement]:
    before = (Message("assistant", asked),) if asked else ()
    now = SystemClock().now()
    memories = (Memory(id="1", revision=1, user_id="u", content=known, recorded_at=now),)
    return EmbeddedExtractor().extract(
        Window(
            messages=tuple(Message("user", text, name=name) for text in said),
            before=before,
            known=memories if known else (),
        )
    )


def contents(*said: str, name: str | None = None, asked: str = "") -> list[str]:
    return [found.content for found in extract(*said, name=name, asked=asked)]


def test_fits_the_port():
    assert isinstance(EmbeddedExtractor(), Extractor)
    assert EmbeddedExtractor().name


def test_every_fact_is_a_statement_of_its_own():
    assert contents(
        "My name is Jason Thompson and I work as a software engineer at AWS. "
        "I have a dog called Biggie."
    ) == [
        "User's name is Jason Thompson",
        "User works as a software engineer at AWS",
        "User has a dog called Biggie",
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("I have a meeting tomorrow at 2pm", ["User has a meeting tomorrow at 2pm"]),
        ("Biggie now loves his yellow ball", ["Biggie now loves his yellow ball"]),
        ("Did I tell you I got a puppy called Rex?", ["User got a puppy called Rex"]),
        ("Hi there! I'm a nurse from Leeds.", ["User is a nurse from Leeds"]),
        ("I have two kids and work as a nurse", ["User has two kids", "User works as a nurse"]),
        ("I have two cats, what should I feed them?", ["User has two cats"]),
        ("Since I'm allergic to nuts, what can I eat?", ["User is allergic to nuts"]),
        ("Please remember that I'm allergic to nuts", ["User is allergic to nuts"]),
        ("Can you recommend a place? My wife's vegan", ["User's wife is vegan"]),
        (
            "Just got back from a long trip to Spain!",
            ["User just got back from a long trip to Spain"],
        ),
        ("It's my birthday today", ["It is User's birthday today"]),
        ("Dr. Smith is my dentist", ["Dr. Smith is User's dentist"]),
    ],
)
def test_facts(said: str, expected: list[str]):
    assert contents(said) == expected


def test_the_speaker_is_named():
    assert contents("I went to my first concert yesterday", name="Caroline") == [
        "Caroline went to their first concert yesterday"
    ]
    assert contents("My dog is called Rex", name="Caroline") == ["Caroline's dog is called Rex"]


@pytest.mark.parametrize(
    "said",
    [
        "", " ", "?", "...", "ok", "Hi!", "How are you?", "Good night!", "Thanks so much!", "lol",
        "That's awesome!", "Wow, congrats!", "What's the capital of France?", "Take care!",
        "Write me a poem about spring", "Tell me about Rome", "Please explain closures",
        "If I won the lottery I would buy a boat", "I wish I was taller", "Can you help me?",
        "What if I moved to Rome?", "I have a question about Python", "You are so kind!",
        "Let's go!", "I don't know", "```\nI = 1\n```", "https://example.com/I-live", "😀😀",
    ],
)  # fmt: skip
def test_small_talk_gives_nothing(said: str):
    assert contents(said) == []


@pytest.mark.parametrize("role", ["assistant", "system", "tool", "AI"])
def test_only_the_user_is_learned_from(role: str):
    window = Window(messages=(Message(role, "I live in Paris with my two dogs."),))
    assert EmbeddedExtractor().extract(window) == []


@pytest.mark.parametrize(
    ("asked", "said", "expected"),
    [
        ("Where do you live?", "In Lyon", "User lives in Lyon"),
        ("Where do you live?", "Lyon", "User lives in Lyon"),
        ("Do you go running?", "Yes, every morning", "User goes running every morning"),
        ("Are you married?", "Yes!", "User is married"),
        ("Do you smoke?", "No", "User does not smoke"),
        ("How long have you been married?", "5 years", "User has been married for 5 years"),
        ("What did you buy?", "A red bike", "User bought a red bike"),
        ("Which team did you join?", "The Wolves", "User joined the Wolves"),
        ("What do you do for a living?", "Software engineer", "User works as a software engineer"),
        ("What kind of dog do you have?", "A poodle", "User has a poodle"),
        ("What's your favourite food?", "Pasta", "User's favourite food is Pasta"),
    ],
)
def test_answers_are_read_with_their_question(asked: str, said: str, expected: str):
    assert contents(said, asked=asked) == [expected]


@pytest.mark.parametrize(
    ("said", "content"),
    [
        ("I no longer eat meat", "User no longer eats meat"),
        ("I don't have a car anymore", "User does not have a car anymore"),
        ("I stopped smoking", "User stopped smoking"),
    ],
)
def test_what_ended_is_negated(said: str, content: str):
    (found,) = extract(said)
    assert (found.content, found.polarity) == (content, "negated")


@pytest.mark.parametrize(
    "said", ["I never gave up chess with my uncle", "I have not stopped running in May"]
)
def test_what_did_not_end_is_not_negated(said: str):
    assert [found.polarity for found in extract(said)] == ["asserted"]


def test_the_subject_left_out_is_not_always_the_speaker():
    found = contents("My sister was kind. Taught me to ride a bike in 1999.")
    assert not any(content.startswith("User taught") for content in found)


def test_a_plain_no_is_no_ending():
    (found,) = extract("I don't like coriander")
    assert (found.content, found.polarity) == ("User does not like coriander", "asserted")


@pytest.mark.parametrize(
    ("first", "then", "content"),
    [
        ("I live in Paris.", "actually, it's Lyon, not Paris", "User lives in Lyon"),
        ("I have a meeting on Monday", "sorry, I meant Tuesday", "User has a meeting on Tuesday"),
        ("I live in Paris.", "Actually, I live in Lyon, not Paris", "User lives in Lyon"),
    ],
)
def test_corrections_replace_the_slip(first: str, then: str, content: str):
    found = extract(first, then)[-1]
    assert (found.content, found.polarity, found.message) == (content, "corrected", 1)


def test_a_correction_finds_a_known_memory():
    (found,) = extract("sorry, it's Lyon, not Paris", known="User lives in Paris")
    assert (found.content, found.polarity) == ("User lives in Lyon", "corrected")


def test_a_correction_of_nothing_known_gives_nothing():
    assert contents("actually, it's Lyon, not Paris") == []


def test_what_shall_be_forgotten_is_retracted():
    (found,) = extract(
        "forget what I said about the allotment", known="User grows beans in an allotment"
    )
    assert (found.content, found.polarity) == ("User grows beans in an allotment", "retracted")
    (found,) = extract("forget what I said about the allotment")
    assert found.polarity == "retracted"
    assert "allotment" in found.content


def test_a_pronoun_is_resolved_only_if_one_thing_can_be_meant():
    assert "User's sister lives in Rome" in contents("Anna is my sister and she lives in Rome")


def test_hedges_lower_confidence():
    (sure,) = extract("I'm moving to Spain with my wife in June")
    (hedged,) = extract("Maybe I'm moving to Spain with my wife in June")
    assert hedged.confidence <= 0.5 < 0.8 <= sure.confidence


@pytest.mark.parametrize(
    "said",
    [
        "Hola, me llamo Ana y vivo en Madrid", "Je m'appelle Luc et j'habite à Paris",
        "Ich wohne in Berlin und arbeite als Lehrerin", "我住在北京，我喜欢猫。",
        "Меня зовут Иван, я живу в Москве", "私は東京に住んでいます。",
    ],
)  # fmt: skip
def test_other_languages_stay_verbatim(said: str):
    (found,) = extract(said)
    assert found.content == said
    assert found.confidence < 0.5


@pytest.mark.parametrize(
    "said", ["¿Dónde vives?", "Wie geht es dir?", "Hola!", "你好吗？", "Merci !"]
)
def test_small_talk_in_other_languages_gives_nothing(said: str):
    assert contents(said) == []


def test_captions_are_not_taken_for_words():
    assert contents("Look at this! [image: I live in a big house in Rome]") == []


WORDS = (
    "I I'm my me we our you dog cat live work love and but because so if when Paris 2019 'I \" “ ” "
    "was have been not never , . ? ! - — ; ( ) called Rex it she they actually forget sorry that "
    "\n don't i’m myself mine us wife and's I'd"
)
TEXTS = st.one_of(
    st.text(max_size=200), st.lists(st.sampled_from(WORDS.split(" ")), max_size=40).map(" ".join)
)


@settings(max_examples=300, deadline=None)
@given(TEXTS, TEXTS, st.sampled_from([None, "Ana", "O'Neil"]))
def test_never_fails_and_never_changes_its_mind(text: str, before: str, name: str | None):
    window = Window(messages=(Message("user", text, name=name),), before=(Message("user", before),))
    found = EmbeddedExtractor().extract(window)
    assert found == EmbeddedExtractor().extract(window)
    for statement in found:
        assert statement.content.strip()
        assert statement.message == 0
        assert 0 <= statement.confidence <= 1


PLAIN = "I am my dog loves me we live in Rome and work because it helps us but I'm with mine"
SENTENCE = st.lists(st.sampled_from(PLAIN.split(" ")), min_size=3, max_size=20).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(SENTENCE)
def test_no_first_person_is_left(text: str):
    for content in contents(text):
        assert not re.search(r"(?<![\w'])(?:I|me|my|myself|mine)(?![\w'])", content)


@pytest.mark.parametrize(
    "piece",
    ["a", "I ", "I have a dog. ", "I have a dog and ", '"', "'", "- ", "( ", "I'm ", "my ", "so, ",
     "not ", "forget ", "thanks, ", "?", "\n", "```", "[image: ", "ünï ", "我", ", I live", "A. "],
)  # fmt: skip
def test_long_odd_input_takes_linear_time(piece: str):
    text = (piece * (300_000 // len(piece) + 1))[:300_000]
    begin = time.process_time()
    contents(text, text[:100])
    assert time.process_time() - begin < 30
