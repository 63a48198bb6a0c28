"""Where recalled text stands among the messages that a model is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.instrumentation.span import active_span_id

LEAD = "What belongs to this conversation follows."
"""A system message before the first of a memory, for agents."""

_AGENT_STEP = re.compile(r"\.(init_run|parse_agent_output|aggregate_tool_results)-")


def in_agent() -> bool:
    """Tell whether an agent of LlamaIndex is asking: its steps have spans of these names."""
    return _AGENT_STEP.search(active_span_id.get() or "") is not None


def led(messages: Sequence[ChatMessage]) -> list[ChatMessage]:
    """Return messages with `LEAD` before a system message at the beginning.

    `ReActAgent` throws away the first message if it is a system message, because it takes it for
    its own system prompt, also where it has none; what a memory put there would be lost.
    """
    if not messages or messages[0].role != MessageRole.SYSTEM:
        return list(messages)
    return [ChatMessage(role=MessageRole.SYSTEM, content=LEAD), *messages]
