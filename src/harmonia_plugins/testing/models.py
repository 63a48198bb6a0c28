"""A language model that says what a test tells it to say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from harmonia_plugins.errors import ProviderError


class ScriptedModel:
    """Answers from a list, in order, or by a function; records what it was asked.

    >>> model = ScriptedModel(["first", "second"])
    >>> model.complete("Hello?"), model.complete("And then?"), model.prompts
    ('first', 'second', ['Hello?', 'And then?'])
    """

    def __init__(self, answers: Sequence[str | Exception] | Callable[[str], str]) -> None:
        """Answer with `answers`: an exception among them is raised; a function gets the prompt."""
        self._answers = answers
        self._lock = threading.Lock()
        self.prompts: list[str] = []
        """Every prompt so far, in order."""
        self.schemas: list[dict[str, object] | None] = []
        """The schema each prompt came with."""

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return the next answer.

        Raises:
            ProviderError: there is no further answer.
            Exception: the next answer is one.
        """
        with self._lock:
            turn = len(self.prompts)
            self.prompts.append(prompt)
            self.schemas.append(schema)
        if callable(self._answers):
            return self._answers(prompt)
        if turn >= len(self._answers):
            raise ProviderError(
                f"the script holds {len(self._answers)} answers and was asked a {turn + 1}th time"
            )
        answer = self._answers[turn]
        if isinstance(answer, Exception):
            raise answer
        return answer
