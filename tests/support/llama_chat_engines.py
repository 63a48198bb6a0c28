"""LlamaIndex's chat engines, and the ways to ask them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from llama_index.core.callbacks import CallbackManager
from llama_index.core.chat_engine import (
    CondensePlusContextChatEngine,
    CondenseQuestionChatEngine,
    ContextChatEngine,
    SimpleChatEngine,
)
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode


class OneNode(BaseRetriever):
    """Finds one text, whatever is asked."""

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="Turin lies on the river Po"), score=1.0)]


def simple(llm: Any, memory: Any) -> Any:
    return SimpleChatEngine.from_defaults(llm=llm, memory=memory)


def context(llm: Any, memory: Any) -> Any:
    return ContextChatEngine.from_defaults(OneNode(), llm=llm, memory=memory)


def condense_plus(llm: Any, memory: Any) -> Any:
    return CondensePlusContextChatEngine.from_defaults(OneNode(), llm=llm, memory=memory)


def condense_question(llm: Any, memory: Any) -> Any:
    query_engine = RetrieverQueryEngine.from_args(OneNode(CallbackManager()), llm=llm)
    return CondenseQuestionChatEngine.from_defaults(query_engine, llm=llm, memory=memory)


async def ask(chat: Any, text: str) -> str:
    return str(chat.chat(text))


async def stream(chat: Any, text: str) -> str:
    return "".join(chat.stream_chat(text).response_gen)


async def aask(chat: Any, text: str) -> str:
    return str(await chat.achat(text))


async def astream(chat: Any, text: str) -> str:
    pieces: AsyncIterator[str] = (await chat.astream_chat(text)).async_response_gen()
    return "".join([piece async for piece in pieces])


CHAT_ENGINES = [simple, context, condense_plus, condense_question]
WAYS = [ask, stream, aask, astream]
