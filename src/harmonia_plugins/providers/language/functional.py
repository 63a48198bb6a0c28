"""A plain function as a language model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class CallableModel:
    """Completes prompts with a function from a prompt to a text."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        """Wrap `function`, which must be safe to call from several threads at once."""
        self._function = function

    @property
    def name(self) -> str:
        """`function:` and the function's own name."""
        return f"function:{getattr(self._function, '__qualname__', type(self._function).__name__)}"

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return what the function returns; it learns of the schema from the prompt.

        Raises:
            Exception: what the function raises.
        """
        return self._function(prompt)
