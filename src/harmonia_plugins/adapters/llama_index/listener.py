"""Follows the spans of one process and stores the turns of conversations in them."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from uuid import uuid4
from weakref import WeakKeyDictionary

from llama_index.core.chat_engine.types import StreamingAgentChatResponse
from llama_index_instrumentation.dispatcher import active_instrument_tags

from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.adapters.llama_index.outbox import Outbox
from harmonia_plugins.adapters.llama_index.turns_heard import (
    WRITERS,
    answer_of,
    keeps,
    memory_in,
    memory_of,
    method_of,
    session_of,
    words_of_user,
)
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import ClosedError, InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.intake import check_session, check_user

log = logging.getLogger(__name__)

Tags = Mapping[str, Any]
Who = str | Callable[[Tags], str | None] | None
"""A user or a session: its id, or what finds it in the tags of `instrument_tags`."""

DEFAULT_SESSION = "default"
_SESSIONS = ("session_id", "thread_id", "conversation_id")
_REMEMBERED = 16_384
"""Turns of an engine of which is remembered who stored them."""
_STREAMS = 4_096
"""Answers being written that are waited for."""


@dataclass(eq=False, slots=True)
class Turn:
    """One turn, begun by the outermost call; what is called within it belongs to it.

    One that is not `heard` cannot be stored, and neither are the calls within it.
    """

    id: str
    user: str
    session: str | None
    said: list[Message]
    memory: object
    heard: bool = True
    written: list[object] = field(default_factory=lambda: list[object]())
    """Streamed answers that are complete before the call has given them back."""


class Listener:
    """Hears spans begin and end. Its hooks do not raise, and nothing is called that would.

    Args:
        engine: where turns are stored.
        user_id: whose turns; None: the tag `user_id`.
        session_id: their session; None: the tag `session_id`, `thread_id` or `conversation_id`,
            else the session of the memory in use, else `default`.
        learn: whether turns are learned from.
        counts: tells in the context of a call whether its turn is this listener's business.
        idle: called when no turn is open any more.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: Who = None,
        session_id: Who = None,
        learn: bool = True,
        counts: Callable[[], bool] = lambda: True,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = check_engine(engine)
        _check(user_id, check_user, "user_id")
        _check(session_id, check_session, "session_id")
        self._who = (user_id, session_id)
        self._learn = learn
        self._counts = counts
        self._idle = idle
        self._name = uuid4().hex
        self._outbox = Outbox(engine)
        self._lock = threading.Lock()
        self._turns: dict[str, Turn] = {}
        self._awaited: OrderedDict[int, tuple[object, Turn]] = OrderedDict()

    @property
    def busy(self) -> bool:
        """Whether turns are open, or answers still being written."""
        return bool(self._turns or self._awaited)

    def counts(self) -> bool:
        """Tell whether a turn that began here would be this listener's business."""
        return self._counts()

    def flush(self) -> None:
        """Wait until all turns that have ended are stored and learned from."""
        self._outbox.wait()
        sync_engine(self.engine).flush()

    async def aflush(self) -> None:
        """Wait as `flush` does; the event loop is free."""
        await in_thread(self.engine, self.flush)

    async def astored(self) -> None:
        """Wait until all turns that have ended are stored."""
        try:
            await in_thread(self.engine, self._outbox.wait)
        except ClosedError:  # its threads have ended, and with them what was sent
            return

    # -- hooks -----------------------------------------------------------------------------------

    def enter(self, span: str, instance: object, arguments: Tags, parent: str | None) -> None:
        """Begin a turn, or take note of a call within one."""
        outer = self._turns.get(parent or "")
        if outer is not None:
            self._turns[span] = outer
            return
        try:
            said = words_of_user(span, instance, arguments)
            if said is None or _of_engine() or not self._counts():
                return
            turn = self._turn(span, said, memory_of(instance, arguments))
        except Exception as error:  # noqa: BLE001 - memory must not break a conversation
            log.warning("a turn is not stored: %s", error)
            turn = Turn(span, "", None, [], None, heard=False)
        self._turns[span] = turn

    def leave(self, span: str, instance: object, arguments: Tags, result: object) -> None:
        """End a turn or a call within one; one that failed has no result."""
        turn = self._turns.pop(span, None)
        try:
            if turn is not None and turn.id == span and turn.heard:
                self._end(turn, result)
            elif method_of(span) in WRITERS:
                self._end_stream(instance, turn)
            elif turn is not None and turn.memory is None:
                turn.memory = memory_in(arguments)
        except Exception as error:  # noqa: BLE001 - memory must not break a conversation
            log.warning("a turn is not stored: %s", error)
        if turn is not None:
            self._rest()

    def stop(self) -> None:
        """End all open turns with what the user has said."""
        for span, turn in list(self._turns.items()):
            if span == turn.id:
                self.leave(span, None, {}, None)

    # -- turns -----------------------------------------------------------------------------------

    def _turn(self, span: str, said: list[Message], memory: object) -> Turn:
        tags = active_instrument_tags.get()
        user, session = (given(tags) if callable(given) else given for given in self._who)
        user = tags.get("user_id") if self._who[0] is None else user
        if user is None:
            raise InvalidInputError(
                "nothing names its user: give the handler user_id=, or run it within "
                'instrument_tags({"user_id": …})'
            )
        if self._who[1] is None:
            session = next((tags[name] for name in _SESSIONS if tags.get(name) is not None), None)
        return Turn(
            span, check_user(user), None if session is None else check_session(session), said,
            memory,
        )  # fmt: skip

    def _end(self, turn: Turn, result: object) -> None:
        """Store a turn; of an answer that is being written, what the user said, and it later."""
        with self._lock:
            written = any(answer is result for answer in turn.written)
            if _is_written(result) and not written:
                self._awaited[id(result)] = (result, turn)
                while len(self._awaited) > _STREAMS:
                    self._awaited.popitem(last=False)
                self._put(turn, turn.said)
            else:
                self._put(turn, [*turn.said, *answer_of(result)])
        self._outbox.send(turn.user)
        if isinstance(result, StreamingAgentChatResponse):
            task = cast("asyncio.Task[None] | None", result.awrite_response_to_history_task)
            if task is not None:  # one that is cancelled before it begins has no span
                task.add_done_callback(partial(self._cancelled, result))

    def _cancelled(self, response: object, task: asyncio.Task[None]) -> None:
        self._end_stream(response, None)

    def _end_stream(self, response: object, within: Turn | None) -> None:
        with self._lock:
            _, turn = self._awaited.pop(id(response), (None, None))
            if turn is not None:
                self._put(turn, answer_of(response))
            elif within is not None:  # the call that gives it back may not have ended
                within.written.append(response)
        if turn is not None:
            self._outbox.send(turn.user)
            self._rest()

    def _rest(self) -> None:
        if not self.busy:
            self._idle()

    def _put(self, turn: Turn, messages: list[Message]) -> None:
        if messages:
            self._outbox.put(turn.user, lambda: self._store(turn, messages))

    def _store(self, turn: Turn, messages: list[Message]) -> None:
        engine = sync_engine(self.engine)
        if keeps(turn.memory, engine) or _first_to(engine, turn.id, self._name) != self._name:
            return
        session = turn.session or session_of(turn.memory) or DEFAULT_SESSION
        engine.observe(
            messages, user_id=turn.user, session_id=session, extract=self._learn, wait=False
        )


def _is_written(result: object) -> bool:
    """Tell whether something else is writing an answer, which will say when it is complete."""
    return isinstance(result, StreamingAgentChatResponse) and (
        result.write_response_to_history_thread is not None
        or result.awrite_response_to_history_task is not None
    )


def _check(given: Who, check: Callable[[str], str], what: str) -> None:
    if given is None or callable(given):
        return
    if not isinstance(given, str):
        raise InvalidInputError(f"{what} must be a str, a callable or None, not {given!r}")
    check(given)


def _of_engine() -> bool:
    """Tell whether a model is asking that the engine learns with; these have threads of ours."""
    return threading.current_thread().name.startswith("harmonia-model")


_STORED: WeakKeyDictionary[MemoryEngine, OrderedDict[str, str]] = WeakKeyDictionary()
_STORING = threading.Lock()


def _first_to(engine: MemoryEngine, turn: str, name: str) -> str:
    """Return the name of the listener that stores a turn: the first one that comes with it."""
    with _STORING:
        turns = _STORED.setdefault(engine, OrderedDict())
        first = turns.setdefault(turn, name)
        while len(turns) > _REMEMBERED:
            turns.popitem(last=False)
        return first
