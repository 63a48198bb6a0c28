"""Recall as a block of LlamaIndex's own `Memory`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.memory.memory import BaseMemoryBlock

from harmonia_plugins.adapters.llama_index.log import Log
from harmonia_plugins.adapters.llama_index.messages import cleaned, to_chat
from harmonia_plugins.adapters.llama_index.recalling import (
    RecalledText,
    Recaller,
    checked_options,
    printed,
    query_of,
)
from harmonia_plugins.adapters.llama_index.scope import Scope, check_known, scope_of
from harmonia_plugins.adapters.llama_index.tokens import (
    TokenCounter,
    Tokenizer,
    default_tokenizer,
)

DEFAULT_K = 10
DEFAULT_RECALL_TOKENS = 2000


class HarmoniaMemoryBlock(BaseMemoryBlock[str]):
    """Recalls from an engine for every `get` of a `Memory`, by what the user said last.

    For people who keep their `Memory`; `HarmoniaMemory` does more. What a block cannot do, because
    `Memory` does not let it:

    - it is handed messages only when they leave the short-term window, by default after some
      21 000 tokens, so it learns late. `learn(message, session_id=...)` hands it one at once; turn
      `accept_short_term_memory` off then. (If the log is a `HarmoniaChatStore` of the same
      engine and user, that learns from every message already, and the block knows it.)
    - `Memory` does not tell blocks an `input` that is a `ChatMessage`; it recalls for the last user
      message of the window then.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; or `path`.
        user_id: whose memory is recalled, and taught.
        path: the folder of the engine, instead of one.
        name: the block's name; two blocks of one memory need two.
        priority: 0 is never truncated; of the others the lowest number is truncated first.
        k: the most hits.
        recall_tokens: the most tokens of recalled text.
        recall_options: further options of `engine.recall`, such as `layers` or `types`.
        tokenizer_fn: counts tokens; give the `Memory`'s own if it has another one.
    """

    name: str = "harmonia"
    description: str | None = "What is known about the user from earlier conversations."
    priority: int = 1
    user_id: str = Field(frozen=True, description="Whose memory is recalled.")
    path: str = Field(frozen=True, description="The folder of the engine.")
    k: int = Field(default=DEFAULT_K, ge=1, description="The most hits.")
    recall_tokens: int = Field(
        default=DEFAULT_RECALL_TOKENS, ge=1, description="The most tokens of recalled text."
    )
    recall_options: dict[str, Any] = Field(
        default_factory=dict, description="Further options of `engine.recall`."
    )
    tokenizer_fn: Tokenizer = Field(
        default_factory=default_tokenizer, exclude=True, description="Counts tokens."
    )
    _scope: Scope = PrivateAttr()

    def __init__(
        self,
        engine: Any = None,
        *,
        user_id: str | None = None,
        path: Any = None,
        recall_options: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        scope = scope_of("HarmoniaMemoryBlock", engine, path, user_id)
        check_known("HarmoniaMemoryBlock", fields, type(self).model_fields)
        options = checked_options(recall_options)
        fields |= {"user_id": scope.user_id, "path": scope.path, "recall_options": options}
        super().__init__(**fields)
        self._scope = scope

    @property
    def scope(self) -> Scope:
        """Whose memory in which engine."""
        return self._scope

    @property
    def recaller(self) -> Recaller:
        """What asks the engine."""
        return Recaller(self._scope, self.k, self.recall_options)

    async def learn(
        self, messages: ChatMessage | Sequence[ChatMessage], *, session_id: str = "default"
    ) -> None:
        """Store messages of a session, and learn from them in the background.

        On the disk when this returns.
        """
        clean = cleaned([messages] if isinstance(messages, ChatMessage) else messages)
        log = Log(self._scope)
        await self._scope.run(lambda: log.add(session_id, clean, "active"))

    async def aput(
        self,
        messages: list[ChatMessage],
        from_short_term_memory: bool = False,
        session_id: str | None = None,
    ) -> None:
        """Learn from messages that left the window; they are not changed."""
        if from_short_term_memory and not self.accept_short_term_memory:
            return
        session = session_id or "default"
        if from_short_term_memory and await self._scope.run(lambda: self._holds(session, messages)):
            return
        await self.learn(messages, session_id=session)

    async def _aput(self, messages: list[ChatMessage]) -> None:
        await self.learn(messages)

    def _holds(self, session: str, messages: Sequence[ChatMessage]) -> bool:
        """Tell whether the session's log is in this store already.

        Then `Memory` has just archived there what it hands over here.
        """
        archived = Log(self._scope).entries(session, "archived")[-len(messages) :]
        held = [_unstamped(to_chat(message)) for message in archived]
        return bool(messages) and held == [_unstamped(message) for message in messages]

    async def _aget(self, messages: list[ChatMessage] | None = None, **block_kwargs: Any) -> str:
        given = list(messages or [])
        query = query_of(None, given)
        counter = TokenCounter(self.tokenizer_fn)

        def recall() -> RecalledText:
            hits = self.recaller.hits(query, [message.content or "" for message in given])
            return printed(hits, self.recall_tokens, counter)

        return await self._scope.run(recall)

    async def atruncate(self, content: str, tokens_to_truncate: int) -> str | None:
        """Return what is left when some tokens are taken away: the best hits that still fit."""
        if not isinstance(content, RecalledText):
            return None
        room = content.tokens - tokens_to_truncate
        counter = TokenCounter(self.tokenizer_fn)
        return (content.within(room, counter) if room > 0 else None) or None


def _unstamped(chat: ChatMessage) -> ChatMessage:
    """Return a message without the session id that a `Memory`'s other blocks write on it."""
    kwargs = {name: value for name, value in chat.additional_kwargs.items() if name != "session_id"}
    return chat.model_copy(update={"additional_kwargs": kwargs})
