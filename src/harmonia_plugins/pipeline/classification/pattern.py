r"""A small language for patterns over the words of a reading.

A pattern is a row of items between spaces, and matches words in a row:

    word|other      one of these words
    <class>|word    a word of a class (see tagging), or this one; <any> is any word
    item? item*     may be missing; may be repeated, four times at most
    !item           the next word is none of these
    _               any adverbs
    ~  ~~           any words within the sentence: up to three, up to ten
    ^  $            beginning and end of the text
    +item -item     one of these occurs anywhere, or none does

ME, MY, AM, BE and HAVE stand for the forms that need no telling apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harmonia_plugins.pipeline.classification.reading import Reading
from harmonia_plugins.pipeline.classification.tagging import FIRST, SIGNS

_ALIASES = {
    "ME": "i|we",
    "MY": "my|our",
    "AM": "am|are|was|were|is",
    "BE": "am|are|was|were|is|be|been|being",
    "HAVE": "have|had|has",
    "DET": "a|an|the|my|our|some|this|that|his|her|their|your|any|another",
}
_ANY_SIGN = f"[{chr(FIRST)}-{chr(FIRST + 0xFF)}]*"
_ANY_WORD = r"(?: (?![.!?;] )[^ ]+)"
_SPECIAL = {
    "~": f"{_ANY_WORD}{{0,3}}?",
    "~~": f"{_ANY_WORD}{{0,10}}?",
    "^": r"\A",
    "$": r"(?: [.!,])* \Z",
}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: what must occur, what must not, and the words in a row."""

    needs: tuple[frozenset[str], ...]
    without: frozenset[str]
    regex: re.Pattern[str] | None

    def matches(self, reading: Reading, present: frozenset[str] | set[str]) -> bool:
        """Whether it fits; `present` may hold more than the reading's own words and classes."""
        for need in self.needs:
            if need.isdisjoint(present):
                return False
        if not self.without.isdisjoint(present):
            return False
        return self.regex is None or self.regex.search(reading.line) is not None


def compile_pattern(text: str) -> Pattern:
    """Compile a pattern."""
    needs: list[frozenset[str]] = []
    without: set[str] = set()
    parts: list[str] = []
    for item in text.split():
        if item in _SPECIAL:
            parts.append(_SPECIAL[item])
        elif item == "_":
            parts.append(f"{_one(['<adv>'])}{{0,4}}")
        elif item[0] == "-" and len(item) > 1:
            without.update(_alternatives(item[1:]))
        elif item[0] == "+":
            needs.append(frozenset(_alternatives(item[1:])))
        elif item[0] == "!":
            parts.append(f"(?!{_one(_alternatives(item[1:]))} )")
        else:
            parts.append(_word(item, needs))
    row = "".join(parts)
    return Pattern(tuple(needs), frozenset(without), re.compile(row + "(?= |$)") if row else None)


def _word(item: str, needs: list[frozenset[str]]) -> str:
    if len(item) > 1 and item[-1] in "?*":
        return _one(_alternatives(item[:-1])) + ("?" if item[-1] == "?" else "{0,4}")
    choices = _alternatives(item)
    if "<any>" not in choices:
        needs.append(frozenset(choices))
    return _one(choices)


def _alternatives(item: str) -> list[str]:
    return [choice for part in item.split("|") for choice in _ALIASES.get(part, part).split("|")]


def _one(choices: list[str]) -> str:
    signs = "".join(SIGNS[c[1:-1]] for c in choices if c[0] == "<" and c != "<any>")
    plain = "|".join(re.escape(c) for c in choices if c[0] != "<")
    options = [f"{_ANY_SIGN}[{signs}][^ ]*"] if signs else []
    if "<any>" in choices:
        options.append(r"(?![.!?;,] )[^ ]+")
    if plain:
        options.append(f"{_ANY_SIGN}(?:{plain})(?= )")
    return f"(?: (?:{'|'.join(options)}))"
