"""Stage 2: the names in each message."""

from __future__ import annotations

from dataclasses import replace

from harmonia_plugins.pipeline.classification import entities_of
from harmonia_plugins.pipeline.work import Context, Work


def entities(work: Work, context: Context) -> Work:
    """Find people, animals, places, organisations and products."""
    found = tuple(entities_of(message.content) for message in work.messages)
    lines = [
        f"message {message.id}: {', '.join(names)}"
        for message, names in zip(work.messages, found, strict=True)
        if names
    ]
    return replace(work, entities=found).noted("entities", *lines)
