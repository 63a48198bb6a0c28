"""What words of time mean on the calendar, as wall clock times without a zone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from harmonia_plugins.model import Precision
from harmonia_plugins.pipeline.temporal.calendar import DAY
from harmonia_plugins.pipeline.temporal.tense import Tense, tense_of


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning; `start` and `end` are local wall clock times.

    Without a start, candidates or recurrence the words are known to name no time of their own.
    """

    precision: Precision
    start: datetime | None = None
    end: datetime | None = None
    recurrence: str | None = None
    candidates: tuple[datetime, ...] = ()

    def names_time(self) -> bool:
        """Whether anything is told at all."""
        return bool(self.start or self.recurrence or self.candidates)


NOTHING = Reading("day")
"""Words that look like a time and are none, or one that must not be guessed."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A text and the moment it was written: what every rule looks at."""

    text: str
    low: str
    now: datetime
    zone: tzinfo
    forced: Tense | None = None

    @property
    def today(self) -> date:
        """The local day of writing."""
        return self.now.date()

    def tense(self, start: int, end: int) -> Tense | None:
        """The tense of the clause around these words."""
        return self.forced or tense_of(self.low, start, end)

    def past(self, start: int, end: int) -> bool:
        """Whether these words are told in the past."""
        return self.tense(start, end) == "past"

    def before(self, at: int) -> str:
        """The word right before a place, or nothing."""
        match = _LAST_WORD.search(self.low, max(0, at - 24), at)
        return match[1] if match else ""

    def capital(self, at: int) -> bool:
        """Whether the text has a capital letter there."""
        return self.text[at : at + 1].isupper()

    def later(self, delta: timedelta) -> datetime:
        """The local time so much later, counted in real time."""
        moment = self.now.replace(tzinfo=self.zone).astimezone(UTC) + delta
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def moved(self, day: datetime, tense: Tense) -> Frame:
        """The same text seen from another day."""
        return replace(self, now=day, forced=tense)


_LAST_WORD = re.compile(r"([\w']+)\W{1,2}\Z")

Found = tuple[Reading, int]
"""A reading and the place where its words end."""

Rule = Callable[[Frame, int], Found | None]
"""Reads the words that begin at a place."""

Meaning = Callable[[re.Match[str], Frame], Reading | None]


def ruled(*pairs: tuple[re.Pattern[str], Meaning]) -> Rule:
    """One rule of several patterns, each with its meaning; the first that has one counts."""

    def read(frame: Frame, at: int) -> Found | None:
        for pattern, meaning in pairs:
            match = pattern.match(frame.low, at)
            if match and (reading := meaning(match, frame)):
                return reading, match.end()
        return None

    return read


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time())


def days(first: date, count: int = 1) -> Reading:
    """So many days in a row."""
    return Reading("day", midnight(first), midnight(first + count * DAY))


def week(day: date) -> Reading:
    """The week, from Monday, that holds the day."""
    monday = day - day.weekday() * DAY
    return Reading("week", midnight(monday), midnight(monday + 7 * DAY))


def month(year: int, number: int) -> Reading:
    """A month; numbers beyond 1 to 12 reach into other years."""
    return _months("month", year, number, 1)


def season(year: int, first_month: int) -> Reading:
    """A season; winter carries the year it begins in."""
    return _months("season", year, first_month, 3)


def year(number: int) -> Reading:
    """A year."""
    return _months("year", number, 1, 12)


def decade(first: int) -> Reading:
    """Ten years."""
    return _months("decade", first, 1, 120)


def _months(precision: Precision, year: int, number: int, count: int) -> Reading:
    first = year * 12 + number - 1
    start, end = (datetime(n // 12, n % 12 + 1, 1) for n in (first, first + count))
    return Reading(precision, start, end)


def either(*options: date) -> Reading:
    """A day that could be one of several."""
    return Reading("day", candidates=tuple(midnight(day) for day in sorted(options)))


def recurring(rule: str, precision: Precision = "day") -> Reading:
    """Something that repeats by a recurrence rule."""
    return Reading(precision, recurrence=rule)


def weekend(saturday: date) -> Reading:
    """A Saturday and a Sunday."""
    return days(saturday, 2)
