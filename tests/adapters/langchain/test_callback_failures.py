"""Callback handlers: runs, stores and arguments that fail."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from callback_support import DOG, LEARNED_DOG, FakeModel, Kind, go, hows, kinds, learned, log_of
from langchain.agents import create_agent
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda

from harmonia_plugins import MemoryEngine
from harmonia_plugins.errors import ClosedError, InvalidInputError
from harmonia_plugins.langchain import HarmoniaCallbackHandler


@kinds
@hows
@pytest.mark.parametrize("what", ["model", "chain", "agent"])
def test_a_run_that_fails_stores_what_the_user_said(
    engine: MemoryEngine, user: str, fake_model: FakeModel, kind: Kind, how: str, what: str
) -> None:
    model = fake_model(RuntimeError("the model is away"))
    runnable = {"model": model, "chain": model | StrOutputParser(), "agent": create_agent(model)}
    given: Any = {"messages": [("user", DOG)]} if what == "agent" else DOG
    with pytest.raises(RuntimeError, match="away"):
        go(runnable[what], how, given, kind(engine, user_id=user))
    assert log_of(engine, user) == [("user", DOG)]
    assert learned(engine, user) == [LEARNED_DOG]


def test_a_stream_that_is_broken_off_stores_what_the_user_said(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    chain = fake_model("one two three") | StrOutputParser()
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    stream = chain.stream(DOG, {"callbacks": [handler]})
    next(stream)
    stream.close()

    async def broken_off() -> None:
        pieces: Any = chain.astream("yes", {"callbacks": [handler]})
        await anext(pieces)
        await pieces.aclose()

    asyncio.run(broken_off())
    assert log_of(engine, user) == [("user", DOG), ("user", "yes")]


@kinds
@pytest.mark.parametrize("what", ["model", "chain", "agent"])
@pytest.mark.parametrize("how", ["ainvoke", "astream"])
def test_a_missing_user_stops_the_run_before_the_model_is_called(
    engine: MemoryEngine, fake_model: FakeModel, kind: Kind, what: str, how: str
) -> None:
    model = fake_model()
    chain = RunnableLambda(lambda x: x) | model
    runnable = {"model": model, "chain": chain, "agent": create_agent(model)}[what]
    given: Any = {"messages": [("user", DOG)]} if what == "agent" else DOG
    with pytest.raises(InvalidInputError, match="user_id"):
        go(runnable, how, given, kind(engine))
    if kind is HarmoniaCallbackHandler:
        with pytest.raises(InvalidInputError, match="user_id"):
            go(runnable, "invoke", given, kind(engine))
    assert model.prompts == []


def test_a_run_without_user_or_model_is_warned_of(
    engine: MemoryEngine, caplog: pytest.LogCaptureFixture
) -> None:
    go(RunnableLambda(lambda _: "fine"), "invoke", DOG, HarmoniaCallbackHandler(engine))
    assert "user_id=" in caplog.text


@kinds
@hows
def test_a_store_that_fails_does_not_cost_the_answer(
    tmp_path: Path, fake_model: FakeModel, kind: Kind, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = MemoryEngine(tmp_path)
    handler = kind(engine, user_id="u")

    def reply(messages: list[BaseMessage]) -> str:
        engine.close()
        return "fine"

    answer = go(fake_model(reply) | StrOutputParser(), how, DOG, handler)
    assert "".join(answer) == "fine"
    assert "closed" in caplog.text


def test_what_cannot_be_used_is_refused_at_once(tmp_path: Path, engine: MemoryEngine) -> None:
    with pytest.raises(InvalidInputError, match="MemoryEngine"):
        HarmoniaCallbackHandler("./memory", user_id="u")  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="user_id"):
        HarmoniaCallbackHandler(engine, user_id="")
    closed = MemoryEngine(tmp_path)
    closed.close()
    with pytest.raises(ClosedError, match="open a new"):
        HarmoniaCallbackHandler(closed, user_id="u")
