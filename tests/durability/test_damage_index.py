"""Damaged Tantivy indexes are put aside, said so, and every word is found all the same."""

from __future__ import annotations

import json
import logging
import shutil
import threading

import pytest

from durability import support
from harmonia_plugins import Put

COUNT = 120


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """A store with one indexed user, in two commits to the index: it has a deletion file."""
    path = tmp_path_factory.mktemp("indexed") / "store"
    with support.open_engine(path, fragments=1000, learning="manual") as engine:
        for start in (0, COUNT // 2 + 1):
            numbers = range(start, min(COUNT, start + COUNT // 2 + 1))
            support.say(engine, "u", *(support.sentence(number) for number in numbers))
            engine.flush()
        assert engine.stats(user_id="u").lexical_lag == 0
    assert support.index_faults(path) == []
    return path


@pytest.fixture
def store(intact, tmp_path):
    return shutil.copytree(intact, tmp_path / "store")


def index_folder(store):
    (folder,) = (store / "lexical").iterdir()
    return folder / (folder / "current").read_text()


def check(engine, count=COUNT):
    """Each word that only one message has is found, in that message."""
    for number in range(0, count, 7):
        hits = engine.recall(f"entry{number}", user_id="u", k=5, mode="keyword")
        assert [hit.text for hit in hits] == [support.sentence(number)]


def check_store(store, *, healed):
    """Open, find every word, build the index anew: twice, the second time nothing is to heal."""
    with support.open_engine(store, learning="manual") as engine:
        check(engine)
        found = engine.health().healed
        assert bool(found) == healed, found
        assert all("lexical index" in message for message in found)
        more = [support.sentence(number) for number in range(COUNT, COUNT + 60)]
        support.say(engine, "u", *more)
        engine.flush()
        assert engine.stats(user_id="u").lexical_lag == 0
        check(engine, COUNT + 60)
    assert support.index_faults(store) == []
    with support.open_engine(store, learning="manual") as engine:
        check(engine, COUNT + 60)
        assert engine.health().healed == ()


def test_an_intact_index_is_used(store):
    check_store(store, healed=False)


FILES = (
    "meta.json", "*.del", "*.fast", "*.fieldnorm", "*.idx", "*.pos", "*.store", "*.term",
)  # fmt: skip


@pytest.mark.parametrize("pattern", FILES)
def test_a_damaged_file_is_healed(store, tmp_path, pattern):
    """Missing, empty, cut in half, a bit flipped at several places: never a wrong answer."""
    victims = sorted(index_folder(store).glob(pattern))
    assert victims
    victim = victims[0].relative_to(store)
    data = victims[0].read_bytes()
    places = range(3, len(data), max(1, len(data) // 4))
    spoilt = [None, b"", data[: len(data) // 2]]
    for place in places:
        flipped = bytearray(data)
        flipped[place] ^= 4
        spoilt.append(bytes(flipped))
    for number, content in enumerate(spoilt):
        trial = shutil.copytree(store, tmp_path / "trial")
        if content is None:
            (trial / victim).unlink()
        else:
            (trial / victim).write_bytes(content)
        with support.open_engine(trial, learning="manual") as engine:
            check(engine)
            # A flipped bit in meta.json may fall on what nobody reads.
            healed = engine.health().healed
            assert healed or (pattern == "meta.json" and number > 2), f"{victim} {number}"
        shutil.rmtree(trial)


@pytest.mark.parametrize("victim", [".managed.json", "current", "everything", "generation"])
def test_what_leads_to_the_index_is_damaged(store, victim, caplog):
    folder = index_folder(store)
    if victim == ".managed.json":
        (folder / victim).write_bytes(b"")
    elif victim == "current":
        (folder.parent / victim).unlink()
    elif victim == "everything":
        shutil.rmtree(folder.parent)
    else:
        shutil.rmtree(folder)
    # Without a folder there is nothing to heal; the list of managed files is for writers only.
    with (
        caplog.at_level(logging.WARNING, "harmonia_plugins"),
        support.open_engine(store, learning="manual") as engine,
    ):
        check(engine)
        support.say(engine, "u", *(support.sentence(n) for n in range(COUNT, COUNT + 60)))
        engine.flush()
        engine.flush()
        check(engine, COUNT + 60)
        healed = engine.health().healed
    assert bool(healed) == (victim != "everything")
    assert ("lexical index" in caplog.text) == (victim != "everything")
    with support.open_engine(store, learning="manual") as engine:
        check(engine, COUNT + 60)
    assert support.index_faults(store) == []


def test_an_orphaned_deletion_file(store):
    """A killed writer leaves one under the next name; Tantivy refuses to write over it."""
    folder = index_folder(store)
    meta = json.loads((folder / "meta.json").read_text())
    for segment in meta["segments"]:
        name = segment["segment_id"].replace("-", "")
        for opstamp in range(meta["opstamp"], meta["opstamp"] + 200):
            orphan = folder / f"{name}.{opstamp}.del"
            if not orphan.exists():
                orphan.write_bytes(b"left behind")
    check_store(store, healed=False)


def test_a_stale_writer_lock(store):
    """A lock file is nothing: only a living process holds a lock."""
    for name in (".tantivy-writer.lock", ".tantivy-meta.lock"):
        (index_folder(store) / name).write_text("left behind")
    for name in ("write.lock", "maintenance.lock"):
        (store / "locks" / name).write_text("left behind")
    check_store(store, healed=False)


@pytest.mark.parametrize("more", [0, 61], ids=["older", "another-history"])
def test_the_index_is_ahead_of_the_table(intact, store, more):
    """An older copy of the table comes back, with or without other rows in the same places."""
    with support.open_engine(store, learning="manual") as engine:
        for number in range(COUNT, COUNT + 61):
            support.say(engine, "u", support.sentence(number))
        engine.flush()
    shutil.rmtree(store / "lance")
    shutil.copytree(intact / "lance", store / "lance")
    with support.open_engine(store, learning="manual", lexical_threshold=10_000) as engine:
        for number in range(1000, 1000 + more):
            support.say(engine, "u", support.sentence(number))
    with support.open_engine(store, learning="manual") as engine:
        check(engine)
        assert len(engine.health().healed) == 1
        assert engine.recall(f"entry{COUNT}", user_id="u", mode="keyword") == []
        for number in range(1000, 1000 + more):
            (hit,) = engine.recall(f"entry{number}", user_id="u", mode="keyword")
            assert hit.text == support.sentence(number)
        engine.flush()
    assert support.index_faults(store) == []


def test_items_do_not_disturb_the_index_of_records(tmp_path):
    """A user has both, and items are overwritten again and again."""
    with support.open_engine(tmp_path, learning="manual") as engine:
        items = engine.items(user_id="u")
        for _ in range(2):
            support.say(engine, "u", *(support.sentence(number) for number in range(70)))
            items.batch(
                Put(("notes",), f"key{number}", {"text": f"note{number} of the user"})
                for number in range(70)
            )
            items.put(("notes",), "key1", {"text": "overwritten by itself"})
            engine.flush()
            (hit,) = engine.recall("entry5", user_id="u", k=1, mode="keyword")
            assert hit.text == support.sentence(5)
            assert items.search(("notes",), query="note66", limit=1)[0].key == "key66"
        assert engine.health().healed == ()
    assert support.index_faults(tmp_path) == []


def test_an_index_is_discarded_while_it_is_in_use(store):
    """Another process may take the files away at any moment; open ones go on serving."""
    with support.open_engine(store, learning="manual") as engine:
        check(engine)
        shutil.rmtree(store / "lexical")
        threads = [threading.Thread(target=check, args=(engine,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        support.say(engine, "u", *(support.sentence(n) for n in range(COUNT, COUNT + 60)))
        engine.flush()
        check(engine, COUNT + 60)
    assert support.index_faults(store) == []
