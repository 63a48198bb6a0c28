"""Conflicts between what is newly stated and what is believed: finding and resolving them."""

from harmonia_plugins.pipeline.conflicts.detect import Conflict, ConflictKind, conflicts_of
from harmonia_plugins.pipeline.conflicts.resolve import resolve
from harmonia_plugins.pipeline.conflicts.settings import ConflictSettings
from harmonia_plugins.pipeline.conflicts.strategies import STRATEGIES, Strategy

__all__ = [
    "STRATEGIES",
    "Conflict",
    "ConflictKind",
    "ConflictSettings",
    "Strategy",
    "conflicts_of",
    "resolve",
]
