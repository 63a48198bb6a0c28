"""Tags, categories and importance of statements."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification import (
    CATEGORY_SIGNS,
    categories_of,
    importance_of,
    tags_of,
)
from harmonia_plugins.pipeline.classification.importance import BASE
from harmonia_plugins.pipeline.classification.topics import MOST_CATEGORIES, MOST_TAGS


@pytest.mark.parametrize(
    ("content", "tags"),
    [
        ("User has two dogs", ("dog",)),
        ("User is allergic to peanuts", ("allergic", "peanut")),
        ("User enjoys hiking and old films", ("hiking", "film")),
        ("User is here", ()),
    ],
)
def test_tags(content, tags):
    assert tags_of(content) == tags


@pytest.mark.parametrize(
    ("content", "kind", "category"),
    [
        ("User works as a plumber", MemoryType.FACTUAL, "work/job"),
        ("User has a dog called Rex", MemoryType.RELATIONAL, "pets"),
        ("User's daughter is six", MemoryType.RELATIONAL, "family/children"),
        ("User is married to Tom", MemoryType.RELATIONAL, "family/partner"),
        ("User is allergic to nuts", MemoryType.PERSONAL, "health/allergies"),
        ("User is vegan", MemoryType.PREFERENCE, "food/diet"),
        ("User plays the guitar", MemoryType.SKILL, "hobbies/music"),
        ("User went on a trip to Rome", MemoryType.EPISODIC, "travel/trips"),
        ("User wants short answers", MemoryType.META, "assistant"),
        ("Glaciers melt", MemoryType.OTHER, "world"),
    ],
)
def test_categories(content, kind, category):
    assert category in categories_of(content, kind)


@pytest.mark.parametrize("path", CATEGORY_SIGNS)
def test_a_branch_has_its_stem_in_the_tree(path):
    assert path.partition("/")[0] in {p.partition("/")[0] for p in CATEGORY_SIGNS}
    assert path == path.lower()


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ("User is severely allergic to nuts", "User likes nuts"),
        ("User's mother died", "User had a sandwich today"),
        ("User's name is Ada", "User has a desk"),
        ("User has a court hearing on 3 May", "User plays chess on Sundays"),
        ("User is married to Tom", "User has a colleague"),
        ("User got divorced last year", "User saw a film last year"),
        ("User has diabetes", "User is tall"),
    ],
)
def test_what_matters_more(more, less):
    from harmonia_plugins.pipeline.classification import classify

    assert importance_of(more, classify(more)) > importance_of(less, classify(less))


def test_what_is_said_again_matters_more():
    once = importance_of("User likes tea", MemoryType.PREFERENCE)
    assert importance_of("User likes tea", MemoryType.PREFERENCE, mentions=4) > once


def test_health_that_is_denied_is_no_alarm():
    denied = importance_of("User has no allergies", MemoryType.PERSONAL)
    assert denied < importance_of("User has allergies", MemoryType.PERSONAL)


def test_every_type_has_a_base():
    assert set(BASE) == set(MemoryType)


@given(st.text(max_size=300), st.sampled_from(MemoryType), st.integers(-3, 100))
def test_any_text(content, kind, mentions):
    tags = tags_of(content)
    assert tags == tags_of(content)
    assert len(tags) <= MOST_TAGS
    assert len(set(tags)) == len(tags)
    paths = categories_of(content, kind)
    assert set(paths) <= set(CATEGORY_SIGNS)
    assert len(paths) <= MOST_CATEGORIES
    assert 0 <= importance_of(content, kind, mentions=mentions) <= 1
