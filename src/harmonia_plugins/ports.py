"""What the engine needs from outside, as small protocols anyone can fill.

Nothing here is imported from a framework: an object with the right methods is enough.
`harmonia_plugins.testing.conformance` checks an implementation against these contracts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harmonia_plugins.model import Statement, Window

    FloatMatrix = NDArray[np.float32]


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors. Must be safe to call from several threads at once."""

    @property
    def fingerprint(self) -> str:
        """Names the model and everything that changes its vectors, such as pooling or weights.

        Recorded in the store: a store is only opened with the fingerprint it was written with.
        """
        ...

    @property
    def dimension(self) -> int:
        """Length of one vector."""
        ...

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text: float32, shape `(len(texts), dimension)`.

        The same text gives the same vector, whatever else is in the batch: cosine 0.999 or more
        (the embedded model: equal within 1e-5).

        Raises:
            ProviderError: the model failed or could not be reached.
        """
        ...


@runtime_checkable
class LanguageModel(Protocol):
    """Completes a prompt. Must be safe to call from several threads at once."""

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return the model's answer; with `schema`, text that should be JSON of that JSON schema.

        Raises:
            ProviderError: the model failed or could not be reached.
        """
        ...


@runtime_checkable
class Extractor(Protocol):
    """Draws statements from messages. Must be safe to call from several threads at once."""

    @property
    def name(self) -> str:
        """Names the extractor and, if it has one, its model; recorded beside what it finds."""
        ...

    def extract(self, window: Window) -> Sequence[Statement]:
        """Return what the window's messages state; nothing for small talk.

        Raises:
            ProviderError: the model failed or could not be reached.
        """
        ...


@runtime_checkable
class Clock(Protocol):
    """Tells the time, so that tests and imports of old data can choose it."""

    def now(self) -> datetime:
        """Return the current moment as an aware datetime."""
        ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the current moment in UTC."""
        from datetime import UTC

        return datetime.now(UTC)
