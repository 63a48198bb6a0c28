"""JSON items under namespaces: the part of the store that frameworks keep their own values in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from harmonia_plugins.engine.item_filter import Test, read_filter
from harmonia_plugins.engine.item_paths import indexed_text
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Item
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.resident import Resident, View
    from harmonia_plugins.store.rows import Row

Namespace = tuple[str, ...]

_RENEWED = 100
"""A read renews an item once this part of its time to live has passed: reads seldom write."""


@dataclass(frozen=True, slots=True)
class Put:
    """Store a value; `ttl` is in seconds, `index` the paths whose text is searched (None: all).

    `created_at` and `updated_at` are for values that were stored elsewhere before; the default is
    when they are stored here.
    """

    namespace: Namespace
    key: str
    value: Mapping[str, Any]
    ttl: float | None = None
    index: Sequence[str] | bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a value; an unknown key is no error. With `expired_by`, only one that has expired."""

    namespace: Namespace
    key: str
    expired_by: datetime | None = None


class ItemStore:
    """The items of one user; get it from `MemoryEngine.items`."""

    def __init__(self, core: Core, user_id: str) -> None:
        self._core = core
        self.user_id = user_id

    def put(
        self,
        namespace: Iterable[str],
        key: str,
        value: Mapping[str, Any],
        *,
        ttl: float | None = None,
        index: Sequence[str] | bool | None = None,
    ) -> None:
        """Store a JSON value under a namespace and key, replacing the one that was there.

        Args:
            namespace: names from the outside in, such as `("notes", "work")`.
            key: unique within the namespace.
            value: a JSON object.
            ttl: seconds after which it is gone; None keeps it.
            index: paths whose text is searched, such as `"title"`, `"body.text"`, `"log[-1]"` or
                `"lines[*].text"`; None takes all text, False none.
        """
        self.batch([Put(_namespace(namespace), key, value, ttl, index)])

    def delete(self, namespace: Iterable[str], key: str) -> None:
        """Remove a value; an unknown key is no error."""
        self.batch([Delete(_namespace(namespace), key)])

    def batch(self, changes: Iterable[Put | Delete]) -> None:
        """Make several changes in one commit; of several for one key the last wins."""
        with self._core.measured("items.batch"):
            last: dict[tuple[Namespace, str], Put | Delete] = {}
            for change in changes:
                given: object = change
                if not isinstance(given, (Put, Delete)):
                    raise InvalidInputError(f"a change is a Put or a Delete, not {change!r}")
                space, key = _namespace(change.namespace), intake.check_id(change.key, "key")
                last[space, key] = replace(change, namespace=space)
            if last:
                self._write(list(last.values()))

    def _write(self, changes: list[Put | Delete]) -> None:
        core, now = self._core, self._core.now()
        resident = core.store.items.resident(self.user_id)
        values = [
            intake.check_metadata(change.value, f"the value of {change.key!r}")
            if isinstance(change, Put) else None
            for change in changes
        ]  # fmt: skip
        texts = [
            indexed_text(value, change.index) if isinstance(change, Put) else ""
            for change, value in zip(changes, values, strict=True)
        ]
        times = [_times(change, now) for change in changes]
        vectors = core.vectors(resident, texts)

        def plan(draft: Draft) -> None:
            from harmonia_plugins.store.codec import item_row

            for change, value, text, vector, (created, updated, expiry) in zip(
                changes, values, texts, vectors, times, strict=True
            ):
                name = _name(change.namespace)
                before = draft.latest(("item", name, change.key))
                if isinstance(change, Delete) and _stays(change, before):
                    continue
                draft.add(
                    item_row(
                        change.key, value, user_id=self.user_id, namespace=name, now=updated,
                        expires_at=expiry, before=None if _expired(before, now) else before,
                        created_at=created, text=text, vector=vector, length=core.terms(text),
                    )
                )  # fmt: skip

        core.store.write(self.user_id, plan, items=True)

    def renew(self, keys: Iterable[tuple[Iterable[str], str]]) -> None:
        """Let the times to live of some values begin anew, as reading them does elsewhere.

        What has no time to live, is unknown or has expired stays as it is. So does what was
        renewed within the last hundredth of its time: a value that is read all the time is not
        written all the time.

        Args:
            keys: namespaces and keys.
        """
        with self._core.measured("items.renew"):
            wanted = dict.fromkeys((_namespace(n), intake.check_id(key, "key")) for n, key in keys)
            names = [("item", _name(space), key) for space, key in wanted]
            resident, now = self._core.store.items.resident(self.user_id), self._core.now()
            numbers = [resident.latest(name) for name in names]  # type: ignore[arg-type]
            due = [
                name
                for name, number in zip(names, numbers, strict=True)
                if number is not None and _renewed(resident.row(number), now) is not None
            ]

        def plan(draft: Draft) -> None:
            for name in due:
                before = draft.latest(name)  # type: ignore[arg-type]
                after = None if before is None else _renewed(before, now)
                if after is not None:
                    draft.add(after)

        if due:
            self._core.store.write(self.user_id, plan, items=True)

    def get(self, namespace: Iterable[str], key: str) -> Item | None:
        """Return a value, or None if there is none or its time is over."""
        from harmonia_plugins.store.codec import item_at

        with self._core.measured("items.get"):
            space = _name(_namespace(namespace))
            resident = self._core.store.items.resident(self.user_id)
            number = resident.latest(("item", space, intake.check_id(key, "key")))
            if number is None or not resident.view().current[number]:
                return None
            item = item_at(resident, number)
            return item if _alive(item, self._core.now()) else None

    def search(
        self,
        prefix: Iterable[str] = (),
        *,
        query: str | None = None,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
    ) -> list[Item]:
        """Return items below a namespace, best match or newest first.

        Args:
            prefix: the outer names of the namespace; `()` is everywhere.
            query: plain text to search for by meaning and words; the items found have a `score`.
            filter: wanted values by field, or `{"field": {"$gt": 3}}` with `$eq $ne $gt $gte $lt
                $lte`. A mapping says what the fields of a nested one must be. A missing field
                counts as None, and what is of another type is neither above nor below.
            limit: the most items to return, 1 or more.
            offset: how many to leave out first.
        """
        with self._core.measured("items.search"):
            wanted = _namespace(prefix, empty=True)
            _whole(limit, "limit", least=1)
            _whole(offset, "offset", least=0)
            test = read_filter(filter)
            text = None if query is None else intake.check_statement(query, "query")
            resident = self._core.store.items.resident(self.user_id)
            if text is None:
                found = self._newest(resident, wanted, test)
                return list(islice(found, offset, offset + limit))
            return self._best(resident, text, wanted, test)[offset : offset + limit]

    def _newest(self, resident: Resident, prefix: Namespace, test: Test | None) -> Iterator[Item]:
        """Yield items newest first, equally new ones by name: the same order in any process."""
        from harmonia_plugins.store.codec import item_at

        view = resident.view()
        for row in _by_age(resident, view, self._below(resident, view, prefix)):
            if test is None or test(resident.body(row)):
                yield item_at(resident, row)

    def _best(
        self, resident: Resident, text: str, prefix: Namespace, test: Test | None
    ) -> list[Item]:
        """Return items by how well they match; what the filter leaves out is never ranked."""
        from harmonia_plugins.engine.search import find_items

        def inside(view: View) -> NDArray[np.bool_]:
            mask = self._below(resident, view, prefix)
            if test is not None:
                for row in mask.nonzero()[0].tolist():
                    mask[row] = test(resident.body(row))
            return mask

        hits = find_items(self._core, resident, text, inside)
        return [replace(hit.item, score=hit.score) for hit in hits if hit.item is not None]

    def _below(self, resident: Resident, view: View, prefix: Namespace) -> NDArray[np.bool_]:
        """Return which rows are items below a namespace whose time is not over."""
        import numpy as np

        from harmonia_plugins.store.rows import to_micros

        alive = view.current & (view.valid_to > to_micros(self._core.now()))
        if not prefix:
            return alive
        within = [space[: len(prefix)] == prefix for space in _spaces(resident)]
        return alive & np.array(within, np.bool_)[view.session]

    def namespaces(
        self,
        prefix: Iterable[str] = (),
        *,
        suffix: Iterable[str] = (),
        max_depth: int | None = None,
    ) -> list[Namespace]:
        """Return the namespaces that hold items, sorted; `*` stands for any one name.

        Args:
            prefix: the outer names wanted.
            suffix: the inner names wanted.
            max_depth: cut namespaces to this many names.
        """
        with self._core.measured("items.namespaces"):
            first, last = _namespace(prefix, empty=True), _namespace(suffix, empty=True)
            if max_depth is not None:
                _whole(max_depth, "max_depth", least=1)
            resident = self._core.store.items.resident(self.user_id)
            view = resident.view()
            held: set[int] = set(view.session[self._below(resident, view, ())].tolist())
            chosen = {
                space[:max_depth]
                for code, space in enumerate(_spaces(resident))
                if code in held
                and _like(space[: len(first)], first)
                and _like(space[len(space) - len(last) :], last)
            }
            return sorted(chosen)

    def sweep(self) -> int:
        """Remove items whose time is over; returns how many. Reads leave them out anyway."""
        with self._core.measured("items.sweep"):
            resident, now = self._core.store.items.resident(self.user_id), self._core.now()
            gone = [item for item in _items(resident) if not _alive(item, now)]
        self.batch(Delete(item.namespace, item.key, now) for item in gone)
        return len(gone)


def _stays(change: Delete, before: Row | None) -> bool:
    """Tell whether there is nothing to delete, or what there is was renewed meanwhile."""
    if before is None or before.status == "deleted":
        return True
    return change.expired_by is not None and not _expired(before, change.expired_by)


def _expired(row: Row | None, now: datetime) -> bool:
    from harmonia_plugins.store.rows import to_micros

    return row is not None and row.valid_to is not None and row.valid_to <= to_micros(now)


def _renewed(row: Row, now: datetime) -> Row | None:
    """Return an item's row with its time to live begun anew, or None where that changes nothing.

    An item is valid from when it was last renewed (or else written) until it expires.
    """
    from harmonia_plugins.store.rows import to_micros

    if row.valid_to is None or row.status == "deleted" or _expired(row, now):
        return None
    at, start = to_micros(now), row.recorded_at if row.valid_from is None else row.valid_from
    ttl = row.valid_to - start
    return replace(row, valid_from=at, valid_to=at + ttl) if _RENEWED * (at - start) > ttl else None


def _items(resident: Resident) -> list[Item]:
    from harmonia_plugins.store.codec import item_at

    current = resident.view().current
    return [item_at(resident, n) for _, n in resident.of_kind("item") if current[n]]


def _alive(item: Item, now: datetime) -> bool:
    return item.expires_at is None or item.expires_at > now


def _by_age(resident: Resident, view: View, mask: NDArray[np.bool_]) -> Iterator[int]:
    """Yield rows from the newest to the oldest; only those asked for are sorted by name."""
    rows = mask.nonzero()[0]
    ordered = rows[(-view.recorded_at[rows]).argsort(kind="stable")].tolist()
    for _, equal in groupby(ordered, key=lambda row: int(view.recorded_at[row])):
        yield from sorted(equal, key=lambda row: (resident.session(row) or "", resident.id(row)))


def _spaces(resident: Resident) -> Sequence[Namespace]:
    """Return the namespaces of a user's rows by their numbers, each read once."""
    names = resident.sessions.names
    known: tuple[Namespace, ...] = resident.derived.get("namespaces", ())
    if len(known) < len(names):
        known += tuple(tuple(json.loads(name)) for name in names[len(known) :])
        resident.derived["namespaces"] = known
    return known


def _name(namespace: Namespace) -> str:
    """Return a namespace as it is stored."""
    return json.dumps(namespace, ensure_ascii=False)


def _namespace(names: Iterable[str], *, empty: bool = False) -> Namespace:
    given: object = names
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InvalidInputError(f"a namespace is several names, such as ('notes',), not {names!r}")
    space = tuple(names)
    for name in space:
        intake.check_statement(name, "each name of a namespace")
    if not space and not empty:
        raise InvalidInputError("a namespace needs at least one name, such as ('notes',)")
    return space


def _whole(value: object, what: str, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInputError(f"{what} must be a whole number from {least}, not {value!r}")


def _times(
    change: Put | Delete, now: datetime
) -> tuple[datetime | None, datetime, datetime | None]:
    """Return when a value was created, if told, when it was updated, and when it expires."""
    if isinstance(change, Delete):
        return None, now, None
    created = None if change.created_at is None else intake.to_utc(change.created_at, "created_at")
    updated = now if change.updated_at is None else intake.to_utc(change.updated_at, "updated_at")
    return created, updated, _expiry(change.ttl, now)


def _expiry(ttl: float | None, now: datetime) -> datetime | None:
    if ttl is None:
        return None
    given: object = ttl
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not given > 0:
        raise InvalidInputError(f"ttl must be above 0 seconds, not {ttl!r}")
    try:
        return now + timedelta(seconds=given)
    except OverflowError as error:
        raise InvalidInputError(f"ttl = {ttl!r} is no usable number of seconds") from error


def _like(names: Namespace, pattern: Namespace) -> bool:
    return len(names) == len(pattern) and all(
        wanted in ("*", name) for name, wanted in zip(names, pattern, strict=True)
    )
