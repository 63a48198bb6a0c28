"""Bring what LlamaIndex's own memories hold into the engine; a second time brings what is new."""

from __future__ import annotations

import ast
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.memory import BaseMemory, Memory, VectorMemoryBlock
from llama_index.core.schema import BaseNode, NodeWithScore
from llama_index.core.storage.chat_store import SimpleChatStore
from llama_index.core.storage.chat_store.base import BaseChatStore
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus

from harmonia_plugins.adapters.engines import Engine, check_engine, sync_engine
from harmonia_plugins.adapters.importing import Imported, made_id
from harmonia_plugins.adapters.llama_index.buffer_store import HarmoniaBufferStore
from harmonia_plugins.adapters.llama_index.chat_store import HarmoniaChatStore
from harmonia_plugins.adapters.llama_index.loops import run_coroutine
from harmonia_plugins.adapters.llama_index.messages import to_message
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.intake import check_session, check_several, check_user

_PAGE = 100
"""Messages that are written in one commit."""
_NO_SESSION = "default"

TimeOf = Callable[[ChatMessage], datetime | None]
Logged = tuple[ChatMessage, bool]
"""A message, and whether it is archived."""


def import_from_memory(
    memory: BaseMemory,
    engine: Engine,
    *,
    user_id: str,
    session_id: str | None = None,
    extract: bool = True,
    time_of: TimeOf | None = None,
) -> Imported:
    """Copy the messages of a `Memory`, or any other memory, into a session, in their order.

    Of a `Memory`, archived messages come too, as archived ones, whatever chat store it has. What
    its blocks hold has importers of its own.

    Messages get ids made from their role, their text and how many equal ones came before, so an
    import can be repeated, also after it was interrupted, and two equal messages are two. What is
    in the session already is left alone, but for what has been archived since; what was deleted
    from it, or forgotten, comes again while the memory holds it. Learning goes on in the
    background: `engine.flush()` waits for it. It blocks: on an event loop,
    `await asyncio.to_thread(import_from_memory, …)`.

    Args:
        memory: a `Memory`, or what has `get_all`.
        engine: where to.
        user_id: whose memory it becomes.
        session_id: the session they become part of; None for the memory's own.
        extract: whether they are learned from.
        time_of: tells when a message was said, which memories do not; None: now.

    Raises:
        InvalidInputError: an argument is unusable, or the memory's messages are there already,
            because its store is one of ours.
    """
    given: object = memory
    if not isinstance(given, BaseMemory):
        raise InvalidInputError(f"memory must be a Memory, not {memory!r}")
    target = _Target(sync_engine(check_engine(engine)), check_user(user_id), extract, time_of)
    own: str | None = getattr(memory, "session_id", None) or getattr(memory, "chat_store_key", None)
    session = check_session((own or _NO_SESSION) if session_id is None else session_id)
    if session == own:
        target.refuse_own(getattr(memory, "sql_store", None) or getattr(memory, "chat_store", None))
    if isinstance(memory, Memory):
        return target.bring({session: _of_database(memory.sql_store, memory.session_id)})
    return target.bring({session: [(message, False) for message in memory.get_all()]})


def import_from_chat_store(
    store: BaseChatStore | AsyncDBChatStore | str | os.PathLike[str],
    engine: Engine,
    *,
    user_id: str,
    keys: Iterable[str] | None = None,
    extract: bool = True,
    time_of: TimeOf | None = None,
) -> Imported:
    """Copy the sessions of a chat store, each under its key; else as `import_from_memory`.

    Args:
        store: a `SimpleChatStore`, the path of the JSON it has written, or any other chat store.
        engine: where to.
        user_id: whose memory it becomes. Where a key is a user, import each with its `keys`.
        keys: the sessions to copy; None for all.
        extract: whether they are learned from.
        time_of: tells when a message was said; None: now.

    Raises:
        InvalidInputError: an argument is unusable, the file does not hold a chat store, or the
            store is one of ours, on this engine and of this user.
    """
    opened = _opened(store)
    chosen = None if keys is None else check_several(keys, "keys")
    target = _Target(sync_engine(check_engine(engine)), check_user(user_id), extract, time_of)
    target.refuse_own(opened)
    if isinstance(opened, AsyncDBChatStore):
        wanted = run_coroutine(opened.get_keys) if chosen is None else chosen
        return target.bring({check_session(key): _of_database(opened, key) for key in wanted})
    wanted = opened.get_keys() if chosen is None else chosen
    return target.bring({
        check_session(key): [(message, False) for message in opened.get_messages(key)]
        for key in wanted
    })  # fmt: skip


def import_from_memory_block(
    block: VectorMemoryBlock | Iterable[BaseNode | NodeWithScore],
    engine: Engine,
    *,
    user_id: str,
    session_id: str | None = None,
    extract: bool = True,
    time_of: TimeOf | None = None,
) -> Imported:
    """Copy the messages in the nodes of a `VectorMemoryBlock`; else as `import_from_memory`.

    They are messages that left a `Memory`: each is archived here, in the session that its node
    names. One that has come with that `Memory` already is not stored again. A block keeps texts
    alone, with `additional_kwargs` as Python prints them; those that cannot be read back stay in
    the text.

    Args:
        block: the block, if its vector store can list its nodes; else the nodes.
        engine: where to.
        user_id: whose memory it becomes.
        session_id: the session of nodes that name none; None: `default`.
        extract: whether they are learned from.
        time_of: tells when a message was said; None: now.

    Raises:
        InvalidInputError: an argument is unusable, or the vector store cannot list its nodes.
    """
    target = _Target(sync_engine(check_engine(engine)), check_user(user_id), extract, time_of)
    sessions: dict[str, list[Logged]] = {}
    for node in _nodes_of(block):
        session = node.metadata.get("session_id") or session_id or _NO_SESSION
        found = sessions.setdefault(check_session(session), [])
        found += [(message, True) for message in messages_in(node.get_content())]
    return target.bring(sessions, archive_held=False)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where messages are brought to."""

    engine: MemoryEngine
    user: str
    extract: bool
    time_of: TimeOf | None

    def refuse_own(self, store: object) -> None:
        """Refuse a store of this user's messages: they would all come a second time."""
        if isinstance(store, (HarmoniaChatStore, HarmoniaBufferStore)) and (
            (store.path, store.user_id) == (str(self.engine.path), self.user)
        ):
            raise InvalidInputError(
                f"these messages of {self.user!r} are in the engine already: import what another "
                "store holds"
            )

    def bring(
        self, sessions: Mapping[str, Sequence[Logged]], *, archive_held: bool = True
    ) -> Imported:
        """Bring sessions.

        Args:
            sessions: what was found of each.
            archive_held: whether what is there already is archived, too, if it is there: since
                the last import, or because that was interrupted.
        """
        counts = [self._bring(key, found, archive_held) for key, found in sessions.items()]
        return Imported(
            messages=sum(count.messages for count in counts),
            unchanged=sum(count.unchanged for count in counts),
        )

    def _bring(self, session: str, found: Sequence[Logged], archive_held: bool) -> Imported:
        place: dict[str, Any] = {"user_id": self.user, "session_id": session}
        held = {message.id for message in self.engine.messages(**place)}
        status = "archived" if archive_held else None
        done = {message.id for message in self.engine.messages(**place, status=status)}
        named = list(self._identified(found))
        new = [message for message, _ in named if message.id not in held]
        for start in range(0, len(new), _PAGE):
            page = new[start : start + _PAGE]
            self.engine.observe(page, **place, extract=self.extract, wait=False)
        archived = [message.id or "" for message, is_archived in named if is_archived]
        if left := [key for key in archived if key not in done]:
            self.engine.set_message_status(left, **place, status="archived")
        return Imported(messages=len(new), unchanged=len(named) - len(new))

    def _identified(self, found: Sequence[Logged]) -> Iterator[tuple[Message, bool]]:
        """Yield messages as the engine keeps them, each with an id that is the same next time."""
        equal: Counter[tuple[str, str]] = Counter()
        for chat, archived in found:
            message = to_message(chat)
            alike = message.role, message.content
            equal[alike] += 1
            said = None if self.time_of is None else self.time_of(chat)
            named = replace(message, id=made_id("imported", *alike, str(equal[alike])))
            yield (named if said is None else replace(named, created_at=said)), archived


# -- chat stores -------------------------------------------------------------------------------


def _of_database(store: AsyncDBChatStore, key: str) -> list[Logged]:
    """Return a session's messages: a chat store lists archived ones apart."""

    async def read() -> list[Logged]:
        archived = await store.get_messages(key, MessageStatus.ARCHIVED)
        active = await store.get_messages(key, MessageStatus.ACTIVE)
        return [*((chat, True) for chat in archived), *((chat, False) for chat in active)]

    return run_coroutine(read)


def _opened(store: object) -> BaseChatStore | AsyncDBChatStore:
    if isinstance(store, (BaseChatStore, AsyncDBChatStore)):
        return store
    if not isinstance(store, (str, os.PathLike)):
        raise InvalidInputError(
            f"store must be a chat store or the path of a SimpleChatStore's JSON, not {store!r}"
        )
    file = Path(os.fsdecode(cast("str | os.PathLike[str]", store)))
    if not file.is_file():
        raise InvalidInputError(f"there is no file {str(file)!r}")
    try:
        return SimpleChatStore.from_persist_path(str(file))
    except ValueError as error:  # no JSON, or JSON of something else
        raise InvalidInputError(f"{str(file)!r} holds no SimpleChatStore: {error}") from error


# -- nodes -------------------------------------------------------------------------------------

_ROLE = "|".join(role.value for role in MessageRole)
_MESSAGE = re.compile(
    rf"<message role='({_ROLE})'>(.*?)</message>(?=\n<message role='(?:{_ROLE})'>|\Z)", re.DOTALL
)  # as VectorMemoryBlock writes one
_EXTRA = re.compile(r"\nAdditional Info: \((\{.*\})\)\Z", re.DOTALL)


def messages_in(text: str) -> list[ChatMessage]:
    """Return the messages that a `VectorMemoryBlock` has written into a node."""
    return [_message(role, content) for role, content in _MESSAGE.findall(text)]


def _message(role: str, content: str) -> ChatMessage:
    extra = _EXTRA.search(content)
    if extra is not None:
        try:
            kwargs = ast.literal_eval(extra[1])
        except (ValueError, SyntaxError):  # it held more than plain values
            kwargs = None
        if isinstance(kwargs, dict):
            text = content[: extra.start()]
            return ChatMessage(role=role, content=text, additional_kwargs=kwargs)
    return ChatMessage(role=role, content=content)


def _nodes_of(block: object) -> list[BaseNode]:
    if isinstance(block, VectorMemoryBlock):
        try:
            found: Iterable[Any] = block.vector_store.get_nodes()
        except NotImplementedError as error:
            raise InvalidInputError(
                f"{type(block.vector_store).__name__} cannot list its nodes: pass them instead of "
                "the block"
            ) from error
    elif isinstance(block, Iterable) and not isinstance(block, str):
        found = cast("Iterable[Any]", block)
    else:
        raise InvalidInputError(f"block must be a VectorMemoryBlock or nodes, not {block!r}")
    return [_node(item) for item in found]


def _node(item: object) -> BaseNode:
    node = item.node if isinstance(item, NodeWithScore) else item
    if not isinstance(node, BaseNode):
        raise InvalidInputError(f"a node must be a BaseNode or NodeWithScore, not {item!r}")
    return node
