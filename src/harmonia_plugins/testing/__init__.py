"""For tests of code that uses this package: fakes for what cannot run, and conformance suites."""

from __future__ import annotations

from harmonia_plugins.testing.clocks import FrozenClock
from harmonia_plugins.testing.embedders import FailingEmbedder, HashEmbedder, SlowEmbedder
from harmonia_plugins.testing.models import ScriptedModel

__all__ = ["FailingEmbedder", "FrozenClock", "HashEmbedder", "ScriptedModel", "SlowEmbedder"]
