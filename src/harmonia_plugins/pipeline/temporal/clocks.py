"""Clock times and parts of a day, alone or beside a day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from harmonia_plugins.pipeline.temporal.lexicon import PARTS, number, phrase
from harmonia_plugins.pipeline.temporal.readings import DAY, Found, Frame, Reading, midnight
from harmonia_plugins.pipeline.temporal.surroundings import FOLLOWS


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time; `sure` where the half of the day is told. 24 is the end of the day."""

    hour: int
    minute: int | None = None
    sure: bool = False

    def offset(self) -> timedelta:
        """How far into the day it is."""
        return timedelta(hours=self.hour, minutes=self.minute or 0)


ClockFound = tuple[Clock, int]

_HALF = r"(?: ?(?P<half>[ap])(?:\.m\.|\.?m))"
_PATTERNS = tuple(
    phrase(pattern)
    for pattern in (
        rf"(?P<hour>1[0-2]|0?[1-9])(?:[:.](?P<minute>[0-5][0-9]))?{_HALF}",
        r"(?P<hour>2[0-3]|[01]?[0-9])[:](?P<minute>[0-5][0-9])(?![:/][0-9])",
        r"(?P<past>half|quarter|a quarter|five|ten|twenty|twenty-five)(?: minutes)? "
        rf"(?P<side>past|to) (?P<hour><NUMBER>)(?: o'?clock)?{_HALF}?",
        r"(?P<name>noon|midday|midnight)",
        r"(?P<hour><NUMBER>) o'?clock",
    )
)
_BARE = phrase(r"(?P<hour><NUMBER>)(?:ish|-ish)?")
_PART = phrase(
    r"(?:in the |at |early in the )?(?:early |late )?(?P<part>morning|afternoon|evening|night)"
)
_AT = re.compile(r",?\s{0,3}(?:(?:at|around|about|@|from)\s{1,3}(?:around\s|about\s|exactly\s)?)?")
_LED = re.compile(r"[a@]")
_PAST_MINUTES = {
    "half": 30, "quarter": 15, "a quarter": 15, "five": 5, "ten": 10, "twenty": 20,
    "twenty-five": 25,
}  # fmt: skip


def read_clock(low: str, at: int) -> ClockFound | None:
    """The clock time that begins here, where its words alone say that it is one."""
    for pattern in _PATTERNS:
        match = pattern.match(low, at)
        if match and (clock := _clock(match.groupdict())):
            return clock, match.end()
    return None


def _clock(said: dict[str, str | None]) -> Clock | None:
    if name := said.get("name"):
        return Clock(24 if name == "midnight" else 12, sure=True)
    word = said["hour"] or ""
    hour = number(word)
    minute = int(m) if (m := said.get("minute")) else None
    if past := said.get("past"):
        minute = _PAST_MINUTES[past]
        if said["side"] == "to":
            hour, minute = hour - 1 or 12, 60 - minute
    if half := said.get("half"):
        return (
            Clock(hour % 12 + (12 if half == "p" else 0), minute, sure=True) if hour < 13 else None
        )
    if hour > 23:
        return None
    return Clock(hour, minute, sure=hour > 12 or word.startswith("0") or hour == 0)


def read_bare(low: str, at: int) -> ClockFound | None:
    """A number alone as an hour ("at 7"), where no noun follows it."""
    match = _BARE.match(low, at)
    if not match or match["hour"] in ("a", "an") or not FOLLOWS.match(low, match.end()):
        return None
    hour = number(match["hour"])
    if not 1 <= hour <= 12 or re.match(r"[.,:/-][0-9]", low[match.end() : match.end() + 2]):
        return None
    return Clock(hour), match.end()


def in_part(clock: Clock, part: str) -> Clock | None:
    """The clock time, read as one of this part of a day."""
    hour = clock.hour
    if clock.sure:
        return clock
    if part == "morning":
        hour = hour % 12
    elif part == "afternoon":
        hour = hour % 12 + 12
    elif part == "evening":
        hour = hour + 12 if 4 <= hour <= 11 else -1
    elif hour == 12:
        hour = 24
    else:
        hour = hour + 12 if hour > 5 else hour + 24
    return Clock(hour, clock.minute, sure=True) if hour >= 0 else None


def on_day(day: date, clock: Clock) -> Reading:
    """The clock time on a day, or its two candidates."""
    return _at((midnight(day),), clock)


def on_days(reading: Reading, clock: Clock) -> Reading:
    """The clock time on a day that was read before, which may have candidates itself."""
    return _at((reading.start,) if reading.start else reading.candidates, clock)


def _at(starts: tuple[datetime, ...], clock: Clock) -> Reading:
    hours = [clock.offset()]
    if not clock.sure:
        other = timedelta(hours=-12 if clock.hour == 12 else 12)
        hours = sorted((clock.offset(), clock.offset() + other))
    times = [start + hour for start in starts for hour in hours]
    precision = "hour" if clock.minute is None else "minute"
    if len(times) > 1:
        return Reading(precision, candidates=tuple(times))
    length = timedelta(hours=1) if precision == "hour" else timedelta(minutes=1)
    return Reading(precision, times[0], times[0] + length)


def part_of(day: date, part: str) -> Reading:
    """A part of a day."""
    first, last = PARTS[part]
    start = midnight(day)
    return Reading("hour", start + timedelta(hours=first), start + timedelta(hours=last))


def _last_night(day: date) -> Reading:
    start = midnight(day) - timedelta(hours=6)
    return Reading("hour", start, start + timedelta(hours=12))


@dataclass(frozen=True, slots=True)
class Tail:
    """What is said about the time of day, beside a day."""

    end: int
    clock: Clock | None = None
    until: Clock | None = None
    part: str | None = None


def read_tail(frame: Frame, at: int, part: str | None = None) -> Tail:
    """Clock time and part of the day that follow a day, in any order."""
    tail = Tail(at, part=part)
    for _ in range(2):
        glue = _AT.match(frame.low, tail.end)
        here = glue.end() if glue else tail.end
        if here == tail.end:
            break
        if tail.part is None and (match := _PART.match(frame.low, here)):
            tail = Tail(match.end(), tail.clock, tail.until, match["part"])
        elif tail.clock is None and (
            found := _clock_or_span(frame, here, bool(_LED.search(glue[0])) if glue else False)
        ):
            tail = Tail(found[2], found[0], found[1], tail.part)
        else:
            break
    return tail


def _clock_or_span(frame: Frame, at: int, led: bool) -> tuple[Clock, Clock | None, int] | None:
    if span := read_span(frame.low, at):
        return span
    found = read_clock(frame.low, at) or (read_bare(frame.low, at) if led else None)
    return (found[0], None, found[1]) if found else None


def with_tail(reading: Reading, tail: Tail) -> Reading | None:
    """A day together with what was said about the time of day."""
    clock, until = tail.clock, tail.until
    if clock and tail.part:
        clock = in_part(clock, tail.part)
        until = in_part(until, tail.part) if until else None
    if clock:
        first = on_days(reading, clock)
        if until and first.start and reading.start:
            last = reading.start + until.offset()
            return Reading(first.precision, first.start, last if last > first.start else last + DAY)
        return first
    if tail.part and reading.start:
        return part_of(reading.start.date(), tail.part)
    if tail.part and reading.candidates:
        first_hour = timedelta(hours=PARTS[tail.part][0])
        return Reading("hour", candidates=tuple(c + first_hour for c in reading.candidates))
    return None if tail.clock else reading


_SPAN_LINK = re.compile(r"\s{0,2}(?:-|to|till|until|and)\s{0,2}")
_SPAN_FIRST = re.compile(
    r"(?P<hour>2[0-3]|1[0-9]|0?[0-9])(?:[:.](?P<minute>[0-5][0-9]))?(?=\s?(?:-|to|till|until|and))"
)


def read_span(low: str, at: int) -> tuple[Clock, Clock, int] | None:
    """`2-4pm`, `from 14:00 to 16:30`: two clock times whose halves of the day are told."""
    lead = re.compile(r"(?:from|between) ").match(low, at)
    here = lead.end() if lead else at
    first = read_clock(low, here)
    if not first and (bare := _SPAN_FIRST.match(low, here)):
        minute = int(bare["minute"]) if bare["minute"] else None
        first = Clock(int(bare["hour"]), minute), bare.end()
    link = _SPAN_LINK.match(low, first[1]) if first else None
    last = read_clock(low, link.end()) if link else None
    if not first or not last or not last[0].sure or (link and "and" in link[0] and not lead):
        return None
    start, end = first[0], last[0]
    if not start.sure:
        start = Clock(start.hour, start.minute, sure=True)
        if start.hour <= 12 < end.hour and start.hour % 12 < end.hour - 12:
            start = Clock(start.hour % 12 + 12, start.minute, sure=True)
    return start, end, last[1]


_DAY_PART = phrase(
    r"(?:early |late |later |earlier )?(?:(?P<this>this) (?P<part>morning|afternoon|evening)|"
    r"(?P<tonight>tonight|last night))"
)


def part_rule(frame: Frame, at: int) -> Found | None:
    """`this morning`, `tonight at 8`, `last night`."""
    match = _DAY_PART.match(frame.low, at)
    if not match:
        return None
    last_night = (match["tonight"] or "").startswith("last")
    day = frame.today - DAY if last_night else frame.today
    part = match["part"] or "night"
    tail = read_tail(frame, match.end(), part)
    if tail.clock is None:
        return (_last_night(frame.today) if last_night else part_of(day, part)), match.end()
    clock = tail.clock
    if part == "night" and clock.sure and clock.hour < 6:
        tail = Tail(tail.end, Clock(clock.hour + 24, clock.minute, sure=True), None, part)
    reading = with_tail(Reading("day", midnight(day), midnight(day + DAY)), tail)
    return (reading, tail.end) if reading else None


def nearest(frame: Frame, clock: Clock, *, past: bool) -> Reading:
    """A clock time without a day: the latest or the next one; of today where it is ambiguous."""
    if not clock.sure:
        return on_day(frame.today, clock)
    step = -DAY if past else DAY
    day = midnight(frame.today) + (-DAY if clock.hour == 24 else timedelta())
    for _ in range(3):
        moment = day + clock.offset()
        if (moment <= frame.now) if past else (moment > frame.now):
            return on_day(day.date(), clock)
        day += step
    return on_day(frame.today, clock)


def read_day_part(low: str, at: int) -> tuple[str, int] | None:
    """`in the evening`, `at night` after a clock time."""
    match = re.compile(r"\s{1,3}").match(low, at)
    found = _CLOCK_PART.match(low, match.end()) if match else None
    return (found["part"], found.end()) if found else None


_CLOCK_PART = phrase(r"(?:in the |at )(?P<part>morning|afternoon|evening|night)")
