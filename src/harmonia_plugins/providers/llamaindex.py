"""LlamaIndex's embedding models, or any other object with `get_text_embedding_batch`.

LlamaIndex is never imported.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harmonia_plugins.providers.awaiting import or_awaited
from harmonia_plugins.providers.functional import CallableEmbedder
from harmonia_plugins.providers.language.naming import model_name


def has_text_embeddings(choice: object) -> bool:
    """Tell whether an object embeds as LlamaIndex's models do; these can be called, too."""
    return not isinstance(choice, type) and callable(
        getattr(choice, "get_text_embedding_batch", None)
    )


class LlamaIndexEmbedder(CallableEmbedder):
    """Embeds with `get_text_embedding_batch`, which keeps to the model's own batch size.

    With `aget_text_embedding_batch` where only that is implemented.

    Questions are embedded as texts are: what a memory is compared with has no other form. The
    fingerprint is the class and its model's name; give models of one class that differ in
    something else a `name`.
    """

    _kind = "llamaindex"
    _called = "the LlamaIndex embedding model"

    def __init__(self, model: Any, *, name: str | None = None) -> None:
        """Wrap `model`; it is not called yet.

        Args:
            model: must be safe to call from several threads at once.
            name: tells stores which model it is; None takes the class and its model's name.
        """

        def embed(texts: Sequence[str]) -> Any:
            return or_awaited(
                lambda: model.get_text_embedding_batch(texts),
                lambda: model.aget_text_embedding_batch(texts),
            )

        super().__init__(embed, name=name or model_name(model))
