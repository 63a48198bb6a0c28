"""Writes of many threads share commits, and each gets its own result."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from durability import support
from harmonia_plugins import NotFoundError


@pytest.fixture
def engine(tmp_path):
    with support.open_engine(tmp_path / "store") as engine:
        yield engine


def test_sixteen_threads_share_commits(engine):
    def work(thread: int) -> list[int]:
        revisions = []
        for number in range(25):
            text = f"thread{thread} says word{number}"
            support.say(engine, f"user{thread % 4}", text, session=f"s{thread}")
            done = engine.update("counter", user_id="shared", content=text)
            revisions.append(done.changes[0].after.revision)
        return revisions

    engine.remember("nothing yet", id="counter", user_id="shared")
    before = engine._core.store.records.commits
    with ThreadPoolExecutor(16) as pool:
        made = [revision for part in pool.map(work, range(16)) for revision in part]
    commits = engine._core.store.records.commits - before
    assert commits <= 800 / 3
    assert sorted(made) == list(range(2, 402))
    for thread in range(16):
        log = support.texts(engine, f"user{thread % 4}", f"s{thread}")
        assert log == [f"thread{thread} says word{number}" for number in range(25)]
    assert support.chain_faults(support.table_rows(engine.path)) == []


def test_a_failing_plan_fails_alone(engine):
    """Of writes in one commit some are refused while planned: the others are stored."""
    engine.remember("here", id="here", user_id="u")
    ready = threading.Barrier(16)

    def work(thread: int) -> str:
        ready.wait()
        name = "here" if thread % 2 else "missing"
        try:
            done = engine.update(name, user_id="u", content=f"said by {thread}")
        except NotFoundError:
            return "refused"
        return done.changes[0].after.content

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(work, range(16)))
    assert results == [f"said by {n}" if n % 2 else "refused" for n in range(16)]
    assert len(engine.history("here", user_id="u")) == 9


def test_a_plan_that_fails_half_way_leaves_nothing(engine):
    row_of = _row_maker(engine)

    def half(draft):
        draft.add(row_of("first"))
        raise RuntimeError("no further")

    def whole(draft):
        draft.add(row_of("second"))
        return "stored"

    results: list[object] = []

    def run(plan):
        try:
            results.append(engine._core.store.records.write("u", plan))
        except RuntimeError as error:
            results.append(str(error))

    threads = [threading.Thread(target=run, args=(plan,)) for plan in [half, whole] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(map(str, results)) == {"no further": 4, "stored": 4}
    assert [row["text"] for row in support.table_rows(engine.path)] == ["second"] * 4
    assert len(engine.history("second", user_id="u")) == 4


def _row_maker(engine):
    from harmonia_plugins import Memory
    from harmonia_plugins.store.codec import memory_row

    def make(text: str):
        memory = Memory(
            id=text, revision=1, user_id="u", content=text, recorded_at=engine._core.now()
        )
        (vector,) = engine.embed([text])
        return memory_row(memory, kind="created", changeset_id="c", vector=vector, length=1)

    return make


def test_readers_beside_writers_see_each_row_once(tmp_path):
    """With hardly any memory for resident users each read loads anew, in the midst of commits."""
    faults: list[str] = []
    with support.open_engine(tmp_path, resident_bytes=1, lexical_threshold=10_000) as engine:
        ended = threading.Event()

        def read() -> None:
            while not ended.is_set():
                for user in ("a", "b", "c"):
                    log = [message.id for message in engine.messages(user_id=user)]
                    if len(log) != len(set(log)):
                        faults.append(f"{user}: {len(log)} messages, {len(set(log))} ids")

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for number in range(30):
            user = "abc"[number % 3]
            (said,) = support.say(engine, user, support.sentence(number))
            history = engine.remember("again", id="memory", user_id=user)
            numbers = [m.id for m in engine.messages(user_id=user)]
            assert numbers[-1] == said
            assert numbers.count(said) == 1
            assert history is not None
        ended.set()
        for reader in readers:
            reader.join()
    assert faults == []


def test_purge_beside_writers_loses_nothing(engine):
    """`purge` rewrites the tables while threads of its own process go on writing."""
    ended = threading.Event()
    stored: list[list[str]] = [[] for _ in range(4)]

    def write(thread: int) -> None:
        while not ended.is_set():
            stored[thread] += support.say(
                engine, "u", f"thread{thread} number{len(stored[thread])}", session=f"s{thread}"
            )

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        engine.purge()
    ended.set()
    for thread in threads:
        thread.join()
    for thread in range(4):
        log = engine.messages(user_id="u", session_id=f"s{thread}")
        assert [message.id for message in log] == stored[thread]
    assert support.chain_faults(support.table_rows(engine.path)) == []
