"""What memory adds to an agent of LangChain, beside the bare work measured in the same run.

    pip install -e .[agents,bench]
    python benchmarks/langchain_overhead.py                 some four minutes on two cores
    python benchmarks/langchain_overhead.py --only turns    only sections whose name begins so

A turn without memory, the same turn with it, and the engine's own calls of such a turn take turns
in one loop, each with words of its own, so that whatever else the machine does slows all alike;
figures are medians. CPU is that of the whole process. The model is a fake that answers at once, so
that nothing hides behind it. `benchmarks/README.md` says what each row means.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import RunnableConfig
from langchain_peers import peers
from langgraph.checkpoint.memory import InMemorySaver
from speed import Line, _high, _ms, _printed, versions
from workload import blocks, sentences

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine, Message
from harmonia_plugins.langchain import HarmoniaMiddleware
from harmonia_plugins.providers.embedded import EmbeddedEmbedder

USER = "user"
ANSWER = "That is good to hear, thank you for telling me about it; what would you like to do next?"
TURNS = 10
"""Turns of a thread."""
ALLOWED = 3.0
"""Milliseconds that memory may add to a turn beyond the engine's own calls."""
BLOCK = 5.0
"""Milliseconds for which an event loop may stand still."""
SESSIONS = 200


class FakeChatModel(BaseChatModel):
    """Gives one answer at once, and streams it word by word."""

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.answer(messages)))])

    async def _agenerate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        return self._generate(messages)

    def answer(self, messages: Sequence[BaseMessage]) -> str:
        return ANSWER


class StreamingModel(FakeChatModel):
    """Streams word by word."""

    def _stream(self, messages: list[BaseMessage], *_: Any, **__: Any) -> Iterator[Any]:
        for word in ANSWER.split():
            yield ChatGenerationChunk(message=AIMessageChunk(f"{word} "))


class EchoModel(FakeChatModel):
    """Repeats what the user said last."""

    def answer(self, messages: Sequence[BaseMessage]) -> str:
        return f"heard: {messages[-1].text}"


@dataclass
class Spent:
    """Seconds of each run of one kind."""

    wall: list[float]
    cpu: list[float]


class Bench:
    """What the sections share: texts, stores, and the rows found so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = EmbeddedEmbedder()
        self.lines: list[Line] = []
        self._texts = iter(sentences(30_000, seed=31))
        self._stores = 0

    def row(self, what: str, reach: str, got: str, met: bool | None, limit: str = "") -> None:
        self.lines.append(Line(what, reach, got, met, limit))
        print(_printed(self.lines[-1]), flush=True)

    def texts(self, count: int) -> list[str]:
        """Return texts that nobody has had."""
        return [next(self._texts) for _ in range(count)]

    def engine(self, **options: Any) -> MemoryEngine:
        """Open a store with five hundred messages of the user."""
        self._stores += 1
        engine = MemoryEngine(self.folder / f"store{self._stores}", **options)
        for number, part in enumerate(blocks(self.texts(500), 50)):
            said = [Message("user", text) for text in part]
            engine.observe(said, user_id=USER, session_id=f"before{number}", extract=False)
        return engine


def agent_of(model: BaseChatModel, *middleware: Any) -> Any:
    return create_agent(model, middleware=middleware, checkpointer=InMemorySaver())


def said(text: str) -> dict[str, Any]:
    return {"messages": [("user", text)]}


def thread(number: int, length: int = TURNS) -> RunnableConfig:
    return {"configurable": {"thread_id": f"thread{number // length}"}}


def timed(count: int, rest: Callable[[], object], *runs: Callable[[int], object]) -> list[Spent]:
    """Run several kinds of work by turns; between them rests what is not to be measured.

    Who begins changes from round to round.
    """
    spent = [Spent([], []) for _ in runs]
    for number in range(count):
        for place in range(len(runs)):
            kind = (number + place) % len(runs)
            rest()
            cpu, wall = time.process_time(), time.perf_counter()
            runs[kind](number)
            spent[kind].wall.append(time.perf_counter() - wall)
            spent[kind].cpu.append(time.process_time() - cpu)
    return spent


def _beyond(bare: Sequence[float], whole: Sequence[float], parts: Sequence[float]) -> float:
    """Return what a whole adds to a bare run beyond its parts: the median of rounds, in ms."""
    return _ms([w - b - p for b, w, p in zip(bare, whole, parts, strict=True)])


# -- turns --------------------------------------------------------------------------------------


def turns(bench: Bench) -> None:
    """A turn with and without memory, synchronous and not, in short threads and a long one."""
    for learning in ("background", "manual"):
        _sync_turns(bench, 150, TURNS, learning)
    _sync_turns(bench, 100, 100, "background")
    asyncio.run(_async_turns(bench, 150))


def _parts(engine: MemoryEngine, texts: Sequence[str], length: int) -> Callable[[int], None]:
    """Return the engine's own calls of a turn: recall, and each message stored."""

    def run(number: int) -> None:
        session = f"parts{number // length}"
        engine.recall(texts[number], user_id=USER, k=20)
        for message in (Message("user", texts[number]), Message("assistant", ANSWER)):
            engine.observe(message, user_id=USER, session_id=session, extract=False)

    return run


def _sync_turns(bench: Bench, count: int, length: int, learning: Any) -> None:
    first, second, third = bench.texts(count), bench.texts(count), bench.texts(count)
    with bench.engine(learning=learning) as engine:
        alone = agent_of(FakeChatModel())
        remembering = agent_of(FakeChatModel(), HarmoniaMiddleware(engine, user_id=USER))
        spent = timed(
            count,
            engine.flush,
            lambda i: alone.invoke(said(first[i]), thread(i, length)),
            lambda i: remembering.invoke(said(second[i]), thread(i, length)),
            _parts(engine, third, length),
        )
    name = "invoke" if length == TURNS else f"invoke, a thread of {length} turns, its last half"
    last = slice(count // 2 if length > TURNS else length, None)
    judged = None if learning == "manual" else True
    label = name + (", learning switched off" if judged is None else "")
    _turn_row(bench, label, [Spent(s.wall[last], s.cpu[last]) for s in spent], judged)


async def _async_turns(bench: Bench, count: int) -> None:
    first, second, third = bench.texts(count), bench.texts(count), bench.texts(count)
    with bench.engine() as engine:
        alone = agent_of(FakeChatModel())
        remembering = agent_of(FakeChatModel(), HarmoniaMiddleware(engine, user_id=USER))
        parts = _parts(engine, third, TURNS)
        spent = [Spent([], []) for _ in range(3)]

        async def turn(kind: int, number: int) -> None:
            if kind == 2:
                parts(number)
            else:
                agent, texts = ((alone, first), (remembering, second))[kind]
                await agent.ainvoke(said(texts[number]), thread(number))

        for number in range(count):
            for place in range(3):
                kind = (number + place) % 3
                engine.flush()
                cpu, wall = time.process_time(), time.perf_counter()
                await turn(kind, number)
                spent[kind].wall.append(time.perf_counter() - wall)
                spent[kind].cpu.append(time.process_time() - cpu)
    _turn_row(bench, "ainvoke", [Spent(s.wall[TURNS:], s.cpu[TURNS:]) for s in spent], True)


def _turn_row(bench: Bench, name: str, spent: Sequence[Spent], judged: bool | None) -> None:
    bare, whole, parts = spent
    added = _ms(whole.wall) - _ms(bare.wall)
    bound = _ms(parts.wall) + ALLOWED
    beyond, cpu = (_beyond(*(getattr(s, kind) for s in spent)) for kind in ("wall", "cpu"))
    bench.row(
        f"{name}: added to a turn", f"p50 ≤ recall + 2 observe + {ALLOWED:g} = {bound:.1f} ms",
        f"{added:.1f} ms (by rounds {beyond:+.1f} ms beyond the parts; CPU {cpu:+.1f})",
        judged and added <= bound,
        f"parts {_ms(parts.wall):.1f}, turn without {_ms(bare.wall):.1f} ms",
    )  # fmt: skip


# -- tokens -------------------------------------------------------------------------------------


def tokens(bench: Bench) -> None:
    """The time until the first token of a streamed answer."""
    asyncio.run(_tokens(bench, 120))


async def _tokens(bench: Bench, count: int) -> None:
    texts = [bench.texts(count) for _ in range(3)]
    spent: list[list[float]] = [[], [], []]
    with bench.engine() as engine:
        alone = agent_of(StreamingModel())
        remembering = agent_of(StreamingModel(), HarmoniaMiddleware(engine, user_id=USER))
        for number in range(count):
            for place in range(3):
                kind = (number + place) % 3
                engine.flush()
                text, begun = texts[kind][number], time.perf_counter()
                if kind == 2:
                    engine.recall(text, user_id=USER, k=20)
                    spent[kind].append(time.perf_counter() - begun)
                    continue
                agent, first = (alone, remembering)[kind], None
                stream = agent.astream(said(text), thread(number), stream_mode="messages")
                async for _ in stream:
                    first = first or time.perf_counter()
                assert first is not None
                spent[kind].append(first - begun)
    bare, whole, parts = (taken[TURNS:] for taken in spent)
    bound = _ms(parts) + ALLOWED
    bench.row(
        "astream: first token later by", f"p50 ≤ recall + {ALLOWED:g} = {bound:.1f} ms",
        f"{_ms(whole) - _ms(bare):.1f} ms (by rounds {_beyond(bare, whole, parts):+.1f} beyond it)",
        _ms(whole) - _ms(bare) <= bound,
        f"recall {_ms(parts):.1f}, first token without {_ms(bare):.1f} ms",
    )  # fmt: skip


# -- the event loop -----------------------------------------------------------------------------


class Ticking:
    """A task that looks how long the loop keeps it waiting beyond what it sleeps."""

    PAUSE = 0.001

    def __init__(self) -> None:
        self.late: list[float] = []
        self.busy: list[float] = []
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Ticking:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *exception: object) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _tick(self) -> None:
        while True:
            cpu, wall = time.thread_time(), time.perf_counter()
            await asyncio.sleep(self.PAUSE)
            self.late.append(time.perf_counter() - wall - self.PAUSE)
            self.busy.append(time.thread_time() - cpu)


def loop(bench: Bench) -> None:
    """How long the event loop stands still, by a task that ticks each millisecond."""
    asyncio.run(_loop(bench, 100))


async def _loop(bench: Bench, count: int) -> None:
    texts = bench.texts(count)
    longest: dict[str, list[tuple[float, float]]] = {}
    with bench.engine() as engine, bench.engine(learning="manual") as unlearned:
        agents = {
            "with memory": agent_of(FakeChatModel(), HarmoniaMiddleware(engine, user_id=USER)),
            "learning off": agent_of(FakeChatModel(), HarmoniaMiddleware(unlearned, user_id=USER)),
            "without": agent_of(FakeChatModel()),
        }
        for number, text in enumerate(texts):
            for kind in (*agents, "idle loop"):
                async with Ticking() as ticking:
                    if kind in agents:
                        await agents[kind].ainvoke(said(text), thread(number))
                    else:
                        await asyncio.sleep(0.03)
                found = (max(ticking.late), max(ticking.busy))
                longest.setdefault(kind, []).append(found)
                await asyncio.to_thread(engine.flush)
    for what, which in (("as a ticking task sees it", 0), ("CPU of its thread", 1)):
        told: list[str] = []
        for kind, found in longest.items():
            blocks = [pair[which] for pair in found]
            over = 100 * sum(1000 * block > BLOCK for block in blocks) / count
            told.append(
                f"{kind} {_high(blocks, 1):.1f}, p50 {_ms(blocks):.1f}, {over:.0f} % > {BLOCK:g}"
            )
        most = _high([pair[which] for pair in longest["with memory"]], 1)
        bench.row(
            f"ainvoke: longest block of the loop, {what}", f"≤ {BLOCK:g} ms", told[0],
            most <= BLOCK, "; ".join(told[1:]),
        )  # fmt: skip


# -- many sessions ------------------------------------------------------------------------------


def sessions(bench: Bench) -> None:
    """Two hundred users at once, two turns each; then whether all is there, once, uncrossed."""
    asyncio.run(_sessions(bench))


def _facts(number: int) -> tuple[str, str]:
    return f"I live in Town{number}", f"My dog is called Rex{number}"


async def _sessions(bench: Bench) -> None:
    folder = bench.folder / "many"
    async with AsyncMemoryEngine(folder, embedder=bench.model) as engine:
        agent = agent_of(EchoModel(), HarmoniaMiddleware(engine))

        async def talk(number: int) -> None:
            who = {"configurable": {"thread_id": f"t{number}", "user_id": f"u{number}"}}
            for text in _facts(number):
                await agent.ainvoke(said(text), who)

        begun = time.perf_counter()
        await asyncio.gather(*(talk(number) for number in range(SESSIONS)))
        taken = time.perf_counter() - begun
        await engine.flush()
        learned = time.perf_counter() - begun
        right = 0
        for number in range(SESSIONS):
            user, facts = f"u{number}", _facts(number)
            log = await engine.messages(user_id=user, session_id=f"t{number}")
            wanted = [said for text in facts for said in (text, f"heard: {text}")]
            memories = await engine.memories(user_id=user)
            once = [memory.mentions for memory in memories] == [1] * len(facts)
            own = all(str(number) in memory.content for memory in memories)
            right += [message.content for message in log] == wanted and once and own
        users = [user async for user in engine.users()]
    spent = await _bare_sessions(bench)
    bench.row(
        f"{SESSIONS} sessions at once, {2 * SESSIONS} turns",
        "all stored, learned once, none crossed",
        f"{right} of {SESSIONS} right, {len(users)} users; {2 * SESSIONS / taken:.0f} turns/s, "
        f"all learned after {learned:.1f} s",
        right == len(users) == SESSIONS,
        f"the engine's calls alone {2 * SESSIONS / spent:.0f} turns/s",
    )  # fmt: skip


async def _bare_sessions(bench: Bench) -> float:
    """Return the seconds for recalling and storing the same without an agent."""
    async with AsyncMemoryEngine(bench.folder / "many-bare", embedder=bench.model) as engine:

        async def talk(number: int) -> None:
            who = {"user_id": f"u{number}", "session_id": f"t{number}"}
            for text in _facts(number):
                await engine.recall(text, user_id=who["user_id"], k=20)
                for message in (Message("user", text), Message("assistant", f"heard: {text}")):
                    await engine.observe(message, **who, extract=False)

        begun = time.perf_counter()
        await asyncio.gather(*(talk(number) for number in range(SESSIONS)))
        return time.perf_counter() - begun


# -- the table ----------------------------------------------------------------------------------

SECTIONS: dict[str, Callable[[Bench], None]] = {
    "turns": turns,
    "tokens": tokens,
    "loop": loop,
    "sessions": sessions,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sections and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [*SECTIONS, "peers"]
    parser.add_argument("--only", nargs="+", default=[""], metavar="NAME", help=", ".join(names))
    given = parser.parse_args(arguments)
    chosen = [name for name in names if any(name.startswith(only) for only in given.only)]
    logging.disable(logging.WARNING)
    begun = time.perf_counter()
    print(f"# Memory in agents of LangChain\n\n{versions()}\n")
    print("| what | reach | got | met | limit, same run |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        bench = Bench(Path(folder))
        for name in chosen:
            if name in SECTIONS:
                SECTIONS[name](bench)
        if "peers" in chosen:
            print(f"\n{peers(bench.folder, bench.model)}")
    judged = [line.met for line in bench.lines if line.met is not None]
    print(f"\n{sum(judged)} of {len(judged)} met; took {time.perf_counter() - begun:.0f} s.")


if __name__ == "__main__":
    main()
