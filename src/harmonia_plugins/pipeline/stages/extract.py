"""Stage 3: statements, each with its type, topics, names and slot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.model import Memory, MemoryType, Statement, Window
from harmonia_plugins.pipeline.classification import (
    categories_of,
    classify,
    entities_of,
    importance_of,
    tags_of,
)
from harmonia_plugins.pipeline.slots import slot_of
from harmonia_plugins.pipeline.trust.instructions import instruction_in
from harmonia_plugins.pipeline.work import Candidate, Context, Work

_QUOTED = 500
"""Characters of a message that are quoted where it tries to instruct."""

KNOWN = 50
"""Memories an extractor is told of: the latest, which corrections are most often about."""

RELATED = 16
"""Memories a model is told of besides: those most like the messages, which they may outdate."""


def extract(work: Work, context: Context) -> Work:
    """Ask the extractor; where it fails, the fallback answers and the reason is kept."""
    if not work.messages:
        return work
    window = Window(
        messages=work.messages,
        before=context.before,
        known=tuple(context.beliefs.recent(KNOWN)),
        related=_related(work, context),
    )
    name, failure = context.extractor.name, None
    try:
        statements = context.extractor.extract(window)
    except ProviderError as error:
        name, failure = context.fallback.name, str(error)
        statements = context.fallback.extract(window)
    candidates = tuple(
        _candidate(statement, work, context)
        for statement in statements
        if 0 <= statement.message < len(work.messages) and statement.content.strip()
    )
    candidates += _instructions(work, candidates, context)
    lines = [
        f"{one.memory.content!r} ({one.memory.type}) from message {one.message.id}"
        for one in candidates
    ]
    if failure is not None:
        lines.insert(0, f"{context.extractor.name} failed, {name} answered instead: {failure}")
    return replace(work, candidates=candidates, failure=failure).noted("extract", *lines)


def _related(work: Work, context: Context) -> tuple[Memory, ...]:
    if context.extractor is context.fallback:
        return ()  # the embedded rules leave old beliefs to the stages that compare
    texts = [message.content for message in work.messages if message.content.strip()]
    return tuple(context.beliefs.related(texts, RELATED))


def _instructions(
    work: Work, candidates: Sequence[Candidate], context: Context
) -> tuple[Candidate, ...]:
    """Return what messages try to instruct and no statement shows: kept aside, it can be seen."""
    shown = {one.message.id for one in candidates if instruction_in(one.statement.source)}
    found: list[Candidate] = []
    for number, message in enumerate(work.messages):
        text = message.content[:_QUOTED]
        if message.id in shown or instruction_in(text) is None:
            continue
        who = " ".join((message.name or "User").split())
        statement = Statement(
            content=f'{who} wrote: "{" ".join(text.split())}"', message=number, source=text,
            type=MemoryType.META,
        )  # fmt: skip
        found.append(_candidate(statement, work, context))
    return tuple(found)


def _candidate(statement: Statement, work: Work, context: Context) -> Candidate:
    place = statement.message
    message = work.messages[place]
    names = work.entities[place] if work.entities else ()
    content = " ".join(statement.content.split())
    memory = described(
        Memory(
            id=context.identify(message, content),
            revision=1,
            user_id=context.user_id,
            session_id=context.session_id,
            content=content,
            recorded_at=context.now,
            last_seen_at=message.created_at or context.now,
            message_ids=(message.id,) if message.id else (),
            trust=work.trusts[place] if work.trusts else 1.0,
            type=statement.type or classify(content, statement.source),
            confidence=statement.confidence,
            importance=statement.importance,
            entities=statement.entities or tuple(name for name in names if name in content),
            tags=statement.tags,
            categories=statement.categories,
            subject=statement.subject,
            attribute=statement.attribute,
            value=statement.value,
        ),
        statement.source,
    )
    return Candidate(statement=statement, message=message, memory=memory)


def described(memory: Memory, source: str | None = None) -> Memory:
    """Return a memory with what is not told of it filled in: topics, names, weight and slot."""
    memory = slotted(memory, source)
    importance = memory.importance
    return replace(
        memory,
        importance=importance_of(memory.content, memory.type) if importance is None else importance,
        tags=memory.tags or tags_of(memory.content),
        categories=memory.categories or categories_of(memory.content, memory.type),
    )


def slotted(memory: Memory, source: str | None = None) -> Memory:
    """Return a memory with the names in it, and with its slot where it states one."""
    slot = None if memory.attribute else slot_of(memory.content, source)
    if slot is not None and not (slot.negated or slot.past):
        memory = replace(
            memory,
            subject=slot.subject or memory.subject,
            attribute=slot.attribute or memory.attribute,
            value=slot.value or memory.value,
        )
    return replace(memory, entities=memory.entities or entities_of(memory.content))
