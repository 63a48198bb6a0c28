"""When a statement with time expressions happened, repeats, or holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from harmonia_plugins.model import Precision, TimeMention

_VALIDITY = re.compile(r"\s*(?:from|between)\b", re.IGNORECASE)
_LONG = frozenset(("month", "season", "year", "decade"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """The times of a statement: of an event, of what repeats, and of how long it is true."""

    occurred_at: datetime | None = None
    occurred_until: datetime | None = None
    precision: Precision | None = None
    recurrence: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


def occurrence(mentions: Sequence[TimeMention]) -> Occurrence:
    """Return what the mentions of one statement say about its time.

    A start without an end ("since 2019") and a range of months or years ("from May to July") say
    how long the statement holds; of several events the most precise one counts.
    """
    holding = next((m for m in mentions if m.start and _holds(m)), None)
    events = [m for m in mentions if m.start and m.end and m is not holding]
    event = min(events, key=_length, default=None)
    repeats = next((m for m in mentions if m.recurrence), None)
    told = event or repeats or holding
    return Occurrence(
        occurred_at=event.start if event else None,
        occurred_until=event.end if event else None,
        precision=told.precision if told else None,
        recurrence=repeats.recurrence if repeats else None,
        valid_from=holding.start if holding else None,
        valid_to=holding.end if holding else None,
    )


def _holds(mention: TimeMention) -> bool:
    if mention.end is None:
        return True
    return mention.precision in _LONG and bool(_VALIDITY.match(mention.text))


def _length(mention: TimeMention) -> float:
    assert mention.start is not None
    assert mention.end is not None
    return (mention.end - mention.start).total_seconds()
