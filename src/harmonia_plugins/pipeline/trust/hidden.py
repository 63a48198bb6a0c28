"""Text that a model reads and a person does not see: invisible, turned round or look-alike."""

from __future__ import annotations

import re
import unicodedata

# Characters without a width. Joiners and marks of direction belong to many scripts and to emoji;
# between two Latin letters they only hide something, or keep a filter from reading the word.
_INVISIBLE = "\u200b-\u200d\u2060-\u2064\u206a-\u206f\u180e\ufeff"
_LATIN = "A-Za-z\u00c0-\u024f"
_SPLIT_WORD = re.compile(rf"(?<=[{_LATIN}])[{_INVISIBLE}\u200e\u200f]{{1,40}}(?=[{_LATIN}])")
_MANY_INVISIBLE = re.compile(rf"[{_INVISIBLE}]{{8}}")

# Letters of the tag block spell invisible ASCII; the one honest use is a flag of a region.
_TAGS = re.compile(r"(?<![\U000e0020-\U000e007f\U0001f3f4])[\U000e0001\U000e0020-\U000e007f]")
_FLAG_LETTERS = 7
_LONG_FLAG = re.compile(rf"\U0001f3f4[\U000e0020-\U000e007e]{{{_FLAG_LETTERS}}}")
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3}")

_OVERRIDE = re.compile("[\u202d\u202e]")
_EMBEDDING = re.compile("[\u202a\u202b\u2066-\u2068]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff]")

_DROPPED = re.compile(
    rf"[{_INVISIBLE}\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f"
    r"\U000e0000-\U000e01ef]+"
)
_BREAK = r"\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"
_SPACES = re.compile(rf"[^\S{_BREAK}]+")
_BREAKS = re.compile(rf" ?[{_BREAK}][{_BREAK} ]*")

# Small capitals and the like are Latin letters in any word; Cyrillic and Greek ones only imitate
# Latin where they stand in one word with it.
_SMALL_CAPITALS = str.maketrans(
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f\u1d0d\u0274\u1d0f"
    "\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22\u0261\u0251\u212e\u0131\u2c74",
    "abcdefghijklmnoprstuvwyzgaeiv",
)
_LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u051b\u04bb\u03bf\u03b1"
    "\u03b5\u03b9\u03bd\u03c1",
    "aeopcyxijsdqhoaeivp",
)
_IMITATION = "[\u0370-\u03ff\u0400-\u052f]"
_MIXED_WORD = re.compile(rf"[a-z]+{_IMITATION}[^\W\d_]*|{_IMITATION}+[a-z][^\W\d_]*")
_QUOTES = str.maketrans("\u2018\u2019\u02bc\u201c\u201d\u00ab\u00bb`\u00b4", "'''\"\"\"\"''")


def is_hiding(text: str) -> bool:
    """Whether a text hides some of itself from people."""
    if text.isascii():
        return False
    if any(
        trick.search(text)
        for trick in (_SPLIT_WORD, _MANY_INVISIBLE, _TAGS, _LONG_FLAG, _SELECTORS, _OVERRIDE)
    ):
        return True
    return bool(_EMBEDDING.search(text)) and not _RIGHT_TO_LEFT.search(text)


def folded(text: str) -> str:
    """Return a text as a reader takes it in, for rules to look at: never stored or shown.

    Lower case, compatibility forms and look-alike letters as Latin ones, one kind of quote, one
    space between words, lines kept.
    """
    if not text.isascii():
        text = _DROPPED.sub("", unicodedata.normalize("NFKC", text))
        text = text.lower().translate(_QUOTES).translate(_SMALL_CAPITALS)
        text = _MIXED_WORD.sub(lambda word: word[0].translate(_LOOKALIKES), text)
    else:
        text = text.lower().replace("`", "'")
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip()
