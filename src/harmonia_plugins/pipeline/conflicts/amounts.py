"""Values that can be told apart by their form: dates, times, prices, quantities, colours."""

from __future__ import annotations

import re
from functools import lru_cache

from harmonia_plugins.pipeline.slots.words import COLOURS, DIGITS_OF

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|"
    r"eighty|ninety)"
)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("time", rf"\b\d{{1,2}}[:.]\d\d\b(?! ?(?:{_MONTH}|[€$£%]|kg|km))|\b\d{{1,2}} ?(?:am|pm)\b"
                 r"|\b(?:noon|midnight|lunchtime|bedtime)\b"),
        ("day", rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?: \d{{4}})?"
                rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?\b"
                r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b"),
        ("month", rf"\b(?:in|until|till|to|since|from|by) (?:early |late |mid-)?{_MONTH}"
                  r"(?: \d{4})?\b"),
        ("price", rf"[$€£] ?\d[\d.,]*k?|\b{_NUMBER} ?(?:euros?|dollars?|pounds?|quid|bucks|eur|usd"
                  r"|gbp|francs?|k)\b"),
        ("grade", r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth) "
                  r"(?:grade|year|class|standard|form|semester|floor)\b|\b(?:year|grade|level|class)"
                  r" (?:\d{1,2}|one|two|three|four|five|six)\b"),
        ("quantity", rf"\b{_NUMBER}[ -]?(?:kg|kilos?|kilograms?|g|grams?|mg|ml|"
            rf"lbs?|stone|cm|metres?"
                     r"|meters?|km|kilometers?|kilometres?|miles?|minutes?|mins?|hours?|percent|%|"
                     r"litres?|square metres?|sqm|gb|tb|people|guests|rooms?|"
                     r"bedrooms?|days?|times?|"
                     r"pages?|points?|steps?|tablets?|pills?|cups?|mugs?|units?|players?|members?|"
                     r"students?|employees|colleagues|chickens|hens)\b"),
        ("colour", rf"\b(?:{'|'.join(sorted(COLOURS))})\b"),
    )
)  # fmt: skip
_UNIT = re.compile(r"[^\W\d_]+$|%$")


@lru_cache(maxsize=8192)
def amounts_of(text: str) -> dict[str, frozenset[str]]:
    """Return the values in a text by kind; each kind of quantity (kg, minutes) is one of its own.

    What is read as one kind is not read again as another: in "3 May" there is no number.
    """
    found: dict[str, frozenset[str]] = {}
    rest = text[:1000]
    for kind, pattern in _KINDS:
        for match in pattern.finditer(rest):
            name, value = kind, " ".join(match[0].lower().split())
            if kind == "quantity" and (unit := _UNIT.search(value)) is not None:
                name = f"quantity {unit[0].rstrip('s')}"
            value = " ".join(DIGITS_OF.get(word, word) for word in value.split())
            found[name] = found.get(name, frozenset()) | {value.removesuffix("s")}
        rest = pattern.sub(" . ", rest)
    return found


def differing(new: str, old: str) -> str | None:
    """Return the kind of value in which two texts differ; None where there is none."""
    one, other = amounts_of(new), amounts_of(old)
    for kind, values in one.items():
        if kind in other and not values & other[kind]:
            return kind
    return None
