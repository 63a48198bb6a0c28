"""Forms of English verbs: third person, past tense, and what a word looks like."""

from __future__ import annotations

from harmonia_plugins.pipeline.extraction.lexicon import (
    BASE_VERBS,
    ED_BASES,
    IRREGULAR,
    MODALS,
    PARTICIPLES,
    PASTS,
    UNCHANGED,
    word_set,
)

_THIRD = {
    "am": "is",
    "are": "is",
    "were": "was",
    "have": "has",
    "do": "does",
    "go": "goes",
    "don't": "doesn't",
    "haven't": "hasn't",
    "aren't": "isn't",
    "weren't": "wasn't",
}
_FIXED = MODALS | {"is", "was", "has", "had", "does", "did", "been", "used"}
_PRESENT = word_set("""
    bet let become come
""")
"""Verbs like their own past tense that a chat says of the present."""
_VOWELS = "aeiou"
_BASE_OF = {form: base for base, forms in IRREGULAR.items() for form in forms}


def third_person(verb: str) -> str:
    """Return the form of a present-tense verb that agrees with one person spoken of."""
    if verb in _THIRD:
        return _THIRD[verb]
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "s"


def past_tense(verb: str) -> str:
    """Return the simple past of a base form."""
    if verb in IRREGULAR:
        return IRREGULAR[verb][0]
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ied"
    if verb in (
        "stop",
        "plan",
        "shop",
        "jog",
        "chat",
        "drop",
        "hug",
        "trip",
        "skip",
        "step",
        "swap",
    ):
        return verb + verb[-1] + "ed"
    return verb + "ed"


def is_past(word: str) -> bool:
    """Tell whether a word can be a past tense and cannot be a base form."""
    return (
        word in PASTS
        or word.removeprefix("re") in PASTS
        or (word.endswith("ed") and len(word) > 3 and word not in ED_BASES)
    )


def is_participle(word: str) -> bool:
    """Tell whether a word can follow `have`."""
    return word in PARTICIPLES or is_past(word)


def is_fixed(word: str) -> bool:
    """Tell whether a verb looks the same for every single person: past tense or modal."""
    return word in _FIXED or is_past(word) or (word.endswith("n't") and word not in _THIRD)


def is_base(word: str) -> bool:
    """Tell whether a word is a common verb in its base form."""
    return word in BASE_VERBS or word in _THIRD


def is_gerund(word: str) -> bool:
    """Tell whether a word looks like a form in -ing."""
    return len(word) > 4 and word.endswith("ing") and word not in _NOT_GERUNDS


def is_finite(word: str) -> bool:
    """Tell whether a word can head a clause as it stands."""
    if word in _FIXED or word in _THIRD or is_past(word) or word in BASE_VERBS:
        return True
    return word.endswith("n't") or (word.endswith("s") and is_base(third_stem(word)))


def agrees(word: str, *, past_hint: bool) -> str:
    """Return a verb that stood after `I` as it stands after a name."""
    if is_fixed(word) or (word in UNCHANGED and past_hint and word not in _PRESENT):
        return word
    return third_person(word)


def stem(word: str) -> str:
    """Return the base form that a past tense or -ing form most likely belongs to."""
    if word in _BASE_OF:
        return _BASE_OF[word]
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            root = word[: -len(ending)]
            for base in (root, root + "e", root[:-1], root[:-1] + "y"):
                if base in BASE_VERBS:
                    return base
    return word


def third_stem(word: str) -> str:
    """Return the base form that a third-person form belongs to."""
    if word in ("does", "goes"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word[:-1] in BASE_VERBS:
        return word[:-1]
    return word[:-2] if word.endswith("es") else word[:-1]


_NOT_GERUNDS = word_set("""
    thing something anything everything nothing morning evening during king ring spring string
    bring sing wing ceiling sibling wedding building
""")
