"""What the time expressions of a text mean: found, resolved, and written out as dates."""

from __future__ import annotations

from harmonia_plugins.pipeline.temporal.absolute import absolute
from harmonia_plugins.pipeline.temporal.finder import find_times
from harmonia_plugins.pipeline.temporal.occurrence import Occurrence, occurrence

__all__ = ["Occurrence", "absolute", "find_times", "occurrence"]
