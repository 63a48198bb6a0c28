"""Any Python value as JSON and back: what JSON has no form for is kept in a tagged one.

```
bytes, datetime, date, time, timedelta, Decimal, UUID, tuple, set, frozenset, NaN and the
infinities, dicts with keys that are no strings, text with lone surrogates    come back equal
pydantic models, dataclasses                                                  as dicts
anything else                                                                 as its repr
```
"""

from __future__ import annotations

import dataclasses
import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

TAG = "$harmonia"
"""Key of a tagged form: `{"$harmonia": kind, "value": JSON}`."""

_FLAT = 30
"""Levels of nesting after which the rest is kept as JSON text: stores refuse what nests deep."""
_DEEP = 150
"""Levels after which a value is kept as its repr: it is endless, or nothing could read it."""
_REPR = 10_000
"""Characters kept of the repr of a value that has no other form."""

Pack = Callable[[Any], tuple[str, Any] | None]
"""Gives a framework's own value a kind and plainer contents; None for what it does not know."""
Unpack = Mapping[str, Callable[[Any], Any]]
"""For each kind of a `Pack`, what builds the value from its contents."""


def encode(value: Any, pack: Pack | None = None) -> Any:
    """Return a value as JSON can hold it. Never raises."""
    return _encode(value, pack, 0)


def decode(value: Any, unpack: Unpack | None = None) -> Any:
    """Return the value that `encode` was given.

    Raises:
        Exception: the data was not written by `encode`.
    """
    if isinstance(value, list):
        return [decode(item, unpack) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    data = cast("dict[str, Any]", value)
    if TAG not in data:
        return {key: decode(item, unpack) for key, item in data.items()}
    kind, held = data[TAG], data["value"]
    if kind == "deep":
        return decode(json.loads(held), unpack)
    if kind == "pairs":
        return {_key(decode(key, unpack)): decode(item, unpack) for key, item in held}
    if unpack is not None and kind in unpack:
        return unpack[kind](decode(held, unpack))
    return _READERS[kind](decode(held, unpack))


def is_text(value: object) -> bool:
    """Tell whether a value is a text that UTF-8 can hold."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable(text: str) -> str:
    """Return a text with a question mark for each lone surrogate."""
    return text if is_text(text) else text.encode("utf-8", "replace").decode()


def _encode(value: Any, pack: Pack | None, level: int) -> Any:
    if level > _DEEP:
        return _tagged("repr", _repr(value))
    if level and level % _FLAT == 0 and isinstance(value, (list, tuple, set, frozenset, Mapping)):
        inner = _flat(cast("Any", value), pack, level)
        return _tagged("deep", json.dumps(inner, ensure_ascii=False, allow_nan=False))
    return _flat(value, pack, level)


def _flat(value: Any, pack: Pack | None, level: int) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return _scalar(value)
    known = pack(value) if pack is not None else None
    if known is not None:
        return _tagged(known[0], _encode(known[1], pack, level + 1))
    if isinstance(value, list):
        return [_encode(item, pack, level + 1) for item in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[Any, Any]", value), pack, level)
    for kind, type_, write in _WRITERS:
        if isinstance(value, type_):
            return _tagged(kind, _encode(write(value), pack, level + 1))
    fields = _fields_of(value)
    if fields is not None:
        return _mapping(fields, pack, level)
    return _tagged("repr", _repr(value))


def _scalar(value: bool | float | str | None) -> Any:
    if isinstance(value, str):
        plain = str.__str__(value)  # of a subclass, such as an enum, the text alone
        if is_text(plain):
            return plain
        return _tagged("text", b64encode(plain.encode("utf-8", "surrogatepass")).decode())
    if isinstance(value, float):
        plain_number = float(value)
        return plain_number if math.isfinite(plain_number) else _tagged("float", str(plain_number))
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def _mapping(value: Mapping[Any, Any], pack: Pack | None, level: int) -> Any:
    items = list(value.items())
    if all(is_text(key) for key, _ in items) and TAG not in value:
        return {str.__str__(key): _encode(item, pack, level + 1) for key, item in items}
    pairs = [[_encode(key, pack, level + 1), _encode(item, pack, level + 1)] for key, item in items]
    return _tagged("pairs", pairs)


def _tagged(kind: str, value: Any) -> dict[str, Any]:
    return {TAG: kind, "value": value}


def _fields_of(value: Any) -> dict[str, Any] | None:
    """Return the fields of a pydantic model or a dataclass."""
    try:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = [item.name for item in dataclasses.fields(value)]
            return {name: getattr(value, name) for name in names}
        if not isinstance(value, type) and hasattr(cast("Any", type(value)), "model_fields"):
            return dict(value.model_dump())
    except Exception:  # noqa: BLE001 - another's code; the value is kept as its repr
        return None
    return None


def _repr(value: Any) -> str:
    try:
        return readable(repr(value))[:_REPR]
    except Exception:  # noqa: BLE001 - another's code, or an endless value
        return f"<{type(value).__name__}>"


def _key(value: Any) -> Any:
    """Return a dict's key; one that came back as a list, from a repr, is made hashable."""
    return tuple(cast("list[Any]", value)) if isinstance(value, list) else value


_WRITERS: tuple[tuple[str, type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    ("bytes", (bytes, bytearray, memoryview), lambda v: b64encode(bytes(v)).decode()),
    ("datetime", datetime, lambda v: [v.isoformat(), v.fold]),
    ("date", date, lambda v: v.isoformat()),
    ("time", time, lambda v: [v.isoformat(), v.fold]),
    ("timedelta", timedelta, lambda v: [v.days, v.seconds, v.microseconds]),
    ("decimal", Decimal, str),
    ("uuid", UUID, str),
    ("tuple", tuple, list),
    ("set", set, list),
    ("frozenset", frozenset, list),
)
_READERS: dict[str, Callable[[Any], Any]] = {
    "bytes": b64decode,
    "datetime": lambda v: datetime.fromisoformat(v[0]).replace(fold=v[1]),
    "date": date.fromisoformat,
    "time": lambda v: time.fromisoformat(v[0]).replace(fold=v[1]),
    "timedelta": lambda v: timedelta(*v),
    "decimal": Decimal,
    "uuid": UUID,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "float": float,
    "text": lambda v: b64decode(v).decode("utf-8", "surrogatepass"),
    "repr": lambda v: v,
}
