"""The memory engine: the one place where the parts are joined.

`core` opens and guards. `observing`, `telling`, `understanding`, `forgetting` and `reading` hold
the verbs, `learning` and `deciding` what is behind them. `engine` is the class users call.
"""

from harmonia_plugins.engine.engine import MemoryEngine

__all__ = ["MemoryEngine"]
