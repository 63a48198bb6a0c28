"""Single days: dates, weekdays, holidays, and days counted from today."""

from __future__ import annotations

import re
from datetime import date, timedelta

from harmonia_plugins.pipeline.temporal.calendar import (
    DAY,
    SHIFT,
    dated,
    weekday_after,
    weekday_before,
    yearly,
)
from harmonia_plugins.pipeline.temporal.lexicon import (
    HOLIDAYS,
    ORDINALS,
    day_number,
    month_number,
    number,
    phrase,
    weekday_number,
)
from harmonia_plugins.pipeline.temporal.readings import (
    NOTHING,
    Found,
    Frame,
    Reading,
    days,
    either,
    midnight,
    ruled,
    weekend,
)
from harmonia_plugins.pipeline.temporal.surroundings import FOLLOWS, VAGUE
from harmonia_plugins.pipeline.temporal.weekdays import (
    weekday,
    weekday_ahead,
    weekday_of_month,
    weekday_of_week,
    weekday_related,
)


def _one(day: date | None) -> Reading | None:
    return days(day) if day else None


def _iso(m: re.Match[str], frame: Frame) -> Reading | None:
    day = dated(int(m["year"]), int(m["month"]), int(m["day"]))
    if day and m["hour"]:
        start = midnight(day) + timedelta(hours=int(m["hour"]), minutes=int(m["minute"]))
        return Reading("minute", start, start + timedelta(minutes=1))
    return _one(day)


def _numeric(m: re.Match[str], frame: Frame) -> Reading | None:
    year, first, second = int(m["year"]), int(m["first"]), int(m["second"])
    dayfirst, monthfirst = dated(year, second, first), dated(year, first, second)
    if dayfirst and monthfirst and dayfirst != monthfirst and m["sep"] != ".":
        return either(dayfirst, monthfirst)
    return _one(dayfirst or monthfirst)


def _calendar(m: re.Match[str], frame: Frame) -> Reading | None:
    """A day and a month, in either order, with or without weekday and year."""
    name, day_word = m["month"], m["day"]
    if _STREET.match(frame.low, m.end()):
        return NOTHING
    if not _is_month(m, frame, day_word):
        return None
    month, day = month_number(name), day_number(day_word)
    if m["year"]:
        return _one(dated(int(m["year"]), month, day)) or NOTHING
    if m["rel"]:
        return _one(dated(frame.today.year + SHIFT[m["rel"]], month, day)) or NOTHING
    found = yearly(frame.today, month, day, past=frame.past(*m.span()))
    if not found or not m["weekday"]:
        return _one(found) or NOTHING
    return _fitting(found, weekday_number(m["weekday"]))


_STREET = phrase(r" (?:street|st|road|rd|avenue|ave|lane|close|drive)")


def _is_month(m: re.Match[str], frame: Frame, day_word: str) -> bool:
    """Whether a name that is a verb or an adverb too ("two may come") is a month here."""
    if frame.capital(m.start("month")) or m["year"] or m["rel"] or m["weekday"]:
        return True
    if m["month"] not in ("may", "march", "mar", "sun", "dec"):
        return not (day_word in ORDINALS and m["of"] is None)
    return bool(m["of"]) or frame.before(m.start()) in ("on", "since", "from", "the", "for")


def _fitting(found: date, weekday: int) -> Reading:
    """The day as it was found, or the one a year beside it that falls on the weekday."""
    beside = [dated(found.year + shift, found.month, found.day) for shift in (0, -1, 1)]
    fitting = [day for day in beside if day and day.weekday() == weekday]
    return days(fitting[0]) if fitting else NOTHING


def _day_of_month(m: re.Match[str], frame: Frame) -> Reading | None:
    """`the 5th`, `Friday the 13th`, `the 5th of next month`."""
    day = day_number(m["day"])
    index = frame.today.year * 12 + frame.today.month - 1
    if m["rel"]:
        index += SHIFT[m["rel"]]
        return _one(dated(index // 12, index % 12 + 1, day))
    weekday = weekday_number(m["weekday"]) if m["weekday"] else None
    if weekday is None and not (
        frame.before(m.start()) == "on" and FOLLOWS.match(frame.low, m.end())
    ):
        return None
    past = frame.past(*m.span())
    for step in range(60):
        n = index - step if past else index + step
        found = dated(n // 12, n % 12 + 1, day)
        if not found or weekday not in (None, found.weekday()):
            continue
        if found <= frame.today if past else found >= frame.today:
            return days(found)
    return None


def _near(m: re.Match[str], frame: Frame) -> Reading | None:
    word = m["word"]
    if word in ("today", "todays"):
        return days(frame.today)
    return days(frame.today + (DAY if word.startswith(("tom", "tmr")) else -DAY))


def _next_but_one(m: re.Match[str], frame: Frame) -> Reading | None:
    return days(frame.today + (2 * DAY if m["what"] == "tomorrow" else -2 * DAY))


def _holiday(m: re.Match[str], frame: Frame) -> Reading | None:
    month, day = HOLIDAYS[" ".join(m["name"].split())]
    if m["year"]:
        return _one(dated(int(m["year"]), month, day))
    if m["yearly"]:
        return _one(dated(frame.today.year + SHIFT[m["yearly"]], month, day))
    word = m["rel"]
    if word == "this":
        return _one(dated(frame.today.year, month, day))
    if word == "next":
        return _one(yearly(frame.today + DAY, month, day, past=False))
    if word:
        return _one(yearly(frame.today - DAY, month, day, past=True))
    whole_day = m["name"].endswith(("eve", "day"))
    named = frame.before(m.start()) in (
        "on",
        "at",
        "for",
        "since",
        "from",
        "before",
        "after",
        "over",
    )
    if not (named or whole_day) or not FOLLOWS.match(frame.low, m.end()):
        return NOTHING
    return _one(yearly(frame.today, month, day, past=frame.past(*m.span())))


def _years_ago_today(m: re.Match[str], frame: Frame) -> Reading | None:
    today = frame.today
    return _one(dated(today.year - number(m["count"]), today.month, today.day)) or NOTHING


def _counted(m: re.Match[str], frame: Frame) -> Reading | None:
    """`3 days ago`, `in two weeks`."""
    if frame.before(m.start()) in VAGUE:
        return NOTHING
    if not m["ago"] and m[0].startswith("in ") and frame.past(*m.span()):
        return NOTHING  # "I read it in 3 days" tells how long it took
    size = {"d": 1, "w": 7, "f": 14}[m["unit"][0]]
    count = number(m["count"]) * size
    return days(frame.today + (-count if m["ago"] else count) * DAY)


_DATE_END = r"(?:,? (?P<year><YEAR>)| (?:of )?(?P<rel>last|this|next) year)?"
_MEASURED = r"(?! (?:km|kms|kilomet|miles|people|times|minutes|hours|percent|euros|dollars|pounds))"

day_rule = ruled(
    (
        phrase(
            r"(?P<year><YEAR>)-(?P<month>1[0-2]|0[1-9])-(?P<day>3[01]|[12][0-9]|0[1-9])"
            r"(?:t(?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?::[0-9]{2})?)?"
        ),
        _iso,
    ),
    (
        phrase(
            r"(?P<first>[0-3]?[0-9])(?P<sep>[/.-])(?P<second>[0-3]?[0-9])(?P=sep)(?P<year><YEAR>)"
        ),
        _numeric,
    ),
    (
        phrase(
            r"(?:(?P<weekday><WEEKDAY>),? )?(?:the )?(?P<day><DAYNUMBER>)(?P<of> of)? "
            rf"(?P<month><MONTH>){_DATE_END}"
        ),
        _calendar,
    ),
    (
        phrase(
            r"(?:(?P<weekday><WEEKDAY>),? )?(?P<month><MONTH>)(?P<of> the)? "
            rf"(?P<day><DAYNUMBER>){_MEASURED}{_DATE_END}"
        ),
        _calendar,
    ),
    (
        phrase(
            r"(?:the )?(?P<nth><NTH>) (?P<weekday><WEEKDAYNAME>|weekend) (?:of|in) "
            r"(?:(?P<month><MONTH>)(?:,? (?P<year><YEAR>))?|(?P<rel>last|this|next) month)"
        ),
        weekday_of_month,
    ),
    (
        phrase(
            r"(?:(?P<weekday><WEEKDAY>),? )?(?:the )?(?P<day>[0-9]{1,2}(?:st|nd|rd|th))"
            r"(?: of (?P<rel>last|this|next) month)?"
        ),
        _day_of_month,
    ),
    (phrase(r"(?:the )?day (?:before|after) (?P<what>yesterday|tomorrow)"), _next_but_one),
    (
        phrase(
            r"(?P<count><NUMBER>) (?P<unit>weeks?|days?) (?:on|from) "
            r"(?P<what>today|now|tomorrow|<WEEKDAYNAME>)"
        ),
        weekday_ahead,
    ),
    (phrase(r"(?P<word>today|tomorrow|tomorow|tommorow|tommorrow|tmrw|yesterday)"), _near),
    (
        phrase(r"(?P<weekday><WEEKDAYNAME>),? (?:of |the )?(?P<rel>last|this|next) week"),
        weekday_of_week,
    ),
    (
        phrase(r"(?P<rel>last|this|next) week,? (?:on )?(?P<weekday><WEEKDAYNAME>)"),
        weekday_of_week,
    ),
    (
        phrase(
            r"(?:the )?(?P<rel>this coming|coming|this past|past|previous|last|this|next) "
            r"(?P<weekday><WEEKDAY>)"
        ),
        weekday_related,
    ),
    (phrase(r"(?P<weekday><WEEKDAY>)"), weekday),
    (
        phrase(
            r"(?:(?P<rel>last|this|next) )?(?P<name><HOLIDAY>)"
            r"(?:,? (?P<year><YEAR>)|,? (?P<yearly>last|this|next) year)?"
        ),
        _holiday,
    ),
    (
        phrase(
            r"in (?:about |around |exactly )?(?P<count><NUMBER>) "
            r"(?P<unit>days|weeks?|fortnight)(?: time|'s? time)?(?P<ago>)"
            r"(?! (?:or|of)(?!\w))"
        ),
        _counted,
    ),
    (phrase(r"(?P<count><NUMBER>) years? ago today"), _years_ago_today),
    (
        phrase(
            r"(?P<count><NUMBER>) (?P<unit>days?|weeks?|fortnights?) "
            r"(?:(?P<ago>ago)|from (?:now|today))"
        ),
        _counted,
    ),
)
"""Reads one day."""

_BESIDE = phrase(r"(?:the )?(?P<what><WEEKDAYNAME>|day|weekend) (?P<side>before|after)")


def beside_rule(frame: Frame, at: int) -> Found | None:
    """`the Sunday before 25 May`, `the day after Christmas`."""
    match = _BESIDE.match(frame.low, at)
    if not match:
        return None
    gap = re.compile(r"\s{1,3}(?:the )?").match(frame.low, match.end())
    anchor = day_rule(frame, gap.end()) if gap else None
    if not anchor or not anchor[0].start:
        return None
    day, what, end = anchor[0].start.date(), match["what"], anchor[1]
    before = match["side"] == "before"
    if what == "day":
        return days(day + (-DAY if before else DAY)), end
    wanted = 5 if what == "weekend" else weekday_number(what)
    found = (weekday_before if before else weekday_after)(day, wanted)
    return (weekend if what == "weekend" else days)(found), end
