"""LangChain's embeddings, or any other object with `embed_documents` and `embed_query`.

LangChain is never imported.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from harmonia_plugins.providers.awaiting import or_awaited
from harmonia_plugins.providers.functional import CallableEmbedder
from harmonia_plugins.providers.language.naming import model_name


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


class LangChainEmbedder(CallableEmbedder):
    """Embeds with `embed_documents`, or `aembed_documents` where only that is implemented.

    Questions are embedded as documents are: what a memory is compared with has no other form.
    The fingerprint is the class and its model's name; give embeddings of one class that differ in
    something else a `name`.
    """

    _kind = "langchain"
    _called = "the LangChain embeddings"

    def __init__(self, embeddings: Any, *, name: str | None = None) -> None:
        """Wrap `embeddings`; they are not called yet.

        Args:
            embeddings: must be safe to call from several threads at once.
            name: tells stores which model it is; None takes the class and its model's name.
        """

        def embed(texts: Sequence[str]) -> Any:
            return or_awaited(
                lambda: embeddings.embed_documents(texts),
                lambda: embeddings.aembed_documents(texts),
            )

        super().__init__(embed, name=name or _name_of(embeddings))


def _name_of(embeddings: Any) -> str:
    """Return class and model; of embeddings around others, such as a cache, those inside."""
    inside: object = inspect.getattr_static(embeddings, "underlying_embeddings", None)
    return model_name(embeddings if inside is None else inside)
