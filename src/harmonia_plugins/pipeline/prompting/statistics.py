"""What extraction cost and what was thrown away, and why."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harmonia_plugins.model import Value

DropReason = Literal[
    "broken", "no content", "too long", "no message", "message out of range", "question",
    "leaked example", "duplicate", "too many",
]  # fmt: skip

Count = Literal[
    "calls", "retries", "continued", "salvaged", "cut", "timeouts", "failures", "statements",
    "shortened",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractionStatistics(Value):
    """Totals since the extractor was made.

    `calls` counts every question put to the model: `retries` of them repeat one that failed,
    `continued` ask for the rest of an answer that was cut off. `salvaged` answers were no clean
    JSON, `cut` ones ended early. `failures` are portions given up after all tries. `dropped`
    counts the statements thrown away by reason, `shortened` the messages too long to be read whole.
    """

    calls: int = 0
    retries: int = 0
    continued: int = 0
    salvaged: int = 0
    cut: int = 0
    timeouts: int = 0
    failures: int = 0
    statements: int = 0
    shortened: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])


class Counters:
    """Counts from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Count] = Counter()
        self._dropped: Counter[DropReason] = Counter()

    def add(self, what: Count, number: int = 1) -> None:
        """Count `number` more of `what`."""
        with self._lock:
            self._counts[what] += number

    def drop(self, reasons: Mapping[DropReason, int]) -> None:
        """Count dropped statements."""
        with self._lock:
            self._dropped.update({reason: count for reason, count in reasons.items() if count})

    def snapshot(self) -> ExtractionStatistics:
        """Return the totals of this moment."""
        with self._lock:
            return ExtractionStatistics(
                dropped=dict(sorted(self._dropped.items())), **dict(self._counts)
            )
