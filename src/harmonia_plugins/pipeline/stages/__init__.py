"""The nine stages from a message to what changes, in order.

A stage is a function `(work, context) -> work`; an engine can be given another list of them.
"""

from harmonia_plugins.pipeline.stages.confidence import confidence
from harmonia_plugins.pipeline.stages.detect import detect
from harmonia_plugins.pipeline.stages.entities import entities
from harmonia_plugins.pipeline.stages.extract import extract
from harmonia_plugins.pipeline.stages.preprocess import preprocess
from harmonia_plugins.pipeline.stages.resolve import resolve
from harmonia_plugins.pipeline.stages.store import store
from harmonia_plugins.pipeline.stages.temporal import temporal
from harmonia_plugins.pipeline.stages.validate import validate
from harmonia_plugins.pipeline.work import Stage

STAGES: tuple[Stage, ...] = (
    Stage(name="preprocess", run=preprocess),
    Stage(name="entities", run=entities),
    Stage(name="extract", run=extract),
    Stage(name="confidence", run=confidence),
    Stage(name="temporal", run=temporal),
    Stage(name="detect", run=detect, one_by_one=True),
    Stage(name="resolve", run=resolve, one_by_one=True),
    Stage(name="validate", run=validate, one_by_one=True),
    Stage(name="store", run=store),
)
"""What an engine runs unless it is given others."""

__all__ = ["STAGES"]
