"""The chat history: messages in any form that LangChain's models take, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from history_support import of
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate, HumanMessagePromptTemplate

from harmonia_plugins import MemoryEngine
from harmonia_plugins.errors import InvalidInputError

both = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


def add(history: Any, given: Any, asynchronous: bool) -> None:
    """Add messages in one of the two ways."""
    if asynchronous:
        asyncio.run(history.aadd_messages(given))
    else:
        history.add_messages(given)


@both
@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ([("user", "hey")], [HumanMessage("hey")]),
        ([["human", "hey"], ("ai", "ho")], [HumanMessage("hey"), AIMessage("ho")]),
        (["hey"], [HumanMessage("hey")]),
        (("hey", "you"), [HumanMessage("hey"), HumanMessage("you")]),
        (["user"], [HumanMessage("user")]),
        (["user", "hey", "you"], [HumanMessage(text) for text in ("user", "hey", "you")]),
        (
            [{"role": "system", "content": "Be."}, {"type": "ai", "content": "ho", "id": "a1"}],
            [SystemMessage("Be."), AIMessage("ho", id="a1")],
        ),
        (
            [{"role": "tool", "content": "3", "tool_call_id": "c"}, HumanMessage("thanks"), "bye"],
            [ToolMessage("3", tool_call_id="c"), HumanMessage("thanks"), HumanMessage("bye")],
        ),
        (
            ChatPromptTemplate([("system", "Be kind."), ("human", "{a}")]).invoke({"a": "hey"}),
            [SystemMessage("Be kind."), HumanMessage("hey")],
        ),
        ([], []), ((), []),
    ],
)  # fmt: skip
def test_messages_may_have_any_form(
    engine: MemoryEngine, user: str, given: Any, stored: list[BaseMessage], asynchronous: bool
) -> None:
    history = of(engine, user)
    add(history, given, asynchronous)
    assert history.messages == stored


@both
def test_messages_may_come_from_a_generator(
    engine: MemoryEngine, user: str, asynchronous: bool
) -> None:
    history = of(engine, user)
    add(history, (text for text in ("hey", "ho")), asynchronous)
    assert history.messages == [HumanMessage("hey"), HumanMessage("ho")]


@both
@pytest.mark.parametrize(
    "given",
    ["hey", "", b"hey", {"role": "user", "content": "hey"}, {}, HumanMessage("hey"), 7, None,
     ("user", "hey"), ["ai", "hey"]],
    ids=repr,
)  # fmt: skip
def test_what_is_no_list_of_messages_is_refused_and_nothing_is_stored(
    engine: MemoryEngine, user: str, given: Any, asynchronous: bool
) -> None:
    history = of(engine, user)
    with pytest.raises(InvalidInputError, match=r"a list of messages, not .*HumanMessage\(\"hey"):
        add(history, given, asynchronous)
    assert history.messages == []


@both
@pytest.mark.parametrize(
    "bad",
    [7, None, b"x", ("boss", "hey"), ("user", 7), ("user",), ("a", "b", "c"), [[], []],
     {"content": "hey"}, {"role": "user"}, {"role": "tool", "content": "no call"},
     {"role": "ai", "content": "", "tool_calls": [{"function": {}}]}, {"type": "human", "data": {}},
     {"role": "ai", "content": "", "tool_calls": 3}, (HumanMessage("a"), HumanMessage("b")),
     HumanMessagePromptTemplate.from_template("{text}")],
)  # fmt: skip
def test_one_that_is_no_message_is_named_and_none_is_stored(
    engine: MemoryEngine, user: str, bad: Any, asynchronous: bool
) -> None:
    history = of(engine, user)
    with pytest.raises(InvalidInputError, match=r"(?s)messages holds no messages: .*at place 1"):
        add(history, ["hey", bad, "ho"], asynchronous)
    assert history.messages == []


def test_one_message_may_have_any_form_but_a_text_which_does_not_tell_who_says_it(
    engine: MemoryEngine, user: str
) -> None:
    history = of(engine, user)
    history.add_message(("user", "hey"))
    history.add_message({"role": "assistant", "content": "ho"})
    with pytest.raises(InvalidInputError, match=r"'x': use add_user_message.* add_ai_message"):
        history.add_message("x")
    with pytest.raises(InvalidInputError, match="at place 0, of type int"):
        history.add_message(7)  # type: ignore[arg-type]
    assert history.messages == [HumanMessage("hey"), AIMessage("ho")]
