"""Conformance suites: whether an implementation of a port keeps its contract."""

from __future__ import annotations

from harmonia_plugins.testing.conformance.embedder import check_embedder, embedder_tests
from harmonia_plugins.testing.conformance.report import NotConforming, Report
from harmonia_plugins.testing.conformance.store import check_store, store_tests

__all__ = [
    "NotConforming",
    "Report",
    "check_embedder",
    "check_store",
    "embedder_tests",
    "store_tests",
]
