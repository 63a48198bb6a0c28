"""What users write; a strict type checker must accept it. Nothing here is run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins import (
    AsyncMemoryEngine,
    Change,
    ChangeSet,
    Embedder,
    FieldChange,
    Forgotten,
    HarmoniaError,
    Health,
    Item,
    ItemStore,
    Memory,
    MemoryEngine,
    MemoryType,
    Message,
    Page,
    Purged,
    Recall,
    Revision,
    Session,
    Settings,
    Stats,
)
from harmonia_plugins.testing import FrozenClock, HashEmbedder


class Lengths:
    """An embedder of one's own."""

    @property
    def fingerprint(self) -> str:
        return "lengths-1"

    @property
    def dimension(self) -> int:
        return 2

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.array([[len(text), 1] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def by_length(texts: Sequence[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0] for text in texts]


own: Embedder = Lengths()
fake: Embedder = HashEmbedder()


def opening() -> None:
    MemoryEngine("memory", embedder=Lengths()).close()
    MemoryEngine("memory", embedder=by_length, settings={"recency_weight": 0.2}).close()
    MemoryEngine("memory", settings=Settings(embed_batch=8), clock=FrozenClock()).close()
    MemoryEngine("memory", embedder="ollama:nomic-embed-text", learning="manual").close()


def writing(engine: MemoryEngine) -> None:
    message = Message("user", "hello", name="Ada", id="m1", created_at=datetime.now(UTC))
    stored: ChangeSet = engine.observe(message, user_id="ada")
    engine.observe([message], user_id="ada", session_id="s", extract=False, timezone="Europe/Paris")
    told = engine.remember("Ada likes tea", user_id="ada", type=MemoryType.PREFERENCE, tags=["tea"])
    change: Change = told.changes[0]
    memory: Memory | None = change.after
    if memory is not None:
        engine.update(memory.id, user_id="ada", confidence=0.5)
        engine.archive(memory.id, user_id="ada")
        engine.revert(memory.id, user_id="ada", revision=1)
        gone: Forgotten = engine.forget(user_id="ada", id=memory.id, sources=True)
        print(gone.memories, gone.messages)
    purged: Purged = engine.purge()
    print(stored.message_ids, purged.records)
    count: int = engine.delete_messages(["m1"], user_id="ada")
    count += engine.set_message_status(None, status="archived", user_id="ada")
    engine.replace_messages([message], user_id="ada")


def reading(engine: MemoryEngine) -> None:
    hits: list[Recall] = engine.recall("tea?", user_id="ada", k=3, mode="keyword")
    for hit in hits:
        text: str = hit.text
        print(hit.score + 1.0, text, hit.channels["dense"].rank)
    many: list[list[Recall]] = engine.recall_many(["tea", "milk"], user_id="ada", k=2)
    block: str = engine.context("tea?", user_id="ada", token_budget=500, token_counter=len)
    page: Page[Memory] = engine.memories(user_id="ada", sort="importance", limit=5)
    first: Memory = page[0]
    history: list[Revision] = engine.history(first.id, user_id="ada")
    fields: tuple[FieldChange, ...] = engine.diff(first.id, user_id="ada")
    feed: Page[Revision] = engine.changes(user_id="ada", after=page.next_cursor)
    log: list[Message] = engine.messages(user_id="ada", session_id="s")
    sessions: list[Session] = engine.sessions(user_id="ada")
    vectors: NDArray[np.float32] = engine.embed(["tea"])
    health: Health = engine.health()
    stats: Stats = engine.stats(user_id="ada")
    users: list[str] = list(engine.users())
    print(many, block, history, fields, feed, log, sessions, vectors, health, stats, users)
    print(Message.from_dict(log[0].to_dict()).content)


def items(engine: MemoryEngine) -> None:
    store: ItemStore = engine.items(user_id="ada")
    store.put(("notes", "work"), "one", {"title": "Plan"}, ttl=60)
    item: Item | None = store.get(("notes", "work"), "one")
    found: list[Item] = store.search(("notes",), query="plan", filter={"title": "Plan"})
    print(item, found, store.namespaces(), store.sweep())


async def asynchronous() -> None:
    async with AsyncMemoryEngine("memory", embedder=by_length) as engine:
        stored: ChangeSet = await engine.observe(Message("user", "hello"), user_id="ada")
        hits, page = await asyncio.gather(
            engine.recall("hello", user_id="ada", k=1), engine.memories(user_id="ada")
        )
        top: Recall = hits[0]
        memory: Memory = page.entries[0]
        print(stored.status, top.score, memory.content)
        async for user in engine.users():
            print(user.upper())
    opened = await AsyncMemoryEngine.open("memory")
    await opened.close()


def failing() -> None:
    try:
        opening()
    except HarmoniaError as error:
        print(error)
