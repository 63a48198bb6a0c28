"""Fields as models write them, turned into what `Statement` holds, or into "not told"."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from harmonia_plugins.model import MemoryType, Polarity
from harmonia_plugins.pipeline.prompting.schema import POLARITIES, TYPES

MAX_NAMES = 20
MAX_FIELD = 200
"""Characters of a subject, an attribute, a value or a name."""

_LEVELS = {"very high": 1.0, "high": 0.9, "medium": 0.6, "moderate": 0.6, "low": 0.3}
_NOTHING = frozenset({"", "null", "none", "n/a", "na", "nil", "unknown", "undefined", "-", "..."})
_SHARE = re.compile(r"[-+]?\d{1,6}(?:\.\d{1,20})?")
_WHOLE = re.compile(r"(?<![\d.])\d{1,6}(?:\.0+)?(?![\d.])")


def text_of(value: object) -> str | None:
    """Return a text without line breaks; None for nothing, and for what is no text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, (int, float)):
        return str(value) if -1e15 < value < 1e15 else None
    if isinstance(value, list):
        parts = [text_of(item) for item in cast("list[object]", value)]
        value = ", ".join(part for part in parts if part)
    if not isinstance(value, str):
        return None
    text = " ".join(_sendable(value).split())
    return None if text.lower() in _NOTHING else text


def short_text_of(value: object) -> str | None:
    """Return a text as short as a field may be; a longer one is no value of a field."""
    text = text_of(value)
    return text if text is not None and len(text) <= MAX_FIELD else None


def share_of(value: object) -> float | None:
    """Return a share of 1, also from a percentage, a mark out of ten or a word."""
    number = _number(value)
    if number is None or not math.isfinite(number) or not 0 <= number <= 100:
        return None
    if number <= 1:
        return number
    return number / 10 if number <= 10 else number / 100


def whole_of(value: object) -> int | None:
    """Return the one whole number in `value`."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return int(value) if abs(value) < 1e9 and value == int(value) else None
    if not isinstance(value, str):
        return None
    found = _WHOLE.findall(value[:MAX_FIELD])
    return int(float(found[0])) if len(found) == 1 else None


def numbers_of(value: object) -> tuple[int, ...]:
    """Return the whole numbers in a list, or the one that stands alone."""
    several = cast("list[object]", value) if isinstance(value, list) else [value]
    numbers = (whole_of(item) for item in several)
    return tuple(dict.fromkeys(number for number in numbers if number is not None))


def type_of(value: object) -> MemoryType | None:
    """Return the type of that name."""
    word = (text_of(value) or "").lower()
    return MemoryType(word) if word in TYPES else None


def polarity_of(value: object) -> Polarity:
    """Return the polarity of that name; anything else asserts."""
    word = (text_of(value) or "").lower()
    return cast("Polarity", word) if word in POLARITIES else "asserted"


def names_of(value: object) -> tuple[str, ...]:
    """Return the names in a list, in objects with a name, or in a text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, Mapping):
        value = [cast("object", value)]
    if not isinstance(value, list):
        return ()
    names = (short_text_of(_name(item)) for item in cast("list[object]", value))
    return _distinct(name for name in names if name)[:MAX_NAMES]


def _name(item: object) -> object:
    if not isinstance(item, Mapping):
        return item
    record = cast("Mapping[str, Any]", item)
    return next((record[key] for key in ("name", "text", "entity") if key in record), None)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple({name.casefold(): name for name in reversed([*names])}.values())[::-1]


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < 1e9 else None
    if not isinstance(value, str):
        return None
    word = value.strip().lower()
    if word in _LEVELS:
        return _LEVELS[word]
    found = _SHARE.match(word)
    if not found:
        return None
    number = float(found[0])
    rest = word[found.end() :].strip()
    if rest.startswith("%"):
        return number / 100 if number <= 100 else None
    return number if not rest else _fraction(number, rest)


def _fraction(number: float, rest: str) -> float | None:
    """Return "8/10" as 0.8."""
    found = _SHARE.fullmatch(rest.removeprefix("/").strip()) if rest.startswith("/") else None
    whole = float(found[0]) if found else 0.0
    return number / whole if whole > 0 else None


def _sendable(text: str) -> str:
    """Return a text that UTF-8 can hold."""
    return text.encode(errors="replace").decode()
