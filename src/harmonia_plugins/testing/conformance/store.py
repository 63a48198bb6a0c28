"""What a store of memories must do: an engine, a remote client, another backend."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from harmonia_plugins.errors import InvalidInputError, NotFoundError
from harmonia_plugins.model import (
    ChangeSet,
    Forgotten,
    Memory,
    Message,
    Page,
    Recall,
    Revision,
)
from harmonia_plugins.testing.conformance.report import Check, Report, as_tests, demand, run_checks


class MemoryStore(Protocol):
    """The verbs a store needs for this suite; `MemoryEngine` has them."""

    def observe(
        self, messages: Iterable[Message], /, *, user_id: str, session_id: str = ...
    ) -> ChangeSet: ...
    def remember(self, content: str, /, *, user_id: str, id: str | None = ...) -> ChangeSet: ...
    def update(self, id: str, /, *, user_id: str, **changes: Any) -> ChangeSet: ...
    def revert(self, id: str, /, *, user_id: str, revision: int) -> ChangeSet: ...
    def archive(self, id: str, /, *, user_id: str) -> ChangeSet: ...
    def forget(
        self, *, user_id: str, id: str | None = ..., session_id: str | None = ..., all: bool = ...
    ) -> Forgotten: ...
    def recall(self, query: str, /, *, user_id: str, k: int = ...) -> list[Recall]: ...
    def get(self, id: str, /, *, user_id: str) -> Memory | None: ...
    def memories(self, *, user_id: str) -> Page[Memory]: ...
    def history(self, id: str, /, *, user_id: str) -> list[Revision]: ...
    def messages(self, *, user_id: str, session_id: str = ...) -> Sequence[Message]: ...


Opener = Callable[[], AbstractContextManager[MemoryStore]]
"""Opens the same store each time it is called; the first time it is empty."""


def check_store(make_opener: Callable[[], Opener]) -> Report:
    """Run every check, each on a new empty store.

    Args:
        make_opener: returns an `Opener` for a store of its own, such as
            `lambda: functools.partial(MemoryEngine, tempfile.mkdtemp())`.
    """
    return run_checks(CHECKS, make_opener)


def store_tests(make_opener: Callable[[], Opener]) -> list[Callable[[], None]]:
    """Return the checks as tests without arguments, for `pytest.mark.parametrize`."""
    return as_tests(CHECKS, make_opener)


Make = Callable[[], Opener]
_DOG = Message("user", "My dog Biscuit sleeps on the sofa", id="m1")
_TEA = Message("assistant", "Green tea needs water at eighty degrees", id="m2")


def kept_after_reopening(make: Make) -> None:
    """What was stored is there, in order and unchanged, when the store is opened again."""
    opener = make()
    with opener() as store:
        store.observe([_DOG, _TEA], user_id="a", session_id="s")
    with opener() as store:
        found = [(m.id, m.role, m.content) for m in store.messages(user_id="a", session_id="s")]
        expected = [(m.id, m.role, m.content) for m in (_DOG, _TEA)]
        demand(found == expected, f"the log is {found}")


def found_at_once(make: Make) -> None:
    """A message is recalled by its words as soon as it was stored, with a score in [0, 1]."""
    with make()() as store:
        store.observe([_DOG, _TEA], user_id="a")
        hits = store.recall("where does Biscuit sleep?", user_id="a", k=2)
        demand(bool(hits) and hits[0].text == _DOG.content, f"recall gave {hits[:1]}")
        scores = [hit.score for hit in hits]
        demand(scores == sorted(scores, reverse=True), f"scores are not descending: {scores}")
        demand(all(0 <= score <= 1 for score in scores), f"scores leave [0, 1]: {scores}")


def same_message_once(make: Make) -> None:
    """The same id and text again change nothing; another text replaces it in its place."""
    with make()() as store:
        store.observe([_DOG, _TEA], user_id="a", session_id="s")
        store.observe([_DOG], user_id="a", session_id="s")
        store.observe(
            [Message("user", "Biscuit moved to the bed", id="m1")], user_id="a", session_id="s"
        )
        found = [m.content for m in store.messages(user_id="a", session_id="s")]
        demand(found == ["Biscuit moved to the bed", _TEA.content], f"the log is {found}")


def ids_belong_to_sessions(make: Make) -> None:
    """The same message id in two sessions is two messages."""
    with make()() as store:
        store.observe([_DOG], user_id="a", session_id="one")
        store.observe([Message("user", "something else", id="m1")], user_id="a", session_id="two")
        one = [m.content for m in store.messages(user_id="a", session_id="one")]
        demand(one == [_DOG.content], f"session one holds {one}")


def users_are_apart(make: Make) -> None:
    """No verb of one user returns what another one stored."""
    with make()() as store:
        store.observe([_DOG], user_id="a")
        store.remember("User lives in Lyon", user_id="a", id="home")
        demand(store.recall("Biscuit Lyon", user_id="b", k=10) == [], "recall crossed users")
        demand(store.get("home", user_id="b") is None, "get crossed users")
        demand(len(store.memories(user_id="b")) == 0, "memories crossed users")
        demand(list(store.messages(user_id="b")) == [], "messages crossed users")
        _refuses(NotFoundError, lambda: store.update("home", user_id="b", content="x"))


def revisions_are_kept(make: Make) -> None:
    """Every change of a memory is a revision; going back writes another one."""
    with make()() as store:
        store.remember("User lives in Lyon", user_id="a", id="home")
        store.update("home", user_id="a", content="User lives in Berlin")
        store.revert("home", user_id="a", revision=1)
        contents = [step.memory.content for step in store.history("home", user_id="a")]
        expected = ["User lives in Lyon", "User lives in Berlin", "User lives in Lyon"]
        demand(contents == expected, f"the history is {contents}")


def archived_is_out_of_sight(make: Make) -> None:
    """An archived memory is neither listed nor recalled, but it is there."""
    with make()() as store:
        store.remember("User lives in Lyon", user_id="a", id="home")
        store.archive("home", user_id="a")
        demand(len(store.memories(user_id="a")) == 0, "memories lists it")
        demand(store.recall("Lyon", user_id="a", k=5) == [], "recall finds it")
        memory = store.get("home", user_id="a")
        demand(memory is not None and memory.status == "archived", f"get gives {memory}")


def forgotten_is_gone(make: Make) -> None:
    """No verb finds what was forgotten, also after opening again."""
    opener = make()
    with opener() as store:
        store.observe([_DOG], user_id="a", session_id="s")
        store.remember("User lives in Lyon", user_id="a", id="home")
        store.forget(user_id="a", id="home")
        store.forget(user_id="a", session_id="s")
    with opener() as store:
        demand(store.get("home", user_id="a") is None, "get finds it")
        demand(list(store.messages(user_id="a", session_id="s")) == [], "messages lists it")
        demand(store.recall("Biscuit Lyon", user_id="a", k=5) == [], "recall finds it")


def ids_are_data(make: Make) -> None:
    """User ids, session ids and queries of any shape are data, never syntax."""
    hostile = "o'neil\" OR 1=1 -- /../*.[x] 🦊"
    with make()() as store:
        store.observe([_DOG], user_id=hostile, session_id=hostile)
        store.observe([_TEA], user_id="other")
        found = [m.content for m in store.messages(user_id=hostile, session_id=hostile)]
        demand(found == [_DOG.content], f"the log is {found}")
        hits = store.recall("user_id:x OR * (dog", user_id=hostile, k=5)
        said = [hit.text for hit in hits if hit.layer == "message"]
        demand(said == [_DOG.content], f"recall gave {said}")


def bad_input_stores_nothing(make: Make) -> None:
    """A value that cannot be stored is refused with `InvalidInputError`, the rest with it."""
    with make()() as store:
        bad = Message("user", "half a character: \ud800")
        _refuses(InvalidInputError, lambda: store.observe([_DOG, bad], user_id="a"))
        _refuses(InvalidInputError, lambda: store.observe([_DOG], user_id=" "))
        _refuses(InvalidInputError, lambda: store.remember("  ", user_id="a"))
        demand(list(store.messages(user_id="a")) == [], "something was stored")


def _refuses(error: type[Exception], call: Callable[[], object]) -> None:
    try:
        call()
    except error:
        return
    demand(False, f"nothing raised {error.__name__}")


CHECKS: tuple[Check[Make], ...] = (
    kept_after_reopening,
    found_at_once,
    same_message_once,
    ids_belong_to_sessions,
    users_are_apart,
    revisions_are_kept,
    archived_is_out_of_sight,
    forgotten_is_gone,
    ids_are_data,
    bad_input_stores_nothing,
)
