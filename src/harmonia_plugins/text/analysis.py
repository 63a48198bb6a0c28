"""Text to index terms, the same for every lexical index.

Documents keep their stop words, because phrase search needs them; queries drop
them.  Keeping them doubles the length of rows and moved no figure of recall by a
point, measured on seven conversations.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

from harmonia_plugins.text.words import STOP_WORDS

ANALYSIS_VERSION = 1
"""Raise when any text may give other terms than before: indexes are rebuilt."""

MAX_TERM = 100
"""Longer words (encoded blobs) are cut here, in documents and queries alike."""

_CACHED_WORDS = 100_000
"""Bound of the word cache; about 15 MB when full, emptied then."""

# A word with its English contraction is one unit: "don't" -> "dont", "Ann's" -> "ann".
_CONTRACTION = r"(?:'(?:s|m|re|ve|ll|d|t)(?![a-z0-9]))?"
_ASCII_WORDS = re.compile(rf"[a-z0-9]+{_CONTRACTION}")

# Scripts written without spaces, or (Hangul) with particles glued on: every
# character and every pair of neighbours is a term, so any substring is found.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff"
    "\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_RUNS = re.compile(rf"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_HAS_UNSPACED = re.compile(rf"[{_UNSPACED}]")

# Pictographs; skin tones, joiners and variation selectors carry no meaning to search for.
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_PICTOGRAPH = (
    "[\u2190-\u23ff\u2460-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)

Stemmer = Callable[[str], str]


@cache
def _all_words() -> re.Pattern[str]:
    r"""Words of any script; `\w` alone would break Indic and Arabic words at their marks."""
    marks = "".join(
        re.escape(c) for c in map(chr, range(0x300, 0x20D0)) if unicodedata.category(c)[0] == "M"
    )
    return re.compile(rf"[\w{marks}]+{_CONTRACTION}|{_FLAG}|{_PICTOGRAPH}")


@cache
def english_stemmer() -> Stemmer:
    """Snowball English, from the library that also holds the large indexes."""
    from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

    raw = TextAnalyzerBuilder(Tokenizer.raw())
    analyzer = raw.filter(Filter.stemmer("english")).build()

    def stem(word: str) -> str:
        found = analyzer.analyze(word)
        return found[0] if found else word

    return stem


def _fold_accents(word: str) -> str:
    """Take accents off Latin letters only: elsewhere a mark makes another letter."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFD", word):
        if not (unicodedata.combining(char) and kept and kept[-1] < "\x80"):
            kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _grams(run: str) -> Iterator[str]:
    """Characters and pairs in reading order, so that a substring is a phrase of terms."""
    for i, char in enumerate(run):
        yield char
        if i + 1 < len(run):
            yield run[i : i + 2]


def _plain(word: str) -> str:
    """A word as its term before stemming."""
    head, apostrophe, tail = word.partition("'")
    if apostrophe:
        word = f"{head}t" if tail == "t" else head
    if not word.isascii():
        word = _fold_accents(word)
    return word[:MAX_TERM]


class _Words(dict[str, str]):
    """Word to term, filled on demand: stemming costs 0.5 us, a look-up 0.05."""

    def __init__(self, stem: Stemmer, most: int) -> None:
        super().__init__()
        self._stem = stem
        self._most = most

    def __missing__(self, word: str) -> str:
        if len(self) >= self._most:
            self.clear()
        term = self[word] = self._term(word)
        return term

    def _term(self, word: str) -> str:
        word = _plain(word)
        return self._stem(word) if word.isascii() and word.isalpha() else word


class Analyzer:
    """Turns texts into terms; hold one per process, its cache is the speed."""

    def __init__(self, stem: Stemmer | None = None, *, cached_words: int = _CACHED_WORDS) -> None:
        self._words = _Words(stem or english_stemmer(), cached_words)
        self._stop = frozenset(term for word in STOP_WORDS for term in self.terms(word))

    def terms(self, text: str) -> list[str]:
        """Every term of a document, in reading order, stop words kept."""
        if text.isascii():
            words = _ASCII_WORDS.findall(text.lower())
            return [*map(self._words.__getitem__, words)]
        return [*self._any_script(text)]

    def words(self, text: str) -> list[str]:
        """Every word as it is written but for case and compatibility forms, not stemmed."""
        return _all_words().findall(_normal(text))

    def prefix_terms(self, prefix: str) -> tuple[str, list[str]]:
        """How terms of words begin that begin so, and terms such words may be shortened to.

        The stemmer cuts a word and may put one letter in the place of its end: "happy" becomes
        "happi", "making" "make", "possibility" "possibl", "skies" "sky", and "dying" "die".
        """
        plain = _plain(prefix)
        shorter = [plain[:end] + e for end in range(2, len(plain)) for e in ("", *"eily")]
        if plain[1:2] == "y":
            shorter.append(f"{plain[0]}ie")
        return plain, list(dict.fromkeys([*self.terms(prefix), *shorter]))

    def query_terms(self, text: str) -> list[str]:
        """Terms to look for: stop words off, unless nothing else is there; each term once."""
        terms = dict.fromkeys(self.terms(text))
        return [term for term in terms if term not in self._stop] or [*terms]

    def _any_script(self, text: str) -> Iterator[str]:
        for word in _all_words().findall(_normal(text)):
            if not _HAS_UNSPACED.search(word):
                yield self._words[word]
                continue
            for run in _RUNS.findall(word):
                yield from _grams(run) if _HAS_UNSPACED.match(run) else (self._words[run],)


_PLAIN = str.maketrans({"\u2019": "'", "\u02bc": "'", "_": " "})


def _normal(text: str) -> str:
    """Compatibility forms and case away, apostrophes one kind, underscores as spaces."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return text.translate(_PLAIN)
