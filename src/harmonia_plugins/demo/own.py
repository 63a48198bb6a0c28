"""A user's own conversation: stored with progress, then asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.demo.reader import ask
from harmonia_plugins.demo.reading import Conversation, DemoError
from harmonia_plugins.demo.screen import LEGEND, Screen, duration

_BATCH = 64
_QUESTIONS = 5
"""Of the questions a file brings, so many are asked."""


def run(
    conversation: Conversation,
    folder: Path,
    screen: Screen,
    *,
    user: str,
    questions: Sequence[str],
    k: int,
) -> None:
    """Store the conversation in `folder` and answer questions about it."""
    start = time.perf_counter()
    with MemoryEngine(folder) as engine:
        engine.embed(["wait until the model is loaded"])
        screen.say(f"Opened {folder} in {duration(time.perf_counter() - start)}.", indent=0)
        _store(engine, conversation, screen, user)
        screen.say(LEGEND, indent=0)
        if questions or conversation.questions:
            _ask(engine, conversation, questions, screen, user, k)
        elif sys.stdin.isatty():
            ask(engine, _typed(screen), screen, user=user, k=k)
        else:
            screen.line('No question was asked: add --question "...".')


def _store(engine: MemoryEngine, conversation: Conversation, screen: Screen, user: str) -> None:
    total = len(conversation.messages)
    names = len({session for session, _ in conversation.messages})
    screen.say(f'Storing {total} messages in {names} session(s) for user "{user}".', indent=0)
    start = time.perf_counter()
    done = 0
    try:
        for session, batch in _batches(conversation):
            engine.observe(batch, user_id=user, session_id=session)
            done += len(batch)
            screen.progress(done, total, time.perf_counter() - start)
        learned = engine.stats(user_id=user).memories
        screen.say(f"{learned} memories were learned from them.")
    except KeyboardInterrupt:
        screen.line()
        screen.line(
            f"Stopped: {done} of {total} messages are stored. With --store, the same command "
            "goes on from there."
        )
        raise


def _batches(conversation: Conversation) -> Iterator[tuple[str, list[Message]]]:
    for session, run in groupby(conversation.messages, key=lambda pair: pair[0]):
        messages = [message for _, message in run]
        for start in range(0, len(messages), _BATCH):
            yield session, messages[start : start + _BATCH]


def _ask(
    engine: MemoryEngine,
    conversation: Conversation,
    questions: Sequence[str],
    screen: Screen,
    user: str,
    k: int,
) -> None:
    if questions:
        blank = [question for question in questions if not question.strip()]
        if blank:
            raise DemoError(f"--question {blank[0]!r} is blank: write what you want to know")
        ask(engine, questions, screen, user=user, k=k)
        return
    screen.line(f"The file's first {min(_QUESTIONS, len(conversation.questions))} questions:")
    for question, answer in conversation.questions[:_QUESTIONS]:
        ask(engine, [question], screen, user=user, k=k)
        if answer:
            screen.say(f"the file's answer: {answer}", indent=5)


def _typed(screen: Screen) -> Iterator[str]:
    screen.line("Ask something; an empty line ends.")
    while True:
        try:
            question = input("\n> ").strip()
        except EOFError:
            screen.line()
            return
        if not question:
            return
        yield question
