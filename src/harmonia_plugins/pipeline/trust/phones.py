"""Phone numbers by their shape: written with a country code, as in North America, or with a cue.

A string of digits alone says nothing, so a number counts where its writing is one of phones (a plus
and a known country code; three, three and four digits; a leading zero and groups) or where the
words before say so ("call me at"). Words such as "order" before it speak against it.
"""

from __future__ import annotations

import re

_SEP = r"[ \u00a0\u2009\u202f\u2010\u2011./-]"
_RUN = re.compile(
    r"(?<![\w\]+#$€£])(?<![\w\]][-./:,+])(?<!\w\()"
    rf"(?P<plus>\+|00(?=[1-9][0-9]{{0,2}}{_SEP}))?\(?[0-9]+\)?"
    rf"(?:(?:{_SEP}{{1,2}}|{_SEP}?\(|\){_SEP}?)[0-9]+\)?){{0,12}}"
    r"(?![\w%€$£\[])(?![-./:,+][\w\[])(?!\()"
)
_DIGITS = re.compile(r"[0-9]+")
_LEAST, _MOST = 7, 15
_DATE = re.compile(
    r"(?:[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ](?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}[-/.][0-9]{1,2}[-/.][0-9]{1,2})(?![0-9])"
)
_NORTH_AMERICAN = re.compile(
    rf"(?:1{_SEP})?(?:\([2-9][0-9]{{2}}\) ?|[2-9][0-9]{{2}}{_SEP})[2-9][0-9]{{2}}{_SEP}[0-9]{{4}}"
)
_NATIONAL = re.compile(
    rf"\(?0[1-9][0-9]{{0,4}}\)?(?:{_SEP}{{1,2}}[0-9]{{2,8}}){{1,5}}|0[1-9](?:\.[0-9]{{2}}){{4}}"
)
_LEAST_NATIONAL, _MOST_NATIONAL = 9, 12

_REACH = 32
# A cue in brackets is no word but what stands for a number that was replaced.
_CUE = re.compile(
    r"(?<!\[)\b(?:phone|telephone|tel|mobile|cell|cellphone|fax|whatsapp|signal|landline|handy"
    r"|(?:call|text|ring|reach|phone|dial) (?:me|us|him|her|them)?(?: (?:at|on|under))?"
    r"|dial|my number|contact number|(?:his|her|their|our) number)\b[^0-9.!?;]{0,14}\Z",
    re.IGNORECASE,
)
_COUNTER_CUE = re.compile(
    r"(?:\b(?:order|invoice|isbn|issn|ref|reference|tracking|version|serial|ticket|case|part|sku|"
    r"model|account|customer|id|article|item|parcel|receipt|booking|policy|no|nr|section)|#|№)"
    r"\b[^0-9,.!?;]{0,12}\Z",
    re.IGNORECASE,
)

# Country calling codes of the ITU (E.164); of those with three digits, the first two.
_CODES = frozenset(
    """
    1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63
    64 65 66 81 82 84 86 90 91 92 93 94 95 98 21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80
    85 87 88 96 97 99
    """.split()  # noqa: SIM905  (a list of quoted numbers reads worse)
)


def phone_spans(text: str) -> list[tuple[int, int]]:
    """Where phone numbers stand in a text, in order."""
    spans = ((run, *_trimmed(run)) for run in _RUN.finditer(text))
    return [(start, end) for run, start, end in spans if _is_phone(text, start, end, run["plus"])]


def _trimmed(run: re.Match[str]) -> tuple[int, int]:
    """Leave out brackets that are around the number and not around its area code."""
    written, start, end = run[0], run.start(), run.end()
    if written[-1] == ")" and written.count(")") > written.count("("):
        return start, end - 1
    if written[0] == "(" and (written.find(")") in (-1, len(written) - 1)):
        return start + 1, end - (written[-1] == ")")
    return start, end


def _is_phone(text: str, start: int, end: int, plus: str | None) -> bool:
    written = text[start:end]
    if not _LEAST <= len(written) <= 2 * _MOST:
        return False
    digits = "".join(_DIGITS.findall(written))
    if not _LEAST <= len(digits) <= _MOST + 2 or _DATE.match(written):
        return False
    before = text[max(0, start - _REACH) : start]
    if plus:
        return _is_international(digits)
    if _COUNTER_CUE.search(before):
        return False
    if _CUE.search(before):
        return True
    if _NORTH_AMERICAN.fullmatch(written):
        return True
    national = _LEAST_NATIONAL <= len(digits) <= _MOST_NATIONAL
    return national and bool(_NATIONAL.fullmatch(written))


def _is_international(digits: str) -> bool:
    number = digits.removeprefix("00")
    known = number[0] in "17" or number[:2] in _CODES
    return known and 8 <= len(number) <= _MOST
