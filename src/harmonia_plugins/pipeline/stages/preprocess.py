"""Stage 1: what may be learned from, cleaned; its language is kept."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.trust.sources import may_learn, trust_of, without_recalled
from harmonia_plugins.pipeline.work import Context, Work

LONGEST = 20_000
"""Characters of a message that are read; a pasted book is no statement about its reader."""


def preprocess(work: Work, context: Context) -> Work:
    """Leave out messages nobody may learn from, and recalled text inside the others."""
    kept: list[Message] = []
    trusts: list[float] = []
    lines: list[str] = []
    for message in work.messages:
        verdict = may_learn(
            message,
            trusted_roles=context.trusted_roles,
            learn_from_assistant=context.learn_from_assistant,
        )
        if not verdict:
            lines.append(f"message {message.id} left out: {verdict.reason}")
            continue
        text = unicodedata.normalize("NFC", without_recalled(message.content))
        if len(text) > LONGEST:
            lines.append(f"message {message.id} read up to character {LONGEST}")
            text = text[:LONGEST]
        kept.append(_speaking(replace(message, content=text), verdict.reason))
        trusts.append(trust_of([message], trusted_roles=context.trusted_roles))
    work = replace(work, messages=tuple(kept), trusts=tuple(trusts))
    return work.noted("preprocess", *lines)


def _speaking(message: Message, reason: str) -> Message:
    """Return a message as extractors read it: whoever may teach speaks, others under a name."""
    if reason == "user":
        return message
    return replace(message, role="user", name=message.name or message.role.capitalize())
