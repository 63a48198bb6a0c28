"""Writing relative time expressions out as dates, so that a sentence can be read at any time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo

from harmonia_plugins.model import TimeMention
from harmonia_plugins.pipeline.temporal.lexicon import HOLIDAYS, MONTHS, SEASONS, fold

_DAY = timedelta(days=1)
_TOLD = re.compile(
    r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])|[0-9]0'?s\b|(?:fif|six|seven|eigh|nine)ties"
)
_PREPOSITION = re.compile(
    r"(?<!\w)(?:for|from|to|of|until|till|by|before|after|since|than|between|as)\s+\Z"
)
_THE = re.compile(r"(?<!\w)the\s+\Z")
_SUBJECT_OF = re.compile(r"\s+(?:is|was|will|works|would|isn't|wasn't|suits|sounds|it is)(?!\w)")
_OPENING = re.compile(r"(?:\A|[.!?;:,\n]|\b(?:and|but|that|so))\s*\Z")
_SENTENCE = re.compile(r"(?:\A|[.!?\n])\s*\Z")
_DETERMINED = re.compile(r"(?<!\w)(?:the|my|our|your|his|her|their|this|that)\s+\Z")
_PLACING = frozenset(("on", "in", "at", "on the", "in the", "at the"))
_HOLIDAYS = sorted(HOLIDAYS, key=len, reverse=True)
_EDGE = re.compile(
    r"(?:(?:in|at|during|around)\s+)?(?:the\s+)?"
    r"(?:(?P<part>early|late|mid)[\s-]|(?P<edge>start|beginning|middle|end)\s+of\s)"
)
_PART_NAMES = {(6, 12): "morning", (12, 18): "afternoon", (18, 22): "evening", (18, 0): "night"}


def absolute(text: str, mentions: Sequence[TimeMention], *, at: datetime, zone: tzinfo) -> str:
    """Return the text with its relative time expressions written as dates.

    `mentions` are those that `find_times` gave for this text at the same moment. What is
    ambiguous, repeats, or names its year already stays as it was said.
    """
    pieces: list[str] = []
    done = 0
    for mention in mentions:
        start, end = mention.span
        if mention.start is None or _TOLD.search(fold(mention.text)):
            continue
        if _possessed(mention, text[end : end + 3]):
            continue
        said = _said(mention, mention.start.astimezone(zone), zone)
        owned = _DETERMINED.search(fold(text[max(0, start - 24) : start]))
        if owned and said[0] == "on" and not _led(mention.text):
            continue  # "the Friday was awful": no date can stand there
        pieces += [text[done:start], _fitted(said, text, mention)]
        done = end
        if text.startswith(("'s ", "’s "), end):
            done = end + 2
    return "".join((*pieces, text[done:]))


def _possessed(mention: TimeMention, after: str) -> bool:
    """Whether what follows belongs to a week or an evening: no date can stand in its place."""
    return fold(after).startswith("'s ") and (
        mention.precision in ("week", "hour", "minute") or _weekend(mention)
    )


def _fitted(said: tuple[str, str], text: str, mention: TimeMention) -> str:
    """The words with the preposition that the place asks for."""
    preposition, words = said
    start, end = mention.span
    before, after = fold(text[max(0, start - 24) : start]), fold(text[end : end + 16])
    opens = bool(_OPENING.search(before))
    subject = opens and _SUBJECT_OF.match(after) and not _led(mention.text)
    article = "the" if preposition.endswith(" the") else ""
    if after.startswith("'s "):
        preposition = "" if _DETERMINED.search(before) else "the"
    elif (subject or _PREPOSITION.search(before)) and preposition in _PLACING:
        preposition = article
    if preposition.endswith("the") and _THE.search(before):
        preposition = preposition.removesuffix("the").strip()
    whole = f"{preposition} {words}".strip()
    if mention.text[:1].isupper() and _SENTENCE.search(before):
        return whole[:1].upper() + whole[1:]
    return whole


def _led(words: str) -> bool:
    return fold(words).startswith(("on ", "in ", "at ", "during ", "over "))


def _said(mention: TimeMention, start: datetime, zone: tzinfo) -> tuple[str, str]:
    """The preposition and the words for a time."""
    if mention.end is None:
        preposition, words = _unit(mention, start)
        return ("since the" if preposition.endswith(" the") else "since"), words
    end = mention.end.astimezone(zone)
    if mention.precision in ("hour", "minute"):
        return _of_day(start, end)
    last = _last_unit(mention, end)
    if (
        mention.precision == "day"
        and last.date() == start.date() + _DAY
        and start.weekday() == 5
        and _weekend(mention)
    ):
        return "on the", f"weekend of {_days(start.date(), last.date())}"
    first_words, last_words = _unit(mention, start), _unit(mention, last)
    if first_words == last_words:
        return _edged(mention, *first_words)
    first_said = _shortened(first_words[1], last_words[1])
    if fold(mention.text).startswith("between"):
        return "", f"between {first_said} and {last_words[1]}"
    return "", f"from {first_said} to {last_words[1]}"


def _edged(mention: TimeMention, preposition: str, words: str) -> tuple[str, str]:
    """The words with what was said of their beginning or end: early June, the end of 2022."""
    edge = _EDGE.match(fold(mention.text))
    if not edge or mention.precision in ("day", "week"):
        return preposition, words
    if part := edge["part"]:
        return preposition, f"{part}-{words}" if part == "mid" else f"{part} {words}"
    return "in the" if edge["edge"] == "middle" else "at the", f"{edge['edge']} of {words}"


def _shortened(first: str, last: str) -> str:
    """The first of two dates without the month and year that the second tells anyway."""
    parts, others = first.split(" "), last.split(" ")
    while len(parts) > 1 and parts[-1] == others[-1]:
        parts, others = parts[:-1], others[:-1]
    return " ".join(parts)


def _weekend(mention: TimeMention) -> bool:
    return "weekend" in fold(mention.text)


def _last_unit(mention: TimeMention, end: datetime) -> datetime:
    """A moment in the last day, month or other unit of a stretch."""
    if mention.precision == "season":
        return (end - 75 * _DAY).replace(day=1)
    if mention.precision == "week":
        return end - 7 * _DAY
    return end - _DAY


def _unit(mention: TimeMention, start: datetime) -> tuple[str, str]:
    match mention.precision:
        case "week":
            return "in the", f"week of {_day(start.date())}"
        case "month":
            return "in", f"{_month(start.month)} {start.year}"
        case "season":
            return "in", _season(mention, start)
        case "year":
            return "in", str(start.year)
        case "decade":
            return "in the", f"{start.year}s"
        case "day":
            return _holiday(mention, start) or ("on", _day(start.date()))
        case _:
            return "on", f"{_day(start.date())} at {start:%H:%M}"


def _holiday(mention: TimeMention, start: datetime) -> tuple[str, str] | None:
    """A holiday by its name, as that is how it is remembered."""
    name = next((n for n in _HOLIDAYS if fold(mention.text).endswith(n)), None)
    if not name or HOLIDAYS[name] != (start.month, start.day):
        return None
    named = " ".join(word.capitalize() for word in name.split())
    return "at" if named in ("Christmas", "Xmas") else "on", f"{named} {start.year}"


def _season(mention: TimeMention, start: datetime) -> str:
    name = next(n for n, first in SEASONS.items() if first == start.month)
    if name == "autumn" and "fall" in fold(mention.text):
        name = "fall"
    if name == "winter":
        return f"winter {start.year}/{(start.year + 1) % 100:02}"
    return f"{name} {start.year}"


def _of_day(start: datetime, end: datetime) -> tuple[str, str]:
    """A clock time, a stretch between two, or a part of a day."""
    day = _day(start.date())
    if end - start <= timedelta(hours=1):
        return "on", f"{day} at {start:%H:%M}"
    if (start.hour, end.hour) == (18, 6):
        return "on the", f"night of {day}"
    part = _PART_NAMES.get((start.hour, end.hour))
    if part and start.minute == end.minute == 0:
        return "on the", f"{part} of {day}"
    return "on", f"{day} from {start:%H:%M} to {end:%H:%M}"


def _month(number: int) -> str:
    return MONTHS[number - 1].capitalize()


def _day(day: date) -> str:
    return f"{day.day} {_month(day.month)} {day.year}"


def _days(first: date, last: date) -> str:
    if first.month == last.month:
        return f"{first.day}-{_day(last)}"
    return f"{first.day} {_month(first.month)} - {_day(last)}"
