"""How a memory is written down as JSON, and which arguments make it again."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.memory.memory import DEFAULT_MEMORY_BLOCKS_TEMPLATE
from llama_index.core.prompts import RichPromptTemplate

from harmonia_plugins.adapters.llama_index.scope import check_known
from harmonia_plugins.adapters.tagged import decode, encode
from harmonia_plugins.errors import InvalidInputError

if TYPE_CHECKING:
    from harmonia_plugins.adapters.llama_index.memory import HarmoniaMemory

_APART = frozenset({
    "memory_blocks", "memory_blocks_template", "recall_options", "sql_store", "tokenizer_fn",
})  # fmt: skip
"""Fields that are written in another form, or not at all."""
_STORES = (
    "chat_store", "sql_store", "async_database_uri", "async_engine", "db_schema", "table_name",
)  # fmt: skip
"""Arguments of `Memory` that say where its log is."""


def check_fields(given: dict[str, Any], known: Iterable[str]) -> None:
    """Refuse arguments that a memory would do nothing with.

    Args:
        given: arguments by name; those that say "no other store" are taken out.
        known: the names of a memory's fields.

    Raises:
        InvalidInputError: one names another store for the log, or is unknown.
    """
    for name in _STORES:
        if given.pop(name, None) is not None:
            raise InvalidInputError(
                f"HarmoniaMemory keeps its messages in the engine and takes no {name}: use "
                "LlamaIndex's Memory with a HarmoniaMemoryBlock to keep another store"
            )
    check_known("HarmoniaMemory", given, {*known} - {"sql_store"})


def described(memory: HarmoniaMemory, others: Sequence[str]) -> dict[str, Any]:
    """Return a memory as JSON; of blocks of others only the names."""
    data = memory.model_dump(mode="json", include=set(type(memory).model_fields) - _APART)
    data["recall_options"] = encode(memory.recall_options)
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
    fields["recall_options"] = decode(fields.get("recall_options"))
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


def revived(
    cls: type[HarmoniaMemory], data: Mapping[str, Any], others: Sequence[Any], tokenizer: Any
) -> HarmoniaMemory:
    """Return the memory that was pickled."""
    return cls.from_dict(data, memory_blocks=others, tokenizer_fn=tokenizer)
