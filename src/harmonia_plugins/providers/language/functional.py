"""A plain function as a language model."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from harmonia_plugins.providers.awaiting import awaited


class CallableModel:
    """Completes prompts with a function from a prompt to a text."""

    def __init__(self, function: Callable[[str], Any]) -> None:
        """Wrap `function`, which must be safe to call from several threads at once.

        What is asynchronous is awaited on a loop of its own.
        """
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
        answer = self._function(prompt)
        return awaited(lambda: answer) if inspect.isawaitable(answer) else answer
