"""Chat stores of LlamaIndex on the engine's log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import BaseModel, Field, PrivateAttr
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus

from harmonia_plugins.adapters.llama_index.log import Log
from harmonia_plugins.adapters.llama_index.messages import to_chat
from harmonia_plugins.adapters.llama_index.scope import scope_of
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.model import MessageStatus as Status


class LogStore(BaseModel):
    """What the chat stores share: a user's log in an engine.

    A key is a session of the user. Messages are on the disk when a call returns, and are learned
    from in the background, once each, however often a log is set anew. Deleting and replacing
    messages forgets no memory: only `engine.forget` does.

    It can be written down (`model_dump`) and read back: it then opens its path again.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; or `path`.
        user_id: whose sessions.
        path: the folder of the engine, instead of one.
        learn: whether messages are learned from.
    """

    user_id: str = Field(frozen=True, description="Whose sessions these are.")
    path: str = Field(frozen=True, description="The folder of the engine.")
    learn: bool = Field(default=True, frozen=True, description="Whether messages are learned from.")
    _log: Log = PrivateAttr()

    def __init__(
        self,
        engine: Any = None,
        *,
        user_id: str | None = None,
        path: Any = None,
        learn: bool = True,
    ) -> None:
        scope = scope_of(self.class_name(), engine, path, user_id)
        fields: dict[str, Any] = {"user_id": scope.user_id, "path": scope.path, "learn": learn}
        super().__init__(**fields)
        self._log = Log(scope, learn=learn)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which it is written down."""
        return cls.__name__

    @property
    def log(self) -> Log:
        """The sessions, without an event loop and by the engine's ids."""
        return self._log


class HarmoniaChatStore(LogStore, AsyncDBChatStore):
    """A chat store in an engine, for LlamaIndex's own `Memory(chat_store=...)`.

    Its methods work on any event loop. What it keeps and which arguments it takes: see `LogStore`.
    """

    __init__ = LogStore.__init__  # or type checkers make one of the fields

    async def get_messages(
        self,
        key: str,
        status: MessageStatus | None = MessageStatus.ACTIVE,
        limit: int | None = None,
        offset: int | None = None,
    ) -> list[ChatMessage]:
        """Return a session's messages in order, as copies.

        Args:
            key: the session.
            status: only active or only archived ones; None for both.
            limit: the most to return.
            offset: how many to pass over first.
        """
        start, most = _count(offset or 0, "offset"), None
        if limit is not None:
            most = start + _count(limit, "limit")
        chosen = (await self._entries(key, status))[start:most]
        return await self._log.scope.run(lambda: [to_chat(message) for message in chosen])

    async def count_messages(
        self, key: str, status: MessageStatus | None = MessageStatus.ACTIVE
    ) -> int:
        """Return how many messages of a status (None: any) a session holds."""
        return len(await self._entries(key, status))

    async def add_message(
        self, key: str, message: ChatMessage, status: MessageStatus = MessageStatus.ACTIVE
    ) -> None:
        """Store a message at the end of a session."""
        await self.add_messages(key, [message], status)

    async def add_messages(
        self,
        key: str,
        messages: Sequence[ChatMessage],
        status: MessageStatus = MessageStatus.ACTIVE,
    ) -> None:
        """Store messages at the end of a session, in one commit; none is fine."""
        await self._log.scope.run(lambda: self._log.add(key, messages, status_of(status)))

    async def set_messages(
        self,
        key: str,
        messages: Sequence[ChatMessage],
        status: MessageStatus = MessageStatus.ACTIVE,
    ) -> None:
        """Make a session's log exactly these messages."""
        await self._log.scope.run(lambda: self._log.replace(key, messages, status_of(status)))

    async def delete_message(self, key: str, idx: int) -> ChatMessage | None:
        """Take one message out of a session, and return it.

        Args:
            key: the session.
            idx: its place in the whole log, archived ones included, from 0. (LlamaIndex's SQL
                store means the number of a row in its table, which nothing tells its callers.)
        """
        return await self._log.scope.run(lambda: delete_at(self._log, key, idx))

    async def delete_messages(self, key: str, status: MessageStatus | None = None) -> None:
        """Take all messages, or those of one status, out of a session."""
        await self._log.scope.run(lambda: delete_status(self._log, key, status))

    async def delete_oldest_messages(self, key: str, n: int) -> list[ChatMessage]:
        """Take the oldest active messages out of a session, and return them."""

        def delete() -> list[ChatMessage]:
            oldest = self._oldest(key, n)
            if oldest:
                self._log.delete(key, [message.id or "" for message in oldest])
            return [to_chat(message) for message in oldest]

        return await self._log.scope.run(delete)

    async def archive_oldest_messages(self, key: str, n: int) -> list[ChatMessage]:
        """Take the oldest active messages out of use, and return them; they are kept."""

        def archive() -> list[ChatMessage]:
            oldest = self._oldest(key, n)
            if oldest:
                self._log.mark(key, [message.id or "" for message in oldest], "archived")
            return [to_chat(message) for message in oldest]

        return await self._log.scope.run(archive)

    async def get_keys(self) -> list[str]:
        """Return the sessions that hold messages, in the order they began."""
        return await self._log.scope.run(self._log.sessions)

    async def _entries(self, key: str, status: MessageStatus | None) -> list[Message]:
        wanted = None if status is None else status_of(status)
        return await self._log.scope.run(lambda: self._log.entries(key, wanted))

    def _oldest(self, key: str, n: int) -> list[Message]:
        return self._log.entries(key, "active")[: _count(n, "n")]


def status_of(status: MessageStatus | str) -> Status:
    """Return a status in the engine's words.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        return "archived" if MessageStatus(status) == MessageStatus.ARCHIVED else "active"
    except ValueError:
        raise InvalidInputError(
            f"status must be MessageStatus.ACTIVE or MessageStatus.ARCHIVED, not {status!r}"
        ) from None


def delete_at(log: Log, key: str, place: int) -> ChatMessage | None:
    """Take the message at a place in the log out of it; None where there is none.

    Raises:
        InvalidInputError: the place is no whole number.
    """
    if isinstance(place, bool) or not isinstance(place, int):
        raise InvalidInputError(f"idx must be a whole number, not {place!r}")
    entries = log.entries(key)
    if not 0 <= place < len(entries):
        return None
    log.delete(key, [entries[place].id or ""])
    return to_chat(entries[place])


def delete_status(log: Log, key: str, status: MessageStatus | None) -> None:
    """Take all messages of a status (None: any) out of a session."""
    if status is None:
        log.delete(key, None)
    elif ids := [message.id or "" for message in log.entries(key, status_of(status))]:
        log.delete(key, ids)


def _count(number: int, what: str) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise InvalidInputError(f"{what} must be a whole number from 0, not {number!r}")
    return number
