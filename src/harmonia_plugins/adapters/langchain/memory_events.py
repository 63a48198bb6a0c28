"""Telling each callback handler of what was learned from its turns."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.model import ChangeSet

Tell = Callable[[str, ChangeSet], None]

_WAITING = 16_384
"""Messages of which somebody waits to hear: most teach nothing, and nothing is ever heard."""
_RECENT = 256
"""Change sets that are remembered: another surface's may be learned before a turn ends."""


class MemoryEvents:
    """What one engine learns, by the messages it was learned from."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[tuple[str, str], list[Tell]] = OrderedDict()
        self._recent: deque[tuple[str, ChangeSet]] = deque(maxlen=_RECENT)
        self._lock = threading.Lock()

    def expect(self, user_id: str, message_ids: Iterable[str], tell: Tell) -> None:
        """Call `tell` with each change set that is learned from messages, or was just now."""
        ids = set(message_ids)
        with self._lock:
            told = [
                stored for user, stored in self._recent
                if user == user_id and ids.intersection(stored.message_ids)
            ]  # fmt: skip
            for message in ids.difference(*(stored.message_ids for stored in told)):
                self._waiting.setdefault((user_id, message), []).append(tell)
            while len(self._waiting) > _WAITING:
                self._waiting.popitem(last=False)
        for stored in told:
            tell(user_id, stored)

    def hear(self, user_id: str, stored: ChangeSet) -> None:
        """Take what the engine has stored."""
        with self._lock:
            self._recent.append((user_id, stored))
            found = [self._waiting.pop((user_id, item), []) for item in stored.message_ids]
        for tell in dict.fromkeys(tell for several in found for tell in several):
            tell(user_id, stored)


_ENGINES: WeakKeyDictionary[Any, MemoryEvents] = WeakKeyDictionary()
_MAKING = threading.Lock()


def events_of(engine: MemoryEngine) -> MemoryEvents:
    """Return the events of an engine; it is listened to from the first call on.

    Raises:
        ClosedError: the engine is closed.
    """
    with _MAKING:
        found = _ENGINES.get(engine)
        if found is None:
            found = MemoryEvents()
            engine.subscribe(found.hear)
            _ENGINES[engine] = found
        return found
