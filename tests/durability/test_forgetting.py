"""What is forgotten is found by nobody, cannot come back, and leaves the disk with `purge`."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from durability import support
from harmonia_plugins import Message, NotFoundError
from harmonia_plugins.store.commits import PositionMovedError
from harmonia_plugins.store.messages import Incoming, add_messages
from harmonia_plugins.testing import HashEmbedder

VICTIM = "victim@example.org/42"
TOKEN = "xylographer"
SECRET = f"the {TOKEN} keeps a secret under the stairs"
SESSION = "session-of-the-victim"


class Probe:
    """Looks for a user's traces in every file of a store, decoded and raw."""

    def __init__(self, store) -> None:
        self.store = store
        (vector,) = HashEmbedder().embed([SECRET])
        self.vector = np.asarray(vector, np.float32)

    def raw(self) -> set[str]:
        """Return which byte strings are in files as they are, or in names of files."""
        wanted = {
            "vector": self.vector.tobytes(), "user": VICTIM.encode(), "token": TOKEN.encode(),
            "session": SESSION.encode(),
        }  # fmt: skip
        found: set[str] = set()
        for folder, folders, names in os.walk(self.store):
            for name in [*folders, *names]:
                found |= {what for what, value in wanted.items() if value in name.encode()}
            for name in names:
                data = Path(folder, name).read_bytes()
                found |= {what for what, value in wanted.items() if value in data}
        return found

    def decoded(self) -> set[str]:
        """Return what the rows of every version of every table hold."""
        import lancedb

        found: set[str] = set()
        connection = lancedb.connect(os.fspath(self.store / "lance"))
        for name in ("records", "items"):
            table = connection.open_table(name)
            named: set[str] = set()
            for version in table.list_versions():
                table.checkout(version["version"])
                for row in table.to_arrow().to_pylist():
                    values = str([value for key, value in row.items() if key != "vector"])
                    same = np.array_equal(np.float32(row["vector"]), self.vector)
                    found |= {"vector"} if same else set()
                    wanted = {"user": VICTIM, "token": TOKEN, "session": SESSION}
                    found |= {what for what, value in wanted.items() if value in values}
            folder = self.store / "lance" / f"{name}.lance"
            for manifest in (folder / "_versions").glob("*.manifest"):
                data = manifest.read_bytes()
                named |= {file.name for file in (folder / "data").iterdir()
                          if file.name.encode() in data}  # fmt: skip
            assert named == {file.name for file in (folder / "data").iterdir()}, "not decoded"
        return found

    def indexed(self) -> set[str]:
        """Return whether a Tantivy dictionary or document knows the token."""
        import tantivy

        found: set[str] = set()
        for meta in (self.store / "lexical").rglob("meta.json"):
            index = tantivy.Index.open(os.fspath(meta.parent))
            searcher = index.searcher()
            if searcher.terms_with_prefix("terms", TOKEN[:6]):
                found.add("dictionary")
            query = tantivy.Query.regex_query(index.schema, "terms", f"{TOKEN[:6]}.*")
            if searcher.search(query, 1).hits:
                found.add("document")
        return found


@pytest.fixture
def engine(tmp_path):
    """A store in which the victim is among others, indexed, compacted, revised."""
    with support.open_engine(tmp_path / "store", learning="manual") as engine:
        support.say(engine, VICTIM, SECRET, session=SESSION)
        for start in range(0, 80, 8):
            some = [support.sentence(number) for number in range(start, start + 8)]
            support.say(engine, "other", *some)
            support.say(engine, VICTIM, *(f"{text} of mine" for text in some), session=SESSION)
        engine.remember(SECRET, id="secret", user_id=VICTIM)
        engine.update("secret", user_id=VICTIM, tags=["hidden"])
        engine.remember("other's fact", id="fact", user_id="other")
        items = engine.items(user_id=VICTIM)
        items.put(("notes",), "key", {"text": SECRET})
        engine.items(user_id="other").put(("notes",), "key", {"text": "other's note"})
        engine.flush()
        yield engine


def others_are_whole(engine):
    assert support.texts(engine, "other") == [support.sentence(number) for number in range(80)]
    assert engine.get("fact", user_id="other").content == "other's fact"
    assert engine.items(user_id="other").get(("notes",), "key").value == {"text": "other's note"}
    (hit,) = engine.recall("entry33", user_id="other", k=1)
    assert hit.text == support.sentence(33)


def test_purge_takes_every_trace_off_the_disk(engine):
    probe = Probe(engine.path)
    everything = {"vector", "user", "token", "session"}
    assert probe.decoded() == everything
    assert probe.indexed() == {"dictionary", "document"}
    assert "vector" in probe.raw()  # texts are stored compressed: they prove little this way

    engine.forget(all=True, user_id=VICTIM)
    assert probe.decoded() == everything  # older versions still hold it, and say so
    assert "vector" in probe.raw()

    purged = engine.purge()
    assert probe.raw() == set()
    assert probe.decoded() == set()
    assert probe.indexed() == set()
    assert purged.bytes_after < purged.bytes_before
    others_are_whole(engine)
    assert list(engine.users()) == ["other"]
    assert engine.stats().disk_bytes == purged.bytes_after


def test_purge_after_forgetting_one_memory(engine):
    probe = Probe(engine.path)
    engine.forget(session_id=SESSION, user_id=VICTIM)
    engine.forget(id="secret", user_id=VICTIM)
    engine.items(user_id=VICTIM).delete(("notes",), "key")
    support.say(engine, VICTIM, "something harmless", session="another")
    engine.purge()
    assert probe.raw() <= {"user"}
    assert probe.decoded() == {"user"}
    assert probe.indexed() == set()
    assert support.texts(engine, VICTIM, "another") == ["something harmless"]
    others_are_whole(engine)
    engine.flush()
    assert support.index_faults(engine.path) == []


def test_nothing_is_found_by_any_verb(engine):
    with support.peers(engine.path, 1) as (peer,):
        assert peer("get", id="secret", user_id=VICTIM) is not None
        engine.forget(all=True, user_id=VICTIM)
        assert engine.recall(TOKEN, user_id=VICTIM, layers=("memory", "message", "item")) == []
        assert engine.recall_many([TOKEN, SECRET], user_id=VICTIM) == [[], []]
        assert engine.context(SECRET, user_id=VICTIM, token_budget=1000) == ""
        assert engine.get("secret", user_id=VICTIM) is None
        assert engine.items(user_id=VICTIM).search(()) == []
        assert len(engine.changes(user_id=VICTIM)) == 0
        with pytest.raises(NotFoundError):
            engine.history("secret", user_id=VICTIM)
        counts = engine.stats(user_id=VICTIM)
        assert (counts.messages, counts.memories, counts.items) == (0, 0, 0)
        for verb, more in (
            ("get", {"id": "secret"}), ("memories", {"status": None}), ("sessions", {}),
            ("messages", {"session_id": SESSION}), ("recall", {"query": SECRET}),
            ("changes", {}),
        ):  # fmt: skip
            assert not peer(verb, user_id=VICTIM, **more), verb
        assert peer("users") == ["other"]


@pytest.mark.parametrize(
    "how",
    [{"all": True}, {"session_id": SESSION}, {"id": "secret"}],
    ids=["user", "session", "memory"],
)
def test_a_learner_in_flight_cannot_bring_it_back(engine, how):
    """What was decided on rows that have been forgotten since is refused."""
    records = engine._core.store.records
    seen = records.resident(VICTIM).position
    engine.forget(user_id=VICTIM, **how)
    (vector,) = engine.embed([SECRET])
    message = Message("user", SECRET, id="back", created_at=engine._core.now())
    plan = add_messages([Incoming(message, vector, 3)], SESSION, engine._core.now())
    with pytest.raises(PositionMovedError):
        records.write(VICTIM, plan, position=seen)
    assert "back" not in {m.id for m in engine.messages(user_id=VICTIM, session_id=SESSION)}
    engine.purge()
    with pytest.raises(PositionMovedError):
        records.write(VICTIM, plan, position=seen)
    assert records.write(VICTIM, plan, position=records.resident(VICTIM).position) == 1


def test_a_learner_in_flight_elsewhere(engine):
    """The position is the store's, not the process's: another process has forgotten."""
    records = engine._core.store.records
    seen = records.resident(VICTIM).position
    with support.peers(engine.path, 1) as (peer,):
        peer("forget", all=True, user_id=VICTIM)
        with pytest.raises(PositionMovedError):
            records.write(VICTIM, lambda draft: None, position=seen)


def test_an_index_is_not_built_of_what_was_forgotten_elsewhere(engine):
    """This process has the victim in memory; another one forgets and purges."""
    probe = Probe(engine.path)
    support.say(engine, VICTIM, *(f"{TOKEN} again {number}" for number in range(60)))
    with support.peers(engine.path, 1) as (peer,):
        peer("forget", all=True, user_id=VICTIM)
        peer("purge")
        engine.flush()
        assert probe.indexed() == set()
        assert probe.raw() == set()
        assert probe.decoded() == set()
