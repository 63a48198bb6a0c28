"""Arithmetic with dates and weekdays."""

from __future__ import annotations

from datetime import date, timedelta

DAY = timedelta(days=1)
WEEK = timedelta(days=7)

SHIFT = {"last": -1, "this": 0, "next": 1}
"""How many units a word moves away from the current one."""


def dated(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def weekday_before(day: date, weekday: int) -> date:
    """The latest such weekday before a day."""
    return day - ((day.weekday() - weekday - 1) % 7 + 1) * DAY


def weekday_after(day: date, weekday: int) -> date:
    """The first such weekday after a day."""
    return day + ((weekday - day.weekday() - 1) % 7 + 1) * DAY


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth such weekday of a month, counted from its end where negative."""
    if nth < 0:
        first = date(year + month // 12, month % 12 + 1, 1)
        return weekday_before(first, weekday)
    found = weekday_after(date(year, month, 1) - DAY, weekday) + (nth - 1) * WEEK
    return found if found.month == month else None


def yearly(today: date, month: int, day: int, *, past: bool) -> date | None:
    """The latest or the next such day of the year, today among them."""
    step = -1 if past else 1
    for year in range(today.year, today.year + 9 * step, step):
        found = dated(year, month, day)
        if found and (found <= today if past else found >= today):
            return found
    return None
