"""Whose memory in which store: what every part for LlamaIndex is bound to.

LlamaIndex copies, pickles and writes down its components. A scope survives that by its path: a
copy shares the engine, and one that was read back opens the folder again.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import ClosedError, HarmoniaError, InvalidInputError
from harmonia_plugins.pipeline.intake import check_user

R = TypeVar("R")

_seen: WeakValueDictionary[str, MemoryEngine] = WeakValueDictionary()
"""Engines that a scope was made with, by path: what is read back joins the one that is open."""
_opened: dict[str, MemoryEngine] = {}
"""Engines opened here because somebody named a path; open until the process ends."""
_opening = threading.Lock()


class Scope:
    """One user of one engine."""

    def __init__(self, engine: Engine, user_id: str) -> None:
        self.given = engine
        self.user_id = user_id

    @property
    def engine(self) -> MemoryEngine:
        """The engine whose verbs can be called; they block."""
        return sync_engine(self.given)

    @property
    def path(self) -> str:
        """The store's folder. What is read back from it joins this engine while it is open."""
        engine = self.engine
        _seen[str(engine.path)] = engine
        return str(engine.path)

    async def run(self, work: Callable[[], R]) -> R:
        """Return what blocking work returns, done in a thread of its own."""
        return await in_thread(self.given, work)

    def __deepcopy__(self, memo: object) -> Scope:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _scope_at, (self.path, self.user_id)


def scope_of(what: str, engine: object, path: object, user_id: object) -> Scope:
    """Return the scope that somebody named by an engine or a path, and a user.

    Args:
        what: the class that needs it, for error messages.
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`.
        path: a store's folder, instead of an engine. It is opened once in a process and closed
            when that ends; an engine that is open on it and was used here before is shared.
        user_id: whose memory it is.

    Raises:
        InvalidInputError: one of them is missing or unusable.
        StoreError: the folder cannot be opened.
    """
    if user_id is None:
        raise InvalidInputError(
            f'{what} needs to know whose memory it is: pass user_id="…", one for each person'
        )
    user = check_user(user_id)
    if (engine is None) == (path is None):
        raise InvalidInputError(
            f"{what} needs an engine or the path of one, and not both: pass engine=MemoryEngine"
            '("./memory") or path="./memory"'
        )
    if engine is None:
        return _scope_at(path, user)
    given = check_engine(engine)
    if isinstance(given, MemoryEngine):
        _seen[str(given.path)] = given
    return Scope(given, user)


def check_known(what: str, given: Iterable[str], known: Iterable[str]) -> None:
    """Refuse arguments that nothing would be done with.

    Args:
        what: what they were given to, for error messages.
        given: their names.
        known: the names there are.

    Raises:
        InvalidInputError: one of them is unknown.
    """
    names = sorted(known)
    for unknown in sorted(set(given).difference(names)):
        raise InvalidInputError(f"{what} takes no {unknown!r}, only {', '.join(names)}")


def _scope_at(path: Any, user_id: str) -> Scope:
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidInputError(f"path must name a folder, not {path!r}")
    with _opening:
        name = os.fsdecode(os.fspath(path))  # pyright: ignore
        if name and "://" not in name:  # the engine refuses URLs and nothing at all
            name = os.path.abspath(name)  # noqa: PTH100
        for known in (_seen.get(name), _opened.get(name)):
            if known is not None and _is_open(known):
                return Scope(known, user_id)
        if not _opened:
            atexit.register(_close_all)
        engine = MemoryEngine(name)
        _opened[str(engine.path)] = engine
        return Scope(engine, user_id)


def _is_open(engine: MemoryEngine) -> bool:
    try:
        engine.health()
    except ClosedError:  # closed, or of the process that this one was forked from
        return False
    return True


def _close_all() -> None:
    for engine in _opened.values():
        try:
            engine.close()
        except HarmoniaError:  # the process ends; what waits is in the store
            continue
