"""The middleware on event loops, with many sessions, and across processes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langgraph.checkpoint.memory import InMemorySaver

from harmonia_plugins import MemoryEngine
from harmonia_plugins.adapters.engines import in_thread
from harmonia_plugins.langchain import HarmoniaMiddleware
from harmonia_plugins.testing import HashEmbedder

SESSIONS = 200


async def ticks_during(work: Any) -> int:
    """Return how often the loop turned while something was awaited."""
    count = 0

    async def tick() -> None:
        nonlocal count
        while True:
            await asyncio.sleep(0.002)
            count += 1

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    await work
    ticking.cancel()
    return count


def slow_embedder(texts: Any) -> Any:
    """An embedder that takes its time, as one on a server does."""
    time.sleep(0.1)
    return HashEmbedder().embed(texts)


def test_naive_sync_hooks_block_the_loop_and_ours_do_not(
    tmp_path: Path, fake_model: Callable[..., Any]
) -> None:
    with MemoryEngine(tmp_path / "m", embedder=slow_embedder, learning="manual") as engine:

        class Naive(AgentMiddleware[Any, Any]):
            def before_agent(self, state: Any, runtime: Any) -> None:
                engine.recall("naive", user_id="u")
                engine.recall("again", user_id="u")

        async def counted(memory: Any, text: str) -> int:
            agent = create_agent(fake_model("ok"), middleware=[memory])
            return await ticks_during(agent.ainvoke({"messages": [("user", text)]}))

        engine.remember("User owns a boat", user_id="u")
        naive = asyncio.run(counted(Naive(), "What?"))
        ours = asyncio.run(counted(HarmoniaMiddleware(engine, user_id="u"), "What do I own?"))
    assert ours > 10 > naive / 2  # ours: 0.1 s of embedding, the naive hook 0.2 s of standing still
    assert ours > 2 * naive


def test_the_first_token_does_not_wait_for_the_write_and_the_call_does(
    tmp_path: Path, fake_model: Callable[..., Any]
) -> None:
    token_seen = threading.Event()
    waited: list[bool] = []

    def embed(texts: Any) -> Any:
        if any("first words" in text for text in texts):  # stored, but not asked for
            waited.append(token_seen.wait(20))
        return HashEmbedder().embed(texts)

    async def run(engine: MemoryEngine) -> list[str]:
        memory = HarmoniaMiddleware(engine, user_id="u")
        agent = create_agent(fake_model("one two"), middleware=[memory])
        said = {"messages": [("user", "first words"), ("user", "and a question?")]}
        found: list[str] = []
        async for chunk, _ in agent.astream(said, stream_mode="messages"):
            token_seen.set()
            found.append(chunk.text)
        return found

    with MemoryEngine(tmp_path / "m", embedder=embed, learning="manual") as engine:
        assert "".join(asyncio.run(run(engine))) == "one two"
        assert waited == [True]
        stored = [m.content for m in engine.messages(user_id="u")]
        assert stored == ["first words", "and a question?", "one two"]


def test_many_sessions_at_once_are_all_stored_once_and_none_crossed(
    tmp_path: Path, fake_model: Callable[..., Any]
) -> None:
    with MemoryEngine(tmp_path / "m", embedder=HashEmbedder()) as engine:
        agent = create_agent(
            fake_model(lambda prompt: f"heard {prompt[-1].text}"),
            middleware=[HarmoniaMiddleware(engine)], checkpointer=InMemorySaver(),
        )  # fmt: skip

        async def session(number: int) -> None:
            who = {"configurable": {"thread_id": f"t{number}", "user_id": f"u{number}"}}
            text = f"I live in Town{number}"
            await agent.ainvoke({"messages": [("user", text)]}, who)

        async def all_sessions() -> None:
            await asyncio.gather(*(session(number) for number in range(SESSIONS)))

        asyncio.run(all_sessions())
        engine.flush()
        for number in range(SESSIONS):
            user, first = f"u{number}", f"I live in Town{number}"
            stored = [m.content for m in engine.messages(user_id=user, session_id=f"t{number}")]
            assert stored == [first, f"heard {first}"]
            (memory,) = engine.memories(user_id=user)
            assert (memory.content, memory.mentions) == (f"User lives in Town{number}", 1)
        assert len(list(engine.users())) == SESSIONS


def test_sixteen_threads_are_enough_for_more_waiting_turns(
    tmp_path: Path, fake_model: Callable[..., Any]
) -> None:
    with MemoryEngine(tmp_path / "m", embedder=slow_embedder, learning="manual") as engine:
        agent = create_agent(fake_model("ok"), middleware=[HarmoniaMiddleware(engine)])

        async def run(number: int) -> None:
            who = {"configurable": {"thread_id": "t", "user_id": f"u{number}"}}
            await agent.ainvoke({"messages": [("user", f"Hello {number}")]}, who)

        async def all_runs() -> None:
            await asyncio.wait_for(asyncio.gather(*(run(n) for n in range(40))), 60)

        asyncio.run(all_runs())
        assert sum(len(engine.messages(user_id=f"u{n}", session_id="t")) for n in range(40)) == 80


def test_a_cancelled_run_loses_nothing_the_user_said(
    engine: MemoryEngine, user: str, fake_model: Callable[..., Any]
) -> None:
    agent = create_agent(
        fake_model("late", delay=30.0), middleware=[HarmoniaMiddleware(engine, user_id=user)]
    )

    async def cancelled() -> None:
        who = {"configurable": {"thread_id": "t"}}
        run = asyncio.create_task(agent.ainvoke({"messages": [("user", "I own a boat")]}, who))
        while not await in_thread(
            engine, lambda: engine.messages(user_id=user, session_id="t")
        ):  # stored while the model works
            await asyncio.sleep(0.01)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(cancelled())
    stored = [m.content for m in engine.messages(user_id=user, session_id="t")]
    assert stored == ["I own a boat"]


PROGRAM = """
import json, sys
sys.path.insert(0, {tests!r})
from conftest import FakeChatModel
from langchain.agents import create_agent
from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaMiddleware

def answer(prompt):
    known = " ".join(message.text for message in prompt[:-1])
    return next((town for town in ("Lyon", "Oslo") if town in known), "I do not know")

path, user, thread, *said = sys.argv[1:]
with MemoryEngine(path) as engine:
    agent = create_agent(
        FakeChatModel(answers=answer, prompts=[], bound=[]), middleware=[HarmoniaMiddleware(engine)]
    )
    config = {{"configurable": {{"user_id": user, "thread_id": thread}}}}
    for text in said:
        done = agent.invoke({{"messages": [("user", text)]}}, config)
    engine.flush()
    current = [memory.content for memory in engine.memories(user_id=user)]
print(json.dumps([done["messages"][-1].text, current]))
"""


def talk(folder: Path, user: str, thread: str, *said: str) -> tuple[str, list[str]]:
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder), user, thread, *said],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    answer, current = json.loads(done.stdout)
    return answer, current


def test_another_process_and_thread_answers_and_follows_a_change_of_mind(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    _, told = talk(folder, "jo", "monday", "I live in Lyon.", "Lovely weather")
    assert told == ["User lives in Lyon"]
    answer, _ = talk(folder, "jo", "tuesday", "Where do I live?")
    assert answer == "Lyon"
    changed = "I don't live in Lyon any more. I live in Oslo."
    _, current = talk(folder, "jo", "wednesday", changed)
    assert "User lives in Oslo" in current
    assert "User lives in Lyon" not in current
