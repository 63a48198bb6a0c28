"""What a statement is: its type, weight, topics, categories and the names in it."""

from harmonia_plugins.pipeline.classification.entities import entities_of
from harmonia_plugins.pipeline.classification.importance import importance_of
from harmonia_plugins.pipeline.classification.judging import Evidence, classify, evidence
from harmonia_plugins.pipeline.classification.topics import (
    CATEGORY_SIGNS,
    categories_of,
    tags_of,
)

__all__ = [
    "CATEGORY_SIGNS",
    "Evidence",
    "categories_of",
    "classify",
    "entities_of",
    "evidence",
    "importance_of",
    "tags_of",
]
