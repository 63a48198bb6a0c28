"""A write acknowledged in one process is in everything another one does afterwards."""

from __future__ import annotations

import pytest

from durability import support


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two other processes on one store, the second one reading only what the first wrote."""
    path = tmp_path_factory.mktemp("pair") / "store"
    with support.peers(path, 2) as found:
        yield path, *found


def ids(hits):
    return {hit["id"] for hit in hits}


@pytest.mark.parametrize("resident", [True, False], ids=["resident", "not-resident"])
def test_writes_are_seen_at_once(pair, resident):
    _, a, b = pair
    user = f"user-{resident}"
    if resident:
        b("remember", content="something to begin with", user_id=user)
    for number in range(15):
        said = support.sentence(number)
        (message,) = a("observe", texts=[said], user_id=user)["message_ids"]
        assert message in ids(b("recall", query=said, user_id=user, k=3))
        assert [m["id"] for m in b("messages", user_id=user)][-1] == message
        memory = f"fact-{number}"
        a("remember", content=f"{said} indeed", id=memory, user_id=user)
        assert b("get", id=memory, user_id=user)["content"] == f"{said} indeed"
        assert memory in ids(b("recall", query=f"{said} indeed", user_id=user, k=3))
        assert memory in ids(b("memories", user_id=user))
        a("update", id=memory, content=f"{said} no more", user_id=user)
        assert b("get", id=memory, user_id=user)["revision"] == 2
        assert len(b("history", id=memory, user_id=user)) == 2


def test_forgetting_is_seen_at_once(pair):
    _, a, b = pair
    user = "forgetful"
    for number in range(10):
        a("remember", content=support.sentence(number), id=f"m{number}", user_id=user)
    a("observe", texts=["said in a session"], user_id=user, session_id="s")
    assert b("get", id="m3", user_id=user) is not None
    assert len(b("messages", user_id=user, session_id="s")) == 1
    for number in range(9):
        a("forget", id=f"m{number}", user_id=user)
        assert b("get", id=f"m{number}", user_id=user) is None
        hits = b("recall", query=support.sentence(number), user_id=user, k=20)
        assert f"m{number}" not in ids(hits)
        assert f"m{number}" not in ids(b("memories", user_id=user))
    a("forget", session_id="s", user_id=user)
    assert b("messages", user_id=user, session_id="s") == []
    a("forget", all=True, user_id=user)
    assert b("recall", query="entry9", user_id=user) == []
    assert user not in b("users")


def test_items_are_seen_at_once(pair):
    _, a, b = pair

    def call(peer, method, *arguments):
        return peer("items", method=method, user_id="keeper", arguments=arguments)

    for number in range(10):
        call(a, "put", ["notes"], "key", {"number": number, "text": f"note number{number}"})
        assert call(b, "get", ["notes"], "key")["value"]["number"] == number
        call(a, "put", ["notes"], f"key{number}", {"text": "more"})
        assert len(call(b, "search", ["notes"])) == min(10, 2 + number)
    call(a, "delete", ["notes"], "key")
    assert call(b, "get", ["notes"], "key") is None
    a("forget", all=True, user_id="keeper")
    assert call(b, "search", ["notes"]) == []


def test_work_goes_on_after_purge_elsewhere(pair):
    _, a, b = pair
    user = "survivor"
    b("observe", texts=[support.sentence(n) for n in range(60)], user_id=user)
    b("flush")
    a("remember", content="to be forgotten", id="gone", user_id=user)
    assert b("get", id="gone", user_id=user) is not None
    a("forget", id="gone", user_id=user)
    a("purge")
    assert len(b("messages", user_id=user)) == 60
    assert b("get", id="gone", user_id=user) is None
    # The purge took the index away with the tail still in b's memory: it must not be built half.
    more = [support.sentence(n) for n in range(60, 400)]
    b("observe", texts=more, user_id=user)
    b("flush")
    for peer in (a, b):
        assert len(peer("messages", user_id=user)) == 400
        for number in (0, 7, 59, 60, 399):
            said = support.sentence(number)
            (best,) = peer("recall", query=f"entry{number}", user_id=user, k=1, mode="keyword")
            assert best["text"] == said
    assert support.index_faults(pair[0]) == []


def test_the_same_writes_from_three_processes(tmp_path):
    """Everyone writes the same messages and the same told statements, at the same time."""
    said = [[f"id-{n}", support.sentence(n)] for n in range(60)]
    with support.peers(tmp_path, 3) as several:
        for peer in several:
            for start in range(0, 60, 4):
                peer.send("observe", texts=said[start : start + 4], user_id="u")
                peer.send("remember", content=f"statement {start}", id=f"s{start}", user_id="u")
        for peer in several:
            for _ in range(0, 60, 4):
                peer.receive()
                peer.receive()
        for peer in several:
            found = [[m["id"], m["content"]] for m in peer("messages", user_id="u")]
            assert sorted(found) == sorted(said)
            assert len(peer("memories", user_id="u")) == 15
            assert all(m["revision"] == 1 for m in peer("memories", user_id="u"))
    rows = support.table_rows(tmp_path)
    assert support.chain_faults(rows) == []
    assert len(rows) == 75


def test_a_storm_on_one_memory(tmp_path):
    """Three processes change one memory as fast as they can: every change is one revision."""
    with support.peers(tmp_path, 3) as several:
        for place, peer in enumerate(several):
            peer.send("storm", rounds=30, name=f"process{place}", user_id="u")
        made = sorted(number for peer in several for number in peer.receive())
        assert made == list(range(1, 91))
        for peer in several:
            history = peer("history", id="shared", user_id="u")
            assert [step["memory"]["revision"] for step in history] == made
            assert peer("get", id="shared", user_id="u")["revision"] == 90
    rows = support.table_rows(tmp_path)
    assert support.chain_faults(rows) == []
    assert sorted(row["revision"] for row in rows) == made
