"""One store, two frameworks: what one was told the other knows, and what it corrects comes back.

Run as a program, this file is the other process: it talks to an agent and prints what its model
was shown.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models import SimpleChatModel
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.llms.mock import MockFunctionCallingLLM

from harmonia_plugins import MemoryEngine, langchain, llama_index
from harmonia_plugins.text.fence import OPENING

pytestmark = [
    pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning"),
]

USER = "noor"
ANSWER = "I see."


class FakeChatModel(SimpleChatModel):
    """A model of LangChain that keeps what it was shown."""

    shown: list[str] = []  # copied for each model

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _call(self, messages: Sequence[Any], *_: Any, **__: Any) -> str:
        self.shown.append("\n".join(str(message.content) for message in messages))
        return ANSWER


def fake_llm(shown: list[str]) -> MockFunctionCallingLLM:
    """Return a model of LlamaIndex that keeps what it was shown."""

    def answer(messages: Sequence[ChatMessage], **_: Any) -> ChatMessage:
        shown.append("\n".join(message.content or "" for message in messages))
        return ChatMessage(role="assistant", content=ANSWER)

    return MockFunctionCallingLLM(response_generator=answer, is_chat_model=True)


Talk = Callable[[MemoryEngine, str], str]
"""Says something to an agent in a new session, and returns what the model was shown."""


def to_langchain(engine: MemoryEngine, text: str) -> str:
    model = FakeChatModel()
    memory = langchain.HarmoniaMiddleware(engine, user_id=USER)
    create_agent(model, middleware=[memory]).invoke({"messages": [("user", text)]})
    return model.shown[-1]


def to_llama_index(engine: MemoryEngine, text: str) -> str:
    shown: list[str] = []

    async def run() -> None:
        memory = llama_index.HarmoniaMemory.from_defaults(engine=engine, user_id=USER)
        await FunctionAgent(llm=fake_llm(shown)).run(text, memory=memory)

    asyncio.run(run())
    return shown[-1]


AGENTS: dict[str, Talk] = {"langchain": to_langchain, "llama_index": to_llama_index}


def in_another_process(folder: Path, framework: str, *texts: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, __file__, str(folder), framework, *texts],
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def facts(prompt: str) -> set[str]:
    """Return what recalled text states as true of the user."""
    recalled = prompt.partition(OPENING)[2]
    lines = [line.partition("] ")[2] for line in recalled.splitlines() if line.startswith("- [")]
    return {line for line in lines if line.startswith("User ")}


@pytest.mark.parametrize(("here", "there"), [tuple(AGENTS), tuple(reversed(AGENTS))])
def test_told_here_known_there_and_corrected_back(here: str, there: str, tmp_path: Path) -> None:
    with MemoryEngine(tmp_path) as engine:  # stays open all the while
        AGENTS[here](engine, "I live in Porto")
        engine.flush()
        asked, corrected = in_another_process(
            tmp_path, there, "Which city do I live in?", "I live in Ghent now"
        )
        assert facts(asked) == {"User lives in Porto"}
        assert facts(corrected) == {"User lives in Porto"}
        assert facts(AGENTS[here](engine, "Which city do I live in?")) == {
            "User lives in Ghent now"
        }
        outdated = engine.memories(user_id=USER, status="superseded")
        assert [memory.content for memory in outdated] == ["User lives in Porto"]
        assert engine.stats(user_id=USER).messages == 8


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryEngine]:
    with MemoryEngine(tmp_path_factory.mktemp("memory")) as opened:
        yield opened


def test_a_session_of_one_is_a_log_of_the_other(engine: MemoryEngine) -> None:
    theirs = langchain.HarmoniaChatMessageHistory(engine, user_id="log", session_id="s")
    ours = llama_index.HarmoniaMemory.from_defaults(engine=engine, user_id="log", session_id="s")
    theirs.add_user_message("Where is Porto?")
    ours.put(ChatMessage(role="assistant", content="In Portugal"))
    assert [(m.role.value, m.content) for m in ours.get_all()] == [
        ("user", "Where is Porto?"),
        ("assistant", "In Portugal"),
    ]
    assert [(m.type, m.content) for m in theirs.messages] == [
        ("human", "Where is Porto?"),
        ("ai", "In Portugal"),
    ]


def test_what_tools_of_one_save_the_tools_of_the_other_find_and_forget(
    engine: MemoryEngine,
) -> None:
    save = langchain.create_memory_tools(engine, user_id="tools", include=["save"])[0]
    search, forget = llama_index.create_memory_tools(
        engine, user_id="tools", include=["search", "forget"]
    )
    save.invoke({"content": "User plays the cello"})
    (memory,) = engine.memories(user_id="tools")
    assert "User plays the cello" in str(search.call(query="music"))
    forget.call(id=memory.id)
    again = langchain.create_memory_tools(engine, user_id="tools", include=["search"])[0]
    assert "cello" not in str(again.invoke({"query": "music"}))


def main(folder: str, framework: str, *texts: str) -> None:
    with MemoryEngine(folder) as engine:
        shown: list[str] = []
        for text in texts:
            shown.append(AGENTS[framework](engine, text))
            engine.flush()
    print(json.dumps(shown))


if __name__ == "__main__":
    main(*sys.argv[1:])
