"""What a prompt shows already, so that it is not recalled as well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from harmonia_plugins.engine.search import origins_of
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.recall.filters import Mask
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.view import View

Shown = Mapping[str, frozenset[str]]
"""Ids of messages by session."""


def check_exclude(exclude: Mapping[str, Iterable[str]] | None) -> Shown:
    """Return the messages to leave out.

    Raises:
        InvalidInputError: they are not ids by session.
    """
    if exclude is None:
        return {}
    if not isinstance(exclude, Mapping):
        raise InvalidInputError(
            f"exclude must give ids of messages by session, not {exclude!r}: write "
            '{"monday": ["m1", "m2"]}'
        )
    return {
        intake.check_session(session): frozenset(
            map(intake.check_id, intake.check_several(ids, f"exclude[{session!r}]"))
        )
        for session, ids in exclude.items()
    }


def besides(resident: Resident, shown: Shown) -> Callable[[View], Mask] | None:
    """Return what tells which rows are neither these messages nor learned from them alone."""
    import numpy as np

    if not any(shown.values()):
        return None

    def mask(view: View) -> Mask:
        rows = [
            row
            for session, ids in shown.items()
            for name in ids
            for row in resident.revisions(("message", session, name))
            if row < view.size
        ]
        origins = origins_of(resident, view)
        drawn = origins.memories[np.isin(origins.messages, rows)].tolist()
        rest = np.ones(view.size, np.bool_)
        rest[rows] = False
        rest[[row for row in drawn if _alone(resident, row, shown)]] = False
        return rest

    return mask


def _alone(resident: Resident, memory: int, shown: Shown) -> bool:
    """Tell whether all messages that a memory was learned from are among these."""
    from harmonia_plugins.store.codec import memory_at

    ids = frozenset[str]().union(*shown.values())  # it may have been said again in another session
    return ids.issuperset(memory_at(resident, memory).message_ids)
