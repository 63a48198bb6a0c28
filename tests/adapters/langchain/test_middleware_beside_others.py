"""One turn seen by the middleware, callbacks and a history at once is stored and learned once."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.runnables.history import RunnableWithMessageHistory
from langgraph.checkpoint.memory import InMemorySaver

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import (
    HarmoniaCallbackHandler,
    HarmoniaChatMessageHistory,
    HarmoniaMiddleware,
)


@pytest.mark.parametrize("saver", [None, InMemorySaver()])
def test_callbacks_and_middleware(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any], saver: Any
) -> None:
    handler = HarmoniaCallbackHandler(engine, user_id=user)
    agent = create_agent(
        fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)], checkpointer=saver
    )
    config: Any = {"configurable": {"thread_id": "t"}, "callbacks": [handler]}
    for text in ("I own a boat", "yes", "yes"):
        agent.invoke({"messages": [("user", text)]}, config)
    handler.flush()
    engine.flush()
    stored = [m.content for m in engine.messages(user_id=user, session_id="t")]
    assert sorted(stored) == sorted(["I own a boat", "ok", "yes", "ok", "yes", "ok"])
    (memory,) = engine.memories(user_id=user)
    assert memory.mentions == 1


def test_history_and_middleware(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agent = create_agent(fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wrapper is deprecated by LangChain
        chain = RunnableWithMessageHistory(
            RunnableLambda(lambda messages: agent.invoke({"messages": messages})["messages"][-1]),
            lambda session: HarmoniaChatMessageHistory(engine, user_id=user, session_id=session),
        )
        config: Any = {"configurable": {"session_id": "t", "thread_id": "t"}}
        for text in ("I own a boat", "yes", "yes"):
            chain.invoke([HumanMessage(text)], config)
    engine.flush()
    stored = [m.content for m in engine.messages(user_id=user, session_id="t")]
    assert stored == ["I own a boat", "ok", "yes", "ok", "yes", "ok"]
    (memory,) = engine.memories(user_id=user)
    assert memory.mentions == 1
