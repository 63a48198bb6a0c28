"""A hundred sessions at once, on several event loops in as many threads, on one engine."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from llama_chat_engines import aask, astream, condense_plus, simple
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage, TextBlock, ToolCallBlock
from llama_index.core.tools import FunctionTool

from harmonia_plugins import MemoryEngine
from harmonia_plugins.llama_index import HarmoniaMemory

SESSIONS, USERS, LOOPS = 100, 50, 5
KNOWN_WARNINGS = re.compile(
    # Workflows look at every attribute of an agent, deprecated ones of pydantic among them.
    r"(__fields__|__fields_set__|model_computed_fields|model_fields|__signature__).*deprecated"
    r"|is_running called from within a step"
    # Databases of stock memories that other tests have left to the garbage collector.
    r"|aiosqlite\.core\.Connection",
    re.DOTALL,
)
Turn = Callable[[Any, HarmoniaMemory, str], Awaitable[str]]


def told(number: int) -> str:
    return f"My sister Ada{number} lives in Turin"


def asked(number: int) -> str:
    return f"Where does my sister live? This is session {number}"


def owner(prompt: Sequence[ChatMessage]) -> int:
    """Return whose turn a model is asked for."""
    said = next(message for message in reversed(prompt) if message.role == "user").content or ""
    return int(re.findall(r"\d+", said)[-1])


def look_up(number: int) -> str:
    """Look a number up."""
    return f"found {number}"


def speaking(messages: Sequence[ChatMessage]) -> str:
    return f"answer to {owner(messages)}"


def calling(messages: Sequence[ChatMessage]) -> ChatMessage:
    """Call the tool, then answer."""
    number = owner(messages)
    if messages[-1].role == "tool":
        return ChatMessage(role="assistant", content=f"answer to {number}")
    call = ToolCallBlock(
        tool_call_id=f"c{number}", tool_name="look_up", tool_kwargs={"number": number}
    )
    return ChatMessage(role="assistant", blocks=[TextBlock(text="I look it up"), call])


def reasoning(messages: Sequence[ChatMessage]) -> str:
    return f"Thought: I know.\nAnswer: answer to {owner(messages)}"


TOOL = FunctionTool.from_defaults(look_up)


async def chat(llm: Any, memory: HarmoniaMemory, text: str) -> str:
    return await aask(simple(llm, memory), text)


async def streamed_chat(llm: Any, memory: HarmoniaMemory, text: str) -> str:
    return await astream(condense_plus(llm, memory), text)


async def agent(llm: Any, memory: HarmoniaMemory, text: str) -> str:
    return str(await FunctionAgent(tools=[TOOL], llm=llm).run(user_msg=text, memory=memory))


async def reasoning_agent(llm: Any, memory: HarmoniaMemory, text: str) -> str:
    return str(await ReActAgent(tools=[TOOL], llm=llm).run(user_msg=text, memory=memory))


async def workflow(llm: Any, memory: HarmoniaMemory, text: str) -> str:
    one = FunctionAgent(name="one", description="does it all", tools=[TOOL], llm=llm)
    return str(await AgentWorkflow(agents=[one]).run(user_msg=text, memory=memory))


WAYS: list[tuple[Turn, Callable[..., Any]]] = [
    (chat, speaking), (streamed_chat, speaking), (agent, calling), (reasoning_agent, reasoning),
    (workflow, calling),
]  # fmt: skip


def way_of(number: int) -> tuple[Turn, Callable[..., Any]]:
    return WAYS[number // LOOPS % len(WAYS)]


def log_of(number: int) -> list[tuple[str, str]]:
    """Return what the log of a session holds in the end."""
    turn, answering = way_of(number)
    answer = f"answer to {number}"
    between: list[tuple[str, str]] = []
    if answering is calling:
        between = [("assistant", "I look it up"), ("tool", f"found {number}")]
    elif turn is reasoning_agent:
        answer = f"Thought: I know.\nAnswer: {answer}"
    return [
        entry
        for text in (told(number), asked(number))
        for entry in (("user", text), *between, ("assistant", answer))
    ]


def test_a_hundred_sessions_on_loops_of_several_threads(
    engine: MemoryEngine, fake_llm: Any, caplog: Any, recwarn: Any
) -> None:
    """Every message is kept, in order; each turn is learned once; none meets another user's."""
    caplog.set_level(logging.WARNING)
    failures: list[Any] = []
    llms = {way: fake_llm(way, functions=way is not reasoning) for _, way in WAYS}
    memories = [
        HarmoniaMemory.from_defaults(
            engine=engine, user_id=f"u{number % USERS}", session_id=f"s{number}"
        )
        for number in range(SESSIONS)
    ]
    together = threading.Barrier(LOOPS)

    async def talk(number: int) -> None:
        turn, answering = way_of(number)
        for text in (told(number), asked(number)):
            answer = await turn(llms[answering], memories[number], text)
            assert answer == f"answer to {number}"

    async def all_of(numbers: Sequence[int]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: failures.append(context))
        await asyncio.gather(*map(talk, numbers))

    def run(first: int) -> None:
        together.wait()
        asyncio.run(all_of(range(first, SESSIONS, LOOPS)))

    with ThreadPoolExecutor(LOOPS) as threads:
        for done in [threads.submit(run, first) for first in range(LOOPS)]:
            done.result()
    engine.flush()

    assert engine.stats().waiting == 0
    assert len(list(engine.users())) == USERS
    for number, memory in enumerate(memories):
        log = [(message.role.value, message.content) for message in memory.get_all()]
        assert log == log_of(number)
    for number in range(USERS):
        name = f"u{number}"
        own = range(number, SESSIONS, USERS)
        learned = {m.content: m.mentions for m in engine.memories(user_id=name)}
        assert learned == {f"User's sister Ada{n} lives in Turin": 1 for n in own}
        assert {s.id for s in engine.sessions(user_id=name)} == {f"s{n}" for n in own}
    prompts = [prompt for llm in llms.values() for prompt in llm.prompts]
    for prompt in prompts:
        shown = re.findall(r"Ada(\d+)", "\n".join(message.content or "" for message in prompt))
        assert {int(found) % USERS for found in shown} <= {owner(prompt) % USERS}
    assert failures == []
    assert [record.getMessage() for record in caplog.records] == []
    warned = [str(warning.message) for warning in recwarn]
    assert [text for text in warned if not KNOWN_WARNINGS.search(text)] == []
