import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Memory, Message, Window
from harmonia_plugins.pipeline.prompting.fencing import CLOSING, OPENING
from harmonia_plugins.pipeline.prompting.portions import PART, PARTS, portions, rest_of, shortened
from harmonia_plugins.pipeline.prompting.template import CURRENT, find_template
from harmonia_plugins.text.fence import RECALLED_KEY

DAY = datetime(2026, 3, 6, 9, 30, tzinfo=UTC)


def records(prompt):
    data = prompt.rsplit(OPENING, 1)[1].split(CLOSING)[0]
    return [json.loads(line) for line in data.strip().splitlines()]


def asked(window, batch=8):
    return [records(find_template(CURRENT).prompt(part)) for part in portions(window, batch)]


def said(*texts):
    return tuple(Message("user", text) for text in texts)


def test_a_prompt_has_messages_neighbours_memories_dates_and_speakers():
    known = Memory(id="m", revision=1, user_id="u", content="Ida is a nurse", recorded_at=DAY)
    window = Window(
        messages=(Message("user", "I quit!", name="Ida", created_at=DAY), Message("user", "Yes.")),
        before=(Message("assistant", "How is work?", created_at=DAY),),
        known=(known,),
    )
    assert asked(window) == [
        [
            {"known": 1, "date": "2026-03-06", "text": "Ida is a nurse"},
            {"earlier": "How is work?", "role": "assistant", "date": "Friday 2026-03-06 09:30"},
            {"message": 1, "role": "user", "name": "Ida", "date": "Friday 2026-03-06 09:30",
             "text": "I quit!"},
            {"message": 2, "role": "user", "text": "Yes."},
        ]
    ]  # fmt: skip


def test_a_portion_sees_what_is_like_it_and_then_the_latest():
    memories = [
        Memory(id=f"m{n}", revision=1, user_id="u", content=f"Ida owns {n} hens", recorded_at=DAY)
        for n in range(60)
    ]
    window = Window(messages=said("Sold!"), known=tuple(memories[10:]), related=(memories[3],))
    told = [record["text"] for record in asked(window)[0] if "known" in record]
    assert told == [memories[n].content for n in (3, *range(59, 36, -1))]


def test_a_portion_sees_the_messages_before_it():
    first, second = asked(Window(messages=said("a", "b", "c"), before=said("z")), batch=2)
    assert [r.get("earlier") or r["text"] for r in first] == ["z", "a", "b"]
    assert [r.get("earlier") or r["text"] for r in second] == ["z", "a", "b", "c"]


def test_only_what_somebody_said_is_read():
    window = Window(
        messages=(
            Message("system", "Be kind."),
            Message("tool", "42"),
            Message("user", "  "),
            Message("user", "known", metadata={RECALLED_KEY: True}),
            Message("user", "I quit!"),
        ),
        before=(Message("system", "Be kind."),),
    )
    (part,) = portions(window, 8)
    assert [(entry.place, entry.text) for entry in part.entries] == [(4, "I quit!")]
    assert part.before == ()
    assert portions(Window(messages=window.messages[:3]), 8) == []


def test_a_long_message_is_read_in_parts_and_a_book_is_not_read_whole():
    text = "word " * 3000
    parts = [part for p in portions(Window(messages=said(text)), 8) for part in p.entries]
    assert "".join(part.text for part in parts) == text.strip()
    assert {part.place for part in parts} == {0}
    book = Window(messages=said("x" * 1_000_000))
    assert sum(len(e.text) for p in portions(book, 8) for e in p.entries) == PART * PARTS
    assert (shortened(book), shortened(Window(messages=said(text)))) == (1, 0)


@given(st.lists(st.text(max_size=50), max_size=12), st.integers(1, 5))
def test_every_message_is_read_once_and_in_order(texts, batch):
    window = Window(messages=said(*texts))
    entries = [entry for part in portions(window, batch) for entry in part.entries]
    spoken = [place for place, text in enumerate(texts) if text.strip()]
    assert [entry.place for entry in entries] == spoken
    assert all(0 < len(part.entries) <= batch for part in portions(window, batch))


def test_the_rest_of_a_portion_knows_what_came_before():
    (part,) = portions(Window(messages=said("a", "b", "c")), 8)
    rest = rest_of(part, 2)
    assert [entry.text for entry in rest.entries] == ["c"]
    assert [message.content for message in rest.before] == ["a", "b"]


def test_what_repeats_stands_first_and_a_second_try_is_told_so():
    template = find_template(CURRENT)
    one, two = (template.prompt(portions(Window(messages=said(t)), 8)[0]) for t in ("x", "y"))
    shared = one.rindex(OPENING)
    assert one[:shared] == two[:shared]
    (part,) = portions(Window(messages=said("x")), 8)
    assert template.prompt(part, again=True) == f"{one} {template.reminder}"


def test_an_unknown_version_is_named():
    with pytest.raises(InvalidInputError, match=r"no prompt template '0'.*'2'"):
        find_template("0")
