"""Which hits are outdated, what corrects them, and the order of hits that follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.recall.channels import Found
from harmonia_plugins.recall.filters import MEMORY, MESSAGE, Filter, Filterable, Mask
from harmonia_plugins.recall.origins import Origins

READ_OTHERWISE = "no longer drawn from its message"
"""Why a memory is retracted whose message was edited or read anew: nobody contradicted it."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A revision by which a memory is over.

    `by` is the id of the memory that took its place, None where it was taken back; `sources` are
    the messages of `session` ("" for none) that the memory was drawn from.
    """

    row: int
    by: str | None
    session: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Endings:
    """The endings of a user's memories, by their rows and by the messages they rest on."""

    seen: int = 0
    """How many rows of inactive memories were looked at."""
    by_row: Mapping[int, Ending] = field(default_factory=dict[int, Ending])
    by_source: Mapping[str, tuple[Ending, ...]] = field(
        default_factory=dict[str, tuple[Ending, ...]]
    )

    def grown(self, new: Iterable[Ending], seen: int) -> Endings:
        """Return these and newer ones; readers of these are not disturbed."""
        by_row, by_source = dict(self.by_row), dict(self.by_source)
        for ending in new:
            by_row[ending.row] = ending
            for source in ending.sources:
                by_source[source] = (*by_source.get(source, ()), ending)
        return Endings(seen, by_row, by_source)


@dataclass(frozen=True, slots=True)
class Memo:
    """What was found out about the same rows when the present was asked about."""

    over: dict[int, list[Ending]] = field(default_factory=dict[int, list[Ending]])
    """The endings that outdate each message that was a hit."""
    ends: dict[str, int | None] = field(default_factory=dict[str, "int | None"])
    """Where the way from each memory through its successors ends, as far as it was followed."""


class Rows(Filterable, Protocol):
    """The rows that are searched, as arrays."""

    @property
    def size(self) -> int: ...
    @property
    def current(self) -> NDArray[np.bool_]: ...


class History(Protocol):
    """What a user's rows are and how they follow each other, newer ones than `Rows` included."""

    def id(self, number: int, /) -> str: ...
    def text(self, number: int, /) -> str: ...
    def session(self, number: int, /) -> str | None: ...
    def latest(self, identity: Any, /) -> int | None: ...
    def revisions(self, identity: Any, /) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Staleness:
    """Tells of rows whether they are outdated at the moment that is asked about.

    `sessions` are the names of all sessions; `drawn_from` gives a memory's session and messages.
    `withdrawn` is the status of what was taken back. That never was true, so it is over at every
    `as_of`; only `known_at` shows it as it was believed.
    """

    endings: Endings
    rows: Rows
    history: History
    sessions: Sequence[str]
    drawn_from: Callable[[int], tuple[str, tuple[str, ...]]]
    wanted: Filter
    withdrawn: int
    memo: Memo

    def corrections(self, row: int) -> list[int] | None:
        """Return the memories that correct a row, the latest first; None if it is not outdated."""
        if self.rows.layer[row] == MEMORY:
            ending = self.endings.by_row.get(row)
            over = [] if ending is None or not self._over(row) else [ending]
        else:
            over = self._ended(row)
        if not over:
            return None
        found = (self._successor(ending) for ending in reversed(over))
        return list(dict.fromkeys(row for row in found if row is not None))

    def outdated(self, message: int) -> list[int]:
        """Return what a message said that is over, and what corrects that; [] for a memory."""
        if self.rows.layer[message] != MESSAGE:
            return []
        corrections = self.corrections(message) or []
        return [*(ending.row for ending in self._ended(message)), *corrections]

    def _ended(self, message: int) -> list[Ending]:
        known = self.memo.over.get(message)
        over = self._contradicting(message) if known is None else known
        self.memo.over[message] = over
        return over

    def messages_of(self, rows: Iterable[int]) -> dict[str, list[int]]:
        """Return which of some rows are messages, by their ids."""
        found: dict[str, list[int]] = {}
        for row in rows:
            if self.rows.layer[row] == MESSAGE:
                found.setdefault(self.history.id(row), []).append(row)
        return found

    def sources(self, memory: int, messages: Mapping[str, Sequence[int]]) -> list[int]:
        """Return which of some messages a memory was drawn from."""
        session, ids = self.drawn_from(memory)
        return [
            row
            for message_id in ids
            for row in messages.get(message_id, ())
            if self._is_from(session, self.history.session(row) or "", message_id)
        ]

    def _is_from(self, memory_session: str, session: str, message_id: str) -> bool:
        """Tell whether a memory's message of this id is the one of this session.

        A memory has one session, though another one may repeat it: what no log but one holds is
        meant wherever it is.
        """
        if memory_session == session:
            return True
        holders = [name for name in self.sessions if self._in_log(name, message_id)]
        return holders == [session]

    def _in_log(self, session: str, message_id: str) -> bool:
        return self.history.latest(("message", session, message_id)) is not None

    def _contradicting(self, row: int) -> list[Ending]:
        """Return the endings of memories drawn from what a message says now."""
        message_id = self.history.id(row)
        known = self.endings.by_source.get(message_id)
        if known is None:
            return []
        session = self.history.session(row) or ""
        over = [
            ending
            for ending in known
            if self._held(ending.row)
            and self._over(ending.row)
            and self._is_from(ending.session, session, message_id)
        ]
        if not over:
            return []
        worded = self._worded(row, session, message_id)
        return [
            ending
            for ending in over
            if ending.row > worded and not self._reworded(ending, row, worded)
        ]

    def _reworded(self, ending: Ending, row: int, worded: int) -> bool:
        """Tell whether a memory of a message's earlier text gave way to one of its new text."""
        message_id = self.history.id(row)
        session = self.history.session(row) or ""
        said_first = self.history.revisions(("message", session, message_id))[0]
        born = self.history.revisions(("memory", "", self.history.id(ending.row)))[0]
        if ending.by is None or not said_first < born < worded:
            return False
        successor = self._believed(ending.by)
        return successor is not None and row in self.sources(successor, {message_id: [row]})

    def _worded(self, row: int, session: str, message_id: str) -> int:
        """Return the revision that gave a message the text it has."""
        text, first = self.history.text(row), row
        for earlier in reversed(self.history.revisions(("message", session, message_id))):
            if earlier < row:
                if self.history.text(earlier) != text:
                    break
                first = earlier
        return first

    def _successor(self, ending: Ending) -> int | None:
        """Return the memory that is believed in place of one that is over, if any is."""
        row = None if ending.by is None else self._end(ending.by)
        return row if row is not None and self._true(row) else None

    def _end(self, memory_id: str) -> int | None:
        """Follow what took each other's place to the last of them; a circle has none."""
        passed: dict[str, None] = {}
        next_id, end = memory_id, None
        while next_id is not None and next_id not in passed:
            if next_id in self.memo.ends:
                end = self.memo.ends[next_id]
                break
            passed[next_id] = None
            row = self._believed(next_id)
            ending = None if row is None else self.endings.by_row.get(row)
            if ending is None or not self._over(ending.row):
                end = row
                break
            next_id = ending.by
        self.memo.ends.update(dict.fromkeys(passed, end))
        return end

    def _believed(self, memory_id: str) -> int | None:
        """Return the revision of a memory that is, or at `known_at` was, the newest."""
        revisions = self.history.revisions(("memory", "", memory_id))
        return next((row for row in reversed(revisions) if self._held(row)), None)

    def _held(self, row: int) -> bool:
        if row >= self.rows.size:  # stored after the rows that are searched
            return False
        known_at = self.wanted.known_at
        if known_at is None:
            return bool(self.rows.current[row])
        return bool(self.rows.recorded_at[row] <= known_at < self.rows.until[row])

    def _over(self, row: int) -> bool:
        """Tell whether an ending has come at the moment that is asked about."""
        return self.wanted.as_of is None or over(self.rows, row, self.wanted, self.withdrawn)

    def _true(self, row: int) -> bool:
        if int(self.rows.status[row]) in self.wanted.outside:
            return False
        if over(self.rows, row, self.wanted, self.withdrawn):
            return False
        as_of = self.wanted.as_of
        return as_of is None or bool(self.rows.valid_from[row] <= as_of)


def over(rows: Filterable, row: int, wanted: Filter, withdrawn: int) -> bool:
    """Tell whether a memory is not true at the moment that is asked about, or was taken back."""
    status = int(rows.status[row])
    if status == withdrawn or (wanted.as_of is None and status in wanted.hidden):
        return True
    return bool(rows.valid_to[row] <= (wanted.now if wanted.as_of is None else wanted.as_of))


def settled(
    hits: Sequence[Found],
    staleness: Staleness,
    eligible: Mask | None,
    k: int,
    closeness: Callable[[int], float],
    origins: Origins,
) -> tuple[list[Found], dict[int, int | None]]:
    """Return at most k hits, none before what corrects it, and which rows are outdated.

    The memory that corrects an outdated hit is put in where it was no hit but is eligible: in
    every mode, for a belief that is over must not come back as if it were true. Of the messages
    it was drawn from, those that are hits stand before the outdated hit too; the one of its
    `origins` makes room for it. An outdated message whose part asked about still holds makes room
    for the memory that says so.

    Args:
        hits: what was found, best first.
        staleness: what tells which hits are outdated.
        eligible: which rows may be returned; None where all may.
        k: the most hits to return.
        closeness: how close a row is to the query; among several corrections it decides.
        origins: the pairs of a message and a memory that take one place.

    Returns:
        The hits, and for each outdated one the row of what corrects it, None if nothing does.
    """
    hits = _still_true(hits, staleness, origins, closeness)
    corrected = {
        hit.row: corrections
        for hit in hits
        if (corrections := staleness.corrections(hit.row)) is not None
    }
    if not corrected:
        return list(hits), {}
    best = {row: max(found, key=closeness, default=None) for row, found in corrected.items()}
    hits = _told_by_corrections(hits, best, origins)
    present = {hit.row for hit in hits}
    messages = staleness.messages_of(present)
    sources = {
        memory: staleness.sources(memory, messages)
        for memory in {memory for found in corrected.values() for memory in found}
    }
    before: dict[int, list[int]] = {}
    for row, corrections in corrected.items():
        before[row] = [
            memory
            for memory in corrections
            if memory in present or (memory == best[row] and (eligible is None or eligible[memory]))
        ]
        for memory in corrections:
            before[row] += [source for source in sources[memory] if source != row]
    return arranged(hits, before, k), best


def _still_true(
    hits: Sequence[Found],
    staleness: Staleness,
    origins: Origins,
    closeness: Callable[[int], float],
) -> list[Found]:
    """Show of an outdated message the memory that holds, if what is asked is nearer to that."""
    instead: dict[int, int] = {}
    better = set[int]()
    for hit in hits if len(origins.memories) else ():
        better.add(hit.row)
        outdated = staleness.outdated(hit.row)
        memories = origins.memories_of(hit.row) if outdated else []
        if memories:
            best = max(memories, key=closeness)
            if best not in better and closeness(best) > max(map(closeness, outdated)):
                instead[hit.row] = best
    return _exchanged(hits, instead)


def _told_by_corrections(
    hits: Sequence[Found], best: Mapping[int, int | None], origins: Origins
) -> list[Found]:
    """Show a correction that was no hit in place of the message it was drawn from, if that is."""
    present = {hit.row for hit in hits}
    instead: dict[int, int] = {}
    for memory in dict.fromkeys(best.values()):
        message = None if memory is None or memory in present else origins.message_of(memory)
        if memory is not None and message in present and message not in best:
            instead[message] = memory
    return _exchanged(hits, instead)


def _exchanged(hits: Sequence[Found], instead: Mapping[int, int]) -> list[Found]:
    """Return hits with other rows in some places; a row that is a hit itself changes places."""
    if not instead:
        return list(hits)
    known = {hit.row: hit.channels for hit in hits}
    other = {new: old for old, new in instead.items()} | dict(instead)
    rows = (other.get(hit.row, hit.row) for hit in hits)
    return [Found(row, hit.score, known.get(row, {})) for row, hit in zip(rows, hits, strict=True)]


def arranged(hits: Sequence[Found], before: Mapping[int, Sequence[int]], k: int) -> list[Found]:
    """Return at most k hits, each behind the rows that must stand before it.

    A row that was no hit is put in, found by no channel. What moves up takes the score of what
    it moves before, so that scores still fall. Where two rows must stand before each other, the
    better hit gives way.
    """
    known = {hit.row: hit for hit in hits}
    order = _ordered([hit.row for hit in hits], before)
    score, placed = 0.0, list[Found]()
    for row in reversed(order):
        hit = known.get(row)
        score = score if hit is None else max(score, hit.score)
        placed.append(Found(row, score, {} if hit is None else hit.channels))
    return placed[::-1][:k]


def _ordered(rows: Iterable[int], before: Mapping[int, Sequence[int]]) -> list[int]:
    """Return rows in their order, each directly behind what must stand before it."""
    order, opened, done = list[int](), set[int](), set[int]()
    for start in rows:
        waiting = [start]
        while waiting:
            row = waiting[-1]
            if row not in opened:
                opened.add(row)
                waiting += [first for first in reversed(before.get(row, ())) if first not in opened]
                continue
            waiting.pop()
            if row not in done:
                done.add(row)
                order.append(row)
    return order
