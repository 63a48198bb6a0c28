"""Who may teach, and how far they are believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins import Message
from harmonia_plugins.pipeline.trust.sources import may_learn, trust_of
from harmonia_plugins.text.fence import CLOSING, NOTE, OPENING, RECALLED_KEY

BLOCK = f"{OPENING}\n{NOTE}\n- [2024-01-01 10:00] user: I own a boat\n{CLOSING}"


@pytest.mark.parametrize(
    ("role", "name", "trusted", "assistant", "reason"),
    [
        ("user", None, (), False, "user"),
        ("Human", None, (), False, "user"),
        ("assistant", None, (), False, None),
        ("ai", None, (), True, "assistant, as asked"),
        ("assistant", None, ("assistant",), False, None),
        ("system", None, ("system",), True, None),
        ("developer", None, ("developer",), True, None),
        ("tool", "calendar", (), True, None),
        ("tool", "calendar", ("tool",), False, "trusted source"),
        ("tool", "calendar", ("tool:calendar",), False, "trusted source"),
        ("tool", "web", ("tool:calendar",), False, None),
        ("tool", None, ("tool:calendar",), False, None),
        ("customer", None, (), False, None),
        ("customer", None, ("Customer",), False, "trusted source"),
        ("", None, (), False, None),
    ],
)
def test_roles(role: str, name: str | None, trusted: tuple[str, ...], assistant: bool, reason):
    message = Message(role, "I like plums", name=name)
    verdict = may_learn(message, trusted_roles=trusted, learn_from_assistant=assistant)
    assert bool(verdict) is (reason is not None)
    assert verdict.reason == reason or not verdict


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u3000"])
def test_blank_messages_teach_nothing(blank: str):
    assert may_learn(Message("user", blank), trusted_roles=()).reason == "blank"


@pytest.mark.parametrize("role", ["user", "assistant", "tool", "system"])
def test_recalled_text_teaches_nothing_whoever_says_it(role: str):
    for message in (
        Message(role, "I own a boat", metadata={RECALLED_KEY: True}),
        Message(role, f"\n  {BLOCK}\n"),
    ):
        verdict = may_learn(message, trusted_roles=("tool",), learn_from_assistant=True)
        assert not verdict
        assert verdict.reason == "recalled text"
        assert trust_of([message], trusted_roles=("tool",)) == 0.0


def test_a_user_who_writes_beside_a_recalled_block_teaches():
    assert may_learn(Message("user", f"{BLOCK}\nI sold the boat"), trusted_roles=())
    assert may_learn(Message("user", "x", metadata={RECALLED_KEY: False}), trusted_roles=())


def test_trust_is_that_of_the_weakest_source():
    def trust(*roles: str) -> float:
        return trust_of([Message(role, "x") for role in roles], trusted_roles=("calendar",))

    assert trust() == trust("user") == trust("user", "human") == 1.0
    order = [trust(role) for role in ("user", "calendar", "guest", "assistant", "tool", "system")]
    assert order == sorted(set(order), reverse=True)
    assert trust("user", "assistant", "calendar") == trust("assistant")


@given(st.text(), st.text(), st.sets(st.text()))
def test_any_role_gives_a_verdict(role: str, content: str, trusted: set[str]):
    message = Message(role, content)
    assert may_learn(message, trusted_roles=trusted).reason
    assert 0.0 <= trust_of([message], trusted_roles=trusted) <= 1.0
