"""What a framework's document or node says of a hit beside its text, score and sources."""

from __future__ import annotations

from typing import Any

from harmonia_plugins.model import Recall

_KEPT: dict[str, tuple[str, ...]] = {
    "message": ("role", "name", "created_at", "metadata"),
    "memory": (
        "type", "confidence", "importance", "tags", "categories", "subject", "attribute", "value",
        "status", "revision", "trust", "occurred_at", "valid_from", "valid_to", "recorded_at",
        "metadata",
    ),
    "item": ("namespace", "value", "created_at", "updated_at"),
}  # fmt: skip


def details_of(hit: Recall) -> dict[str, Any]:
    """Return the record's own fields, as JSON, but for what a hit says already."""
    value = hit.memory or hit.message or hit.item
    if value is None:  # a layer this version does not know
        return {}
    record = value.to_dict()
    if hit.memory is not None:
        record["type"] = str(hit.memory.type)  # no enum of ours in checkpoints and traces
    return {name: record[name] for name in _KEPT[hit.layer]}
