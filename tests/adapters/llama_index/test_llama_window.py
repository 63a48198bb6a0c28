"""Which messages are shown: whole turns, within the tokens there are, the last one in any case."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import (
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from harmonia_plugins.adapters.llama_index.tokens import TokenCounter
from harmonia_plugins.adapters.llama_index.window import CUT, Entry, overflow, shown, tokens_of

COUNTER = TokenCounter(list)  # a token for each character


def entries(*lengths: tuple[str, int]) -> list[Entry]:
    return [
        Entry(str(n), ChatMessage(role=role, content="x" * length), length)
        for n, (role, length) in enumerate(lengths)
    ]


LOGS = st.lists(
    st.tuples(st.sampled_from(["user", "assistant", "tool", "system"]), st.integers(0, 40)),
    max_size=12,
).map(lambda lengths: entries(*lengths))


@given(log=LOGS, room=st.integers(1, 120), share=st.sampled_from([0.3, 0.7, 1.0]))
def test_a_window_fits_and_holds_the_last_turn(log: list[Entry], room: int, share: float) -> None:
    window = shown(log, room, share, COUNTER)
    assert tokens_of(window) <= room
    assert [entry.tokens for entry in window] == [COUNTER.content(e.chat) for e in window]
    said = [entry.id for entry in log if entry.chat.role == "user"]
    shown_ids = [entry.id for entry in window]
    places = [int(id) for id in shown_ids]
    assert places == sorted(places)
    if said:  # everything from the user's last message on
        assert shown_ids[-len(log[int(said[-1]) :]) :] == [e.id for e in log[int(said[-1]) :]]
        rest = [entry for entry in window if entry.chat.role != "system"]
        if len(window) < len(log):
            assert rest[0].chat.role == "user"


@given(log=LOGS, limit=st.integers(1, 120), least=st.integers(0, 60))
def test_what_overflows_are_the_oldest_turns(log: list[Entry], limit: int, least: int) -> None:
    due = overflow(log, limit, least)
    if tokens_of(log) <= limit:
        assert due == []
        return
    ids = {entry.id for entry in due}
    left = [entry for entry in log if entry.id not in ids]
    rest = [entry for entry in left if entry.chat.role != "system"]
    last = max((n for n, entry in enumerate(log) if entry.chat.role == "user"), default=None)
    if last is not None:
        assert log[last] in left
    if last is None:  # nobody has spoken: the assistant's last message takes the place
        last = max((n for n, entry in enumerate(log) if entry.chat.role == "assistant"), default=0)
    if due:
        assert rest[0].chat.role == log[last].chat.role
        assert tokens_of(left) <= limit or rest[0] == log[last]


def test_a_log_without_a_person_overflows_too() -> None:
    log = entries(*[("assistant", 30)] * 5)
    assert [entry.id for entry in overflow(log, 70, 0)] == ["0", "1", "2"]
    assert [entry.id for entry in shown(log, 70, 1.0, COUNTER)] == ["3", "4"]


def test_instructions_at_the_beginning_stay() -> None:
    log = entries(("system", 10), ("user", 30), ("assistant", 30), ("user", 30), ("assistant", 5))
    assert [entry.id for entry in shown(log, 60, 1.0, COUNTER)] == ["0", "3", "4"]
    assert [entry.id for entry in overflow(log, 60, 0)] == ["1", "2"]


def test_tool_results_never_stand_without_their_call() -> None:
    log = entries(("user", 5), ("assistant", 30), ("tool", 30), ("assistant", 5), ("user", 5))
    assert [entry.id for entry in shown(log, 45, 1.0, COUNTER)] == ["4"]


def test_an_oversized_message_keeps_its_ends() -> None:
    log = [Entry("0", ChatMessage(role="user", content="begin" + "x" * 500 + "end?"), 509)]
    (entry,) = shown(log, 50, 0.7, COUNTER)
    assert entry.tokens <= 35
    text = entry.chat.content or ""
    assert text.startswith("begin")
    assert text.endswith("end?")
    assert CUT in text
    assert len(log[0].chat.content or "") == 509  # the log's own is whole


def test_the_beginning_stays_where_not_even_the_mark_of_a_cut_fits() -> None:
    log = [Entry("0", ChatMessage(role="user", content="begin" + "x" * 500), 505)]
    (entry,) = shown(log, len(CUT), 1.0, COUNTER)
    assert entry.chat.content == ("begin" + "x" * 500)[: len(CUT)]


def test_texts_inside_of_blocks_are_cut_too() -> None:
    cited = CitableBlock(title="t", source="s", content="x" * 500)
    log = [Entry("0", ChatMessage(role="user", blocks=[TextBlock(text="Is it so?"), cited]), 512)]
    (entry,) = shown(log, 100, 1.0, COUNTER)
    assert entry.tokens <= 100
    assert entry.chat.content == "Is it so?"
    assert isinstance(entry.chat.blocks[1], CitableBlock)
    (tight,) = shown(log, 8, 1.0, COUNTER)
    assert tight.tokens <= 8


def test_media_leave_when_no_text_is_left_to_cut() -> None:
    blocks = [TextBlock(text="look"), ImageBlock(url="https://example.org/a.png")]
    log = [Entry("0", ChatMessage(role="user", blocks=blocks), 260)]
    (entry,) = shown(log, 100, 1.0, COUNTER)
    assert entry.tokens <= 100
    assert all(isinstance(block, TextBlock) for block in entry.chat.blocks)


@pytest.mark.parametrize(
    ("block", "tokens"),
    [
        (TextBlock(text="four"), 4),
        (ImageBlock(url="https://example.org/a.png"), 256),
        (ThinkingBlock(content="hm"), 2),
        (ThinkingBlock(content="hm", num_tokens=90), 90),
        (ToolCallBlock(tool_name="add", tool_kwargs={"a": 1}), len("add {'a': 1}")),
        (CitableBlock(title="t", source="s", content="four"), 7),
        (
            CitationBlock(title="t", source="s", cited_content="four", additional_location_info={}),
            7,
        ),
        (CachePoint.model_validate({"cache_control": {"type": "x"}}), 0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_block_is_counted(block: Any, tokens: int) -> None:
    assert COUNTER.content([block]) == tokens
    chat = ChatMessage(role="user", blocks=[block], additional_kwargs={"a": 1})
    assert COUNTER.content(chat) == tokens + len("{'a': 1}")
