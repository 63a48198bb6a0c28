"""Names in a statement: people, pets, places, organisations, products."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harmonia_plugins.pipeline.classification.lexicon.inflection import words
from harmonia_plugins.pipeline.classification.lexicon.names import GIVEN_NAMES, OPENERS, TITLES
from harmonia_plugins.pipeline.classification.lexicon.things import PLACES
from harmonia_plugins.pipeline.classification.tagging import NO_NAME, classes_of, is_known

MOST_ENTITIES = 12
MOST_CHARACTERS = 4000
_LONGEST = 5

_TOKEN = re.compile(r"[^\W_]+(?:['’&.\-+][^\W_]+)*|[.!?:;,\"“”()\n]")
_GIVEN = re.compile(
    r"\b(?:called|named|nicknamed)\s+[\"'“‘]?([^\W\d_][\w'’-]{1,30})", re.IGNORECASE
)
_OWNER = re.compile(r"['’][sS]$")
_INSIDE = words("of the de la le von van der den del da di du bin al y")
_ENDS = frozenset('.!?:\n"“”')
# A name in the middle of a sentence may be one of these; at its beginning they are plain words.
_NO_ENTITY = words("""
    i user users i'm i've i'll i'd ok okay tv pc am pm ai diy gmt utc est pst phd mba bsc msc ba ma
    ceo cto cfo hr it lol omg btw fyi adhd ptsd ocd mot gpu cpu usb pdf url id faq asap dob mum mom
    dad mama papa grandma grandpa granny nana auntie uncle aunt mr mrs ms dr prof god a an the and
    or but not no yes so my his her our their in on at to for with from led lcd suv bbq rsvp
    """)
_UNNAMED = words("a an the after for by as it him her them my his our their no not what that this")


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    starts: bool

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() or any(char.isupper() for char in self.text[1:])


def entities_of(content: str) -> tuple[str, ...]:
    """Return the names in a statement, as they are written, each once, in reading order."""
    text = content[:MOST_CHARACTERS]
    found: dict[str, str] = {}
    if not _shouted(text):
        tokens = _tokens(text)
        inside = {token.low for token in tokens if token.capital and not token.starts}
        for name in _runs(tokens, inside):
            found.setdefault(name.lower(), name)
    for match in _GIVEN.finditer(text):
        name = _OWNER.sub("", match[1].rstrip("'’-"))
        low = name.lower()
        if low and low not in _UNNAMED and not any(low in key.split() for key in found):
            found.setdefault(low, name)
    return tuple(found.values())[:MOST_ENTITIES]


def _shouted(text: str) -> bool:
    letters = [char for char in text if char.isalpha()]
    return len(letters) > 8 and sum(char.isupper() for char in letters) > 0.6 * len(letters)


def _tokens(text: str) -> list[_Token]:
    starts = True
    found: list[_Token] = []
    for match in _TOKEN.finditer(text):
        word = match[0]
        found.append(_Token(word, starts))
        starts = word in _ENDS
    return found


def _runs(tokens: list[_Token], inside: set[str]) -> list[str]:
    """Neighbouring words with capitals, "of" and the like between them included."""
    found: list[str] = []
    at = 0
    while at < len(tokens):
        if not _opens(tokens, at, inside):
            at += 1
            continue
        end = at + 1
        while end < len(tokens) and end - at < _LONGEST and not _OWNER.search(tokens[end - 1].text):
            step = _continues(tokens, end)
            if not step:
                break
            end += step
        found.append(_OWNER.sub("", " ".join(token.text for token in tokens[at:end])))
        at = end
    return [name for name in found if name.lower() not in TITLES]


def _continues(tokens: list[_Token], at: int) -> int:
    """How many tokens from here on belong to the name before."""
    if _names(tokens[at]):
        return 1
    between = at + 1 < len(tokens) and tokens[at].low in _INSIDE and tokens[at].low != "the"
    return 2 if between and _names(tokens[at + 1]) and tokens[at].text.islower() else 0


def _names(token: _Token) -> bool:
    low = _OWNER.sub("", token.low)
    return (
        token.capital and token.text[0].isalpha() and low not in NO_NAME - TITLES
        and low not in _NO_ENTITY
    )  # fmt: skip


def _opens(tokens: list[_Token], at: int, inside: set[str]) -> bool:
    token = tokens[at]
    follows = tokens[at + 1] if at + 1 < len(tokens) else None
    if token.low.rstrip(".") in TITLES and token.capital:
        return follows is not None and _names(follows)
    if not _names(token):
        return False
    if not token.starts:
        return True
    low = _OWNER.sub("", token.low)
    if low in GIVEN_NAMES or low in PLACES or low in inside:
        return low not in OPENERS
    if low in OPENERS or is_known(low) or low.endswith(("ing", "ly")):
        return False
    if any(char.isupper() for char in token.text[1:]):
        return True
    return follows is not None and _told_of(token, follows)


def _told_of(token: _Token, follows: _Token) -> bool:
    """Whether what follows a sentence's first word shows that the word is a name."""
    if _OWNER.search(token.text) or _names(follows):
        return True
    if token.low.endswith("s") or token.low.endswith("ed"):
        return False
    kinds = classes_of(follows.low)
    verb = follows.low in ("is", "was", "has", "had", "does", "will", "and", "can", "did", "just")
    return verb or "past" in kinds or (follows.low.endswith("s") and len(follows.low) > 3)
