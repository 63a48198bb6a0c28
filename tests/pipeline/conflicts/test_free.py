"""Changes told freely: which belief gives way, and which look-alikes stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import Memory
from harmonia_plugins.pipeline.conflicts import resolve
from harmonia_plugins.pipeline.conflicts.amounts import amounts_of, differing

START = datetime(2025, 1, 1, tzinfo=UTC)


def memory(id: str, content: str, day: int = 0, message: str | None = None) -> Memory:
    at = START + timedelta(days=day)
    return Memory(
        id=id, revision=1, user_id="u", content=content, recorded_at=at, valid_from=at,
        last_seen_at=at, message_ids=(message or f"m-{id}",), confidence=0.7,
    )  # fmt: skip


def closed(old: Memory, new: Memory, source: str | None = None) -> bool:
    changes = resolve(new, "asserted", [old], lambda _: 0.55, source=source)
    return any(change.kind in {"superseded", "retracted"} for change in changes)


CLOSED = [
    # a state that excludes the other
    ("User is single", "User's girlfriend moved in"),
    ("User is job-hunting", "User was hired as a gardener"),
    ("User's aunt is in hospital", "User's aunt was discharged"),
    ("User smokes", "User kicked the habit"),
    ("User is vegan", "User is back on bacon"),
    ("User is studying for the pilot exam", "User passed the pilot exam"),
    # one matter, another value
    ("User goes to the office by tram", "With a scooter User needs a minute to the office"),
    ("User is living in Ghent with a friend", "Keys to the new place in Namur were picked up"),
    # another amount of one thing
    ("The band practice is on Tuesdays at the hall", "Band practice jumped to Thursdays"),
    ("The lease for the garage costs 80 euros", "The garage lease went up to 95 euros"),
    # what has ended
    ("User has a paper round on weekdays", "User packed in the paper round"),
    ("User pays for the Globe subscription", "User lets their Globe subscription lapse"),
    ("User drinks an espresso after lunch", "Coffee is off the menu"),
    # now this instead
    ("Rex loves his old rubber duck", "Rex now loves his squeaky bone"),
    ("User's cat loves her cardboard box", "User's cat now loves her window seat"),
    # what was wrong
    ("The tablet in the hall runs Zorin", "The hall tablet is on Ubuntu, not Zorin"),
    ("The new boss is called Marc Visser", "A typo, it is Mark Visser"),
    # what is asked back although it was not marked so
    ("User has booked a stall at the fair", "Scrap what User said about the stall, it was a joke"),
    ("User has a brother named Otto", "User made up Otto to see what happens"),
]


@pytest.mark.parametrize(("old", "new"), CLOSED)
def test_a_change_in_any_words_closes_the_belief(old: str, new: str):
    assert closed(memory("old", old), memory("new", new, 9))


KEPT = [
    ("User's brother is single", "User's girlfriend moved in"),
    ("User's son smokes", "User kicked the habit"),
    ("User's uncle is in hospital", "User's aunt was discharged"),
    ("User is studying for the pilot exam", "User passed the swimming test"),
    ("User lives in Ghent", "User has bought a holiday flat in Namur"),
    ("The band practice is on Tuesdays", "Choir practice is on Thursdays"),
    ("The charge for the garage is 80 euros", "The charge for the flat rose to 900 euros"),
    ("User has a paper round on weekdays", "User packed in the choir"),
    ("User loves pottery", "User is now also into chess"),
    ("User bakes bread for the market", "Actually User bakes cakes for the school"),
    ("User loves pottery", "User's daughter now loves chess"),
    ("Rex loves his rubber duck", "Luna now loves her squeaky bone"),
    ("User works at a bakery", "User started at a bar on Saturdays for extra money"),
    ("User has a stall at the fair", "User said that the fair was a joy"),
    ("User's left knee was replaced in 2019", "User's right knee is now getting an injection"),
]


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_what_is_only_alike_stays(old: str, new: str):
    assert not closed(memory("old", old), memory("new", new, 9))


def test_an_older_statement_that_arrives_late_is_stored_closed():
    new = memory("new", "Rex now loves his squeaky bone", 9)
    (change,) = resolve(
        memory("late", "Rex loves his rubber duck"), "asserted", [new], lambda _: 0.5
    )
    assert change.after is not None
    assert (change.kind, change.after.status) == ("created", "superseded")


def test_what_is_said_in_one_breath_does_not_end_itself():
    old = memory("old", "User is job-hunting", message="m")
    assert not closed(old, memory("new", "User was hired as a gardener", message="m"))


def test_a_switch_replaces_the_one_thing_in_use():
    new = memory("new", "User has switched to Typst", 9)
    assert closed(memory("old", "User uses LaTeX for letters"), new)
    several = [memory("a", "User uses LaTeX"), memory("b", "User plays the oboe")]
    changes = resolve(new, "asserted", several, lambda _: 0.5)
    assert [change.kind for change in changes] == ["created"]


def test_values_are_told_apart_by_kind():
    assert amounts_of("on 3 May 2025 at 14:00") == {
        "day": frozenset({"3 may 2025"}),
        "time": frozenset({"14:00"}),
    }
    assert differing("12 kg of rice", "15 kg of rice") == "quantity kg"
    assert differing("12 kg of rice", "15 minutes") is None


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_text_passes(one: str, other: str):
    closed(memory("old", one or "x"), memory("new", other or "y", 1), source=one)
