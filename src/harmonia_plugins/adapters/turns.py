"""Which message is which when several surfaces see one turn of a conversation.

A chat history, a callback handler and an agent's middleware may all be attached to one run, and
each hands its messages to the engine. Messages with ids are known by them. Most have none, and
equal words are no identity: a user may say "yes" twice. So each surface says when its view of a
turn begins and ends, and a message without an id is taken for one that another surface has named
if, and only if,

- the two views overlap in time (surfaces on one run are nested in each other), and
- role and text are equal, and
- the other surface's message has not been claimed by this surface before.

A surface never takes two of its own messages for one. What is left open: two runs at once in one
session with equal words, each seen by a different surface only, look like one run seen by two.

Nothing here blocks or touches the disk; all that is remembered is bounded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Container, Hashable, Iterable
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from harmonia_plugins.model import Message
from harmonia_plugins.text.fence import RECALLED_KEY

_SESSIONS = 4_096
"""Sessions that are remembered, those used last."""
_TURNS = 64
"""Turns of a session that are remembered, and"""
_CLOSED = 16
"""so many of them once they are over."""
_IDS = 512
"""Ids of a session that are remembered, to notice one that is given out twice."""


_moments = count(1)


def now() -> int:
    """Return the present moment, for `Turns.open(since=...)`."""
    return next(_moments)


@dataclass(eq=False, slots=True)
class _Sighting:
    """A message that has been named: under which id, with which id of its own, and to whom."""

    key: tuple[str, str]
    id: str
    own: str | None
    surfaces: set[Hashable]


@dataclass(eq=False, slots=True)
class _Session:
    turns: list[Turn] = field(default_factory=lambda: list[Turn]())
    ids: OrderedDict[str, None] = field(default_factory=OrderedDict[str, None])

    def trim(self) -> None:
        closed = [turn for turn in self.turns if turn.closed is not None]
        gone = set(map(id, closed[: max(0, len(closed) - _CLOSED)]))
        self.turns = [turn for turn in self.turns if id(turn) not in gone][-_TURNS:]
        while len(self.ids) > _IDS:
            self.ids.popitem(last=False)


class Turns:
    """The turns of one engine, for all surfaces that write to it. Thread-safe."""

    def __init__(self) -> None:
        self._sessions: OrderedDict[tuple[str, str], _Session] = OrderedDict()
        self._lock = threading.Lock()

    def open(
        self, user_id: str, session_id: str, *, surface: Hashable, since: int | None = None
    ) -> Turn:
        """Begin a surface's view of a turn.

        Args:
            user_id: whose turn.
            session_id: the conversation.
            surface: who sees it: equal for all views that a message passes through only once.
            since: the moment it began, if that was before this call.
        """
        with self._lock:
            session = self._sessions.setdefault((user_id, session_id), _Session())
            self._sessions.move_to_end((user_id, session_id))
            while len(self._sessions) > _SESSIONS:
                self._sessions.popitem(last=False)
            turn = Turn(self, session, surface, now() if since is None else since)
            session.turns.append(turn)
            session.trim()
            return turn

    @property
    def lock(self) -> threading.Lock:
        """Held while messages are named."""
        return self._lock


class Turn:
    """One surface's view of one turn."""

    def __init__(self, turns: Turns, session: _Session, surface: Hashable, opened: int) -> None:
        self._turns = turns
        self._session = session
        self._surface = surface
        self._opened = opened
        self._asked = False
        self.sightings: list[_Sighting] = []
        self.closed: int | None = None

    def name(self, messages: Iterable[Message], known: Container[str] = ()) -> list[Message]:
        """Return messages of this turn with the ids to store them under, in order.

        A model's cache may give an answer again under the id of its first time: an answer to
        what the user has said in this turn is another message than one before the turn, and gets
        an id of its own.

        Args:
            messages: with or without ids.
            known: ids that were stored before this turn, so far as the caller knows them.
        """
        with self._turns.lock:
            return [replace(item, id=self._id(item, known)) for item in messages]

    def close(self) -> None:
        """End the view. What others have yet to tell of this turn is still recognised."""
        with self._turns.lock:
            if self.closed is None:
                self.closed = now()

    def _id(self, message: Message, known: Container[str]) -> str:
        own, ids = message.id, self._session.ids
        found = self._of_this_turn(own) or self._of_others(
            message, stored=own is not None and own in known
        )
        before = found is None and own is not None and (own in known or own in ids)
        if found is None:
            again = before and self._asked and message.role == "assistant"
            new = uuid4().hex if own is None or again else own
            found = _Sighting(_key(message), new, own, set())
        if found not in self.sightings:
            self.sightings.append(found)
        found.surfaces.add(self._surface)
        found.own = found.own or own
        if message.role == "user" and not before and not message.metadata.get(RECALLED_KEY):
            self._asked = True
        ids.update(dict.fromkeys(filter(None, (own, found.id))))
        self._session.trim()
        return found.id

    def _of_this_turn(self, own: str | None) -> _Sighting | None:
        if own is None:
            return None
        mine = (item for item in self.sightings if own in (item.own, item.id))
        return next(mine, None)

    def _of_others(self, message: Message, *, stored: bool) -> _Sighting | None:
        """Return what another surface has named in a view that overlaps with this one.

        What was stored before may have been named again, but has no twin without an id.
        """
        own, key = message.id, _key(message)
        shared = set(map(id, self.sightings))
        turns = [turn for turn in self._session.turns if self._overlaps(turn)]
        turns.sort(key=lambda turn: not any(id(item) in shared for item in turn.sightings))
        seen = list(chain.from_iterable(turn.sightings for turn in turns))
        if own is not None:
            same = next((item for item in seen if own in (item.own, item.id)), None)
            if same is not None or stored:
                return same
        return next(
            (
                item for item in seen
                if item.key == key and self._surface not in item.surfaces
                and (own is None or item.own is None)
            ),
            None,
        )  # fmt: skip

    def _overlaps(self, other: Turn) -> bool:
        if other is self or other._surface == self._surface:
            return False
        return other.closed is None or other.closed >= self._opened


def _key(message: Message) -> tuple[str, str]:
    """Return what tells messages without ids apart; a wordless one by what else it holds."""
    return message.role, message.content if message.content.strip() else repr(message.payload)


_ENGINES: WeakKeyDictionary[Any, Turns] = WeakKeyDictionary()
_MAKING = threading.Lock()


def turns_of(engine: Any) -> Turns:
    """Return the turns of a `MemoryEngine`: the same for every surface."""
    with _MAKING:
        found = _ENGINES.get(engine)
        if found is None:
            found = _ENGINES[engine] = Turns()
        return found
