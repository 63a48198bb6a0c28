"""Several surfaces see one turn: no message is lost, none is stored twice."""

from __future__ import annotations

import gc
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonia_plugins import Message
from harmonia_plugins.adapters.turns import Turn, Turns, now, turns_of

SURFACES = ("callbacks", "history", "middleware")


def said(text: str, id: str | None = None) -> Message:
    """What the user says."""
    return Message("user", text, id=id)


def answer(text: str, id: str | None = None) -> Message:
    """What the model answers."""
    return Message("assistant", text, id=id)


def view(turns: Turns, surface: str, session: str = "s", since: int | None = None) -> Turn:
    """Begin a surface's view."""
    return turns.open("u", session, surface=surface, since=since)


def ids(messages: list[Message]) -> list[str]:
    """Their ids."""
    return [message.id or "" for message in messages]


def test_one_turn_seen_by_two_surfaces_is_one() -> None:
    turns = Turns()
    outer, inner = view(turns, "callbacks"), view(turns, "history")
    first = ids(inner.name([said("yes"), answer("fine", "a1")]))
    inner.close()
    assert ids(outer.name([said("yes"), answer("fine", "a1")])) == first
    assert first[1] == "a1"


def test_two_equal_words_in_one_session_are_two_messages() -> None:
    turns = Turns()
    found: list[str] = []
    for _ in range(3):
        outer, inner = view(turns, "callbacks"), view(turns, "history")
        pair = ids(inner.name([said("yes"), answer("fine")]))
        inner.close()
        assert ids(outer.name([said("yes"), answer("fine")])) == pair
        outer.close()
        found += pair
    assert len(set(found)) == 6


def test_the_same_words_twice_in_one_turn_are_two_messages() -> None:
    turns = Turns()
    outer, inner = view(turns, "callbacks"), view(turns, "history")
    twice = ids(outer.name([said("yes"), said("yes")]))
    assert len(set(twice)) == 2
    assert ids(inner.name([said("yes"), said("yes")])) == twice


def test_turns_that_do_not_overlap_share_nothing() -> None:
    turns = Turns()
    first = view(turns, "callbacks")
    (one,) = ids(first.name([said("yes")]))
    first.close()
    (other,) = ids(view(turns, "history").name([said("yes")]))
    assert one != other


def test_a_view_may_be_told_to_have_begun_earlier() -> None:
    turns = Turns()
    begun = now()
    first = view(turns, "callbacks")
    (one,) = ids(first.name([said("yes")]))
    first.close()
    assert ids(view(turns, "history", since=begun).name([said("yes")])) == [one]


def test_other_sessions_and_users_share_nothing() -> None:
    turns = Turns()
    (one,) = ids(view(turns, "callbacks").name([said("yes")]))
    (other,) = ids(view(turns, "history", session="t").name([said("yes")]))
    foreign = turns.open("v", "s", surface="history")
    assert len({one, other, *ids(foreign.name([said("yes")]))}) == 3


def test_a_message_with_an_id_and_its_twin_without_one_are_one() -> None:
    for first, second in ((said("yes", "m1"), said("yes")), (said("yes"), said("yes", "m1"))):
        turns = Turns()
        outer, inner = view(turns, "callbacks"), view(turns, "middleware")
        (one,) = ids(inner.name([first]))
        assert ids(outer.name([second])) == [one]
    assert ids(view(Turns(), "callbacks").name([said("yes", "m1")])) == ["m1"]


def test_equal_words_under_two_ids_are_two_messages() -> None:
    turns = Turns()
    outer, inner = view(turns, "callbacks"), view(turns, "middleware")
    assert ids(inner.name([said("yes", "m1")]) + outer.name([said("yes", "m2")])) == ["m1", "m2"]


def test_the_same_id_again_is_the_same_message() -> None:
    turns = Turns()
    first, second = view(turns, "middleware"), view(turns, "middleware")
    log = [said("hi", "m1"), answer("hello", "a1")]
    assert ids(first.name(log)) == ids(first.name(log)) == ids(second.name(log)) == ["m1", "a1"]


@pytest.mark.parametrize("remembered", [True, False])
def test_an_answer_from_a_models_cache_is_another_message_each_time(remembered: bool) -> None:
    turns = Turns()
    pair = [said("hi"), answer("hello", "a1")]
    first = view(turns, "callbacks")
    before = ids(first.name(pair))
    first.close()
    turns = turns if remembered else Turns()
    outer, inner = view(turns, "callbacks"), view(turns, "history")
    again = ids(inner.name(pair, known=before))
    assert before[1] == "a1"
    assert len({*before, *again}) == 4
    assert ids(outer.name(pair, known=before)) == again


def test_wordless_messages_are_told_apart_by_what_they_hold() -> None:
    turns = Turns()
    call = [Message("assistant", "", payload={"call": number}) for number in (1, 2)]
    outer, inner = view(turns, "callbacks"), view(turns, "history")
    one, two = ids(outer.name(call))
    assert one != two
    assert ids(inner.name([call[1], call[0]])) == [two, one]


# -- any course of events --------------------------------------------------------------------------

WORDS = st.sampled_from(["yes", "no", "ok"])
TRUTH = st.tuples(WORDS, WORDS)  # what is said, and what is answered
WITH_IDS = st.fixed_dictionaries(
    {name: st.tuples(st.booleans(), st.booleans()) for name in SURFACES}
)


def course(number: int, turn: Any, seen_by: list[str], with_ids: Any, turns: Turns) -> list[Any]:
    """Return the steps of one turn: each surface opens, names in one or two calls, and closes."""
    texts = dict(zip(("user", "assistant"), turn, strict=True))
    views: dict[str, Turn] = {}
    found: dict[tuple[str, str], str] = {}

    def begin(name: str) -> None:
        views[name] = view(turns, name)

    def tell(name: str, roles: tuple[str, ...]) -> None:
        marked = dict(zip(("user", "assistant"), with_ids[name], strict=True))
        given = [
            Message(role, texts[role], id=f"{role}{number}" if marked[role] else None)
            for role in roles
        ]
        named = views[name].name(given)
        found.update({(name, role): id for role, id in zip(roles, ids(named), strict=True)})

    opening = [lambda name=name: begin(name) for name in seen_by]
    telling = [
        lambda name=name, roles=roles: tell(name, roles)
        for name in reversed(seen_by)
        for roles in ((("user", "assistant"),) if number % 2 else (("user",), ("assistant",)))
    ]
    closing = [lambda name=name: views[name].close() for name in reversed(seen_by)]
    return [found, [*opening, *telling, *closing]]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(TRUTH, st.sets(st.sampled_from(SURFACES), min_size=1), WITH_IDS)))
def test_turns_one_after_another_lose_and_double_nothing(truth: list[Any]) -> None:
    turns = Turns()
    everything: list[str] = []
    for number, (turn, seen_by, with_ids) in enumerate(truth):
        found, steps = course(number, turn, sorted(seen_by), with_ids, turns)
        for step in steps:
            step()
        for role in ("user", "assistant"):
            same = {id for (_, other), id in found.items() if other == role}
            assert len(same) == 1
            everything += same
    assert len(set(everything)) == 2 * len(truth)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(TRUTH, min_size=2, max_size=6),
    st.lists(st.sampled_from(SURFACES), min_size=1, unique=True),
    WITH_IDS,
    st.randoms(use_true_random=False),
)
def test_turns_at_once_in_one_session_lose_and_double_nothing(
    truth: list[Any], seen_by: list[str], with_ids: Any, order: random.Random
) -> None:
    turns = Turns()
    courses = [course(number, turn, seen_by, with_ids, turns) for number, turn in enumerate(truth)]
    waiting = [steps for _, steps in courses]
    while waiting:
        steps = order.choice(waiting)
        steps.pop(0)()
        waiting = [steps for steps in waiting if steps]
    everything = [id for found, _ in courses for id in found.values()]
    assert len(set(everything)) == 2 * len(truth)
    for name in seen_by:
        own = [id for found, _ in courses for (other, _), id in found.items() if other == name]
        assert len(set(own)) == len(own)


def test_what_is_remembered_is_bounded() -> None:
    turns = Turns()
    for number in range(6_000):
        turn = view(turns, "callbacks", session=f"s{number % 5_000 if number % 2 else 0}")
        turn.name([said("yes"), answer("fine", f"a{number}")])
        if number % 3:
            turn.close()
    gc.collect()
    assert sum(isinstance(item, Turn) for item in gc.get_objects()) <= 4_096 + 2 * 64


def test_an_engines_turns_are_shared_and_end_with_it() -> None:
    class FakeEngine:
        pass

    engine: Any = FakeEngine()
    assert turns_of(engine) is turns_of(engine)
    assert turns_of(engine) is not turns_of(FakeEngine())
