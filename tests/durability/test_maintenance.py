"""Many small writes stay small on disk, and nobody notices the compaction."""

from __future__ import annotations

import shutil
import threading
import time

from durability import support


def footprint(store):
    files = [path for path in (store / "lance").rglob("*") if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files)


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    assert condition()


def test_many_single_writes_stay_small(tmp_path):
    store = tmp_path / "store"
    with support.open_engine(store, fragments=16, lexical_threshold=100_000) as engine:
        engine.remember("to be revised", id="memory", user_id="u")
        most = 0
        for number in range(150):
            support.say(engine, "u", support.sentence(number))
            engine.update("memory", user_id="u", content=f"revision {number}")
            if number % 10:
                continue
            most = max(most, engine._core.store.records.table.fragments())
        wait_for(lambda: engine.health().maintenance == "idle")
        time.sleep(1.0)  # what a run leaves for readers goes with the next one
        for _ in range(2):
            engine.flush()
            time.sleep(0.6)
        engine.flush()
        support.say(engine, "u", "the last one")
        assert engine._core.store.maintenance.runs > 5
        assert engine.health().warnings == ()
    files, size = footprint(store)
    compacted = shutil.copytree(store, tmp_path / "compacted")
    with support.open_engine(compacted, learning="manual") as engine:
        engine.purge()
        least_files, least_size = footprint(compacted)
        assert len(engine.messages(user_id="u")) == 151
        assert len(engine.history("memory", user_id="u")) == 151
    assert size <= 2 * least_size + 100_000, (size, least_size)
    assert files <= least_files + 8 * 16, (files, least_files)
    assert most < 100


def test_old_versions_leave_by_themselves(tmp_path):
    with support.open_engine(tmp_path, fragments=8) as engine:
        for number in range(60):
            support.say(engine, "u", support.sentence(number))
        wait_for(lambda: engine._core.store.maintenance.runs > 1)
        wait_for(lambda: engine.health().maintenance == "idle")
        time.sleep(0.6)
        for number in range(10):
            support.say(engine, "u", f"more {number}")
        engine.flush()
        versions = list((tmp_path / "lance/records.lance/_versions").glob("*.manifest"))
        assert len(versions) < 45
        assert len(engine.messages(user_id="u")) == 70


def test_nobody_notices_compaction_in_two_processes(tmp_path):
    """Two processes write, compact and read at once; a third one only reads, loading anew."""
    with support.peers(tmp_path, 2, fragments=4) as pair:
        for place, peer in enumerate(pair):
            peer("observe", texts=["a landmark to recall"], user_id=f"user{place}")
            peer.send(
                "single_writes", count=60, name=f"p{place}", reads="landmark",
                user_id=f"user{place}",
            )  # fmt: skip
        with support.open_engine(tmp_path, resident_bytes=1, learning="manual") as engine:
            reads = 0
            end = time.monotonic() + 4
            while time.monotonic() < end:
                for user in ("user0", "user1"):
                    assert engine.recall("landmark", user_id=user, k=1)[0].text.startswith("a land")
                    reads += 1
        assert reads > 20
        for place, peer in enumerate(pair):
            assert peer.receive() == 60
            assert len(peer("messages", user_id=f"user{place}")) == 61
            assert peer("health")["warnings"] in ([], ())
    assert support.chain_faults(support.table_rows(tmp_path)) == []


def test_manual_starts_no_thread(tmp_path):
    before = set(threading.enumerate())
    with support.open_engine(tmp_path, learning="manual") as engine:
        for number in range(30):
            support.say(engine, "u", support.sentence(number))
            started = {thread.name for thread in set(threading.enumerate()) - before}
            assert not {name for name in started if name.startswith("harmonia")}, started
        assert engine._core.store.records.table.fragments() == 30
        support.say(engine, "u", *(support.sentence(number) for number in range(30, 100)))
        assert engine.stats(user_id="u").lexical_lag == 100
        engine.flush()
        assert engine._core.store.records.table.fragments() < 5
        assert engine.stats(user_id="u").lexical_lag == 0
        assert engine.health().warnings == ()
        started = {thread.name for thread in set(threading.enumerate()) - before}
        assert not {name for name in started if name.startswith("harmonia")}, started
    assert support.index_faults(tmp_path) == []


def test_flush_waits_for_a_run_in_progress(tmp_path):
    with support.open_engine(tmp_path, fragments=8) as engine:
        for number in range(40):
            support.say(engine, "u", support.sentence(number))
        support.say(engine, "u", *(support.sentence(number) for number in range(40, 100)))
        engine.flush()
        assert engine.stats(user_id="u").lexical_lag == 0
        assert engine.health().maintenance == "idle"
