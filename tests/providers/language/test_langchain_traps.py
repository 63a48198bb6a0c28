"""LangChain's chat models as the engine's language model: where structured output fails."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.config import Settings
from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.language import make_language_model
from harmonia_plugins.testing import HashEmbedder

models = pytest.importorskip("langchain_core.language_models")
messages = pytest.importorskip("langchain_core.messages")
outputs = pytest.importorskip("langchain_core.outputs")
pydantic = pytest.importorskip("pydantic")

SETTINGS = Settings(provider_retries=0)
ANSWER = json.dumps({"statements": [{"message": 1, "content": "User plays the cello"}]})
SAID = "I play the cello"


class Statements(pydantic.BaseModel):
    """What structured output is asked for."""

    statements: list[dict[str, Any]]


class Prose(models.BaseChatModel):
    """Takes tools and answers in prose all the same, as small models do."""

    text: str = "There is nothing to note."

    @property
    def _llm_type(self) -> str:
        return "prose"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        message = messages.AIMessage(self.text)
        return outputs.ChatResult(generations=[outputs.ChatGeneration(message=message)])


class OnlyAsync(Prose):
    """A chat model that can only be awaited."""

    def _generate(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("use ainvoke")

    async def _agenerate(self, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        return super()._generate()


def learned(tmp_path: Any, llm: Any) -> tuple[list[str], int]:
    """Return what an engine with this model learns of a message, and how often it failed."""
    with MemoryEngine(
        tmp_path, embedder=HashEmbedder(), llm=llm, settings={"provider_retries": 0}
    ) as engine:
        engine.observe(Message("user", SAID, id="m"), user_id="u")
        found = [memory.content for memory in engine.memories(user_id="u")]
        return found, engine.stats().extractor_failures


def test_a_model_that_binds_no_tools(tmp_path: Any):
    model = models.FakeListChatModel(responses=[ANSWER])
    with pytest.raises(NotImplementedError):
        model.with_structured_output(Statements)
    assert learned(tmp_path, model) == (["User plays the cello"], 0)


def test_an_answer_in_prose_is_no_error_of_structured_output(tmp_path: Any):
    naive = Prose().with_structured_output(Statements, include_raw=True).invoke(SAID)
    assert naive["parsed"] is None
    assert naive["parsing_error"] is None, "nothing was found, and nobody says so"
    assert Prose().with_structured_output(Statements).invoke(SAID) is None
    found, failures = learned(tmp_path, Prose())
    assert found, "the embedded rules have read the message instead"
    assert failures == 1, "and that the model failed is counted"


@pytest.mark.parametrize(
    "text",
    [
        f"Here you are:\n```json\n{ANSWER}\n```\nAnything else?", ANSWER[:-2],
        f"<think>{{}}</think>{ANSWER}",
    ],
    ids=["fenced", "cut", "thinking"],
)  # fmt: skip
def test_json_within_prose_is_found(tmp_path: Any, text: str):
    naive = Prose(text=text).with_structured_output(Statements, include_raw=True).invoke(SAID)
    assert naive["parsed"] is None
    assert learned(tmp_path, Prose(text=text)) == (["User plays the cello"], 0)


def test_wrong_types_lose_everything_in_structured_output(tmp_path: Any):
    wrong = {"statements": {"message": "one", "content": "User plays the cello", "tags": 7}}

    class Calling(Prose):
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            call = {"name": "Statements", "args": wrong, "id": "c1"}
            message = messages.AIMessage("", tool_calls=[call])
            return outputs.ChatResult(generations=[outputs.ChatGeneration(message=message)])

    naive = Calling().with_structured_output(Statements, include_raw=True).invoke(SAID)
    assert naive["parsed"] is None
    assert isinstance(naive["parsing_error"], pydantic.ValidationError)
    assert learned(tmp_path, Prose(text=json.dumps(wrong))) == (["User plays the cello"], 0)


@pytest.mark.parametrize("looped", [False, True])
def test_a_model_that_can_only_be_awaited(tmp_path: Any, looped: bool):
    model = OnlyAsync(text=ANSWER)
    with pytest.raises(NotImplementedError):
        model.invoke(SAID)
    given = make_language_model(model, SETTINGS)
    if not looped:
        assert given.complete(SAID) == ANSWER
        assert learned(tmp_path, model) == (["User plays the cello"], 0)
        return

    async def on_a_loop() -> str:
        return given.complete(SAID)

    assert asyncio.run(on_a_loop()) == ANSWER


def test_an_asynchronous_function(tmp_path: Any):
    async def answer(prompt: str) -> str:
        await asyncio.sleep(0)
        return ANSWER

    assert learned(tmp_path, answer) == (["User plays the cello"], 0)


def test_the_call_is_apart_from_the_run_around_it_when_awaited_too():
    callbacks = pytest.importorskip("langchain_core.callbacks")
    runnables = pytest.importorskip("langchain_core.runnables")
    heard: list[str] = []

    class Listener(callbacks.BaseCallbackHandler):
        def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            heard.append("model")

        def on_chain_start(self, *args: Any, **kwargs: Any) -> None:
            heard.append("chain")

    naive = runnables.RunnableLambda(lambda text: Prose().invoke(text).text)
    naive.invoke("Hello", config={"callbacks": [Listener()]})
    assert heard == ["chain", "model"], "a model called inside fires the callbacks around it"
    heard.clear()
    for model in (Prose(text=ANSWER), OnlyAsync(text=ANSWER)):
        ours = make_language_model(model, SETTINGS)
        chain = runnables.RunnableLambda(lambda text, ours=ours: ours.complete(text))
        assert chain.invoke("Hello", config={"callbacks": [Listener()]}) == ANSWER
    assert heard == ["chain", "chain"]


def test_a_model_that_fails_either_way_names_the_cause():
    class Broken(OnlyAsync):
        async def _agenerate(self, *args: Any, **kwargs: Any) -> Any:
            raise OSError("no network")

    with pytest.raises(ProviderError, match="langchain:Broken failed: OSError: no network"):
        make_language_model(Broken(), SETTINGS).complete("Hello")
