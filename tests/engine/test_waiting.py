"""Which messages wait to be learned from, and that finding them stays cheap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.store import backlog
from harmonia_plugins.store.resident import Resident
from harmonia_plugins.testing import HashEmbedder

U = "nora"


def opened(path: Path, **options: Any) -> MemoryEngine:
    return MemoryEngine(path, embedder=HashEmbedder(), **{"learning": "manual", **options})


def queue(engine: MemoryEngine, text: str, id: str, **options: Any) -> None:
    engine.observe(Message("user", text, id=id), user_id=U, **{"wait": False, **options})


def waiting(engine: MemoryEngine) -> int:
    one, all_of_them = engine.stats(user_id=U).waiting, engine.stats().waiting
    assert one == all_of_them
    return one


# -- the count -------------------------------------------------------------------------------------


def test_what_no_longer_waits_is_not_counted(engine: MemoryEngine):
    for name in "abcdef":
        queue(engine, f"I have a cat called {name}", name)
    assert waiting(engine) == 6
    queue(engine, "  ", "a")  # edited, and blank now
    queue(engine, "never mind", "b", extract=False)
    engine.delete_messages(["c"], user_id=U)
    engine.set_message_status(["d"], status="archived", user_id=U)
    assert waiting(engine) == 3
    assert len(engine.learn_pending()) == 3
    assert waiting(engine) == 0
    engine.relearn(user_id=U, wait=False)
    assert waiting(engine) == 4  # b too, but neither the blank nor the deleted one
    engine.forget(user_id=U, all=True)
    assert waiting(engine) == 0


def test_blank_messages_do_not_wait(engine: MemoryEngine):
    engine.observe([Message("assistant", ""), Message("tool", " ")], user_id=U, wait=False)
    assert waiting(engine) == 0


def test_relearning_tells_only_what_it_learns_from(engine: MemoryEngine):
    engine.observe([Message("user", "I live in Paris", id="a"), Message("user", "", id="b")],
                   user_id=U)  # fmt: skip
    queue(engine, "I have a cat called Tom", "c", extract=False)
    queue(engine, "I have a dog called Rex", "d")
    engine.learn_pending()
    engine.delete_messages(["d"], user_id=U)
    assert engine.relearn(user_id=U).message_ids == ("a", "c")
    nothing = engine.relearn(user_id=U, ids=["b", "d", "none"])
    assert (nothing.status, nothing.message_ids) == ("applied", ())
    assert engine.relearn(user_id=U, ids=["b"], wait=False).status == "applied"


# -- the cost --------------------------------------------------------------------------------------


def test_a_batch_decodes_no_more_than_itself(engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch):
    said = [Message("user", f"number {number}", id=str(number)) for number in range(320)]
    engine.observe(said, user_id=U, wait=False)
    decoded: list[int] = []
    original = Resident.row
    monkeypatch.setattr(Resident, "row", lambda self, n: decoded.append(n) or original(self, n))
    engine.learn_pending()
    assert waiting(engine) == 0
    assert len(decoded) <= 5 * len(said)  # to read, to check, and for those before a batch


def test_a_store_remembers_up_to_where_nothing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backlog, "_WORTH", 1)
    with opened(tmp_path) as engine:
        engine.observe([Message("user", f"cat {n}", id=str(n)) for n in range(9)], user_id=U)
        assert waiting(engine) == 0
        queue(engine, "I have a cat called Tom", "x")
        assert waiting(engine) == 1
    read: list[int] = []
    with opened(tmp_path) as engine:
        records = engine._core.store.records
        original = records.column_values

        def counted(where: str, names: Any) -> Any:
            rows = original(where, names)
            read.append(len(rows))
            return rows

        monkeypatch.setattr(records, "column_values", counted)
        assert waiting(engine) == 1
        assert read == [1]
        engine.learn_pending()
        assert waiting(engine) == 0


@pytest.mark.parametrize("what", ["torn", "ahead", "missing"])
def test_what_is_remembered_carries_no_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
):
    monkeypatch.setattr(backlog, "_WORTH", 1)
    with opened(tmp_path) as engine:
        queue(engine, "I have a cat called Tom", "a")
        assert waiting(engine) == 1
    file = tmp_path / "learned"
    if what == "missing":
        file.unlink()
    else:
        file.write_text('{"seq": 1' if what == "torn" else '{"seq": 99999999999, "version": 9999}')
    with opened(tmp_path) as engine:
        assert waiting(engine) == 1
        assert len(engine.learn_pending()) == 1
