"""`HarmoniaMemory` in the hands of applications that ask a lot: odd arguments, copies, loops."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from llama_index.core import MockEmbedding
from llama_index.core.base.llms.types import ChatMessage, DocumentBlock, TextBlock, VideoBlock
from llama_index.core.memory import (
    BaseMemoryBlock,
    FactExtractionMemoryBlock,
    Memory,
    StaticMemoryBlock,
    VectorMemoryBlock,
)
from llama_index.core.schema import TextNode
from llama_index.core.storage.chat_store.base_db import MessageStatus
from llama_index.core.vector_stores import SimpleVectorStore
from llama_index.core.vector_stores.types import VectorStoreQueryResult

from harmonia_plugins import AsyncMemoryEngine, InvalidInputError, MemoryEngine
from harmonia_plugins.llama_index import HarmoniaChatStore, HarmoniaMemory, HarmoniaMemoryBlock
from harmonia_plugins.text.fence import OPENING

Say = Callable[..., ChatMessage]
Make = Callable[..., HarmoniaMemory]


@pytest.fixture
def make(engine: MemoryEngine, user: str) -> Make:
    return lambda **options: HarmoniaMemory.from_defaults(
        **{"engine": engine, "user_id": user} | options
    )


def texts(memory: HarmoniaMemory) -> list[str | None]:
    return [message.content for message in memory.get_all()]


# -- arguments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"async_database_uri": "sqlite+aiosqlite:///a.db"}, "takes no async_database_uri"),
        ({"table_name": "chats"}, "takes no table_name"),
        ({"sql_store": object()}, "takes no sql_store"),
        ({"tokenlimit": 5}, "takes no 'tokenlimit'"),
        ({"recall_options": {"layer": ["memory"]}}, "recall_options takes no 'layer'"),
        ({"recall_options": {"user_id": "ada"}}, "recall_options takes no 'user_id'"),
        ({"recall_options": ["memory"]}, "must be a mapping"),
        ({"memory_blocks": StaticMemoryBlock(name="s", static_content="x")}, "must be a list"),
        ({"memory_blocks": ["x"]}, "must be a list of memory blocks"),
        ({"chat_history": "hello"}, "messages must be a list"),
    ],
)
def test_arguments_that_nothing_can_be_done_with_are_refused(
    options: dict[str, Any], words: str, make: Make
) -> None:
    """A database that is named and not used would be a log that its owner looks for in vain."""
    with pytest.raises(InvalidInputError, match=words):
        make(**options)
    with pytest.raises(InvalidInputError, match="takes no 'kk'"):
        HarmoniaMemoryBlock(make().engine, user_id="jo", kk=3)


async def test_one_message_is_no_list(make: Make, say: Say) -> None:
    memory = make()
    for odd in (say("user", "hello"), "hello", None, 3, {"role": "user"}):
        for call in (memory.set, memory.put_messages):
            with pytest.raises(InvalidInputError, match="messages must be a list of ChatMessage"):
                call(odd)  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="messages must be a list of ChatMessage"):
            await memory.sql_store.add_messages("s", odd)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="status must be"):
        memory.get_all("gone")  # type: ignore[arg-type]
    assert memory.get_all() == []


def test_whose_memory_it_is_cannot_be_changed(make: Make) -> None:
    """Else what is put would go to one user, and what is written down name another."""
    memory = make()
    for name, value in (("user_id", "ada"), ("path", "/tmp"), ("k", 1), ("recall_options", {})):
        with pytest.raises(ValueError, match="frozen"):
            setattr(memory, name, value)
    with pytest.raises(ValueError, match="frozen"):
        memory.sql_store.user_id = "ada"  # type: ignore[attr-defined]


def test_a_prefix_that_leaves_no_room_is_refused(make: Make, say: Say) -> None:
    """Else the model would be sent an empty question."""
    memory = make(token_limit=100)
    memory.put(say("user", "What is my dog called?"))
    assert memory.get(initial_token_count=50)[-1].content == "What is my dog called?"
    with pytest.raises(InvalidInputError, match="leaves nothing of token_limit 100"):
        memory.get(initial_token_count=100)


def test_a_broken_character_does_not_end_the_conversation(make: Make, say: Say) -> None:
    memory = make()
    memory.put(say("user", "my dog \ud800 and \x00"))
    assert memory.get()[-1] == say("user", "my dog \ud800 and \x00")
    assert len(memory.get(input="\ud800 dog")) == 1


def test_a_share_above_one_is_all(make: Make, say: Say) -> None:
    memory = make(token_limit=100, chat_history_token_ratio=1.5, tokenizer_fn=list)
    for _ in range(5):
        memory.put(say("user", "x" * 30))
    assert memory._estimate_token_count(memory.get()) <= 100


# -- copies --------------------------------------------------------------------------------------


class Themed(HarmoniaMemory):
    """A memory with a field more."""

    theme: str = "plain"


def test_fields_of_a_subclass_survive(engine: MemoryEngine, user: str) -> None:
    memory = Themed.from_defaults(engine=engine, user_id=user, theme="dark", k=3)
    written = Themed.from_dict(json.loads(json.dumps(memory.to_dict())))
    for again in (written, copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        assert isinstance(again, Themed)
        assert (again.theme, again.k, again.session_id) == ("dark", 3, memory.session_id)


def test_recall_options_of_any_kind_are_written_down(make: Make) -> None:
    options = {"since": datetime(2020, 1, 1, tzinfo=UTC), "layers": ("memory",)}
    memory = make(recall_options=options)
    again = HarmoniaMemory.from_dict(json.loads(json.dumps(memory.to_dict())))
    assert again.recall_options == options
    assert again.get(input="dog") == []


@pytest.mark.parametrize("deep", [False, True])
def test_a_copy_may_be_of_another_session_or_user(
    deep: bool, make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    block = StaticMemoryBlock(name="s", static_content="x")
    memory = make(memory_blocks=[block])
    session = memory.model_copy(update={"session_id": "b"}, deep=deep)
    other = memory.model_copy(update={"user_id": f"{user}2", "k": 1}, deep=deep)
    memory.put(say("user", "one"))
    session.put(say("user", "two"))
    other.put(say("user", "three"))
    assert [texts(m) for m in (memory, session, other)] == [["one"], ["two"], ["three"]]
    (stored,) = engine.messages(user_id=f"{user}2", session_id=memory.session_id)
    assert stored.content == "three"
    assert session.engine is engine
    assert (session.memory_blocks[1] is block) is not deep


async def test_copies_join_an_async_engine(tmp_path: Path, say: Say) -> None:
    async with AsyncMemoryEngine(tmp_path) as engine:
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="jo")
        await memory.aput(say("user", "hello"))
        for again in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
            assert again.engine is memory.engine
            assert await again.aget_all() == [say("user", "hello")]


# -- blocks of others ----------------------------------------------------------------------------


class Recorder(BaseMemoryBlock[str]):
    """Keeps what it is given; belongs to the first event loop it is called on."""

    name: str = "recorder"
    given: list[str] = []
    loop: Any = None
    asks: Any = None

    async def _aget(self, messages: Any = None, **kwargs: Any) -> str:
        if self.loop is not None and self.loop is not asyncio.get_running_loop():
            raise RuntimeError("attached to a different loop")
        self.loop = asyncio.get_running_loop()
        return "here" if self.asks is None else str(self.asks.get(input="dog"))

    async def _aput(self, messages: list[ChatMessage]) -> None:
        await asyncio.sleep(0.001)
        self.given += [message.content or "" for message in messages]


def test_a_blocks_client_stays_on_one_loop(make: Make, say: Say) -> None:
    """As a `Memory` in a synchronous program keeps it; connections would be lost otherwise."""
    memory = make(memory_blocks=[Recorder()])
    threads = [threading.Thread(target=memory.get, kwargs={"input": "hello"}) for _ in range(3)]
    for thread in threads:
        thread.start()
        thread.join()
    for _ in range(2):
        assert "here" in str(memory.get())

    async def on_a_loop() -> str:
        return str(memory.get())

    assert "here" in asyncio.run(on_a_loop())


def test_the_callers_loop_is_left_alone(make: Make) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        make(memory_blocks=[Recorder()]).get()
        assert asyncio.get_event_loop() is loop
        assert loop.run_until_complete(asyncio.sleep(0, "runs")) == "runs"
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_a_block_may_ask_another_memory(make: Make) -> None:
    inner = make(memory_blocks=[StaticMemoryBlock(name="s", static_content="pirate")])
    assert "pirate" in str(make(memory_blocks=[Recorder(asks=inner)]).get())


def test_threads_hand_each_message_to_a_block_once(make: Make, say: Say) -> None:
    block = Recorder(given=[])
    memory = make(memory_blocks=[block], token_limit=200, token_flush_size=20, tokenizer_fn=list)

    def talk(name: int) -> None:
        for turn in range(6):
            memory.put_messages([say("user", f"{name}-{turn} " + "w" * 25), say("assistant", "ok")])

    threads = [threading.Thread(target=talk, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory.put(say("user", "the end"))  # what a busy feeder left over goes with this
    times = Counter(block.given)
    del times["ok"]
    assert set(times.values()) == {1}
    archived = [m.content or "" for m in memory.get_all(MessageStatus.ARCHIVED)]
    assert block.given == archived
    assert len(memory.get_all()) == 49


async def test_a_block_of_ours_for_the_same_user_stores_nothing_twice(
    make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    block = HarmoniaMemoryBlock(engine, user_id=user, name="mine")
    memory = make(memory_blocks=[block], token_limit=100, token_flush_size=20, tokenizer_fn=list)
    said = [say("user", f"{turn}" + "x" * 30) for turn in range(6)]
    for message in said:
        await memory.aput(message)
    assert memory.get_all(MessageStatus.ARCHIVED)
    assert memory.get_all() == said


# -- processes -----------------------------------------------------------------------------------

TALKS = """
import sys
from llama_index.core.llms import ChatMessage
from harmonia_plugins.llama_index import HarmoniaMemory

memory = HarmoniaMemory.from_defaults(path=sys.argv[1], user_id="jo", session_id="s")
print("ready", flush=True)
for turn in range(8):
    memory.put_messages([ChatMessage(f"b{turn}", role="user"), ChatMessage("ok", role="assistant")])
"""


def test_two_processes_write_one_session(tmp_path: Path, say: Say) -> None:
    """Every message is there, and what one call put stands together."""
    with MemoryEngine(tmp_path, learning="manual") as engine:
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="jo", session_id="s")
        with subprocess.Popen(
            [sys.executable, "-c", TALKS, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
            for turn in range(8):
                memory.put_messages([say("user", f"a{turn}"), say("assistant", "ok")])
        assert other.returncode == 0
        log = texts(memory)
    assert log[1::2] == ["ok"] * 16
    assert [text for text in log if str(text)[0] == "a"] == [f"a{n}" for n in range(8)]
    assert [text for text in log if str(text)[0] == "b"] == [f"b{n}" for n in range(8)]


# -- LlamaIndex's own tests of `Memory`, on both -------------------------------------------------


@pytest.fixture(params=["stock on our chat store", "ours"])
def memory_of(
    request: pytest.FixtureRequest, make: Make, engine: MemoryEngine, user: str
) -> Callable[..., Memory]:
    """Make a memory of either kind; tokens are words."""
    usual: dict[str, Any] = {"tokenizer_fn": str.split}
    if request.param == "ours":
        return lambda **options: make(**usual | options)
    usual["chat_store"] = HarmoniaChatStore(engine, user_id=user)
    return lambda **options: Memory.from_defaults(**usual | options)


class Mixed(BaseMemoryBlock[Any]):
    """Says what it was made to say."""

    says: Any = None

    async def _aget(self, messages: Any = None, **kwargs: Any) -> Any:
        return self.says or f"asked with {kwargs.get('colour', 'none')}"

    async def _aput(self, messages: list[ChatMessage]) -> None: ...


async def test_the_log_is_put_set_and_reset(memory_of: Any, say: Say) -> None:
    memory = memory_of()
    await memory.aput_messages([say("user", "one"), say("assistant", "two")])
    memory.put(say("user", "three"))
    for status in (None, MessageStatus.ACTIVE):
        found = await memory.aget_all(status=status)
        assert [m.content for m in found] == ["one", "two", "three"]
    memory.set([say("user", "four")])
    assert [m.content for m in await memory.aget()] == ["four"]
    await memory.areset(status=MessageStatus.ARCHIVED)
    assert len(memory.get()) == 1
    await memory.areset(status=MessageStatus.ACTIVE)
    assert memory.get() == []


@pytest.mark.parametrize(
    ("lengths", "left"),
    [
        ([("user", 500), ("assistant", 500), ("user", 500)], 1),
        ([("user", 500), ("assistant", 1)], 2),
        ([("user", 300), ("assistant", 300), ("user", 300), ("assistant", 300)], 2),
        ([("user", 400), ("assistant", 200), ("tool", 200), ("assistant", 200)], 4),
        ([("user", 950), ("assistant", 1), ("tool", 1)], 3),
    ],
)
async def test_a_queue_that_overflows_keeps_the_last_turn(
    lengths: list[tuple[str, int]], left: int, memory_of: Any, say: Say
) -> None:
    memory = memory_of(token_limit=1000, token_flush_size=700, chat_history_token_ratio=0.9)
    await memory.aput_messages([say(role, "x " * length) for role, length in lengths])
    active = memory.get_all(MessageStatus.ACTIVE)
    assert [m.role for m in active] == [role for role, _ in lengths[-left:]]
    assert active[0].role == "user"
    assert len(memory.get_all()) == len(lengths)


async def test_blocks_say_texts_blocks_and_messages(memory_of: Any, say: Say) -> None:
    video = VideoBlock(url="https://example.org/a.mp4")
    paper = DocumentBlock(url="https://example.org/a.pdf", document_mimetype="application/pdf")
    memory = memory_of(
        memory_blocks=[
            Mixed(name="text", priority=1),
            Mixed(name="blocks", priority=2, says=[TextBlock(text="first"), video, paper]),
            Mixed(name="chats", says=[say("user", "long ago"), say("assistant", "indeed")]),
        ]
    )
    memory.put(say("user", "now"))
    got = await memory.aget(colour="blue")
    assert [m.role.value for m in got] == ["system", "user", "assistant", "user"]
    assert [m.content for m in got[1:]] == ["long ago", "indeed", "now"]
    assert "asked with blue" in str(got[0].content)
    assert "first" in str(got[0].content)
    found = [block for block in got[0].blocks if isinstance(block, (VideoBlock, DocumentBlock))]
    assert [str(block.url) for block in found] == [str(video.url), str(paper.url)]


async def test_blocks_of_priority_zero_stay_though_they_do_not_fit(
    memory_of: Any, say: Say
) -> None:
    memory = memory_of(
        token_limit=60,
        memory_blocks=[
            Mixed(name="always", priority=0, says="core " * 80),
            Mixed(name="first", priority=1, says="spare " * 30),
        ],
    )
    memory.put(say("user", "now"))
    got = str(await memory.aget())
    assert "core core" in got
    assert "spare" not in got
    assert "now" in got


async def test_first_puts_at_once_are_all_there(make: Make, say: Say) -> None:
    """Whatever overflows meanwhile, the newest stay in use and nothing is archived twice."""
    memory = make(token_limit=60, token_flush_size=40, tokenizer_fn=str.split)
    await asyncio.gather(*(memory.aput(say("user", f"{n} " + "word " * 12)) for n in range(8)))
    archived = memory.get_all(MessageStatus.ARCHIVED)
    assert len(archived) + len(memory.get_all(MessageStatus.ACTIVE)) == 8
    assert archived == memory.get_all()[: len(archived)]


class Texts(SimpleVectorStore):
    """A vector store that says it keeps texts, as the block demands."""

    stores_text: bool = True

    def query(self, query: Any, **kwargs: Any) -> VectorStoreQueryResult:
        found = super().query(query, **kwargs)
        found.nodes = [TextNode(id_=id_, text="from a vector") for id_ in found.ids or ()]
        return found


async def test_facts_and_vectors_of_llama_index_work_beside_ours(
    make: Make, engine: MemoryEngine, user: str, fake_llm: Any, say: Say
) -> None:
    """`FactExtractionMemoryBlock` and `VectorMemoryBlock` are fed, and both are heard."""
    engine.remember("User has a dog called Biggie", user_id=user)
    llm = fake_llm("<facts><fact>The user likes tea</fact></facts>")
    vectors = VectorMemoryBlock(vector_store=Texts(), embed_model=MockEmbedding(embed_dim=4))
    memory = make(
        memory_blocks=[FactExtractionMemoryBlock(llm=llm), vectors],
        token_limit=200, token_flush_size=10, tokenizer_fn=str.split,
    )  # fmt: skip
    for turn in range(8):
        await memory.aput_messages([say("user", f"{turn} " + "tea " * 20), say("assistant", "ok")])
    await memory.aput(say("user", "What is my dog called?"))
    got = str((await memory.aget())[0].content)
    assert OPENING in got
    assert "Biggie" in got
    assert "likes tea" in got
    assert "from a vector" in got
