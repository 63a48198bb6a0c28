"""Callback handlers beside a chat history or the middleware: each turn is stored once."""

from __future__ import annotations

from typing import Any

import pytest
from callback_support import DOG, LEARNED_DOG, FakeModel, add, go, hows, learned, log_of
from langchain.agents import create_agent
from langchain_core.messages import HumanMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables.history import RunnableWithMessageHistory
from langgraph.checkpoint.memory import InMemorySaver

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import (
    AsyncHarmoniaCallbackHandler,
    HarmoniaCallbackHandler,
    HarmoniaChatMessageHistory,
    HarmoniaMiddleware,
)


@pytest.mark.filterwarnings("ignore:.*RunnableWithMessageHistory.*")
@hows
@pytest.mark.parametrize("bare", [True, False])
def test_with_a_chat_history_each_turn_is_stored_once(
    engine: MemoryEngine, user: str, fake_model: FakeModel, how: str, bare: bool
) -> None:
    model = fake_model("one", "two")
    prompt = ChatPromptTemplate.from_messages(
        [("system", "I have a boat."), MessagesPlaceholder("past"), ("human", "{input}")]
    )
    get = HarmoniaChatMessageHistory.factory(engine, user_id=user)
    keys: Any = {"input_messages_key": "input", "history_messages_key": "past"}
    chain = (
        RunnableWithMessageHistory(model, get)
        if bare
        else RunnableWithMessageHistory(prompt | model | StrOutputParser(), get, **keys)
    )
    handlers = [
        kind(engine, user_id=user)
        for kind in (HarmoniaCallbackHandler, AsyncHarmoniaCallbackHandler)
    ]
    for text in (DOG, DOG):
        go(
            chain,
            how,
            text if bare else {"input": text},
            *handlers,
            configurable={"session_id": "s"},
        )
    assert log_of(engine, user, "s") == [
        ("user", DOG), ("assistant", "one"), ("user", DOG), ("assistant", "two")
    ]  # fmt: skip
    assert learned(engine, user) == [LEARNED_DOG]
    (memory,) = engine.memories(user_id=user)
    assert memory.mentions == 2


def test_with_a_chat_history_by_hand_each_turn_is_stored_once(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    model, handler = (
        fake_model("one", "two", "three"),
        HarmoniaCallbackHandler(engine, user_id=user),
    )
    history = HarmoniaChatMessageHistory(engine, user_id=user, session_id="default")
    history.add_user_message("yes")  # before the call
    history.add_ai_message(go(model, "invoke", history.messages, handler))
    past = history.messages  # after the call, both at once
    answer = go(model, "invoke", [*past, HumanMessage("yes")], handler)
    history.add_messages([HumanMessage("yes"), answer])
    chain = model | StrOutputParser()  # after the call, one by one, as texts
    answer = go(chain, "invoke", [*history.messages, HumanMessage("yes")], handler)
    history.add_user_message("yes")
    history.add_ai_message(answer)
    assert [text for _, text in log_of(engine, user)] == [
        "yes", "one", "yes", "two", "yes", "three"
    ]  # fmt: skip


@hows
def test_with_middleware_each_turn_is_stored_once(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any, how: str
) -> None:
    call = tool_calls(("add", {"a": 1, "b": 2}))
    middleware: Any = HarmoniaMiddleware(engine, user_id=user)
    agent = create_agent(
        fake_model(call, "one", "two", RuntimeError("away")), [add], middleware=[middleware],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    handlers = [HarmoniaCallbackHandler(engine, user_id=user) for _ in range(2)]
    config = {"configurable": {"thread_id": "t"}}
    for text in (DOG, DOG):
        go(agent, how, {"messages": [("user", text)]}, *handlers, **config)
    with pytest.raises(RuntimeError, match="away"):
        go(agent, how, {"messages": [("user", "yes")]}, *handlers, **config)
    assert [(r, t) for r, t in log_of(engine, user, "t") if r != "tool"] == [
        ("user", DOG), ("assistant", ""), ("assistant", "one"), ("user", DOG),
        ("assistant", "two"), ("user", "yes"),
    ]  # fmt: skip
    assert LEARNED_DOG in learned(engine, user)
