"""How readily statements are taken to contradict each other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConflictSettings:
    """Weights and thresholds of detection and of the automatic decision.

    Statements without a common slot are compared by
    `similarity_weight * similarity + entity_weight * entity overlap + time_weight * closeness`,
    where closeness halves every `half_life_days`. They may conflict from `threshold` on, and only
    with a sign of contradiction, and where they are at least `free_similarity` alike. A statement
    less trusted than the belief by more than `trust_margin` is quarantined; one less sure than
    `least_confidence` closes nothing that is surer than itself.
    """

    similarity_weight: float = 0.5
    entity_weight: float = 0.3
    time_weight: float = 0.2
    threshold: float = 0.6
    free_similarity: float = 0.3
    half_life_days: float = 30.0
    trust_margin: float = 0.3
    least_confidence: float = 0.3


DEFAULTS = ConflictSettings()
