"""Stretches of time: `from 3 to 7 June`, `Monday to Wednesday`, `since March`."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from harmonia_plugins.model import Precision
from harmonia_plugins.pipeline.temporal.calendar import dated
from harmonia_plugins.pipeline.temporal.clocks import nearest, part_rule, read_clock
from harmonia_plugins.pipeline.temporal.days import beside_rule, day_rule
from harmonia_plugins.pipeline.temporal.lexicon import day_number, month_number, number, phrase
from harmonia_plugins.pipeline.temporal.periods import period_rule
from harmonia_plugins.pipeline.temporal.readings import (
    DAY,
    NOTHING,
    Found,
    Frame,
    Reading,
    days,
    midnight,
    month,
    year,
)
from harmonia_plugins.pipeline.temporal.tense import is_perfect

_LINK = r"(?: ?- ?| to | until | till | through | thru | and )"
_NUMBERS = tuple(
    phrase(pattern)
    for pattern in (
        rf"(?:from |between )?(?:the )?(?P<first><DAYNUMBER>){_LINK}(?:the )?"
        rf"(?P<last><DAYNUMBER>) (?:of )?"
        r"(?P<month><MONTH>)(?:,? (?P<year><YEAR>))?",
        rf"(?:from |between )?(?P<month><MONTH>) (?P<first><DAYNUMBER>){_LINK}(?:the )?"
        rf"(?P<last><DAYNUMBER>)"
        r"(?:,? (?P<year><YEAR>))?",
    )
)
_YEARS = phrase(rf"(?:from |between |in |during )(?P<first><YEAR>){_LINK}(?P<last><YEAR>)")
_LEAD = re.compile(r"(?P<word>from|between)\s{1,3}(?:the )?")
_MIDDLE = re.compile(r"\s{0,2}(?:-|\b(?:to|until|till|through|thru|and)\b)\s{0,2}(?:the )?")
_LINKED = re.compile(r"[^\n]{2,50}?(?:-|\b(?:to|until|till|through|thru|and)\b)")
_RELATIVE = re.compile(r"(?<!\w)(?:today|tomorrow|yesterday|last|next|this|ago|in)(?!\w)")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_CALENDAR = frozenset(("day", "month", "year", "season", "week"))


def range_rule(frame: Frame, at: int) -> Found | None:
    """Reads a range of days, months, seasons or years."""
    for pattern in _NUMBERS:
        if match := pattern.match(frame.low, at):
            return _month_days(match, frame)
    if match := _YEARS.match(frame.low, at):
        first, last = int(match["first"]), int(match["last"])
        if first < last:
            return replace(year(first), end=year(last).end), match.end()
    return _from_to(frame, at)


def _month_days(m: re.Match[str], frame: Frame) -> Found | None:
    """Two days of one month, the year by tense where it is not told."""
    number, first, last = month_number(m["month"]), day_number(m["first"]), day_number(m["last"])
    years = [int(m["year"])] if m["year"] else [frame.today.year + n for n in (-1, 0, 1)]
    spans = [(dated(y, number, first), dated(y, number, last)) for y in years]
    fitting = [(a, b) for a, b in spans if a and b and a < b]
    if not m["year"]:
        past = frame.past(*m.span())
        fitting = [s for s in fitting if (s[0] <= frame.today if past else s[1] >= frame.today)]
        fitting = fitting[-1:] if past else fitting[:1]
    if not fitting:
        return None
    start, end = fitting[0]
    return days(start, (end - start).days + 1), m.end()


def calendar_rule(frame: Frame, at: int) -> Found | None:
    """Reads one day or period."""
    return beside_rule(frame, at) or day_rule(frame, at) or period_rule(frame, at)


def _from_to(frame: Frame, at: int) -> Found | None:
    lead = _LEAD.match(frame.low, at)
    here = lead.end() if lead else at
    if not _LINKED.match(frame.low, here):
        return None
    first = calendar_rule(frame, here)
    middle = _MIDDLE.match(frame.low, first[1]) if first else None
    if not first or not middle or ("and" in middle[0]) != bool(lead and lead["word"] == "between"):
        return _months(frame, here, at)
    if not lead and first[0].precision not in ("day", "month"):
        return None
    last = calendar_rule(frame, middle.end())
    if not last or last[0].precision != first[0].precision or first[0].precision not in _CALENDAR:
        return _months(frame, here, at)
    return _joined(frame, (here, *first), (middle.end(), *last))


_MONTHS = phrase(
    rf"(?P<first><MONTH>)(?: (?P<year1><YEAR>))?(?P<link>{_LINK})(?P<last><MONTH>)(?:,? "
    rf"(?P<year><YEAR>))?"
)


def _months(frame: Frame, here: int, at: int) -> Found | None:
    """`between May and July`, `from March to April 2021`, `June - August`."""
    m = _MONTHS.match(frame.low, here)
    if not m or (" and" in m["link"]) != (frame.low[at:here].startswith("between")):
        return None
    if here == at and not (frame.capital(m.start("first")) and frame.capital(m.start("last"))):
        return None
    first, last = month_number(m["first"]), month_number(m["last"])
    over = last < first
    if m["year"]:
        base = int(m["year1"]) if m["year1"] else int(m["year"]) - over
    else:
        today = frame.today
        past = frame.past(m.start(), m.end())
        base = today.year - 1
        over_now = [y for y in range(base, base + 3) if _first(y + over, last + 1) > frame.now]
        begun = [y for y in range(base, base + 3) if _first(y, first) <= frame.now]
        base = begun[-1] if past else over_now[0]
    start, end = month(base, first).start, month(int(m["year"] or base + over), last).end
    return (Reading("month", start, end), m.end()) if start and end and start < end else None


def _first(year: int, number: int) -> datetime:
    first = month(year, number).start
    assert first is not None
    return first


def _joined(
    frame: Frame, first: tuple[int, Reading, int], last: tuple[int, Reading, int]
) -> Found | None:
    """From the start of one to the end of the other, the loose one set by the firm one."""
    reading, until = first[1], last[1]
    firm_first = _firm(frame.low[first[0] : first[2]])
    firm_last = _firm(frame.low[last[0] : last[2]])
    if not firm_last and reading.start and (firm_first or not frame.past(first[0], last[2])):
        moved = calendar_rule(frame.moved(reading.start, "future"), last[0])
        until = moved[0] if moved else until
    elif not firm_first and until.start:
        moved = calendar_rule(frame.moved(until.start, "past"), first[0])
        reading = moved[0] if moved else reading
    if not reading.start or not until.end or reading.start >= until.end:
        return NOTHING, last[2]
    return Reading(reading.precision, reading.start, until.end), last[2]


def _firm(words: str) -> bool:
    return bool(_RELATIVE.search(words) or _YEAR.search(words))


_SINCE = re.compile(r"(?:ever )?since\s{1,3}(?:the |at |about |around |back in )?")
_FOR = phrase(
    r"for (?:about |around |over |almost |nearly )?(?:the (?:last|past) )?"
    r"(?P<count><NUMBER>) (?P<unit>days?|weeks?|months?|years?)(?: now)?"
)
_VAGUE_FOR = re.compile(r"for (?:about|around|over|almost|nearly)\b")


def since_rule(frame: Frame, at: int) -> Found | None:
    """`since March`, `for three years`: a start and no end."""
    if match := _SINCE.match(frame.low, at):
        found = _anchor(replace(frame, forced="past"), match.end())
        if found and found[0].start:
            return Reading(found[0].precision, found[0].start), found[1]
        return (NOTHING, found[1]) if found else None
    match = _FOR.match(frame.low, at)
    if not match or not is_perfect(frame.low, at) or _VAGUE_FOR.match(frame.low, at):
        return None
    return Reading(_PRECISIONS[match["unit"][0]], _back(frame, match)), match.end()


_PRECISIONS: dict[str, Precision] = {"d": "day", "w": "day", "m": "month", "y": "year"}


def _back(frame: Frame, m: re.Match[str]) -> datetime | None:
    count, today = number(m["count"]), frame.today
    if m["unit"][0] in "dw":
        return midnight(today - count * (7 if m["unit"][0] == "w" else 1) * DAY)
    if m["unit"][0] == "m":
        return month(today.year, today.month - count).start
    return year(today.year - count).start


def _anchor(frame: Frame, at: int) -> Found | None:
    if found := calendar_rule(frame, at) or part_rule(frame, at):
        return found
    if clock := read_clock(frame.low, at):
        return nearest(frame, clock[0], past=True), clock[1]
    return None
