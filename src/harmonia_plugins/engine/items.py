"""JSON items under namespaces: the part of the store that frameworks keep their own values in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Item
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.rows import Row

Namespace = tuple[str, ...]
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, wanted: value == wanted,
    "$ne": lambda value, wanted: value != wanted,
    "$gt": lambda value, wanted: value > wanted,
    "$gte": lambda value, wanted: value >= wanted,
    "$lt": lambda value, wanted: value < wanted,
    "$lte": lambda value, wanted: value <= wanted,
}


@dataclass(frozen=True, slots=True)
class Put:
    """Store a value; `ttl` is in seconds, `index` the paths whose text is searched (None: all)."""

    namespace: Namespace
    key: str
    value: Mapping[str, Any]
    ttl: float | None = None
    index: Sequence[str] | bool | None = None


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
            index: paths (`"title"`, `"body.text"`) whose text is searched; None takes all text,
                False none.
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
                space, key = _namespace(change.namespace), intake.check_id(change.key)
                last[space, key] = replace(change, namespace=space)
            if last:
                self._write(list(last.values()))

    def _write(self, changes: list[Put | Delete]) -> None:
        core, now = self._core, self._core.now()
        resident = core.store.items.resident(self.user_id)
        values = [
            intake.check_metadata(change.value, "value") if isinstance(change, Put) else None
            for change in changes
        ]
        texts = [
            _indexed_text(value, change.index) if isinstance(change, Put) else ""
            for change, value in zip(changes, values, strict=True)
        ]
        vectors = core.vectors(resident, texts)
        expiries = [_expiry(change, now) for change in changes]

        def plan(draft: Draft) -> None:
            from harmonia_plugins.store.codec import item_row

            for change, value, text, vector, expiry in zip(
                changes, values, texts, vectors, expiries, strict=True
            ):
                name = json.dumps(change.namespace, ensure_ascii=False)
                before = draft.latest(("item", name, change.key))
                if isinstance(change, Delete) and _stays(change, before):
                    continue
                draft.add(
                    item_row(
                        change.key, value, user_id=self.user_id, namespace=name, now=now,
                        expires_at=expiry, before=before, text=text, vector=vector,
                        length=core.terms(text),
                    )
                )  # fmt: skip

        core.store.write(self.user_id, plan, items=True)

    def get(self, namespace: Iterable[str], key: str) -> Item | None:
        """Return a value, or None if there is none or its time is over."""
        from harmonia_plugins.store.codec import item_at

        with self._core.measured("items.get"):
            space = json.dumps(_namespace(namespace), ensure_ascii=False)
            resident = self._core.store.items.resident(self.user_id)
            number = resident.latest(("item", space, intake.check_id(key)))
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
                $lte`; a missing field counts as None, and what is of another type is neither above
                nor below.
            limit: the most items to return, 1 to 10 000.
            offset: how many to leave out first.
        """
        with self._core.measured("items.search"):
            wanted = _namespace(prefix, empty=True)
            intake.check_k(limit, "limit")
            _whole(offset, "offset", least=0)
            matches = _matcher(filter)
            resident = self._core.store.items.resident(self.user_id)
            found = self._found(resident, query)
            now = self._core.now()
            kept = [
                item
                for item in found
                if item.namespace[: len(wanted)] == wanted and _alive(item, now) and matches(item)
            ]
            return kept[offset : offset + limit]

    def _found(self, resident: Resident, query: str | None) -> list[Item]:
        if query is None:
            return sorted(_items(resident), key=lambda item: item.updated_at, reverse=True)
        from harmonia_plugins.engine.search import find_items

        hits = find_items(self._core, resident, intake.check_statement(query, "query"))
        return [replace(hit.item, score=hit.score) for hit in hits if hit.item is not None]

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
            now = self._core.now()
            spaces = {item.namespace for item in _items(resident) if _alive(item, now)}
            chosen = {
                space[:max_depth]
                for space in spaces
                if _like(space[: len(first)], first)
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
    if change.expired_by is None:
        return False
    from harmonia_plugins.store.rows import to_micros

    return before.valid_to is None or before.valid_to > to_micros(change.expired_by)


def _items(resident: Resident) -> list[Item]:
    from harmonia_plugins.store.codec import item_at

    current = resident.view().current
    return [item_at(resident, n) for _, n in resident.of_kind("item") if current[n]]


def _alive(item: Item, now: datetime) -> bool:
    return item.expires_at is None or item.expires_at > now


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


def _expiry(change: Put | Delete, now: datetime) -> datetime | None:
    if isinstance(change, Delete) or change.ttl is None:
        return None
    given: object = change.ttl
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not given > 0:
        raise InvalidInputError(f"ttl must be above 0 seconds, not {change.ttl!r}")
    try:
        return now + timedelta(seconds=given)
    except OverflowError as error:
        raise InvalidInputError(f"ttl = {change.ttl!r} is no usable number of seconds") from error


def _indexed_text(value: Any, index: Sequence[str] | bool | None) -> str:
    if index is False:
        return ""
    given: Any = index
    paths = cast("list[object] | None", given if isinstance(given, (list, tuple)) else None)
    known = given is None or given is True
    if not known and (paths is None or not all(isinstance(path, str) for path in paths)):
        raise InvalidInputError(
            f"index must be a list of paths such as ['title'], False or None, not {index!r}"
        )
    parts = [_at(value, path) for path in index] if isinstance(index, (list, tuple)) else [value]
    return "\n".join(text for part in parts for text in _texts(part))


def _at(value: Any, path: str) -> Any:
    if path == "$":
        return value
    name, _, rest = path.partition(".")
    inner: Any = value.get(name) if isinstance(value, dict) else None  # pyright: ignore
    return _at(inner, rest) if rest else inner  # pyright: ignore


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Mapping):
        return [text for item in value.values() for text in _texts(item)]  # pyright: ignore
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]  # pyright: ignore
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _matcher(wanted: Mapping[str, Any] | None) -> Callable[[Item], bool]:
    tests: list[tuple[str, str, Any]] = []
    fields: object = wanted
    if not (fields is None or isinstance(fields, Mapping)):
        raise InvalidInputError(f"filter must be a mapping of fields to values, not {wanted!r}")
    for field, condition in (wanted or {}).items():
        given: Any = condition
        operators = cast("dict[str, Any]", given if isinstance(given, dict) else {})
        if any(str(name).startswith("$") for name in operators):
            for operator, operand in operators.items():
                intake.check_choice(operator, _OPERATORS, "a filter's operator")
                tests.append((field, operator, operand))
        else:
            tests.append((field, "$eq", condition))

    def matches(item: Item) -> bool:
        return all(_holds(item.value.get(field), op, operand) for field, op, operand in tests)

    return matches


def _holds(value: Any, operator: str, operand: Any) -> bool:
    try:
        return _OPERATORS[operator](value, operand)
    except TypeError:  # a missing field or another type is not comparable
        return False


def _like(names: Namespace, pattern: Namespace) -> bool:
    return len(names) == len(pattern) and all(
        wanted in ("*", name) for name, wanted in zip(names, pattern, strict=True)
    )
