"""The automatic decision: which rule applies to one conflict."""

from __future__ import annotations

from harmonia_plugins.model import Memory
from harmonia_plugins.pipeline.conflicts.detect import Conflict
from harmonia_plugins.pipeline.conflicts.reading import said_at
from harmonia_plugins.pipeline.conflicts.settings import ConflictSettings
from harmonia_plugins.pipeline.conflicts.strategies import (
    Rule,
    arrived_late,
    keep_both,
    quarantine,
    reinforce,
    replace_with,
)


def decide(incoming: Memory, conflict: Conflict, settings: ConflictSettings) -> Rule:
    """Return the rule for one conflict.

    A restatement reinforces. What was said earlier than the belief, or ended before it, is stored
    closed. A source trusted clearly less may not overrule: its statement is quarantined. An unsure
    statement stands beside a surer belief. Otherwise the newer statement replaces the belief.
    """
    existing = conflict.existing
    if conflict.kind == "reinforced":
        return reinforce
    if existing.trust - incoming.trust > settings.trust_margin:
        return quarantine
    if said_at(incoming) < said_at(existing):
        return arrived_late
    unsure = incoming.confidence < settings.least_confidence
    if unsure and incoming.confidence < existing.confidence:
        return keep_both
    return replace_with
