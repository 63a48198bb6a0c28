"""One engine for each module, and chat models that say what a script tells them to say."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore

Answer = str | AIMessage | Exception


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryEngine]:
    """A real engine that learns in the background; keep tests apart by `user`."""
    with MemoryEngine(tmp_path_factory.mktemp("memory")) as opened:
        yield opened


@pytest.fixture
def user() -> str:
    """A user that no other test has."""
    return f"user-{uuid4().hex[:12]}"


@pytest.fixture
def store(engine: MemoryEngine, user: str) -> HarmoniaStore:
    """A store for that user."""
    return HarmoniaStore(engine, user_id=user)


def calls(*tools: tuple[str, dict[str, Any]]) -> AIMessage:
    """Return an answer that asks for tools: `calls(("add", {"a": 1, "b": 2}))`."""
    return AIMessage(
        "",
        tool_calls=[
            {"name": name, "args": args, "id": f"call_{uuid4().hex}"} for name, args in tools
        ],
    )


class FakeChatModel(BaseChatModel):
    """Answers from a script, in order (the last answer for ever), or by a function of the prompt.

    An exception in the script is raised. Streams word by word. `prompts` are the lists of
    messages it was asked with, `bound` the names of the tools it was last bound to.
    """

    answers: Sequence[Any] | Callable[[list[BaseMessage]], Any] = ("ok",)
    delay: float = 0.0
    prompts: list[list[BaseMessage]] = []
    bound: list[str] = []
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "fake-chat"

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Any:
        """Take tools as real models do."""
        self.bound[:] = [getattr(tool, "name", str(tool)) for tool in tools]
        return self

    def _next(self, messages: list[BaseMessage]) -> AIMessage:
        with self._lock:
            turn = len(self.prompts)
            self.prompts.append(list(messages))
        if callable(self.answers):
            answer = self.answers(messages)
        else:
            answer = self.answers[min(turn, len(self.answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        return AIMessage(answer) if isinstance(answer, str) else answer.model_copy(deep=True)

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        if self.delay:
            threading.Event().wait(self.delay)
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        await asyncio.sleep(self.delay)
        return ChatResult(generations=[ChatGeneration(message=self._next(messages))])

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _pieces(self._next(messages)):
            if run_manager is not None:
                run_manager.on_llm_new_token(str(chunk.message.content), chunk=chunk)
            yield chunk


def _pieces(answer: AIMessage) -> list[ChatGenerationChunk]:
    if answer.tool_calls or not isinstance(answer.content, str):
        fields = answer.model_dump(exclude={"type"})
        return [ChatGenerationChunk(message=AIMessageChunk(**fields))]
    words = answer.content.split(" ")
    texts = [word if number == 0 else f" {word}" for number, word in enumerate(words)]
    return [ChatGenerationChunk(message=AIMessageChunk(text, id=answer.id)) for text in texts]


@pytest.fixture
def fake_model() -> Callable[..., FakeChatModel]:
    """Make a scripted chat model: `fake_model("first answer", "second")` or of a function."""

    def make(*answers: Any, **options: Any) -> FakeChatModel:
        script = answers[0] if len(answers) == 1 and callable(answers[0]) else answers or ("ok",)
        return FakeChatModel(answers=script, prompts=[], bound=[], **options)

    return make


@pytest.fixture
def tool_calls() -> Callable[..., AIMessage]:
    """Make an answer that asks for tools: `tool_calls(("add", {"a": 1, "b": 2}))`."""
    return calls
