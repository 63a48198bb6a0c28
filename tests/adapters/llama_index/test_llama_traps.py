"""What goes wrong with LlamaIndex's own memory or the naive way, and does not with ours.

Each test shows the failure first. Where LlamaIndex mends one, its first half fails and is to be
taken out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage, ThinkingBlock, ToolCallBlock
from llama_index.core.chat_engine import ContextChatEngine, SimpleChatEngine
from llama_index.core.memory import BaseMemoryBlock, ChatMemoryBuffer, Memory, StaticMemoryBlock
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore
from llama_index.core.workflow import Context

from harmonia_plugins import MemoryEngine
from harmonia_plugins.llama_index import HarmoniaMemory, HarmoniaMemoryBlock
from harmonia_plugins.text.fence import OPENING

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

Say = Callable[..., ChatMessage]


class Recorder(BaseMemoryBlock[str]):
    """Says what it was asked with, and keeps what it is given; fails while it is told to."""

    name: str = "recorder"
    asked: list[list[str]] = []
    given: list[str] = []
    failing: bool = False

    async def _aget(self, messages: Any = None, **kwargs: Any) -> str:
        self.asked.append([message.content for message in messages])
        return "noted"

    async def _aput(self, messages: list[ChatMessage]) -> None:
        if self.failing:
            raise RuntimeError("the pen is dry")
        self.given += [message.content or "" for message in messages]


class OneNode(BaseRetriever):
    def _retrieve(self, query_bundle: Any) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="Turin lies on the river Po"), score=1.0)]


def recorder(**options: Any) -> Recorder:
    return Recorder(asked=[], given=[], **options)


def letters(text: str) -> list[str]:
    return list(text)


@asynccontextmanager
async def sql(uri: str | None = None) -> AsyncIterator[SQLAlchemyChatStore]:
    """LlamaIndex's store, closed in the end."""
    store = SQLAlchemyChatStore("t", async_database_uri=uri)
    yield store
    if store._async_engine is not None:
        await store._async_engine.dispose()


@pytest.fixture
def ours(engine: MemoryEngine, user: str) -> Callable[..., HarmoniaMemory]:
    return lambda **options: HarmoniaMemory.from_defaults(
        **{"engine": engine, "user_id": user} | options
    )


Ours = Callable[..., HarmoniaMemory]


async def test_blocks_of_a_stock_memory_learn_nothing_in_short_chats(
    ours: Ours, engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    block = recorder()
    async with sql() as store:
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[block])
        chat = SimpleChatEngine.from_defaults(llm=fake_llm("ok"), memory=stock)
        for _ in range(5):
            await chat.achat("I have a dog called Biggie")
    assert len(block.asked) == 5
    assert block.given == []
    await SimpleChatEngine.from_defaults(llm=fake_llm("ok"), memory=ours()).achat(
        "I have a dog called Biggie"
    )
    engine.flush()
    assert "Biggie" in engine.memories(user_id=user)[0].content


async def test_a_stock_memory_asks_its_blocks_several_times_a_turn(
    ours: Ours, engine: MemoryEngine, fake_llm: Any
) -> None:
    block = recorder()
    async with sql() as store:
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[block])
        await FunctionAgent(llm=fake_llm("ok")).run(user_msg="My dog?", memory=stock)
    assert len(block.asked) == 2
    memory = ours()
    memory.get(input="warm up")
    before = engine.stats().latencies["recall"].calls
    await FunctionAgent(llm=fake_llm("ok")).run(user_msg="My dog?", memory=memory)
    assert engine.stats().latencies["recall"].calls == before + 1


async def test_the_last_message_is_not_what_the_user_said(
    ours: Ours, engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    """In an agent's last look it is the assistant's own; in a context engine there is none yet."""
    block = recorder()
    async with sql() as store:
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[block])
        await FunctionAgent(llm=fake_llm("ok")).run(user_msg="My dog?", memory=stock)
    assert block.asked[-1][-1] == "ok"
    engine.remember("User has a dog called Biggie", user_id=user)
    engine.remember("User says ok a lot", user_id=user)
    memory = ours(k=1)
    memory.put_messages([ChatMessage(content="My dog?"), ChatMessage("ok", role="assistant")])
    assert "Biggie" in str(memory.get()[0])
    llm = fake_llm("fine")
    await ContextChatEngine.from_defaults(OneNode(), llm=llm, memory=ours(k=1)).achat("My dog?")
    assert "Biggie" in str(llm.prompts)


async def test_messages_flushed_to_a_failing_block_are_lost(ours: Ours, say: Say) -> None:
    options: dict[str, Any] = {
        "token_limit": 100, "token_flush_size": 30, "tokenizer_fn": letters,
    }  # fmt: skip
    said = [say("user", f"{number} " + "x" * 38) for number in range(5)]
    async with sql() as store:
        block = recorder(failing=True)
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[block], **options)
        await stock.aput(said[0])
        with pytest.raises(RuntimeError, match="the pen is dry"):
            await stock.aput(said[1])
        block.failing = False
        for message in said[2:]:
            await stock.aput(message)
        assert (said[0].content or "") not in block.given
    block = recorder(failing=True)
    memory = ours(memory_blocks=[block], **options)
    await memory.aput(said[0])
    await memory.aput(said[1])
    block.failing = False
    for message in said[2:]:
        await memory.aput(message)
    assert block.given[:3] == [message.content for message in said[:3]]


async def test_flushed_messages_of_the_caller_are_written_on(ours: Ours, say: Say) -> None:
    message = say("user", "hello")
    await recorder().aput([message], session_id="s")
    assert message.additional_kwargs == {"session_id": "s"}
    clean = say("user", "hello")
    block = HarmoniaMemoryBlock(ours().engine, user_id="written-on")
    await block.aput([clean], session_id="s")
    assert clean.additional_kwargs == {}


async def test_two_stock_memories_of_one_session_share_nothing(ours: Ours, say: Say) -> None:
    async with sql() as one, sql() as two:
        await Memory.from_defaults(session_id="s", chat_store=one).aput(say("user", "hello"))
        assert await Memory.from_defaults(session_id="s", chat_store=two).aget_all() == []
    ours(session_id="s").put(say("user", "hello"))
    assert ours(session_id="s").get_all() == [say("user", "hello")]


async def test_a_stock_memory_with_blocks_is_not_read_back(ours: Ours, say: Say) -> None:
    async with sql() as store:
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[recorder()])
        with pytest.raises((AttributeError, ValueError, TypeError)):
            Memory.from_dict(stock.to_dict())
    memory = ours()
    memory.put(say("user", "hello"))
    assert HarmoniaMemory.from_dict(memory.to_dict()).get_all() == [say("user", "hello")]


async def test_a_context_drops_a_stock_memory(ours: Ours, fake_llm: Any) -> None:
    agent = FunctionAgent(llm=fake_llm("ok"))
    async with sql() as store:
        context = Context(agent)
        stock = Memory.from_defaults(chat_store=store)
        await agent.run(user_msg="hello", memory=stock, ctx=context)
        with pytest.warns(Warning, match="unserializable key: memory"):
            data = context.to_dict()
        assert await Context.from_dict(agent, data).store.get("memory", default=None) is None
    context = Context(agent)
    await agent.run(user_msg="hello", memory=ours(), ctx=context)
    again = await Context.from_dict(agent, context.to_dict()).store.get("memory")
    assert [message.content for message in again.get_all()] == ["hello", "ok"]


async def test_live_messages_store_the_state_prompt(ours: Ours, fake_llm: Any) -> None:
    """An agent with a state writes it into the message that its memory returned."""

    def agent() -> FunctionAgent:
        return FunctionAgent(llm=fake_llm("ok"), initial_state={"mood": "good"})

    stock = ChatMemoryBuffer.from_defaults(token_limit=1000)
    await agent().run(user_msg="hello", memory=stock)
    assert "mood" in (stock.get_all()[0].content or "")
    memory = ours()
    await agent().run(user_msg="hello", memory=memory)
    assert [message.content for message in memory.get_all()] == ["hello", "ok"]


async def test_an_input_message_is_ignored(
    ours: Ours, engine: MemoryEngine, user: str, say: Say
) -> None:
    block = recorder()
    async with sql() as store:
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[block])
        await stock.aget(input=say("user", "My dog?"))
    assert block.asked == [[]]
    engine.remember("User has a dog called Biggie", user_id=user)
    mine = recorder()
    memory = ours(memory_blocks=[mine])
    assert "Biggie" in str(await memory.aget(input=say("user", "My dog?")))
    assert mine.asked == [["My dog?"]]


async def test_nothing_to_put_is_an_error(ours: Ours) -> None:
    from sqlalchemy.exc import IntegrityError

    async with sql() as store:
        with pytest.raises(IntegrityError):
            await Memory.from_defaults(chat_store=store).aput_messages([])
    memory = ours()
    await memory.aput_messages([])
    assert memory.get_all() == []


async def test_first_messages_at_once_find_no_table(ours: Ours, say: Say, tmp_path: Any) -> None:
    async def put_at_once(memory: Memory) -> list[BaseException]:
        puts = (memory.aput(say("user", str(number))) for number in range(20))
        results = await asyncio.gather(*puts, return_exceptions=True)
        return [result for result in results if result is not None]

    failures: list[BaseException] = []
    for number in range(20):  # a race, and now and then the stock memory wins it
        async with sql(f"sqlite+aiosqlite:///{tmp_path}/{number}.db") as store:
            failures += await put_at_once(Memory.from_defaults(chat_store=store))
        if failures:
            break
    assert any("no such table" in str(failure) for failure in failures)
    memory = ours()
    assert await put_at_once(memory) == []
    assert len(memory.get_all()) == 20


def test_a_database_serves_one_event_loop(ours: Ours, say: Say, tmp_path: Path) -> None:
    """Its pool of connections belongs to the loop on which more were wanted than it has."""
    store = SQLAlchemyChatStore("t", async_database_uri=f"sqlite+aiosqlite:///{tmp_path}/a.db")

    async def read_at_once(memory: Memory, *, last: bool = False) -> list[str]:
        await memory.aput(say("user", "hello"))
        reads = (memory.aget_all() for _ in range(30))
        results = await asyncio.gather(*reads, return_exceptions=True)
        if last and store._async_engine is not None:
            await store._async_engine.dispose()
        return [str(result) for result in results if isinstance(result, Exception)]

    stock, memory = Memory.from_defaults(chat_store=store), ours()
    assert asyncio.run(read_at_once(stock)) == []
    assert "bound to a different event loop" in asyncio.run(read_at_once(stock, last=True))[0]
    for _ in range(2):
        assert asyncio.run(read_at_once(memory)) == []
    assert len(memory.get_all()) == 2


def test_tool_calls_and_thinking_are_not_counted(ours: Ours) -> None:
    call = ToolCallBlock(tool_name="find", tool_kwargs={"text": "word " * 50})
    for block in (call, ThinkingBlock(content="word " * 50)):
        message = ChatMessage(role="assistant", blocks=[block])
        stock = Memory.from_defaults(token_limit=1000)
        assert stock._estimate_token_count(message) == 0
        assert ours()._estimate_token_count(message) >= 50


async def test_an_oversized_message_is_never_trimmed(ours: Ours, say: Say) -> None:
    message = say("user", "word " * 500)
    async with sql() as store:
        stock = Memory.from_defaults(chat_store=store, token_limit=20)
        await stock.aput(message)
        assert stock._estimate_token_count(await stock.aget()) >= 500
    memory = ours(token_limit=20)
    await memory.aput(message)
    assert memory._estimate_token_count(await memory.aget()) <= 20


async def test_a_react_agent_throws_the_first_system_message_away(
    ours: Ours, engine: MemoryEngine, user: str, fake_llm: Any, shown: Any
) -> None:
    def agent() -> tuple[Any, ReActAgent]:
        llm = fake_llm("Thought: easy\nAnswer: ok", functions=False)
        return llm, ReActAgent(llm=llm)

    llm, stock_agent = agent()
    async with sql() as store:
        block = StaticMemoryBlock(name="facts", static_content="The dog is called Biggie")
        stock = Memory.from_defaults(chat_store=store, memory_blocks=[block])
        await stock_agent.run(user_msg="My dog?", memory=stock)
    assert "Biggie" not in shown(llm.prompts[0])
    engine.remember("User has a dog called Biggie", user_id=user)
    llm, our_agent = agent()
    await our_agent.run(user_msg="My dog?", memory=ours())
    assert "Biggie" in shown(llm.prompts[0])


async def test_a_block_shared_by_sessions_reads_its_own_user_only(
    engine: MemoryEngine, user: str, say: Say
) -> None:
    """A `VectorMemoryBlock` keeps the first session's filter; ours has one user, by construction,
    and what it recalls is named by the user alone, whichever session asks."""
    engine.remember("User has a dog called Biggie", user_id=user)
    engine.remember("User has a dog called Rex", user_id=f"{user}2")
    block = HarmoniaMemoryBlock(engine, user_id=user)
    for session in ("a", "b"):
        found = await block.aget([say("user", "My dog?")], session_id=session)
        assert "Biggie" in found
        assert "Rex" not in found


async def test_stored_messages_stay_clean(ours: Ours, knows: None, fake_llm: Any) -> None:
    memory = ours()
    await SimpleChatEngine.from_defaults(llm=fake_llm("ok"), memory=memory).achat("My dog?")
    assert OPENING not in str(memory.get_all())
    assert OPENING in str(memory.get())


@pytest.fixture
def knows(engine: MemoryEngine, user: str) -> None:
    engine.remember("User has a dog called Biggie", user_id=user)
