"""Extraction by any language model: one schema, versioned prompts, and distrust of the answers."""

from __future__ import annotations

from harmonia_plugins.pipeline.prompting.extractor import ModelExtractor
from harmonia_plugins.pipeline.prompting.schema import SCHEMA
from harmonia_plugins.pipeline.prompting.statistics import ExtractionStatistics

__all__ = ["SCHEMA", "ExtractionStatistics", "ModelExtractor"]
