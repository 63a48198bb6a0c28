"""Memory of other packages in the same agent: what a turn that searches and saves costs with each.

Each is used as its own documentation does in LangChain: tools that the model calls, or calls
around the model. All get the same texts and the same embedding model, none asks a language model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from peers import Mem0Embedding, mem0_config
from speed import _ms
from workload import sentences

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.langchain import HarmoniaMiddleware, HarmoniaStore, create_memory_tools
from harmonia_plugins.ports import Embedder

USER = "user"
BEFORE = 300
"""Texts that are in each memory beforehand."""
TURNS = 60
HITS = 10


class CallingModel(BaseChatModel):
    """Calls the given tools one after another with the user's words, then answers."""

    calls: Sequence[Callable[[str], tuple[str, dict[str, Any]]]] = ()

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        place = next(n for n in range(len(messages), 0, -1) if messages[n - 1].type == "human")
        done = sum(isinstance(message, ToolMessage) for message in messages[place:])
        answer = AIMessage("I see.")
        if done < len(self.calls):
            name, arguments = self.calls[done](messages[place - 1].text)
            asked = {"name": name, "args": arguments, "id": f"call{done}"}
            answer = AIMessage("", tool_calls=[asked])
        return ChatResult(generations=[ChatGeneration(message=answer)])


class Peer:
    """One memory in an agent."""

    def __init__(self, name: str, durable: str, agent: Any, fill: Callable[[str], Any]) -> None:
        self.name, self.durable, self.agent, self.fill = name, durable, agent, fill


@tool
def look_up(query: str) -> str:
    """Find nothing."""
    return "nothing"


@tool
def note(content: str) -> str:
    """Keep nothing."""
    return "done"


def _calling(search: str, save: str, more: dict[str, Any] | None = None) -> CallingModel:
    return CallingModel(
        calls=(
            lambda text: (search, {"query": text}),
            lambda text: (save, {"content": text, **(more or {})}),
        )
    )


def _no_memory(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    yield Peer("no memory", "", create_agent(CallingModel()), lambda _: None)


def _idle_tools(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    agent = create_agent(_calling("look_up", "note"), [look_up, note])
    yield Peer("two tools that do nothing", "", agent, lambda _: None)


def _ours(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    with MemoryEngine(folder / "middleware", embedder=embedder) as engine:
        agent = create_agent(
            CallingModel(), middleware=[HarmoniaMiddleware(engine, user_id=USER, k=HITS)]
        )
        yield Peer(
            "`HarmoniaMiddleware`: recall, both messages stored", "yes, synced", agent,
            lambda text: engine.observe(Message("user", text), user_id=USER, extract=False),
        )  # fmt: skip


def _our_tools(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    with MemoryEngine(folder / "tools", embedder=embedder) as engine:
        tools = create_memory_tools(engine, user_id=USER)
        agent = create_agent(_calling("search_memory", "save_memory"), tools)
        yield Peer(
            "our memory tools, search + save", "yes, synced", agent,
            lambda text: engine.observe(Message("user", text), user_id=USER, extract=False),
        )  # fmt: skip


def _langmem(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    from langgraph.store.memory import InMemoryStore

    store = InMemoryStore(
        index={
            "dims": embedder.dimension,
            "embed": lambda texts: embedder.embed(list(texts)).tolist(),
        }
    )
    yield _over(store, "langmem's tools over InMemoryStore", "no")


def _langmem_on_ours(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    with MemoryEngine(folder / "store", embedder=embedder) as engine:
        store = HarmoniaStore(engine, user_id=USER)
        yield _over(store, "langmem's tools over `HarmoniaStore`", "yes, synced")


def _over(store: Any, name: str, durable: str) -> Peer:
    from langmem import create_manage_memory_tool, create_search_memory_tool

    space = ("memories", USER)
    tools = [create_manage_memory_tool(space), create_search_memory_tool(space)]
    model = _calling("search_memory", "manage_memory", {"action": "create"})
    agent = create_agent(model, tools, store=store)
    return Peer(
        f"{name}, search + manage", durable, agent,
        lambda text: store.put(space, str(hash(text)), {"content": text}),
    )  # fmt: skip


def _mem0(folder: Path, embedder: Embedder) -> Iterator[Peer]:
    config = mem0_config(folder, embedder.dimension)
    from mem0 import Memory

    memory = Memory.from_config(config)
    memory.embedding_model = Mem0Embedding(embedder)

    class Around(AgentMiddleware[Any, Any]):
        """The calls its guides make around a model."""

        def before_agent(self, state: Any, runtime: Any) -> None:
            asked = state["messages"][-1].text
            memory.search(asked, filters={"user_id": USER}, top_k=HITS, threshold=0.0)

        def after_agent(self, state: Any, runtime: Any) -> None:
            asked, answered = (message.text for message in state["messages"][-2:])
            turn = [
                {"role": "user", "content": asked}, {"role": "assistant", "content": answered},
            ]  # fmt: skip
            memory.add(turn, user_id=USER, infer=False)

    yield Peer(
        "mem0, search + add(infer=False), local Qdrant", "yes, by SQLite",
        create_agent(CallingModel(), middleware=[Around()]),
        lambda text: memory.add(
            [{"role": "user", "content": text}], user_id=USER, infer=False
        ),
    )  # fmt: skip


KINDS = {
    "none": _no_memory, "idle": _idle_tools, "HarmoniaMiddleware": _ours, "tools": _our_tools,
    "langmem": _langmem, "langmem over HarmoniaStore": _langmem_on_ours, "mem0": _mem0,
}  # fmt: skip


def peers(folder: Path, embedder: Embedder) -> str:
    """Return a table of what each memory adds to a turn."""
    opened: list[Iterator[Peer]] = []
    found: list[Peer] = []
    missing: list[str] = []
    for name, kind in KINDS.items():
        home = folder / f"peer-{kind.__name__}"
        home.mkdir()
        making = kind(home, embedder)
        try:
            found.append(next(making))
            opened.append(making)
        except ImportError as error:
            missing.append(f"| {name} | not installed ({error.name}) | | | |")
    texts = iter(sentences(BEFORE + TURNS * len(found), seed=41))
    for text in [next(texts) for _ in range(BEFORE)]:
        for peer in found:
            peer.fill(text)
    wall: list[list[float]] = [[] for _ in found]
    cpu: list[list[float]] = [[] for _ in found]
    for number in range(TURNS):
        for place in range(len(found)):
            which = (number + place) % len(found)
            text = next(texts)
            used, begun = time.process_time(), time.perf_counter()
            found[which].agent.invoke({"messages": [("user", text)]})
            wall[which].append(time.perf_counter() - begun)
            cpu[which].append(time.process_time() - used)
            time.sleep(0.05)  # what goes on in the background is not the next one's
    for making in opened:
        next(making, None)
    rows = [
        f"| {peer.name} | {_ms(taken):.1f} | {_ms(taken) - _ms(wall[0]):+.1f} | {_ms(used):.1f} "
        f"| {peer.durable} |"
        for peer, taken, used in zip(found, wall, cpu, strict=True)
    ]
    return "\n".join(
        [
            f"{BEFORE} texts beforehand, {TURNS} turns each by turns; the model asks for tools "
            "where memory is in tools.\n",
            "| agent with | turn p50, ms | added | CPU | durable |\n|---|---|---|---|---|",
            *rows, *missing,
        ]
    )  # fmt: skip
