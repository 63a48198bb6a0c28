"""The process of the demo that opens what the killed one left: `python -m …demo.reader FOLDER`."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

from harmonia_plugins import MemoryEngine
from harmonia_plugins.demo import lessons, story
from harmonia_plugins.demo.screen import LEGEND, Screen, duration


def ask(
    engine: MemoryEngine, questions: Iterable[str], screen: Screen, *, user: str, k: int
) -> None:
    """Put questions to a user's memory and write down what comes back."""
    for question in questions:
        screen.question(question)
        start = time.perf_counter()
        hits = engine.recall(question, user_id=user, k=k, timeout=60)
        screen.hits(hits, time.perf_counter() - start)


def main() -> None:
    """Open the store, ask the story's questions, ask one as another user, and learn."""
    screen = Screen()
    start = time.perf_counter()
    with MemoryEngine(sys.argv[1]) as engine:
        engine.embed(["wait until the model is loaded"])
        kept = sum(session.messages for session in engine.sessions(user_id=story.USER))
        learned = engine.stats(user_id=story.USER).memories
        screen.say(
            f"Process {os.getpid()} opened the store in {duration(time.perf_counter() - start)} "
            f"and finds all {kept} messages, and {learned} memories learned from them."
        )
        screen.say(LEGEND)
        screen.say(
            "Each question shows its two best hits, messages as they were said and memories drawn "
            "from them."
        )
        ask(engine, story.QUESTIONS, screen, user=story.USER, k=2)
        screen.heading("4. Another user of the same store asks")
        ask(engine, story.QUESTIONS[:1], screen, user=story.STRANGER, k=2)
        lessons.show(engine, screen)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the process above says that we stopped
    main()
