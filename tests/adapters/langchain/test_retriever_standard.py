"""The standard suite of langchain-tests, unchanged, for the retriever."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.langchain import HarmoniaRetriever


class TestHarmoniaRetriever(RetrieversIntegrationTests):
    """LangChain's own tests, unchanged."""

    @pytest.fixture(autouse=True)
    def _known(self, engine: MemoryEngine, user: str) -> None:
        said = ["I moved to Lyon", "The market is wonderful", "I play the cello"]
        engine.observe([Message("user", text) for text in said], user_id=user, extract=False)
        self.params = {"engine": engine, "user_id": user, "k": 2}

    @property
    def retriever_constructor(self) -> type[HarmoniaRetriever]:
        return HarmoniaRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return self.params

    @property
    def retriever_query_example(self) -> str:
        return "where does Ada live?"
