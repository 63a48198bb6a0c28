"""Reading rows of a table into memory: in the order of the store, their vectors as one matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from harmonia_plugins.store.arrow import ArrowBatch, ArrowTable, arrow
from harmonia_plugins.store.rows import COLUMNS, Row, schema, to_arrow
from harmonia_plugins.store.table import Table

_NEVER_NULL = ("key", "seq", "owner", "kind", "id", "text", "body")
"""Columns every row fills: a null in one is damage that LanceDB, without checksums, lets pass."""


def in_memory(rows: list[Row], dimension: int) -> tuple[ArrowTable, Any]:
    """Return rows as they would be read from the table."""
    table = to_arrow(rows, dimension)
    vectors = table["vector"].combine_chunks()
    return table.drop_columns(["vector"]), _matrix(vectors, dimension)


def _matrix(column: Any, dimension: int) -> Any:
    """Return a vector column as a matrix."""
    return column.values.to_numpy().reshape(-1, dimension)[column.offset :][: len(column)]


def collect(table: Table, where: str) -> tuple[ArrowTable, Any]:
    """Read rows in the order of `seq`, their vectors as one matrix, holding them only once."""

    def build(batches: Iterable[ArrowBatch]) -> tuple[ArrowTable, Any]:
        parts: list[ArrowBatch] = []
        blocks: list[Any] = []
        for batch in batches:
            parts.append(batch.select(list(COLUMNS)))
            blocks.append(_matrix(batch["vector"], table.dimension).copy())
        if not parts:
            return _empty(table.dimension), np.empty((0, table.dimension), np.float32)
        rows = arrow().Table.from_batches(parts)
        if any(rows[name].null_count for name in _NEVER_NULL):
            raise ValueError("values are missing that every row has")
        vectors = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        order = np.argsort(rows["seq"].to_numpy(), kind="stable")
        if (np.diff(order) < 0).any():
            rows, vectors = rows.take(order), vectors[order]
        return rows, vectors

    return table.load(where, build)


def _empty(dimension: int) -> ArrowTable:
    return schema(dimension).empty_table().drop_columns(["vector"])
