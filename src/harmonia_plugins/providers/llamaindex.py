"""LlamaIndex's embedding models, or any other object with `get_text_embedding_batch`.

LlamaIndex is never imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.language.naming import model_name
from harmonia_plugins.providers.vectors import unit_rows

if TYPE_CHECKING:
    from harmonia_plugins.ports import FloatMatrix


def has_text_embeddings(choice: object) -> bool:
    """Tell whether an object embeds as LlamaIndex's models do; these can be called, too."""
    return not isinstance(choice, type) and callable(
        getattr(choice, "get_text_embedding_batch", None)
    )


class LlamaIndexEmbedder:
    """Embeds with `get_text_embedding_batch`, which keeps to the model's own batch size.

    Questions are embedded as texts are: what a memory is compared with has no other form. The
    fingerprint is the class and its model's name; give models of one class that differ in
    something else a `name`.
    """

    def __init__(self, model: Any, *, name: str | None = None) -> None:
        """Wrap `model`; it is not called yet.

        Args:
            model: must be safe to call from several threads at once.
            name: tells stores which model it is; None takes the class and its model's name.
        """
        self._model = model
        self._name = name or model_name(model)
        self._dimension: int | None = None

    @property
    def fingerprint(self) -> str:
        """`llamaindex:` and the name."""
        return f"llamaindex:{self._name}"

    @property
    def dimension(self) -> int:
        """Length of one vector, found by embedding a word."""
        if self._dimension is None:
            self._dimension = int(self.embed(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text.

        Raises:
            ProviderError: the model failed or answered something unusable.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        who = f"the LlamaIndex embedding model {self._name}"
        try:
            answer = self._model.get_text_embedding_batch(list(texts))
        except Exception as error:  # whatever a user's model raises
            raise ProviderError(f"{who} failed: {type(error).__name__}: {error}") from error
        return unit_rows(answer, who=who, count=len(texts), dimension=self._dimension)
