"""Whose memory a run uses: never a default, never another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, MessagesState, StateGraph

from harmonia_plugins import MemoryEngine
from harmonia_plugins.adapters.langchain.scope import Run, Scope
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.langchain import HarmoniaMiddleware, create_memory_tools
from harmonia_plugins.text.fence import OPENING

HELLO = {"messages": [("user", "I own a boat")]}


@dataclass
class Context:
    user_id: str | None = None


def asked(engine: MemoryEngine, user: str, session: str = "default") -> list[str]:
    return [m.content for m in engine.messages(user_id=user, session_id=session)]


def test_the_user_comes_from_context_config_or_a_callable(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agent = create_agent(
        fake_model("ok"), middleware=[HarmoniaMiddleware(engine)], context_schema=Context
    )
    agent.invoke(HELLO, context=Context(f"{user}/context"))
    agent.invoke(HELLO, {"configurable": {"user_id": f"{user}/config", "thread_id": 7}})
    called = HarmoniaMiddleware(
        engine, user_id=lambda run: f"{user}/{run.context.user_id}",
        session_id=lambda run: f"s-{run.thread_id}",
    )  # fmt: skip
    create_agent(fake_model("ok"), middleware=[called], context_schema=Context).invoke(
        HELLO, {"configurable": {"thread_id": "t"}}, context=Context("called")
    )
    assert asked(engine, f"{user}/context") == ["I own a boat", "ok"]
    assert asked(engine, f"{user}/config", "7") == ["I own a boat", "ok"]
    assert asked(engine, f"{user}/called", "s-t") == ["I own a boat", "ok"]


def test_an_authenticated_user_goes_before_what_the_client_says() -> None:
    scope = Scope(None, None, "x")
    claimed = {"configurable": {"user_id": "victim"}}
    server = SimpleNamespace(user=SimpleNamespace(identity="me"))
    assert scope.user(Run({"user_id": "victim"}, claimed, server)) == "me"
    behind = {"configurable": {"user_id": "victim", "langgraph_auth_user_id": "me"}}
    assert scope.user(Run(Context("victim"), behind)) == "me"
    assert scope.user(Run({"user_id": "a"}, claimed)) == "a"
    assert scope.user(Run(None, claimed)) == "victim"


@pytest.mark.parametrize("context", [None, Context(), Context(""), Context(7)])  # type: ignore[arg-type]
def test_no_user_is_an_error_before_the_model_is_called(
    engine: MemoryEngine, fake_model: Callable[..., Any], context: Any
) -> None:
    model = fake_model("ok")
    users = set(engine.users())
    agent = create_agent(
        model, middleware=[HarmoniaMiddleware(engine, tools=True)], context_schema=Context
    )
    with pytest.raises(InvalidInputError, match="user_id"):
        agent.invoke(HELLO, {"configurable": {"thread_id": "t"}}, context=context)
    assert not model.prompts
    assert set(engine.users()) == users
    nobody = HarmoniaMiddleware(engine, user_id=lambda run: None)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="returned None"):
        create_agent(model, middleware=[nobody]).invoke(HELLO)


def test_two_users_of_one_agent_never_mix(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    model = fake_model("ok")
    agent = create_agent(
        model, middleware=[HarmoniaMiddleware(engine)], checkpointer=InMemorySaver()
    )
    for name, town in (("a", "Lyon"), ("b", "Oslo")):
        who = {"configurable": {"thread_id": f"{user}{name}", "user_id": user + name}}
        agent.invoke({"messages": [("user", f"I live in {town}")]}, who)
    engine.flush()
    for name, town, other in (("a", "Lyon", "Oslo"), ("b", "Oslo", "Lyon")):
        who = {"configurable": {"thread_id": f"{user}{name}2", "user_id": user + name}}
        agent.invoke({"messages": [("user", "Where do I live?")]}, who)
        prompt = " ".join(m.text for m in model.prompts[-1])
        assert town in prompt
        assert other not in prompt


def test_naive_names_collide_and_a_users_and_a_teams_memory_stand_side_by_side(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    class Naive(AgentMiddleware[Any, Any]):
        pass

    with pytest.raises(AssertionError):
        create_agent(fake_model("ok"), middleware=[Naive(), Naive()])

    team = f"team:{user}|all"  # both signs are reserved in names of nodes
    engine.remember("The team ships on Fridays", user_id=team)
    engine.remember("User ships nothing on Fridays", user_id=user)
    model = fake_model("ok")
    teams = create_memory_tools(engine, user_id=team, include=["search"], prefix="team_")
    agent = create_agent(
        model,
        middleware=[
            HarmoniaMiddleware(engine, user_id=user, tools=True),
            HarmoniaMiddleware(engine, user_id=team, learn=False, tools=teams),
            HarmoniaMiddleware(engine, user_id=lambda run: user, learn=False),
            HarmoniaMiddleware(engine, user_id=user, learn=False, name="second"),
        ],
        checkpointer=InMemorySaver(),
    )
    agent.invoke({"messages": [("user", "When do we ship?")]}, {"configurable": {"thread_id": "t"}})
    *recalled, last = model.prompts[0]
    assert len([m for m in recalled if OPENING in m.text]) == 4
    assert "User ships" in recalled[0].text
    assert "The team ships" in recalled[1].text
    assert last.text == "When do we ship?"
    assert {"search_memory", "team_search_memory"} <= set(model.bound)
    assert asked(engine, user, "t") == ["When do we ship?", "ok"]
    assert asked(engine, team, "t") == []
    names = {HarmoniaMiddleware(engine, user_id=f"a{sign}b").name for sign in ":|-/"}
    assert len(names) == 4


def test_memory_tools_of_two_users_never_stand_in_for_each_other(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any], tool_calls: Callable[..., Any]
) -> None:
    save = tool_calls(("save_memory", {"content": "User plays chess"}))
    model = fake_model(save, "ok")
    mine = HarmoniaMiddleware(engine, user_id=user, tools=True)
    team = HarmoniaMiddleware(engine, user_id=f"{user}-team", tools=True)
    with pytest.raises(InvalidInputError, match=r"'search_memory'.*prefix="):
        create_agent(model, middleware=[mine, team]).invoke({"messages": "Note it"})
    assert model.prompts == []
    again = create_memory_tools(engine, user_id=f"{user}-team", prefix="team_")
    other = HarmoniaMiddleware(engine, user_id=f"{user}-team", tools=again)
    create_agent(model, middleware=[mine, other]).invoke({"messages": "Note it"})
    assert list(engine.memories(user_id=f"{user}-team")) == []
    assert [m.content for m in engine.memories(user_id=user)] == ["User plays chess"]


def test_an_agent_in_a_tool_recalls_and_does_not_take_the_model_for_the_user(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any],
    tool_calls: Callable[..., AIMessage],
) -> None:  # fmt: skip
    engine.remember("User lives in Lyon", user_id=user)
    inner_model = fake_model("Lyon")
    inner = create_agent(inner_model, middleware=[HarmoniaMiddleware(engine, user_id=user)])

    def ask(question: str) -> str:
        """Ask an expert."""
        return inner.invoke({"messages": [("user", question)]})["messages"][-1].text

    outer = create_agent(
        fake_model(tool_calls(("ask", {"question": "I live in Paris. Where do I live?"})), "ok"),
        tools=[ask], middleware=[HarmoniaMiddleware(engine, user_id=user)],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    outer.invoke({"messages": [("user", "Where?")]}, {"configurable": {"thread_id": "t"}})
    assert "User lives in Lyon" in inner_model.prompts[0][0].text
    assert asked(engine, user, "t") == ["Where?", "", "Lyon", "ok"]
    engine.flush()
    assert [m.content for m in engine.memories(user_id=user)] == ["User lives in Lyon"]


def test_an_agent_as_a_node_of_a_graph_learns_from_the_user(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agent = create_agent(fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)])
    builder = StateGraph(MessagesState)
    builder.add_node("agent", agent)
    builder.add_edge(START, "agent")
    graph = builder.compile(checkpointer=InMemorySaver())
    for text in ("I own a boat", "yes", "yes"):
        graph.invoke({"messages": [("user", text)]}, {"configurable": {"thread_id": "t"}})
    assert asked(engine, user, "t") == ["I own a boat", "ok", "yes", "ok", "yes", "ok"]
