"""One engine for each module, and language models that say what a script tells them to say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    LLMMetadata,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.llms.function_calling import FunctionCallingLLM
from llama_index.core.llms.llm import ToolSelection
from pydantic import PrivateAttr

from harmonia_plugins import MemoryEngine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryEngine]:
    """A real engine that learns in the background; keep tests apart by `user`."""
    with MemoryEngine(tmp_path_factory.mktemp("memory")) as opened:
        yield opened


@pytest.fixture
def user() -> str:
    """A user that no other test has."""
    return f"user-{uuid4().hex[:12]}"


class FakeLLM(FunctionCallingLLM):
    """Answers from a script, in order (the last answer for ever), or by a function of the prompt.

    An answer is a text or a message; an exception is raised. Streams word by word. `prompts` are
    the lists of messages it was asked with.
    """

    functions: bool = True
    _answers: Any = PrivateAttr(default=("ok",))
    _prompts: list[list[ChatMessage]] = PrivateAttr(default_factory=list)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def __init__(self, *answers: Any, functions: bool = True) -> None:
        super().__init__(functions=functions)
        self._answers = answers[0] if answers and callable(answers[0]) else answers or ("ok",)

    @property
    def prompts(self) -> list[list[ChatMessage]]:
        return self._prompts

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(is_chat_model=True, is_function_calling_model=self.functions)

    def _next(self, messages: Sequence[ChatMessage]) -> ChatMessage:
        with self._lock:
            turn = len(self._prompts)
            self._prompts.append([message.model_copy(deep=True) for message in messages])
        if callable(self._answers):
            answer = self._answers(messages)
        else:
            answer = self._answers[min(turn, len(self._answers) - 1)]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, str):
            return ChatMessage(role="assistant", content=answer)
        return answer.model_copy(deep=True)

    def _pieces(self, messages: Sequence[ChatMessage]) -> Iterator[ChatResponse]:
        answer = self._next(messages)
        blocks = [block for block in answer.blocks if not isinstance(block, TextBlock)]
        if blocks or not answer.content:
            yield ChatResponse(message=answer, delta=answer.content or "")
            return
        text = ""
        for word in answer.content.split(" "):
            delta = f" {word}" if text else word
            text += delta
            yield ChatResponse(message=ChatMessage(role="assistant", content=text), delta=delta)

    def chat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
        return ChatResponse(message=self._next(messages))

    async def achat(self, messages: Sequence[ChatMessage], **_: Any) -> ChatResponse:
        return ChatResponse(message=self._next(messages))

    def stream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> Any:
        return self._pieces(messages)

    async def astream_chat(self, messages: Sequence[ChatMessage], **_: Any) -> Any:
        async def pieces() -> Any:
            for piece in self._pieces(messages):
                yield piece

        return pieces()

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        return CompletionResponse(text=self._next([ChatMessage(content=prompt)]).content or "")

    async def acomplete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        return self.complete(prompt)

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        raise NotImplementedError

    async def astream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        raise NotImplementedError

    def _prepare_chat_with_tools(
        self, tools: Any, user_msg: Any = None, chat_history: Any = None, **_: Any
    ) -> dict[str, Any]:
        return {"messages": list(chat_history or ())}

    def get_tool_calls_from_response(
        self, response: ChatResponse, error_on_no_tool_call: bool = True, **_: Any
    ) -> list[ToolSelection]:
        return [
            ToolSelection(
                tool_id=block.tool_call_id or "",
                tool_name=block.tool_name,
                tool_kwargs=dict(block.tool_kwargs),
            )
            for block in response.message.blocks
            if isinstance(block, ToolCallBlock)
        ]


@pytest.fixture
def fake_llm() -> Callable[..., FakeLLM]:
    """Make a scripted model: `fake_llm("first answer", "second")` or of a function."""
    return FakeLLM


def said(role: str, content: str, **kwargs: Any) -> ChatMessage:
    return ChatMessage(role=role, content=content, **kwargs)


@pytest.fixture
def say() -> Callable[..., ChatMessage]:
    """Make a message: `say("user", "hello")`."""
    return said


@pytest.fixture
def shown() -> Callable[[Sequence[ChatMessage]], str]:
    """Return all text of some messages."""
    return lambda messages: "\n".join(message.content or "" for message in messages)
