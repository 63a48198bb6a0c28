"""Reads a store as a user who may not write there.

Arguments: the store's folder, the number of the user to become, and 'follow' to count the
messages again for each line of input.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile

from harmonia_plugins import HarmoniaError, MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

SETTINGS = {"fragments": 8, "lexical_threshold": 50}


def refused(call) -> str:
    try:
        call()
    except HarmoniaError as error:
        return type(error).__name__
    return "nothing"


def look(engine: MemoryEngine) -> dict[str, object]:
    """Read with every kind of call, and try to write."""
    (best,) = engine.recall("entry7", user_id="u", k=1, mode="keyword")
    engine.flush()
    remedy = ""
    try:
        engine.remember("x", user_id="u")
    except HarmoniaError as error:
        remedy = str(error)
    return {
        "writable": engine.health().writable,
        "messages": len(engine.messages(user_id="u")),
        "fact": engine.get("fact", user_id="u").content,  # type: ignore[union-attr]
        "best": best.text,
        "healed": list(engine.health().healed),
        "remedy": remedy,
        "errors": {
            "remember": refused(lambda: engine.remember("x", user_id="u")),
            "observe": refused(lambda: engine.observe(Message("user", "x"), user_id="u")),
            "forget": refused(lambda: engine.forget(id="fact", user_id="u")),
            "purge": refused(engine.purge),
            "item": refused(lambda: engine.items(user_id="u").put(("n",), "k", {})),
        },
    }


def main() -> None:
    path, user = sys.argv[1], int(sys.argv[2])
    with (
        tempfile.TemporaryDirectory() as folder,  # so that every module is loaded
        MemoryEngine(folder, settings=SETTINGS, embedder=HashEmbedder()) as engine,
    ):
        engine.observe([Message("user", f"entry7 {n}") for n in range(60)], user_id="u")
        engine.remember("a fact", id="fact", user_id="u")
        engine.flush()
        look(engine)
        engine.purge()
    if user != os.geteuid():
        os.setgid(user)
        os.setuid(user)
    try:
        engine = MemoryEngine(path, settings=SETTINGS, embedder=HashEmbedder())
    except HarmoniaError as error:
        print(json.dumps({"error": type(error).__name__, "remedy": str(error)}))
        return
    with engine:
        if "follow" not in sys.argv:
            print(json.dumps(look(engine)))
            return
        print(len(engine.messages(user_id="u")), flush=True)
        for _ in sys.stdin:
            print(len(engine.messages(user_id="u")), flush=True)


if __name__ == "__main__":
    main()
