"""The same small work through other memories, where they are installed, in the same run.

    pip install -e .[bench]
    python benchmarks/peers.py

Every peer gets the same texts and the same vectors from the same embedder. First all of them are
at hand, so what is measured is what each does beside embedding: storing in batches, and recalling
ten hits. Then further batches run the model, as they would in an application.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from speed import versions
from workload import Prepared, alternating, blocks, questions, sentences

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.ports import Embedder
from harmonia_plugins.providers.embedded import EmbeddedEmbedder

BATCH = 100
LIVE = 400
"""Texts that are embedded while they are stored."""
HITS = 10


class Peer:
    """One memory: opened in a folder, stores a batch of texts, recalls."""

    name = ""
    durable = ""

    def __init__(self, folder: Path, embedder: Prepared) -> None:
        raise NotImplementedError

    def store(self, texts: Sequence[str]) -> None:
        """Store a batch."""
        raise NotImplementedError

    def ready(self) -> None:
        """Do what must happen between storing and searching."""

    def recall(self, query: str) -> int:
        """Search, and return the number of hits."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of files."""


class Harmonia(Peer):
    name, durable = "harmonia-plugins", "yes, synced before each call returns"

    def __init__(self, folder: Path, embedder: Prepared) -> None:
        self._engine = MemoryEngine(folder, embedder=embedder)

    def store(self, texts: Sequence[str]) -> None:
        given = [Message("user", text) for text in texts]
        self._engine.observe(given, user_id="user", extract=False)

    def recall(self, query: str) -> int:
        return len(self._engine.recall(query, user_id="user", k=HITS))

    def close(self) -> None:
        self._engine.close()


class LangGraph(Peer):
    name, durable = "LangGraph InMemoryStore", "no"

    def __init__(self, folder: Path, embedder: Prepared) -> None:
        from langgraph.store.base import PutOp
        from langgraph.store.memory import InMemoryStore

        self._put = PutOp
        self._store = InMemoryStore(
            index={
                "dims": embedder.dimension,
                "embed": lambda texts: embedder.embed(list(texts)).tolist(),
                "fields": ["text"],
            }
        )
        self._count = 0

    def store(self, texts: Sequence[str]) -> None:
        first = self._count
        self._count += len(texts)
        self._store.batch(
            [
                self._put(("user",), str(first + number), {"text": text})
                for number, text in enumerate(texts)
            ]
        )

    def recall(self, query: str) -> int:
        return len(self._store.search(("user",), query=query, limit=HITS))


class LlamaIndex(Peer):
    name, durable = "LlamaIndex VectorMemoryBlock", "no, until its store is saved by hand"

    def __init__(self, folder: Path, embedder: Prepared) -> None:
        from llama_index.core.base.llms.types import ChatMessage
        from llama_index.core.bridge.pydantic import Field
        from llama_index.core.embeddings import BaseEmbedding
        from llama_index.core.memory import VectorMemoryBlock
        from llama_index.core.vector_stores import SimpleVectorStore

        class Embedding(BaseEmbedding):
            """The prepared vectors; the block embeds a message with its role around it."""

            def _get_text_embedding(self, text: str) -> list[float]:
                plain = text.removeprefix("<message role='user'>").removesuffix("</message>")
                return embedder.embed([plain])[0].tolist()

            def _get_query_embedding(self, query: str) -> list[float]:
                return embedder.embed([query])[0].tolist()

            async def _aget_query_embedding(self, query: str) -> list[float]:
                return self._get_query_embedding(query)

        class Store(SimpleVectorStore):
            """`SimpleVectorStore` with the nodes beside it, which the block asks for."""

            stores_text: bool = True
            nodes: dict[str, Any] = Field(default_factory=dict)

            async def async_add(self, nodes: Any, **more: Any) -> Any:
                self.nodes.update({node.node_id: node for node in nodes})
                return self.add(nodes)

            async def aquery(self, query: Any, **more: Any) -> Any:
                found = self.query(query)
                found.nodes = [self.nodes[name] for name in found.ids or []]
                return found

        self._message = ChatMessage
        self._block = VectorMemoryBlock(
            vector_store=Store(), embed_model=Embedding(), similarity_top_k=HITS
        )
        self._loop = asyncio.new_event_loop()

    def store(self, texts: Sequence[str]) -> None:
        async def put() -> None:
            for text in texts:  # a batch would become one node
                await self._block.aput([self._message(role="user", content=text)])

        self._loop.run_until_complete(put())

    def recall(self, query: str) -> int:
        asked = [self._message(role="user", content=query)]
        return str(self._loop.run_until_complete(self._block.aget(asked))).count("<message ")

    def close(self) -> None:
        self._loop.close()


def mem0_config(folder: Path, dimension: int) -> dict[str, Any]:
    """Return mem0's configuration for files in a folder, and switch its telemetry off.

    To be called before mem0 is imported, which looks at the switch only then. The models are its
    defaults, on a network: replace `embedding_model`, and `llm` where it is asked.
    """
    os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(folder)}
    os.environ.setdefault("OPENAI_API_KEY", "unused")
    place = {"path": str(folder / "qdrant"), "on_disk": True, "embedding_model_dims": dimension}
    return {
        "vector_store": {"provider": "qdrant", "config": place},
        "history_db_path": str(folder / "history.db"),
    }


class Mem0(Peer):
    name, durable = "mem0, infer=False, local Qdrant", "yes, by SQLite"

    def __init__(self, folder: Path, embedder: Prepared) -> None:
        config = mem0_config(folder, embedder.dimension)
        from mem0 import Memory

        self._memory = Memory.from_config(config)
        self._memory.embedding_model = Mem0Embedding(embedder)

    def store(self, texts: Sequence[str]) -> None:
        messages = [{"role": "user", "content": text} for text in texts]
        self._memory.add(messages, user_id="user", infer=False)

    def recall(self, query: str) -> int:
        found = self._memory.search(query, filters={"user_id": "user"}, top_k=HITS, threshold=0.0)
        return len(found["results"])


class Mem0Embedding:
    """An embedder of ours as mem0 asks its own."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed(self, text: str, memory_action: Any = None) -> list[float]:
        return self.embed_batch([text])[0]

    def embed_batch(self, texts: Sequence[str], memory_action: Any = None) -> list[list[float]]:
        return [vector.tolist() for vector in self._embedder.embed(list(texts))]


class Lance(Peer):
    name, durable = "LanceDB hybrid search", "yes, not synced"

    def __init__(self, folder: Path, embedder: Prepared) -> None:
        import lancedb
        import pyarrow as pa

        self._embedder = embedder
        shape = pa.schema(
            [("text", pa.string()), ("vector", pa.list_(pa.float32(), embedder.dimension))]
        )
        self._table = lancedb.connect(str(folder)).create_table("memory", schema=shape)

    def store(self, texts: Sequence[str]) -> None:
        vectors = self._embedder.embed(texts)
        self._table.add(
            [{"text": text, "vector": vector} for text, vector in zip(texts, vectors, strict=True)]
        )

    def ready(self) -> None:
        from lancedb.index import FTS

        self._table.create_index("text", config=FTS())
        self._table.optimize()

    def recall(self, query: str) -> int:
        vector = self._embedder.embed([query])[0]
        search = self._table.search(query_type="hybrid").vector(vector).text(query)
        return len(search.limit(HITS).to_list())


PEERS: tuple[type[Peer], ...] = (Harmonia, LangGraph, LlamaIndex, Mem0, Lance)


def run(count: int, asked: int, folder: Path) -> list[tuple[str, ...]]:
    """Store and ask through every peer; return a row for each."""
    texts, queries = sentences(count + LIVE, seed=21), questions(asked, seed=22)
    known, live = texts[:count], texts[count:]
    model = EmbeddedEmbedder()
    prepared = Prepared(model)
    prepared.prepare([*known, *queries], model.embed([*known, *queries]))
    peers: list[Peer] = []
    missing: list[type[Peer]] = []
    for kind in PEERS:
        home = folder / kind.__name__
        home.mkdir()
        try:
            peers.append(kind(home, prepared))
        except ImportError:
            missing.append(kind)
    stored = _store(peers, known)
    for peer, spent in zip(peers, stored, strict=True):
        begun = time.perf_counter()
        peer.ready()
        spent.append(time.perf_counter() - begun)
        assert peer.recall(queries[0]) == HITS, peer.name
    # Twice over: the first time, an engine keeps the queries' vectors, as every peer has them.
    for _ in range(2):
        recalled = alternating(asked, *[_asking(peer, queries) for peer in peers])
    embedded = _store(peers, live)
    for peer in peers:
        peer.close()
    rows: list[tuple[str, ...]] = [
        (
            peer.name, f"{count / sum(spent):,.0f}", f"{LIVE / sum(whole):,.0f}",
            f"{1000 * statistics.median(taken):.2f}", peer.durable,
        )
        for peer, spent, whole, taken in zip(peers, stored, embedded, recalled, strict=True)
    ]  # fmt: skip
    return rows + [(kind.name, "not installed", "", "", kind.durable) for kind in missing]


def _store(peers: Sequence[Peer], texts: Sequence[str]) -> list[list[float]]:
    parts = list(blocks(texts, BATCH))
    return alternating(len(parts), *[_storing(peer, parts) for peer in peers])


def _storing(peer: Peer, parts: Sequence[Sequence[str]]) -> Callable[[int], None]:
    return lambda number: peer.store(parts[number])


def _asking(peer: Peer, queries: Sequence[str]) -> Callable[[int], int]:
    return lambda number: peer.recall(queries[number])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--queries", type=int, default=100)
    given = parser.parse_args(arguments)
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        rows = run(given.messages, given.queries, Path(folder))
    print(f"# The same work through others: {given.messages} messages, {given.queries} queries\n")
    print(f"{versions()}\n\nBatches of {BATCH}; {HITS} hits; queries' vectors at hand.\n")
    print(
        "| | stored per s, vectors at hand | stored per s with the model | recall p50, ms "
        "| durable |\n|---|---|---|---|---|"
    )
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
