"""A LlamaIndex LLM, or any other object with its `complete` or `chat`."""

from __future__ import annotations

import importlib
from typing import Any

from harmonia_plugins.errors import MissingExtraError
from harmonia_plugins.providers.awaiting import or_awaited
from harmonia_plugins.providers.language.failures import UnusableError
from harmonia_plugins.providers.language.naming import fields_of, model_name


class LlamaIndexModel:
    """Completes prompts with `complete`, where there is none with `chat`.

    With `acomplete` or `achat` where only that is implemented.

    The schema is handed on to LlamaIndex's Ollama models, known by their field `json_mode`; any
    other model learns of it from the prompt.
    """

    def __init__(self, model: Any) -> None:
        """Wrap `model`; it is not called yet."""
        self._model = model
        self._formats = "json_mode" in fields_of(model)

    @property
    def name(self) -> str:
        """`llamaindex:` and the model's class and name."""
        return f"llamaindex:{model_name(self._model)}"

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return the text of the model's answer.

        Raises:
            ProviderError: the answer holds no text.
            Exception: what the model raises.
        """
        extra = {"format": schema} if schema and self._formats else {}
        model = self._model
        if hasattr(model, "complete"):
            answer = or_awaited(
                lambda: model.complete(prompt, **extra), lambda: model.acomplete(prompt, **extra)
            )
            text: object = getattr(answer, "text", answer)
        else:
            chat = [_user_message(prompt)]
            answer = or_awaited(
                lambda: model.chat(chat, **extra), lambda: model.achat(chat, **extra)
            )
            text = getattr(getattr(answer, "message", answer), "content", None)
        if not isinstance(text, str):
            raise UnusableError(f"{self.name} answered {type(answer).__name__} without a text")
        return text


def _user_message(prompt: str) -> Any:
    """Return the prompt as LlamaIndex's own message, the only thing its `chat` takes."""
    try:
        # by name: the core of this package knows no framework
        llms: Any = importlib.import_module("llama_index.core.llms")
    except ImportError as error:
        raise MissingExtraError("a LlamaIndex chat model", "llama-index") from error
    return llms.ChatMessage(role="user", content=prompt)
