"""Calendar dates, months and years named in a question, and how well a time fits them."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

UNKNOWN = np.iinfo(np.int64).min
"""The time of a row that has none."""

FADE_DAYS = 14
"""How long after the end of a moment a message may still be telling of it."""

_DAY_US = 86_400_000_000

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT = tuple(month[:3] for month in _MONTHS)
MONTH_WORDS = frozenset((*_MONTHS, *_SHORT, "sept"))
"""Names of months, long and short."""

_NAME = "|".join([*_MONTHS, *(f"{m}\\.?" for m in _SHORT), "sept\\.?"])
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"\b(?P<year>(?:19|20)\d\d)-(?P<number>1[0-2]|0[1-9])(?:-(?P<day>3[01]|[12]\d|0[1-9]))?\b",
        rf"\b{_DAY} (?:of )?(?P<month>{_NAME})\b(?:,? {_YEAR}\b)?",
        rf"\b(?P<month>{_NAME}) {_DAY}\b(?:,? {_YEAR}\b)?",
        rf"\b(?P<month>{_NAME}),? (?:of )?{_YEAR}\b",
        rf"\b(?:in|of|since|until|by|during|last|early|late|mid|before|after) (?P<month>{_NAME})\b",
        rf"\b{_YEAR}\b",
    )
)
_HINT = re.compile(rf"\b(?:{_NAME})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of the calendar; a part that is None was not said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


def find_moments(text: str) -> tuple[Moment, ...]:
    """What the text names, the most precise reading of each place, in order."""
    if not any(c.isdigit() for c in text) and not _HINT.search(text):
        return ()
    found: dict[int, Moment] = {}
    rest = text
    for form in _FORMS:
        for match in form.finditer(rest):
            found[match.start()] = _moment(match.groupdict())
        rest = form.sub(lambda m: "\0" * len(m[0]), rest)
    return tuple(found[at] for at in sorted(found))


def _moment(groups: dict[str, str | None]) -> Moment:
    year, month, day = (groups.get(part) for part in ("year", "month", "day"))
    number = groups.get("number")
    named = _SHORT.index(month[:3].lower()) + 1 if month else None
    return Moment(
        int(year) if year else None,
        int(number) if number else named,
        int(day) if day else None,
    )


def fits(moments: tuple[Moment, ...], times: NDArray[np.int64]) -> NDArray[np.float32]:
    """How well each time fits the nearest moment: 1 inside, fading over the days after.

    One tells of an event on the day or in the days that follow, seldom before.
    """
    best = np.zeros(len(times), np.float32)
    for moment in moments:
        np.maximum(best, _fit(moment, times), out=best)
    return np.where(times == UNKNOWN, np.float32(0), best)


def _fit(moment: Moment, times: NDArray[np.int64]) -> NDArray[np.float32]:
    if moment.year is None:
        return _fits_any_year(moment, times)
    start, end = _bounds(moment.year, moment.month, moment.day)
    late = (times - np.int64(end)) / (FADE_DAYS * _DAY_US)
    return np.where(times < start, 0.0, 1.0 - np.clip(late, 0.0, 1.0)).astype(np.float32)


def _fits_any_year(moment: Moment, times: NDArray[np.int64]) -> NDArray[np.float32]:
    stamps = times.astype("datetime64[us]")
    months = stamps.astype("datetime64[M]")
    fitting = months.astype(np.int64) % 12 + 1 == moment.month
    if moment.day is not None:
        days = (stamps - months).astype(np.int64) // _DAY_US
        fitting &= days + 1 == moment.day
    return fitting.astype(np.float32)


def _bounds(year: int, month: int | None, day: int | None) -> tuple[int, int]:
    """First microsecond of the moment, and of what follows it."""
    first = np.datetime64(f"{year:04}-{month or 1:02}-01", "D")
    if month is None:
        return _us(first), _us(np.datetime64(f"{year + 1:04}-01-01", "D"))
    if day is None:
        return _us(first), _us((first.astype("datetime64[M]") + 1).astype("datetime64[D]"))
    return _us(first + day - 1), _us(first + day)


def _us(day: np.datetime64) -> int:
    return int(day.astype("datetime64[us]").astype(np.int64))
