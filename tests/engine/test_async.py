"""The engine for asyncio has the same verbs and gives the same results, on one loop or several."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import (
    AsyncItemStore,
    AsyncMemoryEngine,
    ClosedError,
    InvalidInputError,
    ItemStore,
    MemoryEngine,
    Message,
    NotFoundError,
)
from harmonia_plugins.testing import FrozenClock, HashEmbedder

U = "nora"
SAID = datetime(2024, 3, 1, tzinfo=UTC)
MADE_UP = {"changeset_id", "path", "disk_bytes", "latencies", "bytes_before", "bytes_after"}

SCRIPT: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("observe", (Message("user", "plum jam", id="a"),), {}),
    ("observe", ([Message("user", "quartz", id="b")],), {"session_id": "s"}),
    ("remember", ("Nora likes plum",), {"id": "m"}),
    ("update", ("m",), {"confidence": 0.5}),
    ("archive", ("m",), {}),
    ("revert", ("m",), {"revision": 1}),
    ("get", ("m",), {}),
    ("memories", (), {}),
    ("history", ("m",), {}),
    ("diff", ("m",), {}),
    ("changes", (), {}),
    ("recall", ("plum",), {}),
    ("recall_many", (["plum", "quartz"],), {}),
    ("context", ("plum",), {"token_budget": 100}),
    ("set_message_status", (["a"],), {"status": "archived"}),
    ("messages", (), {}),
    ("sessions", (), {}),
    ("replace_messages", ([Message("user", "ribbon", id="c")],), {}),
    ("delete_messages", (["b"],), {"session_id": "s"}),
    ("preferences", (), {"timezone": "Europe/Paris"}),
    ("observe", (Message("user", "I live in Lyon", id="d", created_at=SAID),), {"wait": False}),
    ("learn_pending", (), {}),
    ("relearn", (), {"ids": ["d"]}),
    ("remember", ("User plays chess",), {"id": "chess"}),
    ("stats", (), {}),
    ("flush", (), {"user_id": None}),
    ("health", (), {"user_id": None}),
    ("forget", (), {"id": "m"}),
    ("purge", (), {"user_id": None}),
]


def _options() -> dict[str, Any]:
    return {"embedder": HashEmbedder(), "clock": FrozenClock(), "learning": "manual"}


def _calls() -> Iterable[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    for verb, args, options in SCRIPT:
        given = {"user_id": U} | options
        yield verb, args, {k: v for k, v in given.items() if v is not None}


def _plain(value: Any) -> Any:
    """Return a result without ids that are made up and sizes on the disk."""
    if is_dataclass(value):
        left_out = MADE_UP | ({"id"} if type(value).__name__ == "ChangeSet" else set())
        kept = [f.name for f in fields(value) if f.name not in left_out]
        return [type(value), *((name, _plain(getattr(value, name))) for name in kept)]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _verbs(cls: type) -> dict[str, Any]:
    return {
        name: member
        for name, member in inspect.getmembers(cls, callable)
        if not name.startswith("_")
    }


@pytest.mark.parametrize(
    ("sync", "other", "own"),
    [(MemoryEngine, AsyncMemoryEngine, {"open"}), (ItemStore, AsyncItemStore, set())],
)
def test_every_verb_exists_with_the_same_parameters(sync: type, other: type, own: set[str]):
    theirs, ours = _verbs(sync), _verbs(other)
    assert set(ours) - own == set(theirs)
    for name, verb in theirs.items():
        expected = inspect.signature(verb).parameters
        assert inspect.signature(ours[name]).parameters == expected, name
        awaited = inspect.iscoroutinefunction(ours[name]) or inspect.isasyncgenfunction(ours[name])
        assert awaited, name
        assert ours[name].__doc__, name


def test_the_script_holds_every_verb():
    apart = {"items", "users", "embed", "close", "undo", "release", "resolve_time", "subscribe"}
    assert {verb for verb, _, _ in SCRIPT} | apart == set(_verbs(MemoryEngine))


def test_results_are_the_same(tmp_path: Path):
    with MemoryEngine(tmp_path / "sync", **_options()) as engine:
        expected = [_plain(getattr(engine, verb)(*a, **k)) for verb, a, k in _calls()]
        users, vectors = list(engine.users()), engine.embed(["x"]).tolist()

    async def main() -> None:
        async with AsyncMemoryEngine(tmp_path / "async", **_options()) as engine:
            found = [_plain(await getattr(engine, verb)(*a, **k)) for verb, a, k in _calls()]
            for (verb, _, _), mine, theirs in zip(SCRIPT, found, expected, strict=True):
                assert mine == theirs, verb
            assert [user async for user in engine.users()] == users == [U]
            assert (await engine.embed(["x"])).tolist() == vectors

    asyncio.run(main())


def test_items_are_the_same(tmp_path: Path):
    clock = FrozenClock()

    async def main() -> None:
        options = _options() | {"clock": clock}
        async with AsyncMemoryEngine(tmp_path, **options) as engine:
            items = await engine.items(user_id=U)
            await items.put(("n",), "k", {"text": "plum"}, ttl=60)
            await items.put(("n", "m"), "l", {"text": "quartz"})
            assert (await items.get(("n",), "k")).value == {"text": "plum"}
            assert (await items.search(query="quartz"))[0].key == "l"
            assert await items.namespaces() == [("n",), ("n", "m")]
            clock.advance(60)
            assert await items.sweep() == 1
            await items.delete(("n", "m"), "l")
            assert await items.search() == []
            with pytest.raises(InvalidInputError):
                await engine.items(user_id="")

    asyncio.run(main())


def test_errors_reach_the_caller(tmp_path: Path):
    async def main() -> None:
        async with AsyncMemoryEngine(tmp_path, **_options()) as engine:
            with pytest.raises(NotFoundError):
                await engine.archive("none", user_id=U)
            with pytest.raises(InvalidInputError):
                await engine.recall("", user_id=U)
        for call in (engine.recall("x", user_id=U), engine.health(), engine.items(user_id=U)):
            with pytest.raises(ClosedError):
                await call
        with pytest.raises(ClosedError):
            await _first(engine.users())
        await engine.close()

    asyncio.run(main())


async def _first(users: AsyncIterator[str]) -> str:
    return await anext(users)


def test_many_calls_at_once_are_all_stored(tmp_path: Path):
    async def main() -> None:
        async with AsyncMemoryEngine(tmp_path, **_options()) as engine:
            await asyncio.gather(
                *(engine.remember(f"plum {n}", user_id=U, id=str(n)) for n in range(40))
            )
            found = await engine.memories(user_id=U, limit=100)
            assert {memory.id for memory in found} == {str(n) for n in range(40)}

    asyncio.run(main())


def test_several_event_loops_share_one_engine(tmp_path: Path):
    engine = AsyncMemoryEngine(tmp_path, **_options())
    together = threading.Barrier(3)
    failures: list[BaseException] = []

    async def talk(loop: int) -> None:
        for number in range(5):
            message = Message("user", f"plum {loop} {number}", id=f"{loop}-{number}")
            await engine.observe(message, user_id=U)
            assert await engine.recall("plum", user_id=U)

    def run(loop: int) -> None:
        together.wait()
        try:
            asyncio.run(talk(loop))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []

    async def end() -> int:
        count = len(await engine.messages(user_id=U))
        await engine.close()
        return count

    assert asyncio.run(end()) == 15


def test_opening_reports_errors_and_returns_an_open_engine(tmp_path: Path):
    async def main() -> None:
        engine = await AsyncMemoryEngine.open(tmp_path / "store", **_options())
        assert (await engine.health()).ok
        await engine.close()
        with pytest.raises(InvalidInputError):
            await AsyncMemoryEngine.open("s3://bucket", **_options())

    asyncio.run(main())
