"""From chat messages to statements: third person, one fact each, by rules alone."""

from harmonia_plugins.pipeline.extraction.extractor import EmbeddedExtractor

__all__ = ["EmbeddedExtractor"]
