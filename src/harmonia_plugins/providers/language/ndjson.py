"""Streams of one JSON value a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harmonia_plugins.providers.language.failures import UnusableError

MAX_LINE = 4_000_000
"""Bytes of a line; no server that means well sends longer ones."""


def lines_of(chunks: Iterable[bytes]) -> Iterator[str]:
    r"""Yield the lines that are not blank.

    Only `\n` ends one: JSON may hold characters that other splitters take for line ends.
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.strip():
                yield line.decode(errors="replace")
        if len(rest) > MAX_LINE:
            raise UnusableError("a server sent a line without an end")
    if rest.strip():
        yield rest.decode(errors="replace")
