"""Callback handlers: whatever is run, and however, its turn is stored; the event loop is free."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from callback_support import (
    DOG,
    LEARNED_DOG,
    FakeModel,
    Kind,
    State,
    add,
    go,
    hows,
    kinds,
    learned,
    log_of,
)
from langchain.agents import create_agent
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import FakeListLLM
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.output_parsers import JsonOutputParser, StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langgraph.graph import START, StateGraph

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine
from harmonia_plugins.langchain import AsyncHarmoniaCallbackHandler, HarmoniaCallbackHandler


class NaiveHandler(BaseCallbackHandler):
    """What comes to mind first: each prompt is the user's words, each end is a turn."""

    def __init__(self) -> None:
        self.learned: list[str] = []
        self.turns = 0

    def on_llm_start(self, serialized: Any, prompts: Any, **kwargs: Any) -> None:
        self.learned += prompts

    def on_llm_end(self, response: Any, **kwargs: Any) -> None:
        self.turns += 1


# -- whatever is run -------------------------------------------------------------------------------


@kinds
@hows
def test_a_bare_model(
    engine: MemoryEngine, user: str, fake_model: FakeModel, kind: Kind, how: str
) -> None:
    handler = kind(engine, user_id=user, session_id="s")
    go(fake_model("What a name"), how, [SystemMessage("I have a boat."), ("human", DOG)], handler)
    assert log_of(engine, user, "s") == [("user", DOG), ("assistant", "What a name")]
    assert learned(engine, user) == [LEARNED_DOG]


@kinds
@hows
def test_a_chain(
    engine: MemoryEngine, user: str, fake_model: FakeModel, kind: Kind, how: str
) -> None:
    prompt = ChatPromptTemplate.from_messages(
        [("system", "I have a boat."), ("human", "{question}")]
    )
    chain = prompt | fake_model("What a name") | StrOutputParser()
    go(chain, how, {"question": DOG}, kind(engine, user_id=user))
    assert log_of(engine, user) == [("user", DOG), ("assistant", "What a name")]
    assert engine.messages(user_id=user)[1].id.startswith("lc_run-")  # the model's own message
    assert learned(engine, user) == [LEARNED_DOG]


@kinds
@hows
def test_an_agent_with_three_rounds_of_tools_is_one_turn(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any, kind: Kind, how: str
) -> None:
    call = tool_calls(("add", {"a": 1, "b": 2}))
    rounds = [call.model_copy(update={"id": None}) for _ in range(3)]
    agent = create_agent(fake_model(*rounds, "Six"), [add], system_prompt="I have a boat.")
    naive, handler = NaiveHandler(), kind(engine, user_id=user)
    go(agent, how, {"messages": [("user", DOG)]}, handler, naive)
    assert [role for role, _ in log_of(engine, user)] == [
        "user", *(["assistant", "tool"] * 3), "assistant"
    ]  # fmt: skip
    assert learned(engine, user) == [LEARNED_DOG]  # of what tools and prompts say, nothing
    assert naive.turns == 4
    assert any("I have a boat." in text for text in naive.learned)


def test_trap_without_on_chat_model_start_a_prompt_is_flattened(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    naive = NaiveHandler()
    prompt = [SystemMessage("I have a boat."), HumanMessage(DOG)]
    go(fake_model(), "invoke", prompt, naive, HarmoniaCallbackHandler(engine, user_id=user))
    assert naive.learned == [f"System: I have a boat.\nHuman: {DOG}"]
    assert log_of(engine, user)[0] == ("user", DOG)


def test_a_language_model_of_text(engine: MemoryEngine, user: str) -> None:
    model, handler = (
        FakeListLLM(responses=["Hm", "Ha"]),
        HarmoniaCallbackHandler(engine, user_id=user),
    )
    go(model, "invoke", DOG, handler)
    go(model, "invoke", [SystemMessage("I have a boat."), HumanMessage("yes")], handler)
    assert log_of(engine, user) == [
        ("user", DOG), ("assistant", "Hm"), ("user", "yes"), ("assistant", "Ha")
    ]  # fmt: skip


def test_a_graph_of_ones_own(engine: MemoryEngine, user: str, fake_model: FakeModel) -> None:
    model = fake_model("What a name")
    graph = StateGraph(State)
    graph.add_node("talk", lambda state: {"messages": [model.invoke(state.messages)]})
    graph.add_edge(START, "talk")
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    go(graph.compile(), "invoke", State([HumanMessage(DOG)]), handler)
    assert log_of(engine, user) == [("user", DOG), ("assistant", "What a name")]


@pytest.mark.parametrize(
    ("given", "key"),
    [
        (DOG, None), ([("user", DOG)], None),
        (ChatPromptTemplate([("system", "I have a boat."), ("human", DOG)]).invoke({}), None),
        ({"messages": [{"role": "user", "content": DOG}]}, None),
        ({"input": DOG, "context": "I have a boat."}, None), ({"topic": DOG}, None),
        ({"query": HumanMessage(DOG)}, None), ({"mine": DOG, "input": "I have a boat."}, "mine"),
        ({"history": [HumanMessage("I have a boat."), AIMessage("oh")], "question": DOG}, None),
        ({"messages": [HumanMessage("I have a boat."), AIMessage("oh")], "input": DOG}, None),
    ],
)  # fmt: skip
def test_input_of_any_form(engine: MemoryEngine, user: str, given: Any, key: str | None) -> None:
    handler = HarmoniaCallbackHandler(engine, user_id=user, input_key=key)
    go(RunnableLambda(lambda _: "fine"), "invoke", given, handler)
    assert log_of(engine, user) == [("user", DOG), ("assistant", "fine")]


def test_where_the_input_tells_nothing_the_prompt_does(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    prompt = ChatPromptTemplate.from_messages([("human", "I have a {kind} called {name}.")])
    given = {"kind": "dog", "name": "Biggie"}
    go(prompt | fake_model("Nice"), "invoke", given, HarmoniaCallbackHandler(engine, user_id=user))
    assert log_of(engine, user) == [("user", DOG), ("assistant", "Nice")]


@pytest.mark.parametrize(
    "output",
    ["fine", AIMessage("fine"), {"answer": "fine", "context": []}, {"output": AIMessage("fine")},
     [AIMessage("fine")], {"messages": [HumanMessage(DOG), AIMessage("fine")]}],
)  # fmt: skip
def test_output_of_any_form(engine: MemoryEngine, user: str, output: Any) -> None:
    go(
        RunnableLambda(lambda _: output),
        "invoke",
        DOG,
        HarmoniaCallbackHandler(engine, user_id=user),
    )
    assert log_of(engine, user) == [("user", DOG), ("assistant", "fine")]


def test_an_answer_that_was_parsed_is_stored_as_the_model_said_it(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    chain = fake_model('{"name": "Biggie"}') | JsonOutputParser()
    go(chain, "invoke", DOG, HarmoniaCallbackHandler(engine, user_id=user))
    assert log_of(engine, user) == [("user", DOG), ("assistant", '{"name": "Biggie"}')]


@kinds
def test_input_and_output_of_other_kinds_disturb_nothing(
    engine: MemoryEngine, user: str, kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    for odd in (
        7,
        None,
        object(),
        {},
        [],
        [3],
        {"a": "x", "b": "y"},
        {"messages": 3},
        b"x",
        [["x"]],
    ):
        go(RunnableLambda(lambda _, odd=odd: odd), "invoke", odd, kind(engine, user_id=user))
    assert log_of(engine, user) == []
    assert caplog.records == []


@pytest.mark.parametrize("how", ["batch", "abatch"])
def test_a_batch_is_as_many_turns(
    engine: MemoryEngine, user: str, fake_model: FakeModel, how: str
) -> None:
    model = fake_model(lambda messages: f"re: {messages[-1].text}", delay=0.02)
    chain, handler = model | StrOutputParser(), HarmoniaCallbackHandler(engine, user_id=user)
    texts = ["yes", "no", "yes", "well"]
    if how == "batch":
        chain.batch(texts, {"callbacks": [handler]})
    else:
        asyncio.run(chain.abatch(texts, {"callbacks": [handler]}))
    expected = [("user", text) for text in texts] + [("assistant", f"re: {t}") for t in texts]
    assert Counter(log_of(engine, user)) == Counter(expected)


# -- it does not block -----------------------------------------------------------------------------


@kinds
async def test_trap_the_event_loop_is_free_while_a_turn_is_stored(
    engine: MemoryEngine, user: str, fake_model: FakeModel, kind: Kind,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    begun, go_on = threading.Event(), threading.Event()
    observe = engine.observe

    def slow(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return observe(*args, **kwargs)

    monkeypatch.setattr(engine, "observe", slow)
    chain = fake_model("fine") | StrOutputParser()
    config: Any = {"callbacks": [kind(engine, user_id=user)]}
    running = asyncio.create_task(chain.ainvoke(DOG, config))
    while not begun.is_set():  # would never end on a loop that is blocked
        await asyncio.sleep(0.001)
    assert not running.done()  # the turn is durable when the run returns
    go_on.set()
    assert await running == "fine"
    assert len(log_of(engine, user)) == 2


async def test_an_asynchronous_engine_does_as_well(tmp_path: Path, fake_model: FakeModel) -> None:
    async with AsyncMemoryEngine(tmp_path) as engine:
        handler = AsyncHarmoniaCallbackHandler(engine, user_id="u")
        await fake_model("fine").ainvoke(DOG, {"callbacks": [handler]})
        await handler.aflush()
        assert [m.content for m in await engine.memories(user_id="u")] == [LEARNED_DOG]
