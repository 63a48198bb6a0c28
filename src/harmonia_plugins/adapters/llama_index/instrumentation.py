"""Memory by instrumentation: chat engines, query engines and agents learn as they are."""

from __future__ import annotations

import inspect
import threading
import weakref
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.instrumentation.span import BaseSpan
from llama_index.core.instrumentation.span_handlers import BaseSpanHandler
from llama_index_instrumentation import get_dispatcher, root_manager
from pydantic import PrivateAttr

from harmonia_plugins.adapters.engines import Engine
from harmonia_plugins.adapters.llama_index.listener import Listener, Who
from harmonia_plugins.errors import InvalidInputError

_adding = threading.RLock()  # what is collected takes its handler away, at any moment


class HarmoniaSpanHandler(BaseSpanHandler[BaseSpan]):
    """Stores and learns from each turn of chat engines, query engines and agents.

    ```python
    get_dispatcher().add_span_handler(HarmoniaSpanHandler(engine))
    with instrument_tags({"user_id": "jo"}):
        chat_engine.chat("I have a dog called Biggie")
    ```

    As `harmonia_instrumentation`, for the whole process and until it is taken out of
    `get_dispatcher().span_handlers`.

    Args:
        engine: an open `MemoryEngine` or `AsyncMemoryEngine`.
        user_id: whose turns; a callable is given the tags of `instrument_tags`; None takes the
            tag `user_id`.
        session_id: their session; a callable as above; None takes the tag `session_id`,
            `thread_id` or `conversation_id`, else the session of the `Memory` in use, else
            `default`.
        learn: whether turns are learned from.

    Raises:
        InvalidInputError: an argument is unusable.
    """

    _listener: Listener = PrivateAttr()

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: Who = None,
        session_id: Who = None,
        learn: bool = True,
    ) -> None:
        listener = Listener(
            engine, user_id=user_id, session_id=session_id, learn=learn, counts=self._counts,
            idle=self._idle,
        )  # fmt: skip
        # Given anew: the defaults of the base class are shared by all handlers.
        super().__init__(open_spans={}, completed_spans=[], dropped_spans=[], current_span_ids={})
        self._listener = listener

    @classmethod
    def class_name(cls) -> str:
        """Return the name of the class."""
        return "HarmoniaSpanHandler"

    def flush(self) -> None:
        """Wait until all turns that have ended are stored and learned from."""
        self._listener.flush()

    async def aflush(self) -> None:
        """Wait as `flush` does; the event loop is free."""
        await self._listener.aflush()

    async def astored(self) -> None:
        """Wait until all turns that have ended are stored."""
        await self._listener.astored()

    def span_enter(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        parent_id: str | None = None,
        tags: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Begin a turn, if this is one."""
        self._listener.enter(id_, instance, bound_args.arguments, parent_id)

    def span_exit(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        result: Any | None = None,
        **kwargs: Any,
    ) -> None:
        """Store a turn, if this was one."""
        self._listener.leave(id_, instance, bound_args.arguments, result)

    def span_drop(
        self,
        id_: str,
        bound_args: inspect.BoundArguments,
        instance: Any | None = None,
        err: BaseException | None = None,
        **kwargs: Any,
    ) -> None:
        """Store what the user has said in a turn that failed."""
        self._listener.leave(id_, instance, bound_args.arguments, None)

    def close(self) -> None:
        """Store what the user has said in turns that are still open."""
        self._listener.stop()

    def new_span(self, *args: Any, **kwargs: Any) -> None:
        """Make none: turns are all that is remembered."""

    def prepare_to_exit_span(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: there is none."""

    def prepare_to_drop_span(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: there is none."""

    def _counts(self) -> bool:
        """Tell whether a turn that begins here is to be stored: none that a block stores."""
        return innermost(self._listener.engine) is None

    def _idle(self) -> None:
        """Hear that no turn is open."""


class HarmoniaEventHandler(BaseEventHandler):
    """As `HarmoniaSpanHandler`, for those who add event handlers.

    ```python
    get_dispatcher().add_event_handler(HarmoniaEventHandler(engine, user_id="jo"))
    ```

    No event of LlamaIndex says what a turn was, so this brings a span handler along, which stores
    turns for as long as a dispatcher has this event handler. Arguments as for the span handler.
    """

    _spans: _Companion = PrivateAttr()

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: Who = None,
        session_id: Who = None,
        learn: bool = True,
    ) -> None:
        super().__init__()
        options = {"user_id": user_id, "session_id": session_id, "learn": learn}
        self._spans = _Companion(self, engine, **options)

    @classmethod
    def class_name(cls) -> str:
        """Return the name of the class."""
        return "HarmoniaEventHandler"

    def handle(self, event: BaseEvent, **kwargs: Any) -> None:
        """Do nothing: what a turn is, spans tell."""

    def flush(self) -> None:
        """Wait until all turns that have ended are stored and learned from."""
        self._spans.flush()

    async def aflush(self) -> None:
        """Wait as `flush` does; the event loop is free."""
        await self._spans.aflush()


class _Companion(HarmoniaSpanHandler):
    """The span handler of an event handler; it goes when that is thrown away."""

    _leader: weakref.ref[HarmoniaEventHandler] = PrivateAttr()

    def __init__(self, leader: HarmoniaEventHandler, engine: Engine, **options: Any) -> None:
        super().__init__(engine, **options)
        self._leader = weakref.ref(leader)
        _add(self)
        weakref.finalize(leader, _remove, self).atexit = False

    def _counts(self) -> bool:
        leader = self._leader()
        added = any(
            handler is leader
            for dispatcher in list(root_manager.dispatchers.values())
            for handler in dispatcher.event_handlers
        )
        return leader is not None and added and super()._counts()


class HarmoniaInstrumentation:
    """What `harmonia_instrumentation` returns: enter it with `with` or `async with`, once."""

    def __init__(self, engine: Engine, everywhere: bool, options: dict[str, Any]) -> None:
        self.engine = engine
        self.everywhere = everywhere
        self._spans = _BlockSpans(self, engine, **options)
        self._token: Token[tuple[HarmoniaInstrumentation, ...]] | None = None
        self.open = False

    def __enter__(self) -> Self:
        if self._token is not None:
            raise InvalidInputError(
                "this harmonia_instrumentation has been entered before: make a new one"
            )
        self._token = _blocks.set((*_blocks.get(), self))
        self.open = True
        _add(self._spans)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.open = False
        if self._token is not None:
            try:
                _blocks.reset(self._token)
            except ValueError:  # left in another context than it was entered in
                _blocks.set(tuple(block for block in _blocks.get() if block is not self))
        self._spans.leave_if_done()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *raised: Any) -> None:
        """End, and wait until the turns that have ended are on the disk."""
        self.__exit__(*raised)
        await self._spans.astored()

    def flush(self) -> None:
        """Wait until all turns that have ended are stored and learned from."""
        self._spans.flush()

    async def aflush(self) -> None:
        """Wait as `flush` does; the event loop is free."""
        await self._spans.aflush()


class _Call(str):
    """The call of a workflow. Nobody holds it any more when the workflow has ended."""

    __slots__ = ("__weakref__",)


class _BlockSpans(HarmoniaSpanHandler):
    """The span handler of a block. It stays until what began within the block has ended."""

    _block: HarmoniaInstrumentation = PrivateAttr()
    _key: str = PrivateAttr(default_factory=lambda: f"harmonia-{uuid4().hex}")
    _called: weakref.WeakSet[_Call] = PrivateAttr(default_factory=weakref.WeakSet[_Call])

    def __init__(self, block: HarmoniaInstrumentation, engine: Engine, **options: Any) -> None:
        super().__init__(engine, **options)
        self._block = block

    def leave_if_done(self) -> None:
        if not (self._block.open or any(self._called) or self._listener.busy):
            _remove(self)

    def capture_propagation_context(self) -> dict[str, Any]:
        """Take note of a workflow that is called; it begins later, maybe after the block."""
        if not self._counts():
            return {}
        call = _Call(uuid4().hex)
        self._called.add(call)
        weakref.finalize(call, self.leave_if_done).atexit = False
        return {self._key: call}

    def restore_propagation_context(self, context: dict[str, Any]) -> None:
        """Take note that a workflow begins which was called within the block."""
        if context.get(self._key) in self._called:
            _called_in.set(self._key)

    def _counts(self) -> bool:
        block = self._block
        if not block.open:
            return _called_in.get() == self._key
        inner = innermost(block.engine)
        return inner is block or (inner is None and block.everywhere)

    def _idle(self) -> None:
        self.leave_if_done()


def harmonia_instrumentation(
    engine: Engine,
    *,
    user_id: Who = None,
    session_id: Who = None,
    learn: bool = True,
    everywhere: bool | None = None,
) -> HarmoniaInstrumentation:
    """Let chat engines, query engines and agents store and learn what is said, as they are.

    ```python
    with harmonia_instrumentation(engine, user_id="jo"):
        chat_engine.chat("I have a dog called Biggie")
    ```

    **What a turn is.** The outermost call of a chat engine (`chat`, `achat`, `stream_chat`,
    `astream_chat`), a query engine (`query`, `aquery`) or an agent's `run`: what the user says in
    it and the answer. Engines, agents and models that are called within it are its own affair;
    models called directly, and workflows that take no `user_msg`, are no conversation. Of a turn
    that fails, what the user said is stored; of a streamed one, that at once and the answer when
    it is complete (not that of a streaming query engine, which nothing tells).

    **When.** On the disk when the call returns; where an event loop runs, a moment later, from a
    thread: `async with`, or `aflush`, waits for that, and so does the end of `asyncio.run`.
    Learning goes on in the background. Agents called within the block are heard to their end,
    which may come after it.

    **Whose.** `user_id` if it is given; else the tag of `instrument_tags({"user_id": …})`. A turn
    without a user is not stored, and the log warns of it. With `user_id`, only what is called
    within the block counts, in tasks and threads of LlamaIndex's too (not in threads of the
    application's, unless they copy its context); without, the whole process.

    **With others.** Several of these on one engine store a turn once: the innermost block does.
    A `HarmoniaMemory`, or a memory with one of our chat stores, on the same folder stores its
    turns itself, and nothing is stored here. A `HarmoniaMemoryBlock` beside this needs
    `accept_short_term_memory=False`: this feeds the engine. Nothing raises into the conversation.

    Args:
        engine: an open `MemoryEngine` or `AsyncMemoryEngine`.
        user_id: whose turns; a callable is given the tags.
        session_id: their session; a callable as above; None takes the tag `session_id`,
            `thread_id` or `conversation_id`, else the session of the `Memory` in use, else
            `default`.
        learn: whether turns are learned from.
        everywhere: whether calls outside the block's context count; default: without `user_id`.

    Raises:
        InvalidInputError: an argument is unusable.
    """
    wide = user_id is None if everywhere is None else everywhere
    options = {"user_id": user_id, "session_id": session_id, "learn": learn}
    return HarmoniaInstrumentation(engine, wide, options)


_blocks: ContextVar[tuple[HarmoniaInstrumentation, ...]] = ContextVar("_blocks", default=())
_called_in: ContextVar[str] = ContextVar("_called_in", default="")
"""The block in which the workflow that runs here was called."""


def innermost(engine: Engine) -> HarmoniaInstrumentation | None:
    """Return the innermost open block on an engine around the caller."""
    return next((b for b in reversed(_blocks.get()) if b.open and b.engine is engine), None)


def _add(handler: HarmoniaSpanHandler) -> None:
    dispatcher = get_dispatcher()
    with _adding:
        dispatcher.span_handlers = [*dispatcher.span_handlers, handler]


def _remove(handler: HarmoniaSpanHandler) -> None:
    """Take a handler away: in a new list, because others may be going through this one."""
    dispatcher = get_dispatcher()
    with _adding:
        others = cast("list[BaseSpanHandler[Any]]", dispatcher.span_handlers)
        dispatcher.span_handlers = [other for other in others if other is not handler]
