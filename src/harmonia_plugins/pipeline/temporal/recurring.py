"""What repeats: `every Tuesday`, `on the first of every month`, `daily at 7am`."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.temporal.clocks import Clock, Tail, in_part
from harmonia_plugins.pipeline.temporal.lexicon import (
    HOLIDAYS,
    ORDINALS,
    RULE_DAYS,
    SEASONS,
    WEEKDAY_NUMBERS,
    day_number,
    month_number,
    number,
    phrase,
    weekday_number,
)
from harmonia_plugins.pipeline.temporal.readings import (
    NOTHING,
    Frame,
    Reading,
    recurring,
    ruled,
)

_FREQUENCY = {"hour": "HOURLY", "day": "DAILY", "week": "WEEKLY", "month": "MONTHLY",
              "year": "YEARLY"}  # fmt: skip
_ADVERBS = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month",
            "yearly": "year", "annually": "year", "fortnightly": "fortnight",
            "quarterly": "quarter"}  # fmt: skip
_WEEKDAYS = "MO,TU,WE,TH,FR"
_NAME = re.compile(r"[a-z]+")


def _interval(unit: str, count: int) -> Reading:
    if unit == "fortnight":
        unit, count = "week", 2 * count
    if unit == "quarter":
        unit, count = "month", 3 * count
    every = f";INTERVAL={count}" if count > 1 else ""
    return recurring(f"FREQ={_FREQUENCY[unit]}{every}", unit)  # type: ignore[arg-type]


def _unit(m: re.Match[str], frame: Frame) -> Reading | None:
    count = 2 if m["other"] else number(m["count"]) if m["count"] else 1
    if m["ordinal"]:
        count = ORDINALS.get(m["ordinal"]) or int(m["ordinal"][:-2])
    return _interval(m["unit"].rstrip("s"), count)


def _adverb(m: re.Match[str], frame: Frame) -> Reading | None:
    if frame.capital(m.start()) and m.start():
        return NOTHING
    return _interval(_ADVERBS[m["word"]], 1)


def _weekdays(m: re.Match[str], frame: Frame) -> Reading | None:
    """`every Tuesday and Thursday`, `every other Monday`, `on Sundays`."""
    words = (w for w in _NAME.findall(m["days"]) if w not in ("and", "or", "on", "every"))
    named = sorted({_weekday_number(word) for word in words})
    every = m["other"] if "other" in m.re.groupindex else None
    interval = {"other": ";INTERVAL=2", "second": ";INTERVAL=2", "third": ";INTERVAL=3"}.get(
        every or "", ""
    )
    return recurring(f"FREQ=WEEKLY{interval};BYDAY={','.join(RULE_DAYS[n] for n in named)}")


def _weekday_number(word: str) -> int:
    return weekday_number(word if word in WEEKDAY_NUMBERS else word.removesuffix("s"))


def _working(m: re.Match[str], frame: Frame) -> Reading | None:
    by_day = "SA,SU" if m["word"].startswith("weekend") else _WEEKDAYS
    interval = ";INTERVAL=2" if m["other"] else ""
    return recurring(f"FREQ=WEEKLY{interval};BYDAY={by_day}")


def _part(m: re.Match[str], frame: Frame) -> Reading | None:
    return recurring("FREQ=DAILY", "hour")


def _nth(m: re.Match[str], frame: Frame) -> Reading | None:
    word = m["nth"]
    nth = ORDINALS[word] if word in ORDINALS else int(word[0])
    return recurring(f"FREQ=MONTHLY;BYDAY={nth}{RULE_DAYS[weekday_number(m['weekday'])]}")


def _day_of_month(m: re.Match[str], frame: Frame) -> Reading | None:
    day = -1 if m["day"].startswith("last") else day_number(m["day"].removesuffix(" day"))
    return recurring(f"FREQ=MONTHLY;BYMONTHDAY={day}")


def _date(m: re.Match[str], frame: Frame) -> Reading | None:
    name, day = m["month"] or m["month2"], m["day"] or m["day2"]
    return recurring(f"FREQ=YEARLY;BYMONTH={month_number(name)};BYMONTHDAY={day_number(day)}")


def _month(m: re.Match[str], frame: Frame) -> Reading | None:
    return recurring(f"FREQ=YEARLY;BYMONTH={month_number(m['month'])}", "month")


def _season(m: re.Match[str], frame: Frame) -> Reading | None:
    months = (SEASONS[m["season"]] + n for n in range(3))
    listed = ",".join(str((n - 1) % 12 + 1) for n in months)
    return recurring(f"FREQ=YEARLY;BYMONTH={listed}", "season")


def _holiday(m: re.Match[str], frame: Frame) -> Reading | None:
    month, day = HOLIDAYS[" ".join(m["name"].split())]
    return recurring(f"FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={day}")


_EVERY = "(?:every|each)"
_EVERY_YEAR = f"(?:{_EVERY} (?:single )?year|yearly|annually)"
_LIST = r"(?:(?:, | and | or |, and | & )(?:on )?(?:every )?<WEEKDAY>)*"
_LISTS = r"(?:(?:, | and | or |, and | & )(?:on )?<WEEKDAYNAME>s)*"
_ON_DATE = (
    r"(?:the )?(?:(?P<day><DAYNUMBER>) (?:of )?(?P<month><MONTH>)|(?P<month2><MONTH>) "
    r"(?P<day2><DAYNUMBER>))"
)
_MONTHLY = f"(?: (?:of|in) {_EVERY} month| (?:of|in) the month| {_EVERY} month)"

recurring_rule = ruled(
    (phrase(rf"{_EVERY_YEAR},? (?:on )?{_ON_DATE}"), _date),
    (phrase(rf"{_EVERY_YEAR},? (?:on|at) (?P<name><HOLIDAY>)"), _holiday),
    (phrase(rf"{_ON_DATE},? {_EVERY_YEAR}"), _date),
    (phrase(rf"{_EVERY} {_ON_DATE}"), _date),
    (phrase(rf"(?:{_EVERY_YEAR} in |{_EVERY} )(?P<month><MONTH>)"), _month),
    (phrase(rf"(?P<month><MONTH>) {_EVERY_YEAR}"), _month),
    (phrase(rf"(?:{_EVERY_YEAR} in (?:the )?|{_EVERY} )(?P<season><SEASON>)"), _season),
    (phrase(rf"{_EVERY} (?P<name><HOLIDAY>)"), _holiday),
    (phrase(rf"(?:the |{_EVERY} )?(?P<nth><NTH>) (?P<weekday><WEEKDAYNAME>){_MONTHLY}"), _nth),
    (phrase(rf"{_EVERY} month on the (?P<nth><NTH>) (?P<weekday><WEEKDAYNAME>)"), _nth),
    (
        phrase(
            rf"(?:the )?(?P<day><DAYNUMBER>(?: day)?|last day)(?: (?:of|in) {_EVERY} month|"
            rf" {_EVERY} month)"
        ),
        _day_of_month,
    ),
    (
        phrase(rf"(?:{_EVERY} month|monthly) on the (?P<day><DAYNUMBER>(?: day)?|last day)"),
        _day_of_month,
    ),
    (
        phrase(
            rf"{_EVERY} (?:(?P<other>other|second|third) )?(?:single )?(?P<days><WEEKDAY>{_LIST})"
        ),
        _weekdays,
    ),
    (phrase(r"(?:every week|weekly) on (?P<days><WEEKDAYNAME>s?" + _LIST + ")"), _weekdays),
    (
        phrase(
            rf"{_EVERY} (?:(?P<other>other|second) )?(?P<word>weekdays?|weekends?|working day|"
            rf"workday)"
        ),
        _working,
    ),
    (phrase(rf"{_EVERY} (?:single )?(?:morning|afternoon|evening|night)"), _part),
    (
        phrase(
            rf"{_EVERY} (?:(?P<other>other) |(?P<count>[0-9]{{1,3}}|one|two|three|four|five|"
            rf"six|seven|eight|nine|"
            r"ten|twelve) |(?P<ordinal>second|third|fourth|fifth|[1-9](?:nd|rd|th)) |single )?"
            r"(?P<unit>hours?|days?|weeks?|fortnights?|months?|quarters?|years?)"
        ),
        _unit,
    ),
    (
        phrase(
            r"once (?:a|every|per) (?P<unit>day|week|month|year|fortnight)"
            r"(?P<other>)(?P<count>)(?P<ordinal>)"
        ),
        _unit,
    ),
    (phrase(r"(?P<word>" + "|".join(_ADVERBS) + ")"), _adverb),
)
"""Reads what repeats."""

_PLURAL = phrase(r"(?P<days><WEEKDAYNAME>s" + _LISTS + ")")
_PLURAL_PART = phrase(r"(?P<days><WEEKDAYNAME>) (?:mornings|afternoons|evenings|nights)")
_PLURAL_WORK = phrase(r"(?P<word>weekdays|weekends)(?P<other>)")


def plural_rule(frame: Frame, at: int) -> tuple[Reading, int] | None:
    """`on Sundays`, `Mondays and Thursdays`, `Tuesday nights`: what is in the plural repeats."""
    led = frame.before(at) in ("on", "at")
    if led and (work := _PLURAL_WORK.match(frame.low, at)):
        reading = _working(work, frame)
        return (reading, work.end()) if reading else None
    if parts := _PLURAL_PART.match(frame.low, at):
        reading = _weekdays(parts, frame)
        return (reading, parts.end()) if reading else None
    if reading := _birthday(frame, at):
        return reading
    match = _PLURAL.match(frame.low, at)
    if not match or not (led or " " in match[0] or _CLOCKED.match(frame.low, match.end())):
        return None
    reading = _weekdays(match, frame)
    return (reading, match.end()) if reading else None


_BIRTHDAY = re.compile(r"birthday(?: is|'s| falls)?(?: now| actually)?(?: on)?\s\Z")
_DATE_ALONE = phrase(rf"{_ON_DATE}(?!,? (?:[0-9]{{4}}|with|at|we|i|in|from)(?!\w))")


def _birthday(frame: Frame, at: int) -> tuple[Reading, int] | None:
    """`Mum's birthday is 14 May`: a day of every year."""
    if not _BIRTHDAY.search(frame.low, max(0, at - 40), at):
        return None
    match = _DATE_ALONE.match(frame.low, at)
    reading = _date(match, frame) if match else None
    return (reading, match.end()) if match and reading else None


_CLOCKED = re.compile(r" (?:at|from|mornings?|evenings?|afternoons?)(?!\w)")


def with_clock(reading: Reading, tail: Tail) -> Reading | None:
    """The rule with the time of day beside it."""
    clock: Clock | None = tail.clock
    if clock and tail.part:
        clock = in_part(clock, tail.part)
    if tail.clock is None:
        return recurring(reading.recurrence or "", "hour") if tail.part else reading
    if clock is None or not clock.sure or tail.until:
        return reading
    minute = "" if clock.minute is None else f";BYMINUTE={clock.minute}"
    precision = "hour" if clock.minute is None else "minute"
    return recurring(f"{reading.recurrence};BYHOUR={clock.hour % 24}{minute}", precision)
