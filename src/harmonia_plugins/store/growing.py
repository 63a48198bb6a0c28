"""A NumPy array that grows at its end without copying on every append."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class Growing:
    """One column: what is in it never moves within an already taken `view`."""

    __slots__ = ("_data", "size")

    def __init__(self, dtype: DTypeLike, width: int | None = None) -> None:
        self._data: NDArray[Any] = np.empty((0,) if width is None else (0, width), dtype)
        self.size = 0

    def reserve(self, more: int) -> None:
        """Make room for `more` entries; beyond the known need, a quarter is left spare."""
        wanted = self.size + more
        if wanted <= len(self._data):
            return
        # A first load knows its size; later growth is by appends and leaves spare room.
        room = wanted if self.size == 0 else wanted + wanted // 4 + 16
        grown = np.empty((room, *self._data.shape[1:]), self._data.dtype)
        grown[: self.size] = self._data[: self.size]
        self._data = grown

    def extend(self, values: Any) -> None:
        """Append one entry or many; an array that owns its data must not be changed afterwards."""
        block = np.asarray(values, self._data.dtype)
        count = len(block)
        if not self.size and block.flags.owndata and block.flags.writeable:
            self._data, self.size = block, count  # a first load is not held twice
            return
        self.reserve(count)
        self._data[self.size : self.size + count] = block
        self.size += count

    def view(self) -> NDArray[Any]:
        """Return the entries so far; later appends do not show in it."""
        return self._data[: self.size]

    def at(self, place: int) -> Any:
        """Return one entry as a Python number."""
        return self._data[place].item()

    def replace(self, places: Any, values: Any) -> None:
        """Change entries in a copy, so that views already taken stay as they were."""
        self._data = self._data.copy()
        self._data[places] = values

    @property
    def nbytes(self) -> int:
        """Memory held, spare room included."""
        return int(self._data.nbytes)
