"""Which revisions of a user's memories end what messages say: read once from each row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harmonia_plugins.recall import staleness

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harmonia_plugins.recall.filters import Filter
    from harmonia_plugins.recall.staleness import Ending, Endings, Memo
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.view import View

HIDDEN = ("superseded", "retracted")
WITHDRAWN = "retracted"
"""The status that says that a memory was never true, whatever moment is asked about."""

_REWORDING = "update"
"""The strategy under which a memory takes the new statement's words and stays one memory."""


def endings_of(resident: Resident, view: View) -> Endings:
    """Return the endings of a user's memories; each row is read once."""
    known: Endings = resident.derived.get("endings") or staleness.Endings()
    total = len(view.inactive)
    if known.seen < total:
        new = [_ending(resident, view, row) for row in view.inactive[known.seen :].tolist()]
        known = known.grown([ending for ending in new if ending is not None], total)
    if reworded := _rewordings(resident, view):
        # These end no memory, so they are found by message alone.
        both = known.grown(reworded, total)
        known = staleness.Endings(total, known.by_row, both.by_source)
    resident.derived["endings"] = known
    return known


def memo_of(resident: Resident, view: View, wanted: Filter) -> Memo:
    """Return what recalls of the same rows found out; another moment is judged anew."""
    if wanted.as_of is not None or wanted.known_at is not None:
        return staleness.Memo()
    seen, memo = resident.derived.get("staleness", (None, None))
    if seen is not view:
        memo = staleness.Memo()
        resident.derived["staleness"] = (view, memo)
    return memo


def _ending(resident: Resident, view: View, row: int) -> Ending | None:
    """Return what a revision says of its memory's end; what is put aside has not ended by that."""
    body = resident.body(row)
    by: str | None = body.get("superseded_by")
    status = resident.statuses.names[int(view.status[row])]
    if status not in HIDDEN and not (status == "archived" and by is not None):
        return None
    contradicted = body["change"][3] != staleness.READ_OTHERWISE
    return staleness.Ending(
        row=row,
        by=None if status == WITHDRAWN else by,
        session=resident.session(row) or "",
        sources=tuple(body.get("message_ids", ())) if contradicted else (),
    )


def _rewordings(resident: Resident, view: View) -> list[Ending]:
    """Return new endings of what memories said before they took a newer statement's words."""
    later = view.memories[np.searchsorted(view.memories, resident.derived.get("reworded", 0)) :]
    later = later[view.revision[later] > 1]
    later = later[view.status[later] == resident.statuses.get("active")]
    resident.derived["reworded"] = view.size
    return [ending for row in later.tolist() for ending in _reworded(resident, row)]


def _reworded(resident: Resident, row: int) -> Iterator[Ending]:
    """Yield what earlier wordings of a memory rest on that its revision at a row says otherwise."""
    identity = ("memory", "", resident.id(row))
    chain = [number for number in resident.revisions(identity) if number <= row]
    for before, after in pairwise(chain):
        if resident.text(before) in (resident.text(after), resident.text(row)):
            continue
        _, _, strategy, reason = resident.body(after)["change"]
        if strategy == _REWORDING and reason != "respelled":
            sources = tuple(resident.body(before).get("message_ids", ()))
            yield staleness.Ending(
                row=row, by=resident.id(row), session=resident.session(before) or "",
                sources=sources,
            )  # fmt: skip
