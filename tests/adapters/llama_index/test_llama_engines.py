"""Every chat engine and agent, by every way to ask it: recall, log, learning, re-opening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from llama_chat_engines import CHAT_ENGINES, WAYS
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock
from llama_index.core.tools import FunctionTool

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.llama_index import HarmoniaMemory
from harmonia_plugins.text.fence import OPENING

# Workflows look at every attribute of an agent, deprecated ones of pydantic among them.
pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

QUESTION = "What is my dog called? By the way, my sister Ada lives in Turin"
ANSWER = "Your dog is called Biggie"


def taught(engine: MemoryEngine, user: str) -> None:
    """Somebody told the engine a fact, by whatever way, in another session."""
    engine.observe(
        [Message("user", "I have a dog called Biggie"), Message("assistant", "Nice!")],
        user_id=user,
        session_id="earlier",
    )


def check(engine: MemoryEngine, user: str, prompts: Sequence[Sequence[ChatMessage]]) -> None:
    """The model saw the fact, fenced; the new one was learned once, and nothing recalled was."""
    assert any(
        OPENING in (message.content or "") and "Biggie" in (message.content or "")
        for prompt in prompts
        for message in prompt
    )
    engine.flush()
    sisters = [m for m in engine.memories(user_id=user) if "Ada" in m.content]
    assert {memory.mentions for memory in sisters} == {1}
    assert [m.mentions for m in engine.memories(user_id=user) if "Biggie" in m.content] == [1]
    assert engine.stats(user_id=user).waiting == 0


def reopened(engine: MemoryEngine, user: str, session: str) -> list[tuple[str, str]]:
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user, session_id=session)
    return [(message.role.value, message.content or "") for message in memory.get_all()]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("make", CHAT_ENGINES)
async def test_chat_engine(
    make: Callable[..., Any], way: Any, engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    taught(engine, user)
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user)
    llm = fake_llm(lambda messages: ANSWER)
    chat = make(llm, memory)
    assert await way(chat, QUESTION) == ANSWER
    check(engine, user, llm.prompts)
    log = [("user", QUESTION), ("assistant", ANSWER)]
    assert reopened(engine, user, memory.session_id) == log
    assert [(m.role.value, m.content) for m in chat.chat_history] == log


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


TOOL = FunctionTool.from_defaults(add)
CALL = ChatMessage(
    role="assistant",
    blocks=[
        TextBlock(text="I add them"),
        ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1, "b": 2}),
    ],
)
REASONED = "Thought: I add them\nAction: add\nAction Input: {'a': 1, 'b': 2}"
CONCLUDED = f"Thought: I can answer without using any more tools.\nAnswer: {ANSWER}"


def function_agent(fake_llm: Any, **options: Any) -> tuple[Any, Any]:
    llm = fake_llm(CALL, ANSWER)
    return llm, FunctionAgent(tools=[TOOL], llm=llm, **options)


def react_agent(fake_llm: Any, **options: Any) -> tuple[Any, Any]:
    llm = fake_llm(REASONED, CONCLUDED, functions=False)
    return llm, ReActAgent(tools=[TOOL], llm=llm, **options)


def workflow(fake_llm: Any, **options: Any) -> tuple[Any, Any]:
    llm, agent = function_agent(fake_llm, name="one", description="does it all", **options)
    return llm, AgentWorkflow(agents=[agent])


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("make", [function_agent, react_agent, workflow])
async def test_agent(
    make: Callable[..., Any], streaming: bool, engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    taught(engine, user)
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user)
    llm, agent = make(fake_llm, streaming=streaming)
    recalls = (
        engine.stats().latencies["recall"].calls if "recall" in engine.stats().latencies else 0
    )
    answer = await agent.run(user_msg=QUESTION, memory=memory)
    assert str(answer) == ANSWER
    assert engine.stats().latencies["recall"].calls == recalls + 1  # though it asked several times
    assert len(llm.prompts) == 2
    for prompt in llm.prompts:
        check(engine, user, [prompt])
    log = reopened(engine, user, memory.session_id)
    assert log[0] == ("user", QUESTION)
    if make is react_agent:
        assert [role for role, _ in log] == ["user", "assistant"]
        assert "Observation: 3" in log[1][1]
        return
    assert log[1:] == [("assistant", "I add them"), ("tool", "3"), ("assistant", ANSWER)]
    assert memory.get_all()[1] == CALL


async def test_an_agent_remembers_over_turns_with_one_context(
    engine: MemoryEngine, user: str, fake_llm: Any, shown: Any
) -> None:
    """The agent's own context goes on; every turn recalls anew, for what the user says now."""
    taught(engine, user)
    engine.remember("User is allergic to nuts", user_id=user)
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user, k=1)
    llm = fake_llm("fine")
    agent = FunctionAgent(tools=[TOOL], llm=llm)
    await agent.run(user_msg="Which allergies do I have?", memory=memory)
    await agent.run(user_msg="What is my dog called?", memory=memory)
    first, second = map(shown, llm.prompts)
    assert "nuts" in first
    assert "Biggie" not in first
    assert "Biggie" in second
    assert "nuts" not in second.split("Which allergies")[0]


async def test_handoff_between_agents_keeps_one_log(
    engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    hand = ChatMessage(
        role="assistant",
        blocks=[
            ToolCallBlock(
                tool_call_id="h",
                tool_name="handoff",
                tool_kwargs={"to_agent": "two", "reason": "it knows"},
            )
        ],
    )
    taught(engine, user)
    one_llm, two_llm = fake_llm(hand), fake_llm(ANSWER)
    one = FunctionAgent(name="one", description="asks", llm=one_llm, can_handoff_to=["two"])
    two = FunctionAgent(name="two", description="knows", llm=two_llm)
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user)
    answer = await AgentWorkflow(agents=[one, two], root_agent="one").run(
        user_msg=QUESTION, memory=memory
    )
    assert str(answer) == ANSWER
    check(engine, user, two_llm.prompts)
    assert [m.role.value for m in memory.get_all()] == ["user", "assistant", "tool", "assistant"]
