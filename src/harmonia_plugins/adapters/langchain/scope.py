"""Whose memory a run uses, and which session its messages belong to."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.pipeline import intake

DEFAULT_SESSION = "default"
"""The session of runs that belong to no thread."""

_TOOL_NODE = "tools"
"""Name of the node that runs tools in agents of LangChain."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a run tells about itself; callables for `user_id` and `session_id` are given one.

    `context` is what the application passed as `context=`, `config` the `RunnableConfig`,
    `server_info` what LangGraph's server says, with the authenticated `user`.
    """

    context: Any = None
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    server_info: Any = None

    @property
    def configurable(self) -> Mapping[str, Any]:
        """The config's `configurable` values."""
        return self.config.get("configurable") or {}

    @property
    def thread_id(self) -> str | None:
        """The thread, as text."""
        thread = self.configurable.get("thread_id")
        return None if thread is None else str(thread)

    @property
    def callers(self) -> tuple[str, ...]:
        """Names of the nodes this graph runs in, outermost first; none for the outermost graph."""
        namespace = str(self.configurable.get("checkpoint_ns") or "")
        return tuple(part.split(":")[0] for part in namespace.split("|")[:-1])

    @property
    def in_tool(self) -> bool:
        """Whether a tool of another agent started it: its "user" is a model."""
        return _TOOL_NODE in self.callers

    @property
    def persisted(self) -> bool:
        """Whether a checkpointer keeps the thread, so that its messages keep their ids."""
        # The one trace of it in a config; under another name, runs count as not persisted.
        return bool(self.configurable.get("__pregel_checkpointer"))


Who = str | Callable[[Run], str] | None
"""A user or session: itself, or what finds it for a run; None looks in the usual places."""


def current_run(runtime: Any = None, config: RunnableConfig | None = None) -> Run:
    """Return what is known of the run in progress; `runtime` and `config` if they are at hand."""
    config = ensure_config() if config is None else config
    runtime = _runtime() if runtime is None else runtime
    return Run(
        context=getattr(runtime, "context", None),
        config=cast("Mapping[str, Any]", config),
        server_info=getattr(runtime, "server_info", None),
    )


def _runtime() -> Any:
    module = sys.modules.get("langgraph.runtime")  # not loaded: no graph can be running
    if module is None:
        return None
    try:
        return module.get_runtime()
    except (RuntimeError, KeyError):  # outside of a graph
        return None


class Scope:
    """Finds the user and the session of runs; a missing user is an error, never a default."""

    def __init__(self, user_id: Who, session_id: Who, asker: str) -> None:
        """Check what was given.

        Args:
            user_id: the user, or a callable that is given a `Run`; None looks at the user that
                LangGraph's server authenticated, then for `user_id` in the runtime context, then
                in the config's `configurable`.
            session_id: the session, or a callable; None takes the thread's id.
            asker: names what needs the user, in errors.
        """
        self._user = user_id if callable(user_id) or user_id is None else _user(user_id)
        fixed = callable(session_id) or session_id is None
        self._session = session_id if fixed else intake.check_session(session_id)
        self._asker = asker

    @property
    def label(self) -> str:
        """What tells this scope from others, made of characters that may stand in a node's name."""
        if self._user is None:
            return ""
        name = self._user if isinstance(self._user, str) else _name_of(self._user)
        plain = re.sub(r"[^\w.@-]+", "-", name)[:40].strip("-")
        if plain == name:
            return name
        return f"{plain}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"

    def user(self, run: Run) -> str:
        """Return whose memory a run uses.

        Raises:
            InvalidInputError: nothing names the user, or what names it is no usable id.
        """
        if isinstance(self._user, str):
            return self._user
        if self._user is not None:
            found: object = self._user(run)
            if found is None:
                raise InvalidInputError(f"{self._asker}: user_id={self._user!r} returned None")
            return _user(found)
        found = _authenticated(run)
        if found is None:
            found = _named(run.context)
        if found is None:
            found = run.configurable.get("user_id")
        if found is None:
            raise InvalidInputError(
                f"{self._asker} does not know whose memory to use: give it user_id=, or the run a "
                'context with user_id, or config={"configurable": {"user_id": …}}'
            )
        return _user(found)

    def session(self, run: Run) -> str:
        """Return the session of a run's messages."""
        if isinstance(self._session, str):
            return self._session
        if self._session is not None:
            return intake.check_session(self._session(run))
        return run.thread_id or DEFAULT_SESSION


def _user(value: object) -> str:
    return intake.check_user(value)


def _authenticated(run: Run) -> object:
    """Return whom the server knows; what a client says of itself must not overrule it."""
    user = getattr(run.server_info, "user", None)
    if user is not None:
        return getattr(user, "identity", None)
    return run.configurable.get("langgraph_auth_user_id")


def _named(context: Any) -> object:
    if isinstance(context, Mapping):
        return cast("Mapping[str, object]", context).get("user_id")
    return getattr(context, "user_id", None)


def _name_of(function: Any) -> str:
    return str(getattr(function, "__qualname__", type(function).__name__))
