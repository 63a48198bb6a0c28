"""A folder that may not be written, a disk that is full, a folder that is gone."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from durability import support
from harmonia_plugins import CorruptStoreError, StoreError, StoreWriteError

COUNT = 70


@pytest.fixture
def store(tmp_path):
    """A store with an index, whole and closed."""
    path = tmp_path / "store"
    with support.open_engine(path, learning="manual") as engine:
        support.say(engine, "u", *(support.sentence(number) for number in range(COUNT)))
        engine.remember("a fact", id="fact", user_id="u")
        engine.flush()
    return path


def run(program, *arguments, **options):
    done = subprocess.run(
        [sys.executable, support.PROGRAMS / program, *map(str, arguments)],
        capture_output=True, text=True, env=support.environment(), timeout=120, **options,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


# -- read-only --------------------------------------------------------------------------------


@contextlib.contextmanager
def _read_only(store):
    """Give a copy of the store that may not be written, and the user to read it as.

    Permissions do not bind root, so another user reads then, where other users can get.
    """
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        copy = shutil.copytree(store, Path(folder) / "store")
        _chmod(copy, 0o555, 0o444)
        try:
            yield copy, os.geteuid() or 65534
        finally:
            _chmod(copy, 0o755, 0o644)


@pytest.fixture
def denied(store):
    with _read_only(store) as (copy, user):
        yield copy, user


def _chmod(root, folders, files):
    for folder, _, names in os.walk(root, topdown=False):
        for name in names:
            Path(folder, name).chmod(files)
        Path(folder).chmod(folders)


def test_a_read_only_folder_is_read(denied):
    store, user = denied
    found = run("read_only.py", store, user)
    assert found["writable"] is False
    assert found["messages"] == COUNT
    assert found["fact"] == "a fact"
    assert found["best"] == support.sentence(7)
    assert found["errors"] == dict.fromkeys(
        ("remember", "observe", "forget", "purge", "item"), "StoreWriteError"
    )
    assert "writable" in found["remedy"]
    assert found["healed"] == []


def test_a_read_only_folder_sees_the_writes_of_others(denied):
    store, user = denied
    reader = support.start("read_only.py", store, user, "follow")
    if os.geteuid() == 0:  # permissions do not bind root, who goes on writing
        assert reader.stdout.readline() == f"{COUNT}\n"
        with support.open_engine(store) as engine:
            for number in range(3):
                support.say(engine, "u", f"later {number}")
                reader.stdin.write("\n")
                reader.stdin.flush()
                assert reader.stdout.readline() == f"{COUNT + number + 1}\n"
    reader.communicate()
    assert reader.returncode == 0


@pytest.mark.parametrize("damage", ["manifest", "index", "position"])
def test_a_read_only_folder_that_is_damaged(store, damage):
    """Nothing can be healed where nothing can be written: read what is whole, or say why not."""
    if damage == "manifest":
        manifest = min((store / "lance/records.lance/_versions").glob("*.manifest"))
        manifest.write_bytes(b"")
    elif damage == "index":
        next((store / "lexical").rglob("*.term")).write_bytes(b"")
    else:
        (store / "position").unlink()
    with _read_only(store) as (copy, user):
        found = run("read_only.py", copy, user)
    if damage == "manifest":
        assert found["error"] == "CorruptStoreError"
        assert "writable" in found["remedy"]
    else:
        assert found.get("best") == support.sentence(7), found
        assert found["messages"] == COUNT


# -- full disk --------------------------------------------------------------------------------


@pytest.fixture(params=["small disk", "file size limit"])
def limited(request, tmp_path):
    """A folder on a full disk where one may be mounted, and everywhere a limit on file sizes."""
    folder = tmp_path / "limited"
    folder.mkdir()
    mounted = False
    if request.param == "small disk":
        command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
        mounted = os.geteuid() == 0 and subprocess.run(command, check=False).returncode == 0
    yield folder, "disk" if mounted else "limit"
    if mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_loses_nothing(limited):
    folder, how = limited
    found = run("full_disk.py", folder / "store", how)
    assert found["error"] == "StoreWriteError", found
    assert "free space" in found["remedy"]
    assert found["acknowledged"] > 0
    assert found["while full"] == found["acknowledged"], "a reader saw less or more"
    assert found["afterwards"] == "stored"
    if how == "limit":
        with support.open_engine(folder / "store") as engine:
            log = support.texts(engine, "u")
            kept = [text for text in log if text.startswith("kept")]
            assert len(kept) == found["acknowledged"]
            assert log[-1] == "after the disk had space again"


def test_no_store_is_made_on_a_full_disk(limited):
    folder, how = limited
    found = run("full_disk.py", folder / "store", f"{how}-new")
    assert found["error"] == "StoreWriteError", found
    assert "free space" in found["remedy"]
    assert found["afterwards"] == "stored"


# -- gone -------------------------------------------------------------------------------------


@pytest.mark.parametrize("replaced", [False, True], ids=["gone", "emptied"])
def test_a_folder_that_vanishes(store, replaced):
    """The next write, or the next look at the disk, says so; nothing is made in its place."""
    with support.open_engine(store, resident_bytes=1) as engine:
        assert len(support.texts(engine, "u")) == COUNT
        shutil.rmtree(store)
        if replaced:
            store.mkdir()
        with pytest.raises(StoreError, match=str(store)) as caught:
            engine.remember("lost", user_id="u")
        assert not isinstance(caught.value, CorruptStoreError)
        with pytest.raises(StoreError, match=str(store)):
            engine.messages(user_id="someone not in memory")
        with pytest.raises(StoreError, match=str(store)):
            engine.items(user_id="u").put(("notes",), "key", {})
        with pytest.raises(StoreError, match=str(store)):
            list(engine.users())
        with pytest.raises(StoreError):
            engine.purge()
        engine.health()
    assert not (store / "lance").exists()


def test_a_path_that_cannot_be_a_store(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises((StoreWriteError, ValueError), match="file"):
        support.open_engine(tmp_path / "file")
    with pytest.raises(StoreWriteError, match="no store can be made"):
        support.open_engine(tmp_path / "file" / "below")
