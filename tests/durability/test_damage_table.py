"""Damaged tables and small files: healed and said so, or named with the way out."""

from __future__ import annotations

import json
import logging
import shutil

import pytest

from durability import support
from harmonia_plugins import CorruptStoreError, StoreError

SAID = [support.sentence(number) for number in range(30)]


@pytest.fixture(scope="module")
def intact(tmp_path_factory):
    """A store of several versions: thirty messages in three commits, a memory, a deletion."""
    path = tmp_path_factory.mktemp("intact") / "store"
    with support.open_engine(path, fragments=1000) as engine:
        for start in range(0, 30, 10):
            support.say(engine, "u", *SAID[start : start + 10])
        engine.remember("to be forgotten", id="gone", user_id="u")
    with support.open_engine(path, fragments=2, learning="manual") as engine:
        engine.flush()  # one data file from here on, in which the deletion marks a row
        engine.forget(id="gone", user_id="u")
        engine.remember("the last word", id="last", user_id="u")
    return path


@pytest.fixture
def store(intact, tmp_path):
    return shutil.copytree(intact, tmp_path / "store")


def head(store):
    return min((store / "lance/records.lance/_versions").glob("*.manifest"))


def contents(store):
    """Return what an engine says a store holds, and what it says was healed."""
    with support.open_engine(store) as engine:
        memories = [memory.content for memory in engine.memories(user_id="u")]
        found = (support.texts(engine, "u"), memories)
        best = engine.recall(SAID[3], user_id="u", k=1)
        assert [hit.text for hit in best] == [SAID[3]]
        healed = engine.health().healed
        support.say(engine, "v", "and it takes writes")
        assert support.texts(engine, "v")[-1] == "and it takes writes"
    return found, healed


WHOLE = (SAID, ["the last word"])


def tried(store):
    """Return whether a store was right, healed or refused, its contents, and the error's text."""
    try:
        found, healed = contents(store)
    except StoreError as error:
        return ("refused" if isinstance(error, CorruptStoreError) else "other"), None, str(error)
    return ("healed" if healed else "right"), found, " ".join(healed)


def cut(path, part):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])


@pytest.mark.parametrize("part", [0, 0.001, 0.5, 0.99], ids=["empty", "stub", "half", "most"])
def test_a_cut_off_head_manifest_is_set_aside(store, part, caplog):
    cut(head(store), part)
    with caplog.at_level(logging.WARNING, "harmonia_plugins"):
        found, healed = contents(store)
    assert found == (SAID, [])  # the newest version held the last memory alone
    assert len(healed) == 1
    assert "set aside" in healed[0]
    assert "lost" in healed[0]
    assert "set aside" in caplog.text
    assert contents(store) == ((SAID, []), ())  # healed once and for all


def test_two_cut_off_manifests(store):
    for _ in range(2):
        broken = head(store)
        cut(broken, 0)
        broken.rename(broken.with_suffix(".manifest"))
        with support.open_engine(store) as engine:
            assert len(engine.health().healed) == 1
            assert support.texts(engine, "u") == SAID


def test_flipped_bits_in_the_head_manifest(store, tmp_path):
    """Whatever bit flips: the right data, or healed and said so, or an error with the way out."""
    manifest = head(store)
    data = manifest.read_bytes()
    outcomes = {"right": 0, "healed": 0, "refused": 0}
    for place in range(0, len(data), max(1, len(data) // 40)):
        trial = shutil.copytree(store, tmp_path / "trial")
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        head(trial).write_bytes(flipped)
        outcome, found, said = tried(trial)
        outcomes[outcome] += 1
        if outcome == "refused":
            assert str(trial) in said, f"byte {place}: {said}"
            assert "restore" in said or "backup" in said, f"byte {place}: {said}"
        else:
            expected = (SAID, []) if "set aside" in said else WHOLE
            assert found == expected, f"byte {place} of {len(data)}"
        shutil.rmtree(trial)
    assert outcomes["healed"] + outcomes["refused"] > 0, outcomes


@pytest.mark.parametrize("how", ["missing", "empty", "half"])
def test_a_damaged_data_file_is_named(store, how):
    # The newest version is made of the compacted file and two commits after it.
    files = sorted((store / "lance/records.lance/data").iterdir(), key=lambda f: f.stat().st_mtime)
    files = files[-3:]
    for file in files:
        data = file.read_bytes()
        file.unlink() if how == "missing" else cut(file, 0 if how == "empty" else 0.5)
        with pytest.raises(CorruptStoreError, match="backup") as caught:
            support.open_engine(store)
        assert file.name in str(caught.value)
        file.write_bytes(data)
    assert contents(store)[0] == WHOLE


def test_a_missing_deletion_file_is_named(store):
    for file in (store / "lance/records.lance/_deletions").iterdir():
        file.unlink()
    with (
        pytest.raises(CorruptStoreError, match=r"_deletions.*backup"),
        support.open_engine(store) as engine,
    ):
        engine.messages(user_id="u")


@pytest.mark.parametrize("how", ["missing", "empty", "half"])
def test_a_damaged_index_of_the_table_is_built_anew(store, how):
    files = [file for file in (store / "lance/records.lance/_indices").rglob("*") if file.is_file()]
    assert files
    for file in files:
        file.unlink() if how == "missing" else cut(file, 0 if how == "empty" else 0.5)
    found, healed = contents(store)
    assert found == WHOLE
    assert {text.split()[2] for text in healed} == {"key_idx", "owner_idx", "seq_idx"}
    assert contents(store) == (WHOLE, ())


@pytest.mark.parametrize("how", ["missing", "empty", "nonsense"])
@pytest.mark.parametrize(
    "pattern", ["_versions/latest_version_hint.json", "_transactions/*"], ids=["hint", "txn"]
)
def test_files_that_are_not_needed(store, pattern, how):
    for file in (store / "lance/records.lance").glob(pattern):
        if how == "missing":
            file.unlink()
        else:
            file.write_bytes(b"" if how == "empty" else b"{nonsense")
    assert contents(store) == (WHOLE, ())


@pytest.mark.parametrize("how", ["missing", "empty", "short", "other"])
def test_the_position_file_carries_no_truth(store, how):
    file = store / "position"
    if how == "missing":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "short": b"\x07", "other": b"\xff" * 16}[how])
    assert contents(store) == (WHOLE, ())
    with support.peers(store, 1) as (peer,), support.open_engine(store) as engine:
        engine.remember("seen by others", id="seen", user_id="u")
        assert peer("get", id="seen", user_id="u")["content"] == "seen by others"


def test_flipped_bits_in_store_json(store):
    file = store / "store.json"
    data = file.read_bytes()
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 1 << (place % 8)
        file.write_bytes(flipped)
        outcome, found, said = tried(store)  # of another model or newer, as far as one can tell
        assert found == WHOLE if outcome == "right" else str(store) in said, f"byte {place}"
        file.write_bytes(data)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"schema_version": 1}', '{"schema_version": "x"}'],
)
def test_a_damaged_store_json_is_named(store, text):
    file = store / "store.json"
    file.write_text(text)
    with pytest.raises(CorruptStoreError, match=r"store\.json .*backup"):
        support.open_engine(store)


def test_a_missing_store_json_is_named(store):
    """Without it any embedder could be let in, and vectors of two models would mix."""
    (store / "store.json").unlink()
    with pytest.raises(CorruptStoreError, match=r"store\.json is missing.*backup"):
        support.open_engine(store)


def test_another_dimension_is_refused(store):
    file = store / "store.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"dimension": 65}))
    with pytest.raises(CorruptStoreError, match=r"store\.json tells of vectors of 65"):
        support.open_engine(store)


def test_a_missing_versions_folder_is_named(store):
    """The rows are still there: it must not be taken for a table that was never finished."""
    shutil.rmtree(store / "lance/records.lance/_versions")
    with pytest.raises(CorruptStoreError, match=r"_versions.*backup"):
        support.open_engine(store)
    assert list((store / "lance/records.lance/data").iterdir())
