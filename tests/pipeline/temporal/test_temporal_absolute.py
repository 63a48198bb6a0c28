"""Sentences with their relative times written out, and what they say of a statement."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from harmonia_plugins.pipeline.temporal import Occurrence, absolute, find_times, occurrence

ZONE = ZoneInfo("Europe/London")
NOW = datetime(2023, 5, 8, 10, 0, tzinfo=ZONE)


def written(text: str) -> str:
    return absolute(text, find_times(text, at=NOW, zone=ZONE), at=NOW, zone=ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a meeting tomorrow at 2pm", "a meeting on 9 May 2023 at 14:00"),
        ("I swam last summer.", "I swam in summer 2022."),
        ("we hiked two weekends ago", "we hiked on the weekend of 29-30 April 2023"),
        ("I was ill last week", "I was ill in the week of 1 May 2023"),
        ("home since March", "home since March 2023"),
        ("Tomorrow I fly", "On 9 May 2023 I fly"),
        ("tomorrow is my birthday", "9 May 2023 is my birthday"),
        ("last week was rough", "the week of 1 May 2023 was rough"),
        ("Yesterday's talk", "The 7 May 2023 talk"),
        ("a table for tomorrow", "a table for 9 May 2023"),
        ("I have lived here for three years", "I have lived here since 2020"),
        ("I moved 3 months ago", "I moved in February 2023"),
        ("I will be away from 3 to 7 June", "I will be away from 3 to 7 June 2023"),
        ("we travel between May and July", "we travel between May and July 2023"),
        ("see you in early June", "see you in early June 2023"),
        ("at the end of last year I quit", "at the end of 2022 I quit"),
        ("I slept badly last night", "I slept badly on the night of 7 May 2023"),
        ("I rested last Christmas", "I rested at Christmas 2022"),
        ("free on Friday from 2 to 4pm", "free on 12 May 2023 from 14:00 to 16:00"),
        ("next week's exam", "next week's exam"),
        ("every Tuesday", "every Tuesday"),
        ("tomorrow at 7", "tomorrow at 7"),
        ("in 1998 and in the 90s", "in 1998 and in the 90s"),
        ("on 5 May 2021 at noon", "on 5 May 2021 at noon"),
        ("nothing here", "nothing here"),
    ],
)
def test_writes(text: str, expected: str):
    assert written(text) == expected


def read(text: str) -> Occurrence:
    return occurrence(find_times(text, at=NOW, zone=ZONE))


def day(month: int, number: int, year: int = 2023) -> datetime:
    return datetime(year, month, number, tzinfo=ZONE)


def test_an_event_occurred():
    assert read("I ran yesterday") == Occurrence(
        occurred_at=day(5, 7), occurred_until=day(5, 8), precision="day"
    )


def test_since_begins_to_hold():
    assert read("I have lived here since 2019") == Occurrence(
        valid_from=day(1, 1, 2019), precision="year"
    )


def test_a_range_of_months_holds():
    assert read("I will work there from May to July") == Occurrence(
        valid_from=day(5, 1), valid_to=day(8, 1), precision="month"
    )


def test_what_repeats():
    assert read("chess every Tuesday") == Occurrence(
        recurrence="FREQ=WEEKLY;BYDAY=TU", precision="day"
    )


def test_the_most_precise_event_counts():
    assert read("In 2022 we met, and it was on 5 May 2022").occurred_until == day(5, 6, 2022)


def test_ambiguous_and_none_say_nothing():
    assert read("tomorrow at 7") == read("") == Occurrence()
