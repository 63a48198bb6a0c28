"""Which classes of words each word belongs to, as one private character a class."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from harmonia_plugins.pipeline.classification.lexicon import (
    actions,
    calendar,
    feelings,
    names,
    people,
    things,
)
from harmonia_plugins.pipeline.classification.lexicon.inflection import words

CLASSES = {
    "feel": feelings.FEELING_ADJECTIVES - feelings.SOFT_ADJECTIVES,
    "soft": feelings.SOFT_ADJECTIVES,
    "feelnoun": feelings.FEELING_NOUNS,
    "feelverb": feelings.FEELING_VERBS,
    "moves": feelings.MOVING_VERBS,
    "like": feelings.LIKING,
    "likeword": feelings.LIKING_WORDS,
    "diet": feelings.DIETS,
    "character": feelings.CHARACTER,
    "family": people.FAMILY,
    "social": people.OTHERS,
    "animal": people.ANIMALS,
    "relation": people.RELATIONS,
    "job": people.JOBS,
    "nation": people.NATIONALITIES,
    "language": people.LANGUAGES,
    "faith": people.FAITHS,
    "health": people.HEALTH,
    "doing": actions.DOING,
    "past": actions.PAST,
    "step": actions.PROCEDURE_VERBS,
    "skillverb": actions.SKILL_VERBS,
    "lasting": actions.LASTING_PAST,
    "tellyou": actions.SPEAKING_TO,
    "food": things.FOODS,
    "instrument": things.INSTRUMENTS,
    "vehicle": things.VEHICLES,
    "device": things.DEVICES,
    "home": things.HOME,
    "work": things.WORK,
    "study": things.STUDIES,
    "sport": things.SPORTS,
    "art": things.ARTS,
    "media": things.MEDIA,
    "music": things.MUSIC,
    "travel": things.TRAVEL,
    "finance": things.FINANCE,
    "event": things.EVENTS,
    "appointment": things.APPOINTMENTS,
    "belonging": things.BELONGINGS,
    "tool": things.TOOLS,
    "world": things.WORLD,
    "place": things.PLACES,
    "weekday": calendar.WEEKDAYS,
    "weekdays": calendar.PLURAL_WEEKDAYS,
    "month": calendar.MONTHS,
    "holiday": calendar.HOLIDAYS,
    "unit": calendar.UNITS,
    "adv": calendar.ADVERBS,
    "given": names.GIVEN_NAMES,
    "number": words("""
        one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
        sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
        hundred thousand several few couple many dozen twenty-one twenty-two twenty-five
        """),
    "ordinal": words("""
        first second third fourth fifth sixth seventh eighth ninth tenth last eleventh twelfth
        """),
    "digits": frozenset[str](),
    "year": frozenset[str](),
    "clock": frozenset[str](),
    "name": frozenset[str](),
    "ing": frozenset[str](),
}
"""Class name to its words; the empty ones are told from a word's shape."""

FIRST = 0xE000
SIGNS = {name: chr(FIRST + at) for at, name in enumerate(CLASSES)}
"""Class name to the character that stands for it in a reading."""

NO_NAME = (
    names.OPENERS
    | calendar.WEEKDAYS - {"sun"}
    | calendar.PLURAL_WEEKDAYS
    | calendar.MONTHS
    | calendar.HOLIDAYS
    | people.NATIONALITIES
    | people.LANGUAGES
)
"""Words with a capital that name nobody and nothing in particular."""

_CLOCK = re.compile(
    r"(?:[01]?\d|2[0-3])[:.h][0-5]\d(?:am|pm)?|(?:1[0-2]|0?\d)(?:am|pm)|noon|midnight|o'clock"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_NO_PAST = words("""
    need needed seed speed breed feed indeed hundred naked sacred wicked red bed shed sled unrelated
    supposed based advanced aged gifted limited mixed interested located called named talented
    skilled experienced detailed crowded red-haired
    """)

_NO_ADVERB = words(
    "family lonely friendly lovely ugly silly italy reply supply apply rely daily weekly monthly"
    " yearly elderly lively curly holly molly kelly emily butterfly jelly belly assembly homely"
)
_NO_GERUND = words(
    "thing something anything nothing everything morning evening during spring string bring king"
    " sibling ceiling wedding building darling pudding being interesting amazing"
)


@cache
def _table() -> dict[str, tuple[str, ...]]:
    table: defaultdict[str, list[str]] = defaultdict(list)
    for name, members in CLASSES.items():
        for word in members:
            table[word].append(name)
    for word in [*table]:
        if _is_gerund(word):
            table[word].append("ing")
    return {word: tuple(names) for word, names in table.items()}


def classes_of(word: str) -> tuple[str, ...]:
    """Names of the classes that a lower-case word is in."""
    known = _table().get(word)
    if known is not None:
        return known
    if word[0].isdigit():
        return _shape(word)
    if word.endswith("'s"):
        return ()
    if len(word) > 4 and word.endswith("ed") and word not in _NO_PAST:
        return ("past",)
    if len(word) > 4 and word.endswith("ly") and word not in _NO_ADVERB:
        return ("adv",)
    return ("ing",) if _is_gerund(word) else ()


def _is_gerund(word: str) -> bool:
    return len(word) > 4 and word.endswith("ing") and word not in _NO_GERUND


def is_known(word: str) -> bool:
    """Whether a lower-case word is in any list, so hardly a name nobody knows."""
    return word in _table() or word in names.OPENERS


def _shape(word: str) -> tuple[str, ...]:
    if _YEAR.fullmatch(word):
        return ("year", "digits")
    if _ORDINAL.fullmatch(word):
        return ("ordinal",)
    if _CLOCK.fullmatch(word):
        return ("clock",)
    return ("digits",) if word.isdecimal() else ()
