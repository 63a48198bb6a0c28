"""`HarmoniaMemory`: what it keeps, what it gives, and how it lives through everything."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)
from llama_index.core.memory import BaseMemoryBlock, InsertMethod, Memory, StaticMemoryBlock
from llama_index.core.prompts import RichPromptTemplate
from llama_index.core.storage.chat_store.base_db import MessageStatus
from llama_index.core.workflow import Context

from harmonia_plugins import (
    AsyncMemoryEngine,
    ClosedError,
    InvalidInputError,
    MemoryEngine,
    ProviderError,
)
from harmonia_plugins.llama_index import HarmoniaMemory, HarmoniaMemoryBlock
from harmonia_plugins.testing import FrozenClock, HashEmbedder
from harmonia_plugins.text.fence import CLOSING, OPENING

Say = Callable[..., ChatMessage]
Make = Callable[..., HarmoniaMemory]


@pytest.fixture
def make(engine: MemoryEngine, user: str) -> Make:
    return lambda **options: HarmoniaMemory.from_defaults(
        **{"engine": engine, "user_id": user} | options
    )


@pytest.fixture
def knows_dog(engine: MemoryEngine, user: str) -> None:
    engine.remember("User has a dog called Biggie", user_id=user)


def letters(text: str) -> list[str]:
    """A tokenizer with a token for each character."""
    return list(text)


def tokens(memory: Memory, messages: list[ChatMessage]) -> int:
    return memory._estimate_token_count(messages)


# -- what is stored ------------------------------------------------------------------------------


def test_a_message_is_on_the_disk_when_put_returns(tmp_path: Path, say: Say) -> None:
    """Another engine on the folder has it at once; learning may come later."""
    with MemoryEngine(tmp_path, learning="manual") as first:
        memory = HarmoniaMemory.from_defaults(engine=first, user_id="jo", session_id="s")
        memory.put(say("user", "I have a dog called Biggie"))
        with MemoryEngine(tmp_path, learning="manual") as second:
            again = HarmoniaMemory.from_defaults(engine=second, user_id="jo", session_id="s")
            assert again.get_all() == [say("user", "I have a dog called Biggie")]
            assert second.stats(user_id="jo").waiting == 1
            second.learn_pending()
            assert "Biggie" in str(second.memories(user_id="jo")[0].content)


def test_recalled_text_put_back_is_neither_stored_nor_learned(
    make: Make, engine: MemoryEngine, user: str, knows_dog: None, say: Say
) -> None:
    for method in InsertMethod:
        memory = make(insert_method=method)
        memory.put(say("user", "What is my dog called?"))
        got = memory.get()
        assert OPENING in str(got)
        memory.set(got)
        memory.put_messages(got)
        assert [m.content for m in memory.get_all()] == ["What is my dog called?"] * 2
    engine.flush()
    assert [memory.mentions for memory in engine.memories(user_id=user)] == [1]


def test_copies_go_in_and_out(make: Make, say: Say) -> None:
    memory = make()
    message = say("user", "hello", additional_kwargs={"a": [1]})
    memory.put(message)
    message.blocks[0].text = "changed"  # type: ignore[union-attr]
    message.additional_kwargs["a"].append(2)
    for read in (memory.get, memory.get_all):
        (got,) = read()
        assert got == say("user", "hello", additional_kwargs={"a": [1]})
        got.blocks[0].text = "changed too"  # type: ignore[union-attr]
        got.additional_kwargs["a"].append(3)
    assert memory.get_all() == [say("user", "hello", additional_kwargs={"a": [1]})]


def test_a_log_set_again_and_again_is_learned_once(
    make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    """Web applications send the whole history with every request."""
    memory = make()
    history = [say("user", "My sister Ada lives in Turin"), say("assistant", "ok")]
    for turn in range(3):
        memory.set(history)
        engine.flush()
        history = [*history, say("user", "yes"), say("assistant", f"answer {turn}")]
    memory.set(history)
    assert memory.get_all() == history
    engine.flush()
    assert {m.mentions for m in engine.memories(user_id=user) if "Ada" in m.content} == {1}
    ids = [m.id for m in engine.messages(user_id=user, session_id=memory.session_id)]
    memory.set(history[-3:])  # the end of it alone
    kept = engine.messages(user_id=user, session_id=memory.session_id)
    assert [m.id for m in kept] == ids[-3:]
    assert memory.get_all() == history[-3:]
    memory.set([history[1], history[0], say("user", "new")])
    assert [m.content for m in memory.get_all()] == ["ok", "My sister Ada lives in Turin", "new"]


@pytest.mark.parametrize("clear", ["reset", "set", "chat_history"])
def test_clearing_a_log_forgets_no_memory(
    clear: str, make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    """Not even one that has not been learned when the log is cleared."""
    memory = make(session_id="s")
    memory.put(say("user", "I have a dog called Biggie"))
    if clear == "reset":
        memory.reset()
        assert memory.get_all() == []
    elif clear == "set":
        memory.set([])
        assert memory.get_all() == []
    else:
        other = make(session_id="s", chat_history=[say("user", "hello")])
        assert [m.content for m in other.get_all()] == ["hello"]
    assert "Biggie" in str(make().get(input="What is my dog called?"))


def test_an_empty_chat_history_leaves_the_log(make: Make, say: Say) -> None:
    """Chat engines pass one when they make a memory of a class they were given."""
    make(session_id="s").put(say("user", "hello"))
    assert len(make(session_id="s", chat_history=[]).get_all()) == 1


def test_reset_may_clear_one_status(make: Make, say: Say) -> None:
    memory = make(token_limit=100, token_flush_size=10, tokenizer_fn=letters)
    for _ in range(4):
        memory.put_messages([say("user", "x" * 30), say("assistant", "y" * 5)])
    archived = memory.get_all(MessageStatus.ARCHIVED)
    assert archived
    assert archived + memory.get_all(MessageStatus.ACTIVE) == memory.get_all()
    memory.reset(MessageStatus.ARCHIVED)
    assert memory.get_all(MessageStatus.ARCHIVED) == []
    assert memory.get_all(MessageStatus.ACTIVE)


# -- what is given -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", list(InsertMethod))
@pytest.mark.parametrize("system", [True, False])
def test_recalled_text_stands_where_the_insert_method_says(
    method: InsertMethod, system: bool, make: Make, knows_dog: None, say: Say
) -> None:
    memory = make(insert_method=method)
    if system:
        memory.put(say("system", "You are kind"))
    memory.put_messages([say("user", "Hi"), say("assistant", "Hi"), say("user", "My dog's name?")])
    got = memory.get()
    (found,) = [m for m in got if OPENING in (m.content or "")]
    assert "Biggie" in (found.content or "")
    if method is InsertMethod.SYSTEM:
        assert found is got[0]
        assert found.role == "system"
        assert (found.content or "").endswith("You are kind" if system else CLOSING)
    else:
        assert found is got[-1]
        assert (found.content or "").endswith("My dog's name?")


def test_the_query_is_the_input_or_else_what_the_user_said_last(
    make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    for fact in ("User has a dog called Biggie", "User is allergic to nuts"):
        engine.remember(fact, user_id=user)
    memory = make(k=1)
    memory.put_messages([say("user", "What is my dog called?"), say("assistant", "allergic nuts")])
    assert "Biggie" in str(memory.get())
    assert "nuts" in str(memory.get(input="What am I allergic to?")[0])
    assert "nuts" in str(memory.get(input=say("user", "What am I allergic to?"))[0])
    image = ChatMessage(role="user", blocks=[ImageBlock(url="https://example.org/a.png")])
    memory.put(image)
    assert "Biggie" in str(memory.get()[0])  # the last thing they said in words


@pytest.mark.parametrize("odd", [3, ["hello"], b"hello"])
def test_an_odd_input_is_refused(odd: Any, make: Make) -> None:
    with pytest.raises(InvalidInputError, match="input must be a str or a ChatMessage"):
        make().get(input=odd)


def recalls(engine: MemoryEngine) -> int:
    latencies = engine.stats().latencies
    return latencies["recall"].calls if "recall" in latencies else 0


def test_a_turn_is_recalled_for_once(
    make: Make, engine: MemoryEngine, user: str, knows_dog: None, say: Say
) -> None:
    memory = make()
    memory.put(say("user", "What is my dog called?"))
    before = recalls(engine)
    first = memory.get()
    memory.put(say("assistant", "Let me think"))
    assert memory.get(input="What is my dog called?")[0] == first[0]
    engine.remember("User's dog Biggie likes cheese", user_id=user)
    assert memory.get()[0] == first[0]
    assert recalls(engine) == before + 1
    memory.put(say("user", "What is my dog called?"))  # said again: another turn
    assert "cheese" in str(memory.get()[0])
    assert recalls(engine) == before + 2


def test_what_the_window_shows_is_not_recalled_too(
    make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    memory = make(session_id="s")
    memory.put(say("user", "I have a dog called Biggie"))
    engine.flush()
    memory.put(say("user", "What is my dog called?"))
    assert len(memory.get()) == 2
    assert OPENING in str(make(session_id="t").get(input="What is my dog called?"))


@pytest.mark.parametrize("limit", [40, 150, 400, 1000, 3000])
def test_all_of_it_fits_into_the_limit(
    limit: int, make: Make, engine: MemoryEngine, user: str, say: Say
) -> None:
    for number in range(12):
        engine.remember(f"User's dog number {number} is called Biggie the {number}th", user_id=user)
    memory = make(token_limit=limit, token_flush_size=100, tokenizer_fn=letters)
    for number in range(12):
        memory.put_messages(
            [
                say("user", f"Tell me about dog {number} " + "x" * 60),
                ChatMessage(
                    role="assistant",
                    blocks=[
                        ThinkingBlock(content="hm " * 5),
                        ToolCallBlock(tool_name="find", tool_kwargs={"n": number}),
                    ],
                ),
                say("tool", "found " * 8, additional_kwargs={"tool_call_id": "1"}),
            ]
        )
        got = memory.get()
        assert tokens(memory, got) <= limit
        if limit >= 150:
            assert str(got[-3].content).startswith("Tell me")
            assert got[-3].role == "user"
            assert tokens(memory, memory.get(initial_token_count=20)) <= limit - 20
    if limit >= 1000:
        assert OPENING in str(got)
    assert len(memory.get_all()) == 36  # whatever is shown, all of it is kept


def test_an_oversized_message_is_shortened_for_the_model_only(make: Make, say: Say) -> None:
    memory = make(token_limit=20)
    memory.put(say("user", "word " * 500))
    (got,) = memory.get()
    assert tokens(memory, [got]) <= 20
    assert memory.get_all() == [say("user", "word " * 500)]


def test_less_room_keeps_the_best(make: Make, engine: MemoryEngine, user: str, say: Say) -> None:
    for fact in ("User has a dog called Biggie", "User likes tea", "User plays the cello"):
        engine.remember(fact, user_id=user)
    wide = str(make(tokenizer_fn=letters).get(input="What is my dog called?"))
    tight = str(make(tokenizer_fn=letters, recall_tokens=190).get(input="What is my dog called?"))
    assert all(word in wide for word in ("Biggie", "tea", "cello"))
    assert "Biggie" in tight
    assert "cello" not in tight


def test_recall_options_reach_the_engine(make: Make, engine: MemoryEngine, user: str) -> None:
    engine.remember("User has a dog called Biggie", user_id=user, tags=["pets"])
    engine.remember("User has a dog lead from Rome", user_id=user)
    got = str(make(recall_options={"tags": ["pets"]}).get(input="dog"))
    assert "Biggie" in got
    assert "Rome" not in got


class Moody(HashEmbedder):
    """Fails while it is told to."""

    failing = False

    def embed(self, texts: Any) -> Any:
        if self.failing:
            raise ProviderError("no embedder today")
        return super().embed(texts)


def test_a_failing_model_leaves_the_chat_without_recall(
    tmp_path: Path, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    embedder = Moody()
    with MemoryEngine(tmp_path, embedder=embedder, learning="manual") as engine:
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="jo")
        engine.remember("User has a dog called Biggie", user_id="jo")
        memory.put(say("user", "hello there"))
        embedder.failing = True
        assert memory.get(input="What is my dog called?") == [say("user", "hello there")]
    assert "nothing is recalled for this turn" in caplog.text


# -- other blocks --------------------------------------------------------------------------------


class Diary(BaseMemoryBlock[str]):
    """Keeps what it is given; fails while it is told to."""

    name: str = "diary"
    given: list[ChatMessage] = []
    failing: bool = False
    text: str = "dear diary"

    async def _aget(self, messages: Any = None, **kwargs: Any) -> str:
        if self.failing:
            raise RuntimeError("the pen is dry")
        for message in messages:  # blocks may do what they like with what they are given
            message.blocks = []
        return self.text

    async def _aput(self, messages: list[ChatMessage]) -> None:
        if self.failing:
            raise RuntimeError("the pen is dry")
        self.given += messages


async def test_other_blocks_work_beside_ours(make: Make, knows_dog: None, say: Say) -> None:
    static = StaticMemoryBlock(name="rules", static_content="Speak like a pirate")
    memory = make(memory_blocks=[static, Diary(given=[])])
    assert any(isinstance(block, HarmoniaMemoryBlock) for block in memory.memory_blocks)
    memory.put(say("user", "What is my dog called?"))
    for got in (memory.get(), await memory.aget()):
        text = got[0].content or ""
        assert "Biggie" in text
        assert "<rules>" in text
        assert "pirate" in text
        assert "dear diary" in text
        assert got[1] == say("user", "What is my dog called?")
    assert memory.get_all() == [say("user", "What is my dog called?")]


@pytest.mark.parametrize("sync", [True, False])
async def test_a_failing_block_loses_nothing(
    sync: bool, make: Make, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = Diary(given=[]), Diary(name="bad", given=[], failing=True)
    memory = make(
        token_limit=200, token_flush_size=40, tokenizer_fn=letters, memory_blocks=[good, bad]
    )
    said = [say("user", f"{number} " + "x" * 40) for number in range(8)]
    for number, message in enumerate(said):
        bad.failing = number < 6
        memory.put(message) if sync else await memory.aput(message)
        got = memory.get() if sync else await memory.aget()
        assert got[-1] == message
    assert "did not take" in caplog.text
    archived = memory.get_all(MessageStatus.ARCHIVED)
    assert archived
    for block in (good, bad):  # each message once, in order
        assert [m.content for m in block.given] == [m.content for m in archived]
    assert memory.get_all() == said
    assert all("session_id" not in message.additional_kwargs for message in said)


async def test_blocks_yield_by_priority(make: Make, knows_dog: None, say: Say) -> None:
    """Priority 0 stays, then recalled text, then the others: the lowest number goes first."""

    def answer(limit: int) -> str:
        memory = make(
            token_limit=limit, tokenizer_fn=letters,
            memory_blocks=[
                Diary(name="always", priority=0, text="A" * 100),
                Diary(name="first", priority=1, text="B" * 200),
                Diary(name="second", priority=2, text="C" * 200),
            ],
        )  # fmt: skip
        memory.put(say("user", "My dog's name?"))
        got = memory.get()
        if limit >= 200:
            assert tokens(memory, got) <= limit
        return str(got)

    def seen(text: str) -> list[str]:
        return [word for word in ("AAA", "BBB", "CCC", "Biggie") if word in text]

    assert seen(answer(900)) == ["AAA", "BBB", "CCC", "Biggie"]
    assert seen(answer(650)) == ["AAA", "CCC", "Biggie"]
    assert seen(answer(420)) == ["AAA", "Biggie"]
    assert seen(answer(250)) == ["AAA"]


async def test_a_runtime_error_of_a_block_is_told_as_it_is(
    make: Make, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    memory = make(memory_blocks=[Diary(given=[], failing=True)])
    memory.put(say("user", "hello"))
    assert memory.get() == [say("user", "hello")]
    assert "the pen is dry" in caplog.text


def test_blocks_of_two_users_share_one_memory(
    make: Make, engine: MemoryEngine, user: str, knows_dog: None
) -> None:
    team = f"team:{user}"
    engine.remember("The team's dog show is in May", user_id=team)
    block = HarmoniaMemoryBlock(engine, user_id=team, name="team")
    got = str(make(memory_blocks=[block]).get(input="dog"))
    assert "Biggie" in got
    assert "in May" in got


# -- loops and threads ---------------------------------------------------------------------------


async def test_synchronous_calls_work_on_a_running_loop(
    make: Make, knows_dog: None, say: Say
) -> None:
    memory = make(memory_blocks=[Diary(given=[])])
    memory.put(say("user", "My dog?"))
    assert "Biggie" in str(memory.get())
    memory.set([say("user", "hello")])
    assert len(memory.get_all()) == 1
    memory.reset()
    assert memory.get_all() == []


def test_it_works_on_several_loops_one_after_the_other(make: Make, say: Say) -> None:
    memory = make()
    for number in range(3):
        asyncio.run(memory.aput(say("user", str(number))))
        assert len(asyncio.run(memory.aget_all())) == number + 1


async def test_an_async_engine_serves_as_well(tmp_path: Path, say: Say) -> None:
    async with AsyncMemoryEngine(tmp_path) as engine:
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="jo")
        await memory.aput(say("user", "hello"))
        assert await memory.aget() == [say("user", "hello")]
        await memory.areset()
        assert await memory.aget_all() == []


def test_threads_share_one_memory(make: Make, say: Say) -> None:
    memory = make()
    threads = [
        threading.Thread(target=lambda n=n: memory.put(say("user", f"note {n}"))) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(m.content or "" for m in memory.get_all()) == sorted(
        f"note {n}" for n in range(20)
    )


# -- written down --------------------------------------------------------------------------------


def test_it_is_written_down_as_json_and_read_back(
    make: Make, engine: MemoryEngine, say: Say
) -> None:
    template = RichPromptTemplate("{% for n, c in memory_blocks %}[{{ n }}]{% endfor %}")
    memory = make(
        token_limit=1234, k=3, insert_method=InsertMethod.USER, memory_blocks_template=template,
        recall_options={"layers": ["memory"]}, memory_blocks=[Diary(given=[])],
    )  # fmt: skip
    memory.put(say("user", "hello"))
    data = json.loads(memory.to_json())
    with pytest.warns(UserWarning, match="diary"):
        again = HarmoniaMemory.from_dict(data)
    assert again.engine is engine  # open in this process already
    assert again.get_all() == [say("user", "hello")]
    fed = HarmoniaMemory.from_dict(data, memory_blocks=[Diary(given=[])])
    assert fed.to_dict() == memory.to_dict()
    assert "[diary]" in str(fed.get())
    assert HarmoniaMemory.from_dict(data, engine=engine, memory_blocks=fed._others()).k == 3
    assert HarmoniaMemory.from_json(memory.to_json(), memory_blocks=[Diary()]).k == 3


def test_copies_and_pickles_keep_blocks_and_tokenizer(make: Make, say: Say) -> None:
    memory = make(tokenizer_fn=letters, memory_blocks=[Diary(given=[])])
    memory.put(say("user", "hello"))
    for again in (copy.deepcopy(memory), pickle.loads(pickle.dumps(memory))):
        assert again.get() == memory.get()
        assert again.tokenizer_fn is letters
        assert [block.name for block in again.memory_blocks] == ["harmonia", "diary"]
    usual = make()
    assert pickle.loads(pickle.dumps(usual)).to_dict() == usual.to_dict()


@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")
async def test_a_workflow_context_brings_it_back(
    make: Make, knows_dog: None, fake_llm: Any, shown: Any
) -> None:
    memory, llm = make(), fake_llm("fine")
    agent = FunctionAgent(llm=llm)
    context = Context(agent)
    await agent.run(user_msg="hello", memory=memory, ctx=context)
    data = json.loads(json.dumps(context.to_dict()))  # a warning here would be an error
    revived = Context.from_dict(agent, data)
    await agent.run(user_msg="What is my dog called?", ctx=revived)
    again = await revived.store.get("memory")
    assert isinstance(again, HarmoniaMemory)
    assert [m.content for m in again.get_all()] == [
        "hello", "fine", "What is my dog called?", "fine",
    ]  # fmt: skip
    assert "Biggie" in shown(llm.prompts[-1])


SECOND_PROCESS = """
import json, sys
from harmonia_plugins.llama_index import HarmoniaMemory

memory = HarmoniaMemory.from_dict(json.loads(sys.argv[1]))
print(memory.get(input="What is my dog called?")[0].content)
print([message.content for message in memory.get_all()])
"""


def test_another_process_opens_it_from_what_was_written(tmp_path: Path, say: Say) -> None:
    memory = HarmoniaMemory.from_defaults(path=tmp_path / "store", user_id="jo")
    memory.put(say("user", "hello"))
    memory.engine.remember("User has a dog called Biggie", user_id="jo")
    out = subprocess.run(
        [sys.executable, "-c", SECOND_PROCESS, memory.to_json()],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "Biggie" in out
    assert "['hello']" in out
    memory.engine.close()


def test_a_path_is_opened_once_and_again_when_it_was_closed(tmp_path: Path) -> None:
    one = HarmoniaMemory.from_defaults(path=tmp_path, user_id="jo")
    two = HarmoniaMemory.from_defaults(path=str(tmp_path), user_id="ada")
    assert one.engine is two.engine
    one.engine.close()
    three = HarmoniaMemory.from_defaults(path=tmp_path, user_id="jo")
    assert three.engine is not one.engine
    assert three.get_all() == []
    three.engine.close()


# -- errors --------------------------------------------------------------------------------------


def test_who_and_where_must_be_said(engine: MemoryEngine, tmp_path: Path) -> None:
    for options, words in (
        ({"engine": engine}, "whose memory"),
        ({"user_id": "jo"}, "needs an engine or the path"),
        ({"engine": engine, "path": tmp_path, "user_id": "jo"}, "not both"),
        ({"engine": "./memory", "user_id": "jo"}, "MemoryEngine"),
        ({"path": 3, "user_id": "jo"}, "path must name a folder"),
        ({"path": "s3://bucket/memory", "user_id": "jo"}, "s3://"),
        ({"path": "", "user_id": "jo"}, "path must name a folder"),
        ({"engine": engine, "user_id": " "}, "must not be blank"),
        ({"engine": engine, "user_id": 3}, "must be a str"),
        ({"engine": engine, "user_id": "jo", "session_id": ""}, "must not be blank"),
        ({"engine": engine, "user_id": "jo", "chat_store": object()}, "takes no chat_store"),
    ):
        with pytest.raises(InvalidInputError, match=words):
            HarmoniaMemory.from_defaults(**options)
    for options in ({"token_limit": 0}, {"k": 0}, {"recall_tokens": 0}):
        with pytest.raises(ValueError, match=r"greater than"):
            HarmoniaMemory.from_defaults(engine=engine, user_id="jo", **options)


async def test_a_closed_engine_says_so(tmp_path: Path, say: Say) -> None:
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), clock=FrozenClock()) as engine:
        memory = HarmoniaMemory.from_defaults(engine=engine, user_id="jo")
    for call in (memory.get, memory.get_all, memory.reset, lambda: memory.put(say("user", "hi"))):
        with pytest.raises(ClosedError):
            call()
    with pytest.raises(ClosedError):
        await memory.aput(say("user", "hi"))


def test_what_is_no_message_is_refused(make: Make) -> None:
    memory = make()
    for odd in ("hello", {"role": "user", "content": "hello"}, None):
        with pytest.raises(InvalidInputError, match="ChatMessage"):
            memory.put(odd)  # type: ignore[arg-type]
    assert memory.get_all() == []


def test_nothing_to_put_is_fine(make: Make) -> None:
    memory = make()
    memory.put_messages([])
    assert memory.get() == []


def test_a_message_of_blocks_alone_is_kept(make: Make) -> None:
    call = ChatMessage(
        role="assistant",
        blocks=[TextBlock(text=""), ToolCallBlock(tool_name="add", tool_kwargs={})],
    )
    memory = make()
    memory.put(call)
    assert memory.get() == [call]
