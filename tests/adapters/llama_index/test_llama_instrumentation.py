"""Instrumentation: every engine and agent by every way; each turn once, none lost, none crossed."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from llama_index.core.agent.workflow import AgentWorkflow, FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage, ToolCallBlock
from llama_index.core.callbacks import CallbackManager
from llama_index.core.chat_engine import (
    CondensePlusContextChatEngine,
    CondenseQuestionChatEngine,
    ContextChatEngine,
    SimpleChatEngine,
)
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.llm import LLMChatEndEvent
from llama_index.core.llms import MockLLM
from llama_index.core.memory import ChatMemoryBuffer, Memory
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.tools import FunctionTool
from llama_index.core.workflow import Context, StartEvent, StopEvent, Workflow, step
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.dispatcher import instrument_tags

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.llama_index import (
    HarmoniaChatStore,
    HarmoniaEventHandler,
    HarmoniaMemory,
    HarmoniaMemoryBlock,
    HarmoniaSpanHandler,
    harmonia_instrumentation,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

SAID = "My sister Ada lives in Turin"
ANSWER = "I will keep that in mind"
TURN = [("user", SAID), ("assistant", ANSWER)]


@pytest.fixture(autouse=True)
def clean_dispatcher() -> Iterator[None]:
    """No test leaves a handler behind."""
    root = get_dispatcher()
    before = list(root.span_handlers), list(root.event_handlers)
    yield
    gc.collect()
    assert (root.span_handlers, root.event_handlers) == before


@pytest.fixture
def log(engine: MemoryEngine, user: str) -> Callable[..., list[tuple[str, str]]]:
    """Return all that is stored of a user, session by session."""

    def read(whose: str = user) -> list[tuple[str, str]]:
        engine.flush()
        return [
            (message.role, message.content)
            for session in engine.sessions(user_id=whose)
            for message in engine.messages(user_id=whose, session_id=session.id)
        ]

    return read


def learned_once(engine: MemoryEngine, user: str) -> bool:
    engine.flush()
    found = [m.mentions for m in engine.memories(user_id=user) if "Ada" in m.content]
    return bool(found) and set(found) == {1}


class OneNode(BaseRetriever):
    def _retrieve(self, query_bundle: Any) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="Turin lies on the river Po"), score=1.0)]


def buffer() -> Any:
    return ChatMemoryBuffer.from_defaults(token_limit=3000)


def simple(llm: Any, memory: Any = None) -> Any:
    return SimpleChatEngine.from_defaults(llm=llm, memory=memory or buffer())


def context(llm: Any, memory: Any = None) -> Any:
    return ContextChatEngine.from_defaults(OneNode(), llm=llm, memory=memory or buffer())


def condense_plus(llm: Any, memory: Any = None) -> Any:
    memory = memory or buffer()
    return CondensePlusContextChatEngine.from_defaults(OneNode(), llm=llm, memory=memory)


def query_engine(llm: Any) -> Any:
    return RetrieverQueryEngine.from_args(OneNode(CallbackManager()), llm=llm)


def condense_question(llm: Any, memory: Any = None) -> Any:
    memory = memory or buffer()
    return CondenseQuestionChatEngine.from_defaults(query_engine(llm), llm=llm, memory=memory)


async def ask(chat: Any, said: str = SAID) -> None:
    chat.chat(said)


async def stream(chat: Any, said: str = SAID) -> None:
    list(chat.stream_chat(said).response_gen)


async def aask(chat: Any, said: str = SAID) -> None:
    await chat.achat(said)


async def astream(chat: Any, said: str = SAID) -> None:
    answer = await chat.astream_chat(said)
    [piece async for piece in answer.async_response_gen()]


def in_plain_thread(work: Callable[[], Any]) -> Any:
    """Run synchronous code where no event loop runs."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


# -- turns -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [ask, stream, aask, astream])
@pytest.mark.parametrize("make", [simple, context, condense_plus, condense_question])
async def test_chat_engines(
    make: Any, way: Any, engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    chat = make(fake_llm(lambda messages: ANSWER))
    async with harmonia_instrumentation(engine, user_id=user):
        await way(chat)
        await way(chat, "What did I say?")
    assert log() == [*TURN, ("user", "What did I say?"), ("assistant", ANSWER)]
    assert learned_once(engine, user)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


CALL = ChatMessage(
    role="assistant",
    blocks=[ToolCallBlock(tool_call_id="c1", tool_name="add", tool_kwargs={"a": 1, "b": 2})],
)
REASONED = "Thought: I add them\nAction: add\nAction Input: {'a': 1, 'b': 2}"
CONCLUDED = f"Thought: I can answer without using any more tools.\nAnswer: {ANSWER}"


def function_agent(fake_llm: Any) -> Any:
    return FunctionAgent(llm=fake_llm(CALL, ANSWER), tools=[FunctionTool.from_defaults(add)])


def react_agent(fake_llm: Any) -> Any:
    llm = fake_llm(REASONED, CONCLUDED, functions=False)
    return ReActAgent(llm=llm, tools=[FunctionTool.from_defaults(add)])


def workflow(fake_llm: Any) -> Any:
    agent = FunctionAgent(
        name="a", description="Adds", llm=fake_llm(CALL, ANSWER),
        tools=[FunctionTool.from_defaults(add)],
    )  # fmt: skip
    return AgentWorkflow(agents=[agent], root_agent="a")


@pytest.mark.parametrize("given", ["text", "message", "history"])
@pytest.mark.parametrize("make", [function_agent, react_agent, workflow])
async def test_agents(
    make: Any, given: str, engine: MemoryEngine, user: str, log: Any, fake_llm: Any, say: Any
) -> None:
    earlier = [say("user", "Hello"), say("assistant", "Hi")]
    arguments = {
        "text": {"user_msg": SAID},
        "message": {"user_msg": say("user", SAID)},
        "history": {"chat_history": [*earlier, say("user", SAID)]},
    }[given]
    async with harmonia_instrumentation(engine, user_id=user):
        await make(fake_llm).run(**arguments)
    assert log() == TURN
    assert learned_once(engine, user)


async def test_the_state_prompt_is_not_what_the_user_said(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any, say: Any
) -> None:
    message = say("user", SAID)
    agent = FunctionAgent(llm=fake_llm(ANSWER), initial_state={"mood": "fine"})
    async with harmonia_instrumentation(engine, user_id=user):
        await agent.run(user_msg=message, memory=buffer())
    assert "mood" in message.content  # the trap: the agent has written into it
    assert log() == TURN


async def test_a_streamed_answer_that_nobody_reads_is_stored(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    with harmonia_instrumentation(engine, user_id=user) as heard:
        answer = simple(fake_llm(ANSWER)).stream_chat(SAID)
        answer.write_response_to_history_thread.join()
    await heard.aflush()
    assert log() == TURN


def test_a_stream_outlives_the_block(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    go = threading.Event()

    def slowly(messages: Any) -> str:
        go.wait(10)
        return ANSWER

    root = get_dispatcher()
    before = len(root.span_handlers)
    with harmonia_instrumentation(engine, user_id=user):
        answer = simple(fake_llm(slowly)).stream_chat(SAID)
    assert len(root.span_handlers) == before + 1
    go.set()
    list(answer.response_gen)
    assert len(root.span_handlers) == before
    assert log() == TURN


async def test_a_stream_that_is_cancelled_before_it_begins_keeps_what_was_said(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    async with harmonia_instrumentation(engine, user_id=user):
        answer = await simple(fake_llm(ANSWER)).astream_chat(SAID)
        answer.awrite_response_to_history_task.cancel()
        await asyncio.wait([answer.awrite_response_to_history_task])
    assert log() == TURN[:1]


async def test_an_agent_that_is_awaited_after_the_block(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    with harmonia_instrumentation(engine, user_id=user) as heard:
        run = function_agent(fake_llm).run(SAID)
    await run
    await heard.aflush()
    assert log() == TURN


@pytest.mark.filterwarnings("ignore:Skipping serialization")  # of the agent's own buffer
async def test_a_conversation_that_goes_on_in_one_context(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    agent = FunctionAgent(llm=fake_llm(ANSWER, "You are welcome"))
    held = Context(agent)
    async with harmonia_instrumentation(engine, user_id=user):
        await agent.run(SAID, ctx=held)
        await agent.run("Thank you", ctx=held)
    assert log() == [*TURN, ("user", "Thank you"), ("assistant", "You are welcome")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("way", [ask, stream, aask, astream])
async def test_of_a_failed_turn_what_was_said_is_stored(
    way: Any, engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    async with harmonia_instrumentation(engine, user_id=user):
        with pytest.raises(RuntimeError, match="out of order"):
            await way(simple(fake_llm(RuntimeError("out of order"))))
        with pytest.raises(RuntimeError, match="out of order"):
            await FunctionAgent(llm=fake_llm(RuntimeError("out of order"))).run("And my brother")
    assert log() == [("user", SAID), ("user", "And my brother")]


@pytest.mark.parametrize("way", ["query", "aquery"])
async def test_query_engines(
    way: str, engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    async with harmonia_instrumentation(engine, user_id=user):
        answer = getattr(query_engine(fake_llm(lambda messages: ANSWER)), way)(SAID)
        if way == "aquery":
            await answer
    assert log() == TURN


async def test_what_is_called_within_a_turn_is_no_turn(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    inner = simple(fake_llm("inner answer"))

    async def add(a: int, b: int) -> str:
        """Add two numbers."""
        await FunctionAgent(llm=fake_llm("from another agent")).run("a program's own words")
        return str(inner.chat("words of a program")) + str(await inner.achat("more of them"))

    agent = FunctionAgent(llm=fake_llm(CALL, ANSWER), tools=[FunctionTool.from_defaults(add)])
    async with harmonia_instrumentation(engine, user_id=user):
        await agent.run(SAID)
    assert log() == TURN


class Own(Workflow):
    @step
    async def one(self, event: StartEvent) -> StopEvent:
        return StopEvent(result=str(event.get("text", "")).upper())


async def test_other_workflows_and_bare_models_are_no_conversation(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any, say: Any
) -> None:
    async with harmonia_instrumentation(engine, user_id=user):
        await Own().run(text="a document")
        fake_llm("A class").chat([say("user", "Classify this text")])
    assert log() == []


def test_recalled_text_in_a_message_is_not_stored(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    engine.remember("User likes tea", user_id=user)
    recalled = engine.context("tea", user_id=user, token_budget=500)
    with harmonia_instrumentation(engine, user_id=user):
        simple(fake_llm(ANSWER)).chat(f"{recalled}\n{SAID}")
    assert [text.strip() for _, text in log()] == [SAID, ANSWER]


# -- whose -------------------------------------------------------------------------------------


async def test_users_by_tags(engine: MemoryEngine, user: str, log: Any, fake_llm: Any) -> None:
    async def talk(name: str, way: Any) -> None:
        with instrument_tags({"user_id": f"{user}-{name}", "session_id": "s1"}):
            if way is None:
                await FunctionAgent(llm=fake_llm(f"Hello {name}")).run(f"I am {name}")
            else:
                await way(simple(fake_llm(f"Hello {name}")), f"I am {name}")

    names = [f"n{n}" for n in range(15)]
    ways = [aask, astream, None]
    async with harmonia_instrumentation(engine):
        await asyncio.gather(*(talk(name, ways[n % 3]) for n, name in enumerate(names)))
    for name in names:
        assert log(f"{user}-{name}") == [("user", f"I am {name}"), ("assistant", f"Hello {name}")]
        assert [s.id for s in engine.sessions(user_id=f"{user}-{name}")] == ["s1"]


def test_without_a_user_nothing_is_stored_and_the_log_says_why(
    engine: MemoryEngine, fake_llm: Any, caplog: Any
) -> None:
    users = set(engine.users())
    with harmonia_instrumentation(engine):
        condense_question(fake_llm(ANSWER)).chat(SAID)
        with instrument_tags({"user_id": 7}):
            simple(fake_llm(ANSWER)).chat(SAID)
    assert set(engine.users()) == users
    first, second = (record.message for record in caplog.records)  # and once for each
    assert "instrument_tags" in first
    assert "user_id" in second


def test_blocks_in_threads_do_not_hear_each_other(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    both = threading.Barrier(3)

    def talk(name: str) -> None:
        with harmonia_instrumentation(engine, user_id=f"{user}-{name}"):
            both.wait()
            simple(fake_llm(ANSWER)).chat(f"I am {name}")
            both.wait()

    def elsewhere() -> None:
        both.wait()
        simple(fake_llm(ANSWER)).chat("Nobody listens")
        both.wait()

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(talk, "a"), threads.submit(talk, "b"),
                     threads.submit(elsewhere)]:  # fmt: skip
            done.result()
    assert log(f"{user}-a") == [("user", "I am a"), ("assistant", ANSWER)]
    assert log(f"{user}-b") == [("user", "I am b"), ("assistant", ANSWER)]


def test_everywhere_hears_threads_of_the_application(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    def talk() -> None:
        simple(fake_llm(ANSWER)).chat(SAID)

    with harmonia_instrumentation(engine, user_id=user):
        in_plain_thread(talk)
    assert log() == []
    with harmonia_instrumentation(engine, user_id=user, everywhere=True):
        in_plain_thread(talk)
    assert log() == TURN


def test_nested_blocks_store_a_turn_once_by_the_innermost(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any, tmp_path: Any
) -> None:
    chat = simple(fake_llm(ANSWER))
    with (
        MemoryEngine(tmp_path) as other,
        harmonia_instrumentation(other, user_id="o"),
        harmonia_instrumentation(engine, user_id=user),
    ):
        with harmonia_instrumentation(engine, user_id=user, session_id="inner"):
            chat.chat(SAID)
        with harmonia_instrumentation(engine, user_id=f"{user}-2"):
            chat.chat("I am somebody else")
        chat.chat("I am back")
        assert len(other.messages(user_id="o", session_id="default")) == 6
    assert log() == [*TURN, ("user", "I am back"), ("assistant", ANSWER)]
    assert [s.id for s in engine.sessions(user_id=user)] == ["inner", "default"]
    assert len(log(f"{user}-2")) == 2


def test_users_and_sessions_by_functions_and_memories(
    engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    with (
        instrument_tags({"account": user, "room": "blue"}),
        harmonia_instrumentation(
            engine, user_id=lambda tags: tags["account"], session_id=lambda tags: tags["room"]
        ),
    ):
        simple(fake_llm(ANSWER)).chat(SAID)
    with harmonia_instrumentation(engine, user_id=user):
        simple(fake_llm(ANSWER), Memory.from_defaults(session_id="red")).chat("Hello")
    assert [s.id for s in engine.sessions(user_id=user)] == ["blue", "red"]


# -- with others -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "chat store"])
@pytest.mark.parametrize("way", [ask, stream, aask, astream])
async def test_a_memory_of_ours_stores_its_turns_itself(
    way: Any, kind: str, engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    if kind == "memory":
        memory: Any = HarmoniaMemory.from_defaults(engine=engine, user_id=user)
    else:
        memory = Memory.from_defaults(chat_store=HarmoniaChatStore(engine, user_id=user))
    async with harmonia_instrumentation(engine, user_id=user):
        await way(simple(fake_llm(ANSWER), memory))
    assert log() == TURN
    assert learned_once(engine, user)


@pytest.mark.parametrize("where", ["argument", "context"])
@pytest.mark.parametrize("make", [function_agent, react_agent, workflow])
async def test_agents_with_a_memory_of_ours(
    make: Any, where: str, engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    agent, memory = make(fake_llm), HarmoniaMemory.from_defaults(engine=engine, user_id=user)
    held = Context(agent)
    if where == "context":
        await held.store.set("memory", memory)
    async with harmonia_instrumentation(engine, user_id=user):
        await agent.run(user_msg=SAID, ctx=held, memory=memory if where == "argument" else None)
    assert [m for m in log() if m[0] == "user"] == TURN[:1]
    assert learned_once(engine, user)


async def test_a_block_in_a_stock_memory_is_fed_every_turn(
    engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    block = HarmoniaMemoryBlock(engine, user_id=user, accept_short_term_memory=False)
    llm = fake_llm(ANSWER)
    memory = Memory.from_defaults(memory_blocks=[block], token_limit=3000)
    async with harmonia_instrumentation(engine, user_id=user) as heard:
        await simple(llm, memory).achat(SAID)
        await heard.aflush()
        other = Memory.from_defaults(memory_blocks=[block], token_limit=3000)
        await simple(llm, other).achat("Where does my sister live?")
    assert "Turin" in "".join(message.content or "" for message in llm.prompts[-1])


def test_handlers_added_by_hand(engine: MemoryEngine, user: str, log: Any, fake_llm: Any) -> None:
    root, chat = get_dispatcher(), simple(fake_llm(ANSWER))
    events, spans = HarmoniaEventHandler(engine), HarmoniaSpanHandler(engine, user_id=user)
    chat.chat("Nobody listens")
    root.add_event_handler(events)
    root.add_span_handler(spans)
    try:
        with instrument_tags({"user_id": user}):
            chat.chat(SAID)  # both of them hear it
            with harmonia_instrumentation(engine, user_id=f"{user}-2"):
                chat.chat("I am somebody else")
        root.span_handlers.remove(spans)
        with instrument_tags({"user_id": user}):
            chat.chat("And now one")
    finally:
        root.event_handlers.remove(events)
    with instrument_tags({"user_id": user}):
        chat.chat("Nobody listens")
    events.flush()
    spans.flush()
    assert log() == [*TURN, ("user", "And now one"), ("assistant", ANSWER)]
    assert len(log(f"{user}-2")) == 2


def test_an_asynchronous_engine(engine: MemoryEngine, fake_llm: Any, tmp_path: Any) -> None:
    async def talk() -> list[str]:
        async with AsyncMemoryEngine(tmp_path) as opened:
            async with harmonia_instrumentation(opened, user_id="jo"):
                await simple(fake_llm(ANSWER)).achat(SAID)
            stored = await opened.messages(user_id="jo", session_id="default")
            return [message.content for message in stored]

    assert asyncio.run(talk()) == [SAID, ANSWER]


# -- nothing raises, nothing recurs ----------------------------------------------------------------


async def test_a_closed_engine_does_not_end_a_conversation(
    fake_llm: Any, tmp_path: Any, caplog: Any
) -> None:
    opened = MemoryEngine(tmp_path)
    async with harmonia_instrumentation(opened, user_id="jo"):
        opened.close()
        chat = simple(fake_llm(ANSWER))
        assert str(await chat.achat(SAID)) == ANSWER
        assert str(in_plain_thread(lambda: chat.chat(SAID))) == ANSWER
    assert "closed" in caplog.text


async def test_an_asynchronous_engine_that_is_closed_in_the_middle(
    fake_llm: Any, tmp_path: Any, caplog: Any
) -> None:
    opened = await AsyncMemoryEngine.open(tmp_path)
    async with harmonia_instrumentation(opened, user_id="jo") as heard:
        await opened.close()
        for _ in range(3):
            assert str(await simple(fake_llm(ANSWER)).achat(SAID)) == ANSWER
        waiting = heard._spans._listener._outbox._queues  # pyright: ignore
    assert "closed" in caplog.text
    assert not waiting  # what nothing can store any more is not kept


def test_a_program_that_ends_right_after_its_loop(fake_llm: Any, tmp_path: Any) -> None:
    async def main(engine: MemoryEngine) -> None:
        with harmonia_instrumentation(engine, user_id="jo", session_id="s1"):  # and no `async with`
            await simple(fake_llm(ANSWER)).achat(SAID)

    with MemoryEngine(tmp_path) as opened:
        asyncio.run(main(opened))
    with MemoryEngine(tmp_path) as opened:
        stored = opened.messages(user_id="jo", session_id="s1")
    assert [(message.role, message.content) for message in stored] == TURN


async def test_a_workflow_that_never_begins_keeps_no_handler(
    engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    """A loop may end first; and applications carry the dispatcher's context elsewhere."""
    root = get_dispatcher()
    before = len(root.span_handlers)

    def call_and_leave() -> None:
        async def main() -> None:
            with harmonia_instrumentation(engine, user_id=user):
                function_agent(fake_llm).run(SAID)

        asyncio.run(main())

    await asyncio.to_thread(call_and_leave)
    with harmonia_instrumentation(engine, user_id=user):
        carried = root.capture_propagation_context()
    assert len(root.span_handlers) > before
    del carried
    gc.collect()
    assert len(root.span_handlers) == before


def test_streams_within_a_turn_leave_nothing_behind(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    """Whether other turns are open or not: on a busy server some always are."""
    answers: list[weakref.ref[Any]] = []

    def busy(messages: Any) -> str:
        for _ in range(3):
            inner = simple(fake_llm(ANSWER)).stream_chat("An inner question")
            list(inner.response_gen)
            answers.append(weakref.ref(inner))
        return ANSWER

    def outer(messages: Any) -> str:
        with instrument_tags({"user_id": user}):
            in_plain_thread(lambda: simple(fake_llm(busy)).chat(SAID))
        gc.collect()
        assert [answer() for answer in answers] == [None] * 3
        return ANSWER

    spans = HarmoniaSpanHandler(engine, user_id=user)
    get_dispatcher().add_span_handler(spans)
    try:
        simple(fake_llm(outer)).chat(SAID)
    finally:
        get_dispatcher().span_handlers.remove(spans)
    assert log() == TURN * 2


def test_an_applications_threads_may_have_any_name(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    with (
        harmonia_instrumentation(engine, user_id=user, everywhere=True),
        ThreadPoolExecutor(1, thread_name_prefix="harmonia-web") as threads,
    ):
        threads.submit(simple(fake_llm(ANSWER)).chat, SAID).result()
    assert log() == TURN


@pytest.mark.parametrize(
    "options", [{"engine": "./memory"}, {"user_id": ""}, {"user_id": 7}, {"session_id": b"x"}]
)
def test_unusable_arguments(options: dict[str, Any], engine: MemoryEngine) -> None:
    for make in (harmonia_instrumentation, HarmoniaSpanHandler, HarmoniaEventHandler):
        with pytest.raises(InvalidInputError):
            make(**{"engine": engine, "user_id": "jo"} | options)


def test_a_block_is_entered_once(engine: MemoryEngine) -> None:
    block = harmonia_instrumentation(engine, user_id="jo")
    with block, pytest.raises(InvalidInputError, match="make a new one"):
        block.__enter__()


def test_the_engines_own_conversations_are_not_learned(
    fake_llm: Any, tmp_path: Any, caplog: Any
) -> None:
    """An engine that asks a chat engine to learn would learn from that for ever."""
    asked: list[str] = []
    chat = simple(fake_llm(lambda messages: '{"statements": []}'))

    def model(prompt: str) -> str:
        asked.append(prompt)
        chat.reset()
        return str(chat.chat(prompt))

    caplog.set_level(logging.WARNING)
    with (
        MemoryEngine(tmp_path, llm=model) as opened,
        harmonia_instrumentation(opened, user_id="jo", everywhere=True) as heard,
    ):
        simple(fake_llm(ANSWER)).chat(SAID)
        heard.flush()
        stored = opened.messages(user_id="jo", session_id="default")
        assert [message.content for message in stored] == [SAID, ANSWER]
    assert asked


# -- traps -------------------------------------------------------------------------------------


class Naive(BaseEventHandler):
    """Takes the end of a model's call for the end of a turn."""

    heard: list[str] = []
    asks: Any = None

    @classmethod
    def class_name(cls) -> str:
        return "Naive"

    def handle(self, event: Any, **kwargs: Any) -> None:
        if isinstance(event, LLMChatEndEvent):
            self.heard.append(str(event.response.message.content) if event.response else "")
            if self.asks is not None and len(self.heard) < 5:
                self.asks.chat([ChatMessage(role="user", content="What is new here?")])


@pytest.fixture
def naive() -> Iterator[Naive]:
    handler, root = Naive(heard=[]), get_dispatcher()
    root.add_event_handler(handler)
    yield handler
    root.event_handlers.remove(handler)


class Stock(MockLLM):
    """LlamaIndex's own fake: it repeats what it is told."""


async def test_no_event_says_that_a_turn_ended(
    naive: Naive, engine: MemoryEngine, user: str, log: Any
) -> None:
    chat = context(Stock())
    async with harmonia_instrumentation(engine, user_id=user):
        await ask(chat)
    assert naive.heard == []  # the trap: no model's call has ended, for events
    assert [role for role, _ in log()] == ["user", "assistant"]
    assert log()[0] == TURN[0]


async def test_events_tell_a_turn_twice(
    naive: Naive, engine: MemoryEngine, user: str, log: Any
) -> None:
    chat = simple(Stock())
    async with harmonia_instrumentation(engine, user_id=user):
        await aask(chat)
    assert len(naive.heard) == 2  # the trap
    assert [role for role, _ in log()] == ["user", "assistant"]


def test_a_model_asked_by_a_handler_asks_the_handler_again(
    naive: Naive, engine: MemoryEngine, user: str, log: Any
) -> None:
    naive.asks = model = Stock()
    with harmonia_instrumentation(engine, user_id=user):
        simple(model).chat(SAID)
    assert len(naive.heard) == 5  # the trap: it ends only because it counts
    assert [role for role, _ in log()] == ["user", "assistant"]


def test_handlers_hear_the_whole_process(
    naive: Naive, engine: MemoryEngine, user: str, log: Any
) -> None:
    with harmonia_instrumentation(engine, user_id=user):
        in_plain_thread(lambda: simple(Stock()).chat("I am somebody else"))
    assert len(naive.heard) == 1  # the trap
    assert "I am somebody else" in naive.heard[0]
    assert log() == []


def test_what_a_handler_raises_is_hidden(
    engine: MemoryEngine, user: str, fake_llm: Any, caplog: Any
) -> None:
    class Raising(HarmoniaSpanHandler):
        def span_exit(self, *args: Any, **kwargs: Any) -> None:
            raise RuntimeError("nobody will know")

    def nobody(tags: Any) -> str:
        raise LookupError("no such account")

    get_dispatcher().add_span_handler(raising := Raising(engine, user_id=user))
    try:
        simple(fake_llm(ANSWER)).chat(SAID)
    finally:
        get_dispatcher().span_handlers.remove(raising)
    assert caplog.text == ""  # the trap
    with harmonia_instrumentation(engine, user_id=nobody):
        assert str(simple(fake_llm(ANSWER)).chat(SAID)) == ANSWER
    assert "no such account" in caplog.text


async def test_a_stream_ends_with_an_empty_event(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    from llama_index.core.instrumentation.events.chat_engine import StreamChatEndEvent

    assert set(StreamChatEndEvent.model_fields) == {"timestamp", "id_", "span_id", "tags"}
    async with harmonia_instrumentation(engine, user_id=user):
        await astream(simple(fake_llm(ANSWER)))
    assert log() == TURN


def test_tags_reach_events_of_workflows_but_not_the_span_of_a_run(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any
) -> None:
    given: list[Any] = []

    class Tags(HarmoniaSpanHandler):
        def span_enter(self, id_: str, *args: Any, tags: Any = None, **kwargs: Any) -> None:
            if ".run-" in id_:
                given.append(tags)
            super().span_enter(id_, *args, tags=tags, **kwargs)

    async def run() -> None:
        with instrument_tags({"user_id": user}):
            await FunctionAgent(llm=fake_llm(ANSWER)).run(SAID)
        await spans.aflush()

    spans = Tags(engine)
    get_dispatcher().add_span_handler(spans)
    try:
        asyncio.run(run())
    finally:
        get_dispatcher().span_handlers.remove(spans)
    assert given == [None]  # the trap
    assert log() == TURN


async def test_the_loop_is_free_while_a_turn_is_stored(
    engine: MemoryEngine, user: str, log: Any, fake_llm: Any, monkeypatch: Any
) -> None:
    """A hook is called on the event loop: what it stores, a thread stores."""
    threads: list[str] = []
    observe = engine.observe

    def watched(*args: Any, **kwargs: Any) -> Any:
        threads.append(threading.current_thread().name)
        return observe(*args, **kwargs)

    monkeypatch.setattr(engine, "observe", watched)
    async with harmonia_instrumentation(engine, user_id=user):
        await aask(simple(fake_llm(ANSWER)))
    assert threads
    assert all(name.startswith("harmonia") for name in threads)
    assert log() == TURN
