"""Which text of an item is searched, by paths such as `title`, `notes[*].text` or `log[-1]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from harmonia_plugins.errors import InvalidInputError

_STEP = re.compile(r"\[([^\]]*)\]|\{([^}]*)\}|([^.\[{]+)")


def indexed_text(value: Any, index: Sequence[str] | bool | None) -> str:
    """Return the text of an item to search, a line for each part; empty for none.

    Args:
        value: a JSON object.
        index: the paths whose text is wanted; None or True takes all text, False none.
    """
    if index is False:
        return ""
    given: object = index
    if given is None or given is True:
        return "\n".join(_texts(value))
    paths = cast("list[object]", given) if isinstance(given, (list, tuple)) else None
    if paths is None or not all(isinstance(path, str) for path in paths):
        raise InvalidInputError(
            f"index must be a list of paths such as ['title'], False or None, not {index!r}"
        )
    parts = (part for path in paths for part in _at(value, _steps(cast("str", path))))
    return "\n".join(dict.fromkeys(text for part in parts for text in _texts(part)))


def _steps(path: str) -> list[tuple[str, str]]:
    """Split a path into steps: a kind (`[`, `{`, or `.` for a name) and what it says."""
    if path in ("", "$"):
        return []
    found = _STEP.finditer(path.removeprefix("$."))
    return [
        ("[", step[1]) if step[1] is not None else ("{", step[2]) if step[2] is not None
        else (".", step[3])
        for step in found
    ]  # fmt: skip


def _at(value: Any, steps: Sequence[tuple[str, str]]) -> Iterator[Any]:
    """Yield the parts of a value that a path leads to; a step that leads nowhere yields none."""
    if not steps:
        yield value
        return
    (kind, name), rest = steps[0], steps[1:]
    if kind == "{":
        for path in name.split(","):
            yield from _at(value, [*_steps(path.strip()), *rest])
        return
    for part in _inside(value, kind, name):
        yield from _at(part, rest)


def _inside(value: Any, kind: str, name: str) -> list[Any]:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        if kind == "." and name in fields:
            return [fields[name]]
        return list(fields.values()) if (kind, name) == (".", "*") else []
    if not isinstance(value, list):
        return []
    elements = cast("list[Any]", value)
    if name == "*":
        return elements
    if kind != "[" or re.fullmatch(r"-?\d{1,9}", name) is None:
        return []
    place = int(name)
    return [elements[place]] if -len(elements) <= place < len(elements) else []


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, Mapping):
        inner = cast("Mapping[str, Any]", value)
        return [text for item in inner.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in cast("list[Any]", value) for text in _texts(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]
