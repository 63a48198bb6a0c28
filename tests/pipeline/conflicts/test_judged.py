"""What the trained judge closes where no rule does, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.model import Memory
from harmonia_plugins.pipeline.conflicts import resolve
from harmonia_plugins.pipeline.conflicts.judge import judge
from harmonia_plugins.pipeline.conflicts.signs import signs_of

START = datetime(2025, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=200)


def memory(id: str, content: str, day: int = 0, message: str | None = None) -> Memory:
    at = START + timedelta(days=day)
    return Memory(
        id=id, revision=1, user_id="u", content=content, recorded_at=at, valid_from=at,
        last_seen_at=at, message_ids=(message or f"m-{id}",), confidence=0.7,
    )  # fmt: skip


def reasons(new: Memory, old: Memory, likeness: float = 0.5) -> list[str]:
    """Why beliefs are closed, empty where none is."""
    changes = resolve(new, "asserted", [old], lambda _: likeness)
    return [change.reason or "" for change in changes if change.kind in {"superseded", "retracted"}]


CLOSED = [
    ("User plays Skyfort every night", "User deleted the account, no more Skyfort"),
    ("User wants long answers", "The long answers thing no longer applies"),
    ("User is vegan", "The vegan experiment is over"),
]
KEPT = [
    ("User keeps four goats behind the barn", "User painted the barn with a friend"),
    ("User is proud of the goats", "User now has a new photo of the goats on the wall"),
    ("User is learning Greek", "User is also learning Danish"),
    ("Jon is preparing for his exhibition", "Maria changed the frames for her exhibition"),
    ("User went to the fair on 3 May 2024", "User just joined a club at the fair"),
]


@pytest.mark.parametrize(("old", "new"), CLOSED)
def test_a_change_that_no_rule_reads_closes_the_belief(old: str, new: str):
    (reason,) = reasons(memory("new", new, 9), memory("old", old))
    assert reason.startswith("judged")


@pytest.mark.parametrize(("old", "new"), KEPT)
def test_what_only_adds_or_muses_leaves_the_belief(old: str, new: str):
    assert reasons(memory("new", new, 9), memory("old", old)) == []


def test_said_in_one_message_one_statement_does_not_close_the_other():
    old, new = CLOSED[0]
    assert reasons(memory("new", new, 0, "m"), memory("old", old, 0, "m")) == []


def test_what_is_far_in_meaning_is_not_judged():
    old, new = CLOSED[0]
    assert reasons(memory("new", new, 9), memory("old", old), likeness=0.05) == []


def test_an_older_statement_that_arrives_late_does_not_close_the_newer_one():
    old, new = CLOSED[0]
    changes = resolve(memory("late", old), "asserted", [memory("belief", new, 9)], lambda _: 0.5)
    assert all(change.before is None or change.before.id != "belief" for change in changes)
    assert [change.after.status for change in changes if change.after] == ["superseded"]


@given(TEXTS, TEXTS, st.floats(-1, 1))
def test_any_two_texts_have_a_likelihood(new: str, old: str, likeness: float):
    (verdict,) = judge(signs_of(new), [(signs_of(old), likeness)])
    assert 0 <= verdict.closing <= 1


def test_each_belief_is_judged_as_if_it_were_alone():
    later = signs_of(CLOSED[0][1])
    others = [(signs_of(old), 0.4) for old, _ in (*CLOSED, *KEPT)]
    together = [verdict.closing for verdict in judge(later, others)]
    alone = [judge(later, [other])[0].closing for other in others]
    assert together == pytest.approx(alone, abs=1e-5)
