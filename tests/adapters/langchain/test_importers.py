"""Imports from LangGraph stores and chat histories: everything, once."""

from __future__ import annotations

import asyncio
import dataclasses
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from langchain_core.chat_history import InMemoryChatMessageHistory
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.store.base import PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from harmonia_plugins import InvalidInputError, MemoryEngine, Message
from harmonia_plugins.adapters.importing import Imported
from harmonia_plugins.adapters.langchain.messages import to_langchain
from harmonia_plugins.langchain import (
    HarmoniaStore,
    import_from_chat_history,
    import_from_langgraph,
)

# LangChain calls its own histories deprecated; people still have them.
pytestmark = pytest.mark.filterwarnings("ignore:The class .InMemoryChatMessageHistory")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryEngine]:
    with MemoryEngine(tmp_path_factory.mktemp("memory"), learning="manual") as opened:
        yield opened


# -- stores ------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "sqlite", "harmonia"])
def source(request: pytest.FixtureRequest, engine: MemoryEngine, user: str) -> Iterator[Any]:
    if request.param == "memory":
        yield InMemoryStore()
    elif request.param == "harmonia":
        yield HarmoniaStore(engine, user_id=f"{user}-source")
    else:
        sqlite = pytest.importorskip("langgraph.store.sqlite", exc_type=ImportError)
        with sqlite.SqliteStore.from_conn_string(":memory:") as store:
            store.setup()
            yield store


def test_everything_is_copied_once(source: Any, engine: MemoryEngine, user: str):
    source.batch([
        PutOp(("notes", str(n % 3)), f"k.{n}", {"n": n, "deep": {"ü": [None, n]}})
        for n in range(230)
    ])  # fmt: skip
    counts: list[Imported] = []
    first = import_from_langgraph(source, engine, user_id=user, progress=counts.append)
    assert first == counts[-1] == Imported(items=230)
    assert [count.items for count in counts] == [100, 200, 230]
    assert import_from_langgraph(source, engine, user_id=user) == Imported(unchanged=230)
    store = HarmoniaStore(engine, user_id=user)
    assert store.list_namespaces() == source.list_namespaces()
    mine = {(i.namespace, i.key): i for i in store.search((), limit=1000)}
    assert len(mine) == 230
    for item in source.search((), limit=1000):
        kept = mine[item.namespace, item.key]
        assert kept.value == item.value
        for name in ("created_at", "updated_at"):
            assert getattr(kept, name) == getattr(item, name).replace(tzinfo=UTC)


def test_what_changed_since_is_copied_and_what_changed_here_stays(engine: MemoryEngine, user: str):
    source = InMemoryStore()
    for key in ("there", "here", "same"):
        source.put(("n",), key, {"v": 1})
    import_from_langgraph(source, engine, user_id=user)
    store = HarmoniaStore(engine, user_id=user)
    store.put(("n",), "here", {"v": "ours"})
    source.put(("n",), "there", {"v": "theirs"})
    source.put(("n",), "new", {"v": 2})
    again = import_from_langgraph(source, engine, user_id=user)
    assert again == Imported(items=2, unchanged=2)
    assert {item.key: item.value["v"] for item in store.search(())} == {
        "there": "theirs", "here": "ours", "same": 1, "new": 2,
    }  # fmt: skip


def test_one_users_part_of_a_shared_store(engine: MemoryEngine, user: str):
    source = InMemoryStore()
    for name in ("1", "10", "2"):
        source.put(("memories", name), "k", {"content": f"of {name}"})
    counted = import_from_langgraph(source, engine, user_id=user, prefix=("memories", "1"))
    assert counted == Imported(items=1)
    (item,) = engine.items(user_id=user).search()
    assert item.value == {"content": "of 1"}


def test_what_is_no_json_is_named_converted_or_left_out(engine: MemoryEngine, user: str):
    source = InMemoryStore()
    source.put(("n",), "fine", {"v": 1})
    source.put(("n",), "odd", {"at": datetime(2024, 1, 1)})
    with pytest.raises(InvalidInputError, match=r"'odd' in \('n',\).*convert="):
        import_from_langgraph(source, engine, user_id=user)

    def left_out(item: Any) -> Any:
        return None if item.key == "odd" else item.value

    def converted(item: Any) -> Any:
        return {key: str(value) for key, value in item.value.items()}

    counted = import_from_langgraph(source, engine, user_id=user, convert=left_out)
    assert counted == Imported(items=1, left_out=1)
    counted = import_from_langgraph(source, engine, user_id=user, convert=converted)
    assert counted == Imported(items=1, unchanged=1)
    assert engine.items(user_id=user).get(("n",), "odd").value == {"at": "2024-01-01 00:00:00"}


def test_a_store_that_lives_on_a_loop(engine: MemoryEngine, user: str, tmp_path: Path):
    aio = pytest.importorskip("langgraph.store.sqlite.aio", exc_type=ImportError)

    async def main() -> Imported:
        async with aio.AsyncSqliteStore.from_conn_string(str(tmp_path / "s.db")) as store:
            await store.setup()
            await store.aput(("n",), "k", {"v": 1})
            return await asyncio.to_thread(import_from_langgraph, store, engine, user_id=user)

    assert asyncio.run(main()) == Imported(items=1)


def test_what_langmem_notes_is_believed_on_request(engine: MemoryEngine, user: str):
    source = InMemoryStore()
    notes = [
        {"content": "User lives in Lyon"},
        {"kind": "Memory", "content": {"content": "User has a dog called Biggie"}},
        {"content": "User lives in Paris"},
        {"kind": "Profile", "content": {"name": "Jo", "age": 40}},
        {"content": "a page", "url": "https://example.com"},
    ]
    for n, note in enumerate(notes):
        source.put(("memories", "jo"), str(n), note)
    first = import_from_langgraph(source, engine, user_id=user, memories=True)
    assert first == Imported(items=5, memories=3)
    active = [memory.content for memory in engine.memories(user_id=user)]
    assert sorted(active) == ["User has a dog called Biggie", "User lives in Paris"]
    again = import_from_langgraph(source, engine, user_id=user, memories=True)
    assert again == Imported(unchanged=8)
    assert [memory.content for memory in engine.memories(user_id=user)] == active
    source.put(("memories", "jo"), "1", {"content": "User has a dog called Rex"})
    third = import_from_langgraph(source, engine, user_id=user, memories=True)
    assert third == Imported(items=1, memories=1, unchanged=6)
    assert "User has a dog called Rex" in [m.content for m in engine.memories(user_id=user)]


def test_counts_are_a_frozen_value():
    counted = Imported(items=1, messages=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        counted.items = 2  # type: ignore[misc]
    assert Imported.from_dict(counted.to_dict()) == counted


@pytest.mark.parametrize("options", [{"user_id": " "}, {"user_id": None}])
def test_a_missing_user_is_an_error(engine: MemoryEngine, options: dict[str, Any]):
    with pytest.raises(InvalidInputError, match="user_id"):
        import_from_langgraph(InMemoryStore(), engine, **options)
    with pytest.raises(InvalidInputError, match="user_id"):
        import_from_chat_history(InMemoryChatMessageHistory(), engine, session_id="s", **options)


class Busy(InMemoryStore):
    """Others put a page of items before those that are read, after each page."""

    def batch(self, ops: Any) -> Any:
        ops = list(ops)
        found = super().batch(ops)
        if any(isinstance(op, SearchOp) for op in ops) and len(self._data[("n",)]) < 300:
            held = dict(self._data[("n",)])
            self._data[("n",)].clear()
            start = 1_000 + len(held)
            super().batch(PutOp(("n",), f"{n}", {"n": n}) for n in range(start, start + 100))
            self._data[("n",)].update(held)
        return found


def test_items_that_move_to_later_pages_are_not_missed(engine: MemoryEngine, user: str):
    source = Busy()
    InMemoryStore.batch(source, [PutOp(("n",), f"{n}", {"n": n}) for n in range(150)])
    import_from_langgraph(source, engine, user_id=user)
    target = HarmoniaStore(engine, user_id=user)
    assert all(target.get(("n",), f"{n}") for n in range(150))


def test_what_is_no_store_and_no_prefix_is_refused(engine: MemoryEngine, user: str):
    not_a_store: Any = {}
    with pytest.raises(InvalidInputError, match="LangGraph store, not dict"):
        import_from_langgraph(not_a_store, engine, user_id=user)
    with pytest.raises(InvalidInputError, match=r"prefix .* 'notes'"):
        import_from_langgraph(InMemoryStore(), engine, user_id=user, prefix="notes")


# -- histories ---------------------------------------------------------------------------------

TURN = [
    SystemMessage("You help."),
    HumanMessage("I live in Lyon", id="h1"),
    AIMessage(
        "", tool_calls=[{"name": "map", "args": {"of": "Lyon"}, "id": "c1"}], id="a1"
    ),
    ToolMessage("a map", tool_call_id="c1"),
    HumanMessage("yes"),
    AIMessage("Sure?"),
    HumanMessage("yes"),
    HumanMessage(
        [{"type": "text", "text": "look"}, {"type": "image_url", "image_url": {"url": "x"}}]
    ),
]  # fmt: skip


@pytest.fixture(params=["memory", "file", "sql"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if request.param == "memory":
            made: Any = InMemoryChatMessageHistory()
        else:
            community = pytest.importorskip("langchain_community.chat_message_histories")
            if request.param == "file":
                made = community.FileChatMessageHistory(str(tmp_path / "chat.json"))
            else:
                address = f"sqlite:///{tmp_path / 'chat.db'}"
                made = community.SQLChatMessageHistory("s", connection=address)
        made.add_messages(TURN)
        yield made
        if request.param == "sql":
            made.engine.dispose()


def _plain(messages: Any) -> list[Any]:
    return [message.model_dump(exclude={"id"}) for message in messages]


def test_a_history_comes_over_without_loss_and_once(history: Any, engine: MemoryEngine, user: str):
    where = {"user_id": user, "session_id": "s"}
    assert import_from_chat_history(history, engine, **where) == Imported(messages=len(TURN))
    stored = engine.messages(**where)
    assert _plain(to_langchain(message) for message in stored) == _plain(history.messages)
    assert [message.id for message in stored][1:3] == ["h1", "a1"]
    assert import_from_chat_history(history, engine, **where) == Imported(unchanged=len(TURN))
    assert engine.messages(**where) == stored
    history.add_messages([HumanMessage("yes"), AIMessage("I see")])
    assert import_from_chat_history(history, engine, **where) == Imported(
        messages=2, unchanged=len(TURN)
    )
    assert [message.content for message in engine.messages(**where)][-2:] == ["yes", "I see"]


def test_it_is_learned_from_unless_told_otherwise(engine: MemoryEngine, user: str):
    history = InMemoryChatMessageHistory(messages=[HumanMessage("I live in Lyon")])
    import_from_chat_history(history, engine, user_id=f"{user}-not", session_id="s", extract=False)
    import_from_chat_history(history, engine, user_id=user, session_id="s")
    assert not engine.memories(user_id=user), "learning does not hold up the import"
    engine.learn_pending()
    assert [memory.content for memory in engine.memories(user_id=user)] == ["User lives in Lyon"]
    assert not engine.memories(user_id=f"{user}-not")


def test_when_it_was_said_may_be_told(engine: MemoryEngine, user: str):
    start = datetime(2023, 5, 4, 12, tzinfo=UTC)
    history = InMemoryChatMessageHistory(messages=[HumanMessage("I ran a marathon yesterday")])
    import_from_chat_history(
        history, engine, user_id=user, session_id="s", time_of=lambda message: start
    )
    engine.learn_pending(user_id=user)
    (message,) = engine.messages(user_id=user, session_id="s")
    assert message.created_at == start
    (memory,) = engine.memories(user_id=user)
    assert memory.occurred_at.date() == (start - timedelta(days=1)).date()


def test_an_edited_message_stays_edited_and_progress_is_told(engine: MemoryEngine, user: str):
    where = {"user_id": user, "session_id": "s"}
    messages = [HumanMessage(f"number {n}", id=f"m{n}") for n in range(250)]
    history = InMemoryChatMessageHistory(messages=messages)
    counts: list[Imported] = []
    import_from_chat_history(history, engine, progress=counts.append, extract=False, **where)
    assert [count.messages for count in counts] == [100, 200, 250]
    engine.observe(Message("user", "another text", id="m7"), extract=False, **where)
    assert import_from_chat_history(history, engine, **where) == Imported(unchanged=250)
    assert engine.messages(**where)[7].content == "another text"


def test_what_is_no_history_is_refused(engine: MemoryEngine):
    with pytest.raises(InvalidInputError, match="BaseChatMessageHistory"):
        import_from_chat_history([HumanMessage("x")], engine, user_id="u", session_id="s")  # type: ignore[arg-type]


def test_messages_that_share_an_id_all_come_over(engine: MemoryEngine, user: str):
    # a model's cache gives an answer again under the id of its first time
    turn = [HumanMessage("ping"), AIMessage("pong", id="run-1")]
    history = InMemoryChatMessageHistory(messages=[*turn, *turn, AIMessage("pong!", id="run-1")])
    where = {"user_id": user, "session_id": "s"}
    assert import_from_chat_history(history, engine, **where) == Imported(messages=5)
    stored = engine.messages(**where)
    assert [item.content for item in stored] == ["ping", "pong", "ping", "pong", "pong!"]
    assert [to_langchain(item).id for item in stored] == [None, "run-1", None, "run-1", "run-1"]
    assert import_from_chat_history(history, engine, **where) == Imported(unchanged=5)
