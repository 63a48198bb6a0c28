"""What time expressions mean, against one moment: Wednesday 10 May 2023, 13:56 in Berlin."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from harmonia_plugins.pipeline.temporal import find_times

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2023, 5, 10, 13, 56, tzinfo=BERLIN)


def times(text: str, at: datetime = NOW):
    assert isinstance(at.tzinfo, ZoneInfo)
    return find_times(text, at=at, zone=at.tzinfo)


def wall(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M") if moment else "open"


def one(text: str, at: datetime = NOW) -> tuple[str, str, str]:
    (mention,) = times(text, at)
    return wall(mention.start), wall(mention.end), mention.precision


@pytest.mark.parametrize(
    ("text", "start", "end", "precision"),
    [
        ("Lunch is tomorrow at 1pm", "2023-05-11 13:00", "2023-05-11 14:00", "hour"),
        ("two weekends ago I skated", "2023-04-29 00:00", "2023-05-01 00:00", "day"),
        ("I left the Sunday before 25 May", "2022-05-22 00:00", "2022-05-23 00:00", "day"),
        ("I will leave the Sunday before 25 May", "2023-05-21 00:00", "2023-05-22 00:00", "day"),
        ("last summer", "2022-06-01 00:00", "2022-09-01 00:00", "season"),
        ("back in 1998", "1998-01-01 00:00", "1999-01-01 00:00", "year"),
        ("I have had it since March", "2023-03-01 00:00", "open", "month"),
        ("she has sung for two years", "2021-01-01 00:00", "open", "year"),
        ("the fair runs 3-7 June", "2023-06-03 00:00", "2023-06-08 00:00", "day"),
        ("it ran from 28 May to 3 June 2021", "2021-05-28 00:00", "2021-06-04 00:00", "day"),
        ("open from Monday to Wednesday", "2023-05-15 00:00", "2023-05-18 00:00", "day"),
        ("free between 2pm and 4pm", "2023-05-10 14:00", "2023-05-10 16:00", "hour"),
        ("see you Friday at half past six in the evening", "2023-05-12 18:30", "2023-05-12 18:31",
         "minute"),
        ("at 9 last night I slept", "2023-05-09 21:00", "2023-05-09 22:00", "hour"),
        ("midnight tonight", "2023-05-11 00:00", "2023-05-11 01:00", "hour"),
        ("the week before last", "2023-04-24 00:00", "2023-05-01 00:00", "week"),
        ("last winter", "2022-12-01 00:00", "2023-03-01 00:00", "season"),
        ("in winter 2019/20 it snowed", "2019-12-01 00:00", "2020-03-01 00:00", "season"),
        ("in early 2024", "2024-01-01 00:00", "2025-01-01 00:00", "year"),
        ("a week on Friday", "2023-05-19 00:00", "2023-05-20 00:00", "day"),
        ("the last Friday of July 2024", "2024-07-26 00:00", "2024-07-27 00:00", "day"),
        ("25.12.2023", "2023-12-25 00:00", "2023-12-26 00:00", "day"),
        ("2023-05-25T14:30", "2023-05-25 14:30", "2023-05-25 14:31", "minute"),
    ],
)  # fmt: skip
def test_reads(text: str, start: str, end: str, precision: str):
    assert one(text) == (start, end, precision)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I met her on Friday", "2023-05-05"),
        ("I am meeting her on Friday", "2023-05-12"),
        ("we meet on Friday", "2023-05-12"),
        ("I have met her on Friday", "2023-05-05"),
        ("I have a date on Friday", "2023-05-12"),
        ("she told me that we fly on Friday", "2023-05-12"),
        ("I booked seats for Friday", "2023-05-12"),
        ("On Friday, I met her", "2023-05-05"),
        ("Did you phone him on Friday?", "2023-05-05"),
        ("I would have come on Friday", "2023-05-05"),
        ("I wanted to ask if we could meet on Friday", "2023-05-12"),
        ("On Wednesday we ate out", "2023-05-03"),
        ("On Wednesday we will eat out", "2023-05-17"),
        ("I ran a race on 10 May", "2023-05-10"),
        ("I ran a race on 11 May", "2022-05-11"),
        ("I will run a race on 9 May", "2024-05-09"),
    ],
)
def test_tense_decides(text: str, day: str):
    assert one(text)[0] == f"{day} 00:00"


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("next Friday", ["2023-05-12 00:00", "2023-05-19 00:00"]),
        ("next Friday at 3pm", ["2023-05-12 15:00", "2023-05-19 15:00"]),
        ("tomorrow at 7", ["2023-05-11 07:00", "2023-05-11 19:00"]),
        ("on 03/04/2023", ["2023-03-04 00:00", "2023-04-03 00:00"]),
    ],
)
def test_ambiguous_ones_carry_candidates(text: str, candidates: list[str]):
    (mention,) = times(text)
    assert (mention.start, mention.end) == (None, None)
    assert [wall(c) for c in mention.candidates] == candidates


@pytest.mark.parametrize(
    ("text", "rule", "precision"),
    [
        ("every Tuesday", "FREQ=WEEKLY;BYDAY=TU", "day"),
        ("every Tuesday and Friday", "FREQ=WEEKLY;BYDAY=TU,FR", "day"),
        ("on Sundays", "FREQ=WEEKLY;BYDAY=SU", "day"),
        ("every other Monday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "day"),
        ("every weekday at 7:30am", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=7;BYMINUTE=30",
         "minute"),
        ("at 7 every morning", "FREQ=DAILY;BYHOUR=7", "hour"),
        ("every 3 months", "FREQ=MONTHLY;INTERVAL=3", "month"),
        ("on the first of every month", "FREQ=MONTHLY;BYMONTHDAY=1", "day"),
        ("the last Friday of every month", "FREQ=MONTHLY;BYDAY=-1FR", "day"),
        ("every year on 5 June", "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=5", "day"),
    ],
)  # fmt: skip
def test_recurring(text: str, rule: str, precision: str):
    (mention,) = times(text)
    assert (mention.recurrence, mention.precision) == (rule, precision)
    assert mention.start is mention.end is None
    assert mention.text == text


@pytest.mark.parametrize(
    "text",
    [
        "May I march on?", "I sat in the sun", "we run Sunday school", "my second car",
        "open 24/7", "it was 2000 euros", "I am 34", "python 3.11", "call 0170 2021 2022",
        "one day, sometimes, recently, soon", "back in a minute", "April met August",
        "the Christmas tree", "Black Friday deals", "two or three weeks ago", "by Friday",
        "until June", "I have not smoked in three years", "we stayed for two weeks",
        "see https://x.example/2023-05-05", "`2023-05-05`", "31 February 2023", "4 out of 5", "",
    ],
)  # fmt: skip
def test_no_time(text: str):
    assert times(text) == []


def test_spans_point_at_the_words():
    text = "Yesterday’s call; tomorrow at 2pm we go on."
    found = times(text)
    assert [text[slice(*m.span)] for m in found] == [m.text for m in found]
    assert [m.text for m in found] == ["Yesterday", "tomorrow at 2pm"]


@pytest.mark.parametrize(
    ("at", "text", "hours"),
    [
        (datetime(2023, 3, 25, 12, tzinfo=BERLIN), "tomorrow", 23),
        (datetime(2023, 10, 28, 12, tzinfo=BERLIN), "tomorrow", 25),
        (datetime(2023, 3, 25, 12, tzinfo=BERLIN), "this weekend", 47),
        (datetime(2023, 10, 28, 12, tzinfo=BERLIN), "tomorrow at 2:30am", 1 / 60),
        (datetime(2023, 3, 25, 12, tzinfo=BERLIN), "tomorrow at 2am", 1),
    ],
)
def test_days_of_a_clock_change(at: datetime, text: str, hours: float):
    (mention,) = times(text, at)
    assert mention.start
    assert mention.end
    assert mention.end.timestamp() - mention.start.timestamp() == hours * 3600


def test_hours_are_counted_in_real_time():
    at = datetime(2023, 10, 29, 3, 30, tzinfo=BERLIN)
    (mention,) = times("I woke 2 hours ago", at)
    assert mention.start
    assert mention.start.isoformat() == "2023-10-29T02:00:00+02:00"


def test_leap_days():
    leap = datetime(2024, 2, 28, 9, tzinfo=BERLIN)
    assert one("tomorrow", leap)[0] == "2024-02-29 00:00"
    assert one("we will marry on 29 February", NOW)[0] == "2024-02-29 00:00"
    assert one("we married on 29 February", NOW)[0] == "2020-02-29 00:00"
    assert one("a year ago", leap + timedelta(days=1))[0] == "2023-01-01 00:00"


@pytest.mark.parametrize("year", [1, 9999])
def test_ends_of_the_calendar(year: int):
    at = datetime(year, 6, 1, tzinfo=ZoneInfo("UTC"))
    times("last week, next year, 900 years ago, in 900 years, tomorrow, the 90s", at)
