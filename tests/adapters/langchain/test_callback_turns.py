"""Callback handlers: the outermost run is the turn, and each turn is stored once."""

from __future__ import annotations

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
from langchain_core.caches import InMemoryCache
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_core.tools import StructuredTool, tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaCallbackHandler


@pytest.mark.parametrize("saved", [True, False])
def test_each_turn_of_a_thread_is_stored_once(
    engine: MemoryEngine, user: str, fake_model: FakeModel, saved: bool
) -> None:
    agent = create_agent(fake_model("one", "two"), checkpointer=InMemorySaver() if saved else None)
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    config = {"configurable": {"thread_id": "t"}}
    first = go(agent, "invoke", {"messages": [HumanMessage("yes")]}, handler, **config)
    past = [] if saved else first["messages"]
    go(agent, "stream", {"messages": [*past, HumanMessage("yes")]}, handler, **config)
    assert log_of(engine, user, "t") == [
        ("user", "yes"), ("assistant", "one"), ("user", "yes"), ("assistant", "two")
    ]  # fmt: skip


def test_past_turns_and_examples_in_a_prompt_are_not_what_the_user_says(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    prompt = [("human", "I have a boat."), ("ai", "boat"), ("human", DOG)]
    go(fake_model("dog"), "invoke", prompt, HarmoniaCallbackHandler(engine, user_id=user))
    assert log_of(engine, user) == [("user", DOG), ("assistant", "dog")]


def test_a_model_in_a_tool_loop_by_hand(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any
) -> None:
    model = fake_model(tool_calls(("add", {"a": 1, "b": 2})), "three")
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    messages: list[Any] = [HumanMessage(DOG)]
    messages.append(go(model, "invoke", messages, handler))
    messages.append(ToolMessage("3", tool_call_id=messages[-1].tool_calls[0]["id"]))
    go(model, "invoke", messages, handler)
    assert log_of(engine, user) == [
        ("user", DOG), ("assistant", ""), ("tool", "3"), ("assistant", "three")
    ]  # fmt: skip
    assert learned(engine, user) == [LEARNED_DOG]


def test_a_handler_given_to_a_model_sees_its_calls_inside_an_agent(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any
) -> None:
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    model = fake_model(tool_calls(("add", {"a": 1, "b": 2})), "three", callbacks=[handler])
    create_agent(model, [add]).invoke({"messages": [("user", DOG)]})
    assert [role for role, _ in log_of(engine, user)] == ["user", "assistant", "tool", "assistant"]
    assert learned(engine, user) == [LEARNED_DOG]


def test_a_sub_agent_is_part_of_its_turn(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any
) -> None:
    inner = create_agent(fake_model("I have a boat."), name="helper")

    @tool
    def ask(task: str) -> str:
        """Ask the helper."""
        result = inner.invoke({"messages": [HumanMessage(f"I have a cat. {task}")]})
        return result["messages"][-1].text

    outer = create_agent(fake_model(tool_calls(("ask", {"task": "Do."})), "Done"), [ask])
    go(
        outer,
        "invoke",
        {"messages": [("user", DOG)]},
        HarmoniaCallbackHandler(engine, user_id=user),
    )
    assert log_of(engine, user) == [
        ("user", DOG), ("assistant", ""), ("tool", "I have a boat."), ("assistant", "Done")
    ]  # fmt: skip
    assert learned(engine, user) == [LEARNED_DOG]


@kinds
@hows
def test_a_tools_own_call_of_a_model_is_not_what_the_user_says(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any, kind: Kind, how: str
) -> None:
    handler: Any = kind(engine, user_id=user)
    helper = fake_model("I have a bird.")

    def look(task: str) -> str:
        """Look it up."""
        helper.invoke(f"I have a cat called Tom. {task}", {"callbacks": [handler]})
        return "found"

    async def alook(task: str) -> str:
        await helper.ainvoke(f"I have a cat called Tom. {task}", {"callbacks": [handler]})
        return "found"

    tools = [StructuredTool.from_function(look, coroutine=alook)]
    agent = create_agent(fake_model(tool_calls(("look", {"task": "Do."})), "Done"), tools)
    go(agent, how, {"messages": [("user", DOG)]}, handler)
    assert len(helper.prompts) == 1
    assert log_of(engine, user) == [
        ("user", DOG), ("assistant", ""), ("tool", "found"), ("assistant", "Done")
    ]  # fmt: skip
    assert learned(engine, user) == [LEARNED_DOG]


@kinds
@hows
@pytest.mark.parametrize("fails", [False, True])
def test_a_model_with_fallbacks_stores_its_turn_once(
    engine: MemoryEngine, user: str, fake_model: FakeModel, kind: Kind, how: str, fails: bool
) -> None:
    first = fake_model(RuntimeError("the model is away") if fails else "Nice")
    model = first.with_fallbacks([fake_model("Nice")])
    go(model, how, DOG, kind(engine, user_id=user))
    assert log_of(engine, user) == [("user", DOG), ("assistant", "Nice")]
    assert learned(engine, user) == [LEARNED_DOG]
    (memory,) = engine.memories(user_id=user)
    assert memory.mentions == 1


class AskingRetriever(BaseRetriever):
    """A retriever that asks a model for better queries."""

    model: Any

    def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
        self.model.invoke(f"I have a boat. {query}", {"callbacks": run_manager.get_child()})
        return []


def test_tools_and_retrievers_by_themselves_are_no_conversation(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    retriever = AskingRetriever(model=fake_model("better"))
    go(retriever, "invoke", "my boat", handler)
    go(add, "invoke", {"a": 1, "b": 2}, handler)
    assert log_of(engine, user) == []
    chain = RunnablePassthrough.assign(context=lambda g: retriever.invoke(g["question"])) | (
        lambda _: "fine"
    )
    go(chain, "invoke", {"question": DOG}, handler)
    assert log_of(engine, user) == [("user", DOG), ("assistant", "fine")]


def test_a_run_that_was_interrupted_and_goes_on_is_one_turn(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    model = fake_model("one", "two")
    graph = StateGraph(State)
    graph.add_node("talk", lambda state: {"messages": [model.invoke(state.messages)]})
    graph.add_node("check", lambda _: {"messages": [AIMessage(str(interrupt("Sure?")))]})
    graph.add_edge(START, "talk")
    graph.add_edge("talk", "check")
    compiled = graph.compile(checkpointer=InMemorySaver())
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    config = {"configurable": {"thread_id": "t"}}
    go(compiled, "invoke", {"messages": [HumanMessage(DOG)]}, handler, **config)
    go(compiled, "invoke", Command(resume="I have a boat."), handler, **config)
    assert log_of(engine, user, "t") == [
        ("user", DOG), ("assistant", "one"), ("assistant", "I have a boat.")
    ]  # fmt: skip


def test_an_answer_from_a_cache_is_stored_each_time(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    model, handler = (
        fake_model("hello", cache=InMemoryCache()),
        HarmoniaCallbackHandler(engine, user_id=user),
    )
    first, second = (go(model, "invoke", "hi", handler) for _ in range(2))
    assert first.id == second.id
    assert log_of(engine, user) == [("user", "hi"), ("assistant", "hello")] * 2
