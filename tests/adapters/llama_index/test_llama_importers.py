"""Importers: everything comes over, once, however often one imports."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from llama_index.core.embeddings import MockEmbedding
from llama_index.core.memory import ChatMemoryBuffer, Memory, VectorMemoryBlock
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.storage.chat_store import SimpleChatStore
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore
from llama_index.core.vector_stores.types import BasePydanticVectorStore, VectorStoreQueryResult

from harmonia_plugins import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.llama_index import (
    HarmoniaBufferStore,
    HarmoniaChatStore,
    HarmoniaMemory,
    Imported,
    import_from_chat_store,
    import_from_memory,
    import_from_memory_block,
)

SAID = [
    ("user", "I have a dog called Biggie"), ("assistant", "Nice!"), ("user", "Yes"),
    ("assistant", "More?"), ("user", "Yes"),
]  # fmt: skip


class Nodes(BasePydanticVectorStore):
    """A vector store that can list its nodes."""

    stores_text: bool = True
    held: list[Any] = []

    @property
    def client(self) -> Any:
        return None

    def add(self, nodes: Any, **kwargs: Any) -> list[str]:
        self.held.extend(nodes)
        return [node.node_id for node in nodes]

    def delete(self, ref_doc_id: str, **kwargs: Any) -> None:
        raise NotImplementedError

    def query(self, query: Any, **kwargs: Any) -> VectorStoreQueryResult:
        return VectorStoreQueryResult(nodes=[], similarities=[], ids=[])

    def get_nodes(self, node_ids: Any = None, filters: Any = None) -> list[Any]:
        return list(self.held)


class Blind(Nodes):
    """A vector store that cannot."""

    def get_nodes(self, node_ids: Any = None, filters: Any = None) -> list[Any]:
        raise NotImplementedError


def block() -> VectorMemoryBlock:
    return VectorMemoryBlock(vector_store=Nodes(held=[]), embed_model=MockEmbedding(embed_dim=4))


@pytest.fixture
def stored(engine: MemoryEngine, user: str) -> Any:
    def read(session: str, status: Any = None) -> list[tuple[str, str]]:
        found = engine.messages(user_id=user, session_id=session, status=status)
        return [(message.role, message.content) for message in found]

    return read


def sql(tmp_path: Any) -> dict[str, str]:
    return {"async_database_uri": f"sqlite+aiosqlite:///{tmp_path / 'chat.db'}"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_memory_on_a_database(
    engine: MemoryEngine, user: str, stored: Any, say: Any, tmp_path: Any
) -> None:
    memory = Memory.from_defaults(
        session_id="s1", token_limit=14, token_flush_size=4, **sql(tmp_path)
    )
    memory.put_messages([say(*message) for message in SAID])
    archived = len(memory.get_all()) - len(memory.get())
    assert 0 < archived < len(SAID)  # it has archived some
    first = import_from_memory(memory, engine, user_id=user)
    assert first == Imported(messages=5)
    assert stored("s1") == SAID
    assert stored("s1", "archived") == SAID[: len(stored("s1", "archived"))] != []
    assert import_from_memory(memory, engine, user_id=user) == Imported(unchanged=5)
    memory.put(say("user", "Yes"))
    assert import_from_memory(memory, engine, user_id=user).messages == 1
    assert stored("s1") == [*SAID, ("user", "Yes")]
    engine.flush()
    assert "Biggie" in engine.recall("dog", user_id=user)[0].text
    ours = HarmoniaMemory.from_defaults(engine=engine, user_id=user, session_id="s1")
    assert [m.content for m in ours.get_all()] == [text for _, text in stored("s1")]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_on_an_event_loop_and_from_the_database_itself(
    engine: MemoryEngine, user: str, stored: Any, say: Any, tmp_path: Any
) -> None:
    for session in ("s1", "s2"):
        memory = Memory.from_defaults(session_id=session, **sql(tmp_path))
        await memory.aput_messages([say("user", f"This is {session}")])
    store = SQLAlchemyChatStore(
        table_name="llama_index_memory", async_database_uri=sql(tmp_path)["async_database_uri"]
    )
    done = await asyncio.to_thread(import_from_chat_store, store, engine, user_id=user)
    assert done == Imported(messages=2)
    assert stored("s2") == [("user", "This is s2")]
    assert import_from_chat_store(store, engine, user_id=user, keys=["s1"]).unchanged == 1


def test_an_older_memory(engine: MemoryEngine, user: str, stored: Any, say: Any) -> None:
    memory = ChatMemoryBuffer.from_defaults(chat_history=[say(*message) for message in SAID])
    assert import_from_memory(memory, engine, user_id=user).messages == 5
    assert stored("chat_history") == SAID


def test_a_simple_chat_store_and_its_file(
    engine: MemoryEngine, user: str, stored: Any, say: Any, tmp_path: Any
) -> None:
    store = SimpleChatStore()
    store.set_messages("s1", [say(*message) for message in SAID])
    store.set_messages("s2", [say("user", "Überraschung", additional_kwargs={"name": "Jo"})])
    # As `persist` writes it, which fails with some versions of pydantic; older ones wrote a text.
    data = {
        "store": {
            key: [m.model_dump(mode="json") for m in store.store[key]] for key in store.store
        },
        "class_name": "SimpleChatStore",
    }
    for name, written in (("new", data), ("old", json.dumps(data))):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(written))
        done = import_from_chat_store(file, engine, user_id=user)
        assert done == (Imported(messages=6) if name == "new" else Imported(unchanged=6))
    assert import_from_chat_store(store, engine, user_id=user) == Imported(unchanged=6)
    assert stored("s1") == SAID
    kept = HarmoniaMemory.from_defaults(engine=engine, user_id=user, session_id="s2").get_all()
    assert kept == store.get_messages("s2")


async def test_nodes_of_a_vector_memory_block(
    engine: MemoryEngine, user: str, stored: Any, say: Any
) -> None:
    held = block()
    await held.aput([say(*message) for message in SAID[:3]], session_id="s1")
    await held.aput([say(*message) for message in SAID[3:]], session_id="s1")
    odd = say("user", "line one\nline <b>two</b>", additional_kwargs={"mood": "fine"})
    await held.aput([odd.model_copy(deep=True)], session_id="s2")
    assert import_from_memory_block(held, engine, user_id=user) == Imported(messages=6)
    assert stored("s1", "archived") == SAID
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user, session_id="s2")
    assert memory.get_all() == [odd]
    nodes = [NodeWithScore(node=node, score=1.0) for node in held.vector_store.get_nodes()]
    assert import_from_memory_block(nodes, engine, user_id=user) == Imported(unchanged=6)


async def test_a_block_and_its_memory_are_one_conversation(
    engine: MemoryEngine, user: str, stored: Any, say: Any
) -> None:
    held, buffer = block(), ChatMemoryBuffer.from_defaults(token_limit=3000)
    await held.aput([say(*message) for message in SAID[:3]], session_id="chat_history")
    buffer.set([say(*message) for message in SAID])
    assert import_from_memory(buffer, engine, user_id=user).messages == 5
    assert import_from_memory_block(held, engine, user_id=user) == Imported(unchanged=3)
    assert stored("chat_history", "active") == SAID


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_an_interrupted_import_left_active_is_archived(
    engine: MemoryEngine, user: str, stored: Any, say: Any, tmp_path: Any
) -> None:
    memory = Memory.from_defaults(session_id="s1", **sql(tmp_path))
    memory.put_messages([say(*message) for message in SAID])
    import_from_memory(memory, engine, user_id=user)  # as if it ended before it archived
    asyncio.run(memory.sql_store.archive_oldest_messages("s1", 2))
    assert import_from_memory(memory, engine, user_id=user) == Imported(unchanged=5)
    assert stored("s1", "archived") == SAID[:2]
    assert stored("s1", "active") == SAID[2:]


def test_a_log_that_the_engine_keeps_is_not_doubled(
    engine: MemoryEngine, user: str, stored: Any, say: Any
) -> None:
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=user, session_id="s1")
    memory.put_messages([say(*message) for message in SAID])
    store = HarmoniaChatStore(engine=engine, user_id=user)
    old = ChatMemoryBuffer.from_defaults(
        token_limit=3000, chat_store_key="s1",
        chat_store=HarmoniaBufferStore(engine=engine, user_id=user),
    )  # fmt: skip
    for work in (
        lambda: import_from_memory(memory, engine, user_id=user),
        lambda: import_from_memory(old, engine, user_id=user),
        lambda: import_from_chat_store(store, engine, user_id=user),
    ):
        with pytest.raises(InvalidInputError, match="in the engine already"):
            work()
    assert stored("s1") == SAID
    other = import_from_memory(memory, engine, user_id=user, session_id="s2")
    assert other == import_from_memory(memory, engine, user_id=f"{user}-2") == Imported(messages=5)


def test_a_tag_in_a_text_that_names_no_role_is_text(
    engine: MemoryEngine, user: str, stored: Any
) -> None:
    text = "<message role='user'>a</message>\n<message role='alien'>b</message>"
    import_from_memory_block([TextNode(text=text)], engine, user_id=user, session_id="s9")
    assert stored("s9") == [("user", "a</message>\n<message role='alien'>b")]


def test_keywords_that_cannot_be_read_back_stay_in_the_text(
    engine: MemoryEngine, user: str, stored: Any
) -> None:
    text = "<message role='user'>Hi\nAdditional Info: ({'x': <object at 0x7f>})</message>"
    node = TextNode(text=text)
    import_from_memory_block([node], engine, user_id=user, session_id="s9")
    assert stored("s9") == [("user", "Hi\nAdditional Info: ({'x': <object at 0x7f>})")]


def test_times_and_no_learning(engine: MemoryEngine, user: str, say: Any) -> None:
    said = datetime(2023, 5, 8, tzinfo=UTC)
    memory = ChatMemoryBuffer.from_defaults(chat_history=[say("user", "I moved to Rome yesterday")])
    import_from_memory(
        memory, engine, user_id=user, session_id="s1", extract=False, time_of=lambda m: said
    )
    engine.flush()
    assert engine.messages(user_id=user, session_id="s1")[0].created_at == said
    assert list(engine.memories(user_id=user)) == []


def test_unusable_arguments(engine: MemoryEngine, tmp_path: Any) -> None:
    file = tmp_path / "broken.json"
    file.write_text("[1]")
    cases: list[Any] = [
        lambda: import_from_memory([], engine, user_id="jo"),  # type: ignore[arg-type]
        lambda: import_from_chat_store(3, engine, user_id="jo"),  # type: ignore[arg-type]
        lambda: import_from_chat_store(tmp_path / "none.json", engine, user_id="jo"),
        lambda: import_from_chat_store(file, engine, user_id="jo"),
        lambda: import_from_chat_store(SimpleChatStore(), engine, user_id=""),
        lambda: import_from_chat_store(SimpleChatStore(), engine, user_id="jo", keys="s1"),
        lambda: import_from_memory(
            ChatMemoryBuffer.from_defaults(), engine, user_id="jo", session_id=""
        ),
        lambda: import_from_chat_store(SimpleChatStore(), "./memory", user_id="jo"),  # type: ignore[arg-type]
        lambda: import_from_memory_block("text", engine, user_id="jo"),  # type: ignore[arg-type]
        lambda: import_from_memory_block(["text"], engine, user_id="jo"),  # type: ignore[list-item]
        lambda: import_from_memory_block(
            VectorMemoryBlock(vector_store=Blind(), embed_model=MockEmbedding(embed_dim=4)),
            engine, user_id="jo",
        ),
    ]  # fmt: skip
    for case in cases:
        with pytest.raises(InvalidInputError):
            case()
