"""Shared by the tests of the chat history."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import BaseMessage

from harmonia_plugins.langchain import HarmoniaChatMessageHistory


def said(messages: list[BaseMessage]) -> list[tuple[str, str]]:
    """Return type and text of each message."""
    return [(item.type, item.text if isinstance(item.text, str) else "") for item in messages]


def of(engine: Any, user: str, session: str = "s", **options: Any) -> HarmoniaChatMessageHistory:
    """Return a fresh history, as every request makes one."""
    return HarmoniaChatMessageHistory(engine, user_id=user, session_id=session, **options)
