"""What fills the ports: embedding models, in this process or behind a server.

`make_embedder` turns what a user names into an embedder; `CheckedEmbedder` is put around each.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.providers.checked import CheckedEmbedder

if TYPE_CHECKING:
    from harmonia_plugins.config import Settings
    from harmonia_plugins.ports import Embedder

__all__ = ["CheckedEmbedder", "make_embedder"]

CHOICES = (
    "'embedded', 'ollama:<model>', a folder with model.onnx and tokenizer.json, an object with "
    "embed(texts), dimension and fingerprint, LangChain embeddings, a LlamaIndex embedding model, "
    "or a function from a list of texts to vectors"
)


def make_embedder(
    choice: Embedder | Callable[[Sequence[str]], Any] | str | PathLike[str] | None,
    settings: Settings,
) -> Embedder:
    """Return the embedder that `choice` names; None takes the one in `settings`.

    Nothing is loaded and no server is asked yet.

    Raises:
        InvalidInputError: `choice` names no embedder; the message lists what does.
    """
    if choice is None:
        choice = settings.embedder
    if isinstance(choice, str):
        return _named(choice, settings)
    if isinstance(choice, PathLike):
        return _named(str(cast("PathLike[str]", choice)), settings)
    if isinstance(choice, type):
        raise _refused(choice)
    if hasattr(type(choice), "embed"):
        return _complete(choice)
    return _recognised(choice)


def _recognised(choice: object) -> Embedder:
    """Tell models of frameworks and functions apart; no framework is imported."""
    from harmonia_plugins.providers.functional import CallableEmbedder
    from harmonia_plugins.providers.langchain import LangChainEmbedder, function_of, has_embeddings
    from harmonia_plugins.providers.llamaindex import LlamaIndexEmbedder, has_text_embeddings

    if has_text_embeddings(choice):
        return LlamaIndexEmbedder(choice)
    if has_embeddings(choice):
        function = function_of(choice)
        return LangChainEmbedder(choice) if function is None else CallableEmbedder(function)
    if callable(choice):
        return CallableEmbedder(choice)
    raise _refused(choice)


def _refused(choice: object) -> InvalidInputError:
    return InvalidInputError(f"embedder={choice!r} is no embedder; choose {CHOICES}")


def _named(name: str, settings: Settings) -> Embedder:
    if name == "embedded":
        from harmonia_plugins.providers.embedded import EmbeddedEmbedder

        return EmbeddedEmbedder(batch=settings.embed_batch)
    kind, _, model = name.partition(":")
    if kind == "ollama" and model.strip():
        from harmonia_plugins.providers.ollama import OllamaEmbedder

        return OllamaEmbedder(
            model.strip(),
            url=settings.ollama_url,
            timeout=settings.provider_timeout,
            retries=settings.provider_retries,
            batch=settings.embed_batch,
        )
    folder = Path(name).expanduser()
    if name.strip() and folder.is_dir():
        from harmonia_plugins.providers.onnx import OnnxFolderEmbedder

        return OnnxFolderEmbedder(folder, batch=settings.embed_batch)
    raise InvalidInputError(
        f"embedder={name!r} is neither a known name nor an existing folder (nothing is "
        f"downloaded); choose {CHOICES}"
    )


def _complete(choice: object) -> Embedder:
    """Return `choice` if it has all of the port's members, looked up without running them."""
    absent = object()
    for name in ("fingerprint", "dimension"):
        if inspect.getattr_static(choice, name, absent) is absent:
            raise InvalidInputError(
                f"embedder={choice!r} has `embed` but no `{name}`; see harmonia_plugins.ports"
            )
    return cast("Embedder", choice)
