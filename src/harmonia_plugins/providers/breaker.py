"""Stops asking a server that does not answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from harmonia_plugins.errors import ProviderError


class CircuitBreaker:
    """Lets calls pass while they work; after several failures in a row, refuses them for a while.

    Closed: every call passes. After `failures` calls in a row have failed: open, every call fails
    at once. After `cooldown` seconds one call passes as a probe while others are still refused;
    its success closes the breaker, its failure opens it for another `cooldown`.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 3,
        cooldown: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start closed.

        Args:
            name: what is behind the breaker, for the message.
            failures: failed calls in a row that open it.
            cooldown: seconds for which it then refuses calls.
            clock: seconds that only grow.
        """
        self._name = name
        self._limit = failures
        self._cooldown = cooldown
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._retry_at = 0.0
        self._probing = False

    @contextmanager
    def call(self, failure: type[Exception]) -> Generator[None, None, None]:
        """Run a block as one call. Only `failure` counts as failed.

        Other errors show that the server answers, so they close the breaker like a success;
        an interrupt shows nothing and leaves it as it is.

        Raises:
            ProviderError: the breaker is open; the block has not run.
        """
        probe = self._enter()
        try:
            yield
        except failure:
            self._leave(works=False, probe=probe)
            raise
        except Exception:
            self._leave(works=True, probe=probe)
            raise
        except BaseException:
            self._leave(works=None, probe=probe)
            raise
        self._leave(works=True, probe=probe)

    def _enter(self) -> bool:
        """Return whether the call is the probe of an open breaker."""
        with self._lock:
            if self._failed < self._limit:
                return False
            wait = self._retry_at - self._clock()
            if wait <= 0 and not self._probing:
                self._probing = True
                return True
        raise ProviderError(
            f"{self._name} failed {self._limit} times in a row; "
            f"it is asked again in {max(wait, 0.0):.0f} s"
        )

    def _leave(self, *, works: bool | None, probe: bool) -> None:
        with self._lock:
            if probe:
                self._probing = False
            if works is None:
                return
            # a probe that fails is one more failure, so the breaker stays open
            self._failed = 0 if works else self._failed + 1
            if self._failed >= self._limit:
                self._retry_at = self._clock() + self._cooldown
