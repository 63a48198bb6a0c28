"""Stage 5: relative times become dates, in the text and in the fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from harmonia_plugins.model import TimeMention
from harmonia_plugins.pipeline.stages.extract import slotted
from harmonia_plugins.pipeline.temporal import absolute, find_times, occurrence
from harmonia_plugins.pipeline.work import Candidate, Context, Work


def temporal(work: Work, context: Context) -> Work:
    """Resolve time expressions against the moment of the message, in the user's zone."""
    return work.with_each("temporal", lambda candidate: _dated(candidate, context))


def _dated(candidate: Candidate, context: Context) -> tuple[Candidate, str]:
    memory, said = candidate.memory, candidate.message.created_at or context.now
    mentions = find_times(memory.content, at=said, zone=context.zone)
    if not mentions:
        return replace(candidate, memory=replace(memory, valid_from=said)), ""
    content = absolute(memory.content, mentions, at=said, zone=context.zone)
    when = occurrence(mentions)
    began = when.valid_from or (when.occurred_at if _since(when.occurred_at, said) else said)
    memory = replace(
        memory,
        id=context.identify(candidate.message, content),
        content=content,
        occurred_at=_utc(when.occurred_at),
        occurred_until=_utc(when.occurred_until),
        occurred_precision=when.precision,
        recurrence=when.recurrence,
        valid_from=_utc(began),
        valid_to=_utc(when.valid_to),
    )
    if candidate.statement.attribute is None and content != candidate.memory.content:
        bare = replace(memory, subject=None, attribute=None, value=None)
        memory = slotted(bare, candidate.statement.source)
    return replace(candidate, memory=memory), "; ".join(_said(mention) for mention in mentions)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)


def _since(occurred: datetime | None, said: datetime) -> bool:
    """Tell whether it happened before it was told; a plan is true from when it is told."""
    return occurred is not None and occurred <= said


def _said(mention: TimeMention) -> str:
    if mention.start is not None:
        return f"{mention.text!r} is {mention.start.isoformat()} ({mention.precision})"
    if mention.recurrence:
        return f"{mention.text!r} repeats: {mention.recurrence}"
    options = " or ".join(moment.date().isoformat() for moment in mention.candidates)
    return f"{mention.text!r} is ambiguous" + (f": {options}" if options else "")
