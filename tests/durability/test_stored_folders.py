"""Stores that earlier versions have left on people's disks open and hold what they held."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from durability import support
from harmonia_plugins import SchemaVersionError
from harmonia_plugins.store.layout import SCHEMA_VERSION, Identity, Layout
from harmonia_plugins.store.migrations import MIGRATIONS, migrate
from harmonia_plugins.testing import FrozenClock

DATA = support.HERE.parent / "data"
STORED = sorted(DATA.glob("store-v*"))


def _maker():
    spec = importlib.util.spec_from_file_location("make_store", DATA / "make_store.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_this_version_has_a_stored_folder():
    assert [path.name for path in STORED] == [f"store-v{n}" for n in range(1, SCHEMA_VERSION + 1)]
    for path in STORED:
        files = [file for file in path.rglob("*") if file.is_file()]
        assert sum(file.stat().st_size for file in files) < 200_000


@pytest.mark.parametrize("stored", STORED, ids=lambda path: path.name)
def test_a_stored_folder_opens(stored, tmp_path):
    store = shutil.copytree(stored, tmp_path / "store")
    expected = json.loads((stored / "contents.json").read_text("utf-8"))
    maker = _maker()
    clock = FrozenClock(maker.START)
    for _ in range(2):  # once as it was left, once as this version has left it
        with maker.open_store(store, clock) as engine:
            found = json.loads(json.dumps(maker.contents(engine), default=str))
            assert found == expected
            assert engine.health().healed == ()
            assert engine.health().schema_version == SCHEMA_VERSION
            engine.flush()
    with maker.open_store(store, clock) as engine:
        engine.update("dog", user_id="ann", content="Ann has two dogs")
        engine.forget(id="old", user_id="ann")
        engine.purge()
        assert engine.get("dog", user_id="ann").revision == 3
        assert len(engine.messages(user_id="ann", session_id="s1")) == 15
    assert support.chain_faults(support.table_rows(store)) == []


def test_a_newer_store_is_refused_untouched(tmp_path):
    store = shutil.copytree(STORED[-1], tmp_path / "store")
    file = store / "store.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"schema_version": 99}))
    before = {path: path.stat().st_size for path in store.rglob("*") if path.is_file()}
    with pytest.raises(SchemaVersionError, match=r"schema 99.*pip install --upgrade"):
        _maker().open_store(store, FrozenClock())
    after = {p: p.stat().st_size for p in store.rglob("*") if p.is_file() and p in before}
    assert after == before


# -- the frame of migrations ------------------------------------------------------------------


@pytest.fixture
def layout(tmp_path):
    layout = Layout(tmp_path / "store")
    layout.create()
    layout.write_identity(Identity(1, "some embedder", 64, 1))
    return layout


def _numbered(calls, *, dies_in=()):
    """Migrations to schemas 2 to 4, each of which leaves a file; some die the first time."""
    dying = set(dies_in)

    def step(version):
        def run(layout, connection):
            assert connection == "the connection"
            calls.append(version)
            (layout.root / f"made-by-{version}").write_text("half")
            if version in dying:
                dying.discard(version)
                raise KeyboardInterrupt
            (layout.root / f"made-by-{version}").write_text("whole")

        return run

    return {version: step(version) for version in (2, 3, 4)}


def test_migrations_run_once_in_order_and_are_recorded(layout):
    calls: list[int] = []
    steps = _numbered(calls)
    for _ in range(2):
        found = migrate(layout, "the connection", layout.read_identity(), steps, 4)
        assert found == Identity(4, "some embedder", 64, 1)
        assert layout.read_identity() == found
        assert calls == [2, 3, 4]


def test_a_migration_that_dies_is_run_again(layout):
    calls: list[int] = []
    steps = _numbered(calls, dies_in=[3])
    with pytest.raises(KeyboardInterrupt):
        migrate(layout, "the connection", layout.read_identity(), steps, 4)
    assert layout.read_identity().schema_version == 2  # what had ended is not done again
    migrate(layout, "the connection", layout.read_identity(), steps, 4)
    assert calls == [2, 3, 3, 4]
    made = {path.name: path.read_text() for path in layout.root.glob("made-by-*")}
    assert made == {f"made-by-{version}": "whole" for version in (2, 3, 4)}


def test_a_torn_record_of_a_migration_is_not_seen(layout):
    """The draft of a new record beside the old one, as a kill would leave it."""
    Path(layout.root, "store.draft").write_text('{"schema_ver')
    calls: list[int] = []
    assert layout.read_identity().schema_version == 1
    migrate(layout, "the connection", layout.read_identity(), _numbered(calls), 4)
    assert calls == [2, 3, 4]
    assert layout.read_identity().schema_version == 4


def test_every_schema_has_its_migration():
    assert sorted(MIGRATIONS) == list(range(2, SCHEMA_VERSION + 1))
