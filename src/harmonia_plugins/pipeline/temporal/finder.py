"""Finding the time expressions of a text."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

from harmonia_plugins.model import TimeMention
from harmonia_plugins.pipeline.temporal.clocks import (
    Clock,
    Tail,
    in_part,
    nearest,
    part_rule,
    read_bare,
    read_clock,
    read_day_part,
    read_span,
    read_tail,
    with_tail,
)
from harmonia_plugins.pipeline.temporal.lexicon import (
    HOLIDAYS,
    MONTH_NUMBERS,
    NUMBERS,
    ORDINALS,
    PARTS,
    SEASONS,
    WEEKDAY_NUMBERS,
    WEEKDAYS,
    fold,
    number,
    phrase,
)  # fmt: skip
from harmonia_plugins.pipeline.temporal.ranges import calendar_rule, range_rule, since_rule
from harmonia_plugins.pipeline.temporal.readings import DAY, Found, Frame, Reading, midnight
from harmonia_plugins.pipeline.temporal.recurring import plural_rule, recurring_rule, with_clock
from harmonia_plugins.pipeline.temporal.tense import is_habit

_FIRST_WORDS = {
    *("today", "tomorrow", "tomorow", "tommorow", "tommorrow", "tmrw", "yesterday", "tonight"),
    *("this", "last", "next", "past", "coming", "previous", "every", "each", "daily", "weekly"),
    *("monthly", "yearly", "hourly", "annually", "fortnightly", "quarterly", "since", "ever"),
    *("for", "from", "between", "in", "at", "around", "about", "once", "weekdays", "weekends"),
    *("noon", "midday", "midnight", "the", "day", "week", "weekend", "month", "year", "half"),
    *("quarter", "early", "late", "mid", "later", "earlier", "start", "beginning", "middle"),
    *("end", "fifties", "sixties", "seventies", "eighties", "nineties", "forty-five"),
    *("springtime", "summertime", "wintertime"),
    *(f"{day}s" for day in WEEKDAYS),
    *(name.split()[0].split("'")[0] for name in HOLIDAYS),
    *(*MONTH_NUMBERS, *WEEKDAY_NUMBERS, *SEASONS, *NUMBERS, *ORDINALS, *PARTS),
}
"""The words that an expression can begin with."""

_START = re.compile(
    r"(?<![\w$€£#+@/.,:%-])(?:[a-z]+(?:-[a-z]+)?|[0-9']+)"
    r"|(?<=\s)@ ?(?=[0-9])|(?<=[-,.:/])(?=[a-z])[a-z]+"
)
_SKIPPED = frozenset(("by", "until", "till", "before", "after", "til"))
_LEAD = re.compile(r"(?<!\w)(?:on|in|at|during|over|around|about|early|late)(?:\sthe)?\s{1,3}\Z")
_HIDDEN = re.compile(
    r"https?://\S+|www\.\S+|(?<!\S)\S{1,80}@\S{1,80}|```.*?```|`[^`\n]*`", re.DOTALL
)


def find_times(text: str, *, at: datetime, zone: tzinfo) -> list[TimeMention]:
    """Return the time expressions of a text written at `at` by someone in `zone`, in order.

    Expressions that could mean several times carry candidates instead of a start; what is not
    sure to be a time is left out.
    """
    low = fold(text)
    frame = Frame(text, _hide(low), at.astimezone(zone).replace(tzinfo=None), zone)
    mentions: list[TimeMention] = []
    end = 0
    for start in _starts(frame.low):
        if start < end:
            continue
        found = _read(frame, start)
        if not found:
            continue
        reading, stop = found
        begin = _with_lead(frame.low, start, end)
        end = stop
        if reading.names_time() and frame.before(begin) not in _SKIPPED:
            mention = _mention(frame, reading, begin, stop)
            mentions.extend([mention] if mention else [])
    return mentions


def _starts(low: str) -> list[int]:
    return [
        m.start()
        for m in _START.finditer(low)
        if m[0] in _FIRST_WORDS or m[0][0] < "a" or m[0].partition("-")[0] in _FIRST_WORDS
    ]


def _hide(low: str) -> str:
    """Blank out addresses and code, which hold digits that are no dates."""
    if "://" not in low and "@" not in low and "`" not in low and "www." not in low:
        return low
    return _HIDDEN.sub(lambda m: "\0" * len(m[0]), low)


def _with_lead(low: str, start: int, floor: int) -> int:
    lead = _LEAD.search(low, max(floor, start - 14), start)
    return lead.start() if lead else start


def _read(frame: Frame, at: int) -> Found | None:
    try:
        return _repeating(frame, at) or _clocked(frame, at) or _dated(frame, at)
    except (OverflowError, ValueError):
        return None  # beyond the years that the calendar of datetime knows


def _repeating(frame: Frame, at: int) -> Found | None:
    found = recurring_rule(frame, at) or plural_rule(frame, at)
    if not found or not found[0].recurrence:
        return found
    tail = read_tail(frame, found[1])
    reading = with_clock(found[0], tail)
    return (reading, tail.end) if reading else found


def _dated(frame: Frame, at: int) -> Found | None:
    found = since_rule(frame, at) or range_rule(frame, at)
    if found:
        return found
    found = calendar_rule(frame, at)
    if not found:
        return part_rule(frame, at)
    reading, end = found
    if reading.precision != "day" or not reading.names_time():
        return found
    if reading.start and reading.end and reading.end - reading.start > DAY:
        return found
    tail = read_tail(frame, end)
    with_time = with_tail(reading, tail)
    return (with_time, tail.end) if with_time else found


_AT = re.compile(r"(?:at|around|about|@)\s{0,3}(?:around |about |exactly )?")
_GLUE = re.compile(r",?\s{1,3}(?:on |of )?(?:the )?")
_PART_OF = re.compile(
    r"(?:the |early |late )*(?P<part>morning|afternoon|evening|night) (?:of|on) (?:the )?"
)


def _clocked(frame: Frame, at: int) -> Found | None:
    """What begins with a time of day: `at 2pm`, `half past six tomorrow`, `2-4pm on Friday`."""
    if match := _PART_OF.match(frame.low, at):
        return _with_day(frame, at, Tail(match.end(), part=match["part"]))
    span = read_span(frame.low, at)
    if span:
        return _with_day(frame, at, Tail(span[2], span[0], span[1]))
    lead = _AT.match(frame.low, at)
    here = lead.end() if lead else at
    found = read_clock(frame.low, here)
    if found and not lead and not found[0].sure and frame.before(at) not in ("by", "until", "from"):
        # "10:12" or "five past two" alone may be a score or a count.
        if not _GLUE.match(frame.low, found[1]):
            return None
        after = _after_clock(frame, at, Tail(found[1], found[0]))
        return after if after and after[1] > found[1] else None
    if not found and lead:
        found = read_bare(frame.low, here) or _hour_before_day(frame, here)
    return _after_clock(frame, at, Tail(found[1], found[0])) if found else None


def _hour_before_day(frame: Frame, at: int) -> tuple[Clock, int] | None:
    """The hour of `at 7 every morning`, `at 6 tomorrow`, `at 9 last night`."""
    match = _HOUR.match(frame.low, at)
    return (Clock(number(match["hour"])), match.end()) if match else None


def _after_clock(frame: Frame, at: int, tail: Tail) -> Found | None:
    part = read_day_part(frame.low, tail.end)
    clock = tail.clock
    if part and clock:
        clock = in_part(clock, part[0])
        if clock is None:
            return None
        tail = Tail(part[1], clock)
    return _with_day(frame, at, tail)


def _with_day(frame: Frame, at: int, tail: Tail) -> Found | None:
    """The day that follows a time of day, or the day that the tense tells."""
    glue = _GLUE.match(frame.low, tail.end) if tail.clock else None
    here = glue.end() if glue else tail.end
    if (glue or tail.part) and (found := _day_after(frame, here, tail)):
        return found
    if tail.clock is None or is_habit(frame.low, at, tail.end):
        return None
    past = frame.past(at, tail.end)
    first = nearest(frame, tail.clock, past=past)
    if tail.until and first.start:
        last = midnight(first.start.date()) + tail.until.offset()
        last = last if last > first.start else last + DAY
        return Reading(first.precision, first.start, last), tail.end
    return first, tail.end


def _day_after(frame: Frame, at: int, tail: Tail) -> Found | None:
    found = recurring_rule(frame, at) or plural_rule(frame, at)
    if found and found[0].recurrence:
        part = _EVERY_PART.search(frame.low[at : found[1]])
        told = Tail(tail.end, tail.clock, tail.until, part[0] if part else tail.part)
        reading = with_clock(found[0], told)
        return (reading, found[1]) if reading else None
    if match := _DAY_PART.match(frame.low, at):
        return _in_day_part(frame, match, tail)
    found = calendar_rule(frame, at)
    if not found or found[0].precision != "day" or not found[0].names_time():
        return None
    more = read_tail(frame, found[1])
    if more.clock or (more.part and tail.part):
        more = Tail(found[1])
    whole = Tail(more.end, tail.clock, tail.until, more.part or tail.part)
    reading = with_tail(found[0], whole)
    return (reading, more.end) if reading else None


_HOUR = phrase(
    r"(?P<hour>1[0-2]|[1-9]|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?= (?:every|each|in the|today|tomorrow|yesterday|tonight|this|last|next|on|<WEEKDAY>)(?!\w))"
)
_EVERY_PART = re.compile(r"morning|afternoon|evening|night")
_DAY_PART = re.compile(
    r"(?:this (?P<part>morning|afternoon|evening)|(?P<night>tonight|last night))(?!\w)"
)


def _in_day_part(frame: Frame, m: re.Match[str], tail: Tail) -> Found | None:
    """`at 9 last night`, `at 7 this evening`."""
    part = m["part"] or "night"
    day = frame.today - DAY if (m["night"] or "").startswith("last") else frame.today
    clock = tail.clock
    if clock and part == "night" and clock.sure and clock.hour < 6:
        clock = Clock(clock.hour + 24, clock.minute, sure=True)
    reading = with_tail(
        Reading("day", midnight(day), midnight(day + DAY)), Tail(m.end(), clock, None, part)
    )
    return (reading, m.end()) if reading else None


def _mention(frame: Frame, reading: Reading, start: int, end: int) -> TimeMention | None:
    try:
        first = _aware(reading.start, frame.zone)
        return TimeMention(
            text=frame.text[start:end],
            span=(start, end),
            precision=reading.precision,
            start=first,
            end=_end(reading, first, frame.zone),
            recurrence=reading.recurrence,
            candidates=tuple(c for day in reading.candidates if (c := _aware(day, frame.zone))),
        )
    except (OverflowError, ValueError):
        return None


def _end(reading: Reading, first: datetime | None, zone: tzinfo) -> datetime | None:
    """The end; of an hour or a minute counted in real time, as the clock may jump in between."""
    if reading.start is None or reading.end is None or first is None:
        return None
    length = reading.end - reading.start
    if length <= timedelta(hours=1):
        return (first.astimezone(UTC) + length).astimezone(zone)
    return _aware(reading.end, zone)


def _aware(wall: datetime | None, zone: tzinfo) -> datetime | None:
    """The wall clock time in its zone; one that the clock skips is moved to what it showed."""
    if wall is None:
        return None
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
