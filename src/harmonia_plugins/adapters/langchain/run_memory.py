"""What memory does in one run of an agent or a graph: recall once, store once, learn later.

Everything here blocks: on an event loop it belongs in a thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeVar

from langchain_core.messages import BaseMessage

from harmonia_plugins.adapters.engines import Engine, check_engine, start, sync_engine
from harmonia_plugins.adapters.langchain.branches import question
from harmonia_plugins.adapters.langchain.messages import text_of
from harmonia_plugins.adapters.langchain.recollection import Recollection
from harmonia_plugins.adapters.langchain.recording import (
    Place,
    leave_branches,
    store,
    stored_in,
)
from harmonia_plugins.adapters.langchain.scope import Run, Scope
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import ClosedError, HarmoniaError, InvalidInputError
from harmonia_plugins.model import Message

log = logging.getLogger(__name__)

R = TypeVar("R")

Learn = Literal["auto"] | bool
"""Whether a run's messages are stored and learned from; `auto`: unless another agent's tool
started it, for then its "user" is a model."""

_TURNS = 2_048
"""Turns in progress that are remembered; a forgotten one is recalled for again."""
_LOGS = 256
"""Turns in progress whose session's log is at hand: to read it costs a turn of a long thread
milliseconds. The others read it again at their end."""
_FRESH = 300.0
"""Seconds since its last use after which a turn's text is recalled anew, in a run that was
interrupted and goes on. Providers forget a cached prompt about as fast."""


@dataclass(slots=True)
class _Turn:
    text: str
    used: float
    writing: Future[list[Message]] | None = None
    stored: str | None = None
    """Id of the user's message, if this turn has begun to store it."""
    log: Sequence[Message] | None = None
    """The session's log as it was before."""


class RunMemory:
    """Recalls for the turns of runs, and stores what is said in them, each message once."""

    def __init__(
        self, engine: Engine, scope: Scope, recollection: Recollection, *, learn: Learn = "auto"
    ) -> None:
        """Take an open engine of either kind."""
        self.engine = check_engine(engine)
        if learn not in ("auto", True, False):
            raise InvalidInputError(f"learn must be 'auto', True or False, not {learn!r}")
        self._scope = scope
        self._recollection = recollection
        self._learn = learn
        self._turns: OrderedDict[tuple[str, str, str], _Turn] = OrderedDict()
        self._lock = threading.Lock()

    def place(self, run: Run) -> Place:
        """Return where a run's messages belong; cheap.

        Raises:
            InvalidInputError: nothing names the user.
        """
        outermost = not run.callers
        return Place(
            user=self._scope.user(run),
            session=self._scope.session(run),
            thread=run.thread_id if outermost and run.persisted else None,
            persisted=run.persisted,
            learns=not run.in_tool if self._learn == "auto" else bool(self._learn),
        )

    def begin(self, place: Place, messages: Sequence[BaseMessage]) -> None:
        """Recall for a turn, and begin to store what the user said.

        What a branch that is left behind has taught is taken back first. Storing goes on in a
        thread while the model works; `writing` tells of it, and `end` waits for it.

        Raises:
            InvalidInputError: an option for recall is unusable.
            ClosedError: the engine is closed.
        """
        engine = sync_engine(self.engine)
        known: Sequence[Message] | None = None
        if place.learns:
            known = _unless_broken(
                "taking back",
                lambda: leave_branches(engine, place, messages, stored_in(engine, place)),
            )
        turn = self._recall(engine, place, messages)
        if place.learns:
            asked = question(messages)
            turn.stored = None if asked is None else asked.id
            turn.log, kept = known, list(messages)
            turn.writing = start(self.engine, lambda: _store(engine, place, kept, known))

    def known(self, place: Place, messages: Sequence[BaseMessage]) -> str | None:
        """Return what was recalled for the turn, if that is at hand; never blocks."""
        with self._lock:
            turn = self._turns.get(self._turn_key(place, messages))
            if turn is None or time.monotonic() - turn.used > _FRESH:
                return None
            turn.used = time.monotonic()
            return turn.text

    def recalled(self, place: Place, messages: Sequence[BaseMessage]) -> str:
        """Return what was recalled for the turn; recalls where that is not at hand."""
        known = self.known(place, messages)
        if known is not None:
            return known
        return self._recall(sync_engine(self.engine), place, messages).text

    def writing(
        self, place: Place, messages: Sequence[BaseMessage]
    ) -> Future[list[Message]] | None:
        """Return what is being stored of the turn, if anything still is; never blocks."""
        with self._lock:
            turn = self._turns.get(self._turn_key(place, messages))
        return None if turn is None else turn.writing

    def end(self, place: Place, messages: Sequence[BaseMessage]) -> None:
        """Store what was said since the turn began; never raises, for the answer exists."""
        with self._lock:
            turn = self._turns.pop(self._turn_key(place, messages), None)
        if not place.learns:
            return
        done: str | None = None
        known: Sequence[Message] | None = None
        if turn is not None and turn.writing is not None and waited_for(turn.writing):
            done = turn.stored
            known = None if turn.log is None else [*turn.log, *turn.writing.result()]

        def keep() -> None:
            engine = sync_engine(self.engine)
            seen = stored_in(engine, place) if known is None else known
            left = leave_branches(engine, place, messages, seen)
            store(engine, place, messages, left, done=done)

        _never_raising("storing a turn", keep)

    def _turn_key(self, place: Place, messages: Sequence[BaseMessage]) -> tuple[str, str, str]:
        """Return a turn's key; with its question summarised away, that of the session's latest."""
        key = _key(place, messages)
        if key[2]:
            return key
        return next((known for known in reversed(self._turns) if known[:2] == key[:2]), key)

    def _recall(self, engine: MemoryEngine, place: Place, messages: Sequence[BaseMessage]) -> _Turn:
        found = _unless_broken(
            "recall",
            lambda: self._recollection.text(engine, place.user, place.session, messages),
        )
        turn = _Turn(found or "", time.monotonic())
        with self._lock:
            self._turns[_key(place, messages)] = turn
            self._turns.move_to_end(_key(place, messages))
            while len(self._turns) > _TURNS:
                self._turns.popitem(last=False)
            for old in islice(reversed(self._turns.values()), _LOGS, _LOGS + 1):
                old.log = None
        return turn


def _key(place: Place, messages: Sequence[BaseMessage]) -> tuple[str, str, str]:
    asked = question(messages)
    # An edited message keeps its id, and is another question.
    return place.user, place.session, "" if asked is None else f"{asked.id}:{text_of(asked)}"


def waited_for(writing: Future[list[Message]]) -> bool:
    """Wait until a turn's words are stored; tells whether they are, and warns if not."""
    return _never_raising("storing what the user said", writing.result)


def _store(
    engine: MemoryEngine, place: Place, messages: Sequence[BaseMessage],
    known: Sequence[Message] | None,
) -> list[Message]:  # fmt: skip
    return store(engine, place, messages, stored_in(engine, place) if known is None else known)


def _unless_broken(what: str, work: Callable[[], R | None]) -> R | None:
    """Return what work returns; a store or model that fails must not keep the user waiting.

    Raises:
        InvalidInputError, ClosedError: the application has a mistake to mend.
    """
    try:
        return work()
    except (InvalidInputError, ClosedError):
        raise
    except HarmoniaError as error:
        log.warning("%s failed, the run goes on without: %s", what, error)
        return None


def _never_raising(what: str, work: Callable[[], object]) -> bool:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - an answer must not be lost to a memory
        log.warning("%s failed: %s", what, error)
        return False
    return True
