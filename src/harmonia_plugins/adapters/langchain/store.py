"""A LangGraph store whose items are the engine's: on disk, and searched by meaning and words."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    Op,
    PutOp,
    Result,
    SearchItem,
    SearchOp,
    TTLConfig,
)

from harmonia_plugins import model
from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.adapters.langchain import namespaces
from harmonia_plugins.adapters.langchain.namespaces import Namespace
from harmonia_plugins.adapters.langchain.opening import StoreOpening
from harmonia_plugins.engine.items import Delete, ItemStore, Put
from harmonia_plugins.errors import InvalidInputError, StoreError
from harmonia_plugins.pipeline.intake import check_user

log = logging.getLogger(__name__)

_MINUTE = 60.0
_TTL_OPTIONS = ("default_ttl", "omit_expired", "refresh_on_read", "sweep_interval_minutes")


class HarmoniaStore(BaseStore):
    """LangGraph's long-term memory over one user's items: `create_agent(..., store=store)`.

    Drop-in for `InMemoryStore`, `SqliteStore` and `PostgresStore`. Every value is on the disk
    when a call returns, and seen by every process that has the folder open. `search(query=...)`
    needs no configuration: it finds by meaning and by words, with the engine's own embedder.
    All methods work in threads and on any event loop, the asynchronous ones without blocking it.

    One store is one scope, with its namespaces inside. A store costs nothing to make: for one
    that nobody else can reach, make one per user; or make one for a whole server and put the
    users into namespaces, then word statistics are shared between them.

    What differs from `InMemoryStore`:

    | | `InMemoryStore` | here |
    |---|---|---|
    | values | live objects, anything | copies, JSON; else `InvalidInputError`, nothing is stored |
    | `created_at` of an overwritten item | anew | kept |
    | order without `query` | as they were stored | last updated first, then by namespace and key |
    | `query` | needs `index=`; by meaning | by meaning and words; blank: no query |
    | an item's several texts | a vector each, best one counts | one vector of all its texts |
    | what has no searched text | follows without score | is not found by a `query` |
    | hits of a `query` | all | all, but of a user with more than 1024 items the best 512 at least |
    | `$gt $gte $lt $lte` | numbers, else an error | alike types in their order (text, so ISO dates, by its letters); never an error |
    | emptied namespaces | are listed | are not |
    | time to live | none | minutes; what has expired is never shown, whatever `omit_expired` says |
    | keys, labels | any text | not blank; keys up to 512 characters |
    | negative `limit`, `offset` | count from the end | `InvalidInputError` |

    Reading renews an item's time to live (unless `refresh_ttl=False` or `refresh_on_read`
    says not to) once a hundredth of it has passed, so that reads seldom write. No sweeper has to
    be started: expired items are gone for readers, `sweep_ttl` frees their place, and with
    `sweep_interval_minutes` in `ttl` writes see to it in passing.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; it stays the caller's to close.
        user_id: whose items these are.
        ttl: LangGraph's `TTLConfig`: `default_ttl`, `refresh_on_read`, `sweep_interval_minutes`.
        fields: paths whose text is searched where a put has no `index`, such as `["text",
            "notes[*].body"]`; None takes all text.

    Raises:
        InvalidInputError: an argument is unusable.
    """  # noqa: E501 - a table's row is one line

    supports_ttl = True

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: str,
        ttl: TTLConfig | None = None,
        fields: Sequence[str] | None = None,
    ) -> None:
        super().__init__()
        self._engine = check_engine(engine)
        self.user_id = check_user(user_id)
        self.ttl_config = _checked(ttl)
        self._fields = None if fields is None else _paths(fields)
        self._swept = time.monotonic()

    @staticmethod
    def open(
        path: Any,
        *,
        user_id: str,
        ttl: TTLConfig | None = None,
        fields: Sequence[str] | None = None,
        **engine_options: Any,
    ) -> StoreOpening[HarmoniaStore]:
        """Return a store with an engine of its own, to be entered by `with` or `async with`.

        Nothing is opened before. Entered several times, also by several threads, it is one store,
        and the last who leaves closes the engine. A LangGraph server loads it from the file that
        its `langgraph.json` names, `{"store": {"path": "./memory.py:store"}}`:

        ```python
        from harmonia_plugins.langchain import HarmoniaStore

        store = HarmoniaStore.open("./memory", user_id="assistant")
        ```

        Args:
            path: the engine's folder.
            user_id: as for the class, as are the next two.
            ttl: see the class.
            fields: see the class.
            engine_options: further arguments of `MemoryEngine`.
        """
        HarmoniaStore._check(user_id, ttl, fields)
        return StoreOpening(
            path,
            engine_options,
            lambda engine: HarmoniaStore(engine, user_id=user_id, ttl=ttl, fields=fields),
        )

    @staticmethod
    def _check(user_id: str, ttl: TTLConfig | None, fields: Sequence[str] | None) -> None:
        check_user(user_id)
        _checked(ttl)
        if fields is not None:
            _paths(fields)

    @staticmethod
    def label(value: str | int | UUID) -> str:
        """Return any id as a namespace label: `("memories", HarmoniaStore.label("jo@mail.com"))`.

        Labels must be text without dots, so that addresses and numbers are refused; this escapes
        them as URLs do. `unlabel` gives the text back.
        """
        return namespaces.label_of(value)

    @staticmethod
    def unlabel(label: str) -> str:
        """Return the text that `label` made a label of."""
        return namespaces.id_of(label)

    # -- the two verbs everything else of a store is built on ----------------------------------

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations, and return their results in the same order.

        Reads see what was there before the batch. All puts are one commit; of several for one
        key the last wins.

        Raises:
            InvalidInputError: an operation is unusable; nothing was stored. For a namespace it is
                LangGraph's `InvalidNamespaceError` too.
        """
        several = [_checked_op(op) for op in ops]
        puts = {(op.namespace, op.key): op for op in several if isinstance(op, PutOp)}
        changes = [change for op in puts.values() for change in self._changes(op)]
        items = sync_engine(self._engine).items(user_id=self.user_id)
        read: list[model.Item] = []
        results = [None if isinstance(op, PutOp) else _read(items, op, read) for op in several]
        if changes:
            items.batch(changes)
        self._renew(items, {(item.namespace, item.key) for item in read} - set(puts))
        if changes:
            self._sweep_if_due(items)
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Run operations as `batch` does, in a thread: the event loop is never blocked."""
        several = list(ops)
        return await in_thread(self._engine, lambda: self.batch(several))

    # -- time to live --------------------------------------------------------------------------

    def sweep_ttl(self) -> int:
        """Remove the items whose time is over; returns how many. Readers do not see them anyway."""
        self._swept = time.monotonic()
        return sync_engine(self._engine).items(user_id=self.user_id).sweep()

    async def asweep_ttl(self) -> int:
        """Remove the items whose time is over, as `sweep_ttl` does, in a thread."""
        return await in_thread(self._engine, self.sweep_ttl)

    def _sweep_if_due(self, items: ItemStore) -> None:
        interval = (self.ttl_config or {}).get("sweep_interval_minutes")
        now = time.monotonic()
        if interval is None or now - self._swept < interval * _MINUTE:
            return
        self._swept = now
        try:
            items.sweep()
        except StoreError as error:
            log.warning("expired items were not removed: %s", error)

    def _renew(self, items: ItemStore, keys: Iterable[tuple[Namespace, str]]) -> None:
        """Renew what was read; a disk that refuses must not cost the reader what it has."""
        try:
            items.renew(keys)
        except StoreError as error:
            log.warning("times to live were not renewed: %s", error)

    def _changes(self, op: PutOp) -> list[Put | Delete]:
        if op.value is None:
            return [Delete(op.namespace, op.key)] if op.namespace else []
        if not op.namespace:
            raise namespaces.NamespaceError("a namespace needs at least one label to put to")
        ttl = None if op.ttl is None else _minutes(op.ttl, "ttl") * _MINUTE
        index = self._fields if op.index is None else op.index
        return [Put(op.namespace, op.key, op.value, ttl, index)]


def _checked_op(op: Op) -> Op:
    """Return an operation with its namespace as a tuple and its key as text, both checked."""
    given: object = op
    if isinstance(given, (GetOp, PutOp)):
        return given._replace(
            namespace=namespaces.check_labels(given.namespace), key=str(given.key)
        )
    if isinstance(given, SearchOp):
        return given._replace(namespace_prefix=namespaces.check_labels(given.namespace_prefix))
    if isinstance(given, ListNamespacesOp):
        return given._replace(match_conditions=namespaces.check_conditions(given.match_conditions))
    raise InvalidInputError(
        f"an operation is a GetOp, PutOp, SearchOp or ListNamespacesOp, not {op!r}"
    )


def _read(items: ItemStore, op: GetOp | SearchOp | ListNamespacesOp, read: list[model.Item]) -> Any:
    """Return what an operation reads; `read` gets the items whose time to live it renews."""
    if isinstance(op, ListNamespacesOp):
        return _listed(items, op)
    if isinstance(op, GetOp):
        item = items.get(op.namespace, op.key) if op.namespace else None
        found = [] if item is None else [item]
    else:
        found = _searched(items, op)
    if op.refresh_ttl:
        read += [item for item in found if item.expires_at is not None]
    if isinstance(op, SearchOp):
        return [SearchItem(**_fields(item), score=item.score) for item in found]
    return Item(**_fields(found[0])) if found else None


def _searched(items: ItemStore, op: SearchOp) -> list[model.Item]:
    if op.limit == 0 and not isinstance(op.limit, bool):
        return []
    query: object = op.query
    blank = query is None or (isinstance(query, str) and not query.strip())
    return items.search(
        op.namespace_prefix, query=None if blank else op.query, filter=op.filter or None,
        limit=op.limit, offset=op.offset,
    )  # fmt: skip


def _listed(items: ItemStore, op: ListNamespacesOp) -> list[Namespace]:
    for name, value, least in (("limit", op.limit, 0), ("offset", op.offset, 0)):
        _whole(value, name, least)
    if op.max_depth is not None:
        _whole(op.max_depth, "max_depth", 1)
    held = items.namespaces()
    chosen = [space for space in held if namespaces.matches(space, op.match_conditions or ())]
    cut = sorted({space[: op.max_depth] for space in chosen})
    return cut[op.offset : op.offset + op.limit]


def _fields(item: model.Item) -> dict[str, Any]:
    return {
        "namespace": item.namespace, "key": item.key, "value": dict(item.value),
        "created_at": item.created_at, "updated_at": item.updated_at,
    }  # fmt: skip


def _whole(value: object, what: str, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInputError(f"{what} must be a whole number from {least}, not {value!r}")


def _minutes(value: object, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        raise InvalidInputError(f"{what} must be above 0 minutes, not {value!r}")
    return float(value)


def _checked(ttl: TTLConfig | None) -> TTLConfig | None:
    given: object = ttl
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidInputError(f"ttl must be a TTLConfig, such as {{'default_ttl': 60}}: {ttl!r}")
    config = dict(cast("Mapping[str, Any]", given))
    unknown = sorted(set(config) - set(_TTL_OPTIONS))
    if unknown:
        raise InvalidInputError(f"ttl has no option {unknown[0]!r}: {', '.join(_TTL_OPTIONS)}")
    for name in ("default_ttl", "sweep_interval_minutes"):
        if config.get(name) is not None:
            _minutes(config[name], name)
    return cast("TTLConfig", config)


def _paths(fields: object) -> list[str]:
    if isinstance(fields, str) or not isinstance(fields, (list, tuple)):
        raise InvalidInputError(f"fields must be a list of paths such as ['text'], not {fields!r}")
    paths = cast("Sequence[object]", fields)
    if not all(isinstance(path, str) and path for path in paths):
        raise InvalidInputError(f"each of fields must be a path such as 'text': {fields!r}")
    return [str(path) for path in paths]
