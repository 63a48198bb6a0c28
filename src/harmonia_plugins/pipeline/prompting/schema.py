"""The one JSON schema that every model is asked to answer in.

Every field is required and null where it is not known, because strict servers demand it; what
reads the answers needs none but `content`.
"""

from __future__ import annotations

from typing import Any, get_args

from harmonia_plugins.model import MemoryType, Polarity

TYPES = tuple(kind.value for kind in MemoryType)
POLARITIES: tuple[str, ...] = get_args(Polarity)

_TEXT_OR_NULL: dict[str, Any] = {"type": ["string", "null"]}
_SHARE: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 1}

# In the order in which a model writes them: what it is about first, judgements last.
_FIELDS: dict[str, Any] = {
    "message": {"type": "integer", "minimum": 1},
    "content": {"type": "string"},
    "type": {"type": "string", "enum": [*TYPES]},
    "polarity": {"type": "string", "enum": [*POLARITIES]},
    "subject": _TEXT_OR_NULL,
    "attribute": _TEXT_OR_NULL,
    "value": _TEXT_OR_NULL,
    "entities": {"type": "array", "items": {"type": "string"}},
    "replaces": {"type": "array", "items": {"type": "integer", "minimum": 1}},
    "confidence": _SHARE,
    "importance": _SHARE,
}

SCHEMA: dict[str, object] = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _FIELDS,
                "required": [*_FIELDS],
                "additionalProperties": False,
            },
        }
    },
    "required": ["statements"],
    "additionalProperties": False,
}
