"""What fills the port `LanguageModel`: an Ollama server, or a model of a framework or a user.

`make_language_model` turns what a user hands in into a model; `CheckedModel` is around each.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.providers.language.checked import CheckedModel

if TYPE_CHECKING:
    from harmonia_plugins.config import Settings
    from harmonia_plugins.ports import LanguageModel

__all__ = ["CheckedModel", "make_language_model"]

CHOICES = (
    "'ollama:<model>', an object with complete(prompt, *, schema), a LangChain chat model, a "
    "LlamaIndex LLM, or a function from a prompt to a text"
)


def make_language_model(given: object, settings: Settings) -> CheckedModel:
    """Return the language model that `given` is or names.

    Models of frameworks are recognised by their methods; no framework is imported. Nothing is
    loaded and no server is asked yet.

    Args:
        given: a name, or a model; see `CHOICES`.
        settings: where Ollama listens, how long and how much it may answer, and whether it may
            fetch a model it does not have.

    Raises:
        InvalidInputError: `given` is no language model; the message lists what is.
    """
    if isinstance(given, CheckedModel):
        return given
    if isinstance(given, str):
        return CheckedModel(_named(given, settings))
    if given is None or isinstance(given, type):
        raise InvalidInputError(f"{given!r} is no language model; choose {CHOICES}")
    return CheckedModel(_recognised(given))


def _named(name: str, settings: Settings) -> LanguageModel:
    kind, _, model = name.partition(":")
    if kind != "ollama" or not model.strip():
        raise InvalidInputError(f"{name!r} names no language model; choose {CHOICES}")
    from harmonia_plugins.providers.language.ollama import OllamaModel

    return OllamaModel(
        model.strip(),
        url=settings.ollama_url,
        timeout=settings.extract_timeout,
        max_tokens=settings.extract_tokens,
        pull=settings.ollama_pull,
    )


def _recognised(given: Any) -> LanguageModel:
    """Tell models apart by their methods: LlamaIndex also has `complete`, but without `schema`."""
    if _takes_schema(getattr(given, "complete", None)):
        return given
    if callable(getattr(given, "invoke", None)):
        from harmonia_plugins.providers.language.langchain import LangChainModel

        return LangChainModel(given)
    if any(callable(getattr(given, method, None)) for method in ("complete", "chat")):
        from harmonia_plugins.providers.language.llamaindex import LlamaIndexModel

        return LlamaIndexModel(given)
    if callable(given):
        from harmonia_plugins.providers.language.functional import CallableModel

        return CallableModel(given)
    raise InvalidInputError(f"{given!r} is no language model; choose {CHOICES}")


def _takes_schema(method: object) -> bool:
    if not callable(method):
        return False
    try:
        return "schema" in inspect.signature(method).parameters
    except (TypeError, ValueError):
        return False
