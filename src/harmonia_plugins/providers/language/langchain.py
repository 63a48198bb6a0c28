"""A LangChain chat model, or any other object with its `invoke`.

LangChain is never imported: a message is known by its `content`.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any, cast

from harmonia_plugins.providers.awaiting import or_awaited
from harmonia_plugins.providers.language.failures import UnusableError
from harmonia_plugins.providers.language.naming import fields_of, model_name

# A call of ours is no part of the conversation it is made in: it must not fire the callbacks of
# the chain around it, nor appear in the stream of tokens that the user sees.
_APART = {"callbacks": [], "tags": ["nostream"], "run_name": "harmonia-extraction"}


class LangChainModel:
    """Completes prompts with `invoke`, or `ainvoke` where only that is implemented.

    Structured output is not asked for: it needs models that bind tools, and gives None, without an
    error, for an answer in prose. The text is asked for, and whoever asks finds the JSON in it.

    The schema is handed on to models that take it as `format`, as LangChain's Ollama models do;
    any other model learns of it from the prompt, or as its user has bound it.
    """

    def __init__(self, model: Any) -> None:
        """Wrap `model`; it is not called yet."""
        self._model = model
        self._config: dict[str, Any] = {"config": _APART} if _takes_config(model) else {}
        self._formats = "format" in fields_of(model)

    @property
    def name(self) -> str:
        """`langchain:` and the model's class and name."""
        return f"langchain:{model_name(self._model)}"

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return the text of the model's message.

        Raises:
            ProviderError: the message holds no text.
            Exception: what the model raises.
        """
        extra = {"format": schema} if schema and self._formats else {}
        model, options = self._model, {**self._config, **extra}
        answer: object = or_awaited(
            lambda: model.invoke(prompt, **options), lambda: model.ainvoke(prompt, **options)
        )
        return self._text(answer)

    def _text(self, answer: object) -> str:
        content: object = getattr(answer, "content", answer)
        if isinstance(content, list):
            return "".join(_part(part) for part in cast("list[object]", content))
        if isinstance(content, Mapping):  # a chain that ends in a parser of JSON
            return json.dumps(content, default=str)
        if isinstance(content, str):
            return content
        raise UnusableError(f"{self.name} answered {type(content).__name__}, not a message")


def _takes_config(model: Any) -> bool:
    try:
        parameters = inspect.signature(model.invoke).parameters
    except (TypeError, ValueError):
        return False
    return "config" in parameters


def _part(part: object) -> str:
    """Return the text of a content block; blocks of reasoning, images and tools have none here."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        return ""
    block = cast("Mapping[str, object]", part)
    text = block.get("text") if block.get("type", "text") == "text" else None
    return text if isinstance(text, str) else ""
