"""Callback handlers: whose turn it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from callback_support import DOG, HOWS, FakeModel, go, log_of
from langchain.agents import create_agent
from langchain_core.output_parsers import StrOutputParser
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaCallbackHandler


@dataclass
class Context:
    """What an application hands to its agent's runtime."""

    user_id: str


@pytest.mark.parametrize(
    "where", ["metadata", "configurable", "context", "callable", "session key", "number"]
)
@pytest.mark.parametrize("how", HOWS)
def test_user_and_session_come_from_where_the_application_has_them(
    engine: MemoryEngine, user: str, fake_model: FakeModel, where: str, how: str
) -> None:
    model = fake_model("fine")
    agent: Any = create_agent(model, context_schema=Context, checkpointer=InMemorySaver())
    chain = RunnableLambda(lambda given: given["messages"]) | model  # type: ignore[index]
    given, session = {"messages": [("user", DOG)]}, "t"
    handler = HarmoniaCallbackHandler(engine)
    if where == "metadata":
        for target in (model, chain, agent):
            go(
                target, how, given["messages"] if target is model else given, handler,
                metadata={"user_id": user, "thread_id": "t"}, configurable={"thread_id": "t"},
            )  # fmt: skip
    elif where == "configurable":
        for target in (chain, agent):
            go(target, how, given, handler, configurable={"user_id": user, "thread_id": "t"})
    elif where == "context":
        config: Any = {"callbacks": [handler], "configurable": {"thread_id": "t"}}
        if how.startswith("a"):
            asyncio.run(agent.ainvoke(given, config, context=Context(user)))
        else:
            agent.invoke(given, config, context=Context(user))
    elif where == "callable":
        handler = HarmoniaCallbackHandler(
            engine,
            user_id=lambda run: run.configurable["who"],
            session_id=lambda run: f"team-{run.configurable['who']}",
        )
        go(chain, how, given, handler, configurable={"who": user})
        session = f"team-{user}"
    elif where == "session key":
        go(chain, how, given, handler, configurable={"user_id": user, "session_id": "t"})
    else:
        session = "7"
        handler = HarmoniaCallbackHandler(engine, user_id=user)
        go(agent, how, given, handler, configurable={"thread_id": 7})
    log = log_of(engine, user, session)
    assert set(log) == {("user", DOG), ("assistant", "fine")}
    assert len(engine.sessions(user_id=user)) == 1


def test_users_in_parallel_runs_of_one_handler_never_mix(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    model = fake_model(lambda messages: f"re: {messages[-1].text}", delay=0.005)
    chain, handler = model | StrOutputParser(), HarmoniaCallbackHandler(engine)

    def turn(number: int) -> None:
        who = f"{user}-{number % 4}"
        go(chain, "invoke", f"yes {number}", handler, configurable={"user_id": who})

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(turn, range(32)))
    for who in range(4):
        log = log_of(engine, f"{user}-{who}")
        numbers = range(who, 32, 4)
        expected = [("user", f"yes {n}") for n in numbers]
        assert Counter(log) == Counter(expected + [("assistant", f"re: yes {n}") for n in numbers])
    assert handler.runs.open_turns(f"{user}-0") == []
