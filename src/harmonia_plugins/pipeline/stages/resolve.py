"""Stage 7: what a statement does to the beliefs it meets."""

from __future__ import annotations

from dataclasses import replace

from harmonia_plugins.model import Change
from harmonia_plugins.pipeline.conflicts import ConflictSettings
from harmonia_plugins.pipeline.conflicts import resolve as decide
from harmonia_plugins.pipeline.work import Candidate, Context, Work


def resolve(work: Work, context: Context) -> Work:
    """Decide by rules; what instructs is kept aside and touches no belief."""
    return work.with_each("resolve", lambda candidate: _decided(candidate, context))


def _decided(candidate: Candidate, context: Context) -> tuple[Candidate, str]:
    memory = candidate.memory
    if candidate.suspicious:
        aside = Change(
            kind="quarantined",
            after=replace(memory, status="quarantined"),
            strategy="auto",
            reason=candidate.suspicious,
        )
        return replace(candidate, changes=(aside,)), f"quarantined: {candidate.suspicious}"
    cosines = {belief.id: cosine for belief, cosine in candidate.near}
    changes = decide(
        memory,
        candidate.statement.polarity,
        [belief for belief, _ in candidate.near],
        lambda belief: cosines[belief.id],
        context.strategy(memory.type),
        source=candidate.statement.source,
        now=context.now,
        settings=ConflictSettings(threshold=context.conflict_threshold),
        replaces=candidate.statement.replaces,
    )
    return replace(candidate, changes=changes), ", ".join(_said(change) for change in changes)


def _said(change: Change) -> str:
    told = change.kind if change.before is None else f"{change.kind} {change.before.content!r}"
    return f"{told} ({change.reason})" if change.reason else told
