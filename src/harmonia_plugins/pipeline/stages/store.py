"""Stage 9: the changes and the record that the messages were learned from, in one commit."""

from __future__ import annotations

from harmonia_plugins.pipeline.work import Context, Work


def store(work: Work, context: Context) -> Work:
    """Hand the work to the store; a dry run hands in what does nothing."""
    context.store(work)
    kinds = sorted({change.kind for change in work.changes})
    told = f": {', '.join(kinds)}" if kinds else ""
    return work.noted("store", f"{len(work.changes)} changes{told}")
