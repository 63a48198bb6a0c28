"""Arrow, which carries rows to and from LanceDB.

pyarrow ships no types, so its values are `Any` here, and it is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, TypeAlias

ArrowTable: TypeAlias = Any
ArrowBatch: TypeAlias = Any
ArrowColumn: TypeAlias = Any


def arrow() -> Any:
    """Return the pyarrow module."""
    return import_module("pyarrow")
