"""Brings a chat message into plain English sentences that the rules can read.

Quoted spans are put out of reach (`Protected`), so that no rule rewrites what somebody else said.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harmonia_plugins.pipeline.extraction.inflection import is_participle
from harmonia_plugins.pipeline.extraction.lexicon import RELATIONS, word_set

_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]{1,300}`", re.DOTALL)
_IMAGE = re.compile(r"\[image: ?[^\]\n]{0,500}\]", re.IGNORECASE)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s]{1,2000}", re.IGNORECASE)
_QUOTE = re.compile(
    r'"[^"\n]{1,300}"|“[^”\n]{1,300}”|«[^»\n]{1,300}»|(?<![\w])\'(?:[^\'\n]|\'(?=\w)){1,200}\'(?!\w)'
)
_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u200d\ufe0f\u20e3]"
    "|(?<=\\s)[:;]-?[)(DPp](?!\\w)"
)
_SPACES = re.compile(r"[^\S\n]+")
_HOLE = re.compile(f"{_OPEN}(\\d{{1,6}}){_CLOSE}")

WORD = re.compile(f"{_OPEN}\\d{{1,6}}{_CLOSE}|[^\\W_]+(?:['-][^\\W_]+)*'?")
"""One word, or the place of a quoted span."""

_SLANG = {
    "gonna": "going to",
    "wanna": "want to",
    "gotta": "have to",
    "cuz": "because",
    "'cause": "because",
    "coz": "because",
    "'em": "them",
    "kinda": "kind of",
    "sorta": "sort of",
    "fave": "favorite",
    "fam": "family",
    "im": "I'm",
    "ive": "I've",
    "dont": "don't",
    "cant": "can't",
    "didnt": "didn't",
    "doesnt": "doesn't",
    "isnt": "isn't",
    "wasnt": "wasn't",
    "wont": "won't",
    "havent": "haven't",
    "thats": "that's",
    "i": "I",
    "u": "you",
    "y'all": "you all",
    "you guys": "you",
    "ya": "you",
    "&": "and",
    "w/": "with",
    "w/o": "without",
    "btw": "by the way",
    "hes": "he's",
    "shes": "she's",
    "youre": "you're",
    "theyre": "they're",
    "weve": "we've",
    "youve": "you've",
    "theyve": "they've",
    "arent": "aren't",
    "werent": "weren't",
    "hasnt": "hasn't",
    "hadnt": "hadn't",
    "couldnt": "couldn't",
    "wouldnt": "wouldn't",
    "shouldnt": "shouldn't",
    "ur": "your",
    "cos": "because",
    "bc": "because",
    "rn": "right now",
    "rly": "really",
    "pls": "please",
    "thx": "thanks",
    "abt": "about",
    "ppl": "people",
    "tmrw": "tomorrow",
    "bday": "birthday",
    "yr": "year",
    "yrs": "years",
    "lil": "little",
    "dunno": "do not know",
    "idk": "I do not know",
    "imma": "I'm going to",
    "tryna": "trying to",
    "luv": "love",
    "b4": "before",
    "bf": "boyfriend",
    "bfs": "boyfriend's",
    "gf": "girlfriend",
    "gfs": "girlfriend's",
    "bestie": "best friend",
    "sis": "sister",
}
_SLANG_WORD = re.compile(
    r"(?<![\w'])(?:" + "|".join(re.escape(word) for word in _SLANG) + r")(?![\w'])", re.IGNORECASE
)
_LOWER_SLANG = {"w": "with", "em": "them"}
"""Short forms that are names or letters where they have a capital."""
_LOWER_SLANG_WORD = re.compile(r"(?<=\s)(?:w|em)(?=\s|[,.;]|$)")
_GOTTA = re.compile(r"(?<=\w)'ve gotta\b", re.IGNORECASE)
_SMALL_I = re.compile(r"(?<![\w'])i(?='(?:m|ve|ll|d)\b)")
_ITS = re.compile(
    r"(?<![\w'])(its)(?= (?:a|an|the|my|our|your|not|been|so|just|only|too|very|all|about|really"
    r"|for|at|in|on|like|called|now|got|from|\d[\w:.]*)\b)",
    re.IGNORECASE,
)
_AFTER_PREPOSITION = re.compile(
    r"\b(?:to|at|from|round|by|in|near|with|of)(?: (?:my|our|his|her|their|the|a|an))?"
    r"(?: \w+)? $",
    re.IGNORECASE,
)
"""What stands before an owner whose house is meant: "I am going to my niece's in Ludlow"."""

_NEGATED = {"can't": "cannot", "won't": "will not", "ain't": "is not", "shan't": "shall not"}
_NOT = re.compile(r"\b(\w+)n't\b", re.IGNORECASE)
_SHORT = re.compile(r"\b([^\W\d_]+)'(m|re|ve|ll|d|s)\b(?: +([^\W_]+))?", re.IGNORECASE)
_FULL = {"m": "am", "re": "are", "ve": "have", "ll": "will"}
_IS_WORDS = word_set("""
    he she it that there what who where here this everything
""")
_AFTER_IS = word_set("""
    a an the been so very really not always my such pretty super still now also just going all
    too quite
""")

_AFTER_HAS = word_set("""
    been got gotten had made gone become happened taken given grown changed helped
""")
_WHERE = word_set("""
    in at from called named back moving getting coming doing going having making feeling
    looking
""")
"""What no owned thing is called: after these `'s` is a verb whatever stands before it."""
_STATES = word_set("""
    vegan vegetarian pregnant sick ill married divorced retired allergic here home okay ok
    from in at called named moving coming working visiting getting
""")


@dataclass(frozen=True, slots=True)
class Protected:
    """A text whose quoted spans are holes, and what stood in them."""

    text: str
    quotes: tuple[str, ...]

    def restore(self, text: str) -> str:
        """Put the quoted spans back where their holes are."""
        return _HOLE.sub(lambda hole: self._quote(int(hole[1])), text)

    def _quote(self, place: int) -> str:
        return self.quotes[place] if place < len(self.quotes) else ""


def clean(text: str) -> Protected:
    """Return the words of a message: no code, links, captions or pictures, plain apostrophes."""
    text = _PRIVATE.sub(" ", text).replace("’", "'").replace("‘", "'").replace("\r", "\n")
    for pattern in (_CODE, _IMAGE, _LINK, _PICTURES):
        text = pattern.sub(" ", text)
    quotes: list[str] = []

    def take(match: re.Match[str]) -> str:
        quotes.append(match[0])
        return f"{_OPEN}{len(quotes) - 1}{_CLOSE}"

    text = _QUOTE.sub(take, text)
    return Protected(_SPACES.sub(" ", text).strip(), tuple(quotes))


def expand(sentence: str) -> str:
    """Write contractions and the commonest short forms out."""
    sentence = _LOWER_SLANG_WORD.sub(lambda match: _LOWER_SLANG[match[0]], sentence)
    sentence = _GOTTA.sub(" have to", sentence)
    sentence = _SLANG_WORD.sub(lambda match: _SLANG[match[0].lower()], sentence)
    sentence = _ITS.sub(lambda match: f"{match[1][:2]}'s", _SMALL_I.sub("I", sentence))
    sentence = _NOT.sub(_negation, sentence)
    return _SHORT.sub(_long, sentence)


def _negation(match: re.Match[str]) -> str:
    whole = match[0].lower()
    full = _NEGATED.get(whole, f"{match[1].lower()} not")
    return full.capitalize() if match[0][0].isupper() else full


def _long(match: re.Match[str]) -> str:
    head, tail, after = match[1], match[2].lower(), match[3]
    following = "" if after is None else f" {after}"
    verb = _FULL.get(tail) or _ambiguous(head.lower(), tail, (after or "").lower())
    if verb and tail == "s" and _is_host(match):
        return match[0]
    return match[0] if verb is None else f"{head} {verb}{following}"


def _is_host(match: re.Match[str]) -> bool:
    """Tell whether a noun with `'s` is where somebody goes or stays: "at my sister's now"."""
    if match[1].lower() in _IS_WORDS:
        return False
    return (
        _AFTER_PREPOSITION.search(match.string[max(0, match.start() - 40) : match.start()])
        is not None
    )


def _ambiguous(head: str, tail: str, after: str) -> str | None:
    """Return what `'d` or `'s` stands for, None where it is a possessive."""
    if tail == "d":
        return "had" if after == "better" or after == "been" or is_participle(after) else "would"
    if head == "let":
        return None
    if after in _AFTER_HAS:
        return "has"
    owner = head == "name" or (head in RELATIONS and after in _STATES)
    found = head in _IS_WORDS or after in _AFTER_IS or after in _WHERE or owner
    return "is" if found else None
