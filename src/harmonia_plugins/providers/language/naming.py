"""What can be learned of a framework's model without importing the framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast


def fields_of(model: Any) -> Mapping[str, object]:
    """Return the pydantic fields of a model's class; none where it is no pydantic class."""
    fields: object = getattr(cast("object", model).__class__, "model_fields", None)
    return cast("Mapping[str, object]", fields) if isinstance(fields, Mapping) else {}


def model_name(model: Any) -> str:
    """Return the class's name, and the name of the weights where the model tells it."""
    kind = type(model).__name__
    for attribute in ("model_name", "model", "model_id"):
        value: object = getattr(model, attribute, None)
        if isinstance(value, str) and value.strip() and value != "unknown":
            return f"{kind}:{value}"
    return kind
