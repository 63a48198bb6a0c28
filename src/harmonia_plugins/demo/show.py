"""The story: stored by one process, which is killed, and recalled by another."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from harmonia_plugins import StoreError
from harmonia_plugins.demo import story
from harmonia_plugins.demo.screen import Screen, duration


def run(folder: Path, screen: Screen) -> None:
    """Show the story with a store in `folder`."""
    start = time.perf_counter()
    screen.line("harmonia-plugins: a memory for LLM applications, in a folder on this machine.")
    screen.heading("1. A process stores two conversations of one user")
    for session, messages in story.sessions():
        screen.line()
        screen.say(f'{messages[0].created_at:%A %d %B %Y}, session "{session}"')
        for message in messages:
            screen.spoken(message.role, message.content)
    screen.line()
    _store_and_kill(folder, screen)
    screen.heading("3. A new process opens the store and is asked")
    _answer(folder)
    screen.heading(f"Done in {duration(time.perf_counter() - start)}. Next:")
    screen.line("   python -m harmonia_plugins demo --file chat.jsonl    your own conversation")
    screen.line("   README.md and docs/understanding.md                  how to use it in code")


def _store_and_kill(folder: Path, screen: Screen) -> None:
    writer = subprocess.Popen(  # noqa: S603 - this interpreter, this package
        [sys.executable, "-m", "harmonia_plugins.demo.writer", str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with writer:
        try:
            said = writer.stdout.readline() if writer.stdout else ""
        finally:
            writer.kill()  # SIGKILL: no handler runs, nothing is flushed or closed
        code = writer.wait()
    if not said:
        raise StoreError(f"the process that stores ended by itself with code {code}")
    count, opening, storing = said.split()
    screen.say(
        f"{count} messages stored and learned from in {duration(float(storing))}, after "
        f"{duration(float(opening))} to start the engine (process {writer.pid})."
    )
    screen.heading("2. The process is killed at once")
    ended = f"signal {-code}" if code < 0 else f"code {code}"
    screen.say(f"kill -9 {writer.pid}: it ended with {ended}. It could close and flush nothing.")


def _answer(folder: Path) -> None:
    reader = subprocess.run(  # noqa: S603 - this interpreter, this package
        [sys.executable, "-m", "harmonia_plugins.demo.reader", str(folder)], check=False
    )
    if reader.returncode:
        raise StoreError(f"the process that reads ended with code {reader.returncode}")
