"""What holds for the time expressions of any text."""

from __future__ import annotations

import string
from datetime import datetime
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from harmonia_plugins.pipeline.temporal import absolute, find_times, occurrence

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
).map(ZoneInfo)
MOMENTS = st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2090, 1, 1))
WORDS = [
    "in",
    "on",
    "at",
    "the",
    "a",
    "since",
    "from",
    "to",
    "between",
    "and",
    "until",
    "for",
    "every",
    "last",
    "next",
    "this",
    "two",
    "3",
    "31",
    "7",
    "2pm",
    "14:30",
    "half",
    "past",
    "monday",
    "Friday",
    "fridays",
    "May",
    "june",
    "march",
    "2021",
    "1998",
    "90s",
    "summer",
    "weekend",
    "week",
    "weeks",
    "month",
    "years",
    "days",
    "ago",
    "before",
    "after",
    "tomorrow",
    "yesterday",
    "tonight",
    "night",
    "morning",
    "noon",
    "midnight",
    "christmas",
    "first",
    "5th",
    "of",
    ",",
    ".",
    "-",
    "'",
    "I",
    "met",
    "will",
    "have",
    "12/25/2023",
    "03/04/2023",
    "2023-02-30",
    "early",
    "mid-",
    "o'clock",
    "ſun",
    "K",
]
PHRASES = st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
DAYS = st.sampled_from(
    ["tomorrow", "yesterday", "today", "last Friday", "this Monday", "the day after tomorrow",
     "3 days ago", "in two weeks", "last Christmas", "the Sunday before 25 May 2020"]
)  # fmt: skip
QUIET = ["apple", "river", "kind", "blue", "running", "music", "we", "walked", "far"]


def check(text: str, moment: datetime, zone: ZoneInfo) -> None:
    at = moment.replace(tzinfo=zone)
    mentions = find_times(text, at=at, zone=zone)
    end = 0
    for mention in mentions:
        start, stop = mention.span
        assert end <= start < stop <= len(text)
        assert text[start:stop] == mention.text
        end = stop
        told = (mention.start is not None, bool(mention.recurrence), bool(mention.candidates))
        assert sum(told) == 1
        if mention.start and mention.end:
            assert mention.start.timestamp() < mention.end.timestamp()
    absolute(text, mentions, at=at, zone=zone)
    occurrence(mentions)


@given(PHRASES, MOMENTS, ZONES)
def test_any_words_of_time(text: str, moment: datetime, zone: ZoneInfo):
    check(text, moment, zone)


@given(st.text(max_size=80), MOMENTS, ZONES)
def test_any_text(text: str, moment: datetime, zone: ZoneInfo):
    check(text, moment, zone)


@given(st.lists(st.sampled_from(QUIET)), st.sampled_from(string.punctuation), MOMENTS, ZONES)
def test_nothing_comes_from_nothing(words: list[str], sign: str, moment: datetime, zone: ZoneInfo):
    assert find_times(sign.join(words), at=moment.replace(tzinfo=zone), zone=zone) == []


@given(DAYS, st.sampled_from(["I ran {}.", "{} I ran", "we meet {}, then rest"]), MOMENTS, ZONES)
def test_absolute_names_the_same_day(day: str, frame: str, moment: datetime, zone: ZoneInfo):
    at = moment.replace(tzinfo=zone)
    assume(at.year >= 1951)
    text = frame.format(day)
    found = find_times(text, at=at, zone=zone)
    written = absolute(text, found, at=at, zone=zone)
    later = datetime(2095, 7, 7, tzinfo=zone)
    again = find_times(written, at=later, zone=zone)
    assert [(m.start, m.end) for m in again] == [(m.start, m.end) for m in found]
    assert absolute(written, again, at=later, zone=zone) == written
