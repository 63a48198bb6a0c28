"""The log of a session: order, identity, revisions, replacing, deleting, and lossless values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harmonia_plugins import InvalidInputError, MemoryEngine, Message
from harmonia_plugins.testing import FrozenClock, HashEmbedder

U = "nora"


def said(id: str, text: str, **more) -> Message:
    return Message("user", text, id=id, **more)


def log(engine: MemoryEngine, session: str = "default", **more) -> list[tuple[str | None, str]]:
    found = engine.messages(user_id=U, session_id=session, **more)
    return [(message.id, message.content) for message in found]


def rows(engine: MemoryEngine) -> int:
    return engine.stats(user_id=U).rows


def recalled(engine: MemoryEngine, word: str, **more) -> list[str]:
    return [hit.text for hit in engine.recall(word, user_id=U, mode="keyword", **more)]


# -- identity ----------------------------------------------------------------------------------


def test_the_same_id_and_text_again_change_nothing(engine: MemoryEngine, clock: FrozenClock):
    engine.observe(said("a", "plum jam"), user_id=U)
    before, count = engine.messages(user_id=U), rows(engine)
    clock.advance(60)
    again = engine.observe(said("a", "plum jam"), user_id=U)
    assert again.message_ids == ("a",)
    assert (engine.messages(user_id=U), rows(engine)) == (before, count)


def test_another_text_is_a_new_revision_in_the_old_place(engine: MemoryEngine):
    given = [said("a", "first"), said("b", "second"), said("c", "third")]
    engine.observe(given, user_id=U, extract=False)
    engine.observe(said("a", "quartz"), user_id=U, extract=False)
    assert log(engine) == [("a", "quartz"), ("b", "second"), ("c", "third")]
    assert recalled(engine, "first") == []
    assert recalled(engine, "quartz") == ["quartz"]
    assert rows(engine) == 4


def test_an_edit_of_an_edit_keeps_the_place_after_reopening(tmp_path: Path):
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual") as engine:
        engine.observe([said("a", "1"), said("b", "2"), said("c", "3")], user_id=U)
        engine.observe(said("b", "two"), user_id=U)
        engine.observe([said("d", "4"), said("b", "deux")], user_id=U)
        expected = [("a", "1"), ("b", "deux"), ("c", "3"), ("d", "4")]
        assert log(engine) == expected
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual") as engine:
        assert log(engine) == expected


def test_an_id_names_another_message_in_another_session_and_of_another_user(engine: MemoryEngine):
    engine.observe(said("a", "one"), user_id=U, session_id="s1")
    engine.observe(said("a", "two"), user_id=U, session_id="s2")
    engine.observe(said("a", "three"), user_id="otto", session_id="s1")
    assert log(engine, "s1") == [("a", "one")]
    assert log(engine, "s2") == [("a", "two")]
    assert [m.content for m in engine.messages(user_id="otto", session_id="s1")] == ["three"]


def test_duplicates_within_a_batch_are_one_message(engine: MemoryEngine):
    same = engine.observe([said("a", "plum"), said("a", "plum")], user_id=U, extract=False)
    assert same.message_ids == ("a", "a")
    assert (log(engine), rows(engine)) == ([("a", "plum")], 1)
    engine.observe([said("b", "draft"), said("c", "end"), said("b", "final")], user_id=U)
    assert log(engine) == [("a", "plum"), ("b", "final"), ("c", "end")]


def test_messages_without_id_get_different_ones_and_the_given_value_stays_as_it_was(
    engine: MemoryEngine,
):
    message = Message("user", "hello")
    done = engine.observe([message, message], user_id=U)
    assert len(set(done.message_ids)) == 2
    assert message.id is None
    assert [m.id for m in engine.messages(user_id=U)] == list(done.message_ids)


def test_the_log_is_in_order_of_arrival_whatever_the_times_say(
    engine: MemoryEngine, clock: FrozenClock
):
    late, early = clock.now(), clock.now() - timedelta(days=400)
    engine.observe([said("z", "1", created_at=late), said("y", "2", created_at=early)], user_id=U)
    engine.observe(said("x", "3", created_at=early), user_id=U)
    assert [id for id, _ in log(engine)] == ["z", "y", "x"]


# -- replacing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    ["abcd", "abcde", "dcba", "bd", "xaby", "acbd", "", "dabc", "bcda", "abxcd"],
)
def test_replacing_makes_the_log_exactly_these_messages(tmp_path: Path, wanted: str):
    def named(letters: str) -> list[Message]:
        return [said(letter, f"text {letter}") for letter in letters]

    expected = [(letter, f"text {letter}") for letter in wanted]
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual") as engine:
        engine.observe(named("abcd"), user_id=U)
        engine.observe(said("b", "edited"), user_id=U)
        engine.observe(said("b", "text b"), user_id=U)
        engine.replace_messages(named(wanted), user_id=U)
        assert log(engine) == expected
        engine.observe(said("new", "appended"), user_id=U)
        assert log(engine) == [*expected, ("new", "appended")]
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual") as engine:
        assert log(engine) == [*expected, ("new", "appended")]
        assert set(recalled(engine, "text", k=50)) == {text for _, text in expected}


def test_replacing_writes_nothing_for_an_unchanged_beginning(engine: MemoryEngine):
    engine.observe([said("a", "one"), said("b", "two")], user_id=U)
    stored = engine.messages(user_id=U)
    count = rows(engine)
    engine.replace_messages(stored, user_id=U)
    assert rows(engine) == count
    engine.replace_messages([*stored, said("c", "three")], user_id=U)
    assert rows(engine) == count + 1


def test_replacing_takes_over_what_changed_beside_the_text(engine: MemoryEngine):
    engine.observe([said("a", "one", metadata={"v": 1}), said("b", "two")], user_id=U)
    _, second = engine.messages(user_id=U)
    engine.replace_messages([said("a", "one", metadata={"v": 2}), second], user_id=U)
    assert [m.metadata for m in engine.messages(user_id=U)] == [{"v": 2}, {}]


def test_replacing_forgets_no_memory_and_leaves_other_sessions(engine: MemoryEngine):
    engine.remember("Nora likes plums", user_id=U, id="m", session_id="default")
    engine.observe(said("a", "old quartz"), user_id=U)
    engine.observe(said("a", "elsewhere"), user_id=U, session_id="other")
    engine.replace_messages([], user_id=U)
    assert log(engine) == []
    assert recalled(engine, "quartz") == []
    assert engine.get("m", user_id=U) is not None
    assert log(engine, "other") == [("a", "elsewhere")]


def test_replacing_refuses_two_messages_of_one_id_and_changes_nothing(engine: MemoryEngine):
    engine.observe(said("a", "one"), user_id=U)
    with pytest.raises(InvalidInputError, match="different ids"):
        engine.replace_messages([said("b", "x"), said("b", "y")], user_id=U)
    assert log(engine) == [("a", "one")]


# -- deleting and status -----------------------------------------------------------------------


def test_deleted_messages_leave_the_log_and_every_recall(engine: MemoryEngine, clock: FrozenClock):
    engine.observe([said("a", "plum"), said("b", "quartz"), said("c", "ribbon")], user_id=U)
    then = clock.now()
    clock.advance(60)
    assert engine.delete_messages(["b", "unknown"], user_id=U) == 1
    assert engine.delete_messages(["b"], user_id=U) == 0
    assert [id for id, _ in log(engine)] == ["a", "c"]
    assert recalled(engine, "quartz") == []
    assert recalled(engine, "quartz", known_at=clock.now()) == []
    assert recalled(engine, "quartz", known_at=then) == ["quartz"]
    assert recalled(engine, "quartz", as_of=clock.now()) == []
    assert engine.delete_messages(user_id=U) == 2
    assert log(engine) == []
    assert engine.sessions(user_id=U) == []


def test_a_deleted_message_told_again_comes_back_at_the_end(engine: MemoryEngine):
    engine.observe([said("a", "plum"), said("b", "quartz")], user_id=U)
    engine.delete_messages(["a"], user_id=U)
    engine.observe(said("a", "plum"), user_id=U)
    assert log(engine) == [("b", "quartz"), ("a", "plum")]
    assert recalled(engine, "plum") == ["plum"]


def test_archived_messages_stay_in_the_log_and_are_recalled(engine: MemoryEngine):
    engine.observe([said("a", "plum"), said("b", "quartz")], user_id=U)
    assert engine.set_message_status(["a", "unknown"], status="archived", user_id=U) == 1
    assert engine.set_message_status(["a"], status="archived", user_id=U) == 0
    assert [id for id, _ in log(engine)] == ["a", "b"]
    assert [id for id, _ in log(engine, status="archived")] == ["a"]
    assert [id for id, _ in log(engine, status="active")] == ["b"]
    assert recalled(engine, "plum") == ["plum"]
    assert engine.set_message_status(None, status="archived", user_id=U) == 1
    assert engine.set_message_status(None, status="active", user_id=U) == 2
    with pytest.raises(InvalidInputError):
        engine.set_message_status(None, status="deleted", user_id=U)
    with pytest.raises(InvalidInputError):
        engine.messages(user_id=U, status="deleted")


# -- values ------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["user", "assistant", "system", "tool", "developer", "критик"])
def test_messages_come_back_as_they_were(engine: MemoryEngine, role: str):
    message = Message(
        role, " kept  as\ntyped ", name="Ann-Marie", id=" id with spaces ",
        created_at=datetime(2021, 3, 4, 5, 6, 7, 891234, tzinfo=UTC),
        metadata={"deep": {"list": [1, None, True, 2.5, "ü"]}, "": 0},
        payload={"tool_calls": [{"id": "x", "args": {"n": 1e300}}], "none": None},
    )  # fmt: skip
    engine.observe(message, user_id=U)
    assert engine.messages(user_id=U) == [message]
    assert engine.recall("kept", user_id=U)[0].message == message


@pytest.mark.parametrize("payload", [0, False, "", [], {}, [None], "text", 3.5])
def test_any_json_payload_comes_back_as_it_was(engine: MemoryEngine, payload: object):
    engine.observe(said("a", "x", payload=payload), user_id=U)
    (found,) = engine.messages(user_id=U)
    assert found.payload == payload
    assert type(found.payload) is type(payload)


def test_naive_times_are_wall_clock_in_the_given_zone(engine: MemoryEngine):
    naive = datetime(2024, 7, 1, 12, 0)
    engine.observe(said("a", "x", created_at=naive), user_id=U)
    engine.observe(said("b", "y", created_at=naive), user_id=U, timezone="Europe/Paris")
    first, second = (message.created_at for message in engine.messages(user_id=U))
    assert first == datetime(2024, 7, 1, 12, 0, tzinfo=UTC)
    assert second == datetime(2024, 7, 1, 10, 0, tzinfo=UTC)
    with pytest.raises(InvalidInputError, match="IANA"):
        engine.observe(said("c", "z"), user_id=U, timezone="Mars/Olympus")


def test_messages_without_a_time_have_the_clocks(engine: MemoryEngine, clock: FrozenClock):
    engine.observe(said("a", "x"), user_id=U)
    assert engine.messages(user_id=U)[0].created_at == clock.now()


@pytest.mark.parametrize("blank", ["", "   ", "\n\t"])
def test_blank_contents_are_stored_and_never_recalled(engine: MemoryEngine, blank: str):
    done = engine.observe([said("a", blank), said("b", "plum jam")], user_id=U, wait=False)
    assert done.status == "queued"
    assert log(engine) == [("a", blank), ("b", "plum jam")]
    assert [hit.id for hit in engine.recall("plum", user_id=U, k=50)] == ["b"]
    assert engine.observe(said("c", blank), user_id=U, wait=False).status == "applied"
    assert engine.stats(user_id=U).waiting == 1


def test_sessions_tell_their_messages_and_times(engine: MemoryEngine, clock: FrozenClock):
    day = timedelta(days=1)
    start = clock.now()
    engine.observe(said("a", "1", created_at=start), user_id=U, session_id="old")
    engine.observe(
        [said("b", "2", created_at=start + day), said("c", "3", created_at=start + 3 * day)],
        user_id=U, session_id="new",
    )  # fmt: skip
    engine.observe(said("b", "changed", created_at=start + day), user_id=U, session_id="new")
    found = [(s.id, s.messages, s.started_at, s.last_at) for s in engine.sessions(user_id=U)]
    assert found == [("old", 1, start, start), ("new", 2, start + day, start + 3 * day)]
    assert engine.sessions(user_id="otto") == []


def test_sessions_come_in_the_order_they_began(engine: MemoryEngine, clock: FrozenClock):
    engine.remember("something", user_id=U, session_id="second")
    for name, days in (("third", 3), ("first", 1), ("second", 2)):
        at = clock.now() + timedelta(days=days)
        engine.observe(Message("user", name, created_at=at), user_id=U, session_id=name)
    assert [s.id for s in engine.sessions(user_id=U)] == ["first", "second", "third"]


# -- what a call does --------------------------------------------------------------------------


def test_a_dry_run_stores_nothing_and_tells_the_ids(engine: MemoryEngine):
    done = engine.observe([said("a", "plum"), Message("user", "x")], user_id=U, dry_run=True)
    assert done.status == "dry_run"
    assert done.message_ids[0] == "a"
    assert len(done.message_ids) == 2
    assert (log(engine), rows(engine), list(engine.users())) == ([], 0, [])


def test_messages_to_learn_from_wait_and_others_do_not(engine: MemoryEngine):
    assert engine.observe(said("a", "plum"), user_id=U, extract=False).status == "applied"
    assert engine.stats(user_id=U).waiting == 0
    assert engine.observe(said("b", "quartz"), user_id=U, wait=False).status == "queued"
    assert engine.stats(user_id=U).waiting == engine.stats().waiting == 1
    assert engine.observe([], user_id=U).status == "applied"


def test_one_bad_message_keeps_the_whole_batch_out(engine: MemoryEngine):
    with pytest.raises(InvalidInputError, match="message 1"):
        engine.observe([said("a", "fine"), said("b", "x", metadata={"at": object()})], user_id=U)
    assert (log(engine), rows(engine)) == ([], 0)


def test_an_edited_message_stays_archived(engine: MemoryEngine):
    engine.observe([Message("user", "plum jam", id="a")], user_id=U)
    engine.set_message_status(["a"], status="archived", user_id=U)
    engine.observe([Message("user", "plum and quince jam", id="a")], user_id=U)
    assert log(engine, status="archived") == [("a", "plum and quince jam")]
    assert log(engine, status="active") == []
