"""LangChain's messages as the engine's and back: nothing is lost, whatever they hold."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    ChatMessage,
    ChatMessageChunk,
    FunctionMessage,
    HumanMessage,
    HumanMessageChunk,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    messages_to_dict,
)
from pydantic import BaseModel

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.adapters.langchain.messages import text_of, to_langchain, to_message
from harmonia_plugins.adapters.tagged import TAG, decode, encode
from harmonia_plugins.text.fence import RECALLED_KEY

PNG = {"type": "image", "base64": "iVBORw0KGgo=", "mime_type": "image/png"}
CALL = {"name": "add", "args": {"a": 1}, "id": "c1", "type": "tool_call"}
BAD_CALL = {
    "name": "add", "args": "{a:", "id": "c2", "error": "no JSON", "type": "invalid_tool_call"
}  # fmt: skip
USAGE: Any = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}


def stored(engine: MemoryEngine, user: str, *messages: BaseMessage) -> list[BaseMessage]:
    """Send messages through the store and bring them back."""
    engine.observe([to_message(item) for item in messages], user_id=user, extract=False)
    return [to_langchain(item) for item in engine.messages(user_id=user)]


KINDS: dict[str, BaseMessage] = {
    "human": HumanMessage("hi"),
    "human with id and name": HumanMessage("hi", id="h1", name="Jo"),
    "empty": HumanMessage(""),
    "blank name": HumanMessage("hi", name=""),
    "number for an id": HumanMessage("hi", id=17),
    "blank id": HumanMessage("hi", id=" "),
    "endless id": HumanMessage("hi", id="x" * 600),
    "image": HumanMessage([{"type": "text", "text": "What\nis it?"}, PNG, "and this?"]),
    "url image": HumanMessage([{"type": "image_url", "image_url": {"url": "https://x.test/y"}}]),
    "file, audio, video": HumanMessage(
        [
            {"type": "file", "base64": "AA==", "mime_type": "application/pdf"},
            {"type": "audio", "base64": "AA==", "mime_type": "audio/wav"},
            {"type": "video", "url": "https://x.test/v"},
            {"type": "text-plain", "text": "notes", "mime_type": "text/plain"},
        ]
    ),
    "ai": AIMessage("hello", id="run-1", response_metadata={"model": "m"}, usage_metadata=USAGE),
    "tool call": AIMessage("", tool_calls=[CALL]),  # type: ignore[list-item]
    "invalid tool call": AIMessage("", invalid_tool_calls=[BAD_CALL]),  # type: ignore[list-item]
    "reasoning": AIMessage(
        [
            {"type": "reasoning", "reasoning": "Well.", "extras": {"signature": "s"}},
            {"type": "text", "text": "So: yes.", "annotations": [{"type": "citation", "url": "u"}]},
            {"type": "server_tool_call", "name": "web", "args": {}, "id": "s1"},
            {"type": "non_standard", "value": {"x": [1, 2]}},
        ]
    ),
    "openai kwargs": AIMessage("", additional_kwargs={"refusal": None, "audio": {"id": "a"}}),
    "system": SystemMessage("Be kind."),
    "system blocks": SystemMessage([{"type": "text", "text": "a", "cache_control": {"type": "e"}}]),
    "tool": ToolMessage("3", tool_call_id="c1", name="add", status="error", artifact={"n": (1, 2)}),
    "documents": ToolMessage("2 found", tool_call_id="c1", artifact=[Document("x", id="d1")]),
    "messages in an artifact": ToolMessage("", tool_call_id="c", artifact=[AIMessage("in")]),
    "function": FunctionMessage("3", name="add"),
    "chat": ChatMessage("hi", role="narrator"),
    "chat with a blank role": ChatMessage("hi", role=""),
    "remove": RemoveMessage(id="m1"),
    "no text at all": HumanMessage([]),
    "extra attribute": HumanMessage("hi", mood="glad"),  # type: ignore[call-arg]
    "lone surrogate": AIMessage("broken \ud83d pair", additional_kwargs={"k\udc00": "\udc00"}),
    "lone surrogate in a block": AIMessage(["fine\nand", {"type": "text", "text": "\ud83d\nx"}]),
    "bytes and times": AIMessage(
        "ok",
        additional_kwargs={
            "raw": b"\x00\xff", "at": datetime(2024, 5, 1, tzinfo=timezone(timedelta(hours=2))),
            "day": date(2024, 5, 1), "hour": time(9, 30), "took": timedelta(seconds=1.5),
            "price": Decimal("1.10"), "key": UUID(int=7), "set": {1, 2}, "nan": math.inf,
            1: "one", TAG: "mine", "deep": {"a": [{"b": ({"c": 1},)}]},
        },
        response_metadata={"created_at": datetime(2024, 5, 1, 9)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_back_from_the_store_as_it_was(
    engine: MemoryEngine, user: str, kind: str
) -> None:
    message = KINDS[kind]
    (back,) = stored(engine, user, message)
    assert back == message
    assert type(back) is type(message)
    assert back.id == message.id


def test_trap_langchains_own_json_fails_on_bytes_and_times() -> None:
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps(messages_to_dict([KINDS["bytes and times"]]))


def test_the_text_is_the_content_and_is_kept_once(engine: MemoryEngine, user: str) -> None:
    message = to_message(KINDS["image"])
    assert message.content == "What\nis it?\nand this?"
    assert text_of(KINDS["image"]) == message.content
    assert "What" not in json.dumps(message.payload)
    assert to_message(HumanMessage("hi", id="h")).payload == {"langchain": "human"}


def test_roles_are_the_engines() -> None:
    roles = {kind: to_message(message).role for kind, message in KINDS.items()}
    assert roles["human"] == "user"
    assert roles["ai"] == "assistant"
    assert (roles["system"], roles["tool"], roles["function"]) == ("system", "tool", "function")
    assert (roles["chat"], roles["chat with a blank role"]) == ("narrator", "chat")


def test_chunks_become_messages(engine: MemoryEngine, user: str) -> None:
    chunk = AIMessageChunk("Hel", id="r") + AIMessageChunk(
        "lo",
        tool_call_chunks=[{"name": "add", "args": '{"a": 1}', "id": "c1", "index": 0}],
        usage_metadata=USAGE,
    )
    back = stored(
        engine, user, chunk, HumanMessageChunk("hi"), ChatMessageChunk("hi", role="narrator")
    )
    assert [type(item) for item in back] == [AIMessage, HumanMessage, ChatMessage]
    expected = AIMessage("Hello", id="r", tool_calls=[CALL], usage_metadata=USAGE)  # type: ignore[list-item]
    assert back[0] == expected


class Purchase(HumanMessage):
    """An application's own message."""

    amount: int = 0


class Signal(BaseMessage):
    """An application's own message with no LangChain type above it."""

    type: str = "signal"
    level: int = 0


def test_own_types_become_their_nearest_type_and_keep_their_fields(
    engine: MemoryEngine, user: str
) -> None:
    purchase, signal = stored(engine, user, Purchase("a book", amount=3), Signal("red", level=2))
    assert purchase == HumanMessage("a book", amount=3)  # type: ignore[call-arg]
    assert purchase.amount == 3  # type: ignore[attr-defined]
    assert signal == ChatMessage("red", role="signal", level=2)  # type: ignore[call-arg]


class Weather(BaseModel):
    """A tool's own result."""

    city: str
    degrees: float


@dataclass
class Point:
    """Another one."""

    x: int


class Colour(StrEnum):
    """A word with a type."""

    RED = "red"


class Rude:
    """What cannot even be printed."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_artifacts_of_own_types_become_plain_data_and_never_fail(
    engine: MemoryEngine, user: str
) -> None:
    endless: list[Any] = []
    endless.append(endless)
    artifact = [Weather(city="Oslo", degrees=3.5), Point(2), Colour.RED, Rude(), object, endless]
    (back,) = stored(engine, user, ToolMessage("x", tool_call_id="c", artifact=artifact))
    assert isinstance(back, ToolMessage)
    assert back.artifact[:4] == [{"city": "Oslo", "degrees": 3.5}, {"x": 2}, "red", "<Rude>"]
    assert back.artifact[4] == repr(object)


def test_deep_nesting_that_the_store_refuses_comes_back(engine: MemoryEngine, user: str) -> None:
    deep: Any = "bottom"
    for _ in range(120):
        deep = {"next": deep}
    message = AIMessage("x", additional_kwargs={"deep": deep})
    assert stored(engine, user, message) == [message]


def test_what_nobody_said_is_marked_as_not_to_be_learned() -> None:
    summary = HumanMessage("We spoke.", additional_kwargs={"lc_source": "summarization"})
    recalled = HumanMessage("User likes tea", additional_kwargs={RECALLED_KEY: True})
    assert to_message(summary).metadata == to_message(recalled).metadata == {RECALLED_KEY: True}
    assert to_message(HumanMessage("hi")).metadata == {}


def test_a_text_that_changed_in_the_store_is_what_langchain_sees() -> None:
    message = to_message(KINDS["image"])
    changed = to_langchain(replace(message, content="What\nis this?\nand that?"))
    assert changed.content == [{"type": "text", "text": "What\nis this?"}, PNG, "and that?"]
    merged = to_langchain(replace(message, content="One line"))
    assert merged.content == [{"type": "text", "text": "One line"}, PNG, ""]


def test_a_text_that_is_redacted_leaves_no_copy(tmp_path: Any) -> None:
    with MemoryEngine(tmp_path, settings={"redact": {"email"}}) as engine:
        blocks = [{"type": "text", "text": "mail me: jo@example.org"}, PNG]
        (back,) = stored(engine, "jo", HumanMessage(blocks))
        assert "jo@" not in str(back) + str(engine.messages(user_id="jo"))
        assert back.content[1] == PNG


def test_messages_from_elsewhere_come_by_their_role(engine: MemoryEngine, user: str) -> None:
    roles = ["user", "assistant", "system", "tool", "narrator"]
    engine.observe([Message(r, r, id=r) for r in roles], user_id=user, extract=False)
    back = [to_langchain(item) for item in engine.messages(user_id=user)]
    assert [item.type for item in back] == ["human", "ai", "system", "tool", "chat"]
    assert [item.id for item in back] == roles


def test_a_damaged_payload_does_not_hide_the_text() -> None:
    for payload in ({"langchain": "alien"}, {"langchain": "human", "fields": {"x": {TAG: "?"}}}):
        back = to_langchain(Message("user", "hi", id="1", payload=payload))
        assert back == HumanMessage("hi", id="1")


# -- whatever they hold ---------------------------------------------------------------------------

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    | st.binary() | st.datetimes(timezones=st.none() | st.just(UTC)) | st.dates() | st.times()
    | st.timedeltas() | st.uuids() | st.decimals(allow_nan=False)
    | st.text(st.characters(categories=["Cs", "L"]))
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text() | st.integers() | st.just(TAG), inner)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=12,
)
BLOCKS = st.one_of(
    st.text(),
    st.builds(lambda t, m: {"type": "text", "text": t, "meta": m}, st.text(), VALUES),
    st.builds(lambda v: {"type": "non_standard", "value": v}, VALUES),
    st.just(PNG),
    st.just({"$lines": 2, "type": "text", "text": "sly"}),
)
CONTENT = st.text(st.characters()) | st.lists(BLOCKS, max_size=5)
KWARGS = st.dictionaries(st.text(max_size=8), VALUES, max_size=4)
COMMON = {"content": CONTENT, "additional_kwargs": KWARGS, "response_metadata": KWARGS}
IDS = {"id": st.none() | st.text(max_size=20), "name": st.none() | st.text(max_size=20)}
ARGS = st.dictionaries(st.text(max_size=5), VALUES, max_size=3)
TOOL_CALLS = st.lists(
    st.builds(
        lambda name, args: {"name": name, "args": args, "id": uuid4().hex, "type": "tool_call"},
        st.text(min_size=1), ARGS,
    ),
    max_size=2,
)  # fmt: skip
MESSAGES = st.one_of(
    st.builds(HumanMessage, **COMMON, **IDS),
    st.builds(SystemMessage, **COMMON, **IDS),
    st.builds(AIMessage, **COMMON, **IDS, tool_calls=TOOL_CALLS),
    st.builds(ToolMessage, **COMMON, **IDS, tool_call_id=st.text(), artifact=VALUES),
    st.builds(ChatMessage, **COMMON, **IDS, role=st.text()),
)


@settings(deadline=None, max_examples=150)
@given(VALUES)
def test_any_value_comes_back_from_json(value: Any) -> None:
    back = decode(json.loads(json.dumps(encode(value), allow_nan=False)))
    assert repr(back) == repr(value) or back == value


@settings(deadline=None, max_examples=150)
@given(MESSAGES)
def test_any_message_comes_back(message: BaseMessage) -> None:
    kept = to_message(message)
    kept.content.encode()
    payload = json.loads(json.dumps(kept.payload, allow_nan=False))
    back = to_langchain(replace(kept, payload=payload, id=kept.id or "made"))
    assert back == message
    assert type(back) is type(message)
