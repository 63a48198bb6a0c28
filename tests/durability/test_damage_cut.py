"""Work that a -9 cuts in half: whatever the moment, the store opens and holds what it should."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from durability import support

OTHERS = [support.sentence(number) for number in range(40)]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A store with many small commits: one user to be forgotten, one who stays."""
    path = tmp_path_factory.mktemp("cut") / "store"
    with support.open_engine(path, fragments=1000, learning="manual") as engine:
        for start in range(0, 40, 2):
            support.say(engine, "other", *OTHERS[start : start + 2])
            support.say(engine, "u", f"victim says word{start}")
        support.say(engine, "u", *(f"victim adds word{number}" for number in range(100, 180)))
        engine.remember("a victim's statement", id="victim", user_id="u")
        engine.items(user_id="u").put(("notes",), "key", {"text": "a victim's note"})
        engine.flush()
    return path


def attempts(template, folder, action, count):
    """Cut work on copies of a store; returns each copy and whether the work had ended."""
    program = support.PROGRAMS / "cut.py"
    done = subprocess.run(
        [sys.executable, program, str(template or ""), folder, action, str(count)],
        check=True, capture_output=True, text=True, env=support.environment(), timeout=200,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == count
    assert not all(ended for _, ended in found), "nothing was cut"
    return [(Path(store), ended) for store, ended in found]


def check_whole(store):
    """The store opens, holds everything and takes writes."""
    with support.open_engine(store, learning="manual") as engine:
        assert engine.health().healed == ()
        assert support.texts(engine, "other") == OTHERS
        assert len(engine.messages(user_id="u")) == 100
        assert engine.get("victim", user_id="u").content == "a victim's statement"
        (hit,) = engine.recall("entry7", user_id="other", k=1, mode="keyword")
        assert hit.text == OTHERS[7]
        support.say(engine, "u", "and goes on")
        engine.flush()
        engine.purge()
        assert len(engine.messages(user_id="u")) == 101
    assert support.chain_faults(support.table_rows(store)) == []
    assert support.index_faults(store) == []


@pytest.mark.parametrize("action", ["compact", "purge"])
def test_maintenance_cut_in_half(template, tmp_path, action):
    for store, _ in attempts(template, tmp_path, action, 6):
        check_whole(store)


def test_creation_cut_in_half(tmp_path):
    """A store that was only half made is made whole by whoever comes next."""
    for store, ended in attempts(None, tmp_path, "create", 8):
        with support.open_engine(store, learning="manual") as engine:
            assert engine.health().healed == ()
            found = engine.get("first", user_id="u")
            assert found is not None or not ended
            engine.remember("the second", id="second", user_id="u")
            assert engine.get("second", user_id="u").content == "the second"
        assert support.indexed_columns(store) == {"key", "owner", "seq"}


def test_forgetting_cut_in_half(template, tmp_path):
    """All or nothing of the victim's records is found; once it is begun, purging ends it."""
    for store, ended in attempts(template, tmp_path, "forget", 7):
        with support.open_engine(store, learning="manual") as engine:
            messages = len(engine.messages(user_id="u"))
            gone = engine.get("victim", user_id="u") is None
            assert messages == (0 if gone else 100)
            assert gone or not ended
            assert bool(engine.recall("victim word4", user_id="u")) is not gone
            assert support.texts(engine, "other") == OTHERS
            assert not (ended and "u" in engine.users())
            assert engine.stats(user_id="u").messages == messages
            engine.purge()
        if gone:
            left = [row for row in support.table_rows(store) if row["user_id"] == "u"]
            assert left == []
        else:
            check_whole(store)
