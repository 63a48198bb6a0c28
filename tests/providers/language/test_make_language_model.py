import pytest

from harmonia_plugins.config import Settings
from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.ports import LanguageModel
from harmonia_plugins.providers.breaker import CircuitBreaker
from harmonia_plugins.providers.language import CheckedModel, make_language_model
from harmonia_plugins.testing.models import ScriptedModel

SETTINGS = Settings()


class Chatty:
    """What LangChain's chat models have, and nothing else."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []

    def invoke(self, prompt, **options):
        self.asked.append((prompt, options))
        return self.answer


class Reply:
    def __init__(self, **values):
        self.__dict__.update(values)


class Completing:
    """What LlamaIndex's LLMs have, and nothing else."""

    model = "tiny"

    def complete(self, prompt, formatted=False, **options):
        return Reply(text=f"{prompt}!", options=options)


def answer(given, prompt="Hello"):
    return make_language_model(given, SETTINGS).complete(prompt, schema={"type": "object"})


def test_a_name_is_a_model_of_ollama():
    model = make_language_model("ollama:qwen2.5:3b", SETTINGS)
    assert isinstance(model, LanguageModel)
    assert model.name == "ollama:qwen2.5:3b"
    model.close()


def test_an_object_that_fills_the_port_is_taken_as_it_is():
    scripted = ScriptedModel(["Hi"])
    model = make_language_model(scripted, SETTINGS)
    assert model.inner is scripted
    assert model.complete("Hello", schema={"type": "object"}) == "Hi"
    assert scripted.schemas == [{"type": "object"}]
    assert make_language_model(model, SETTINGS) is model


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (Reply(content="Hi"), "Hi"),
        (Reply(content=["H", {"type": "text", "text": "i"}]), "Hi"),
        (Reply(content=[{"type": "reasoning", "reasoning": "?"}, {"text": "Hi"}, 7]), "Hi"),
        ("Hi", "Hi"),
        ({"statements": []}, '{"statements": []}'),
    ],
)
def test_an_object_with_invoke_answers_by_its_message(content, text):
    model = Chatty(content)
    assert answer(model) == text
    assert model.asked == [("Hello", {})]


def test_an_object_with_complete_or_a_function_answers():
    assert answer(Completing()) == "Hello!"
    assert make_language_model(Completing(), SETTINGS).name == "llamaindex:Completing:tiny"
    assert answer(str.upper) == "HELLO"
    assert make_language_model(str.upper, SETTINGS).name == "function:str.upper"


@pytest.mark.parametrize(
    "given", [None, "", "ollama:", "gpt", 7, ScriptedModel, [], "openai:gpt-5", object()]
)
def test_what_is_no_model_is_refused_with_the_choices(given):
    with pytest.raises(InvalidInputError, match="LangChain chat model, a LlamaIndex LLM"):
        make_language_model(given, SETTINGS)


@pytest.mark.parametrize("given", [Chatty(Reply(content=7)), Chatty(None), lambda _p: None])
def test_an_answer_that_is_no_text_is_refused(given):
    with pytest.raises(ProviderError) as caught:
        answer(given)
    assert caught.value.retryable is True


@pytest.mark.parametrize("said", ["", "  \n", Reply(content="")])
def test_an_empty_answer_is_refused(said):
    with pytest.raises(ProviderError, match="answered nothing"):
        answer(Chatty(said))


def test_a_model_that_keeps_failing_is_refused_for_a_while():
    now = [0.0]
    script = ScriptedModel([RuntimeError("boom")] * 2 + ["Hi"])
    breaker = CircuitBreaker("it", failures=2, cooldown=10, clock=lambda: now[0])
    model = CheckedModel(script, breaker=breaker)
    for _ in range(2):
        with pytest.raises(ProviderError, match="ScriptedModel failed: RuntimeError: boom") as one:
            model.complete("Hello")
        assert one.value.retryable is True
    with pytest.raises(ProviderError, match="failed 2 times in a row") as refused:
        model.complete("Hello")
    assert refused.value.retryable is False
    assert len(script.prompts) == 2
    now[0] = 11.0
    assert model.complete("Hello") == "Hi"


def test_a_models_own_provider_error_does_not_open_the_breaker():
    model = CheckedModel(ScriptedModel([ProviderError("odd")] * 5 + ["Hi"]))
    for _ in range(5):
        with pytest.raises(ProviderError, match="odd"):
            model.complete("Hello")
    assert model.complete("Hello") == "Hi"


def test_a_prompt_no_server_could_take_is_mended():
    script = ScriptedModel(["Hi"])
    CheckedModel(script).complete("a\ud800b")
    assert script.prompts == ["a?b"]
