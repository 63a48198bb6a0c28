"""How a memory is written down as JSON, and which arguments make it again."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.memory.memory import DEFAULT_MEMORY_BLOCKS_TEMPLATE
from llama_index.core.prompts import RichPromptTemplate

if TYPE_CHECKING:
    from harmonia_plugins.adapters.llama_index.memory import HarmoniaMemory

_FIELDS = (
    "user_id", "path", "session_id", "token_limit", "token_flush_size", "chat_history_token_ratio",
    "image_token_size_estimate", "audio_token_size_estimate", "video_token_size_estimate",
    "document_token_size_estimate", "k", "recall_tokens", "recall_options",
)  # fmt: skip


def described(memory: HarmoniaMemory, others: Sequence[str]) -> dict[str, Any]:
    """Return a memory as JSON; of blocks of others only the names."""
    data: dict[str, Any] = {name: copy.deepcopy(getattr(memory, name)) for name in _FIELDS}
    data["insert_method"] = memory.insert_method.value
    template = memory.memory_blocks_template.template_str
    if template != DEFAULT_MEMORY_BLOCKS_TEMPLATE.template_str:
        data["memory_blocks_template"] = template
    if others:
        data["other_blocks"] = list(others)
    return data | {"class_name": memory.class_name()}


def arguments(data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments that make a memory again.

    Args:
        data: what `described` returned.
        given: arguments to use besides or instead.
    """
    fields = dict(data)
    fields.pop("class_name", None)
    there = {block.name for block in given.get("memory_blocks") or ()}
    if missing := set(fields.pop("other_blocks", ())) - there:
        warnings.warn(
            f"memory blocks {sorted(missing)} were not written down and are missing now: pass "
            "them as memory_blocks= to from_dict",
            stacklevel=3,
        )
    if given.get("engine") is not None:
        fields.pop("path", None)
    fields |= given
    template = fields.get("memory_blocks_template")
    if isinstance(template, str):
        fields["memory_blocks_template"] = RichPromptTemplate(template)
    return fields
