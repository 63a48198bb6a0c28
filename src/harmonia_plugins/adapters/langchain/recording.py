"""Storing what a thread's log lacks, and taking back what a branch taught that was left."""

from __future__ import annotations

import logging
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import groupby

from langchain_core.messages import BaseMessage

from harmonia_plugins.adapters.langchain.branches import abandoned, to_store, turn_start
from harmonia_plugins.adapters.turns import turns_of
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import NotFoundError
from harmonia_plugins.model import Message, Revision

log = logging.getLogger(__name__)

_SURFACE = "langgraph"
"""Under which name agents and graphs tell histories and callbacks of their messages."""
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's messages belong; `thread` is None where branches cannot be told apart."""

    user: str
    session: str
    thread: str | None
    persisted: bool
    learns: bool


def stored_in(engine: MemoryEngine, place: Place) -> list[Message]:
    """Return the log of a session."""
    return engine.messages(user_id=place.user, session_id=place.session)


def store(
    engine: MemoryEngine, place: Place, messages: Sequence[BaseMessage], known: Sequence[Message],
    *, done: str | None = None,
) -> list[Message]:  # fmt: skip
    """Store what a session's log lacks of a thread, durably, and queue it for learning.

    Each message of the user is a change set of its own, so that one can be taken back alone.

    Args:
        engine: where.
        place: whose thread it is.
        messages: the thread as it is now.
        known: the log, as `leave_branches` returns it.
        done: the id of a message that is stored already, with all before it.

    Returns:
        What was stored.
    """
    new = to_store(messages, known, thread=place.thread, persisted=place.persisted, done=done)
    earlier = {message.id for message in messages[: turn_start(messages)]}
    again = {m.id for m in new if m.id in earlier and m.role == "user"} - {m.id for m in known}
    if again and place.thread is not None:
        _undo(engine, place, _taken_back(engine, place, again))
    view = turns_of(engine).open(place.user, place.session, surface=_SURFACE)
    named = view.name(new, {message.id or "" for message in known})
    view.close()
    for alone in _portions(named):
        engine.observe(alone, user_id=place.user, session_id=place.session, wait=False)
    return named


def _portions(messages: Sequence[Message]) -> list[list[Message]]:
    """Return messages with each of the user's by itself."""
    numbered = enumerate(messages)
    parts = groupby(numbered, lambda item: item[0] if item[1].role == "user" else -1)
    return [[message for _, message in part] for _, part in parts]


def leave_branches(
    engine: MemoryEngine, place: Place, messages: Sequence[BaseMessage], known: Sequence[Message]
) -> Sequence[Message]:
    """Take messages out of the log that a thread has left behind, and back what they taught.

    A memory that something else has changed since is left as it is.

    Returns:
        The log without them.
    """
    if place.thread is None:
        return known
    gone = set(abandoned(messages, known, place.thread))
    if not gone:
        return known
    engine.delete_messages(list(gone), user_id=place.user, session_id=place.session)
    _undo(engine, place, _taught_by(engine, place, gone))
    return [message for message in known if message.id not in gone]


def _undo(engine: MemoryEngine, place: Place, changesets: Sequence[str]) -> None:
    for changeset in reversed(changesets):
        try:
            engine.undo(changeset, user_id=place.user)
        except NotFoundError as error:
            log.info("nothing to take back: %s", error)


def _taken_back(engine: MemoryEngine, place: Place, ids: Set[str | None]) -> list[str]:
    """Return the change sets that took back what messages had taught, where nothing came after.

    To learn from such a message again revives nothing: what was taken back stays so until that is
    taken back in turn.
    """
    latest = {revision.memory.id: revision for revision in _revisions(engine, place.user)}
    found = [
        revision.changeset_id
        for revision in latest.values()
        if revision.kind == "reverted"
        and revision.memory.session_id == place.session
        and ids & set(revision.memory.message_ids)
    ]
    return list(dict.fromkeys(found))


def _taught_by(engine: MemoryEngine, place: Place, ids: Set[str]) -> list[str]:
    """Return the change sets that learned from messages, oldest first."""
    found: dict[str, None] = {}
    sources: dict[str, set[str]] = {}
    for revision in _revisions(engine, place.user):
        memory = revision.memory
        new = set(memory.message_ids) - sources.get(memory.id, set())
        sources[memory.id] = set(memory.message_ids)
        if memory.session_id == place.session and new & ids:
            found[revision.changeset_id] = None
    return list(found)


def _revisions(engine: MemoryEngine, user: str) -> list[Revision]:
    found: list[Revision] = []
    after: str | None = None
    while True:
        page = engine.changes(user_id=user, after=after, limit=_PAGE)
        found += page
        after = page.next_cursor
        if len(page) < _PAGE:
            return found
