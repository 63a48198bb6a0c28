"""Weeks, weekends, months, seasons, years and decades, and moments counted from now."""

from __future__ import annotations

import re
from datetime import date, timedelta

from harmonia_plugins.pipeline.temporal.lexicon import (
    MONTHS,
    SEASONS,
    month_number,
    number,
    phrase,
)
from harmonia_plugins.pipeline.temporal.readings import (
    DAY,
    NOTHING,
    Frame,
    Reading,
    decade,
    either,
    month,
    ruled,
    season,
    week,
    weekend,
    year,
)
from harmonia_plugins.pipeline.temporal.surroundings import FOLLOWS, VAGUE

_SHIFT = {"last": -1, "past": -1, "previous": -1, "this past": -1, "this": 0, "next": 1,
          "coming": 1, "this coming": 1}  # fmt: skip
_REL = r"(?P<rel>this past|this coming|coming|last|past|previous|this|next)"
_EDGE = (
    r"(?:(?:early|late|mid|later|earlier)[ -](?:in )?(?:the )?"
    r"|(?:the )?(?:start|beginning|middle|end|rest|course) of (?:the )?)"
)


def _related(m: re.Match[str], frame: Frame) -> Reading | None:
    """`last week`, `this month`, `next year`."""
    shift = _SHIFT[m["rel"]]
    if m["unit"] == "week":
        return week(frame.today + 7 * shift * DAY)
    if frame.before(m.start()) == "time":
        return NOTHING
    if m["unit"] == "month":
        return month(frame.today.year, frame.today.month + shift)
    return year(frame.today.year + shift)


def _beyond(m: re.Match[str], frame: Frame) -> Reading | None:
    """`the week before last`, `the weekend before last`, `the month after next`."""
    shift = -2 if m["side"] else 2
    match m["unit"]:
        case "weekend":
            # The one after next is as open as the next one is.
            return weekend(_weekend(frame) - 14 * DAY) if m["side"] else NOTHING
        case "week":
            return week(frame.today + 7 * shift * DAY)
        case "month":
            return month(frame.today.year, frame.today.month + shift)
        case _:
            return year(frame.today.year + shift)


def _weekend(frame: Frame) -> date:
    """The Saturday of this week."""
    return frame.today + (5 - frame.today.weekday()) * DAY


def _weekend_related(m: re.Match[str], frame: Frame) -> Reading | None:
    saturday, word = _weekend(frame), m["rel"]
    going_on = frame.today >= saturday
    if word == "this":
        return weekend(saturday)
    if _SHIFT[word] < 0:
        return weekend(saturday - 7 * DAY)
    if word.endswith("coming"):
        return weekend(saturday + 7 * DAY if going_on else saturday)
    following = saturday + 7 * DAY
    return weekend(following) if going_on else either(saturday, following)


def _weekends_ago(m: re.Match[str], frame: Frame) -> Reading | None:
    if frame.before(m.start()) in VAGUE:
        return NOTHING
    return weekend(_weekend(frame) - number(m["count"]) * 7 * DAY)


def _bare_weekend(m: re.Match[str], frame: Frame) -> Reading | None:
    """`at the weekend`: by tense; while one is going on, nobody can tell."""
    tense = frame.tense(*m.span())
    if frame.today >= _weekend(frame) or not tense:
        return NOTHING
    return weekend(_weekend(frame) - 7 * DAY if tense == "past" else _weekend(frame))


def _of_date(m: re.Match[str], frame: Frame) -> Reading | None:
    """`the week of 1 May 2023`, `the weekend of 29-30 April`."""
    number_word, name = m["day"] or m["day2"], m["month"] or m["month2"]
    day = _day(m["year"], month_number(name), int(number_word), frame, past=frame.past(*m.span()))
    if day is None:
        return None
    if m["unit"] == "week":
        return week(day)
    return weekend(day + (5 - day.weekday()) * DAY)


def _day(year: str | None, month: int, day: int, frame: Frame, *, past: bool) -> date | None:
    try:
        found = date(int(year or frame.today.year), month, day)
        if not year and past != (found <= frame.today) and found != frame.today:
            found = found.replace(year=found.year + (-1 if past else 1))
    except ValueError:
        return None
    return found


def _ago(m: re.Match[str], frame: Frame) -> Reading | None:
    """`3 months ago`, `in two years`: the calendar unit."""
    if frame.before(m.start()) in VAGUE:
        return NOTHING
    if not m["ago"] and frame.past(*m.span()):
        return NOTHING  # "I have not smoked in three years"
    count = number(m["count"]) * (-1 if m["ago"] else 1)
    if m["unit"].startswith("month"):
        return month(frame.today.year, frame.today.month + count)
    return year(frame.today.year + count * (10 if m["unit"].startswith("decade") else 1))


def _moments(m: re.Match[str], frame: Frame) -> Reading | None:
    """`an hour ago`, `in 20 minutes`: from the moment itself."""
    if frame.before(m.start()) in VAGUE:
        return NOTHING
    if not m["ago"] and frame.past(*m.span()):
        return NOTHING
    hours = m["unit"].startswith("h")
    minutes = 60 if hours else 1
    total = 30 if m["half"] else number(m["count"]) * minutes
    if m["more"]:
        total += 30
    by_hour = hours and not m["half"] and not m["more"]
    start = frame.later(timedelta(minutes=-total if m["ago"] else total))
    if by_hour:
        start = start.replace(minute=0, second=0, microsecond=0)
        return Reading("hour", start, start + timedelta(hours=1))
    start = start.replace(second=0, microsecond=0)
    return Reading("minute", start, start + timedelta(minutes=1))


_NAMES = frozenset(("april", "may", "june", "august", "march", "jan", "mar", "dec", "sep"))
_LEADS = frozenset(
    (
        "in",
        "since",
        "during",
        "early",
        "late",
        "mid",
        "of",
        "from",
        "between",
        "until",
        "by",
        "around",
        "till",
        "through",
        "to",
        "and",
    )
)


def _month(m: re.Match[str], frame: Frame) -> Reading | None:
    name = m["month"]
    number = month_number(name)
    if m["year"]:
        return month(int(m["year"]), number)
    if word := m["rel"] or m["relyear"]:
        if m["rel"] and name == "march" and not frame.capital(m.start("month")):
            return NOTHING
        return _related_month(number, word, frame, by_year=bool(m["relyear"]))
    if not _named_month(m, frame):
        return None
    return _by_tense(m, frame, number)


def _by_tense(m: re.Match[str], frame: Frame, number: int) -> Reading:
    today = frame.today
    shift = 0
    if frame.past(*m.span()):
        shift = -1 if number > today.month else 0
    elif number < today.month:
        shift = 1
    return month(today.year + shift, number)


def _related_month(number: int, word: str, frame: Frame, *, by_year: bool) -> Reading:
    today, shift = frame.today, _SHIFT[word]
    if by_year or shift == 0:
        return month(today.year + shift, number)
    if shift < 0:
        return month(today.year - (number >= today.month), number)
    return month(today.year + (number <= today.month), number)


def _named_month(m: re.Match[str], frame: Frame) -> bool:
    """Whether a month's name, which may be a person's or a verb, means the month here."""
    before, name = frame.before(m.start()), m["month"].rstrip(".")
    if m["edge"]:
        return True
    if before in ("of", "and", "to") and name in _NAMES:
        return False
    if before == "from" and name in _NAMES:
        return False
    if before in _LEADS:
        return not (name in ("mar", "dec", "jan", "sep", "sun") and before != "in")
    return name not in _NAMES and name in MONTHS and bool(FOLLOWS.match(frame.low, m.end()))


def _season(m: re.Match[str], frame: Frame) -> Reading | None:
    first = SEASONS[m["season"]]
    today = frame.today
    if m["year"]:
        return season(int(m["year"]), first)
    if m["relyear"]:
        return season(today.year + _SHIFT[m["relyear"]], first)
    if word := m["rel"]:
        return _related_season(first, word, frame)
    tense = frame.tense(*m.span())
    led = m["edge"] or _IN_SEASON.search(frame.low, max(0, m.start() - 12), m.start())
    if not led or not tense:
        return None
    if not FOLLOWS.match(frame.low, m.end()):
        return None
    this = season(today.year, first)
    if tense == "past":
        return this if this.start and this.start <= frame.now else season(today.year - 1, first)
    before = season(today.year - 1, first)
    for option in (before, this):
        if option.end and option.end > frame.now:
            return option
    return season(today.year + 1, first)


_IN_SEASON = re.compile(r"(?<!\w)(?:in|during|over|since)(?: the)?\s\Z")


def _related_season(first: int, word: str, frame: Frame) -> Reading:
    shift, base = _SHIFT[word], frame.today.year
    if shift == 0:
        return season(base, first)
    options = [season(base + offset, first) for offset in (-2, -1, 0, 1)]
    if shift < 0:
        return [o for o in options if o.end and o.end <= frame.now][-1]
    return next(o for o in options if o.start and o.start > frame.now)


_YEAR_LEADS = frozenset(("in", "since", "during", "early", "late", "mid", "year", "around"))
_NO_YEAR = phrase(
    r" ?(?:%|\$|€|£|steps|words|people|km|kms|m|metres|meters|miles|euros|dollars|pounds|calories|"
    r"kcal|points|ways|times|pieces|places|grams|g|pages|feet|volts|watts|hours|minutes|seconds)"
)


def _year(m: re.Match[str], frame: Frame) -> Reading | None:
    before = frame.before(m.start())
    if (
        not m["edge"]
        and before not in _YEAR_LEADS
        and not _FOR_YEAR.match(frame.low, m.start() - 4)
    ):
        return None
    if _NO_YEAR.match(frame.low, m.end()):
        return None
    if m["short"]:
        two = int(m["short"])
        return year(two + (2000 if two <= frame.today.year % 100 else 1900))
    return year(int(m["year"]))


_FOR_YEAR = re.compile(r"for (?:19|20)[0-9]{2}(?=\s*(?:$|[.,!?]| (?:is|was|are|were|i|we)\b))")
_DECADES = {"fifties": 1950, "sixties": 1960, "seventies": 1970, "eighties": 1980, "nineties": 1990}


def _decade(m: re.Match[str], frame: Frame) -> Reading | None:
    if m["word"]:
        return decade(_DECADES[m["word"]])
    if m["century"]:
        return decade(int(m["century"] + m["ten"] + "0"))
    return decade(1900 + int(m["ten"]) * 10) if m["ten"] not in "012" else NOTHING


def _nothing(m: re.Match[str], frame: Frame) -> Reading | None:
    return NOTHING


_UNIT = r"(?P<unit>week|month|year)"
period_rule = ruled(
    (
        phrase(r"(?:the )?(?P<unit>weekend|week|month|year) (?:(?P<side>before) last|after next)"),
        _beyond,
    ),
    (
        phrase(
            r"(?:the )?(?P<unit>weekend|week) of (?:the )?"
            r"(?:(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?(?: ?(?:-|to|and) ?[0-9]{1,2})? (?:of )?"
            r"(?P<month><MONTH>)"
            r"(?: - [0-9]{1,2} <MONTH>)?|(?P<month2><MONTH>) (?P<day2>[0-9]{1,2})(?:st|nd|rd|th)?)"
            r"(?:,? (?P<year><YEAR>))?"
        ),
        _of_date,
    ),
    (
        phrase(
            r"(?:the )?(?:(?:first|second|third|last|1st|2nd|3rd|final) )?(?:half|week|days?|"
            r"few days|"
            r"couple of weeks|two weeks|weeks|quarter) (?:of|in) (?:<MONTH>|<YEAR>|<SEASON>|"
            r"(?:last|this|next) (?:month|year|<SEASON>))"
        ),
        _nothing,
    ),
    (phrase(rf"(?:{_EDGE})?(?:the )?{_REL} weekend"), _weekend_related),
    (phrase(r"(?P<count><NUMBER>) weekends ago"), _weekends_ago),
    (phrase(r"the weekend"), _bare_weekend),
    (phrase(rf"(?:{_EDGE})?{_REL} {_UNIT}"), _related),
    (
        phrase(
            r"in (?:about |around |exactly )?(?P<count><NUMBER>) (?P<unit>months?|years?)"
            r"(?:'s? time| time)?(?P<ago>)(?! (?:or|of)(?!\w))"
        ),
        _ago,
    ),
    (phrase(r"(?P<count><NUMBER>) (?P<unit>months?|years?) (?:(?P<ago>ago)|from now)"), _ago),
    (
        phrase(
            r"in (?:about |around |exactly )?(?:(?P<half>half an)|(?P<count>[0-9]{1,3}|an|two|"
            r"three|"
            r"four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty)) "
            r"(?P<unit>hours?|hrs?|minutes?|mins?)(?P<more> and a half)?(?P<ago>)(?! (?:or|of)"
            r"(?!\w))"
        ),
        _moments,
    ),
    (
        phrase(
            r"(?:(?P<half>half an)|(?P<count>[0-9]{1,3}|an|one|two|three|four|five|six|seven|"
            r"eight|nine|ten|"
            r"eleven|twelve|fifteen|twenty|thirty|forty|forty-five|fifty)) (?P<unit>hours?|"
            r"hrs?|minutes?|mins?)"
            r"(?P<more> and a half)? (?:(?P<ago>ago)|from now)"
        ),
        _moments,
    ),
    (
        phrase(
            rf"(?P<edge>{_EDGE})?(?:(?:the )?{_REL} )?(?P<month><MONTH>)"
            r"(?:,? (?:of )?(?P<year><YEAR>)|,? (?:of )?(?P<relyear>last|this|next) year)?"
        ),
        _month,
    ),
    (
        phrase(
            rf"(?P<edge>{_EDGE})?(?:(?:the )?{_REL} )?(?P<season><SEASON>)(?:time)?"
            r"(?: (?:of )?(?P<year><YEAR>)(?:/[0-9]{2})?| (?:of )?(?P<relyear>last|this|next)"
            r" year)?"
        ),
        _season,
    ),
    (
        phrase(
            r"(?:early |late |mid[- ])?(?:'?(?P<century>19|20)?(?P<ten>[0-9])0'?s|(?P<word>fifties|"
            r"sixties|seventies|eighties|nineties))"
        ),
        _decade,
    ),
    (phrase(rf"(?P<edge>{_EDGE})?(?:(?P<year><YEAR>)|'(?P<short>[0-9]{{2}}))"), _year),
)
"""Reads one period, or a moment counted from now."""
