"""What memory adds to chat engines and agents of LlamaIndex, beside bare work of the same run.

    pip install -e .[agents,llama-index,bench]
    python benchmarks/llama_index_overhead.py                 some four minutes on two cores
    python benchmarks/llama_index_overhead.py --only turns    only sections whose name begins so

Measured as `langchain_overhead.py` does it, with its means: a turn without memory, the same turn
with it, and the engine's own calls of such a turn take turns in one loop. "Without" is
LlamaIndex's `ChatMemoryBuffer`, a list in RAM and the cheapest it has. The model is a fake that
answers at once, so that nothing hides behind it.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_overhead import (
    ANSWER,
    BLOCK,
    TURNS,
    USER,
    Bench,
    Spent,
    Ticking,
    _facts,
    _parts,
    _turn_row,
    timed,
)
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.memory import BaseMemory, ChatMemoryBuffer
from llama_index_peers import peers
from speed import _high, _ms, versions

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine
from harmonia_plugins.llama_index import HarmoniaMemory

SESSIONS = 100

Memories = Callable[[int], BaseMemory]
"""Gives the memory of a turn: one object for each session, as an application has it."""
Turn = Callable[[int, BaseMemory, str], Awaitable[object]]


def answered(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
    return ChatMessage(role="assistant", content=ANSWER)


def echoed(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
    return ChatMessage(role="assistant", content=f"heard: {messages[-1].content}")


LLM = MockFunctionCallingLLM(response_generator=answered, is_chat_model=True)


def chat_of(memory: BaseMemory) -> SimpleChatEngine:
    return SimpleChatEngine.from_defaults(llm=LLM, memory=memory)


async def achat(number: int, memory: BaseMemory, text: str) -> object:
    return await chat_of(memory).achat(text)


async def run_agent(number: int, memory: BaseMemory, text: str) -> object:
    return await FunctionAgent(llm=LLM).run(text, memory=memory)


def sessions_of(make: Callable[[str], BaseMemory], length: int) -> Memories:
    made: dict[int, BaseMemory] = {}

    def memory(number: int) -> BaseMemory:
        session = number // length
        if session not in made:
            made[session] = make(f"session{session}")
        return made[session]

    return memory


def in_ram(length: int) -> Memories:
    return sessions_of(lambda _: ChatMemoryBuffer.from_defaults(token_limit=30_000), length)


def ours(engine: MemoryEngine, length: int) -> Memories:
    return sessions_of(
        lambda session: HarmoniaMemory(engine=engine, user_id=USER, session_id=session), length
    )


# -- turns --------------------------------------------------------------------------------------


def turns(bench: Bench) -> None:
    """A turn with and without memory, synchronous and not, in short sessions and a long one."""
    _chat(bench, 150, TURNS, "background")
    _chat(bench, 150, TURNS, "manual")
    _chat(bench, 100, 100, "background")
    asyncio.run(_aturns(bench, 150, "SimpleChatEngine.achat", achat))
    asyncio.run(_aturns(bench, 150, "FunctionAgent.run", run_agent))


def _chat(bench: Bench, count: int, length: int, learning: Any) -> None:
    first, second, third = bench.texts(count), bench.texts(count), bench.texts(count)
    with bench.engine(learning=learning) as engine:
        without, remembering = in_ram(length), ours(engine, length)
        spent = timed(
            count,
            engine.flush,
            lambda i: chat_of(without(i)).chat(first[i]),
            lambda i: chat_of(remembering(i)).chat(second[i]),
            _parts(engine, third, length),
        )
    name = "SimpleChatEngine.chat"
    name += f", a session of {length} turns, its last half" if length > TURNS else ""
    name += ", learning switched off" if learning == "manual" else ""
    last = slice(count // 2 if length > TURNS else length, None)
    judged = None if learning == "manual" else True
    _turn_row(bench, name, [Spent(s.wall[last], s.cpu[last]) for s in spent], judged)


async def _aturns(bench: Bench, count: int, name: str, turn: Turn) -> None:
    first, second, third = bench.texts(count), bench.texts(count), bench.texts(count)
    with bench.engine() as engine:
        without, remembering = in_ram(TURNS), ours(engine, TURNS)
        parts = _parts(engine, third, TURNS)
        spent = [Spent([], []) for _ in range(3)]
        for number in range(count):
            for place in range(3):
                kind = (number + place) % 3
                engine.flush()
                cpu, wall = time.process_time(), time.perf_counter()
                if kind == 0:
                    await turn(number, without(number), first[number])
                elif kind == 1:
                    await turn(number, remembering(number), second[number])
                else:
                    parts(number)
                spent[kind].wall.append(time.perf_counter() - wall)
                spent[kind].cpu.append(time.process_time() - cpu)
    _turn_row(bench, name, [Spent(s.wall[TURNS:], s.cpu[TURNS:]) for s in spent], True)


# -- the event loop -----------------------------------------------------------------------------


def loop(bench: Bench) -> None:
    """How long the event loop stands still, by a task that ticks each millisecond."""
    for name, turn in (("achat", achat), ("agent", run_agent)):
        asyncio.run(_loop(bench, 100, name, turn))


async def _loop(bench: Bench, count: int, name: str, turn: Turn) -> None:
    texts = bench.texts(count)
    longest: dict[str, list[tuple[float, float]]] = {}
    with bench.engine() as engine, bench.engine(learning="manual") as unlearned:
        kinds = {
            "with memory": ours(engine, TURNS),
            "learning off": ours(unlearned, TURNS),
            "without": in_ram(TURNS),
        }
        for number, text in enumerate(texts):
            for kind in (*kinds, "idle loop"):
                memory = kinds[kind](number) if kind in kinds else None
                ticking = Ticking()
                async with ticking:
                    if memory is not None:
                        await turn(number, memory, text)
                    else:
                        await asyncio.sleep(0.03)
                if number >= TURNS:
                    found = (max(ticking.late), max(ticking.busy))
                    longest.setdefault(kind, []).append(found)
                await asyncio.to_thread(engine.flush)
    for what, which in (("as a ticking task sees it", 0), ("CPU of its thread", 1)):
        told: list[str] = []
        for kind, found in longest.items():
            blocks = [pair[which] for pair in found]
            over = 100 * sum(1000 * block > BLOCK for block in blocks) / len(blocks)
            told.append(
                f"{kind} {_high(blocks, 1):.1f}, p50 {_ms(blocks):.1f}, {over:.0f} % > {BLOCK:g}"
            )
        most = _high([pair[which] for pair in longest["with memory"]], 1)
        bench.row(
            f"{name}: longest block of the loop, {what}", f"≤ {BLOCK:g} ms", told[0],
            most <= BLOCK, "; ".join(told[1:]),
        )  # fmt: skip


# -- many sessions ------------------------------------------------------------------------------


def sessions(bench: Bench) -> None:
    """A hundred users at once, two turns each; then whether all is there, once, uncrossed."""
    asyncio.run(_sessions(bench))


async def _sessions(bench: Bench) -> None:
    llm = MockFunctionCallingLLM(response_generator=echoed, is_chat_model=True)
    async with AsyncMemoryEngine(bench.folder / "many", embedder=bench.model) as engine:

        async def talk(number: int) -> None:
            memory = HarmoniaMemory(engine=engine, user_id=f"u{number}", session_id=f"s{number}")
            for text in _facts(number):
                await SimpleChatEngine.from_defaults(llm=llm, memory=memory).achat(text)

        begun = time.perf_counter()
        await asyncio.gather(*(talk(number) for number in range(SESSIONS)))
        taken = time.perf_counter() - begun
        await engine.flush()
        learned = time.perf_counter() - begun
        right = 0
        for number in range(SESSIONS):
            user, facts = f"u{number}", _facts(number)
            log = await engine.messages(user_id=user, session_id=f"s{number}")
            wanted = [said for text in facts for said in (text, f"heard: {text}")]
            memories = await engine.memories(user_id=user)
            once = [memory.mentions for memory in memories] == [1] * len(facts)
            own = all(str(number) in memory.content for memory in memories)
            right += [message.content for message in log] == wanted and once and own
        users = [user async for user in engine.users()]
    bench.row(
        f"{SESSIONS} sessions at once, {2 * SESSIONS} turns",
        "all stored, learned once, none crossed",
        f"{right} of {SESSIONS} right, {len(users)} users; {2 * SESSIONS / taken:.0f} turns/s, "
        f"all learned after {learned:.1f} s",
        right == len(users) == SESSIONS,
    )  # fmt: skip


# -- the table ----------------------------------------------------------------------------------

SECTIONS: dict[str, Callable[[Bench], None]] = {"turns": turns, "loop": loop, "sessions": sessions}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sections and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [*SECTIONS, "peers"]
    parser.add_argument("--only", nargs="+", default=[""], metavar="NAME", help=", ".join(names))
    given = parser.parse_args(arguments)
    chosen = [name for name in names if any(name.startswith(only) for only in given.only)]
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", DeprecationWarning)  # those of LlamaIndex's own parts
    begun = time.perf_counter()
    print(f"# Memory in chat engines and agents of LlamaIndex\n\n{versions()}\n")
    print("| what | reach | got | met | limit, same run |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        for name in chosen:
            if name in SECTIONS:
                SECTIONS[name](bench)
        if "peers" in chosen:
            print(f"\n{asyncio.run(peers(bench.folder, bench.model))}")
    judged = [line.met for line in bench.lines if line.met is not None]
    print(f"\n{sum(judged)} of {len(judged)} met; took {time.perf_counter() - begun:.0f} s.")


if __name__ == "__main__":
    main()
