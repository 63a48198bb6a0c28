"""The words of time, and how patterns over them are written."""

from __future__ import annotations

import re
from collections.abc import Iterable

MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""The first month of each season, in the north."""

HOLIDAYS = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25),
    "xmas eve": (12, 24), "xmas day": (12, 25), "xmas": (12, 25), "boxing day": (12, 26),
    "new year's eve": (12, 31), "new years eve": (12, 31), "new year's day": (1, 1),
    "new years day": (1, 1), "halloween": (10, 31), "valentine's day": (2, 14),
    "valentines day": (2, 14), "valentine's": (2, 14),
}  # fmt: skip
"""Holidays that fall on the same month and day every year."""

PARTS = {"morning": (6, 12), "afternoon": (12, 18), "evening": (18, 22), "night": (18, 24)}
"""The hours that a part of a day covers."""

RULE_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""The weekdays as a recurrence rule writes them."""

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    *("ten", "eleven", "twelve", "thirteen", "fourteen"),
    *("fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
)

NUMBERS = {
    **{word: number for number, word in enumerate((*_UNITS, *_TEENS))},
    **_TENS,
    **{f"twenty-{word}": 20 + number for number, word in enumerate(_UNITS) if number},
    "a": 1,
    "an": 1,
}
ORDINALS = {
    **{word: number for number, word in enumerate(_ORDINALS, 1)},
    **{f"twenty-{word}": 20 + number for number, word in enumerate(_ORDINALS[:9], 1)},
    "thirtieth": 30,
    "thirty-first": 31,
    "last": -1,
}

MONTH_NUMBERS = {
    **{word: number for number, word in enumerate(MONTHS, 1)},
    **{word[:3]: number for number, word in enumerate(MONTHS, 1)},
    "sept": 9,
}
WEEKDAY_NUMBERS = {
    **{word: number for number, word in enumerate(WEEKDAYS)},
    **{word[:3]: number for number, word in enumerate(WEEKDAYS)},
    "tues": 1,
    "weds": 2,
    "thur": 3,
    "thurs": 3,
}


_DAY_WORDS = [word for word in ORDINALS if word != "last"]


def _any(words: Iterable[str]) -> str:
    """One of the words, the longest first."""
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


_FRAGMENTS = {
    "MONTH": rf"(?:{_any(MONTHS)}|{_any(w for w in MONTH_NUMBERS if w not in MONTHS)}\.?)",
    "WEEKDAY": rf"(?:{_any(WEEKDAYS)}|{_any(w for w in WEEKDAY_NUMBERS if w not in WEEKDAYS)}\.?)",
    "WEEKDAYNAME": _any(WEEKDAYS),
    "SEASON": _any(SEASONS),
    "HOLIDAY": _any(HOLIDAYS),
    "PART": _any(PARTS),
    "NUMBER": rf"(?:[0-9]{{1,3}}|{_any(NUMBERS)})",
    "DAYNUMBER": rf"(?:(?:3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th)?|{_any(_DAY_WORDS)})",
    "NTH": rf"(?:[1-5](?:st|nd|rd|th)|{_any((*_ORDINALS[:5], 'last'))})",
    "YEAR": r"(?:19|20)[0-9]{2}",
    "LAST": r"(?:this past|last|past|previous)",
    "NEXT": r"(?:next)",
}
_FRAGMENT = re.compile(r"<([A-Z]+)>")

_FOLD = {
    **{code: code + 32 for code in range(ord("A"), ord("Z") + 1)},
    **dict.fromkeys(map(ord, "’ʼ‘"), "'"),
    **dict.fromkeys(map(ord, "–‒‑"), "-"),
    0xA0: " ",
    0x202F: " ",
}


def fold(text: str) -> str:
    """Return the text in small letters, of the same length, with one kind of quote and hyphen.

    Only ASCII letters change, so every offset still points at the same character.
    """
    return text.translate(_FOLD)


def phrase(pattern: str) -> re.Pattern[str]:
    """Compile a pattern over folded text.

    `<MONTH>` and the like stand for words of time, a blank for up to three of white space (with
    `?`, for one or none); a match ends at the end of a word.
    """
    pattern = _FRAGMENT.sub(lambda m: _FRAGMENTS[m[1]], pattern)
    pattern = pattern.replace(" ?", r"\s?").replace(" ", r"\s{1,3}")
    return re.compile(rf"(?:{pattern})(?!\w)")


def number(word: str) -> int:
    """The value of a number as digits or as a word."""
    return int(word) if word.isdigit() else NUMBERS[word]


def day_number(word: str) -> int:
    """The value of a day of the month: 3, 3rd, third."""
    return ORDINALS[word] if word in ORDINALS else int(word.rstrip("stndrh"))


def month_number(word: str) -> int:
    """The number of a month from its name, long or short."""
    return MONTH_NUMBERS[word.rstrip(".")]


def weekday_number(word: str) -> int:
    """The number of a weekday from its name, Monday = 0."""
    return WEEKDAY_NUMBERS[word.rstrip(".")]
