"""Text to terms: the same for documents and queries, for any Unicode."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.text.analysis import ANALYSIS_VERSION, MAX_TERM, Analyzer

ANALYZER = Analyzer()


def test_english_words_meet_in_their_stem() -> None:
    """Plural, tense and case do not part a question from its answer."""
    assert ANALYZER.terms("Painted FENCES") == ANALYZER.terms("paint fence")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Olga's kite", ["olga", "kite"]),
        ("Olga\u2019s kite", ["olga", "kite"]),
        ("don't", ["dont"]),
        ("l'orage", ["l", "orag"]),
        ("snake_case 3.5", ["snake", "case", "3", "5"]),
        ("caf\u00e9 na\u00efve", ["cafe", "naiv"]),
        ("\uff21\uff22\uff23", ["abc"]),
        ("x\x00y", ["x", "y"]),
        ("\ud800", []),
        ("", []),
    ],
)
def test_terms(text: str, terms: list[str]) -> None:
    """Contractions, accents, compatibility forms, NUL and lone surrogates."""
    assert ANALYZER.terms(text) == terms


def test_accents_of_other_scripts_make_other_letters() -> None:
    """Only Latin letters lose their accents."""
    assert ANALYZER.terms("\u0439") != ANALYZER.terms("\u0438")


def test_indic_words_stay_whole() -> None:
    """Vowel signs are part of a word."""
    assert len(ANALYZER.terms("\u0939\u093f\u0928\u094d\u0926\u0940")) == 1


@pytest.mark.parametrize("text", ["\U0001f389", "\U0001f1eb\U0001f1f7", "\u2764\ufe0f"])
def test_emoji_are_terms(text: str) -> None:
    """A lone emoji can be searched for, and in a sentence it is the same term."""
    (term,) = ANALYZER.terms(text)
    assert term in ANALYZER.terms(f"what a day {text}!")
    assert ANALYZER.query_terms(text) == [term]


def test_skin_tone_is_no_other_emoji() -> None:
    """Thumbs up is thumbs up."""
    assert ANALYZER.terms("\U0001f44d\U0001f3fd") == ANALYZER.terms("\U0001f44d")


_CJK = st.text(
    st.sampled_from("\u6771\u4eac\u5927\u5b66\u306b\u884c\u304f\ud55c\uae00"), min_size=1
)


@given(_CJK, st.data())
def test_any_part_of_an_unspaced_text_is_a_phrase_of_its_terms(
    text: str, data: st.DataObject
) -> None:
    """Characters and pairs, in reading order, so that any substring is found."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    whole, part = ANALYZER.terms(text), ANALYZER.terms(text[start:end])
    assert any(whole[i : i + len(part)] == part for i in range(len(whole)))


def test_scripts_glued_together_are_taken_apart() -> None:
    """A Latin word inside an unspaced run keeps being a word."""
    assert "python" in ANALYZER.terms("\u6211\u7528Python\u5199")


@given(st.text())
def test_any_text_passes(text: str) -> None:
    """No crash, no empty and no overlong term, and the same terms each time."""
    terms = ANALYZER.terms(text)
    assert terms == ANALYZER.terms(text)
    assert all(0 < len(term) <= MAX_TERM for term in terms)
    assert set(ANALYZER.query_terms(text)) <= set(terms)


def test_long_words_are_cut_alike_in_documents_and_queries() -> None:
    """An encoded blob can still be found."""
    blob = "q9" * 400
    assert ANALYZER.terms(blob) == ANALYZER.query_terms(blob) == [blob[:MAX_TERM]]


def test_stop_words_leave_queries_but_not_documents() -> None:
    """Phrase search needs them in documents."""
    assert ANALYZER.query_terms("What is the colour of my kite?") == ["colour", "kite"]
    assert "the" in ANALYZER.terms("the kite")


def test_a_query_of_stop_words_keeps_them() -> None:
    """Better to look for them than for nothing."""
    assert ANALYZER.query_terms("who are you") == ["who", "are", "you"]


def test_query_terms_come_once() -> None:
    """A repeated word does not weigh twice."""
    assert ANALYZER.query_terms("kite, kite, kites") == ["kite"]


def test_the_word_cache_is_bounded() -> None:
    """A stream of new words cannot fill the memory."""
    small = Analyzer(stem=str.upper, cached_words=10)
    for number in range(50):
        assert small.terms(f"w{number} ab") == [f"w{number}", "AB"]


def test_the_version_is_stated() -> None:
    """Indexes record it."""
    assert ANALYSIS_VERSION >= 1
