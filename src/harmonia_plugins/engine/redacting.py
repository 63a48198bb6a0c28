"""Taking personal data out of whatever is about to be stored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, cast

from harmonia_plugins.model import Message

_TEXTS = ("content", "subject", "attribute", "value")
"""Fields of a memory that hold text of the caller's."""


class Redaction:
    """Replaces personal data of the kinds that a store's settings name; by default of none."""

    def __init__(self, kinds: Collection[str]) -> None:
        self._kinds = kinds

    def text(self, text: str) -> str:
        """Return a text without personal data."""
        if not self._kinds:
            return text
        from harmonia_plugins.pipeline.trust.redaction import redact

        return redact(text, None if "all" in self._kinds else self._kinds).text

    def message(self, message: Message) -> Message:
        """Return a message without personal data in its text, name, metadata and payload."""
        if not self._kinds:
            return message
        return replace(
            message,
            content=self.text(message.content),
            name=None if message.name is None else self.text(message.name),
            metadata=_everywhere(message.metadata, self.text),
            payload=_everywhere(message.payload, self.text),
        )

    def fields(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Return fields of a memory without personal data in its texts and metadata."""
        if not self._kinds:
            return dict(fields)
        changed = {name: self.text(fields[name]) for name in _TEXTS if fields.get(name) is not None}
        if "metadata" in fields:
            changed["metadata"] = _everywhere(fields["metadata"], self.text)
        return {**fields, **changed}


def _everywhere(value: Any, change: Callable[[str], str]) -> Any:
    """Return JSON with every text in it changed; keys and numbers stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {
            key: _everywhere(item, change) for key, item in cast("Mapping[str, Any]", value).items()
        }
    if isinstance(value, (list, tuple)):
        return [_everywhere(item, change) for item in cast("list[Any]", value)]
    return value
