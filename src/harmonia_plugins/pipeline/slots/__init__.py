"""From a third-person statement to its slot: subject, attribute and value."""

from harmonia_plugins.pipeline.slots.clauses import slots_of
from harmonia_plugins.pipeline.slots.reader import slot_of
from harmonia_plugins.pipeline.slots.slot import ANY, WHEN, Slot, canonical, is_functional

__all__ = ["ANY", "WHEN", "Slot", "canonical", "is_functional", "slot_of", "slots_of"]
