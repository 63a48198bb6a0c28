"""The words of values and statements, reduced so that other wordings compare equal."""

from __future__ import annotations

import re
from functools import lru_cache

from harmonia_plugins.pipeline.slots.words import ADVERBS, BASE_OF, DIGITS_OF, word_set

_WORD = re.compile(r"[^\W_]+(?:[-.:][^\W_]+)*")
_EMPTY = word_set("""
    a an the his her their its my our your user users user's s some any of to in on at for with and
    or is are was be been has have had do does did that this it he she they who which by from as
    about no not never any more longer anymore so very there up out
    """) | (ADVERBS - {"only"})
_NUMBERS = DIGITS_OF | {"both": "2", "once": "1"}
_SPELLING = {"favorite": "favourite", "color": "colour", "vegetarianism": "vegetarian"} | {
    "subscription": "subscribe", "allergy": "allergic", "allergies": "allergic",
    "children": "child", "kid": "child", "kids": "child",
}  # fmt: skip

_KINDS = {
    "meat": "steak beef pork chicken bacon ham sausage burger lamb turkey duck "
    "salami veal ribs bbq hamburger",
    "alcohol": "beer wine whisky whiskey gin vodka rum cocktail champagne cider prosecco",
    "dairy": "milk cheese yoghurt yogurt butter cream ice-cream",
    "caffeine": "coffee espresso cappuccino latte",
    "coffee": "espresso cappuccino latte americano mocha",
    "football": "five-a-side 5-a-side",
    "fish": "salmon tuna sushi cod trout",
    "gluten": "bread pasta wheat",
    "sugar": "sweets candy cake",
    "animal": "steak beef pork chicken milk cheese egg",
}
KIND_OF: dict[str, frozenset[str]] = {}
"""The more general words that a word falls under: steak is meat."""
for _kind, _members in _KINDS.items():
    for _member in _members.split():
        KIND_OF[_member] = KIND_OF.get(_member, frozenset()) | {_kind}

OPPOSITES: tuple[frozenset[str], ...] = tuple(
    frozenset(pair.split())
    for pair in (
        "love hate", "like hate", "like dislike", "love dislike", "enjoy hate", "open close",
        "single marry",
        "early late", "hot cold", "happy unhappy", "true false", "always never", "vegetarian meat",
        "employed unemployed", "pregnant miscarry", "indoor outdoor", "accept decline",
        "allow forbid",
        "start stop", "cheap expensive", "left-handed right-handed", "full-time part-time",
        "remote onsite",
        "morning evening", "introvert extrovert", "healthy ill", "easy hard", "rent own", "yes no",
    )
)  # fmt: skip


def stem(word: str) -> str:
    """Return the form under which a word is compared."""
    word = _SPELLING.get(word, word)
    if word in _NUMBERS:
        return _NUMBERS[word]
    base = BASE_OF.get(word)
    if base is not None:
        return base
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


@lru_cache(maxsize=16384)
def terms(text: str) -> frozenset[str]:
    """Return the words of a text that carry its meaning."""
    text = text.replace("’", "'").lower().replace("'s ", " ")
    words = (word for word in _WORD.findall(text[:2000]) if word not in _EMPTY)
    return frozenset(stem(word) for word in words)


def covered(general: frozenset[str], special: frozenset[str]) -> bool:
    """Say whether every word of the one is in the other, or is the kind of a word in it."""
    if not general:
        return False
    rest = general - special
    return not rest or all(any(word in KIND_OF.get(s, ()) for s in special) for word in rest)
