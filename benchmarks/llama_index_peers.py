"""Other memories of LlamaIndex in the same chat engine: what a turn costs with each.

All get the same texts and the same embedding model; none asks a language model, but for
llama-index-memory-mem0, which does so for each message: it gets one that answers at once, each
time with one new fact.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms.mock import MockFunctionCallingLLM
from llama_index.core.memory import BaseMemory, ChatMemoryBuffer, Memory
from peers import LlamaIndex, Mem0Embedding, mem0_config
from speed import _ms
from workload import sentences

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.llama_index import HarmoniaChatStore, HarmoniaMemory, HarmoniaMemoryBlock
from harmonia_plugins.ports import Embedder

USER = "user"
BEFORE = 300
"""Texts that are in each memory beforehand."""
TURNS = 60
HITS = 10


class Compared:
    """One memory in a chat engine."""

    def __init__(
        self,
        name: str,
        durable: str,
        memory: BaseMemory,
        fill: Callable[[str], Awaitable[Any]],
    ) -> None:
        self.name, self.durable, self.fill = name, durable, fill
        llm = MockFunctionCallingLLM(
            response_generator=lambda *_, **__: ChatMessage(role="assistant", content="I see."),
            is_chat_model=True,
        )
        self.chat = SimpleChatEngine.from_defaults(llm=llm, memory=memory)


async def nothing(text: str) -> None:
    """Know nothing beforehand."""


def storing(engine: MemoryEngine) -> Callable[[str], Awaitable[Any]]:
    async def store(text: str) -> None:
        engine.observe(Message("user", text), user_id=USER, session_id="before", extract=False)

    return store


def _buffer(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    yield Compared("`ChatMemoryBuffer`, no recall", "no", ChatMemoryBuffer.from_defaults(), nothing)


def _stock(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    yield Compared("`Memory` as it comes, no recall", "no", Memory.from_defaults(), nothing)


def _stock_on_file(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    uri = f"sqlite+aiosqlite:///{folder / 'log.db'}"
    memory = Memory.from_defaults(async_database_uri=uri)
    yield Compared("`Memory` on a SQLite file, no recall", "yes", memory, nothing)


def _vector_block(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    peer = LlamaIndex(folder, embedder)  # pyright: ignore[reportArgumentType]
    block = peer._block
    memory = Memory.from_defaults(memory_blocks=[block])

    async def store(text: str) -> None:
        await block.aput([ChatMessage(role="user", content=text)], session_id=memory.session_id)

    yield Compared(
        "`Memory` with `VectorMemoryBlock`: recall, nothing stored in the block", "no", memory,
        store,
    )  # fmt: skip
    peer.close()


def _ours(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    with MemoryEngine(folder, embedder=embedder) as engine:
        memory = HarmoniaMemory(engine=engine, user_id=USER, k=HITS)
        yield Compared(
            "`HarmoniaMemory`: recall, both messages stored and learned", "yes, synced", memory,
            storing(engine),
        )  # fmt: skip


def _our_parts(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    with MemoryEngine(folder, embedder=embedder) as engine:
        memory = Memory.from_defaults(
            chat_store=HarmoniaChatStore(engine, user_id=USER),
            memory_blocks=[HarmoniaMemoryBlock(engine, user_id=USER, k=HITS)],
        )
        yield Compared(
            "`Memory` with `HarmoniaChatStore` and `HarmoniaMemoryBlock`", "yes, synced", memory,
            storing(engine),
        )  # fmt: skip


class FakeExtractor:
    """The language model of mem0: knows of one new fact for each message, at once."""

    def __init__(self) -> None:
        self._facts = iter(sentences(BEFORE + 2 * TURNS, seed=47))

    def generate_response(self, *_: Any, **__: Any) -> str:
        return json.dumps({"memory": [{"id": "0", "text": next(self._facts)}]})


def _mem0(folder: Path, embedder: Embedder) -> Iterator[Compared]:
    config = mem0_config(folder, embedder.dimension)
    from llama_index.memory.mem0 import Mem0Memory

    memory = Mem0Memory.from_config(context={"user_id": USER}, config=config)
    client: Any = memory._client
    client.llm, client.embedding_model = FakeExtractor(), Mem0Embedding(embedder)

    async def store(text: str) -> None:
        client.add([{"role": "user", "content": text}], user_id=USER, infer=False)

    yield Compared(
        "llama-index-memory-mem0, local Qdrant: search, two facts stored",
        "memories by SQLite, the log no", memory, store,
    )  # fmt: skip
    known = client.get_all(filters={"user_id": USER}, top_k=BEFORE + 2 * TURNS)["results"]
    assert len(known) == BEFORE + 2 * TURNS, "mem0 did not keep what it was told"


KINDS: dict[str, Callable[[Path, Embedder], Iterator[Compared]]] = {
    "buffer": _buffer, "stock": _stock, "stock on file": _stock_on_file,
    "VectorMemoryBlock": _vector_block, "HarmoniaMemory": _ours, "parts": _our_parts,
    "llama-index-memory-mem0": _mem0,
}  # fmt: skip


async def peers(folder: Path, embedder: Embedder) -> str:
    """Return a table of what a turn costs with each memory."""
    opened: list[Iterator[Compared]] = []
    found: list[Compared] = []
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
    texts = iter(sentences(BEFORE + TURNS * len(found), seed=43))
    for text in [next(texts) for _ in range(BEFORE)]:
        for one in found:
            await one.fill(text)
    wall, cpu = await _timed(found, texts)
    for making in opened:
        next(making, None)
    rows = [
        f"| {one.name} | {_ms(taken):.1f} | {_ms(taken) - _ms(wall[0]):+.1f} | {_ms(used):.1f} "
        f"| {one.durable} |"
        for one, taken, used in zip(found, wall, cpu, strict=True)
    ]
    return "\n".join(
        [
            f"`SimpleChatEngine.achat`, {BEFORE} texts beforehand, {TURNS} turns each by turns.\n",
            "| memory | turn p50, ms | added | CPU | log and memories durable |",
            "|---|---|---|---|---|", *rows, *missing,
        ]
    )  # fmt: skip


async def _timed(
    found: Sequence[Compared], texts: Iterator[str]
) -> tuple[list[list[float]], list[list[float]]]:
    wall: list[list[float]] = [[] for _ in found]
    cpu: list[list[float]] = [[] for _ in found]
    for number in range(TURNS):
        for place in range(len(found)):
            which = (number + place) % len(found)
            text = next(texts)
            used, begun = time.process_time(), time.perf_counter()
            await found[which].chat.achat(text)
            wall[which].append(time.perf_counter() - begun)
            cpu[which].append(time.process_time() - used)
            await asyncio.sleep(0.05)  # what goes on in the background is not the next one's
    return wall, cpu
