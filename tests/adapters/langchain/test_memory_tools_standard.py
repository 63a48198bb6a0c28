"""The standard suites of langchain-tests, unchanged, for each memory tool."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.tools import BaseTool
from langchain_tests.integration_tests import ToolsIntegrationTests
from langchain_tests.unit_tests import ToolsUnitTests

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import create_memory_tools


class _Standard:
    name: str
    arguments: dict[str, Any]

    @pytest.fixture(autouse=True)
    def _tool(self, engine: MemoryEngine, user: str) -> None:
        known = engine.remember("User likes tea", user_id=user).changes[0].after
        assert known is not None
        tools = create_memory_tools(engine, user_id=user)
        (self.made,) = (tool for tool in tools if tool.name == self.name)
        self.known = known.id

    @property
    def tool_constructor(self) -> BaseTool:
        return self.made

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {name: value or self.known for name, value in self.arguments.items()}


class _Search(_Standard):
    name, arguments = "search_memory", {"query": "What does the user like?", "limit": 3}


class _Save(_Standard):
    name, arguments = "save_memory", {"content": "User owns a boat"}


class _Update(_Standard):
    name, arguments = "update_memory", {"id": None, "content": "User likes coffee"}


class _Forget(_Standard):
    name, arguments = "forget_memory", {"id": None}


class TestSearchUnit(_Search, ToolsUnitTests): ...


class TestSearchIntegration(_Search, ToolsIntegrationTests): ...


class TestSaveUnit(_Save, ToolsUnitTests): ...


class TestSaveIntegration(_Save, ToolsIntegrationTests): ...


class TestUpdateUnit(_Update, ToolsUnitTests): ...


class TestUpdateIntegration(_Update, ToolsIntegrationTests): ...


class TestForgetUnit(_Forget, ToolsUnitTests): ...


class TestForgetIntegration(_Forget, ToolsIntegrationTests): ...
