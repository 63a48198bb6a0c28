"""The engine's log for LlamaIndex's older, deprecated memories."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.storage.chat_store.base import BaseChatStore

from harmonia_plugins.adapters.llama_index.chat_store import delete_at
from harmonia_plugins.adapters.llama_index.log import Log
from harmonia_plugins.adapters.llama_index.messages import to_chat
from harmonia_plugins.adapters.llama_index.scope import scope_of


class HarmoniaBufferStore(BaseChatStore):
    """A chat store in an engine for `ChatMemoryBuffer` and `ChatSummaryMemoryBuffer`.

    As `HarmoniaChatStore`, with the synchronous methods that these want. New code uses
    `HarmoniaMemory`.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; or `path`.
        user_id: whose sessions.
        path: the folder of the engine, instead of one.
        learn: whether messages are learned from.
    """

    user_id: str = Field(description="Whose sessions these are.")
    path: str = Field(description="The folder of the engine.")
    learn: bool = Field(default=True, description="Whether messages are learned from.")
    _log: Log = PrivateAttr()

    def __init__(
        self,
        engine: Any = None,
        *,
        user_id: str | None = None,
        path: Any = None,
        learn: bool = True,
        **written: Any,
    ) -> None:
        scope = scope_of("HarmoniaBufferStore", engine, path, user_id)
        fields: dict[str, Any] = {"user_id": scope.user_id, "path": scope.path, "learn": learn}
        super().__init__(**fields)
        self._log = Log(scope, learn=learn)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which it is written down."""
        return "HarmoniaBufferStore"

    def set_messages(self, key: str, messages: Sequence[ChatMessage]) -> None:
        """Make a session's log exactly these messages."""
        self._log.replace(key, messages, "active")

    def get_messages(self, key: str) -> list[ChatMessage]:
        """Return a session's messages in order, as copies."""
        return [to_chat(message) for message in self._log.entries(key)]

    def add_message(self, key: str, message: ChatMessage) -> None:
        """Store a message at the end of a session."""
        self._log.add(key, [message], "active")

    def delete_messages(self, key: str) -> list[ChatMessage] | None:
        """Take all messages out of a session and return them; None where there were none."""
        found = self.get_messages(key)
        if not found:
            return None
        self._log.delete(key, None)
        return found

    def delete_message(self, key: str, idx: int) -> ChatMessage | None:
        """Take the message at a place in the log, from 0, out of it."""
        return delete_at(self._log, key, idx)

    def delete_last_message(self, key: str) -> ChatMessage | None:
        """Take the last message out of a session."""
        return delete_at(self._log, key, len(self._log.entries(key)) - 1)

    def get_keys(self) -> list[str]:
        """Return the sessions that hold messages, in the order they began."""
        return self._log.sessions()
