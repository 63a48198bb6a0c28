"""No call that takes a user sees another user's data, and none depends on it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harmonia_plugins import MemoryEngine, Message, NotFoundError
from harmonia_plugins.testing import HashEmbedder

WORDS = ["dog", "tea", "rain", "train", "violin", "salt", "moon", "bread"]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
ids = st.one_of(
    st.sampled_from(["a", "A", "a ", "a'b", "a/b", "a.b", "*", "user_id:a OR *", "🦊", "x" * 512]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
        lambda text: bool(text.strip())
    ),
)
pairs = st.lists(ids, min_size=2, max_size=2, unique=True)
writes = st.lists(
    st.tuples(
        st.sampled_from(["observe", "remember", "update", "archive", "delete", "forget", "item"]),
        texts,
        st.integers(0, 3),
    ),
    max_size=12,
)
relaxed = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # fmt: skip


def write(engine: MemoryEngine, user: str, what: str, text: str, number: int) -> None:
    """Do one thing for a user; ids are the same for everyone, so that they can clash."""
    try:
        if what == "observe":
            message = Message("user", text, id=f"m{number}")
            engine.observe([message], user_id=user, session_id=f"s{number % 2}")
        elif what == "remember":
            engine.remember(text, user_id=user, id=f"f{number}", tags=["t"])
        elif what == "update":
            engine.update(f"f{number}", user_id=user, content=text)
        elif what == "archive":
            engine.archive(f"f{number}", user_id=user)
        elif what == "delete":
            engine.delete_messages([f"m{number}"], user_id=user, session_id=f"s{number % 2}")
        elif what == "forget":
            engine.forget(user_id=user, session_id=f"s{number % 2}")
        else:
            engine.items(user_id=user).put(("n",), f"i{number}", {"text": text})
    except NotFoundError:
        pass


def seen(engine: MemoryEngine, user: str) -> dict[str, Any]:
    """Everything that reading verbs tell of a user, scores and channels included."""
    return {
        "recall": [
            (hit.id, hit.text, hit.score, hit.channels)
            for mode in ("hybrid", "keyword", "prefix")
            for query in ("dog tea", "violin in the rain", "moon")
            for hit in engine.recall(
                query, user_id=user, k=50, mode=mode, layers=("memory", "message", "item")
            )
        ],
        "memories": engine.memories(user_id=user, status=None).entries,
        "changes": engine.changes(user_id=user).entries,
        "messages": [engine.messages(user_id=user, session_id=s) for s in ("s0", "s1")],
        "sessions": engine.sessions(user_id=user),
        "items": engine.items(user_id=user).search(limit=100),
        "namespaces": engine.items(user_id=user).namespaces(),
        "counts": [
            getattr(engine.stats(user_id=user), name)
            for name in ("memories", "messages", "items", "rows", "waiting")
        ],
    }


@pytest.mark.parametrize("threshold", [3, 10_000], ids=["with index", "from memory"])
@relaxed
@given(users=pairs, mine=writes, theirs=writes)
def test_others_change_nothing_for_a_user(
    threshold: int, users: list[str], mine: Any, theirs: Any
) -> None:
    """Adding, changing or deleting other users' data changes neither hits nor scores."""
    me, other = users
    with (
        TemporaryDirectory() as folder,
        MemoryEngine(
            Path(folder), embedder=HashEmbedder(32), learning="manual",
            settings={"lexical_threshold": threshold},
        ) as engine,
    ):  # fmt: skip
        for step in mine:
            write(engine, me, *step)
        engine.flush()
        before = seen(engine, me)
        for step in theirs:
            write(engine, other, *step)
        engine.flush()
        assert seen(engine, me) == before
        engine.forget(user_id=other, all=True)
        assert seen(engine, me) == before


@relaxed
@given(users=pairs, theirs=writes)
def test_a_user_without_data_sees_nothing(users: list[str], theirs: Any) -> None:
    """Whatever others hold, a new user's store is empty."""
    me, other = users
    with (
        TemporaryDirectory() as folder,
        MemoryEngine(Path(folder), embedder=HashEmbedder(32), learning="manual") as engine,
    ):
        for step in theirs:
            write(engine, other, *step)
        found = seen(engine, me)
        assert not any(any(value) if isinstance(value, list) else value for value in found.values())
        assert me not in set(engine.users())


@relaxed
@given(users=pairs, shared=texts)
def test_the_same_ids_of_two_users_are_two_records(users: list[str], shared: str) -> None:
    """Changing one leaves the other as it was."""
    me, other = users
    with (
        TemporaryDirectory() as folder,
        MemoryEngine(Path(folder), embedder=HashEmbedder(32), learning="manual") as engine,
    ):
        for user in users:
            engine.remember(shared, user_id=user, id="same")
            engine.observe([Message("user", shared, id="m")], user_id=user, session_id="s")
        engine.update("same", user_id=other, content="something new")
        engine.forget(user_id=other, session_id="s")
        memory = engine.get("same", user_id=me)
        assert memory is not None
        assert (memory.content, memory.revision) == (shared, 1)
        assert [m.content for m in engine.messages(user_id=me, session_id="s")] == [shared]
