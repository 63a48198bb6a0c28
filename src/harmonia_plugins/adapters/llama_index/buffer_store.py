"""The engine's log for LlamaIndex's older, deprecated memories."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.storage.chat_store.base import BaseChatStore

from harmonia_plugins.adapters.llama_index.chat_store import LogStore, delete_at
from harmonia_plugins.adapters.llama_index.messages import to_chat


class HarmoniaBufferStore(LogStore, BaseChatStore):
    """A chat store in an engine for `ChatMemoryBuffer` and `ChatSummaryMemoryBuffer`.

    What it keeps and which arguments it takes: see `LogStore`. These buffers cannot be read back
    with any store but LlamaIndex's `SimpleChatStore`; make them anew, the log is there. New code
    uses `HarmoniaMemory`.
    """

    __init__ = LogStore.__init__  # or type checkers make one of the fields

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
