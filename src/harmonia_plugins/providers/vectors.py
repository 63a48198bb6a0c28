"""What every embedder's answer must pass before it counts as vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import ProviderError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harmonia_plugins.ports import FloatMatrix


_UNIT = 2e-6
"""How far the square of a unit row's length may be from 1: some ulps of float32."""


def unit_rows(answer: Any, *, who: str, count: int, dimension: int | None = None) -> FloatMatrix:
    """Return `answer` as `count` rows of unit length: float32, C-contiguous, a copy.

    Args:
        answer: anything numpy can read as a matrix of numbers.
        who: names the embedder in errors.
        count: the number of texts that were asked for.
        dimension: the length a row must have; None accepts any.

    Raises:
        ProviderError: another shape, not numbers, NaN or infinite, or a row of zeros.
    """
    rows = _matrix(answer, who)
    if rows.shape[0] != count:
        raise ProviderError(f"{who} answered {rows.shape[0]} vectors for {count} texts")
    if rows.shape[1] < 1 or (dimension is not None and rows.shape[1] != dimension):
        raise ProviderError(f"{who} answered {rows.shape[1]} dimensions instead of {dimension}")
    if rows.dtype == np.float32 and (abs(np.vecdot(rows, rows) - 1) < _UNIT).all():
        return np.array(rows, order="C")
    rows = rows.astype(np.float64)
    # float64, because the squares of large or tiny float32 values leave the range of float32
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(rows, axis=1)
    _refuse(~np.isfinite(lengths), who, "holds NaN or infinite numbers")
    _refuse(lengths == 0, who, "is all zeros, which has no direction")
    return np.ascontiguousarray(rows / lengths[:, None], dtype=np.float32)


def _matrix(answer: Any, who: str) -> NDArray[Any]:
    """Read `answer` as a 2-D array of numbers."""
    try:
        rows = np.asarray(answer)
    except (ValueError, TypeError) as error:  # rows of different lengths, among others
        raise ProviderError(f"{who} answered something that is no matrix: {error}") from error
    if rows.ndim != 2 or rows.dtype.kind not in "fiu":
        raise ProviderError(
            f"{who} must answer one row of numbers per text; "
            f"it answered an array of shape {rows.shape} and type {rows.dtype}"
        )
    return rows


def _refuse(bad: NDArray[np.bool_], who: str, what: str) -> None:
    if bad.any():
        raise ProviderError(f"{who}: the vector of text {int(bad.argmax())} {what}")


def encodable(text: str) -> str:
    """Return `text` with lone surrogates replaced by `?`.

    They are legal in a Python string and come out of broken JSON, but cannot be written as UTF-8,
    so no tokenizer and no server takes them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
