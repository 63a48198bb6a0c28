"""The memory engine: the one place where the parts are joined.

`core` opens and guards, `writing` and `reading` hold the verbs, `engine` is the class users call.
"""

from harmonia_plugins.engine.engine import MemoryEngine

__all__ = ["MemoryEngine"]
