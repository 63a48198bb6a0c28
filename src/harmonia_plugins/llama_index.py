"""Memory for LlamaIndex.

```python
from llama_index.core.chat_engine import SimpleChatEngine
from harmonia_plugins.llama_index import HarmoniaMemory

memory = HarmoniaMemory.from_defaults(path="./memory", user_id="jo")
chat_engine = SimpleChatEngine.from_defaults(llm=llm, memory=memory)
```

Each name loads its part of the framework when it is first used. Needs the extra `llama-index`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harmonia_plugins.adapters.lazy import lazy_names

if TYPE_CHECKING:
    from harmonia_plugins.adapters.importing import Imported
    from harmonia_plugins.adapters.llama_index.block import HarmoniaMemoryBlock
    from harmonia_plugins.adapters.llama_index.buffer_store import HarmoniaBufferStore
    from harmonia_plugins.adapters.llama_index.chat_store import HarmoniaChatStore
    from harmonia_plugins.adapters.llama_index.importers import (
        import_from_chat_store,
        import_from_memory,
        import_from_memory_block,
    )
    from harmonia_plugins.adapters.llama_index.instrumentation import (
        HarmoniaEventHandler,
        HarmoniaInstrumentation,
        HarmoniaSpanHandler,
        harmonia_instrumentation,
    )
    from harmonia_plugins.adapters.llama_index.memory import HarmoniaMemory
    from harmonia_plugins.adapters.llama_index.retriever import HarmoniaRetriever
    from harmonia_plugins.adapters.llama_index.tools import create_memory_tools

_HOMES = {
    "block": ("HarmoniaMemoryBlock",),
    "buffer_store": ("HarmoniaBufferStore",),
    "chat_store": ("HarmoniaChatStore",),
    "importers": (
        "Imported", "import_from_chat_store", "import_from_memory", "import_from_memory_block",
    ),
    "instrumentation": (
        "HarmoniaEventHandler", "HarmoniaInstrumentation", "HarmoniaSpanHandler",
        "harmonia_instrumentation",
    ),
    "memory": ("HarmoniaMemory",),
    "retriever": ("HarmoniaRetriever",),
    "tools": ("create_memory_tools",),
}  # fmt: skip
_FOLDER = "harmonia_plugins.adapters.llama_index"

__all__ = [
    "HarmoniaBufferStore", "HarmoniaChatStore", "HarmoniaEventHandler", "HarmoniaInstrumentation",
    "HarmoniaMemory", "HarmoniaMemoryBlock", "HarmoniaRetriever", "HarmoniaSpanHandler", "Imported",
    "create_memory_tools", "harmonia_instrumentation", "import_from_chat_store",
    "import_from_memory", "import_from_memory_block",
]  # fmt: skip

_find = lazy_names(
    __name__,
    {name: f"{_FOLDER}.{home}" for home, names in _HOMES.items() for name in names},
    {"llama_index": "llama-index", "workflows": "llama-index"},
)


def __getattr__(name: str) -> Any:
    value = globals()[name] = _find(name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
