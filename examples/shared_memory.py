"""One memory for two frameworks: an agent of LangChain and one of LlamaIndex serve one user."""

import asyncio
import re
import tempfile
from collections.abc import Iterable
from typing import Any

from langchain.agents import create_agent
from langchain_core.language_models import SimpleChatModel
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.llms import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLM

from harmonia_plugins import AsyncMemoryEngine
from harmonia_plugins.langchain import HarmoniaMiddleware
from harmonia_plugins.llama_index import HarmoniaMemory

USER = "noor"


def answer(messages: Iterable[Any]) -> str:
    """Stand in for a language model: say which facts memory has put into the prompt."""
    prompt = "\n".join(str(message.content) for message in messages)
    known = re.findall(r"^- \[.*?\] (User .*)$", prompt, re.MULTILINE)
    return "I know: " + "; ".join(known) if known else "I see."


class ScriptedModel(SimpleChatModel):
    _llm_type = "scripted"

    def _call(self, messages: Iterable[Any], *_: Any, **__: Any) -> str:
        return answer(messages)


async def main() -> None:
    async with AsyncMemoryEngine(tempfile.mkdtemp()) as engine:
        chain = create_agent(ScriptedModel(), middleware=[HarmoniaMiddleware(engine, user_id=USER)])
        llm = MockFunctionCallingLLM(
            response_generator=lambda asked, **_: ChatMessage(answer(asked), role="assistant")
        )
        index = FunctionAgent(llm=llm)

        async def ask(framework: str, text: str) -> None:
            if framework == "LangChain":
                said = (await chain.ainvoke({"messages": [("user", text)]}))["messages"][-1].text
            else:
                said = await index.run(text, memory=HarmoniaMemory(engine=engine, user_id=USER))
            await engine.flush()  # a program that goes on need not wait for learning
            print(f"{framework:10} {USER}: {text}\n{'':10} agent: {said}")

        await ask("LangChain", "I live in Porto.")
        await ask("LlamaIndex", "Which city do I live in?")
        await ask("LlamaIndex", "I live in Ghent now.")
        await ask("LangChain", "Which city do I live in?")


if __name__ == "__main__":
    asyncio.run(main())
