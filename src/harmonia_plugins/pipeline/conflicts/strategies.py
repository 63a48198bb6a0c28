"""What may be done where a new statement meets a belief: a table of pure functions.

| strategy    | the belief                            | the new statement                         |
|-------------|---------------------------------------|-------------------------------------------|
| update      | stays one memory, in the new words    | becomes the belief's next revision        |
| replace     | superseded, its validity closed       | created                                   |
| merge       | holds both statements in one text     | goes into the belief                      |
| version     | superseded, linked with its successor | created, linked with its predecessor      |
| link        | stays, linked                         | created, linked                           |
| create_new  | untouched                             | created                                   |
| keep_both   | stays, linked, marked as contested    | created, linked, marked as contested      |
| archive_old | archived, its validity closed         | created                                   |
| skip        | untouched                             | dropped                                   |

`auto` chooses among them, see `auto`. Every function takes `(incoming, existing, now)` and returns
changes; none deletes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from harmonia_plugins.model import Change, Memory, MemoryStatus
from harmonia_plugins.pipeline.conflicts.reading import true_from

Strategy = Literal[
    "auto", "update", "replace", "merge", "version", "link", "create_new", "keep_both",
    "archive_old", "skip",
]  # fmt: skip
Rule = Callable[[Memory, Memory, datetime], tuple[Change, ...]]

CONTESTED = "contested"
"""The tag of statements that were kept although they contradict each other."""


def create(incoming: Memory, strategy: str | None = None, reason: str | None = None) -> Change:
    """Return the change that stores a new statement."""
    return Change(kind="created", after=incoming, strategy=strategy, reason=reason)


def closed(
    memory: Memory,
    until: datetime,
    now: datetime,
    *,
    by: str | None = None,
    status: MemoryStatus = "superseded",
) -> Memory:
    """Return the revision of a belief that is over: true until `until`, never before it began."""
    begin = memory.valid_from
    end = until if begin is None else max(until, begin)
    if memory.valid_to is not None:
        end = min(end, memory.valid_to)
    return replace(
        memory,
        revision=memory.revision + 1,
        recorded_at=now,
        status=status,
        valid_to=end,
        superseded_by=by,
    )


def reinforce(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """The same statement again: one mention more, a little surer, last seen when last said."""
    if set(incoming.message_ids) <= set(existing.message_ids) and incoming.message_ids:
        return (Change(kind="skipped", before=existing, reason="already learned"),)
    surer = max(existing.confidence, incoming.confidence)
    after = _revised(
        existing,
        now,
        mentions=existing.mentions + incoming.mentions,
        confidence=min(1.0, surer + (1.0 - surer) * 0.1),
        message_ids=_joined(existing.message_ids, incoming.message_ids),
        last_seen_at=_later(existing.last_seen_at, incoming.last_seen_at),
    )
    return (Change(kind="reinforced", before=existing, after=after, reason="the same statement"),)


def update(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Rewrite the belief in place; the earlier wording stays in its history."""
    after = replace(
        incoming,
        id=existing.id,
        revision=existing.revision + 1,
        recorded_at=now,
        mentions=existing.mentions + 1,
        message_ids=_joined(existing.message_ids, incoming.message_ids),
        links=_joined(existing.links, incoming.links),
    )
    return (Change(kind="updated", before=existing, after=after, strategy="update"),)


def replace_with(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Close the belief and store the new statement in its place."""
    after = closed(existing, true_from(incoming), now, by=incoming.id)
    return (
        Change(kind="superseded", before=existing, after=after, strategy="replace"),
        create(incoming, "replace"),
    )


def merge(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Keep one memory that holds both statements."""
    first, second = existing.content.rstrip(" ."), incoming.content.strip()
    content = existing.content if second.rstrip(" .") in first else f"{first}; {second}"
    after = _revised(
        existing,
        now,
        content=content,
        mentions=existing.mentions + 1,
        entities=_joined(existing.entities, incoming.entities),
        tags=_joined(existing.tags, incoming.tags),
        categories=_joined(existing.categories, incoming.categories),
        message_ids=_joined(existing.message_ids, incoming.message_ids),
        confidence=min(existing.confidence, incoming.confidence),
        last_seen_at=_later(existing.last_seen_at, incoming.last_seen_at),
    )
    return (Change(kind="merged", before=existing, after=after, strategy="merge"),)


def version(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Replace, with both versions pointing at each other."""
    after = closed(existing, true_from(incoming), now, by=incoming.id)
    after = replace(after, links=_joined(existing.links, (incoming.id,)))
    return (
        Change(kind="superseded", before=existing, after=after, strategy="version"),
        create(_linked(incoming, existing), "version"),
    )


def link(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Keep both, linked."""
    after = _revised(existing, now, links=_joined(existing.links, (incoming.id,)))
    return (
        Change(kind="linked", before=existing, after=after, strategy="link"),
        create(_linked(incoming, existing), "link"),
    )


def create_new(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Store the new statement and leave the belief alone."""
    return (create(incoming, "create_new"),)


def keep_both(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Keep both, linked and marked as contested, so that a reader can ask."""
    tags = _joined(existing.tags, (CONTESTED,))
    after = _revised(existing, now, links=_joined(existing.links, (incoming.id,)), tags=tags)
    new = replace(_linked(incoming, existing), tags=_joined(incoming.tags, (CONTESTED,)))
    return (
        Change(kind="linked", before=existing, after=after, strategy="keep_both"),
        create(new, "keep_both"),
    )


def archive_old(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Put the belief away, closed, and store the new statement."""
    after = closed(existing, true_from(incoming), now, by=incoming.id, status="archived")
    return (
        Change(kind="archived", before=existing, after=after, strategy="archive_old"),
        create(incoming, "archive_old"),
    )


def skip(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Drop the new statement."""
    return (Change(kind="skipped", before=existing, strategy="skip", reason=incoming.content),)


def arrived_late(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """An older statement arriving after a newer one: stored already closed, nothing undone."""
    past = closed(incoming, true_from(existing), now, by=existing.id)
    past = replace(past, revision=incoming.revision, recorded_at=incoming.recorded_at)
    return (create(past, "auto", "said before what is believed now"),)


def quarantine(incoming: Memory, existing: Memory, now: datetime) -> tuple[Change, ...]:
    """Hold a statement of little trust that contradicts a belief, until it is released."""
    held = replace(_linked(incoming, existing), status="quarantined")
    return (Change(kind="quarantined", after=held, strategy="auto", reason="less trusted"),)


STRATEGIES: Mapping[str, Rule] = MappingProxyType(
    {
        "update": update,
        "replace": replace_with,
        "merge": merge,
        "version": version,
        "link": link,
        "create_new": create_new,
        "keep_both": keep_both,
        "archive_old": archive_old,
        "skip": skip,
    }
)
"""Every strategy but `auto`, which chooses among them."""


def _revised(memory: Memory, now: datetime, **fields: object) -> Memory:
    return replace(memory, revision=memory.revision + 1, recorded_at=now, **fields)  # type: ignore[arg-type]


def _linked(incoming: Memory, existing: Memory) -> Memory:
    return replace(incoming, links=_joined(incoming.links, (existing.id,)))


def _joined(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
