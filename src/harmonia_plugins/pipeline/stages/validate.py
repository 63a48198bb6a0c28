"""Stage 8: what must not be stored is dropped, with the reason."""

from __future__ import annotations

import re
from dataclasses import replace

from harmonia_plugins.pipeline.work import Candidate, Context, Work

LONGEST = 2_000
"""Characters of a statement; what is longer is a text and no statement."""

_FIRST_PERSON = re.compile(r"(?:I|I'm|I've|I'd|I'll|My|We|We're|We've|Our)\b")
"""Beginnings of what an extractor copied instead of telling it in the third person."""


def validate(work: Work, context: Context) -> Work:
    """Check each change; from here on the beliefs hold what passes."""
    return work.with_each("validate", lambda candidate: _checked(candidate, context))


def _checked(candidate: Candidate, context: Context) -> tuple[Candidate, str]:
    why = _fault(candidate, context)
    if why is not None:
        return replace(candidate, changes=(), dropped=why), f"dropped: {why}"
    context.beliefs.apply(candidate.changes)
    return candidate, ""


def _fault(candidate: Candidate, context: Context) -> str | None:
    memory = candidate.memory
    if memory.confidence < context.least_confidence and not candidate.suspicious:
        return f"confidence {memory.confidence:.2f} is below {context.least_confidence:.2f}"
    for change in candidate.changes:
        content = change.after.content if change.after is not None else memory.content
        if not content.strip():
            return "no content"
        if len(content) > LONGEST:
            return f"longer than {LONGEST} characters"
        if change.kind == "created" and _FIRST_PERSON.match(content):
            return "told in the first person"
        if change.kind == "created" and content.rstrip().endswith("?"):
            return "a question"
    return None
