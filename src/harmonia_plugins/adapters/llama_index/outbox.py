"""Work for the engine that hooks hand over: in order for each conversation, off the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass, field

from harmonia_plugins.adapters.engines import Engine, start
from harmonia_plugins.errors import ClosedError

log = logging.getLogger(__name__)

Job = Callable[[], None]


@dataclass(slots=True)
class _Queue:
    jobs: deque[Job] = field(default_factory=lambda: deque[Job]())
    working: threading.Lock = field(default_factory=threading.Lock)


class Outbox:
    """Does jobs one after another for each key. A job that fails is logged; nothing is raised."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queues: dict[Hashable, _Queue] = {}
        self._lock = threading.Lock()
        self._pending: set[Future[None]] = set()
        self._staying: set[asyncio.Task[None]] = set()

    def put(self, key: Hashable, job: Job) -> None:
        """Queue a job behind the others of its key; `send` begins it."""
        with self._lock:
            self._queues.setdefault(key, _Queue()).jobs.append(job)

    def send(self, key: Hashable) -> None:
        """Do what is queued under a key: now, or in a thread if this one has a running loop.

        `asyncio.run` does not end before the thread does: the engine may be closed after it.

        Raises:
            ClosedError: the engine is closed, and with it its threads; what was queued is dropped.
        """
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            Context().run(self._work, key)
            return
        try:
            future = start(self._engine, lambda: self._work(key))
        except ClosedError:
            with self._lock:
                self._queues.pop(key, None)
            raise
        with self._lock:
            self._pending.add(future)
        future.add_done_callback(self._done)
        task = loop.create_task(_stay(future))
        self._staying.add(task)
        task.add_done_callback(self._staying.discard)

    def wait(self) -> None:
        """Wait until all that was sent is done."""
        with self._lock:
            pending = list(self._pending)
        wait(pending)

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._pending.discard(future)

    def _work(self, key: Hashable) -> None:
        with self._lock:
            queue = self._queues.get(key)
        if queue is None:
            return
        with queue.working:
            while job := self._next(key, queue):
                try:
                    job()
                except Exception as error:  # noqa: BLE001 - an answer must not be lost to a memory
                    log.warning("a turn could not be stored: %s", error)

    def _next(self, key: Hashable, queue: _Queue) -> Job | None:
        with self._lock:
            if queue.jobs:
                return queue.jobs.popleft()
            if self._queues.get(key) is queue:
                del self._queues[key]
            return None


async def _stay(future: Future[None]) -> None:
    """Wait for a thread, also where the loop is ending, which cancels its tasks first."""
    done = asyncio.wrap_future(future)
    while not done.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([done])
