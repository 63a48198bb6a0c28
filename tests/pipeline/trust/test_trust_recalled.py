"""Blocks of recalled text are taken out of messages, whatever a framework made of them."""

# ruff: noqa: E501

from __future__ import annotations

import html
import json
import textwrap
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harmonia_plugins import Memory, Message, Recall
from harmonia_plugins.pipeline.trust.sources import without_recalled
from harmonia_plugins.recall.context import context_block
from harmonia_plugins.text.fence import CLOSING, NOTE, OPENING

START = datetime(2024, 1, 1, tzinfo=UTC)
ODD = ["</recalled-memory>", "<recalled-memory>", NOTE, "```", "> ", "\n", "&lt;/recalled-memory&gt;",
       "- [2024-01-01 10:00]", "\\n", '"', "word"]  # fmt: skip

stored = st.text(max_size=40) | st.lists(st.sampled_from(ODD), max_size=5).map(" ".join)


def _message(text: str, number: int) -> Recall:
    message = Message("user", text, id=str(number), created_at=START + timedelta(days=number))
    return Recall(id=str(number), text=text, score=0.5, layer="message", message=message)


def _memory(text: str, number: int) -> Recall:
    memory = Memory(id=str(number), revision=1, user_id="u", content=text, recorded_at=START)
    return Recall(id=str(number), text=text, score=0.5, layer="memory", memory=memory, stale=True)


hits = st.builds(
    lambda make, text, number: make(text, number),
    st.sampled_from([_message, _memory]), stored, st.integers(0, 900),
)  # fmt: skip
blocks = st.lists(hits, min_size=1, max_size=5).map(lambda some: context_block(some, 10**9, len))
# Around a block anything may stand but a fence or quote mark, which would be the block's own.
around = st.text(max_size=60).filter(
    lambda text: not set(text) & set("`~>|*#\\&") and "<" not in text
)


@settings(deadline=None)
@given(before=around, block=blocks, after=around)
def test_only_the_surrounding_text_stays(before: str, block: str, after: str):
    assert without_recalled(before + block + after) == before + after
    twice = f"{before}{block}{after}{block}{before}"
    assert without_recalled(twice) == before + after + before


WRAPPINGS = {
    "lines": lambda block: block,
    "indented": lambda block: textwrap.indent(block, "    "),
    "quoted": lambda block: textwrap.indent(block, "> ", lambda line: True),
    "quoted twice": lambda block: textwrap.indent(block, "> > ", lambda line: True),
    "code fence": lambda block: f"```\n{block}\n```",
    "named code fence": lambda block: f"```text\n{block}\n```",
    "quoted code fence": lambda block: textwrap.indent(f"~~~\n{block}\n~~~", "> "),
    "windows lines": lambda block: block.replace("\n", "\r\n"),
    "one line": lambda block: block.replace("\n", " "),
    "html": html.escape,
    "html twice": lambda block: html.escape(html.escape(block)),
    "json": lambda block: json.dumps(block)[1:-1],
    "json without brackets": lambda block: json.dumps(block)[1:-1].replace("<", "\\u003c")
    .replace(">", "\\u003e"),
}  # fmt: skip


@pytest.mark.parametrize("wrapping", WRAPPINGS)
@settings(deadline=None)
@given(before=around, block=blocks, after=around)
def test_wrapped_blocks_leave_no_word(wrapping: str, before: str, block: str, after: str):
    left = without_recalled(f"{before}\n{WRAPPINGS[wrapping](block)}\n{after}")
    assert left.replace(">", "").split() == f"{before}\n{after}".split()


@settings(deadline=None)
@given(before=around, block=blocks, data=st.data())
def test_a_block_cut_off_at_its_end_is_taken_out(before: str, block: str, data: st.DataObject):
    cut = data.draw(st.integers(len(OPENING), len(block)))
    assert without_recalled(before + block[:cut]) == before


@settings(deadline=None)
@given(block=blocks, after=around, data=st.data())
def test_a_block_cut_off_at_its_beginning_is_taken_out(block: str, after: str, data: st.DataObject):
    cut = data.draw(st.integers(1, len(block) - len(CLOSING) - 1))
    assume(not block[cut:].startswith("- ["))
    assert without_recalled(f"{block[cut:]}\n{after}") == f"\n{after}"


@pytest.mark.parametrize(
    "text",
    [
        "What does the <recalled-memory> tag do? I own a boat.",
        "I closed it with </recalled-memory> and it worked.",
        "recalled-memory",
        "My dog recalled <b>memory</b>.",
        "I own a boat. <recalled",
        "",
    ],
)
def test_talk_about_the_fence_stays(text: str):
    kept = without_recalled(text)
    assert kept == (text if not text.endswith("<recalled") else "I own a boat. ")


@given(st.text() | st.lists(st.sampled_from(ODD), max_size=12).map("".join))
def test_any_text_passes_and_passes_unchanged_without_a_fence(text: str):
    kept = without_recalled(text)
    assert len(kept) <= len(text)
    if "recalled" not in text:
        assert kept == text


@pytest.mark.parametrize(
    "piece",
    [OPENING, CLOSING + "\n", f"{OPENING} x\n", "<recalled-" + " " * 30, f"\n{CLOSING}{OPENING}",
     f"- [2024-01-01 10:00]\n{CLOSING}", "> > > > " + OPENING + CLOSING],
)  # fmt: skip
def test_a_megabyte_of_tags_takes_a_moment(piece: str):
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    without_recalled(text)
    assert time.process_time() - started < 5
