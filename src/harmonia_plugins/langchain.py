"""Memory for LangChain and LangGraph.

```python
from langchain.agents import create_agent
from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaMiddleware

agent = create_agent(model, middleware=[HarmoniaMiddleware(MemoryEngine("./memory"), user_id="jo")])
```

Each name loads its part of the framework when it is first used. Needs the extra `langchain`;
`HarmoniaMiddleware` and the memory tools' injected runtime need `agents` too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from harmonia_plugins.adapters.lazy import lazy_names

if TYPE_CHECKING:
    from harmonia_plugins.adapters.langchain.callbacks import (
        AsyncHarmoniaCallbackHandler,
        HarmoniaCallbackHandler,
    )
    from harmonia_plugins.adapters.langchain.graph import learn_node, recall_node, with_recalled
    from harmonia_plugins.adapters.langchain.history import HarmoniaChatMessageHistory
    from harmonia_plugins.adapters.langchain.importers import (
        import_from_chat_history,
        import_from_langgraph,
    )
    from harmonia_plugins.adapters.langchain.middleware import HarmoniaMiddleware
    from harmonia_plugins.adapters.langchain.retriever import HarmoniaRetriever
    from harmonia_plugins.adapters.langchain.scope import Run
    from harmonia_plugins.adapters.langchain.store import HarmoniaStore
    from harmonia_plugins.adapters.langchain.tools import create_memory_tools

_HOMES = {
    "callbacks": ("AsyncHarmoniaCallbackHandler", "HarmoniaCallbackHandler"),
    "graph": ("learn_node", "recall_node", "with_recalled"),
    "history": ("HarmoniaChatMessageHistory",),
    "importers": ("import_from_chat_history", "import_from_langgraph"),
    "middleware": ("HarmoniaMiddleware",),
    "retriever": ("HarmoniaRetriever",),
    "scope": ("Run",),
    "store": ("HarmoniaStore",),
    "tools": ("create_memory_tools",),
}
_FOLDER = "harmonia_plugins.adapters.langchain"

__all__ = [
    "AsyncHarmoniaCallbackHandler", "HarmoniaCallbackHandler", "HarmoniaChatMessageHistory",
    "HarmoniaMiddleware", "HarmoniaRetriever", "HarmoniaStore", "Run", "create_memory_tools",
    "import_from_chat_history", "import_from_langgraph", "learn_node", "recall_node",
    "with_recalled",
]  # fmt: skip

_PACKAGES = ("langchain_core", "langgraph", "langchain")


def _names(extra: str, homes: Iterable[str]) -> Callable[[str], Any]:
    """Return what finds the names of some homes, all of which one extra serves."""
    places = {name: f"{_FOLDER}.{home}" for home in homes for name in _HOMES[home]}
    return lazy_names(__name__, places, dict.fromkeys(_PACKAGES, extra))


_find = _names("langchain", _HOMES.keys() - {"middleware"})
_find_agents = _names("agents", ["middleware"])


def __getattr__(name: str) -> Any:
    find = _find_agents if name in _HOMES["middleware"] else _find
    value = globals()[name] = find(name)
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
