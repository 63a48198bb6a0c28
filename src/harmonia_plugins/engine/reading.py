"""The verbs that only look: recall, context, and what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from harmonia_plugins.engine.core import Core
from harmonia_plugins.engine.search import check_layers, filter_for, find, wanted_metadata
from harmonia_plugins.engine.shown import besides, check_exclude
from harmonia_plugins.errors import InvalidInputError, NotFoundError
from harmonia_plugins.model import (
    FieldChange,
    Layer,
    Memory,
    MemoryStatus,
    MemoryType,
    Message,
    MessageStatus,
    Mode,
    Page,
    Recall,
    Revision,
    Session,
)
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.recall.filters import Filter
    from harmonia_plugins.store.resident import Resident

MemoryOrder = Literal["recorded_at", "occurred_at", "importance", "confidence", "content"]
_STATUSES = ("active", "superseded", "retracted", "archived", "quarantined")
_MODES = ("hybrid", "keyword", "phrase", "prefix")


class Reading:
    """Finding messages and memories."""

    _core: Core

    def recall(
        self,
        query: str,
        *,
        user_id: str,
        k: int = 10,
        layers: Sequence[Layer] = ("memory", "message"),
        mode: Mode = "hybrid",
        types: Iterable[MemoryType | str] | None = None,
        session_id: str | None = None,
        tags: Iterable[str] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        min_confidence: float | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        include_superseded: bool = False,
        metadata: Mapping[str, Any] | None = None,
        exclude: Mapping[str, Iterable[str]] | None = None,
        timeout: float | None = 5.0,
    ) -> list[Recall]:
        """Return what of a user's memory answers a query, best first.

        Every write acknowledged before the call, in any process, is considered.

        Args:
            query: plain text; nothing in it is syntax.
            user_id: whose memory is searched.
            k: the most hits to return, 1 to 10 000.
            layers: any of `memory`, `message` and `item`.
            mode: `hybrid` by meaning and words; `keyword` by words alone; `phrase` for the exact
                words one after another; `prefix` for words that begin like the query's.
            types: only memories of these types (leaves messages out, as do the next two).
            session_id: only what belongs to this session.
            tags: only memories with at least one of these tags.
            since: only what happened at or after this moment.
            until: only what happened before this moment.
            min_confidence: only memories at least this sure.
            as_of: what was true then (messages: said by then).
            known_at: what had been stored then.
            include_superseded: also memories that are no longer true, marked `stale`.
            metadata: only what has these metadata values.
            exclude: messages that a prompt shows already, as ids by session (`{"monday": ["m1"]}`):
                neither they are considered nor what was learned from them alone.
            timeout: seconds until `QueryTimeoutError`; None waits.

        Raises:
            InvalidInputError: a value is unusable.
            QueryTimeoutError: the embedder or the disk took too long.
            ProviderError: the embedder failed.
        """
        from harmonia_plugins.recall.deadline import Deadline

        core, given = self._core, {
            "types": types, "session_id": session_id, "tags": tags, "since": since,
            "until": until, "min_confidence": min_confidence, "as_of": as_of,
            "known_at": known_at, "include_superseded": include_superseded, "metadata": metadata,
        }  # fmt: skip
        with core.measured("recall"):
            deadline = Deadline(timeout)
            user = intake.check_user(user_id)
            text = intake.check_statement(query, "query")
            intake.check_k(k)
            chosen = check_layers(layers, types=types, tags=tags, min_confidence=min_confidence)
            intake.check_choice(mode, _MODES, "mode")
            shown = check_exclude(exclude)
            hits: list[Recall] = []
            for collection, part in (
                (self._core.store.records, chosen - {"item"}),
                (self._core.store.items, chosen & {"item"}),
            ):
                if not part:
                    continue
                resident = collection.cached(user)
                if resident is None:
                    resident = deadline.run(
                        lambda collection=collection: collection.resident(user),
                        "reading the store",
                    )
                wanted = filter_for(core, resident, part, given)
                hits += find(
                    core, resident, text, mode, wanted, k, deadline, besides(resident, shown)
                )
            if "item" in chosen and len(chosen) > 1:
                hits.sort(key=lambda hit: -hit.score)
            return hits[:k]

    def recall_many(
        self, queries: Iterable[str], *, user_id: str, **options: Any
    ) -> list[list[Recall]]:
        """Return `recall` for each query, embedding all queries in one run of the model.

        Args:
            queries: plain texts.
            user_id: whose memory is searched.
            options: as for `recall`; `timeout` bounds the whole call.
        """
        from harmonia_plugins.recall.deadline import Deadline
        from harmonia_plugins.recall.query import read_query

        with self._core.measured("recall_many"):
            user = intake.check_user(user_id)
            texts = [
                intake.check_statement(q, "query") for q in intake.check_several(queries, "queries")
            ]
            intake.check_k(options.get("k", 10))
            timeout = options.pop("timeout", 5.0)
            deadline = Deadline(timeout)
            if options.get("mode", "hybrid") == "hybrid" and texts:
                resident = deadline.run(
                    lambda: self._core.store.records.resident(user), "reading the store"
                )
                spoken = [read_query(text, resident.speakers.names).dense_text for text in texts]
                deadline.run(lambda: self._core.embedder.embed(spoken), "embedding the queries")
        return [
            self.recall(text, user_id=user_id, timeout=deadline.left(), **options) for text in texts
        ]

    def context(
        self,
        query: str,
        *,
        user_id: str,
        token_budget: int,
        token_counter: Callable[[str], int] | None = None,
        **options: Any,
    ) -> str:
        """Return recalled text for a prompt: fenced as data, oldest first, within a budget.

        The same hits give the same bytes. Empty when nothing fits or nothing is known.

        Args:
            query: what the prompt is about.
            user_id: whose memory is searched.
            token_budget: the most tokens of the result, fence included.
            token_counter: counts a text's tokens; default: a third of its UTF-8 bytes, which is
                more than common models count for English.
            options: as for `recall`; `k` is 20 unless given.
        """
        from harmonia_plugins.recall.context import context_block, default_token_counter

        if isinstance(token_budget, bool) or not isinstance(token_budget, int) or token_budget < 1:
            raise InvalidInputError(
                f"token_budget must be a whole number above 0, not {token_budget!r}"
            )
        options.setdefault("k", 20)
        hits = self.recall(query, user_id=user_id, **options)
        return context_block(hits, token_budget, token_counter or default_token_counter)

    # -- memories -----------------------------------------------------------------------------

    def get(self, id: str, *, user_id: str) -> Memory | None:
        """Return a memory's newest revision, whatever its status, or None."""
        from harmonia_plugins.store.codec import memory_at, owned
        from harmonia_plugins.store.memories import memory_identity

        with self._core.measured("get"):
            resident = self._core.store.records.resident(intake.check_user(user_id))
            number = resident.latest(memory_identity(intake.check_id(id)))
            return None if number is None else owned(memory_at(resident, number))

    def memories(
        self,
        *,
        user_id: str,
        types: Iterable[MemoryType | str] | None = None,
        tags: Iterable[str] | None = None,
        categories: Iterable[str] | None = None,
        session_id: str | None = None,
        status: MemoryStatus | None = "active",
        since: datetime | None = None,
        until: datetime | None = None,
        min_confidence: float | None = None,
        metadata: Mapping[str, Any] | None = None,
        sort: MemoryOrder = "recorded_at",
        descending: bool = True,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Memory]:
        """Return a page of memories, newest first unless asked otherwise.

        Args:
            user_id: whose memories.
            types: only these types.
            tags: only with at least one of these tags.
            categories: only in one of these categories or below it (`work` holds `work/projects`).
            session_id: only of this session.
            status: only with this status; None for all.
            since: only what happened (`occurred_at`, else `valid_from`) at or after this.
            until: only what happened before this.
            min_confidence: only at least this sure.
            metadata: only with these metadata values.
            sort: the field to order by; memories without it come last.
            descending: largest or newest first.
            limit: the most to return, 1 to 10 000.
            cursor: `next_cursor` of the page before.
        """
        from harmonia_plugins.recall.listing import paged
        from harmonia_plugins.store.codec import memory_at, owned

        with self._core.measured("memories"):
            resident = self._core.store.records.resident(intake.check_user(user_id))
            intake.check_k(limit, "limit")
            if status is not None:
                intake.check_choice(status, _STATUSES, "status")
            intake.check_choice(sort, MemoryOrder.__args__, "sort")  # type: ignore[attr-defined]
            wanted = filter_for(self._core, resident, frozenset({"memory"}), {
                "types": types, "session_id": session_id, "since": since, "until": until,
                "min_confidence": min_confidence, "include_superseded": True,
            })  # fmt: skip
            rows = _listed(resident, wanted, status)
            tag_names = None if tags is None else set(intake.check_names(tags, "tags"))
            paths = None if categories is None else intake.check_names(categories, "categories")
            values = wanted_metadata(metadata)
            found = [
                memory
                for memory in (memory_at(resident, row) for row in rows)
                if (tag_names is None or tag_names & set(memory.tags))
                and (paths is None or _below(memory.categories, paths))
                and all(_holds(memory.metadata, name, value) for name, value in values.items())
            ]
            page = paged(found, limit, cursor, by=sort, descending=descending)
            return replace(page, entries=tuple(owned(memory) for memory in page))

    def history(self, id: str, *, user_id: str) -> list[Revision]:
        """Return all revisions of a memory, oldest first, each with what caused it.

        Raises:
            NotFoundError: this user has no such memory.
        """
        from harmonia_plugins.store.codec import to_revision
        from harmonia_plugins.store.memories import memory_identity

        with self._core.measured("history"):
            resident = self._core.store.records.resident(intake.check_user(user_id))
            numbers = resident.revisions(memory_identity(intake.check_id(id)))
            if not numbers:
                raise NotFoundError(f"this user has no memory {id!r}")
            rows = [resident.row(number) for number in numbers]
            ends = [row.recorded_at for row in rows[1:]] + [None]
            return [to_revision(row, end) for row, end in zip(rows, ends, strict=True)]

    def diff(
        self,
        id: str,
        *,
        user_id: str,
        old: int | None = None,
        new: int | None = None,
    ) -> tuple[FieldChange, ...]:
        """Return the fields that differ between two revisions of a memory.

        Args:
            id: the memory.
            user_id: whose memory it is.
            old: a revision number; default: the one before `new`.
            new: a revision number; default: the newest.

        Raises:
            NotFoundError: this user has no such memory.
            InvalidInputError: the memory has no such revision.
        """
        revisions = self.history(id, user_id=user_id)
        for number in (old, new):
            known = number is None or (type(number) is int and 1 <= number <= len(revisions))
            if not known:  # True is equal to 1, and no number of a revision
                raise InvalidInputError(
                    f"memory {id!r} has revisions 1 to {len(revisions)}, not {number!r}"
                )
        new = len(revisions) if new is None else new
        old = max(1, new - 1) if old is None else old
        before, after = revisions[old - 1].memory, revisions[new - 1].memory
        return tuple(
            FieldChange(field.name, getattr(before, field.name), getattr(after, field.name))
            for field in fields(Memory)
            if field.name not in {"revision", "recorded_at", "superseded_at"}
            and getattr(before, field.name) != getattr(after, field.name)
        )

    def changes(
        self, *, user_id: str, after: str | None = None, limit: int = 1000
    ) -> Page[Revision]:
        """Return what changed in a user's memories, oldest first; poll with `next_cursor`.

        Args:
            user_id: whose memories.
            after: `next_cursor` of an earlier call; None from the beginning.
            limit: the most revisions to return.

        Returns:
            A page whose `next_cursor` is always set: pass it as `after` to see what came later.
        """
        from harmonia_plugins.recall.listing import read_place
        from harmonia_plugins.store.codec import to_revision

        with self._core.measured("changes"):
            resident = self._core.store.records.resident(intake.check_user(user_id))
            start = 0 if after is None else read_place(after)
            numbers = resident.memory_rows(after=start)[: intake.check_k(limit, "limit")]
            rows = [resident.row(number) for number in numbers]
            end = rows[-1].seq if rows else start
            return Page(tuple(to_revision(row) for row in rows), str(end))

    # -- messages -----------------------------------------------------------------------------

    def messages(
        self, *, user_id: str, session_id: str = "default", status: MessageStatus | None = None
    ) -> list[Message]:
        """Return a session's log in order, each message as it is now.

        Args:
            user_id: whose log.
            session_id: the session.
            status: only `active` or only `archived` messages; None for both.
        """
        from harmonia_plugins.store.codec import message_at, owned

        with self._core.measured("messages"):
            resident = self._core.store.records.resident(intake.check_user(user_id))
            numbers = resident.log(intake.check_session(session_id))
            if status is not None:
                intake.check_choice(status, ("active", "archived"), "status")
                code, view = resident.statuses.get(status), resident.view()
                numbers = [number for number in numbers if view.status[number] == code]
            return [owned(message_at(resident, number)) for number in numbers]

    def sessions(self, *, user_id: str) -> list[Session]:
        """Return a user's sessions that hold messages, in the order they began."""
        from harmonia_plugins.store.rows import from_micros

        with self._core.measured("sessions"):
            resident = self._core.store.records.resident(intake.check_user(user_id))
            view = resident.view()
            found = [
                Session(
                    id=name,
                    messages=len(rows),
                    started_at=from_micros(int(view.time[rows].min())),
                    last_at=from_micros(int(view.time[rows].max())),
                )
                for name in resident.sessions.names
                if (rows := resident.log(name))
            ]
            return sorted(found, key=lambda session: session.started_at)


def _listed(resident: Resident, wanted: Filter, status: MemoryStatus | None) -> list[int]:
    import numpy as np

    from harmonia_plugins.recall.filters import MEMORY, listed

    view = resident.view()
    mask = listed(view, wanted) & (view.layer == MEMORY) & view.current
    if status is not None:
        mask &= view.status == resident.statuses.get(status)
    return np.flatnonzero(mask).tolist()


def _holds(metadata: Mapping[str, Any], name: str, value: Any) -> bool:
    """Tell whether metadata has a value; a missing name is not the value None."""
    return name in metadata and metadata[name] == value


def _below(categories: Iterable[str], wanted: Iterable[str]) -> bool:
    paths = tuple(wanted)
    return any(
        category == path or category.startswith(f"{path}/")
        for category in categories
        for path in paths
    )
