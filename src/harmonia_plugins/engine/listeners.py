"""Who wants to hear what was learned, and how they are told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import ChangeSet

log = logging.getLogger(__name__)

Listener = Callable[[str, ChangeSet], None]
"""Is called with a user's id and a change set that was stored."""


class Listeners:
    """The listeners of one engine; safe to use from several threads, listeners included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Callable[[], None]:
        """Call a listener from now on; what is returned ends it, and may be called twice.

        Raises:
            InvalidInputError: it cannot be called.
        """
        given: object = listener
        if not callable(given):
            raise InvalidInputError(
                f"a listener is called with a user id and a ChangeSet; {listener!r} is no callable"
            )
        ticket = object()  # the same listener may be added twice
        with self._lock:
            self._listeners[ticket] = listener

        def end() -> None:
            with self._lock:
                self._listeners.pop(ticket, None)

        return end

    def tell(self, user_id: str, stored: ChangeSet) -> ChangeSet:
        """Tell everyone of a change set if it changed a memory, and return it.

        Must be called without any lock: a listener may call the engine.
        """
        if any(change.after and change.kind != "skipped" for change in stored.changes):
            with self._lock:
                listeners = list(self._listeners.values())
            for listener in listeners:
                try:
                    listener(user_id, stored)
                except Exception:
                    log.exception("a listener failed; what it was told of is stored all the same")
        return stored
