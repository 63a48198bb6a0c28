"""An agent with memory and memory tools: it corrects what it knows when the user asks for it."""

import asyncio
import re
import tempfile
from collections.abc import Sequence
from typing import Any

from llama_index.core.agent.workflow import FunctionAgent, ToolCallResult
from llama_index.core.base.llms.types import ToolCallBlock
from llama_index.core.llms import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLM

from harmonia_plugins import AsyncMemoryEngine
from harmonia_plugins.llama_index import HarmoniaMemory, create_memory_tools

USER = "noor"


def answer(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
    """Stand in for a language model: follow what the user asks for with the memory tools."""
    place = max(n for n, message in enumerate(messages) if message.role == "user")
    asked = messages[place].content or ""
    results = [message.content or "" for message in messages[place:] if message.role == "tool"]
    if "wrong" not in asked:
        known = "\n".join(m.content or "" for m in messages if m.role == "system")
        facts = re.findall(r"^- \[.*?\] (User .*)$", known, re.MULTILINE)
        return ChatMessage(role="assistant", content="; ".join(facts) or "Good luck!")
    if not results:
        return call("search_memory", query="marathon")
    if len(results) == 1:
        found = re.search(r"\(id (\S+)\)", results[0])
        assert found is not None, results[0]
        return call("update_memory", id=found[1], content="User runs the marathon in Ghent")
    return ChatMessage(role="assistant", content="I have corrected it.")


def call(tool: str, **arguments: Any) -> ChatMessage:
    block = ToolCallBlock(tool_call_id=tool, tool_name=tool, tool_kwargs=arguments)
    return ChatMessage(role="assistant", blocks=[block])


async def main() -> None:
    llm = MockFunctionCallingLLM(response_generator=answer)  # or any model that calls functions
    async with AsyncMemoryEngine(tempfile.mkdtemp()) as engine:
        agent = FunctionAgent(llm=llm, tools=create_memory_tools(engine, user_id=USER))
        for text in ("I run the marathon in Bruges", "No, that is wrong: Ghent", "My marathon?"):
            memory = HarmoniaMemory.from_defaults(engine=engine, user_id=USER)  # a new session
            print(f"{USER}: {text}")
            run = agent.run(text, memory=memory)
            async for event in run.stream_events():
                if isinstance(event, ToolCallResult):
                    print(f"  {event.tool_name}({event.tool_kwargs})\n    {event.tool_output}")
            print(f"agent: {await run}\n")
            await engine.flush()  # a program that goes on need not wait for learning


if __name__ == "__main__":
    asyncio.run(main())
