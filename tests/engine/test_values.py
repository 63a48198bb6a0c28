"""Values: frozen, and the same after a way through JSON."""

from __future__ import annotations

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonia_plugins import FieldChange, Memory, MemoryEngine, MemoryType, Message, Page, model

VALUES = sorted(
    (
        cls
        for _, cls in inspect.getmembers(model, inspect.isclass)
        if issubclass(cls, model.Value) and cls is not model.Value
    ),
    key=lambda cls: cls.__name__,
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip
zones = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=3))]
)
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)


def strategy_of(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for what a field annotated as `kind` may hold."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return json_values
    if kind is datetime:
        return moments
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(strategy_of, arguments))
    if origin is tuple:
        return st.lists(strategy_of(arguments[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(max_size=3), strategy_of(arguments[1]), max_size=2)
    if kind is FieldChange:
        return field_changes()
    if dataclasses.is_dataclass(kind):
        return built(kind)
    plain = {
        str: st.text(max_size=5), int: st.integers(), bool: st.booleans(),
        MemoryType: st.sampled_from(MemoryType),
        float: st.floats(allow_nan=False, allow_infinity=False), type(None): st.none(),
    }  # fmt: skip
    return plain[kind]


def built(cls: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{f.name: strategy_of(hints[f.name]) for f in dataclasses.fields(cls)})


@st.composite
def field_changes(draw: st.DrawFn) -> FieldChange:
    name = draw(st.sampled_from([f.name for f in dataclasses.fields(Memory)]))
    held = strategy_of(typing.get_type_hints(Memory)[name])
    return FieldChange(name, draw(held), draw(held))


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_a_value_is_the_same_after_a_way_through_json(cls: type, data: st.DataObject):
    value = data.draw(strategy_of(cls))
    plain = json.loads(json.dumps(value.to_dict(), allow_nan=False))
    assert cls.from_dict(plain) == value
    assert cls.from_dict(plain | {"of a later version": 1}) == value
    assert cls.from_dict(plain).to_dict() == value.to_dict()


def test_all_values_of_the_public_face_are_among_them():
    names = {cls.__name__ for cls in VALUES}
    assert names >= {
        "Change", "ChangeSet", "ChannelScore", "FieldChange", "Forgotten", "Health", "Item",
        "Latency", "Memory", "Message", "Purged", "Recall", "Revision", "Session", "Stats",
    }  # fmt: skip


@pytest.mark.parametrize("cls", [*VALUES, Page], ids=lambda cls: cls.__name__)
def test_values_are_frozen(cls: type):
    assert cls.__dataclass_params__.frozen
    assert not hasattr(cls, "__dict__") or "__slots__" in vars(cls)


def test_a_naive_time_stays_wall_clock_through_a_dict():
    message = Message("user", "x", created_at=datetime(2024, 7, 1, 12))
    assert Message.from_dict(message.to_dict()) == message


def test_what_the_engine_returns_goes_through_json(engine: MemoryEngine):
    engine.observe(Message("user", "plum", payload={"x": [1]}), user_id="nora")
    engine.remember("plum", user_id="nora", id="m", tags=["a"], type="preference")
    engine.update("m", user_id="nora", tags=["b"], occurred_at=datetime(2024, 1, 1, tzinfo=UTC))
    engine.items(user_id="nora").put(("n",), "k", {"text": "plum"}, ttl=60)
    found = [
        *engine.recall("plum", user_id="nora", layers=("memory", "message", "item")),
        *engine.history("m", user_id="nora"), *engine.diff("m", user_id="nora"),
        *engine.changes(user_id="nora"), *engine.sessions(user_id="nora"),
        *engine.messages(user_id="nora"), *engine.memories(user_id="nora"),
        engine.health(), engine.stats(), engine.stats(user_id="nora"),
        engine.forget(user_id="nora", id="m"), engine.purge(),
    ]  # fmt: skip
    assert {type(value).__name__ for value in found} >= {"Recall", "FieldChange", "Stats", "Purged"}
    for value in found:
        assert type(value).from_dict(json.loads(json.dumps(value.to_dict()))) == value


def test_a_page_is_a_sequence(engine: MemoryEngine):
    for number in range(5):
        engine.remember(f"plum {number}", user_id="nora", id=str(number))
    page = engine.memories(user_id="nora", sort="content", descending=False, limit=2)
    assert [memory.id for memory in page] == ["0", "1"]
    assert (len(page), page[1].id, [m.id for m in page[:1]]) == (2, "1", ["0"])
    seen = list(page)
    while page.next_cursor is not None:
        page = engine.memories(
            user_id="nora", sort="content", descending=False, limit=2, cursor=page.next_cursor
        )
        seen += page
    assert [memory.id for memory in seen] == list("01234")
