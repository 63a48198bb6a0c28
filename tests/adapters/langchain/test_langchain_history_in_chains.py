"""The chat history in every mode of `RunnableWithMessageHistory`, and its factory."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from history_support import of, said
from langchain.agents import create_agent
from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    HumanMessage,
    SystemMessage,
    trim_messages,
)
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain_core.runnables import ConfigurableFieldSpec, RunnableLambda
from langchain_core.runnables.history import RunnableWithMessageHistory

from harmonia_plugins import MemoryEngine
from harmonia_plugins.errors import ClosedError, InvalidInputError
from harmonia_plugins.langchain import HarmoniaChatMessageHistory

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*RunnableWithMessageHistory.*"),
    pytest.mark.filterwarnings("ignore:.*InMemoryChatMessageHistory.*"),
]


class NaiveHistory(BaseChatMessageHistory):
    """What most histories are: a list that is read and appended to."""

    def __init__(self) -> None:
        self.log: list[BaseMessage] = []

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]
        return list(self.log)

    def add_messages(self, messages: Any) -> None:
        self.log += messages

    def clear(self) -> None:
        self.log = []


class NaiveRecallingHistory(NaiveHistory):
    """A history that puts what it recalls among the messages, as they are read."""

    reads = 0

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]
        self.reads += 1
        return [SystemMessage(f"memory {n}") for n in range(self.reads)] + list(self.log)


def config(**keys: str) -> Any:
    """Return a config that names the session."""
    return {"configurable": keys or {"session_id": "s"}}


FakeModel = Callable[..., Any]


def chain_of(model: Any, mode: str, get: Any, **options: Any) -> RunnableWithMessageHistory:
    """Wrap a model in one of the three ways to give it its history."""
    prompt = ChatPromptTemplate.from_messages(
        [("system", "Be kind."), MessagesPlaceholder("past", optional=True), ("human", "{input}")]
    )
    if mode == "bare":
        return RunnableWithMessageHistory(model, get, **options)
    if mode == "messages":
        pick = RunnableLambda(lambda given: given["input"])  # type: ignore[index]
        return RunnableWithMessageHistory(pick | model, get, input_messages_key="input", **options)
    parsed = prompt | model | StrOutputParser()
    return RunnableWithMessageHistory(
        parsed, get, input_messages_key="input", history_messages_key="past", **options
    )


MODES = ("bare", "messages", "placeholder")


def question(mode: str, text: str) -> Any:
    """Return an input in a mode's form."""
    return text if mode == "bare" else {"input": text}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", ["invoke", "ainvoke", "stream", "astream"])
def test_every_mode_stores_the_turn_and_gives_the_past(
    engine: MemoryEngine, user: str, fake_model: FakeModel, mode: str, how: str
) -> None:
    model = fake_model("first answer", "second answer")
    chain = chain_of(model, mode, HarmoniaChatMessageHistory.factory(engine, user_id=user))

    async def streamed(given: Any) -> None:
        async for _ in chain.astream(given, config()):
            pass

    for text in ("yes", "yes"):
        given = question(mode, text)
        if how == "invoke":
            chain.invoke(given, config())
        elif how == "ainvoke":
            asyncio.run(chain.ainvoke(given, config()))
        elif how == "stream":
            list(chain.stream(given, config()))
        else:
            asyncio.run(streamed(given))
    log = of(engine, user).messages
    assert said(log) == [
        ("human", "yes"), ("ai", "first answer"), ("human", "yes"), ("ai", "second answer")
    ]  # fmt: skip
    assert [type(item) for item in log] == [HumanMessage, AIMessage] * 2
    past = [item for item in model.prompts[1] if item.type != "system"]
    assert said(past) == [("human", "yes"), ("ai", "first answer"), ("human", "yes")]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("asynchronous", [False, True])
def test_batches_in_one_session_and_in_several(
    engine: MemoryEngine, user: str, fake_model: FakeModel, mode: str, asynchronous: bool
) -> None:
    model = fake_model(lambda messages: f"re: {messages[-1].text}", delay=0.02)
    chain = chain_of(model, mode, HarmoniaChatMessageHistory.factory(engine, user_id=user))
    texts = ["yes", "no", "yes", "well"]
    sessions = [config(session_id=name) for name in ("s", "s", "s", "t")]
    given = [question(mode, text) for text in texts]
    if asynchronous:
        asyncio.run(chain.abatch(given, sessions))
    else:
        chain.batch(given, sessions)
    log = said(of(engine, user).messages)
    assert sorted(log[0::2]) == [("human", "no"), ("human", "yes"), ("human", "yes")]
    assert log[1::2] == [("ai", f"re: {text}") for _, text in log[0::2]]
    assert said(of(engine, user, "t").messages) == [("human", "well"), ("ai", "re: well")]


def concurrent_turn(chain: Any, mode: str, begun: threading.Event, go_on: threading.Event) -> None:
    """Run a slow turn, and a quick one in the same session meanwhile."""
    slow = threading.Thread(target=lambda: chain.invoke(question(mode, "slow"), config()))
    slow.start()
    assert begun.wait(30)
    chain.invoke(question(mode, "quick"), config())
    go_on.set()
    slow.join()


def waiting_model(fake_model: FakeModel, begun: threading.Event, go_on: threading.Event) -> Any:
    """Return a model that does not answer "slow" before it is told to."""

    def reply(messages: list[BaseMessage]) -> str:
        if messages[-1].text == "slow":
            begun.set()
            assert go_on.wait(30)
        return f"re: {messages[-1].text}"

    return fake_model(reply)


@pytest.mark.parametrize("mode", ["bare", "messages"])
@pytest.mark.parametrize("made", ["naive", "factory", "fresh objects", "one shared object"])
def test_trap_a_concurrent_turn_costs_the_users_message(
    engine: MemoryEngine, user: str, fake_model: FakeModel, mode: str, made: str
) -> None:
    naive, shared = NaiveHistory(), of(engine, user)
    histories: dict[str, Any] = {
        "naive": lambda session_id: naive,
        "factory": HarmoniaChatMessageHistory.factory(engine, user_id=user),
        "fresh objects": lambda session_id: of(engine, user, session_id),
        "one shared object": lambda session_id: shared,
    }
    begun, go_on = threading.Event(), threading.Event()
    model = waiting_model(fake_model, begun, go_on)
    chain = chain_of(model, mode, histories[made])
    concurrent_turn(chain, mode, begun, go_on)
    quick = [("human", "quick"), ("ai", "re: quick")]
    if made == "naive":
        assert said(naive.log) == [*quick, ("ai", "re: slow")]  # the user's "slow" is lost
    else:
        assert said(shared.messages) == [*quick, ("human", "slow"), ("ai", "re: slow")]


def test_trap_recalled_text_among_the_messages_costs_the_users_message(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    naive = NaiveRecallingHistory()
    chain_of(fake_model("fine"), "bare", lambda session_id: naive).invoke("yes", config())
    assert said(naive.log) == [("ai", "fine")]

    engine.remember("User likes tea", user_id=user)
    get = HarmoniaChatMessageHistory.factory(engine, user_id=user)
    chain_of(fake_model("fine"), "bare", get).invoke("Do I like tea?", config())
    assert said(of(engine, user).messages) == [("human", "Do I like tea?"), ("ai", "fine")]


def test_trap_streaming_leaves_a_chunk_in_the_history(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    naive = NaiveHistory()
    list(chain_of(fake_model("one two"), "bare", lambda session_id: naive).stream("hi", config()))
    assert isinstance(naive.log[1], AIMessageChunk)
    get = HarmoniaChatMessageHistory.factory(engine, user_id=user)
    list(chain_of(fake_model("one two"), "bare", get).stream("hi", config()))
    stored = of(engine, user).messages[1]
    assert type(stored) is AIMessage
    assert stored.content == "one two"


def test_trap_a_chat_message_in_the_log_stops_later_turns_from_being_stored(
    engine: MemoryEngine, user: str, fake_model: FakeModel, caplog: pytest.LogCaptureFixture
) -> None:
    first = ChatMessage("Once upon a time", role="narrator")
    naive = NaiveHistory()
    naive.add_message(first)
    with caplog.at_level(logging.ERROR):
        chain_of(fake_model("fine"), "bare", lambda session_id: naive).invoke("yes", config())
    assert len(naive.log) in (1, 3)  # newer LangChain refuses to load it; older loads it

    of(engine, user).add_message(first)
    get = HarmoniaChatMessageHistory.factory(engine, user_id=user)
    model = fake_model("fine")
    chain_of(model, "bare", get).invoke("yes", config())
    assert of(engine, user).messages[:2] == [first, HumanMessage("yes")]
    assert said(of(engine, user).messages[2:]) == [("ai", "fine")]
    assert (model.prompts[0][0].text, model.prompts[0][0].name) == ("Once upon a time", "narrator")


def test_trap_an_agent_gives_the_whole_thread_back(
    engine: MemoryEngine, user: str, fake_model: FakeModel, tool_calls: Any
) -> None:
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    def run(get: Any) -> None:
        model = fake_model(tool_calls(("add", {"a": 1, "b": 2})), "three", "four")
        agent = create_agent(model, [add], system_prompt="Be kind.")
        chain = RunnableWithMessageHistory(
            agent, get, input_messages_key="messages", output_messages_key="messages"
        )
        for text in ("1 + 2?", "2 + 2?"):
            chain.invoke({"messages": [HumanMessage(text)]}, config())

    naive = NaiveHistory()
    run(lambda session_id: naive)
    assert said(naive.log).count(("human", "1 + 2?")) == 3
    run(HarmoniaChatMessageHistory.factory(engine, user_id=user))
    assert said(of(engine, user).messages) == [
        ("human", "1 + 2?"), ("ai", ""), ("tool", "3"), ("ai", "three"),
        ("human", "2 + 2?"), ("ai", "four"),
    ]  # fmt: skip


def test_trim_messages_shortens_what_the_model_sees_and_not_the_log(
    engine: MemoryEngine, user: str, fake_model: FakeModel
) -> None:
    model = fake_model("fine")
    trimmer = trim_messages(max_tokens=3, strategy="last", token_counter=len, start_on="human")
    get = HarmoniaChatMessageHistory.factory(engine, user_id=user)
    chain = RunnableWithMessageHistory(trimmer | model, get)
    for text in ("one", "two", "three"):
        chain.invoke(text, config())
    assert said(model.prompts[-1]) == [("human", "two"), ("ai", "fine"), ("human", "three")]
    assert [text for _, text in said(of(engine, user).messages)][0::2] == ["one", "two", "three"]
    short = trimmer.invoke(of(engine, user).messages)
    assert said(short) == [("human", "three"), ("ai", "fine")]


# -- the factory -----------------------------------------------------------------------------------


def test_several_config_keys(engine: MemoryEngine, user: str, fake_model: FakeModel) -> None:
    get = HarmoniaChatMessageHistory.factory(engine)
    chain = chain_of(fake_model("fine"), "bare", get, history_factory_config=get.config_specs)
    chain.invoke("yes", config(user_id=user, session_id="s"))
    assert said(of(engine, user).messages) == [("human", "yes"), ("ai", "fine")]
    with pytest.raises(ValueError, match="user_id"):
        chain.invoke("yes", config(session_id="s"))

    get = HarmoniaChatMessageHistory.factory(engine, keys=["user_id", "project", "thread"])
    specs = [
        ConfigurableFieldSpec(id=key, annotation=str) for key in ("user_id", "project", "thread")
    ]
    chain = chain_of(fake_model("fine"), "bare", get, history_factory_config=specs)
    chain.invoke("one", config(user_id=user, project="a/b", thread="c"))
    chain.invoke("two", config(user_id=user, project="a", thread="b/c"))
    names = [session.id for session in engine.sessions(user_id=user)]
    assert names == ["s", "a%2Fb/c", "a/b%2Fc"]


def test_the_factory_touches_no_disk(
    engine: MemoryEngine, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*args: Any, **kwargs: Any) -> Iterator[None]:
        raise AssertionError("the engine was called")

    get = HarmoniaChatMessageHistory.factory(engine, user_id=user)
    monkeypatch.setattr(engine._core, "measured", refused)  # every verb passes it
    for number in range(1_000):
        get(f"session {number}")


def test_what_cannot_be_a_user_or_session_is_refused_at_the_start(
    engine: MemoryEngine, user: str
) -> None:
    for wrong in ({"user_id": ""}, {"user_id": 7}, {"session_id": " "}):
        with pytest.raises(InvalidInputError):
            HarmoniaChatMessageHistory(engine, **({"user_id": user, "session_id": "s"} | wrong))
    with pytest.raises(InvalidInputError, match="MemoryEngine"):
        of("./memory", user)
    for keys in (["session_id"], ["user_id"]):
        with pytest.raises(InvalidInputError, match="user_id"):
            HarmoniaChatMessageHistory.factory(engine, keys=keys)
    with pytest.raises(InvalidInputError, match="'user_id'"):
        HarmoniaChatMessageHistory.factory(engine, user_id=user, keys=["user_id", "thread"])


def test_a_closed_engine_says_so_before_the_model_is_called(
    tmp_path: Path, fake_model: FakeModel
) -> None:
    engine = MemoryEngine(tmp_path)
    history, model = of(engine, "u"), fake_model("fine")
    engine.close()
    with pytest.raises(ClosedError, match="open a new"):
        chain_of(model, "bare", lambda session_id: history).invoke("yes", config())
    assert model.prompts == []
    with pytest.raises(ClosedError):
        history.add_user_message("yes")
