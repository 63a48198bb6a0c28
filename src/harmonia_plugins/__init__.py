"""Local-first memory for LLM applications.

```python
from harmonia_plugins import MemoryEngine, Message

with MemoryEngine("./memory") as engine:
    engine.observe([Message("user", "I have a dog called Biggie")], user_id="jason")
    for hit in engine.recall("what is my dog called?", user_id="jason", k=5):
        print(hit.score, hit.text)
```

Names are imported when they are first used, so importing the package costs next to nothing.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harmonia_plugins.aio import AsyncItemStore, AsyncMemoryEngine
    from harmonia_plugins.config import Settings
    from harmonia_plugins.engine import MemoryEngine
    from harmonia_plugins.engine.items import Delete, ItemStore, Put
    from harmonia_plugins.errors import (
        ClosedError,
        CorruptStoreError,
        EmbedderMismatchError,
        HarmoniaError,
        InvalidInputError,
        MissingExtraError,
        NotFoundError,
        ProviderError,
        QueryTimeoutError,
        SchemaVersionError,
        StoreError,
        StoreWriteError,
    )
    from harmonia_plugins.model import (
        Change,
        ChangeSet,
        ChannelScore,
        FieldChange,
        Forgotten,
        Health,
        Item,
        Latency,
        Memory,
        MemoryType,
        Message,
        Page,
        Preferences,
        Purged,
        Recall,
        Revision,
        Session,
        Statement,
        Stats,
        TimeMention,
        Window,
    )
    from harmonia_plugins.ports import Clock, Embedder, Extractor, LanguageModel

    __version__: str

_HOMES = {
    "aio": ("AsyncItemStore", "AsyncMemoryEngine"),
    "config": ("Settings",),
    "engine": ("MemoryEngine",),
    "engine.items": ("Delete", "ItemStore", "Put"),
    "errors": (
        "ClosedError", "CorruptStoreError", "EmbedderMismatchError", "HarmoniaError",
        "InvalidInputError", "MissingExtraError", "NotFoundError", "ProviderError",
        "QueryTimeoutError", "SchemaVersionError", "StoreError", "StoreWriteError",
    ),
    "model": (
        "Change", "ChangeSet", "ChannelScore", "FieldChange", "Forgotten", "Health", "Item",
        "Latency", "Memory", "MemoryType", "Message", "Page", "Preferences", "Purged", "Recall",
        "Revision", "Session", "Statement", "Stats", "TimeMention", "Window",
    ),
    "ports": ("Clock", "Embedder", "Extractor", "LanguageModel"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

# A library says nothing unless the application listens.
logging.getLogger(__name__).addHandler(logging.NullHandler())

__all__ = [
    "AsyncItemStore", "AsyncMemoryEngine", "Change", "ChangeSet", "ChannelScore", "Clock",
    "ClosedError", "CorruptStoreError", "Delete", "Embedder", "EmbedderMismatchError", "Extractor",
    "FieldChange", "Forgotten", "HarmoniaError", "Health", "InvalidInputError", "Item", "ItemStore",
    "LanguageModel", "Latency", "Memory", "MemoryEngine", "MemoryType", "Message",
    "MissingExtraError", "NotFoundError", "Page", "Preferences", "ProviderError", "Purged", "Put",
    "QueryTimeoutError", "Recall", "Revision", "SchemaVersionError", "Session", "Settings",
    "Statement", "Stats", "StoreError", "StoreWriteError", "TimeMention", "Window", "__version__",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from harmonia_plugins.engine.engine import package_version

        return package_version()
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
