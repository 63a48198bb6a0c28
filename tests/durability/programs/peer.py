"""An engine that does what it is told over a pipe: one JSON line in, one out.

Arguments: the store's folder, and settings as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from typing import Any

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder


def plain(value: Any) -> Any:
    """Return a result as JSON can hold it."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if hasattr(value, "__len__") and hasattr(value, "next_cursor"):
        return [plain(item) for item in value]
    return value


def observe(engine: MemoryEngine, texts: list[Any], **where: Any) -> Any:
    """Store texts, or pairs of id and text, as messages."""
    messages = [
        Message("user", item) if isinstance(item, str) else Message("user", item[1], id=item[0])
        for item in texts
    ]
    return engine.observe(messages, extract=False, **where)


def storm(engine: MemoryEngine, rounds: int, name: str, **where: Any) -> list[int]:
    """Tell one memory something new again and again; returns the revisions that this made."""
    made: list[int] = []
    for number in range(rounds):
        text = f"{name} says {number}"
        if number % 3:
            done = engine.update("shared", content=text, **where)
        else:
            done = engine.remember(text, id="shared", **where)
        made += [change.after.revision for change in done.changes if change.after is not None]
    return made


def single_writes(engine: MemoryEngine, count: int, name: str, reads: str, **where: Any) -> int:
    """Write messages one by one, each seen at once; every tenth time recall `reads`."""
    for number in range(count):
        message = Message("user", f"{name} note {number}", id=f"{name}-{number}")
        engine.observe(message, extract=False, **where)
        if number % 10 == 0:
            assert engine.recall(reads, k=3, **where), "nothing was recalled"
            assert any(m.id == message.id for m in engine.messages(**where)), "write not seen"
    return count


def items(engine: MemoryEngine, method: str, user_id: str, arguments: list[Any]) -> Any:
    """Call a method of a user's item store."""
    return getattr(engine.items(user_id=user_id), method)(*arguments)


def threads(engine: MemoryEngine) -> list[str]:
    """Name the threads of this process."""
    return [thread.name for thread in threading.enumerate()]


EXTRA: dict[str, Callable[..., Any]] = {
    "observe": observe,
    "storm": storm,
    "single_writes": single_writes,
    "items": items,
    "threads": threads,
    "users": lambda engine: sorted(engine.users()),
}


def main() -> None:
    path, settings = sys.argv[1], json.loads(sys.argv[2])
    learning = settings.pop("learning", "background")
    with MemoryEngine(
        path, settings=settings, embedder=HashEmbedder(), learning=learning
    ) as engine:
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            verb, arguments = json.loads(line)
            try:
                if verb in EXTRA:
                    result = EXTRA[verb](engine, **arguments)
                else:
                    result = getattr(engine, verb)(**arguments)
                answer = {"result": plain(result)}
            except Exception as error:
                answer = {"error": type(error).__name__, "text": str(error)}
            print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
