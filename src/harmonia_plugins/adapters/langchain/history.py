"""A chat history on the engine's log."""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    MessageLikeRepresentation,
    SystemMessage,
)
from langchain_core.prompt_values import PromptValue
from langchain_core.runnables import ConfigurableFieldSpec

from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.adapters.langchain.messages import (
    from_any_form,
    to_langchain,
    to_messages,
)
from harmonia_plugins.adapters.turns import Turn, now, turns_of
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline import intake

_SURFACE = "chat history"


class HarmoniaChatMessageHistory(BaseChatMessageHistory):
    """The messages of one session, kept in an engine and learned from.

    ```python
    history = HarmoniaChatMessageHistory(engine, user_id="jo", session_id="june")
    history.add_user_message("I have a dog called Biggie")
    ```

    `messages` is exactly the stored log, as it was given: every type, content block and field,
    ids too (chunks become messages; of an own subclass the nearest LangChain type remains).
    Nothing is added to it and nothing left out; shorten it for a model with `trim_messages`, and
    recall memories beside it. What other surfaces of the same session store is in it as well.

    Messages are on the disk when `add_messages` returns; learning goes on in the background. A
    message whose id is in the log already is stored once. Equal words without ids are different
    messages.

    LangChain deprecates chat histories and `RunnableWithMessageHistory` in favour of agents with a
    checkpointer: for those, use `HarmoniaMiddleware`.

    Args:
        engine: an open `MemoryEngine` or `AsyncMemoryEngine`.
        user_id: whose messages.
        session_id: the conversation.
        learn: whether what is added is learned from.

    Raises:
        InvalidInputError: a value is unusable.
    """

    def __init__(
        self, engine: Engine, *, user_id: str, session_id: str, learn: bool = True
    ) -> None:
        self._engine = check_engine(engine)
        self._user = intake.check_user(user_id)
        self._session = intake.check_session(session_id)
        self._learn = learn
        self._read: int | None = None
        self._turn: Turn | None = None
        self._lock = threading.Lock()

    @classmethod
    def factory(
        cls,
        engine: Engine,
        *,
        user_id: str | None = None,
        keys: Sequence[str] | None = None,
        learn: bool = True,
    ) -> HistoryFactory:
        """Return what `RunnableWithMessageHistory` takes as `get_session_history`.

        ```python
        RunnableWithMessageHistory(chain, HarmoniaChatMessageHistory.factory(engine, user_id="jo"))
        ```

        It is called on every request and touches no disk. With several config keys, hand its
        `config_specs` on as `history_factory_config`.

        Args:
            engine: an open engine.
            user_id: the user of all sessions; None takes them from the config key `user_id`.
            keys: the config's keys that name the session, of which several together name one;
                default `session_id`, and before it `user_id` where that is not fixed.
            learn: as of the class.
        """
        return HistoryFactory(engine, user_id=user_id, keys=keys, learn=learn)

    # -- reading ----------------------------------------------------------------------------------

    @property
    def messages(self) -> list[BaseMessage]:  # type: ignore[override]
        """The stored log, oldest first."""
        return self._log(_reader())

    async def aget_messages(self) -> list[BaseMessage]:
        """Return the stored log, oldest first; the event loop is free meanwhile."""
        reader = _reader()
        return await in_thread(self._engine, lambda: self._log(reader))

    def _log(self, reader: str | None) -> list[BaseMessage]:
        # RunnableWithMessageHistory reads the log again when a turn has ended, and takes as many
        # messages off the front of its input as there are by then. A turn stored meanwhile would
        # cost the user's message. It gets none then, and hands over all that it was given at
        # first: those carry their ids, and are known.
        if reader == "exit":
            return []
        engine = sync_engine(self._engine)
        self._read = now()
        log = engine.messages(user_id=self._user, session_id=self._session)
        return [_for_run(item) if reader == "enter" else to_langchain(item) for item in log]

    # -- writing ----------------------------------------------------------------------------------

    def add_message(self, message: MessageLikeRepresentation) -> None:
        """Store a message at the end of the log, see `add_messages`.

        Raises:
            InvalidInputError: it is no message; a bare text does not tell whose words it is.
        """
        if isinstance(message, str):
            raise InvalidInputError(
                f"message must be a message, not the text {_short(message)}: use "
                "add_user_message(text) or add_ai_message(text)"
            )
        self.add_messages([message])

    def add_messages(self, messages: Iterable[MessageLikeRepresentation] | PromptValue) -> None:
        """Store messages at the end of the log; they are on the disk when this returns.

        Args:
            messages: messages, or what LangChain's models take as such: pairs of role and text,
                dicts with `role` and `content`, texts, which are the user's; or a prompt.

        Raises:
            InvalidInputError: one of them is no message, or they are no list; nothing was stored.
            ClosedError: the engine is closed.
            StoreError: the store refused; nothing was stored.
        """
        self._add(_given(messages))

    def _add(self, messages: Sequence[BaseMessage]) -> None:
        if not messages:
            return
        engine = sync_engine(self._engine)
        log: dict[str | None, str] = {}
        if any(item.id is not None for item in messages):
            stored = engine.messages(user_id=self._user, session_id=self._session)
            log = {item.id: item.content for item in stored}
        with self._lock:
            turn = self._view(engine, messages)
            named = to_messages(messages, turn, {item for item in log if item})
            if _is_answered(messages):
                turn.close()
                self._turn = None
        new = [item for item in named if item.id not in log or item.content != log[item.id]]
        if new:
            engine.observe(
                new, user_id=self._user, session_id=self._session, extract=self._learn, wait=False
            )

    async def aadd_messages(
        self, messages: Iterable[MessageLikeRepresentation] | PromptValue
    ) -> None:
        """Store messages, see `add_messages`; the event loop is free meanwhile."""
        given = _given(messages)
        await in_thread(self._engine, lambda: self._add(given))

    def clear(self) -> None:
        """Take all messages out of the log and out of recall. No memory is forgotten by this.

        To forget, use `MemoryEngine.forget`.
        """
        sync_engine(self._engine).delete_messages(user_id=self._user, session_id=self._session)

    async def aclear(self) -> None:
        """Take all messages out of the log, see `clear`."""
        await in_thread(self._engine, self.clear)

    def _view(self, engine: MemoryEngine, given: Sequence[BaseMessage]) -> Turn:
        """Return the turn that messages belong to: the one at hand until it is answered."""
        whole = isinstance(given[0], HumanMessage) and _is_answered(given)
        if self._turn is not None and not whole:
            return self._turn
        turn = turns_of(engine).open(self._user, self._session, surface=_SURFACE, since=self._read)
        if not whole:
            self._turn = turn
        return turn


class HistoryFactory:
    """Makes the history of a session, named by one config key or several."""

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: str | None,
        keys: Sequence[str] | None,
        learn: bool,
    ) -> None:
        """See `HarmoniaChatMessageHistory.factory`."""
        self._engine = check_engine(engine)
        self._user = None if user_id is None else intake.check_user(user_id)
        default = ("session_id",) if user_id is not None else ("user_id", "session_id")
        self._keys = default if keys is None else tuple(keys)
        self._learn = learn
        sessions = [key for key in self._keys if key != "user_id"]
        if not sessions or (self._user is None) != ("user_id" in self._keys):
            raise InvalidInputError(
                f"keys={list(self._keys)} and user_id={user_id!r}: the session needs a key, and "
                "the user either user_id= or the key 'user_id'"
            )
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.__signature__ = inspect.Signature([inspect.Parameter(k, kind) for k in self._keys])

    @property
    def config_specs(self) -> list[ConfigurableFieldSpec]:
        """The keys, as `RunnableWithMessageHistory(history_factory_config=...)` takes them."""
        return [
            ConfigurableFieldSpec(id=key, annotation=str, name=key, is_shared=True)
            for key in self._keys
        ]

    def __call__(self, *args: Any, **kwargs: Any) -> HarmoniaChatMessageHistory:
        """Return the history that the keys' values name."""
        values = dict(self.__signature__.bind(*args, **kwargs).arguments)
        user = values.pop("user_id", self._user)
        sessions = list(values.values())
        alone = sessions[0] if len(sessions) == 1 else None
        return HarmoniaChatMessageHistory(
            self._engine,
            user_id=user,
            session_id=alone if alone is not None else "/".join(map(_part, sessions)),
            learn=self._learn,
        )


_ROLES = {"human", "user", "ai", "assistant", "system", "developer", "tool", "function"}


def _given(messages: object) -> list[BaseMessage]:
    """Return the messages that are given in any form, and not one message in place of a list.

    What is one message to a reader is several to a loop: letters of a text, keys of a dict, fields
    of a message, and for a pair such as `("user", "hey")` the words "user" and "hey".

    Raises:
        InvalidInputError: see `add_messages`.
    """
    if isinstance(messages, PromptValue):
        return messages.to_messages()
    if isinstance(messages, (str, bytes, Mapping, BaseMessage)) or not isinstance(
        messages, Iterable
    ):
        raise _no_list(cast("object", messages))
    given = list(cast("Iterable[Any]", messages))
    if len(given) == 2 and all(isinstance(part, str) for part in given) and given[0] in _ROLES:
        raise _no_list(given)
    return from_any_form(given, "messages")


def _no_list(given: object) -> InvalidInputError:
    return InvalidInputError(
        f"messages must be a list of messages, not the {type(given).__name__} {_short(given)}: "
        'pass a list, such as [HumanMessage("hey")] or [("user", "hey")]'
    )


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _part(value: Any) -> str:
    return quote(intake.check_session(value), safe=" @:")


def _reader() -> str | None:
    """Say whether `RunnableWithMessageHistory` asks for the log, and when: `enter` or `exit`."""
    caller = sys._getframe(2)  # pyright: ignore[reportPrivateUsage]
    if caller.f_globals.get("__name__") != "langchain_core.runnables.history":
        return None
    return {
        "_enter_history": "enter", "_aenter_history": "enter",
        "_exit_history": "exit", "_aexit_history": "exit",
    }.get(caller.f_code.co_name)  # fmt: skip


def _for_run(message: Message) -> BaseMessage:
    """Return a stored message for `RunnableWithMessageHistory`: with its id in the log.

    Its listener refuses ChatMessage and FunctionMessage when the turn has ended, and the turn would
    not be stored: here alone they come as types it takes.
    """
    found = to_langchain(message)
    if isinstance(found, (ChatMessage, FunctionMessage)):
        kinds = {"user": HumanMessage, "assistant": AIMessage, "system": SystemMessage}
        role = getattr(found, "role", "function")
        kind = kinds.get(role, HumanMessage)
        name = found.name or (role if role not in kinds else None)
        found = kind(found.content, name=name)  # pyright: ignore[reportUnknownMemberType]
    return found.model_copy(update={"id": message.id})


def _is_answered(messages: Sequence[BaseMessage]) -> bool:
    """Tell whether messages end with an answer, and not with a call of tools."""
    return isinstance(messages[-1], AIMessage) and not messages[-1].tool_calls
