"""The chat history: exactly the stored log."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from history_support import of, said
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine
from harmonia_plugins.adapters.turns import turns_of

# -- the log ---------------------------------------------------------------------------------------


def test_the_log_is_what_was_added(engine: MemoryEngine, user: str) -> None:
    history = of(engine, user)
    given = [
        SystemMessage("Be kind."), HumanMessage("hi"), AIMessage("hello", id="a1"),
        HumanMessage("yes"), AIMessage("fine"), HumanMessage("yes"),
        ToolMessage("3", tool_call_id="c"),
    ]  # fmt: skip
    history.add_messages(given[:3])
    for message in given[3:]:
        history.add_message(message)
    assert history.messages == given == of(engine, user).messages
    history.add_user_message("and you?")
    history.add_ai_message("Well.")
    assert history.messages[7:] == [HumanMessage("and you?"), AIMessage("Well.")]
    history.add_messages([])
    assert len(history.messages) == 9


def test_a_message_with_a_known_id_is_stored_once(engine: MemoryEngine, user: str) -> None:
    history = of(engine, user)
    pair = [HumanMessage("hi", id="h1"), AIMessage("hello", id="a1")]
    history.add_messages(pair)
    of(engine, user).add_messages(pair)
    history.add_messages([*pair, HumanMessage("more", id="h2")])
    assert history.messages == [*pair, HumanMessage("more", id="h2")]
    history.add_messages([HumanMessage("hello there", id="h1")])
    assert history.messages[0] == HumanMessage("hello there", id="h1")


def test_equal_answers_under_one_id_are_all_kept(engine: MemoryEngine, user: str) -> None:
    """A model's cache gives the same answer, id and all, a second time."""
    pair = [HumanMessage("hi"), AIMessage("hello", id="cached")]
    for _ in range(2):
        of(engine, user).add_messages(pair)
    history = of(engine, user)
    for message in pair:
        history.add_message(message)
    assert history.messages == pair * 3


def test_it_is_learned_in_the_background_unless_told_not_to(
    engine: MemoryEngine, user: str
) -> None:
    of(engine, user).add_messages([HumanMessage("I have a dog called Biggie."), AIMessage("Nice")])
    of(engine, user, "t", learn=False).add_user_message("I have a cat called Tom.")
    engine.flush()
    assert [m.content for m in engine.memories(user_id=user)] == ["User has a dog called Biggie"]


def test_clear_forgets_no_memory(engine: MemoryEngine, user: str) -> None:
    history = of(engine, user)
    history.add_user_message("I have a dog called Biggie.")
    engine.flush()
    history.clear()
    assert history.messages == []
    assert len(engine.memories(user_id=user)) == 1
    history.add_user_message("I am back")
    assert said(history.messages) == [("human", "I am back")]
    asyncio.run(history.aclear())
    assert history.messages == []


def test_a_log_may_be_cleared_and_written_anew(engine: MemoryEngine, user: str) -> None:
    history = of(engine, user)
    pairs = [[HumanMessage(f"q{n}"), AIMessage(f"a{n}", id=f"a{n}")] for n in range(3)]
    for pair in pairs:
        history.add_messages(pair)
    kept = history.messages[-2:]
    history.clear()
    for message in kept:
        history.add_message(message)
    assert said(history.messages) == [("human", "q2"), ("ai", "a2")]
    history.clear()
    history.add_messages(kept)
    assert history.messages == kept


def test_sessions_and_users_are_apart(engine: MemoryEngine, user: str) -> None:
    of(engine, user).add_user_message("one")
    of(engine, user, "t").add_user_message("two")
    of(engine, user + "-other").add_user_message("three")
    assert said(of(engine, user).messages) == [("human", "one")]


def test_it_is_there_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from harmonia_plugins import MemoryEngine\n"
        "from harmonia_plugins.langchain import HarmoniaChatMessageHistory as History\n"
        "with MemoryEngine(sys.argv[1]) as engine:\n"
        "    History(engine, user_id='u', session_id='s').add_user_message('I live in Oslo.')\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, timeout=120)
    with MemoryEngine(tmp_path) as engine:
        assert of(engine, "u").messages == [HumanMessage("I live in Oslo.")]


def test_concurrent_writers_lose_nothing(engine: MemoryEngine, user: str) -> None:
    shared = of(engine, user)

    def turn(number: int) -> None:
        history = shared if number % 2 else of(engine, user)
        history.add_messages([HumanMessage("yes"), AIMessage(f"answer {number}")])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(turn, range(24)))
    log = said(shared.messages)
    assert sorted(log[1::2]) == sorted(("ai", f"answer {n}") for n in range(24))
    assert log[0::2] == [("human", "yes")] * 24


# -- asynchronous ----------------------------------------------------------------------------------


async def test_async_with_either_engine(tmp_path: Path) -> None:
    async with AsyncMemoryEngine(tmp_path) as engine:
        history = of(engine, "u")
        await history.aadd_messages([HumanMessage("hi"), AIMessage("hello")])
        assert await history.aget_messages() == [HumanMessage("hi"), AIMessage("hello")]
        assert await of(engine.inner, "u").aget_messages() == await history.aget_messages()
        await history.aclear()
        assert await history.aget_messages() == []


async def test_trap_the_event_loop_is_free_while_the_disk_works(
    engine: MemoryEngine, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history with synchronous methods alone, called on the loop, stops everything else."""
    begun, go_on = threading.Event(), threading.Event()
    observe = engine.observe

    def slow(*args: Any, **kwargs: Any) -> Any:
        begun.set()
        assert go_on.wait(30)
        return observe(*args, **kwargs)

    monkeypatch.setattr(engine, "observe", slow)
    adding = asyncio.create_task(of(engine, user).aadd_messages([HumanMessage("hi")]))
    while not begun.is_set():  # would never end on a loop that is blocked
        await asyncio.sleep(0.001)
    assert not adding.done()
    go_on.set()
    await adding
    assert of(engine, user).messages == [HumanMessage("hi")]


# -- with other surfaces ---------------------------------------------------------------------------


def test_what_another_surface_stored_of_the_turn_is_not_stored_again(
    engine: MemoryEngine, user: str
) -> None:
    from harmonia_plugins.adapters.langchain.messages import to_message

    for _ in range(2):
        history = of(engine, user)
        other = turns_of(engine).open(user, "s", surface="another")
        past = len(history.messages)
        pair = [HumanMessage("yes"), AIMessage("fine", id=f"a{past}")]
        named = other.name([to_message(item) for item in pair])
        engine.observe(named, user_id=user, session_id="s", extract=False)
        other.close()
        history.add_user_message("yes")  # by hand, when the answer is there
        history.add_ai_message("fine")
    assert said(of(engine, user).messages) == [("human", "yes"), ("ai", "fine")] * 2
