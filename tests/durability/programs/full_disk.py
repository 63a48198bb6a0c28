"""Writes until no file can grow any more, then makes room and goes on.

Arguments: the store's folder, and what is full: 'disk' (the file system), 'limit' (a limit on the
size of files); with '-new' it is full before the store is made.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path

from harmonia_plugins import HarmoniaError, MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

KEEP = "kept "


def fill(store: Path, how: str) -> None:
    """Leave no room."""
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        return
    with (store.parent / "ballast").open("wb", buffering=0) as file:
        size = 65536
        while size:
            try:
                file.write(b"x" * size)
            except OSError:
                size //= 2


def make_room(store: Path, how: str) -> None:
    if how == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        (store.parent / "ballast").unlink()


def opened(store: Path) -> MemoryEngine:
    return MemoryEngine(
        store, settings={"fragments": 8}, embedder=HashEmbedder(), learning="manual"
    )


def run(store: Path, how: str) -> dict[str, object]:
    found: dict[str, object] = {"acknowledged": 0}
    with opened(store) as engine:
        for number in range(5):
            engine.observe(Message("user", f"{KEEP}{number}"), user_id="u")
        found["acknowledged"] = 5
        fill(store, how)
        try:
            for number in range(5, 1000):
                engine.observe(Message("user", f"{KEEP}{number} " + "long " * 2000), user_id="u")
                found["acknowledged"] = number + 1
        except HarmoniaError as error:
            found |= {"error": type(error).__name__, "remedy": str(error)}
        found["while full"] = len(engine.messages(user_id="u"))
        make_room(store, how)
        engine.observe(Message("user", "after the disk had space again"), user_id="u")
        log = [message.content for message in engine.messages(user_id="u")]
        found["afterwards"] = "stored" if log[-1].startswith("after") else "lost"
    return found


def run_new(store: Path, how: str) -> dict[str, object]:
    store.parent.mkdir(exist_ok=True)
    fill(store, how)
    found: dict[str, object] = {}
    try:
        opened(store)
    except HarmoniaError as error:
        found = {"error": type(error).__name__, "remedy": str(error)}
    make_room(store, how)
    with opened(store) as engine:
        engine.remember("a fact", id="fact", user_id="u")
        found["afterwards"] = "stored" if engine.get("fact", user_id="u") else "lost"
    return found


def main() -> None:
    store, how = Path(sys.argv[1]), sys.argv[2]
    begin = run_new if how.endswith("-new") else run
    found = begin(store, how.removesuffix("-new"))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
