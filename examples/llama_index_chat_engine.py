"""A chat engine that remembers: told on one day, known on another, corrected on a third."""

import re
import tempfile
from collections.abc import Sequence
from typing import Any

from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms import LLM, ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLM

from harmonia_plugins import MemoryEngine
from harmonia_plugins.llama_index import HarmoniaMemory

USER = "noor"


def answer(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
    """Stand in for a language model: say what memory has put into the prompt."""
    shown = "\n".join(message.content or "" for message in messages if message.role == "system")
    known = re.findall(r"^- \[.*?\] (User .*)$", shown, re.MULTILINE)
    text = "I know: " + "; ".join(known) if known else "Nice to meet you."
    return ChatMessage(role="assistant", content=text)


def talk(engine: MemoryEngine, llm: LLM, session: str, *sentences: str) -> None:
    memory = HarmoniaMemory.from_defaults(engine=engine, user_id=USER, session_id=session)
    chat_engine = SimpleChatEngine.from_defaults(llm=llm, memory=memory)
    print(f"\n{session}")
    for sentence in sentences:
        print(f"  {USER}: {sentence}")
        print("  assistant: ", *chat_engine.stream_chat(sentence).response_gen, sep="")
    engine.flush()  # a program that goes on need not wait: learning happens in the background


def main() -> None:
    llm = MockFunctionCallingLLM(response_generator=answer)  # or any other LLM of LlamaIndex
    folder = tempfile.mkdtemp()  # an application names a folder that stays
    with MemoryEngine(folder) as engine:
        talk(engine, llm, "Monday", "I live in Porto.", "I'm allergic to peanuts.")
    with MemoryEngine(folder) as engine:  # as another process would
        talk(engine, llm, "Tuesday", "Which city do I live in?", "I live in Ghent now.")
        talk(engine, llm, "Friday", "Which city do I live in?")
        print("\nWhat is believed now, and what was:")
        for status in ("active", "superseded"):
            for memory in engine.memories(user_id=USER, status=status):
                print(f"  {status:10} {memory.content}")


if __name__ == "__main__":
    main()
