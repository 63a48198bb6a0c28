"""Bring what LlamaIndex's own memories hold into the engine; a second time brings what is new."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import BaseMemory, Memory, VectorMemoryBlock
from llama_index.core.schema import BaseNode, NodeWithScore
from llama_index.core.storage.chat_store import SimpleChatStore
from llama_index.core.storage.chat_store.base import BaseChatStore
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus

from harmonia_plugins.adapters.engines import Engine, check_engine, sync_engine
from harmonia_plugins.adapters.llama_index.loops import run_coroutine
from harmonia_plugins.adapters.llama_index.messages import to_message
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message, Value
from harmonia_plugins.pipeline.intake import check_session, check_user

_PAGE = 100
"""Messages that are written in one commit."""
_NO_SESSION = "default"

TimeOf = Callable[[ChatMessage], datetime | None]
Logged = tuple[ChatMessage, bool]
"""A message, and whether it is archived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported(Value):
    """How much an import has stored; `unchanged` counts what was there already."""

    messages: int = 0
    unchanged: int = 0


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
    in the session already is left alone. Learning goes on in the background: `engine.flush()`
    waits for it. It blocks: on an event loop, `await asyncio.to_thread(import_from_memory, …)`.

    Args:
        memory: a `Memory`, or what has `get_all`.
        engine: where to.
        user_id: whose memory it becomes.
        session_id: the session they become part of; None for the memory's own.
        extract: whether they are learned from.
        time_of: tells when a message was said, which memories do not; None: now.

    Raises:
        InvalidInputError: an argument is unusable.
    """
    if isinstance(memory, Memory):
        session, found = (
            session_id or memory.session_id,
            _of_database(memory.sql_store, memory.session_id),
        )
    elif isinstance(cast("Any", memory), BaseMemory):
        session = session_id or getattr(memory, "chat_store_key", None) or _NO_SESSION
        found = [(message, False) for message in memory.get_all()]
    else:
        raise InvalidInputError(f"memory must be a Memory, not {memory!r}")
    target = _Target(sync_engine(check_engine(engine)), check_user(user_id), extract, time_of)
    return target.bring({check_session(session): found})


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
        InvalidInputError: an argument is unusable, or the file does not hold a chat store.
    """
    opened = _opened(store)
    target = _Target(sync_engine(check_engine(engine)), check_user(user_id), extract, time_of)
    if isinstance(opened, AsyncDBChatStore):
        wanted = run_coroutine(opened.get_keys) if keys is None else list(keys)
        return target.bring({check_session(key): _of_database(opened, key) for key in wanted})
    wanted = opened.get_keys() if keys is None else list(keys)
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
    return target.bring(sessions)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where messages are brought to."""

    engine: MemoryEngine
    user: str
    extract: bool
    time_of: TimeOf | None

    def bring(self, sessions: Mapping[str, Sequence[Logged]]) -> Imported:
        count = Imported()
        for session, found in sessions.items():
            count = self._bring(session, found, count)
        return count

    def _bring(self, session: str, found: Sequence[Logged], count: Imported) -> Imported:
        log = self.engine.messages(user_id=self.user, session_id=session)
        held = {message.id for message in log}
        new = [item for item in self._identified(found) if item[0].id not in held]
        for start in range(0, len(new), _PAGE):
            page = new[start : start + _PAGE]
            self.engine.observe(
                [message for message, _ in page], user_id=self.user, session_id=session,
                extract=self.extract, wait=False,
            )  # fmt: skip
            archived = [message.id or "" for message, is_archived in page if is_archived]
            if archived:
                self.engine.set_message_status(
                    archived, status="archived", user_id=self.user, session_id=session
                )
        return Imported(
            messages=count.messages + len(new),
            unchanged=count.unchanged + len(found) - len(new),
        )

    def _identified(self, found: Sequence[Logged]) -> Iterator[tuple[Message, bool]]:
        """Yield messages as the engine keeps them, each with an id that is the same next time."""
        equal: Counter[tuple[str, str]] = Counter()
        for chat, archived in found:
            message = to_message(chat)
            alike = message.role, message.content
            equal[alike] += 1
            said = None if self.time_of is None else self.time_of(chat)
            named = replace(message, id=_made_id(*alike, str(equal[alike])))
            yield (named if said is None else replace(named, created_at=said)), archived


def _made_id(*parts: str) -> str:
    """Return an id that is the same for the same parts, and for no others."""
    whole = json.dumps(parts).encode()
    return f"imported-{hashlib.blake2b(whole, digest_size=16).hexdigest()}"


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

_MESSAGE = re.compile(
    r"<message role='(\w+)'>(.*?)</message>(?=\n<message role='|\Z)", re.DOTALL
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
