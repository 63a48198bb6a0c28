"""Which rows a recall may return, as one mask over a user's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Times = NDArray[np.int64]

MESSAGE, MEMORY, ITEM = 0, 1, 2
LAYERS = {"message": MESSAGE, "memory": MEMORY, "item": ITEM}
_UNKNOWN = np.iinfo(np.int64).min


class Filterable(Protocol):
    """The arrays a filter looks at; times in microseconds since 1970."""

    @property
    def layer(self) -> NDArray[np.int8]: ...
    @property
    def status(self) -> NDArray[np.int8]: ...
    @property
    def type(self) -> NDArray[np.int8]: ...
    @property
    def session(self) -> NDArray[np.int32]: ...
    @property
    def confidence(self) -> NDArray[np.float32]: ...
    @property
    def time(self) -> Times: ...
    @property
    def valid_from(self) -> Times: ...
    @property
    def valid_to(self) -> Times: ...
    @property
    def recorded_at(self) -> Times: ...
    @property
    def until(self) -> Times: ...
    @property
    def searchable(self) -> Mask: ...
    @property
    def usable(self) -> Mask | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What to keep; None keeps everything. Codes are numbers of the user's own names."""

    layers: frozenset[int]
    now: int
    hidden: frozenset[int] = frozenset()
    """Statuses of memories that are not current: superseded, retracted, …"""
    outside: frozenset[int] = frozenset()
    """Statuses never recalled: archived, deleted, quarantined."""
    include_superseded: bool = False
    types: frozenset[int] | None = None
    session: int | None = None
    since: int | None = None
    until: int | None = None
    min_confidence: float | None = None
    as_of: int | None = None
    known_at: int | None = None
    tags: frozenset[str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


def eligible(
    rows: Filterable, wanted: Filter, facts: Callable[[int], tuple[Any, Any]]
) -> Mask | None:
    """Return which rows may be returned, or None where all may.

    Args:
        rows: a user's rows.
        wanted: the filter.
        facts: gives a row's tags and metadata; asked only for rows that pass everything else.
    """
    mask = _believed(rows, wanted)
    for part in (_layers(rows, wanted), _memories(rows, wanted), _times(rows, wanted)):
        if part is not None:
            mask = part if mask is None else mask & part
    if wanted.session is not None:
        inside = rows.session == wanted.session
        mask = inside if mask is None else mask & inside
    if wanted.tags or wanted.metadata:
        mask = _by_facts(rows, wanted, mask, facts)
    return mask


def listed(rows: Filterable, wanted: Filter) -> Mask:
    """Return which rows a listing may show: the filter without the question of truth."""
    mask = np.ones(len(rows.layer), np.bool_)
    for part in (_memories(rows, wanted, everything=True), _times(rows, wanted)):
        if part is not None:
            mask &= part
    if wanted.session is not None:
        mask &= rows.session == wanted.session
    return mask


def _believed(rows: Filterable, wanted: Filter) -> Mask | None:
    """Return the newest revisions, or those that were the newest at `known_at`."""
    if wanted.known_at is None:
        return rows.usable
    known = (rows.recorded_at <= wanted.known_at) & (wanted.known_at < rows.until)
    return known & rows.searchable


def _layers(rows: Filterable, wanted: Filter) -> Mask | None:
    present = set(np.unique(rows.layer).tolist()) if len(rows.layer) else set[int]()
    if present <= wanted.layers:
        return None
    return np.isin(rows.layer, list(wanted.layers))


def _memories(rows: Filterable, wanted: Filter, *, everything: bool = False) -> Mask | None:
    """Return what type, confidence and truth leave; messages pass what is not about memories."""
    memory = rows.layer == MEMORY
    if not memory.any():
        return None
    outside = np.isin(rows.status, list(wanted.outside)) & memory
    mask = np.ones(len(memory), np.bool_) if everything else ~outside
    at = wanted.now if wanted.as_of is None else wanted.as_of
    if not wanted.include_superseded:
        ended = rows.valid_to <= at
        if wanted.as_of is None:
            ended |= np.isin(rows.status, list(wanted.hidden))
        else:
            ended |= rows.valid_from > at
        mask &= ~(ended & memory)
    if wanted.types is not None:
        mask &= memory & np.isin(rows.type, list(wanted.types))
    if wanted.min_confidence is not None:
        mask &= memory & (rows.confidence >= np.float32(wanted.min_confidence - 1e-6))
    return mask


def _times(rows: Filterable, wanted: Filter) -> Mask | None:
    mask: Mask | None = None
    if wanted.as_of is not None:
        mask = (rows.layer == MEMORY) | (rows.time <= wanted.as_of)
    if wanted.since is not None or wanted.until is not None:
        inside = rows.time != _UNKNOWN
        if wanted.since is not None:
            inside &= rows.time >= wanted.since
        if wanted.until is not None:
            inside &= rows.time < wanted.until
        mask = inside if mask is None else mask & inside
    return mask


def _by_facts(
    rows: Filterable,
    wanted: Filter,
    mask: Mask | None,
    facts: Callable[[int], tuple[Any, Any]],
) -> Mask:
    kept = np.zeros(len(rows.layer), np.bool_)
    for row in np.flatnonzero(mask).tolist() if mask is not None else range(len(rows.layer)):
        tags, metadata = facts(row)
        kept[row] = (not wanted.tags or not wanted.tags.isdisjoint(tags)) and all(
            name in metadata and metadata[name] == value for name, value in wanted.metadata.items()
        )
    return kept
