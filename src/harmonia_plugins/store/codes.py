"""Names as small numbers, so that rows can be compared as arrays."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.store.arrow import ArrowColumn


class Codes:
    """Names as small numbers, in the order they were first seen."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names: list[str] = []
        self._codes: dict[str, int] = {}
        for name in names:
            self.add(name)

    def add(self, name: str | None) -> int:
        """Return the number of a name, a new one if need be; -1 for None."""
        if name is None:
            return -1
        code = self._codes.get(name)
        if code is None:
            code = self._codes[name] = len(self.names)
            self.names.append(name)
        return code

    def encode(self, column: ArrowColumn) -> NDArray[np.int32]:
        """Return the numbers of a column of names, -1 for null."""
        encoded = column.dictionary_encode()
        codes = np.array([self.add(name) for name in encoded.dictionary.to_pylist()], np.int32)
        places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return np.append(codes, np.int32(-1))[places]

    def get(self, name: str) -> int:
        """Return the number of a name, -1 if it was never seen."""
        return self._codes.get(name, -1)
