"""What LlamaIndex's spans tell of a conversation: who said what, and into which memory it goes.

No event says that a turn has ended. Spans do: those of a chat engine's, a query engine's and an
agent's methods hold what the user said when they are entered, and the answer when they are left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.base.response.schema import Response
from llama_index.core.chat_engine.types import (
    AgentChatResponse,
    BaseChatEngine,
    StreamingAgentChatResponse,
)
from llama_index.core.memory import Memory
from llama_index.core.schema import QueryBundle
from llama_index.core.workflow import Context, StartEvent, StopEvent, Workflow

from harmonia_plugins.adapters.llama_index.buffer_store import HarmoniaBufferStore
from harmonia_plugins.adapters.llama_index.chat_store import HarmoniaChatStore
from harmonia_plugins.adapters.llama_index.messages import to_message, without_recall
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.model import Message

CHATS = {"chat", "achat", "stream_chat", "astream_chat"}
QUERIES = {"query", "aquery"}
WRITERS = {"write_response_to_history", "awrite_response_to_history"}
"""Methods of a streaming answer: it is complete when they return."""
_CONTEXT: type[Any] = Context
_UUID = 37
"""Characters that end a span's id: a dash and a UUID."""


def method_of(span_id: str) -> str:
    """Return the name of the method whose span it is."""
    return span_id[:-_UUID].rpartition(".")[2]


def words_of_user(
    span_id: str, instance: object, arguments: Mapping[str, Any]
) -> list[Message] | None:
    """Return what the user says in a call, as copies; None if it is no turn of a conversation."""
    method = method_of(span_id)
    if method in CHATS and isinstance(instance, BaseChatEngine):
        return _kept([_said(arguments.get("message"))])
    if method in QUERIES and isinstance(instance, BaseQueryEngine):
        query = arguments.get("str_or_query_bundle")
        return _kept([_said(query.query_str if isinstance(query, QueryBundle) else query)])
    if method == "run" and isinstance(instance, Workflow):
        return _words_to_agent(arguments.get("start_event"))
    return None


def answer_of(result: object) -> list[Message]:
    """Return the answer in what a call gave back; nothing if there is none, or none yet."""
    if isinstance(result, StopEvent):
        result = cast("Any", result).result
        result = getattr(result, "response", result)
    if isinstance(result, (AgentChatResponse, StreamingAgentChatResponse, Response)):
        result = result.response
    if isinstance(result, str):
        result = ChatMessage(role=MessageRole.ASSISTANT, content=result)
    return _kept([result] if isinstance(result, ChatMessage) else [])


def memory_of(instance: object, arguments: Mapping[str, Any]) -> object:
    """Return the memory that a chat engine or an agent's run was given, or None."""
    event = arguments.get("start_event")
    if isinstance(event, StartEvent):
        return event.get("memory", None)
    return getattr(instance, "_memory", None)


def memory_in(arguments: Mapping[str, Any]) -> object:
    """Return the memory in the context that a step of an agent was given, or None."""
    given: list[Any] = list(arguments.values())
    contexts = [value for value in given if isinstance(value, _CONTEXT)]
    if not contexts:
        return None
    read = contexts[0].store.get("memory", default=None)
    try:
        read.send(None)  # a context in this process answers without waiting
    except StopIteration as found:
        return found.value
    finally:
        read.close()
    return None


def session_of(memory: object) -> str | None:
    """Return the session that a memory is about, if it says so."""
    return memory.session_id if isinstance(memory, Memory) else None


def keeps(memory: object, engine: MemoryEngine) -> bool:
    """Tell whether a memory stores its messages in an engine's folder by itself."""
    store = getattr(memory, "sql_store", None) or getattr(memory, "chat_store", None)
    ours = isinstance(store, (HarmoniaChatStore, HarmoniaBufferStore))
    return ours and store.path == str(engine.path)


def _words_to_agent(event: object) -> list[Message] | None:
    if not isinstance(event, StartEvent):
        return None  # a run that goes on: what the user said was heard when it began
    said, history = event.get("user_msg", None), event.get("chat_history", None)
    if said:
        return _kept([_said(said)])
    return _kept(_since_answer(history)) if history else None


def _since_answer(history: Sequence[ChatMessage]) -> list[ChatMessage | None]:
    """Return what the user has said since the last answer."""
    found: list[ChatMessage | None] = []
    for message in reversed(history):
        if message.role == MessageRole.ASSISTANT:
            break
        if message.role == MessageRole.USER:
            found.insert(0, message)
    return found


def _said(given: object) -> ChatMessage | None:
    if given is None or isinstance(given, ChatMessage):
        return given
    return ChatMessage(role=MessageRole.USER, content=str(given))


def _kept(chats: Sequence[ChatMessage | None]) -> list[Message]:
    """Return messages as the engine keeps them, without recalled text and without blank ones."""
    clean = [without_recall(chat) for chat in chats if chat is not None]
    messages = [to_message(chat) for chat in clean if chat is not None]
    return [item for item in messages if item.content.strip() or item.payload]
