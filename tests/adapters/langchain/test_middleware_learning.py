"""What the middleware stores and learns: each message once, whatever happens to the thread."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, SummarizationMiddleware
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage, SystemMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.message import REMOVE_ALL_MESSAGES

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine
from harmonia_plugins.langchain import HarmoniaMiddleware
from harmonia_plugins.text.fence import OPENING, RECALLED_KEY


def thread(name: str = "t") -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


def says(text: str, **options: Any) -> dict[str, Any]:
    return {"messages": [HumanMessage(text, **options)]}


def log(engine: MemoryEngine, user: str, session: str = "t") -> list[str]:
    return [m.content for m in engine.messages(user_id=user, session_id=session)]


def beliefs(engine: MemoryEngine, user: str) -> list[str]:
    engine.flush()
    return sorted(memory.content for memory in engine.memories(user_id=user))


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


@pytest.fixture
def agent(engine: MemoryEngine, user: str, fake_model: Callable[..., Any]) -> Any:
    return create_agent(
        fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)],
        checkpointer=InMemorySaver(),
    )  # fmt: skip


def test_three_tool_rounds_are_stored_and_learned_once(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any],
    tool_calls: Callable[..., AIMessage],
) -> None:  # fmt: skip
    heard: list[Any] = []
    stop = engine.subscribe(lambda who, change: heard.append((who, change)))
    rounds = [tool_calls(("add", {"a": n, "b": 1})) for n in range(3)]
    agent = create_agent(
        fake_model(*rounds, "done"), tools=[add],
        middleware=[HarmoniaMiddleware(engine, user_id=user)], checkpointer=InMemorySaver(),
    )  # fmt: skip
    agent.invoke(says("I live in Lyon. Add things up."), thread())
    agent.invoke(says("Thanks"), thread())
    assert beliefs(engine, user) == ["User lives in Lyon"]
    stop()
    assert [who for who, _ in heard] == [user]
    assert engine.memories(user_id=user)[0].mentions == 1
    stored = engine.messages(user_id=user, session_id="t")
    roles = [m.role for m in stored]
    assert roles == ["user", *["assistant", "tool"] * 3, "assistant", "user", "assistant"]
    assert stored[1].payload is not None


def test_naive_after_agent_learns_the_thread_again_each_turn_and_ours_once(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any], agent: Any
) -> None:
    seen: Counter[str] = Counter()

    class Naive(AgentMiddleware[Any, Any]):
        def after_agent(self, state: Any, runtime: Any) -> None:
            seen.update(m.text for m in state["messages"] if m.type == "human")

    naive = create_agent(fake_model("ok"), middleware=[Naive()], checkpointer=InMemorySaver())
    for text in ("I own a boat", "yes", "yes"):
        naive.invoke(says(text), thread())
        agent.invoke(says(text), thread())
    assert seen["I own a boat"] == 3
    assert log(engine, user) == ["I own a boat", "ok", "yes", "ok", "yes", "ok"]
    assert beliefs(engine, user) == ["User owns a boat"]


def test_naive_after_agent_never_hears_of_a_failed_turn_and_ours_stored_it_before(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    heard: list[str] = []

    class Naive(AgentMiddleware[Any, Any]):
        def after_agent(self, state: Any, runtime: Any) -> None:
            heard.append("turn")

    naive = create_agent(fake_model(RuntimeError("overloaded")), middleware=[Naive()])
    with pytest.raises(RuntimeError, match="overloaded"):
        naive.invoke(says("I live in Lyon"))
    assert not heard

    agent = create_agent(
        fake_model(RuntimeError("overloaded"), "ok"),
        middleware=[HarmoniaMiddleware(engine, user_id=user)], checkpointer=InMemorySaver(),
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="overloaded"):
        agent.invoke(says("I live in Lyon"), thread())
    assert log(engine, user) == ["I live in Lyon"]  # as soon as the call has failed
    assert beliefs(engine, user) == ["User lives in Lyon"]
    agent.invoke(None, thread())  # the thread goes on where it failed
    assert log(engine, user) == ["I live in Lyon", "ok"]

    broken = create_agent(
        fake_model(RuntimeError("overloaded")),
        middleware=[HarmoniaMiddleware(engine, user_id=user)],
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="overloaded"):
        asyncio.run(broken.ainvoke(says("I own a boat"), thread("a")))
    assert log(engine, user, "a") == ["I own a boat"]


def test_tool_rounds_of_a_failed_run_are_stored_by_the_next_turn(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any],
    tool_calls: Callable[..., AIMessage],
) -> None:  # fmt: skip
    model = fake_model(tool_calls(("add", {"a": 1, "b": 1})), RuntimeError("overloaded"), "ok")
    agent = create_agent(
        model, tools=[add], middleware=[HarmoniaMiddleware(engine, user_id=user)],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    with pytest.raises(RuntimeError, match="overloaded"):
        agent.invoke(says("Add"), thread())
    agent.invoke(says("Again"), thread())
    assert log(engine, user) == ["Add", "", "2", "Again", "ok"]


def test_naive_after_agent_destroys_the_answer_and_ours_does_not(
    tmp_path: Any, user: str, fake_model: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    class Naive(AgentMiddleware[Any, Any]):
        def after_agent(self, state: Any, runtime: Any) -> None:
            engine.observe([], user_id=user)

    class Closing(AgentMiddleware[Any, Any]):
        def after_model(self, state: Any, runtime: Any) -> None:
            engine.close()

    engine = MemoryEngine(tmp_path / "m", learning="manual")
    naive = create_agent(fake_model("answer"), middleware=[Naive(), Closing()])
    with pytest.raises(Exception, match="closed"):
        naive.invoke(says("hi"))
    for run in ("sync", "async"):
        engine = MemoryEngine(tmp_path / "m", learning="manual")
        ours = HarmoniaMiddleware(engine, user_id=user)
        agent = create_agent(fake_model("answer"), middleware=[ours, Closing()])
        with caplog.at_level("WARNING"):
            done = (
                agent.invoke(says(run)) if run == "sync" else asyncio.run(agent.ainvoke(says(run)))
            )
        assert done["messages"][-1].text == "answer"
        assert "closed" in caplog.text
        caplog.clear()


def test_summaries_system_prompts_and_recalled_text_are_never_stored(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    engine.remember("User's dog is called Biggie", user_id=user)
    agent = create_agent(
        fake_model("ok"),
        middleware=[
            SummarizationMiddleware(
                fake_model("User is an astronaut"), trigger=("messages", 4), keep=("messages", 2)
            ),
            HarmoniaMiddleware(engine, user_id=user),
        ],
        checkpointer=InMemorySaver(),
    )
    for number in range(5):
        agent.invoke(says(f"My dog does trick {number}"), thread())
    inside = agent.get_state(thread()).values["messages"]
    assert any("astronaut" in m.text for m in inside)  # the naive reader would learn this
    shown = HumanMessage(f"{OPENING} x", additional_kwargs={RECALLED_KEY: True})
    agent.invoke({"messages": [SystemMessage("Obey"), shown, HumanMessage("bye")]}, thread())
    texts = log(engine, user)
    assert texts == [t for n in range(5) for t in (f"My dog does trick {n}", "ok")] + ["bye", "ok"]
    assert not any("astronaut" in text for text in beliefs(engine, user))


def test_without_a_checkpointer_a_history_sent_again_is_not_learned_again(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agent = create_agent(fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)])
    history: list[Any] = []
    for text in ("I live in Lyon", "I moved to Oslo", "yes", "yes"):
        history.append(("user", text))  # without ids, so each run gives it another one
        history.append(("ai", agent.invoke({"messages": history}, thread())["messages"][-1].text))
    assert log(engine, user) == [
        "I live in Lyon", "ok", "I moved to Oslo", "ok", "yes", "ok", "yes", "ok"
    ]  # fmt: skip
    assert beliefs(engine, user) == ["User moved to Oslo"]


def test_what_was_said_before_the_middleware_came_is_not_learned(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    saver = InMemorySaver()
    create_agent(fake_model("ok"), checkpointer=saver).invoke(says("I live in Lyon"), thread())
    agent = create_agent(
        fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)], checkpointer=saver
    )
    agent.invoke(says("I own a boat"), thread())
    assert log(engine, user) == ["I own a boat", "ok"]


@pytest.mark.parametrize("how", ["memory", "session", "all"])
def test_what_was_forgotten_is_not_learned_again_from_the_checkpoint(
    engine: MemoryEngine, user: str, agent: Any, how: str
) -> None:
    agent.invoke(says("I live in Lyon"), thread())
    agent.invoke(says("I own a boat"), thread())
    engine.flush()
    if how == "memory":
        (lyon,) = [m for m in engine.memories(user_id=user) if "Lyon" in m.content]
        engine.forget(user_id=user, id=lyon.id, sources=True)
    else:
        gone = {"session_id": "t"} if how == "session" else {"all": True}
        engine.forget(user_id=user, **gone)  # type: ignore[arg-type]
    agent.invoke(says("I have a cat"), thread())
    assert "I live in Lyon" in [m.text for m in agent.get_state(thread()).values["messages"]]
    assert not any("Lyon" in text for text in log(engine, user) + beliefs(engine, user))
    assert log(engine, user)[-2:] == ["I have a cat", "ok"]


# -- branches ---------------------------------------------------------------------------------


def before(agent: Any, text: str) -> Any:
    """Return the config of the checkpoint before a message was said."""
    for state in agent.get_state_history(thread()):
        if state.next == ("__start__",) and not any(
            m.text == text for m in state.values.get("messages", [])
        ):
            return state.config
    raise AssertionError(text)


def test_a_branch_that_is_left_is_no_longer_true_and_its_past_not_learned_twice(
    engine: MemoryEngine, user: str, agent: Any
) -> None:
    agent.invoke(says("I own a boat"), thread())
    agent.invoke(says("I live in Lyon"), thread())
    assert beliefs(engine, user) == ["User lives in Lyon", "User owns a boat"]
    start = before(agent, "I live in Lyon")

    agent.invoke(says("I live in Oslo"), start)
    assert beliefs(engine, user) == ["User lives in Oslo", "User owns a boat"]
    assert log(engine, user) == ["I own a boat", "ok", "I live in Oslo", "ok"]
    hits = engine.recall("Where do I live?", user_id=user)
    assert not any("Lyon" in hit.text for hit in hits)
    boat = next(m for m in engine.memories(user_id=user) if "boat" in m.content)
    assert boat.mentions == 1


def test_a_branch_taken_up_again_is_learned_again(
    engine: MemoryEngine, user: str, agent: Any
) -> None:
    agent.invoke(says("I own a boat"), thread())
    agent.invoke(says("I live in Lyon"), thread())
    lyon = agent.get_state(thread()).config
    agent.invoke(says("I live in Oslo"), before(agent, "I live in Lyon"))
    assert beliefs(engine, user) == ["User lives in Oslo", "User owns a boat"]
    agent.invoke(says("So what?"), lyon)
    assert log(engine, user) == ["I own a boat", "ok", "I live in Lyon", "ok", "So what?", "ok"]
    assert beliefs(engine, user) == ["User lives in Lyon", "User owns a boat"]
    assert all(memory.mentions == 1 for memory in engine.memories(user_id=user))


def test_what_a_left_branch_corrected_is_true_again(
    engine: MemoryEngine, user: str, agent: Any
) -> None:
    agent.invoke(says("I live in Lyon"), thread())
    agent.invoke(says("I moved to Oslo"), thread())
    assert beliefs(engine, user) == ["User moved to Oslo"]
    agent.invoke(says("Nice weather"), before(agent, "I moved to Oslo"))
    assert beliefs(engine, user) == ["User lives in Lyon"]


def test_an_answer_asked_for_again_replaces_the_old_one_in_the_log(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agent = create_agent(
        fake_model("first", "second"), middleware=[HarmoniaMiddleware(engine, user_id=user)],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    agent.invoke(says("I own a boat"), thread())
    asked = next(s for s in agent.get_state_history(thread()) if s.next == ("model",))
    agent.invoke(None, asked.config)
    assert log(engine, user) == ["I own a boat", "second"]
    assert beliefs(engine, user) == ["User owns a boat"]


def test_an_edited_message_is_learned_anew(engine: MemoryEngine, user: str, agent: Any) -> None:
    agent.invoke(says("I live in Lyon", id="m1"), thread())
    assert beliefs(engine, user) == ["User lives in Lyon"]
    agent.update_state(thread(), {"messages": [HumanMessage("I live in Oslo", id="m1")]})
    agent.invoke(says("Hello"), thread())
    assert log(engine, user) == ["I live in Oslo", "ok", "Hello", "ok"]
    assert beliefs(engine, user) == ["User lives in Oslo"]


def test_trimmed_messages_stay_in_memory(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    class KeepEnds(AgentMiddleware[Any, Any]):
        """Keeps the first message and the last two."""

        def before_model(self, state: Any, runtime: Any) -> dict[str, Any] | None:
            said = state["messages"]
            if len(said) < 5:
                return None
            return {"messages": [RemoveMessage(REMOVE_ALL_MESSAGES), said[0], *said[-2:]]}

    agent = create_agent(
        fake_model("ok"), middleware=[KeepEnds(), HarmoniaMiddleware(engine, user_id=user)],
        checkpointer=InMemorySaver(),
    )  # fmt: skip
    said = ["I own a boat", "I live in Lyon", "I have a cat", "hm", "well"]
    for text in said:
        agent.invoke(says(text), thread())
    assert len(agent.get_state(thread()).values["messages"]) < 6
    assert log(engine, user)[::2] == said
    assert {"User lives in Lyon", "User owns a boat"} <= set(beliefs(engine, user))


def test_the_last_turn_removed_is_taken_back_when_the_thread_goes_on(
    engine: MemoryEngine, user: str, agent: Any
) -> None:
    agent.invoke(says("I own a boat"), thread())
    agent.invoke(says("I live in Lyon"), thread())
    engine.flush()
    last = agent.get_state(thread()).values["messages"][-2:]
    agent.update_state(thread(), {"messages": [RemoveMessage(m.id) for m in last]})
    agent.invoke(says("Hello"), thread())
    assert log(engine, user) == ["I own a boat", "ok", "Hello", "ok"]
    assert beliefs(engine, user) == ["User owns a boat"]


def test_two_agents_that_share_a_thread_id_by_chance_keep_their_messages(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agents = [
        create_agent(
            fake_model("ok"), middleware=[HarmoniaMiddleware(engine, user_id=user)],
            checkpointer=InMemorySaver(),
        )
        for _ in range(2)
    ]  # fmt: skip
    for number in range(2):
        for which, agent in enumerate(agents):
            agent.invoke(says(f"{number} of {which}"), thread())
    asked = log(engine, user)[::2]
    assert asked == ["0 of 0", "0 of 1", "1 of 0", "1 of 1"]


def test_an_asynchronous_engine_serves_sync_and_async_agents(
    tmp_path: Any, user: str, fake_model: Callable[..., Any]
) -> None:
    async def talk() -> list[str]:
        async with AsyncMemoryEngine(tmp_path / "m") as engine:
            memory = HarmoniaMiddleware(engine, user_id=user, tools=True)
            agent = create_agent(fake_model("ok"), middleware=[memory])
            await agent.ainvoke(says("I own a boat"), thread())
            await asyncio.to_thread(agent.invoke, says("I live in Lyon"), thread())
            await engine.flush()
            return [m.content for m in await engine.memories(user_id=user)]

    assert sorted(asyncio.run(talk())) == ["User lives in Lyon", "User owns a boat"]
