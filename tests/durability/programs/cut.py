"""Begins something on copies of a store and dies in the midst of it, each time at another point.

Arguments: the store to copy ('' for none), the folder for the copies, what to do, how often.
Prints, one JSON line for each attempt, the copy and whether the work had ended before.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import lancedb  # noqa: F401 - once, before the copies of this process are made

from harmonia_plugins import MemoryEngine
from harmonia_plugins.testing import HashEmbedder

ACTIONS = {
    "create": lambda engine: engine.remember("the first", id="first", user_id="u"),
    "compact": lambda engine: engine.flush(),
    "forget": lambda engine: engine.forget(all=True, user_id="u"),
    "purge": lambda engine: engine.purge(),
}


def work(store: Path, action: str, begun: int) -> None:
    """Do it, and say when it begins: opening the store belongs to it only where it is made."""
    settings = {"fragments": 8, "lexical_threshold": 50}
    if action == "create":
        os.write(begun, b".")
    engine = MemoryEngine(store, settings=settings, embedder=HashEmbedder(), learning="manual")
    engine.memories(user_id="u")
    if action != "create":
        os.write(begun, b".")
    ACTIONS[action](engine)


def attempt(store: Path, action: str, delay: float | None) -> tuple[bool, float]:
    """Run it in a copy of this process; returns whether it ended, and how long that took."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(store, action, writer)
        finally:
            os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    begin = time.monotonic()
    if delay is not None:
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    os.close(reader)
    return os.WIFEXITED(status), time.monotonic() - begin


def main() -> None:
    template, folder, action, count = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    choose = random.Random(action)
    took = 0.0
    for number in range(-1, count):  # the first time nobody kills: how long does it take?
        store = folder / f"{action}{number}"
        if template:
            shutil.copytree(template, store)
        delay = None if number < 0 else took * (number + choose.random()) / count
        ended, lasted = attempt(store, action, delay)
        if number < 0:
            took = lasted
        else:
            print(json.dumps([str(store), ended]), flush=True)


if __name__ == "__main__":
    main()
