import pytest

from harmonia_plugins.pipeline.extraction.wishes import as_preference


@pytest.mark.parametrize(
    ("asked", "preferred"),
    [
        ("Please always reply in French.", "I prefer answers in French"),
        ("answer me in German from now on", "I prefer answers in German"),
        ("Please keep your answers brief", "I prefer brief answers"),
        ("don't use emojis please", "I prefer answers without emojis"),
    ],
)
def test_a_wish_about_answers_is_a_preference(asked, preferred):
    assert as_preference(asked) == preferred


@pytest.mark.parametrize(
    "clause",
    [
        "I speak in riddles",
        "reply in French class was fun",
        "keep your answers to yourself",
        "I don't use emojis",
        "write in pencil first and then in ink",
    ],
)
def test_any_other_clause_stays(clause):
    assert as_preference(clause) == clause
