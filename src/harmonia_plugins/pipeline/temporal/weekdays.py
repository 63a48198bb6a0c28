"""What a weekday means: alone, with `last` or `next`, or counted within a month."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.temporal.calendar import (
    DAY,
    SHIFT,
    WEEK,
    nth_weekday,
    weekday_after,
    weekday_before,
)
from harmonia_plugins.pipeline.temporal.lexicon import (
    ORDINALS,
    month_number,
    number,
    phrase,
    weekday_number,
)
from harmonia_plugins.pipeline.temporal.readings import (
    NOTHING,
    Frame,
    Reading,
    days,
    either,
    weekend,
)
from harmonia_plugins.pipeline.temporal.surroundings import FOLLOWS


def next_weekday(frame: Frame, weekday: int) -> Reading:
    """What `next` with a weekday means: sure only where no such day is left in this week."""
    first = weekday_after(frame.today, weekday)
    if first.isocalendar()[:2] != frame.today.isocalendar()[:2]:
        return days(first)
    return either(first, first + WEEK)


def weekday_related(m: re.Match[str], frame: Frame) -> Reading | None:
    """A weekday with `last`, `this`, `next` or `coming` before it."""
    weekday, word = weekday_number(m["weekday"]), m["rel"]
    if word == "next":
        return next_weekday(frame, weekday)
    if word.endswith("coming"):
        return days(weekday_after(frame.today, weekday))
    if word == "this":
        return days(frame.today + (weekday - frame.today.weekday()) * DAY)
    return days(weekday_before(frame.today, weekday))


def weekday_of_week(m: re.Match[str], frame: Frame) -> Reading | None:
    """`Friday next week`, `last week on Tuesday`."""
    monday = frame.today - frame.today.weekday() * DAY
    return days(monday + SHIFT[m["rel"]] * WEEK + weekday_number(m["weekday"]) * DAY)


def weekday(m: re.Match[str], frame: Frame) -> Reading | None:
    """A weekday alone, by tense, unless it is part of a name or another word."""
    word, before = m["weekday"], frame.before(m.start())
    if _NAMED_BEFORE.fullmatch(before) or _NAMED_AFTER.match(frame.low, m.end()):
        return NOTHING
    if before in _OWNERS and not _ALONE.match(frame.low, m.end()):
        return NOTHING
    if word.rstrip(".") in ("sat", "sun", "mon", "wed", "weds"):
        # Also a verb, a noun, a name and a verb: only a capital after "on" makes them days.
        if before not in ("on", "this", "by", "since", "from", "until", "and", "to", "between"):
            return None
        if not frame.capital(m.start()) and before != "on":
            return None
        if word == "sun" and not frame.capital(m.start()):
            return None
    weekday = weekday_number(word)
    past = frame.past(*m.span())
    return days((weekday_before if past else weekday_after)(frame.today, weekday))


_NAMED_BEFORE = phrase(
    r"(?:good|black|easter|ash|palm|cyber|super|fat|shrove|holy|maundy|casual|freaky|manic|bloody|"
    r"whit|giving|ruby|blue|happy|sheffield|a|an|every|each|per)"
)
_NAMED_AFTER = phrase(
    r" (?:school|schools|roast|roasts|blues|times|league|club|best|paper|papers|addams|weld|"
    r"feeling|motivation|telegraph|mirror|post|lunches|drivers?|night football|night live|"
    r"newspapers?|mass|murder|market|markets|edition|quiz)"
)
_OWNERS = frozenset(("the", "my", "our", "his", "her", "their", "your"))
_ALONE = re.compile(
    rf"(?!\s(?:before|after)(?!\w))(?:{FOLLOWS.pattern})|\s(?:morning|afternoon|evening|night|lunchtime|just|gone|past|following"
    r"|next|last|this|coming)(?!\w)|\s?[-\u2013\u2014/&]|\s\d|'"
)
"""What follows a weekday that is a day: before a noun of its own it is one of every week."""


def weekday_ahead(m: re.Match[str], frame: Frame) -> Reading | None:
    """`a week on Friday`, `two weeks from tomorrow`: weeks counted from a day."""
    word = m["what"]
    base = {"today": frame.today, "now": frame.today, "tomorrow": frame.today + DAY}.get(word)
    if base is None:
        base = weekday_after(frame.today, weekday_number(word))
    count = number(m["count"])
    return days(base + (count * WEEK if m["unit"].startswith("week") else count * DAY))


def weekday_of_month(m: re.Match[str], frame: Frame) -> Reading | None:
    """`the first Monday in June`, `the last Friday of next month`."""
    year, month = frame.today.year, frame.today.month
    nth = ORDINALS[m["nth"]] if m["nth"] in ORDINALS else int(m["nth"][0])
    wanted = 5 if m["weekday"] == "weekend" else weekday_number(m["weekday"])
    make = weekend if m["weekday"] == "weekend" else days
    if m["rel"]:
        index = year * 12 + month - 1 + SHIFT[m["rel"]]
        found = nth_weekday(index // 12, index % 12 + 1, wanted, nth)
        return make(found) if found else None
    month = month_number(m["month"])
    if m["year"]:
        found = nth_weekday(int(m["year"]), month, wanted, nth)
        return make(found) if found else None
    past = frame.past(*m.span())
    options = (
        nth_weekday(year + shift, month, wanted, nth) for shift in ((0, -1) if past else (0, 1))
    )
    fitting = [d for d in options if d and (d <= frame.today if past else d >= frame.today)]
    return make(fitting[0]) if fitting else None
