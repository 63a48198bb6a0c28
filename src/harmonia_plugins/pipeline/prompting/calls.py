"""Calls that can hang: waited for only so long, and never too many at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError

from harmonia_plugins.errors import ProviderError


class CallTimeoutError(ProviderError):
    """The model did not answer in time; another try would take as long again."""

    retryable = False


class BoundedCalls:
    """Runs at most `limit` calls at once, each in a thread of its own.

    A call that is too late keeps its place until it returns, because the work it asked for goes on.
    Once only such calls are left, no more are begun: the model hangs.

    The threads have no event loop and none of the caller's context, so a framework's model can
    neither meet a running loop nor report to the callbacks of the conversation it is called from.
    They are daemons: a model that hangs does not keep the process from ending.
    """

    def __init__(self, limit: int, timeout: float) -> None:
        self._limit = limit
        self._timeout = timeout
        self._changed = threading.Condition()
        self._running = self._late = 0

    def run(self, call: Callable[[], str]) -> str:
        """Return what `call` returns.

        Raises:
            CallTimeoutError: it takes too long, or all places are taken by calls that do.
            Exception: what it raises.
        """
        self._enter()
        answer: Future[str] = Future()
        try:
            threading.Thread(
                target=_answer, args=(call, answer), name="harmonia-model-call", daemon=True
            ).start()
        except RuntimeError as error:  # the system gives no more threads
            answer.set_exception(error)
        try:
            return answer.result(self._timeout)
        except FutureTimeoutError:
            if answer.done():  # the model's own error, or an answer at the last moment
                return answer.result()
            raise CallTimeoutError(
                f"the model did not answer within {self._timeout:g} s: use a faster model or "
                "allow more time"
            ) from None
        finally:
            self._leave(answer)

    def _enter(self) -> None:
        with self._changed:
            while self._running >= self._limit:
                if self._late >= self._limit:
                    raise CallTimeoutError(
                        f"the model is still busy with {self._late} calls that were given up"
                    )
                self._changed.wait()
            self._running += 1

    def _leave(self, answer: Future[str]) -> None:
        """Give the place back, now or when the late call returns."""
        with self._changed:
            late = not answer.done()
            if late:
                self._late += 1
            else:
                self._running -= 1
            self._changed.notify_all()
        if late:
            answer.add_done_callback(self._returned)

    def _returned(self, _answer: Future[str]) -> None:
        with self._changed:
            self._late -= 1
            self._running -= 1
            self._changed.notify_all()


def _answer(call: Callable[[], str], answer: Future[str]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        answer.set_exception(error)
    else:
        answer.set_result(result)
