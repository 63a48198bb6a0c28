"""Which message each memory was drawn from: two records of one piece of evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.recall.filters import MEMORY, MESSAGE, Mask

Places = NDArray[np.intp]
Floats = NDArray[np.float32]


class Rows(Protocol):
    """The rows that are searched, as arrays."""

    @property
    def size(self) -> int: ...
    @property
    def layer(self) -> NDArray[np.int8]: ...
    @property
    def revision(self) -> NDArray[np.int32]: ...


class History(Protocol):
    """What a user's rows are and how they follow each other, newer ones than `Rows` included."""

    def id(self, number: int, /) -> str: ...
    def session(self, number: int, /) -> str | None: ...
    def revisions(self, identity: Any, /) -> list[int]: ...


def _none() -> Places:
    return np.empty(0, np.intp)


@dataclass(frozen=True, slots=True)
class Origins:
    """Pairs of rows: a memory, and the newest revision of the last message it was drawn from.

    A memory has at most one pair, a message may be in several. A memory that names no message of
    its own session has none.
    """

    seen: int = 0
    """How many rows were looked at."""
    memories: Places = field(default_factory=_none)
    messages: Places = field(default_factory=_none)

    def grown(
        self, rows: Rows, history: History, drawn_from: Callable[[int], tuple[str, ...]]
    ) -> Origins:
        """Return these and those of the rows added since; readers of these are not disturbed.

        Args:
            rows: all rows.
            history: what they are.
            drawn_from: gives the ids of a memory's messages; asked once for each row.
        """
        new = np.arange(self.seen, rows.size)
        pairs = [
            (memory, message)
            for memory in new[rows.layer[self.seen :] == MEMORY].tolist()
            if (message := _message(memory, rows.size, history, drawn_from(memory))) is not None
        ]
        added = np.array(pairs, np.intp).reshape(-1, 2)
        messages = np.concatenate((self.messages, added[:, 1]))
        edited = (rows.layer[self.seen :] == MESSAGE) & (rows.revision[self.seen :] > 1)
        for row in new[edited].tolist() if len(self.messages) else ():
            messages[np.isin(messages, _earlier(row, history))] = row
        return Origins(rows.size, np.concatenate((self.memories, added[:, 0])), messages)

    def before(self, size: int) -> Origins:
        """Return the pairs among the first rows, for who still sees no more than these."""
        both = (self.memories < size) & (self.messages < size)
        return Origins(min(self.seen, size), self.memories[both], self.messages[both])

    def within(self, eligible: Mask | None) -> Origins:
        """Return the pairs of which both rows may be returned."""
        if eligible is None or not len(self.memories):
            return self
        both = eligible[self.memories] & eligible[self.messages]
        return Origins(self.seen, self.memories[both], self.messages[both])

    def memories_of(self, message: int) -> list[int]:
        """Return the memories drawn from a message."""
        return self.memories[self.messages == message].tolist()

    def message_of(self, memory: int) -> int | None:
        """Return the message a memory was drawn from."""
        found = self.messages[self.memories == memory]
        return int(found[0]) if len(found) else None

    def lent(self, sign: Floats) -> Floats:
        """Return a sign of all rows, for a message the highest of its own and its memories'."""
        lent = sign.copy()
        np.maximum.at(lent, self.messages, sign[self.memories])
        return lent


def _message(memory: int, size: int, history: History, ids: tuple[str, ...]) -> int | None:
    session = history.session(memory) or ""
    for message_id in reversed(ids):
        for row in reversed(history.revisions(("message", session, message_id))):
            if row < size:
                return row
    return None


def _earlier(row: int, history: History) -> list[int]:
    identity = ("message", history.session(row) or "", history.id(row))
    return [revision for revision in history.revisions(identity) if revision < row]


APART = Origins()
"""No memory was drawn from a message."""
