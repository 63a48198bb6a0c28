"""Callback handlers: what is learned of a turn and what is not, and who is told."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from callback_support import DOG, LEARNED_DOG, FakeModel, Kind, go, kinds, learned, log_of
from langchain.agents import create_agent
from langchain.agents.middleware import SummarizationMiddleware
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver

from harmonia_plugins import ChangeSet, MemoryEngine
from harmonia_plugins.langchain import (
    AsyncHarmoniaCallbackHandler,
    HarmoniaCallbackHandler,
    HarmoniaMiddleware,
)
from harmonia_plugins.text.fence import CLOSING, NOTE, OPENING

# -- what is not learned ---------------------------------------------------------------------------


def test_recalled_text_is_not_stored(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    fence = f"{OPENING}\n{NOTE}\n- [2024-05-01 09:00] User has a boat\n{CLOSING}"
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    go(fake_model("fine"), "invoke", f"{fence}\n\n{DOG}", handler)
    go(fake_model("fine"), "invoke", [HumanMessage(fence), HumanMessage("yes")], handler)
    assert log_of(engine, user) == [
        ("user", DOG), ("assistant", "fine"), ("user", "yes"), ("assistant", "fine")
    ]  # fmt: skip


def test_summaries_and_the_calls_that_make_them_are_not_stored(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    summary: Any = SummarizationMiddleware(
        model=fake_model("I have a boat."), trigger=("messages", 3), keep=("messages", 1)
    )
    agent = create_agent(
        fake_model("a", "b", "c"), middleware=[summary], checkpointer=InMemorySaver()
    )
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    for text in ("one", DOG, "three"):
        go(
            agent,
            "invoke",
            {"messages": [("user", text)]},
            handler,
            configurable={"thread_id": "t"},
        )
    texts = [text for _, text in log_of(engine, user, "t")]
    assert texts == ["one", "a", DOG, "b", "three", "c"]


def test_calls_that_nobody_sees_are_not_stored(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    go(fake_model(), "invoke", DOG, handler, tags=["nostream"])
    go(fake_model(), "invoke", DOG, handler, metadata={"lc_source": "summarization"})
    assert log_of(engine, user) == []


def test_trap_a_model_called_in_a_handler_fires_the_handler_again(
    tmp_path: Path, fake_model: FakeModel
) -> None:
    class NaiveExtractor(BaseCallbackHandler):
        fired = 0

        def on_llm_end(self, response: Any, **kwargs: Any) -> None:
            self.fired += 1
            if self.fired < 4:  # or for ever
                RunnableLambda(lambda x: extractor.invoke(x)).invoke("What is there to learn?")

    extractor, naive = fake_model("nothing"), NaiveExtractor()
    step = RunnableLambda(lambda text: fake_model("hi").invoke(text))
    go(step, "invoke", DOG, naive)
    assert naive.fired == 4

    model = fake_model(lambda _: "[]")  # the very model that is talked to
    with MemoryEngine(tmp_path, llm=model) as engine:
        model.callbacks = [HarmoniaCallbackHandler(engine, user_id="u")]
        go(RunnableLambda(lambda text: model.invoke(text)), "invoke", DOG)
        engine.flush()
        assert len(model.prompts) > 1  # it was asked to extract
        assert log_of(engine, "u") == [("user", DOG), ("assistant", "[]")]


def test_it_stores_without_learning_if_told_so(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    go(fake_model(), "invoke", DOG, HarmoniaCallbackHandler(engine, user_id=user, learn=False))
    assert len(log_of(engine, user)) == 2
    assert learned(engine, user) == []


# -- what was learned ------------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize("kept", [True, False])
def test_on_memory_hears_of_what_its_turns_taught(
    engine: MemoryEngine, user: str, fake_model: FakeModel, kind: Kind, kept: bool
) -> None:
    heard: list[tuple[str, ChangeSet]] = []

    def hear(who: str, stored: ChangeSet) -> None:
        heard.append((who, stored))

    handler: Any = kind(engine, user_id=user, on_memory=hear)
    go(fake_model("fine"), "invoke", DOG, handler)
    if kept:
        handler.flush()
    else:  # a handler of one request is gone before anything is learned
        del handler
        gc.collect()
        engine.flush()
    engine.observe([], user_id=user)
    engine.remember("User likes tea", user_id=user)
    ((who, stored),) = heard
    assert who == user
    assert [change.after.content for change in stored.changes if change.after] == [LEARNED_DOG]


def test_on_memory_hears_of_what_another_surface_stored_of_its_turns(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    heard: list[ChangeSet] = []
    middleware: Any = HarmoniaMiddleware(engine, user_id=user)

    def reply(messages: list[BaseMessage]) -> str:
        while not engine.messages(user_id=user):
            threading.Event().wait(0.001)
        engine.flush()  # the middleware's message is learned before the turn ends
        return "fine"

    agent = create_agent(fake_model(reply), middleware=[middleware])
    handler = HarmoniaCallbackHandler(engine, user_id=user, on_memory=lambda _, c: heard.append(c))
    go(agent, "invoke", {"messages": [("user", DOG)]}, handler)
    handler.flush()
    assert [len(stored.changes) for stored in heard] == [1]


@pytest.mark.parametrize("awaited", [True, False])
async def test_an_on_memory_that_fails_or_awaits(
    engine: MemoryEngine, user: str, fake_model: FakeModel, awaited: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    heard = asyncio.Event()

    async def hear(who: str, stored: ChangeSet) -> None:
        heard.set()
        raise RuntimeError("no interest")

    def refuse(who: str, stored: ChangeSet) -> None:
        raise RuntimeError("no interest")

    handler = AsyncHarmoniaCallbackHandler(
        engine, user_id=user, on_memory=hear if awaited else refuse
    )
    with caplog.at_level(logging.ERROR):
        await fake_model("fine").ainvoke(DOG, {"callbacks": [handler]})
        await handler.aflush()
        if awaited:
            await asyncio.wait_for(heard.wait(), 30)
        while "no interest" not in caplog.text:
            await asyncio.sleep(0.001)
    assert learned(engine, user) == [LEARNED_DOG]


@pytest.fixture
def manual_engine(tmp_path: Path) -> Iterator[MemoryEngine]:
    """An engine that learns when it is told to."""
    with MemoryEngine(tmp_path, learning="manual") as opened:
        yield opened


async def test_a_run_that_is_going_on_carries_an_event(
    manual_engine: MemoryEngine, fake_model: FakeModel
) -> None:
    handler = HarmoniaCallbackHandler(manual_engine, user_id="u")
    await fake_model("fine").ainvoke(DOG, {"callbacks": [handler]})

    def learn_now(text: str) -> str:
        with ThreadPoolExecutor(1) as learner:  # as the engine's own thread does
            learner.submit(manual_engine.learn_pending).result()
        return text

    chain = RunnableLambda(learn_now) | fake_model("fine")
    events: AsyncIterator[Any] = chain.astream_events("yes", {"callbacks": [handler]}, version="v2")
    custom = [item async for item in events if item["event"] == "on_custom_event"]
    assert [item["name"] for item in custom] == ["harmonia_memory"]
    data = custom[0]["data"]
    assert data["user_id"] == "u"
    changed = ChangeSet.from_dict(data["changeset"]).changes
    assert [change.after.content for change in changed if change.after] == [LEARNED_DOG]
    events = chain.astream_events("yes", {"callbacks": [handler]}, version="v2")
    assert [item async for item in events if item["event"] == "on_custom_event"] == []


def test_many_handlers_and_runs_leave_nothing_behind(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    model = fake_model("fine")
    listeners = len(engine._core.listeners._listeners)
    for number in range(30):
        go(
            model | StrOutputParser(),
            "invoke",
            "yes",
            HarmoniaCallbackHandler(engine, user_id=user),
        )
        if number == 0:
            listeners = len(engine._core.listeners._listeners)
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    go(model | StrOutputParser(), "invoke", "yes", handler)
    assert len(engine._core.listeners._listeners) == listeners
    assert len(handler.runs._runs) == 0
