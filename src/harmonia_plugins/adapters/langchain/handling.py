"""What the callback handlers share: they follow runs, store turns and tell what was learned."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from langchain_core.callbacks.manager import dispatch_custom_event
from langchain_core.messages import BaseMessage
from langchain_core.outputs import LLMResult
from langchain_core.runnables.config import var_child_runnable_config

from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.adapters.langchain.conversation import reply
from harmonia_plugins.adapters.langchain.memory_events import events_of
from harmonia_plugins.adapters.langchain.messages import to_messages
from harmonia_plugins.adapters.langchain.runs import Runs, Turn
from harmonia_plugins.adapters.langchain.scope import DEFAULT_SESSION, Run, Scope, Who, current_run
from harmonia_plugins.adapters.turns import turns_of
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import ChangeSet

log = logging.getLogger(__name__)

MEMORY_EVENT = "harmonia_memory"
"""Name of the custom event that tells of changed memories; its data are `user_id` and `changeset`,
the latter as `ChangeSet.to_dict` gives it."""

OnMemory = Callable[[str, ChangeSet], Awaitable[None] | None]

_SESSIONS = ("thread_id", "session_id", "conversation_id")
_INTERNAL = {"lc_source", "lc_internal_call"}
"""Metadata of calls that a middleware makes for itself."""
_EXTRACTION = "harmonia-extraction"
"""Name of the engine's own calls of a model."""


class Handling:
    """What both handlers share: it follows runs and stores their turns."""

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: Who = None,
        session_id: Who = None,
        input_key: str | None = None,
        output_key: str | None = None,
        learn: bool = True,
        on_memory: OnMemory | None = None,
    ) -> None:
        """See the class."""
        super().__init__()
        self.raise_error = True  # what is no misconfiguration is caught here
        self.engine = check_engine(engine)
        if isinstance(engine, MemoryEngine):
            engine.subscribe(_ignore)()  # refused where it is closed
            events_of(engine)
        self._scope = Scope(user_id, session_id, type(self).__name__)
        self._has_session = session_id is not None
        self._keys = (input_key, output_key)
        self._learn = learn
        self._on_memory = on_memory
        self.loop: asyncio.AbstractEventLoop | None = None
        self.runs = Runs(input_key)
        self._surface = object()

    @property
    def ignore_retry(self) -> bool:
        """Nothing is to be learned from retries."""
        return True

    @property
    def ignore_custom_event(self) -> bool:
        """Nor from events, our own among them."""
        return True

    def flush(self) -> None:
        """Wait until all that was stored has been learned from."""
        sync_engine(self.engine).flush()

    async def aflush(self) -> None:
        """Wait until all that was stored has been learned from; the event loop is free."""
        await in_thread(self.engine, self.flush)

    # -- beginning --------------------------------------------------------------------------------

    def begin(self, start: Callable[..., Turn], told: Mapping[str, Any], *given: Any) -> None:
        """Begin a run, and find out whose turn it is as soon as it can be known.

        Raises:
            InvalidInputError: a model is about to be called and nothing names the user.
        """
        metadata: Mapping[str, Any] = told.get("metadata") or {}
        internal = _is_internal(told.get("tags") or (), metadata, told.get("name"))
        options = {} if start == self.runs.aside else {"internal": internal}
        try:
            parent = told.get("parent_run_id") or _around()
            turn = start(told["run_id"], parent, *given, metadata, **options)
            if not turn.counts or turn.settled:
                return
            inside = turn.id != told["run_id"]
            if inside:
                turn.config = var_child_runnable_config.get() or turn.config
            problem = self._locate(turn, inside)
        except Exception as error:  # noqa: BLE001 - memory must not break the run
            log.warning("%s cannot follow a run: %s", type(self).__name__, error)
            return
        if start == self.runs.model and not internal:
            turn.settled = True
            if problem is not None:
                raise problem

    def _locate(self, turn: Turn, inside: bool) -> InvalidInputError | None:
        """Look for the user and session of a turn where they are not known; returns what fails.

        An outermost run tells its metadata only; runs inside know the whole config.
        """
        run = _run_of(turn.metadata, current_run() if inside else Run())
        problem: InvalidInputError | None = None
        try:
            if turn.user is None:
                turn.user = self._scope.user(run)
            if turn.session is None and (self._has_session or run.thread_id is not None):
                turn.session = self._scope.session(run)
        except InvalidInputError as error:
            problem = error
        except Exception as error:  # noqa: BLE001 - a callable of the application's
            problem = InvalidInputError(f"{type(self).__name__}: no user or session: {error!r}")
            problem.__cause__ = error
        turn.settled = problem is None and turn.session is not None
        return problem

    # -- ending -----------------------------------------------------------------------------------

    def ended(
        self, run_id: UUID, outputs: Any = None, *, inputs: Any = None, failed: bool = False
    ) -> Callable[[], None] | None:
        """End a run; returns the work of storing its turn if it was one. Neither raises."""
        turn = self.runs.end(run_id)
        if turn is None:
            return None

        def store() -> None:
            try:
                said = turn.messages(outputs, self._keys, inputs=inputs, failed=failed)
                self._store(turn, said)
            except Exception as error:  # noqa: BLE001 - an answer must not be lost to a memory
                log.warning("%s could not store a turn: %s", type(self).__name__, error)

        return store

    def answered(self, run_id: UUID, response: LLMResult) -> Callable[[], None] | None:
        """End a model's call with its answer, as `ended` does."""
        try:
            self.runs.answer(run_id, reply(response))
        except Exception as error:  # noqa: BLE001 - see above
            log.warning("%s cannot read an answer: %s", type(self).__name__, error)
        return self.ended(run_id)

    def _store(self, turn: Turn, messages: Sequence[BaseMessage]) -> None:
        if not messages:
            return
        if turn.user is None:
            log.warning(
                "%s: a run ended, and nothing has named its user: it is not stored. Give the "
                "handler user_id=, or the run metadata or a config with it", type(self).__name__,
            )  # fmt: skip
            return
        engine, session = sync_engine(self.engine), turn.session or DEFAULT_SESSION
        events = events_of(engine)
        view = turns_of(engine).open(turn.user, session, surface=self._surface, since=turn.since)
        named = to_messages(messages, view)
        view.close()
        engine.observe(
            named, user_id=turn.user, session_id=session, extract=self._learn, wait=False
        )
        events.expect(turn.user, [item.id or "" for item in named], self._tell)

    def _tell(self, user_id: str, stored: ChangeSet) -> None:
        """Tell the application and its open runs what was learned; on the thread that learned."""
        for turn in self.runs.open_turns(user_id):
            if turn.config is not None:
                try:
                    data = {"user_id": user_id, "changeset": stored.to_dict()}
                    dispatch_custom_event(MEMORY_EVENT, data, config=turn.config)
                except Exception as error:  # noqa: BLE001 - somebody else's handler
                    log.warning("an event of memory could not be sent: %s", error)
        if self._on_memory is None:
            return
        try:
            result = self._on_memory(user_id, stored)
            if inspect.isawaitable(result):
                _finish(result, self.loop)
        except Exception:
            log.exception("on_memory failed; what it was told of is stored all the same")


def _ignore(user_id: str, stored: ChangeSet) -> None:
    """Hear nothing."""


def _is_internal(tags: Sequence[str], metadata: Mapping[str, Any], name: object) -> bool:
    """Tell whether a call is a program's own: no part of a conversation, and seen by nobody."""
    return "nostream" in tags or bool(_INTERNAL & metadata.keys()) or name == _EXTRACTION


def _around() -> UUID | None:
    """Return the run whose code this is called in, where a call does not tell what it is part of.

    Inside a run, a call that is given callbacks of its own begins as if it were the outermost, and
    so does what `RunnableWithFallbacks` calls.
    """
    config = var_child_runnable_config.get()
    manager = None if config is None else config.get("callbacks")
    return getattr(manager, "parent_run_id", None)


def _run_of(metadata: Mapping[str, Any], run: Run) -> Run:
    """Return a run whose `configurable` holds what the outermost run's metadata tell too."""
    values = {**run.configurable, **metadata}
    thread = next((values[name] for name in _SESSIONS if values.get(name) is not None), None)
    configurable = values if thread is None else {**values, "thread_id": thread}
    return replace(run, config={**run.config, "configurable": configurable})


def _finish(result: Awaitable[None], loop: asyncio.AbstractEventLoop | None) -> None:
    """Run what an asynchronous `on_memory` gave, on the loop of its runs if that still goes."""

    async def wait() -> None:
        try:
            await result
        except Exception:
            log.exception("on_memory failed; what it was told of is stored all the same")

    if loop is not None and loop.is_running():
        asyncio.run_coroutine_threadsafe(wait(), loop)
    else:
        asyncio.run(wait())
