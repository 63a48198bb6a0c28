"""The process of the demo that stores and is then killed: `python -m …demo.writer FOLDER`."""

from __future__ import annotations

import signal
import sys
import time

from harmonia_plugins import MemoryEngine
from harmonia_plugins.demo import story


def main() -> None:
    """Store the story, say so in one line, and wait for the end."""
    start = time.perf_counter()
    engine = MemoryEngine(sys.argv[1])
    opened = time.perf_counter()
    count = 0
    for session, messages in story.sessions():
        stored = engine.observe(messages, user_id=story.USER, session_id=session)
        count += len(stored.message_ids)
    ended = time.perf_counter()
    print(count, opened - start, ended - opened, flush=True)
    sys.stdin.read()  # nothing is closed or flushed after this: the end comes from outside


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the process above says that we stopped
    main()
