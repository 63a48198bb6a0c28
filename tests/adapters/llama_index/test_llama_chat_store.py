"""The chat stores, and LlamaIndex's own memories on them."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.memory import (
    BaseMemoryBlock,
    ChatMemoryBuffer,
    ChatSummaryMemoryBuffer,
    Memory,
)
from llama_index.core.storage.chat_store import SimpleChatStore
from llama_index.core.storage.chat_store.base_db import AsyncDBChatStore, MessageStatus
from llama_index.core.storage.chat_store.sql import SQLAlchemyChatStore

from harmonia_plugins import ClosedError, InvalidInputError, MemoryEngine, Message
from harmonia_plugins.llama_index import (
    HarmoniaBufferStore,
    HarmoniaChatStore,
    HarmoniaMemoryBlock,
)

ACTIVE, ARCHIVED = MessageStatus.ACTIVE, MessageStatus.ARCHIVED
Say = Callable[..., ChatMessage]


@pytest.fixture
def store(engine: MemoryEngine, user: str) -> HarmoniaChatStore:
    return HarmoniaChatStore(engine=engine, user_id=user)


@pytest.fixture
def log(say: Say) -> list[ChatMessage]:
    return [
        say("system", "Be kind"), say("user", "hello"), say("assistant", "hi"),
        ChatMessage(role="user", blocks=[TextBlock(text="look"), ImageBlock(image=b"\x89PNG")]),
    ]  # fmt: skip


class Deaf(BaseMemoryBlock[str]):
    """Says nothing, and keeps nothing."""

    async def _aget(self, messages: Any = None, **kwargs: Any) -> str:
        return ""

    async def _aput(self, messages: list[ChatMessage]) -> None: ...


def texts(messages: list[ChatMessage]) -> list[str | None]:
    return [message.content for message in messages]


# The next four are run on LlamaIndex's own store too: what holds there holds here.


@pytest.fixture(params=["harmonia", "sql"])
def either(request: pytest.FixtureRequest, tmp_path: Path, store: HarmoniaChatStore) -> Any:
    if request.param == "harmonia":
        return store
    return SQLAlchemyChatStore("t", async_database_uri=f"sqlite+aiosqlite:///{tmp_path}/a.db")


async def closed(store: Any) -> None:
    if isinstance(store, SQLAlchemyChatStore) and store._async_engine is not None:
        await store._async_engine.dispose()


async def test_messages_are_added_and_read(
    either: AsyncDBChatStore, log: list[ChatMessage]
) -> None:
    assert await either.get_messages("s") == []
    assert await either.get_keys() == []
    await either.add_message("s", log[0])
    await either.add_messages("s", log[1:])
    await either.add_message("t", log[1])
    assert await either.get_messages("s") == log
    assert await either.get_messages("s", limit=2) == log[:2]
    assert await either.get_messages("s", limit=2, offset=1) == log[1:3]
    assert await either.get_messages("s", limit=0) == []
    assert await either.count_messages("s") == 4
    assert await either.count_messages("u") == 0
    assert sorted(await either.get_keys()) == ["s", "t"]
    await closed(either)


async def test_old_messages_are_archived_and_deleted(
    either: AsyncDBChatStore, log: list[ChatMessage]
) -> None:
    await either.add_messages("s", log)
    assert await either.archive_oldest_messages("s", 2) == log[:2]
    assert await either.get_messages("s") == log[2:]
    assert await either.get_messages("s", status=ARCHIVED) == log[:2]
    assert await either.get_messages("s", status=None) == log
    assert await either.get_messages("s", status=None, limit=2, offset=1) == log[1:3]
    assert await either.count_messages("s", status=ARCHIVED) == 2
    assert await either.count_messages("s", status=None) == 4
    assert await either.archive_oldest_messages("s", 0) == []
    assert await either.delete_oldest_messages("s", 1) == log[2:3]
    assert await either.get_messages("s", status=None) == [*log[:2], log[3]]
    assert await either.delete_oldest_messages("s", 9) == log[3:]
    assert await either.delete_oldest_messages("s", 9) == []
    await closed(either)


async def test_messages_are_added_as_archived(
    either: AsyncDBChatStore, log: list[ChatMessage]
) -> None:
    await either.add_messages("s", log[:2], status=ARCHIVED)
    await either.add_message("s", log[2])
    assert await either.get_messages("s") == log[2:3]
    assert await either.get_messages("s", status=ARCHIVED) == log[:2]
    await either.delete_messages("s", status=ARCHIVED)
    assert await either.get_messages("s", status=None) == log[2:3]
    await either.delete_messages("s")
    assert await either.get_messages("s", status=None) == []
    assert await either.get_keys() == []
    await closed(either)


async def test_a_log_is_set(either: AsyncDBChatStore, log: list[ChatMessage]) -> None:
    await either.add_messages("s", log)
    await either.archive_oldest_messages("s", 2)
    await either.set_messages("s", [log[3], log[0], log[0]])
    assert await either.get_messages("s") == [log[3], log[0], log[0]]
    await either.set_messages("s", log[:1], status=ARCHIVED)
    assert await either.get_messages("s") == []
    assert await either.get_messages("s", status=None) == log[:1]
    await either.set_messages("s", [])
    assert await either.get_keys() == []
    await closed(either)


async def test_a_message_is_deleted_by_its_place(
    store: HarmoniaChatStore, log: list[ChatMessage]
) -> None:
    """Unlike LlamaIndex's SQL store, where the number is of a row of the whole table."""
    await store.add_messages("s", log)
    await store.archive_oldest_messages("s", 1)
    assert await store.delete_message("s", 1) == log[1]
    assert await store.delete_message("s", 3) is None
    assert await store.delete_message("s", -1) is None
    assert await store.get_messages("s", status=None) == [log[0], *log[2:]]


async def test_messages_are_learned_once_and_not_forgotten(
    store: HarmoniaChatStore, engine: MemoryEngine, user: str, say: Say
) -> None:
    told = say("user", "I have a dog called Biggie")
    await store.add_message("s", told)
    await store.set_messages("s", [told, say("assistant", "ok")])
    await store.set_messages("s", [told, say("assistant", "ok")])
    engine.flush()
    assert [memory.mentions for memory in engine.memories(user_id=user)] == [1]
    await store.delete_messages("s")
    assert len(engine.memories(user_id=user)) == 1


async def test_learning_may_be_off(engine: MemoryEngine, user: str, say: Say) -> None:
    store = HarmoniaChatStore(engine, user_id=user, learn=False)
    await store.add_message("s", say("user", "I have a dog called Biggie"))
    await store.delete_messages("s")
    engine.flush()
    assert len(engine.memories(user_id=user)) == 0


async def test_users_share_nothing(engine: MemoryEngine, user: str, say: Say) -> None:
    mine = HarmoniaChatStore(engine, user_id=user)
    yours = HarmoniaChatStore(engine, user_id=f"{user}2")
    await mine.add_message("s", say("user", "hello"))
    assert await yours.get_messages("s") == []
    assert await yours.get_keys() == []


async def test_it_shows_what_others_wrote(
    store: HarmoniaChatStore, engine: MemoryEngine, user: str, say: Say
) -> None:
    engine.observe([Message("human", "hello", payload={"langchain": "human"})], user_id=user)
    assert await store.get_messages("default") == [say("user", "hello")]


async def test_odd_arguments_are_refused(store: HarmoniaChatStore, engine: MemoryEngine) -> None:
    for call, words in (
        (lambda: store.get_messages(""), "must not be blank"),
        (lambda: store.get_messages("s", limit=-1), "limit must be a whole number"),
        (lambda: store.get_messages("s", status="gone"), "MessageStatus"),
        (lambda: store.add_message("s", "hello"), "ChatMessage"),
        (lambda: store.archive_oldest_messages("s", -1), "n must be"),
        (lambda: store.delete_message("s", "0"), "idx must be a whole number"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            await call()
    with pytest.raises(InvalidInputError, match="HarmoniaChatStore needs to know whose"):
        HarmoniaChatStore(engine)
    with pytest.raises(InvalidInputError, match="needs an engine"):
        HarmoniaChatStore(user_id="jo")


async def test_it_is_written_down_copied_and_read_back(
    store: HarmoniaChatStore, engine: MemoryEngine, user: str, say: Say
) -> None:
    await store.add_message("s", say("user", "hello"))
    data = store.model_dump()
    assert data == {"user_id": user, "path": str(engine.path), "learn": True}
    for again in (
        HarmoniaChatStore.model_validate(data),
        copy.deepcopy(store),
        pickle.loads(pickle.dumps(store)),
    ):
        assert texts(await again.get_messages("s")) == ["hello"]
        assert again.log.scope.engine is engine


async def test_a_closed_engine_says_so(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path, learning="manual") as engine:
        store = HarmoniaChatStore(engine, user_id="jo")
    with pytest.raises(ClosedError, match="closed"):
        await store.get_messages("s")


# -- LlamaIndex's own memories on them -----------------------------------------------------------


def letters(text: str) -> list[str]:
    return list(text)


async def test_a_plain_memory_keeps_its_log_there(
    store: HarmoniaChatStore, engine: MemoryEngine, user: str, fake_llm: Any
) -> None:
    memory = Memory.from_defaults(session_id="s", chat_store=store)
    chat = SimpleChatEngine.from_defaults(llm=fake_llm("Nice"), memory=memory)
    chat.chat("I have a dog called Biggie")
    await chat.achat("Thanks!")
    other = Memory.from_defaults(session_id="s", chat_store=HarmoniaChatStore(engine, user_id=user))
    assert texts(other.get_all()) == ["I have a dog called Biggie", "Nice", "Thanks!", "Nice"]
    assert other.get() == memory.get()
    engine.flush()
    assert [m.mentions for m in engine.memories(user_id=user) if "Biggie" in m.content] == [1]
    memory.reset()
    assert other.get_all() == []


async def test_a_plain_memory_flushes_there(store: HarmoniaChatStore, say: Say) -> None:
    memory = Memory.from_defaults(
        session_id="s", chat_store=store, token_limit=100, token_flush_size=40,
        chat_history_token_ratio=0.9, tokenizer_fn=letters,
    )  # fmt: skip
    said = [say(role, role[0] * 30) for role in ("user", "assistant", "user", "assistant")]
    await memory.aput_messages(said)
    assert await memory.aget() == said[2:]
    assert await memory.aget_all(status=ARCHIVED) == said[:2]
    assert await memory.aget_all() == said


async def test_a_block_recalls_in_a_plain_memory(engine: MemoryEngine, user: str, say: Say) -> None:
    for fact in ("User has a dog called Biggie", "User likes tea", "User plays the cello"):
        engine.remember(fact, user_id=user)
    block = HarmoniaMemoryBlock(engine, user_id=user, tokenizer_fn=letters)

    def memory(limit: int) -> Memory:
        made = Memory.from_defaults(
            chat_store=HarmoniaChatStore(engine, user_id=user), memory_blocks=[block],
            token_limit=limit, token_flush_size=10, tokenizer_fn=letters,
        )  # fmt: skip
        made.put(say("user", "What is my dog called?"))
        return made

    wide, tight, none = (str(memory(limit).get()) for limit in (1000, 220, 60))
    assert all(word in wide for word in ("<harmonia>", "Biggie", "tea", "cello"))
    assert "Biggie" in tight  # the best is kept
    assert "cello" not in tight
    assert "Biggie" not in none
    assert "nuts" not in str(await memory(1000).aget(input="nuts"))
    assert await block.atruncate("not from here", 3) is None


async def test_a_block_learns_what_leaves_the_window_once(
    engine: MemoryEngine, user: str, say: Say
) -> None:
    """From a store that knows nothing; ours has it already."""

    async def flushed(chat_store: Any, name: str) -> list[str]:
        block = HarmoniaMemoryBlock(engine, user_id=name)
        memory = Memory.from_defaults(
            session_id="s", chat_store=chat_store, memory_blocks=[block], token_limit=100,
            token_flush_size=40, chat_history_token_ratio=0.9, tokenizer_fn=letters,
        )  # fmt: skip
        told = say("user", "I have a dog called Biggie, you know")
        await memory.aput_messages([told, say("assistant", "yes " * 10), say("user", "x" * 50)])
        await memory.aput_messages([say("assistant", "y" * 20), say("user", "z" * 30)])
        engine.flush()
        assert told.additional_kwargs == {}
        assert [m.mentions for m in engine.memories(user_id=name) if "Biggie" in m.content] == [1]
        return [message.content for message in engine.messages(user_id=name, session_id="s")]

    sql = SQLAlchemyChatStore("t")
    assert (await flushed(sql, user))[0].startswith("I have a dog")
    await closed(sql)
    ours = await flushed(HarmoniaChatStore(engine, user_id=f"{user}2"), f"{user}2")
    assert len(ours) == len(set(ours)) == 5


@pytest.mark.parametrize("first", [True, False])
async def test_a_block_beside_others_stores_nothing_twice(
    first: bool, engine: MemoryEngine, user: str, say: Say
) -> None:
    """Others write the session's id on the messages that all are handed."""
    blocks = [HarmoniaMemoryBlock(engine, user_id=user), Deaf(name="deaf")]
    memory = Memory.from_defaults(
        session_id="s", chat_store=HarmoniaChatStore(engine, user_id=user),
        memory_blocks=blocks if first else blocks[::-1],
        token_limit=100, token_flush_size=10, tokenizer_fn=list,
    )  # fmt: skip
    said = [say("user", f"message {number} " + "x" * 20) for number in range(6)]
    for message in said:
        await memory.aput(message)
    assert len(memory.get_all(ARCHIVED)) >= 3
    assert memory.get_all() == said


async def test_a_block_is_taught_at_once(engine: MemoryEngine, user: str, say: Say) -> None:
    block = HarmoniaMemoryBlock(engine, user_id=user, accept_short_term_memory=False)
    told = say("user", "I have a dog called Biggie")
    await block.learn(told, session_id="s")
    await block.aput([say("user", "I like tea")], session_id="s")
    await block.aput([say("user", "I like rum")], from_short_term_memory=True, session_id="s")
    engine.flush()
    assert "Biggie" in await block.aget([say("user", "What is my dog called?")])
    stored = engine.messages(user_id=user, session_id="s")
    assert [message.content for message in stored] == ["I have a dog called Biggie", "I like tea"]
    again = copy.deepcopy(block)
    assert again.scope.engine is engine
    assert HarmoniaMemoryBlock.model_validate(block.model_dump()).k == block.k


async def test_a_block_does_not_recall_what_is_shown(
    engine: MemoryEngine, user: str, say: Say
) -> None:
    question = "What is my dog called?"
    engine.observe([Message("user", question)], user_id=user, extract=False)
    block = HarmoniaMemoryBlock(engine, user_id=user)
    assert await block.aget([say("user", question)]) == ""
    assert await block.aget() == ""


# -- the deprecated memories ---------------------------------------------------------------------


def test_the_buffer_store_does_what_the_simple_one_does(
    engine: MemoryEngine, user: str, log: list[ChatMessage]
) -> None:
    for store in (SimpleChatStore(), HarmoniaBufferStore(engine, user_id=user)):
        assert store.get_messages("s") == []
        assert store.delete_messages("s") is None
        store.set_messages("s", list(log[:2]))
        store.add_message("s", log[2])
        store.add_message("t", log[3])
        assert store.get_messages("s") == log[:3]
        assert sorted(store.get_keys()) == ["s", "t"]
        assert store.delete_message("s", 1) == log[1]
        assert store.delete_message("s", 9) is None
        assert store.delete_last_message("s") == log[2]
        assert store.get_messages("s") == log[:1]
        assert store.delete_messages("s") == log[:1]
        assert store.get_keys() == ["t"]


async def test_a_buffer_on_it_survives(engine: MemoryEngine, user: str, say: Say) -> None:
    def buffer() -> ChatMemoryBuffer:
        return ChatMemoryBuffer.from_defaults(
            token_limit=1000,
            chat_store=HarmoniaBufferStore(engine, user_id=user),
            chat_store_key="s",
        )

    buffer().put(say("user", "I have a dog called Biggie"))
    await buffer().aput(say("assistant", "Nice"))
    assert texts(buffer().get()) == ["I have a dog called Biggie", "Nice"]
    store = HarmoniaBufferStore.from_dict(buffer().chat_store.to_dict())
    assert texts(store.get_messages("s")) == ["I have a dog called Biggie", "Nice"]
    engine.flush()
    assert "Biggie" in engine.memories(user_id=user)[0].content


def test_a_summary_stays_when_the_process_ends(
    engine: MemoryEngine, user: str, fake_llm: Any, say: Say
) -> None:
    def buffer() -> ChatSummaryMemoryBuffer:
        return ChatSummaryMemoryBuffer.from_defaults(
            llm=fake_llm("They talked about tea"), token_limit=30, tokenizer_fn=str.split,
            chat_store=HarmoniaBufferStore(engine, user_id=user), chat_store_key="s",
        )  # fmt: skip

    for number in range(6):
        buffer().put(say("user", f"{number} " + "tea " * 6))
        got = texts(buffer().get())
    assert "They talked about tea" in str(got[0])
    assert got[1:] == [f"{number} " + "tea " * 6 for number in range(6)][-len(got) + 1 :]


async def test_it_works_on_several_loops(store: HarmoniaChatStore, say: Say) -> None:
    async def write(number: int) -> None:
        await store.add_message("s", say("user", str(number)))

    await asyncio.gather(*(asyncio.to_thread(asyncio.run, write(n)) for n in range(6)))
    assert sorted(message.content or "" for message in await store.get_messages("s")) == list(
        "012345"
    )
