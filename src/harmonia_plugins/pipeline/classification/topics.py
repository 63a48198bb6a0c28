"""What a statement is about: tags, and categories of a fixed tree."""

from __future__ import annotations

from functools import cache

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification.lexicon import actions, calendar, names
from harmonia_plugins.pipeline.classification.lexicon.inflection import forms, words
from harmonia_plugins.pipeline.classification.reading import Reading, read
from harmonia_plugins.pipeline.classification.tagging import classes_of
from harmonia_plugins.text.words import STOP_WORDS

MOST_TAGS = 6
MOST_CATEGORIES = 3

CATEGORY_SIGNS: dict[str, frozenset[str]] = {
    "identity": words("name birthday born nationality citizenship pronouns age <nation> <faith>"),
    "identity/contact": words("email e-mail phone mobile address postcode number"),
    "identity/character": words("<character>"),
    "family": words("<family>"),
    "family/children": words("""
        son daughter child children kid kids baby toddler newborn twins grandchild grandson
        granddaughter sons daughters
        """),
    "family/partner": words("""
        wife husband partner spouse girlfriend boyfriend fiance fiancee fiancé fiancée married
        engaged divorced wedding anniversary marriage dating
        """),
    "friends": words("friend friends bestie buddy mate mates pal neighbour neighbor roommate"),
    "pets": words("<animal> vet leash"),
    "home": words("<home>"),
    "home/location": words("live lives lived living reside based hometown moved relocated"),
    "work": words("<work>"),
    "work/job": words("<job> job work works worked employed employer company salary career"),
    "work/projects": words("project projects release deploy deadline launch sprint client startup"),
    "work/people": words("boss manager colleague colleagues coworker coworkers team mentor"),
    "education": words("<study>"),
    "education/languages": words(
        "fluent fluently language languages vocabulary bilingual <language>"
    ),
    "health": words("<health> doctor dentist hospital surgery operation therapy therapist sick"),
    "health/allergies": words(
        "allergic allergy allergies intolerant intolerance anaphylaxis epipen"
    ),
    "health/fitness": words("gym workout yoga pilates running marathon fitness training crossfit"),
    "health/mind": words("anxiety depression burnout panic therapist therapy <feelnoun>"),
    "food": words("<food>"),
    "food/diet": words("<diet>"),
    "food/cooking": words("recipe recipes cook cooks cooking bake bakes baking simmer knead"),
    "hobbies": words("hobby hobbies <art>"),
    "hobbies/music": words("<music> <instrument>"),
    "hobbies/sport": words("<sport>"),
    "hobbies/reading": words("book books novel novels author poetry poem read reading kindle"),
    "hobbies/film": words("film films movie movies series cinema netflix documentary sitcom"),
    "hobbies/games": words("game games gaming chess playstation xbox puzzle puzzles console"),
    "travel": words("<travel>"),
    "travel/trips": words("trip trips holiday vacation flight honeymoon cruise safari backpacking"),
    "travel/vehicles": words("<vehicle>"),
    "technology": words("<device> software app apps website"),
    "technology/tools": words("<tool>"),
    "finance": words("<finance>"),
    "events": words("wedding party concert festival funeral graduation ceremony conference"),
    "schedule": words("appointment meeting deadline reservation booking interview"),
    "feelings": words("<feel>"),
    "assistant": frozenset[str](),
    "world": frozenset[str](),
}
"""Every category there is, and the words and classes that speak for it."""

_OF_TYPE = {
    MemoryType.META: "assistant",
    MemoryType.EMOTIONAL: "feelings",
    MemoryType.TEMPORAL: "schedule",
    MemoryType.PERSONAL: "identity",
}
_LAST = {MemoryType.OTHER: "world"}
_GENERAL = words("""
    user one two three lot lots thing things way people person time times bit kind sort would could
    called named name day days week weeks month months year years today tomorrow yesterday morning
    evening afternoon night monday tuesday wednesday thursday friday saturday sunday old new good
    bad big small great nice best better first last next long little many much several every each
    also ago within without since until around about back home-made please yes no not never always
    often currently recently really very quite still already full per via etc around
    """)
_GENERAL_VERBS = frozenset(
    form
    for verb in words("""
        have be do go get make take come like love enjoy hate prefer want need know think say tell
        see use keep give put let feel seem look try start begin become find live work plan hope
        would call name mean ask help show leave turn bring stop spend
        """)
    for form in forms(verb)
) - words("work working works")
_NO_SINGULAR = words("""
    glasses news maths physics mathematics economics gymnastics series species always perhaps gas
    bus christmas tennis swiss diabetes yes is was has this us chess paris athens lens atlas
    pilates politics abs asbestos headquarters ceramics jeans trousers scissors arthritis
    """)


def tags_of(content: str) -> tuple[str, ...]:
    """Return a few lower-case words for what a statement is about, in reading order."""
    found: dict[str, None] = {}
    for word in read(content).tokens:
        if not _is_topical(word):
            continue
        found.setdefault(_lemma(word))
        if len(found) == MOST_TAGS:
            break
    return tuple(found)


def categories_of(content: str, type: MemoryType) -> tuple[str, ...]:
    """Return the categories of a statement, the best first; all are in `CATEGORY_SIGNS`."""
    reading = read(content)
    scores = {path: _score(path, signs, reading) for path, signs in CATEGORY_SIGNS.items()}
    if type in _OF_TYPE:
        scores[_OF_TYPE[type]] += 1.5
    best = sorted((path for path in scores if scores[path] > 0), key=lambda path: -scores[path])
    # A branch says more than its stem: "family/children" stands for "family" too.
    kept = [path for path in best if not any(other.startswith(f"{path}/") for other in best)]
    if not kept and type in _LAST:
        return (_LAST[type],)
    return tuple(kept[:MOST_CATEGORIES])


def _score(path: str, signs: frozenset[str], reading: Reading) -> float:
    hits = len(signs & reading.present)
    return hits + 0.5 * ("/" in path) if hits else 0.0


def _is_topical(word: str) -> bool:
    return (
        len(word) > 2
        and word[0].isalpha()
        and word not in STOP_WORDS
        and word not in _GENERAL
        and word not in _GENERAL_VERBS
        and word not in names.OPENERS
        and word not in calendar.ADVERBS
        and "adv" not in classes_of(word)
        and "'" not in word
    )


@cache
def _bases() -> dict[str, str]:
    return {form: verb for verb in actions.ALL_VERBS for form in forms(verb) if form != verb}


def _lemma(word: str) -> str:
    """The singular of a noun, the base of a verb; -ing forms name a doing and stay."""
    if word.endswith("ing") or word in _NO_SINGULAR:
        return word
    if word in _bases():
        return _bases()[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "toes")):
        return word[:-2]
    return word[:-1]
