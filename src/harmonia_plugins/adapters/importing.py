"""What importers have in common, whatever framework they bring memories from."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from harmonia_plugins.model import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported(Value):
    """How much an import has stored so far.

    `unchanged` counts what was there already, `left_out` what the caller's `convert` gave None for.
    """

    messages: int = 0
    items: int = 0
    memories: int = 0
    unchanged: int = 0
    left_out: int = 0


def made_id(kind: str, *parts: str) -> str:
    """Return an id that is the same for the same parts, and for no others."""
    whole = json.dumps(parts).encode()
    return f"{kind}-{hashlib.blake2b(whole, digest_size=16).hexdigest()}"
