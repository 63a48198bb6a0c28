"""The counters by which processes notice each other's writes.

A write moves its table's counter after the commit is durable and before it is acknowledged; a
recall reads the counters (a memory-mapped read, a microsecond) and looks at the database only
when one moved. Asking LanceDB for its version instead costs 0.3 ms a table.
The counters carry no truth: any difference means "look", and a new process looks anyway.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path

_COUNTER = struct.Struct("<Q")


class Position:
    """Shared counters in a small file, one per table."""

    def __init__(self, path: Path, tables: int, *, writable: bool) -> None:
        size = tables * _COUNTER.size
        self._map: mmap.mmap | None = None
        self._looks = 0
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT if writable else os.O_RDONLY, 0o666)
        except FileNotFoundError:
            if writable:
                raise
            return
        try:
            length = os.fstat(descriptor).st_size
            if length < size and writable:
                # Zeros are written: touching a hole in a mapped file kills where the disk is full.
                os.pwrite(descriptor, bytes(size - length), length)
                length = size
            if length >= size:
                access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
                self._map = mmap.mmap(descriptor, size, access=access)
        finally:
            os.close(descriptor)

    def read(self, table: int) -> int:
        """Return a table's counter; where there is none to read, another number every time."""
        if self._map is None:
            self._looks += 1
            return self._looks
        return int(_COUNTER.unpack_from(self._map, table * _COUNTER.size)[0])

    def move(self, table: int) -> int:
        """Move a table's counter on, under the write lock, and return it."""
        value = (self.read(table) + 1) % 2**64
        assert self._map is not None  # writing needs a writable folder
        _COUNTER.pack_into(self._map, table * _COUNTER.size, value)
        return value

    def close(self) -> None:
        """Unmap the file."""
        if self._map is not None:
            self._map.close()
