"""LlamaIndex's `Memory` with an engine inside."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Self, cast

from llama_index.core.base.llms.types import ChatMessage, ContentBlock, TextBlock
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.memory.memory import (
    DEFAULT_FLUSH_SIZE,
    DEFAULT_MEMORY_BLOCKS_TEMPLATE,
    DEFAULT_TOKEN_LIMIT,
    InsertMethod,
    Memory,
)
from llama_index.core.prompts import RichPromptTemplate
from llama_index.core.storage.chat_store.base_db import MessageStatus

from harmonia_plugins.adapters.llama_index import written
from harmonia_plugins.adapters.llama_index.block import (
    DEFAULT_K,
    DEFAULT_RECALL_TOKENS,
    HarmoniaMemoryBlock,
)
from harmonia_plugins.adapters.llama_index.chat_store import (
    HarmoniaChatStore,
    delete_status,
    status_of,
)
from harmonia_plugins.adapters.llama_index.conversation import Conversation, Limits, View
from harmonia_plugins.adapters.llama_index.log import Log
from harmonia_plugins.adapters.llama_index.loops import run_coroutine
from harmonia_plugins.adapters.llama_index.messages import cleaned, to_chat
from harmonia_plugins.adapters.llama_index.other_blocks import (
    Block,
    Contents,
    Feeder,
    checked_blocks,
    contents_of,
    cut,
    with_input,
)
from harmonia_plugins.adapters.llama_index.placing import LEAD, in_agent, led
from harmonia_plugins.adapters.llama_index.scope import scope_of
from harmonia_plugins.adapters.llama_index.tokens import TokenCounter, Tokenizer, default_tokenizer
from harmonia_plugins.adapters.llama_index.window import Entry, overflow
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.pipeline.intake import check_session


class HarmoniaMemory(Memory):
    """A `Memory` that keeps every message for good, learns from it, and recalls.

    Goes wherever a `Memory` goes, as `memory=` of chat engines and agents.

    - A message is on the disk when `put` returns, and is learned from in the background.
    - `get` returns the newest turns of the session and, fenced as data, what else is known about
      the user that belongs to what they said: memories and messages of all their sessions. All of
      it fits into `token_limit`, whatever the messages are made of. A turn is recalled for once,
      however often an agent asks.
    - Recalled text is never stored nor learned, also where an application puts what it got.
    - `reset`, `set` and `chat_history=` change this session's log and forget no memory; only
      `engine.forget` does.
    - Other `memory_blocks` work beside it. One that fails is left out with a warning; messages it
      did not take stay in the window and are offered to it again. Recalled text yields to blocks of
      priority 0 and goes before all others. The template is for their contents alone.
    - What it returns are copies.

    It may be used from any thread and any event loop, and with `to_dict`, `pickle` and workflow
    contexts: it then opens its path again, or joins the engine that is open on it. Blocks of others
    are not written down; give them again: `HarmoniaMemory.from_dict(data, memory_blocks=[...])`.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; or `path`.
        path: the folder of the engine, instead of one.
        user_id: whose memory it is.
        session_id: the conversation; default: a new one.
        k: the most hits to recall.
        recall_tokens: the most tokens of recalled text.
        recall_options: further options of `engine.recall`, such as `layers` or `types`.
        fields: those of `Memory`; `token_limit` counts the window and all blocks together.

    Raises:
        InvalidInputError: there is no user, no engine, or something else is unusable.
    """

    tokenizer_fn: Tokenizer = Field(default_factory=default_tokenizer, exclude=True)
    user_id: str = Field(frozen=True, description="Whose memory it is.")
    path: str = Field(frozen=True, description="The folder of the engine.")
    k: int = Field(default=DEFAULT_K, ge=1, frozen=True, description="The most hits to recall.")
    recall_tokens: int = Field(
        default=DEFAULT_RECALL_TOKENS, ge=1, description="The most tokens of recalled text."
    )
    recall_options: dict[str, Any] = Field(
        default_factory=dict, frozen=True, description="Further options of `engine.recall`."
    )
    _block: HarmoniaMemoryBlock = PrivateAttr()
    _log: Log = PrivateAttr()
    _feeder: Feeder = PrivateAttr(default_factory=Feeder)
    _conversation: Conversation | None = PrivateAttr(default=None)

    def __init__(
        self,
        *,
        engine: Any = None,
        path: Any = None,
        user_id: str | None = None,
        session_id: str | None = None,
        memory_blocks: Sequence[Block] | None = None,
        recall_options: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        scope = scope_of("HarmoniaMemory", engine, path, user_id)
        written.check_fields(fields, type(self).model_fields)
        fields.setdefault("token_limit", DEFAULT_TOKEN_LIMIT)
        own = {name: fields[name] for name in ("k", "recall_tokens") if name in fields}
        counting = {"tokenizer_fn": fields["tokenizer_fn"]} if fields.get("tokenizer_fn") else {}
        block = HarmoniaMemoryBlock(
            scope.given, user_id=scope.user_id, accept_short_term_memory=False,
            recall_options=recall_options, **own, **counting,
        )  # fmt: skip
        if session_id is not None:
            fields["session_id"] = check_session(session_id)
        fields |= {
            "user_id": scope.user_id,
            "path": scope.path,
            "recall_options": block.recall_options,
            "memory_blocks": [block, *checked_blocks(memory_blocks)],
            "sql_store": HarmoniaChatStore(scope.given, user_id=scope.user_id),
        }
        super().__init__(**fields)
        self._block = block
        self._log = Log(scope)

    @classmethod
    def class_name(cls) -> str:
        """Return the name under which it is written down."""
        return "HarmoniaMemory"

    @classmethod
    def from_defaults(  # pyright: ignore[reportIncompatibleMethodOverride]
        cls,
        session_id: str | None = None,
        chat_history: Sequence[ChatMessage] | None = None,
        token_limit: int = DEFAULT_TOKEN_LIMIT,
        memory_blocks: Sequence[Block] | None = None,
        tokenizer_fn: Tokenizer | None = None,
        chat_history_token_ratio: float = 0.7,
        token_flush_size: int = DEFAULT_FLUSH_SIZE,
        memory_blocks_template: RichPromptTemplate = DEFAULT_MEMORY_BLOCKS_TEMPLATE,
        insert_method: InsertMethod = InsertMethod.SYSTEM,
        **fields: Any,
    ) -> Self:
        """Return a memory; arguments as for the class and for `Memory.from_defaults`.

        Args:
            session_id: the conversation; default: a new one.
            chat_history: what its log shall be, as for `set`; an empty one leaves it as it is.
            token_limit: the most tokens that `get` returns.
            memory_blocks: further blocks.
            tokenizer_fn: counts tokens; default: LlamaIndex's.
            chat_history_token_ratio: share of the limit for the messages of the window.
            token_flush_size: tokens that leave the window together when it overflows.
            memory_blocks_template: prints what further blocks say.
            insert_method: whether recalled text goes before the system message or before the
                last user message.
            fields: `engine` or `path`, `user_id`, `k`, and so on.
        """
        memory = cls(
            session_id=session_id,
            token_limit=token_limit,
            memory_blocks=memory_blocks,
            tokenizer_fn=tokenizer_fn,
            chat_history_token_ratio=chat_history_token_ratio,
            token_flush_size=token_flush_size,
            memory_blocks_template=memory_blocks_template,
            insert_method=insert_method,
            **fields,
        )
        if chat_history:
            memory.set(chat_history)
        return memory

    @property
    def engine(self) -> MemoryEngine:
        """The engine underneath."""
        return self._log.scope.engine

    # -- writing ------------------------------------------------------------------------------

    def put(self, message: ChatMessage) -> None:
        """Store a message; on the disk when this returns."""
        self.put_messages([message])

    def put_messages(self, messages: Sequence[ChatMessage]) -> None:
        """Store messages, in one commit; on the disk when this returns."""
        if self._keep(messages):
            run_coroutine(self._manage_queue) if self._takers() else self._archive(self._overflow())

    async def aput(self, message: ChatMessage) -> None:
        """Store a message; on the disk when this returns."""
        await self.aput_messages([message])

    async def aput_messages(self, messages: Sequence[ChatMessage]) -> None:
        """Store messages, in one commit; on the disk when this returns."""
        if await self._log.scope.run(lambda: self._keep(messages)):
            await self._manage_queue()

    def set(self, messages: Sequence[ChatMessage]) -> None:
        """Make the session's log these messages; what it holds already is not learned again."""
        self._log.replace(self.session_id, cleaned(messages), "active")

    async def aset(self, messages: Sequence[ChatMessage]) -> None:
        """Make the session's log these messages; what it holds already is not learned again."""
        await self._log.scope.run(lambda: self.set(messages))

    def reset(self, status: MessageStatus | None = None) -> None:
        """Clear the session's log, or its messages of one status. No memory is forgotten."""
        delete_status(self._log, self.session_id, status)

    async def areset(self, status: MessageStatus | None = None) -> None:
        """Clear the session's log, or its messages of one status. No memory is forgotten."""
        await self._log.scope.run(lambda: self.reset(status))

    def _keep(self, messages: Sequence[ChatMessage]) -> bool:
        """Store messages, and tell whether the window overflows."""
        return self._talk().add(cleaned(messages), self._counter()) > self._window_limit()

    def _window_limit(self) -> int:
        return int(self.token_limit * self.chat_history_token_ratio)

    def _overflow(self) -> list[Entry]:
        entries = self._talk().entries(self._counter())
        return overflow(entries, self._window_limit(), self.token_flush_size)

    async def _manage_queue(self) -> None:
        """Hand what has to leave the window to other blocks; archive it when all have it."""
        if not self._feeder.turn.acquire(blocking=False):
            return  # another put is at it; what is left over goes with the next one
        try:
            due = await self._log.scope.run(self._overflow)
            if await self._feeder.feed(self._takers(), due, self.session_id):
                await self._log.scope.run(lambda: self._archive(due))
                self._feeder.forget(due)
        finally:
            self._feeder.turn.release()

    def _archive(self, due: Sequence[Entry]) -> None:
        if due:
            self._log.mark(self.session_id, [entry.id for entry in due], "archived")

    def _others(self) -> list[Block]:
        blocks = cast("list[Block]", self.memory_blocks)
        return [block for block in blocks if block is not self._block]

    def _takers(self) -> list[Block]:
        """Return the blocks to feed; one of ours for the same user would store all once more."""
        return [block for block in self._others() if block.accept_short_term_memory and not (
            isinstance(block, HarmoniaMemoryBlock)
            and (block.user_id, block.path) == (self.user_id, self.path)
        )]  # fmt: skip

    # -- reading ------------------------------------------------------------------------------

    def get_all(self, status: MessageStatus | None = None) -> list[ChatMessage]:
        """Return the session's log, or its messages of one status, as copies."""
        wanted = None if status is None else status_of(status)
        return [to_chat(message) for message in self._log.entries(self.session_id, wanted)]

    async def aget_all(self, status: MessageStatus | None = None) -> list[ChatMessage]:
        """Return the session's log, or its messages of one status, as copies."""
        return await self._log.scope.run(lambda: self.get_all(status))

    def get(self, input: str | ChatMessage | None = None, **block_kwargs: Any) -> list[ChatMessage]:
        """Return the window and what is recalled for it.

        Args:
            input: what the user says now, if it is not in the log yet; default: the last thing
                they said.
            block_kwargs: handed to other blocks; `initial_token_count` is kept free of the limit.
        """
        agent = in_agent()
        view = self._look(input, block_kwargs, agent)
        if self._others():
            found = run_coroutine(lambda: self._with_others(view, input, block_kwargs))
        else:
            found = self._placed(view.chats, view.recalled, [], [])
        return led(found) if agent else found

    async def aget(
        self, input: str | ChatMessage | None = None, **block_kwargs: Any
    ) -> list[ChatMessage]:
        """Return the window and what is recalled for it; arguments as for `get`."""
        agent = in_agent()
        view = await self._log.scope.run(lambda: self._look(input, block_kwargs, agent))
        if self._others():
            found = await self._with_others(view, input, block_kwargs)
        else:
            found = self._placed(view.chats, view.recalled, [], [])
        return led(found) if agent else found

    def _look(self, input: object, options: Mapping[str, Any], agent: bool) -> View:
        counter = self._counter()
        taken = int(options.get("initial_token_count") or 0)
        if taken >= self.token_limit:
            raise InvalidInputError(
                f"initial_token_count is {taken}, which leaves nothing of token_limit "
                f"{self.token_limit}: raise token_limit"
            )
        room = max(self.token_limit - taken - (counter.text(LEAD) if agent else 0), 1)
        limits = Limits(room, self.chat_history_token_ratio, self.recall_tokens)
        return self._talk().look(input, limits, counter)

    def _talk(self) -> Conversation:
        """Return the session; another one once `session_id` is set anew."""
        if self._conversation is None or self._conversation.session != self.session_id:
            self._conversation = Conversation(self._log, self.session_id, self._block.recaller)
        return self._conversation

    async def _with_others(
        self, view: View, input: str | ChatMessage | None, options: Mapping[str, Any]
    ) -> list[ChatMessage]:
        counter, blocks, recalled = self._counter(), self._others(), view.recalled
        asked = with_input(view.chats, input)
        contents = await contents_of(blocks, asked, {"session_id": self.session_id, **options})
        excess = recalled.tokens + sum(map(counter.content, contents.values())) - view.left
        others, messages = await self._printed(await cut(blocks, contents, excess, counter))
        left = view.left - counter.content(others) - counter.content(messages)
        return self._placed(view.chats, recalled.within(max(left, 0), counter), others, messages)

    def _placed(
        self,
        chats: list[ChatMessage],
        recalled: str,
        others: list[ContentBlock],
        messages: list[ChatMessage],
    ) -> list[ChatMessage]:
        """Return the messages with recalled text and what other blocks say where they belong."""
        own: list[ContentBlock] = [TextBlock(text=str(recalled))] if recalled else []
        return self._insert_memory_content(chats, [*own, *others], messages)

    async def _printed(self, contents: Contents) -> tuple[list[ContentBlock], list[ChatMessage]]:
        data, messages = await self._format_memory_blocks(contents)
        if not data:
            return [], copy.deepcopy(messages)
        shown_as = self.memory_blocks_template.format_messages(memory_blocks=data)
        return list(shown_as[0].blocks) if shown_as else [], copy.deepcopy(messages)

    def _counter(self) -> TokenCounter:
        return TokenCounter(
            self.tokenizer_fn, self.image_token_size_estimate, self.audio_token_size_estimate,
            self.video_token_size_estimate, self.document_token_size_estimate,
        )  # fmt: skip

    def _estimate_token_count(self, message_or_blocks: Any) -> int:
        return self._counter().content(message_or_blocks)

    # -- written down -------------------------------------------------------------------------

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:
        """Return what `from_dict` makes it from: plain JSON, and no message.

        Other blocks are named only.
        """
        return written.described(self, [block.name for block in self._others()])

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], **kwargs: Any) -> Self:
        """Return the memory that `to_dict` described, on its path.

        Args:
            data: what `to_dict` returned.
            kwargs: arguments of the class to use besides or instead: `engine`, where the path
                alone does not open it, `memory_blocks`, `tokenizer_fn`.
        """
        return cls(**written.arguments(data, kwargs))

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return another memory on the same engine.

        Args:
            update: arguments of the class to use instead, such as `session_id` or `user_id`.
            deep: whether blocks of others are copied too.
        """
        others = self._others()
        given = {
            "engine": self._log.scope.given,
            "memory_blocks": copy.deepcopy(others) if deep else others,
            "tokenizer_fn": self.tokenizer_fn,
        }
        return self.from_dict(self.to_dict(), **given | dict(update or {}))

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self.model_copy(deep=True)

    def __reduce__(self) -> tuple[Any, ...]:
        own = None if self.tokenizer_fn is default_tokenizer() else self.tokenizer_fn
        return written.revived, (type(self), self.to_dict(), self._others(), own)
