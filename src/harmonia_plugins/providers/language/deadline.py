"""A bound on the whole of a streamed answer, which `httpx` bounds only piece by piece."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    import httpx


class Deadline:
    """While entered, ends a response's connection once `seconds` have passed; `passed` says so.

    Shutting the socket down wakes the thread that reads from it; closing it would not.
    """

    def __init__(self, response: httpx.Response, seconds: float) -> None:
        stream: Any = response.extensions.get("network_stream")
        self._socket: socket.socket | None = stream and stream.get_extra_info("socket")
        self._timer = threading.Timer(max(seconds, 0.0), self._end)
        self._timer.daemon = True
        self._lock = threading.Lock()
        self._left = False
        self.passed = False

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:  # afterwards the connection may serve another request
            self._left = True

    def _end(self) -> None:
        with self._lock:
            if self._left or self._socket is None:
                return
            self.passed = True
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # the server was quicker
