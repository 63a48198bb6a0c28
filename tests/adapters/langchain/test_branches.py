"""Which messages of a thread are new, edited or left behind: rules checked on random threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from harmonia_plugins.adapters.langchain.branches import abandoned, to_store
from harmonia_plugins.model import Message

THREAD = "t"


class Memory:
    """A log that does with a thread what the adapters do."""

    def __init__(self) -> None:
        self.log: list[Message] = []

    def see(self, thread: Sequence[BaseMessage]) -> list[str]:
        gone = abandoned(thread, self.log, THREAD)
        self.log = [message for message in self.log if message.id not in gone]
        new = to_store(thread, self.log, thread=THREAD, persisted=True)
        edited = {message.id for message in self.log} & {message.id for message in new}
        kept = {message.id: message for message in new}
        self.log = [kept.get(message.id, message) for message in self.log]
        self.log += [message for message in new if message.id not in edited]
        return gone

    @property
    def ids(self) -> list[str | None]:
        return [message.id for message in self.log]


def turn(number: int) -> list[BaseMessage]:
    return [HumanMessage("yes", id=f"h{number}"), AIMessage("ok", id=f"a{number}")]


def told(turns: int) -> tuple[Memory, list[BaseMessage]]:
    """Return a thread of some turns, and a log that saw each."""
    memory, thread = Memory(), list[BaseMessage]()
    for number in range(turns):
        thread += turn(number)
        memory.see(thread)
    return memory, thread


def ids(thread: Sequence[BaseMessage]) -> list[str | None]:
    return [message.id for message in thread]


@given(st.lists(st.tuples(st.sampled_from(["say", "fork", "trim", "again"]), st.integers(0, 20))))
def test_after_any_story_the_log_is_the_branch_that_is_continued(
    story: list[tuple[str, int]],
) -> None:
    """Equal words throughout: only ids and places tell messages apart."""
    memory, branches = Memory(), [turn(0)]
    memory.see(branches[0])
    for number, (what, where) in enumerate(story, start=1):
        whole = branches[where % len(branches)] if what == "again" else branches[-1]
        if what == "fork":
            whole = whole[: max(2, 2 * (where % (len(whole) // 2 + 1)))]
        whole = [*whole, *turn(number)]
        branches.append(whole)
        shown = whole[-4:] if what == "trim" else whole
        if what != "trim":
            memory.see(shown[:-1])  # as the turn begins, and as it ends
            memory.see(shown)
            assert set(memory.ids) == set(ids(whole))
            assert len(memory.ids) == len(set(memory.ids))
        else:
            memory.see(whole)
            assert memory.see(shown) == []  # trimmed is not left behind
            assert set(memory.ids) == set(ids(whole))


@given(st.integers(1, 6), st.integers(0, 5))
def test_seeing_a_thread_again_stores_nothing_and_an_edit_only_itself(
    turns: int, which: int
) -> None:
    memory, thread = told(turns)
    before = list(memory.log)
    memory.see(thread)
    assert memory.log == before
    place = which % len(thread)
    thread[place] = thread[place].model_copy(update={"content": "no"})
    (edited,) = to_store(thread, memory.log, thread=THREAD, persisted=True)
    assert (edited.id, edited.content) == (thread[place].id, "no")


def test_what_was_taken_out_of_the_log_stays_out() -> None:
    memory, thread = told(3)
    memory.log = [message for message in memory.log if message.id != "h1"]
    assert to_store(thread, memory.log, thread=THREAD, persisted=True) == []
    memory.log = []
    new = to_store([*thread, HumanMessage("hm", id="h9")], [], thread=THREAD, persisted=True)
    assert [message.id for message in new] == ["h9"]


def test_a_replaced_first_message_is_not_noticed() -> None:
    """A limit, written down: a thread that was lost and began anew looks just the same."""
    memory = Memory()
    memory.see(turn(0))
    assert memory.see(turn(1)) == []


def test_messages_of_other_threads_and_surfaces_are_left_alone() -> None:
    memory = Memory()
    memory.see(turn(0))
    stray = Message("user", "x", id="x", metadata={"langgraph_after": "h0"})
    other = replace(stray, id="y", metadata={"langgraph_after": "h0", "langgraph_thread": "other"})
    memory.log += [stray, other]
    assert memory.see([*turn(0), *turn(1)]) == []
