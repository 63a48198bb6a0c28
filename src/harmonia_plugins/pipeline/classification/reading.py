"""A statement brought into one form, whoever tells it, with the classes of its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from harmonia_plugins.pipeline.classification.lexicon.calendar import ADVERBS
from harmonia_plugins.pipeline.classification.subject import (
    SELF,
    with_implied_subject,
    with_named_subject,
)
from harmonia_plugins.pipeline.classification.tagging import (
    NO_NAME,
    SIGNS,
    classes_of,
)

MOST_CHARACTERS = 1200
"""A statement is a sentence or two; what is longer is judged by its beginning."""
_MOST_TOKEN = 40

_PLAIN = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "—": ",", "–": "-"})
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_TOKEN = re.compile(r"[^\W_]+(?:['.:\-@/+#&][^\W_]+)*(?:\+\+|#)?|[.!?,;:]")

_USER = re.compile(r"\b(?:The user|the user|User|USER)(?P<own>'s)?(?![\w'-])")
_CONTRACTIONS = tuple(
    (re.compile(form, re.IGNORECASE), full)
    for form, full in (
        (r"\bcan't\b|\bcannot\b", "can not"),
        (r"\bwon't\b", "will not"),
        (r"\bain't\b", "am not"),
        (r"(?<=\w)n't\b", " not"),
        (r"\blet's\b", "let us"),
        (r"\b(name|birthday|favou?rite|goal|dream|plan|job|email|number)'s\b", r"\1 is"),
        (r"(?<=\bi)'m\b", " am"),
        (r"(?<=\w)'re\b", " are"),
        (r"(?<=\w)'ve\b", " have"),
        (r"(?<=\w)'ll\b", " will"),
        (r"(?<=\w)'d(?= (?:been|better|had)\b)", " had"),
        (r"(?<=\w)'d\b", " would"),
        (r"\b(it|he|she|that|there|here|what|who|where|how|everything|everyone)'s\b", r"\1 is"),
    )
)
_LONG_FORMS = {
    "gonna": "going to", "wanna": "want to", "gotta": "have got to", "dont": "do not",
    "cant": "can not", "im": "i am", "ive": "i have", "fav": "favourite", "fave": "favourite",
    "doesnt": "does not", "didnt": "did not", "havent": "have not", "hasnt": "has not",
    "isnt": "is not", "arent": "are not", "wasnt": "was not", "werent": "were not",
    "couldnt": "could not", "wouldnt": "would not", "wont": "will not", "thats": "that is",
    "youre": "you are", "shes": "she is", "hes": "he is", "theyre": "they are",
    "tmrw": "tomorrow", "tmr": "tomorrow", "tomoz": "tomorrow", "bday": "birthday",
    "bf": "boyfriend", "gf": "girlfriend", "u": "you", "ur": "your", "plz": "please",
    "pls": "please", "rly": "really", "ppl": "people", "bc": "because", "cuz": "because",
}  # fmt: skip
_SHORT_FORMS = re.compile(rf"\b(?:{'|'.join(_LONG_FORMS)})\b", re.IGNORECASE)
_I_WOULD = re.compile(r"\bid(?= (?:love|like|rather|prefer|say|never)\b)", re.IGNORECASE)

_THIRD = {
    "his": "my", "her": "my", "their": "my", "hers": "mine", "theirs": "mine",
    "himself": "myself", "herself": "myself", "themselves": "myself", "themself": "myself",
    "users": "my",
}  # fmt: skip
_AGREEMENT = {"is": "am", "has": "have", "does": "do", "goes": "go", "were": "was"}
_BEFORE_VERBS = frozenset({"i", "and", ",", "then"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement as its words, with "i" for the person it is about.

    `line` holds every word between spaces, each behind the signs of its classes; `present` has
    the words and, in angle brackets, the classes that occur.
    """

    tokens: tuple[str, ...]
    line: str
    present: frozenset[str]


def read(text: str) -> Reading:
    """Bring a statement into the common form."""
    return _read(text[:MOST_CHARACTERS])


@lru_cache(maxsize=256)
def _read(text: str) -> Reading:
    text = expand(text)
    third = "User" in text or "user" in text or "USER" in text
    if third:
        text, found = _USER.subn(lambda m: "my" if m["own"] else "i", text)
        third = bool(found)
    raw = _TOKEN.findall(text)
    if not third and (raw := with_named_subject(raw)):
        third = raw[0] in ("i|", "my|")
        raw = raw if third else with_implied_subject(raw)
    return _tagged(raw, third)


def expand(text: str) -> str:
    """The beginning of a text in plain marks, contractions in full."""
    text = _PRIVATE.sub("", text[:MOST_CHARACTERS].translate(_PLAIN))
    if "'" in text or "annot" in text:
        for form, full in _CONTRACTIONS:
            text = form.sub(full, text)
    text = _SHORT_FORMS.sub(lambda m: _LONG_FORMS[m[0].lower()], text)
    return _I_WOULD.sub("i would", text)


def _tagged(raw: list[str], third: bool) -> Reading:
    tokens: list[str] = []
    parts: list[str] = []
    present: set[str] = set()
    after_subject = False
    for at, token in enumerate(raw):
        word = token.lower()[:_MOST_TOKEN].rstrip("|")
        if third:
            word = _THIRD.get(word, word)
            word = _agreed(word) if after_subject else word
        after_subject = word in _BEFORE_VERBS or (after_subject and word in ADVERBS)
        found = _classes(raw, at, word)
        tokens.append(word)
        parts.append("".join(SIGNS[name] for name in found) + word)
        present.add(word)
        present.update(f"<{name}>" for name in found)
    if third or not SELF.isdisjoint(present):
        present.add("<self>")
    if third:
        present.add("<third>")
    return Reading(tuple(tokens), f" {' '.join(parts)} ", frozenset(present))


def _classes(raw: list[str], at: int, word: str) -> tuple[str, ...]:
    found = classes_of(word)
    if at and (pair := classes_of(f"{raw[at - 1].lower()}-{word}")) and pair != ("past",):
        found = (*found, *(name for name in pair if name not in found))
    starts = at == 0 or raw[at - 1] in ".!?"
    if not starts and raw[at][0].isupper() and word not in NO_NAME and word != "i":
        found = (*found, "name")
    return found


def _agreed(word: str) -> str:
    """The first-person form of a verb that stands behind "i" by now."""
    if word in _AGREEMENT:
        return _AGREEMENT[word] if word != "were" else word
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return word[:-2]
    return word if word in ADVERBS else word[:-1]
