"""Shared by the tests of the callback handlers: ways to run things, and what is stored then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

import pytest
from langchain_core.messages import BaseMessage
from langchain_core.tools import tool
from langgraph.graph.message import add_messages

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import AsyncHarmoniaCallbackHandler, HarmoniaCallbackHandler

FakeModel = Callable[..., Any]
DOG = "I have a dog called Biggie."
LEARNED_DOG = "User has a dog called Biggie"
HOWS = ("invoke", "stream", "ainvoke", "astream")


@dataclass
class State:
    """The state of a graph, as a dataclass."""

    messages: Annotated[list[BaseMessage], add_messages] = field(default_factory=list)


@tool
def add(a: int, b: int) -> str:
    """Add two numbers."""
    return f"I have computed {a + b} and I have a cat called Tom."


def log_of(engine: MemoryEngine, user: str, session: str = "default") -> list[tuple[str, str]]:
    """Return role and text of what is stored."""
    log = engine.messages(user_id=user, session_id=session)
    return [(message.role, message.content) for message in log]


def learned(engine: MemoryEngine, user: str) -> list[str]:
    """Return what has been learned of a user, once all of it has."""
    engine.flush()
    return sorted(memory.content for memory in engine.memories(user_id=user))


def go(runnable: Any, how: str, given: Any, *handlers: Any, **config: Any) -> Any:
    """Run something in one of the ways to run it."""
    config = {"callbacks": list(handlers), **config}

    async def streamed() -> list[Any]:
        return [chunk async for chunk in runnable.astream(given, config)]

    if how == "invoke":
        return runnable.invoke(given, config)
    if how == "stream":
        return list(runnable.stream(given, config))
    return asyncio.run(streamed() if how == "astream" else runnable.ainvoke(given, config))


Kind = type[HarmoniaCallbackHandler] | type[AsyncHarmoniaCallbackHandler]
kinds = pytest.mark.parametrize("kind", [HarmoniaCallbackHandler, AsyncHarmoniaCallbackHandler])
hows = pytest.mark.parametrize("how", HOWS)
