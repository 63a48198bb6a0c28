"""LangChain's embeddings, or any other object with `embed_documents` and `embed_query`.

LangChain is never imported.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.awaiting import or_awaited
from harmonia_plugins.providers.language.naming import model_name
from harmonia_plugins.providers.vectors import unit_rows

if TYPE_CHECKING:
    from harmonia_plugins.ports import FloatMatrix


def has_embeddings(choice: object) -> bool:
    """Tell whether an object embeds as LangChain's embeddings do."""
    names = ("embed_documents", "embed_query")
    return not isinstance(choice, type) and all(callable(getattr(choice, n, None)) for n in names)


def function_of(embeddings: Any) -> Any:
    """Return the function that embeddings were made of, as LangGraph does, or None.

    What LangGraph makes of an asynchronous function has no other way to be called from here.
    """
    if type(embeddings).__name__ != "EmbeddingsLambda":
        return None
    return getattr(embeddings, "func", None) or getattr(embeddings, "afunc", None)


class LangChainEmbedder:
    """Embeds with `embed_documents`, or `aembed_documents` where only that is implemented.

    Questions are embedded as documents are: what a memory is compared with has no other form.
    The fingerprint is the class and its model's name; give embeddings of one class that differ in
    something else a `name`.
    """

    def __init__(self, embeddings: Any, *, name: str | None = None) -> None:
        """Wrap `embeddings`; they are not called yet.

        Args:
            embeddings: must be safe to call from several threads at once.
            name: tells stores which model it is; None takes the class and its model's name.
        """
        self._embeddings = embeddings
        self._name = name or _name_of(embeddings)
        self._dimension: int | None = None

    @property
    def fingerprint(self) -> str:
        """`langchain:` and the name."""
        return f"langchain:{self._name}"

    @property
    def dimension(self) -> int:
        """Length of one vector, found by embedding a word."""
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text.

        Raises:
            ProviderError: the embeddings failed or answered something unusable.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        who, given = f"the LangChain embeddings {self._name}", list(texts)
        model = self._embeddings
        try:
            answer = or_awaited(
                lambda: model.embed_documents(given), lambda: model.aembed_documents(given)
            )
        except Exception as error:  # whatever a user's model raises
            raise ProviderError(f"{who} failed: {type(error).__name__}: {error}") from error
        return unit_rows(answer, who=who, count=len(given), dimension=self._dimension)


def _name_of(embeddings: Any) -> str:
    """Return class and model; of embeddings around others, such as a cache, those inside."""
    inside: object = inspect.getattr_static(embeddings, "underlying_embeddings", None)
    return model_name(embeddings if inside is None else inside)
