"""Recall for a conversation: what its messages do not show already."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.model import Recall
from harmonia_plugins.pipeline.intake import MAX_K

_SPARE = 10
"""Hits asked for beyond those wanted, since some may turn out to be of no use."""


def unseen_hits(
    engine: MemoryEngine,
    query: str,
    *,
    user_id: str,
    k: int,
    shown: Mapping[str, Collection[str]],
    useful: Callable[[Recall], bool],
    options: Mapping[str, Any],
) -> list[Recall]:
    """Return the best hits on a query that a conversation has use for, best first.

    Args:
        engine: what is asked.
        query: what is talked about.
        user_id: whose memory.
        k: how many hits are wanted.
        shown: ids, by session, of the messages that the model sees anyway.
        useful: tells which of the hits beside these to keep.
        options: further arguments of `engine.recall`.
    """
    asked = min(k + _SPARE, MAX_K)
    while True:
        found = engine.recall(query, user_id=user_id, k=asked, exclude=shown, **options)
        kept = [hit for hit in found if useful(hit)]
        if len(kept) >= k or len(found) < asked or asked == MAX_K:
            return kept[:k]
        asked = min(4 * asked, MAX_K)
