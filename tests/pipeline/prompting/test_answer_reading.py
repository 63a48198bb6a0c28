import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import Memory, MemoryType, Message, Window
from harmonia_plugins.pipeline.prompting.portions import portions
from harmonia_plugins.pipeline.prompting.reading import read_answer
from harmonia_plugins.pipeline.prompting.template import CURRENT, find_template

TEMPLATE = find_template(CURRENT)
FULL = {
    "message": 2, "content": "Ida plays the cello", "type": "skill", "polarity": "asserted",
    "subject": "Ida", "attribute": "instrument", "value": "cello", "entities": ["Ida"],
    "confidence": 0.9, "importance": 0.4,
}  # fmt: skip


def portion(*texts, before=()):
    messages = tuple(Message("user", text, name="Ida") for text in texts)
    return portions(Window(messages=messages, before=before), 8)[0]


CHAT = portion("We moved to Ghent. Where do you live?", "Well! I play the cello. And you?")


def read(statements, chat=CHAT):
    return read_answer(json.dumps({"statements": statements}), chat, TEMPLATE)


def test_a_full_statement_has_every_field_and_its_source():
    (statement,) = read([FULL]).statements
    assert statement.content == "Ida plays the cello"
    assert (statement.message, statement.source) == (1, "I play the cello.")
    assert (statement.type, statement.polarity) == (MemoryType.SKILL, "asserted")
    assert (statement.subject, statement.attribute, statement.value) == (
        "Ida",
        "instrument",
        "cello",
    )
    assert (statement.entities, statement.confidence, statement.importance) == (("Ida",), 0.9, 0.4)


def known(*contents):
    day = datetime(2026, 3, 6, tzinfo=UTC)
    return tuple(
        Memory(id=f"m{n}", revision=1, user_id="u", content=content, recorded_at=day)
        for n, content in enumerate(contents, 1)
    )


def test_what_is_replaced_is_told_by_the_number_of_a_known_memory():
    window = Window(messages=(Message("user", "I play the cello now."),),
                    related=known("Ida plays the harp", "Ida has a cat"))  # fmt: skip
    chat = portions(window, 8)[0]
    said = [{"message": 1, "content": "Ida plays the cello", "replaces": [1, "9", 1, True, "x"]}]
    assert read(said, chat).statements[0].replaces == ("m1",)
    said = [{"message": 1, "content": "Ida plays the cello", "replaces": "2"}]
    assert read(said, chat).statements[0].replaces == ("m2",)


def test_what_is_not_told_is_left_open():
    (statement,) = read([{"message": 1, "content": "Ida moved to Ghent"}]).statements
    assert (statement.type, statement.importance, statement.subject) == (None, None, None)
    assert statement.confidence == 0.5


def test_wrong_types_are_coerced_or_left_open():
    odd = FULL | {
        "message": "2", "type": 3, "polarity": None, "subject": ["Ida"], "attribute": {"x": 1},
        "value": 4, "entities": "Ida, Bas", "confidence": "90%", "importance": "very",
    }  # fmt: skip
    (statement,) = read([odd]).statements
    assert (statement.message, statement.type, statement.polarity) == (1, None, "asserted")
    assert (statement.subject, statement.attribute, statement.value) == ("Ida", None, "4")
    assert (statement.entities, statement.confidence, statement.importance) == (
        ("Ida", "Bas"), 0.9, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"message": 2, "content": None}, "no content"),
        ({"message": 2, "content": 7}, "no content"),
        ({"message": 2, "content": " ... "}, "no content"),
        ("!?", "no content"),
        (7, "no content"),
        ({"message": 2, "content": "cello " * 100}, "too long"),
        ({"message": 3, "content": "Ida plays the cello"}, "message out of range"),
        ({"message": 0, "content": "Ida plays the cello"}, "message out of range"),
        ({"message": -1, "content": "Ida plays the cello"}, "message out of range"),
        ({"message": [1], "content": "Ida plays the cello"}, "no message"),
        ({"content": "Bas reads novels"}, "no message"),
        ({"message": 1, "content": "Where does Bas live?"}, "question"),
        ({"message": 1, "content": "Does Bas live in Ghent"}, "question"),
        ({"message": 1, "content": "Ida wants to know where Bas lives"}, "question"),
        ({"message": 1, "content": "Oona gets seasick"}, "leaked example"),
        ({"message": 1, "content": "User sold a sailboat in Tarnwick."}, "leaked example"),
        ({"message": 1, "content": "<the statement>"}, "leaked example"),
        ({"message": 1, "content": "string"}, "leaked example"),
        (FULL, "duplicate"),
        (FULL | {"content": "IDA plays  the cello"}, "duplicate"),
    ],
)
def test_a_bad_statement_is_dropped_alone_and_with_a_reason(bad, reason):
    reading = read([FULL, bad])
    assert [s.content for s in reading.statements] == ["Ida plays the cello"]
    assert reading.dropped == {reason: 1}
    assert reading.usable


@pytest.mark.parametrize(
    "content",
    ["When Ida was ten, she moved to Ghent", "Will is Ida's brother", "Ida asked for a raise",
     "May is Ida's favourite month", "Can factories employ Ida", "Do not call Ida before nine"],
)  # fmt: skip
def test_statements_that_only_begin_like_questions_stay(content):
    assert read([{"message": 1, "content": content}]).statements


def test_fields_of_the_example_are_left_open():
    odd = FULL | {"subject": "Oona", "value": "sailboat", "entities": ["Ida", "Oona"]}
    (statement,) = read([odd]).statements
    assert (statement.subject, statement.attribute, statement.value) == (None, None, None)
    assert statement.entities == ("Ida",)


def test_what_the_example_names_may_also_be_true():
    chat = portion("I get seasick in any sailboat, as in Tarnwick.")
    assert read([{"message": 1, "content": "Ida gets seasick in Tarnwick"}], chat).statements
    friend = portion("Yes, she does.", before=(Message("user", "Does Oona get seasick?"),))
    assert read([{"message": 1, "content": "Oona gets seasick"}], friend).statements


@pytest.mark.parametrize(
    "answer",
    [
        '{"facts": ["Ida plays the cello"]}',
        '["Ida plays the cello"]',
        '{"message": 2, "content": "Ida plays the cello"}',
        '{"statements": {"message": 2, "content": "Ida plays the cello"}}',
        '[{"Message": 2, "Fact": "Ida plays the cello"}]',
        'First: {"message": 2, "content": "Ida plays the cello"} That is all.',
    ],
)
def test_other_shapes_are_understood(answer):
    reading = read_answer(answer, CHAT, TEMPLATE)
    assert [(s.message, s.content) for s in reading.statements] == [(1, "Ida plays the cello")]


@pytest.mark.parametrize("answer", ['{"statements": []}', "[]", "{}", 'None: {"statements": []}.'])
def test_an_answer_may_say_nothing(answer):
    reading = read_answer(answer, CHAT, TEMPLATE)
    assert reading.usable
    assert not reading.statements
    assert not reading.dropped


@pytest.mark.parametrize(
    "answer",
    ["", "There are no facts.", "null", "7", '"Ida plays the cello"', '{"error": "busy"}', "[1, 2]",
     '{"statements": [', '{"statements": [{"message": 1, "content": "Ida pl', "see [1]"],
)  # fmt: skip
def test_an_answer_may_be_unusable(answer):
    reading = read_answer(answer, CHAT, TEMPLATE)
    assert not reading.usable
    assert not reading.statements


def test_a_text_without_spaces_finds_its_message():
    chat = portion("明日は雨です。", "私は大阪に住んでいます。")
    (statement,) = read([{"content": "ユーザーは大阪に住んでいる"}], chat).statements
    assert (statement.message, statement.source) == (1, "私は大阪に住んでいます。")


def test_an_answer_of_endless_statements_takes_no_time():
    chat = portion(*["some words to compare with " * 50] * 8)
    started = time.process_time()
    reading = read([{"message": 1, "content": f"Ida owns {n} cellos"} for n in range(2_000)], chat)
    assert time.process_time() - started < 2
    assert len(reading.statements) + reading.dropped["too many"] == 2_000


@given(st.text(), st.text(min_size=1).filter(str.strip))
def test_any_content_and_any_message_pass(content, text):
    chat = portion(text)
    for statement in read([{"message": 1, "content": content}], chat).statements:
        assert statement.content
        assert statement.message == 0
        assert statement.source in text
