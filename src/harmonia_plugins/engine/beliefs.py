"""What is believed of one user while messages are learned from.

The store's memories, and on top of them what has been decided so far.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.model import Change, Memory
from harmonia_plugins.recall.filters import MEMORY
from harmonia_plugins.store.codec import memory_at, owned, to_memory
from harmonia_plugins.store.learned import Embedded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.resident import Resident

_NEAREST = 48
"""Memories a statement is compared with, by meaning; those of its slot come on top."""

_SAME_SLOT = 2_000
"""Active memories up to which those of the same slot are looked for one by one."""


class Beliefs:
    """The active memories of a user, found by meaning and by slot."""

    def __init__(self, core: Core, resident: Resident, draft: Draft | None = None) -> None:
        """Take a user's rows; under the write lock also what the same commit changes already."""
        self._core = core
        self._resident = resident
        view = resident.view()
        active = view.current & (view.layer == MEMORY)
        active &= view.status == resident.statuses.get("active")
        self._numbers = np.flatnonzero(active)
        self._matrix = view.vectors[self._numbers]
        # What was seen, not what `resident` has taken in since. Forgetting loads a user anew.
        seen = int(view.seq[-1]) if view.size else 0
        self.position = None if draft is not None else max(seen, resident.epoch)
        self._decided: dict[str, Memory] = {}
        self._vectors: dict[str, Any] = {}
        for row in [] if draft is None else draft.staged("memory"):
            self._decided[row.id] = to_memory(row)
            if row.vector is not None:
                self._vectors[row.text] = row.vector

    def recent(self, count: int) -> Sequence[Memory]:
        """Return the active memories recorded last, oldest first."""
        stored = [memory_at(self._resident, number) for number in self._numbers[-count:].tolist()]
        kept = [memory for memory in stored if memory.id not in self._decided]
        return [*map(owned, kept), *self._active()][-count:]

    def related(self, texts: Sequence[str], count: int) -> Sequence[Memory]:
        """Return the active memories most like any of the texts, best first."""
        if not texts or not self._numbers.size:
            return []
        vectors = self._core.vectors(self._resident, list(texts))
        best: NDArray[np.float32] = np.max(self._matrix @ np.asarray(vectors).T, axis=1)
        places: list[int] = np.argsort(-best, kind="stable")[:count].tolist()
        found = [memory_at(self._resident, int(self._numbers[place])) for place in places]
        return [owned(memory) for memory in found if memory.id not in self._decided]

    def prepare(self, contents: Sequence[str]) -> None:
        """Embed what has no vector yet, in one run of the model."""
        new = [content for content in dict.fromkeys(contents) if content not in self._vectors]
        for content, vector in zip(new, self._core.vectors(self._resident, new), strict=True):
            self._vectors[content] = vector

    def near(self, memory: Memory) -> Sequence[tuple[Memory, float]]:
        """Return the active memories most like one, each with its cosine, best first."""
        self.prepare([memory.content])
        vector = self._vectors[memory.content]
        cosines = self._matrix @ vector
        places = set(np.argsort(-cosines)[:_NEAREST].tolist())
        if memory.subject and len(self._numbers) <= _SAME_SLOT:
            places |= {
                place
                for place, number in enumerate(self._numbers.tolist())
                if _same_slot(memory_at(self._resident, number), memory)
            }
        found = [
            (memory_at(self._resident, int(self._numbers[place])), float(cosines[place]))
            for place in places
        ]
        found = [(known, cosine) for known, cosine in found if known.id not in self._decided]
        self.prepare([known.content for known in self._active()])
        found += [(known, float(self._vectors[known.content] @ vector)) for known in self._active()]
        return sorted(found, key=lambda pair: (-pair[1], pair[0].id))

    def apply(self, changes: Sequence[Change]) -> None:
        """Believe what the changes say."""
        for change in changes:
            if change.after is not None and change.kind != "skipped":
                self._decided[change.after.id] = change.after

    def embedded(self, content: str) -> Embedded:
        """Return what is stored beside a content so that it can be found."""
        self.prepare([content])
        return Embedded(self._vectors[content], self._core.terms(content))

    def drawn_from(self, session_id: str, message_id: str) -> list[Memory]:
        """Return the active memories that rest on one message alone."""
        stored = [memory_at(self._resident, number) for number in self._numbers.tolist()]
        return [
            memory
            for memory in stored
            if memory.message_ids == (message_id,)
            and memory.session_id == session_id
            and memory.id not in self._decided
        ]

    def _active(self) -> list[Memory]:
        return [memory for memory in self._decided.values() if memory.status == "active"]


def _same_slot(one: Memory, other: Memory) -> bool:
    if not one.subject or not other.subject:
        return False
    return (one.subject.casefold(), one.attribute) == (other.subject.casefold(), other.attribute)
