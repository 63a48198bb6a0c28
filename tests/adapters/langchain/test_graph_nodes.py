"""Memory in graphs written by hand: two nodes, any state, and what happens to threads."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, RemoveMessage
from langgraph.channels import UntrackedValue
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition
from langgraph.types import Command, interrupt

from harmonia_plugins import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.langchain import learn_node, recall_node, with_recalled
from harmonia_plugins.text.fence import OPENING


class State(MessagesState):
    recalled: Annotated[str, UntrackedValue]


def thread(name: str = "t", **more: Any) -> dict[str, Any]:
    return {"configurable": {"thread_id": name, **more}}


def says(text: str) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)]}


def approve(what: str) -> str:
    """Ask a person."""
    return str(interrupt(what))


def build(
    engine: MemoryEngine, model: Any, user: str | None, saver: Any = None, state: Any = State,
    learn_first: bool = False,
) -> Any:  # fmt: skip
    def call_model(state: Any) -> dict[str, Any]:
        return {"messages": [model.invoke(with_recalled(state["messages"], state.get("recalled")))]}

    async def acall_model(state: Any) -> dict[str, Any]:
        return call_model(state)

    builder = StateGraph(state)
    builder.add_node("recall", recall_node(engine, user_id=user))
    builder.add_node("model", call_model)
    builder.add_node("tools", ToolNode([approve]))
    builder.add_node("learn", learn_node(engine, user_id=user))
    builder.add_node("learn_first", learn_node(engine, user_id=user))
    builder.add_edge(START, "learn_first" if learn_first else "recall")
    builder.add_edge("learn_first", "recall")
    builder.add_edge("recall", "model")
    builder.add_conditional_edges("model", tools_condition, {"tools": "tools", END: "learn"})
    builder.add_edge("tools", "recall")
    builder.add_edge("learn", END)
    return builder.compile(checkpointer=saver)


def log(engine: MemoryEngine, user: str) -> list[str]:
    return [m.content for m in engine.messages(user_id=user, session_id="t")]


def beliefs(engine: MemoryEngine, user: str) -> list[str]:
    engine.flush()
    return sorted(memory.content for memory in engine.memories(user_id=user))


@pytest.mark.parametrize("how", ["sync", "async"])
def test_recall_travels_beside_the_messages_and_is_not_kept(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any], how: str
) -> None:
    engine.remember("User's dog is called Biggie", user_id=user)
    model, saver = fake_model("Biggie"), InMemorySaver()
    graph = build(engine, model, user, saver)
    if how == "sync":
        done = graph.invoke(says("My dog?"), thread())
    else:
        done = asyncio.run(graph.ainvoke(says("My dog?"), thread()))
    assert "Biggie" in model.prompts[0][0].text
    assert [m.text for m in done["messages"]] == ["My dog?", "Biggie"]
    assert not any(OPENING in repr(saved) for saved in saver.list(thread()))
    assert log(engine, user) == ["My dog?", "Biggie"]

    class Naive(MessagesState):
        recalled: str  # an ordinary key is checkpointed with what was recalled

    kept = InMemorySaver()
    build(engine, model, user, kept, Naive).invoke(says("My dog?"), thread("n"))
    assert any(OPENING in repr(saved) for saved in kept.list(thread("n")))


def test_interrupt_and_resume_recall_again_and_store_once(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any],
    tool_calls: Callable[..., AIMessage],
) -> None:  # fmt: skip
    engine.remember("User's dog is called Biggie", user_id=user)
    model, saver = fake_model(tool_calls(("approve", {"what": "it"})), "Biggie"), InMemorySaver()
    build(engine, model, user, saver).invoke(says("My dog?"), thread())
    again = build(engine, model, user, saver)  # as another process would
    again.invoke(Command(resume="yes"), thread())
    first, second = ([m.text for m in p if OPENING in m.text] for p in model.prompts)
    assert first == second != []
    assert log(engine, user) == ["My dog?", "", "yes", "Biggie"]


def test_a_learn_node_at_the_start_stores_what_the_user_said_though_the_model_fails(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    model = fake_model(RuntimeError("overloaded"), "ok")
    graph = build(engine, model, user, InMemorySaver(), learn_first=True)
    with pytest.raises(RuntimeError, match="overloaded"):
        graph.invoke(says("I live in Lyon"), thread())
    assert log(engine, user) == ["I live in Lyon"]
    graph.invoke(None, thread())
    assert log(engine, user) == ["I live in Lyon", "ok"]
    graph.invoke(says("Hello"), thread())
    assert log(engine, user) == ["I live in Lyon", "ok", "Hello", "ok"]
    assert beliefs(engine, user) == ["User lives in Lyon"]


def test_forks_edits_and_removals(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    graph = build(engine, fake_model("ok"), user, InMemorySaver())
    graph.invoke(says("I own a boat"), thread())
    graph.invoke(says("I live in Lyon"), thread())
    assert beliefs(engine, user) == ["User lives in Lyon", "User owns a boat"]

    start = next(
        s for s in graph.get_state_history(thread())
        if s.next == ("__start__",) and len(s.values["messages"]) == 2
    )  # fmt: skip
    graph.invoke(says("I live in Oslo"), start.config)
    assert beliefs(engine, user) == ["User lives in Oslo", "User owns a boat"]
    assert log(engine, user) == ["I own a boat", "ok", "I live in Oslo", "ok"]

    oslo = graph.get_state(thread()).values["messages"][2]
    edited = HumanMessage("I live in Rome", id=oslo.id)
    graph.update_state(thread(), {"messages": [edited]})
    graph.invoke(says("Hello"), thread())
    assert beliefs(engine, user) == ["User lives in Rome", "User owns a boat"]

    first = graph.get_state(thread()).values["messages"][:2]
    graph.update_state(thread(), {"messages": [RemoveMessage(m.id) for m in first]})
    graph.invoke(says("Bye"), thread())
    assert beliefs(engine, user) == [
        "User lives in Rome",
        "User owns a boat",
    ]  # trimmed, not untrue
    assert log(engine, user)[::2] == ["I own a boat", "I live in Rome", "Hello", "Bye"]


def test_a_state_whose_messages_have_no_ids(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    class Plain(TypedDict):
        messages: Annotated[list[BaseMessage], operator.add]
        recalled: Annotated[str, UntrackedValue]

    model = fake_model(lambda prompt: AIMessage("ok"))
    graph = build(engine, model, user, InMemorySaver(), Plain, learn_first=True)
    for text in ("I own a boat", "yes", "yes"):
        graph.invoke(says(text), thread())
    assert log(engine, user) == ["I own a boat", "ok", "yes", "ok", "yes", "ok"]


def test_a_state_may_hold_messages_as_dicts_and_pairs(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    class Plain(TypedDict):
        messages: Annotated[list[Any], operator.add]
        recalled: Annotated[str, UntrackedValue]

    engine.remember("User lives in Oslo", user_id=user)
    model = fake_model(lambda prompt: AIMessage("ok"))
    graph = build(engine, model, user, InMemorySaver(), Plain)
    said = [("user", "I own a boat"), {"role": "user", "content": "Where do I live?"}]
    for message in said:
        graph.invoke({"messages": [message]}, thread())
    assert log(engine, user) == ["I own a boat", "ok", "Where do I live?", "ok"]
    assert any("User lives in Oslo" in message.text for message in model.prompts[-1])


@pytest.mark.parametrize("make", [recall_node, learn_node])
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"chat": []}, "no 'messages'.*messages_key="),
        ({"messages": [5]}, "holds no messages"),
        ({"messages": [{"content": "no role"}]}, "holds no messages"),
    ],
)
def test_a_state_without_messages_is_an_error(
    engine: MemoryEngine, user: str, make: Any, state: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        make(engine, user_id=user).invoke(state)
    assert make(engine, user_id=user, messages_key="chat").invoke({"chat": []}) is not None


def test_the_user_comes_from_the_config_and_none_is_an_error(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    model = fake_model("ok")
    graph = build(engine, model, None, InMemorySaver())
    graph.invoke(says("I own a boat"), thread(user_id=user))
    assert log(engine, user) == ["I own a boat", "ok"]
    with pytest.raises(InvalidInputError, match="recall_node does not know whose"):
        graph.invoke(says("I own a boat"), thread("u"))
    assert len(model.prompts) == 1
