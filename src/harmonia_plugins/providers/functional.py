"""A plain function as an embedder."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.providers.awaiting import awaited
from harmonia_plugins.providers.vectors import unit_rows

if TYPE_CHECKING:
    from harmonia_plugins.ports import FloatMatrix


class CallableEmbedder:
    """Embeds with a function that takes a list of texts and returns one row of numbers for each."""

    _kind = "function"
    _called = "the embedding function"

    def __init__(
        self,
        function: Callable[[Sequence[str]], Any],
        *,
        name: str | None = None,
        dimension: int | None = None,
    ) -> None:
        """Wrap `function`; it is not called yet.

        Args:
            function: must be safe to call from several threads at once; what is asynchronous is
                awaited on a loop of its own.
            name: tells stores which model it is; change it when the vectors change. None is the
                function's module and name.
            dimension: length of a row; None finds it out by embedding a word.

        Raises:
            InvalidInputError: no name was given and the function has none of its own.
        """
        self._function = function
        self._name = name or _name_of(function)
        self._dimension = dimension

    @property
    def fingerprint(self) -> str:
        """What kind it is of, `function` here, and the name; the code is not looked at."""
        return f"{self._kind}:{self._name}"

    @property
    def dimension(self) -> int:
        """Length of one vector; where it was not given, found by embedding a word."""
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text.

        Raises:
            ProviderError: the function failed or answered something unusable.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        who = f"{self._called} {self._name}"
        try:
            given: Any = self._function(list(texts))
            answer: Any = awaited(lambda: given) if inspect.isawaitable(given) else given
        except Exception as error:  # whatever a user's function raises
            raise ProviderError(f"{who} failed: {type(error).__name__}: {error}") from error
        return unit_rows(answer, who=who, count=len(texts), dimension=self._dimension)


def _name_of(function: Callable[..., Any]) -> str:
    """Return module and name, which a lambda or a partial does not have in a useful way."""
    name = getattr(function, "__qualname__", None)
    if name is None or name.endswith("<lambda>"):
        raise InvalidInputError(
            f"the embedding function {function!r} has no name to recognise its vectors by: "
            "pass CallableEmbedder(function, name='…')"
        )
    return f"{function.__module__}.{name}"
