"""Stage 6: the beliefs a statement may restate, replace or contradict."""

from __future__ import annotations

from dataclasses import replace

from harmonia_plugins.pipeline.work import Candidate, Context, Work


def detect(work: Work, context: Context) -> Work:
    """Look back: the one place where a stage sees what is already believed."""
    return work.with_each("detect", lambda candidate: _compared(candidate, context))


def _compared(candidate: Candidate, context: Context) -> tuple[Candidate, str]:
    near = tuple(context.beliefs.near(candidate.memory))
    if not near:
        return candidate, ""
    closest, cosine = max(near, key=lambda pair: pair[1])
    told = f"compared with {len(near)}, nearest {closest.content!r} ({cosine:.2f})"
    return replace(candidate, near=near), told
