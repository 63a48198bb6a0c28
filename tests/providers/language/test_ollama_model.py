import logging
import socket
import sys
import threading
import time

import pytest
from fake_chat import ANSWER, MODEL, FakeChat

from harmonia_plugins import MemoryEngine
from harmonia_plugins.errors import MissingExtraError, ProviderError
from harmonia_plugins.model import Message, Window
from harmonia_plugins.pipeline.prompting import SCHEMA, ModelExtractor
from harmonia_plugins.ports import LanguageModel
from harmonia_plugins.providers.language.checked import CheckedModel
from harmonia_plugins.providers.language.ollama import OllamaModel


@pytest.fixture
def server():
    server = FakeChat()
    yield server
    server.close()


@pytest.fixture
def connect(server):
    """Make models of the server that are closed after the test."""
    made = []

    def make(model=MODEL, **options):
        made.append(OllamaModel(model, **{"url": server.url, "timeout": 5.0} | options))
        return made[-1]

    yield make
    for model in made:
        model.close()


@pytest.fixture
def dead_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_it_fills_the_port_and_asks_as_it_should(server, connect):
    model = connect(max_tokens=300, context=4096)
    assert isinstance(model, LanguageModel)
    assert server.requests == []
    assert model.complete("Hello \ud800", schema=SCHEMA) == ANSWER
    (request,) = server.requests
    assert request == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Hello ?"}],
        "stream": True,
        "think": False,
        "options": {"temperature": 0, "seed": 0, "num_predict": 300, "num_ctx": 4096},
        "format": SCHEMA,
    }


def test_without_a_schema_none_is_sent(server, connect):
    assert connect().complete("Hello") == ANSWER
    assert "format" not in server.requests[0]


def test_a_bare_name_and_latest_are_the_same_model(connect):
    assert connect("m:latest").name == connect("m").name == "ollama:m"


@pytest.mark.parametrize("mode", ["odd", "late"])
def test_an_answer_in_odd_pieces_or_late_is_whole(server, connect, mode):
    server.script[:] = [mode]
    assert connect().complete("Hello") == ANSWER


def test_an_answer_cut_at_its_length_comes_as_far_as_it_goes(server, connect):
    server.script[:] = ["cut"]
    assert connect().complete("Hello") == ANSWER[:-2]


@pytest.mark.parametrize(
    ("mode", "message", "retryable"),
    [
        ("empty", "answered nothing$", True),
        ("spent", "answered nothing: its 2048 tokens were spent before, raise max_tokens", True),
        ("nothing", "broke off in the middle", True),
        ("unfinished", "broke off in the middle", True),
        ("garbage", "not JSON: '<html>502</html>'", True),
        ("list", r"answered '\[1\]', no JSON object", True),
        ("error", "failed: HTTP 500, 'out of memory'", True),
        ("drop", "cannot be reached.*ollama serve", True),
        ("break", "cannot be reached|broke off", True),
        (500, "failed: HTTP 500", True),
        (503, "failed: HTTP 503", True),
        (400, "refused the request: HTTP 400", False),
        (404, "is not there .*: ollama pull tiny-chat", False),
    ],
)
def test_each_failure_is_named_and_says_whether_to_ask_again(
    server, connect, mode, message, retryable
):
    server.script[:] = [mode]
    model = connect()
    with pytest.raises(ProviderError, match=message) as caught:
        model.complete("Hello")
    assert caught.value.retryable is retryable
    assert model.complete("Hello") == ANSWER


@pytest.mark.parametrize("mode", ["late", "drip", "stall"])
def test_a_slow_answer_ends_at_the_timeout_in_total(server, connect, mode):
    server.script[:] = [mode]
    model = connect(timeout=0.4)
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"within 0\.4 s.*extract_timeout") as caught:
        model.complete("Hello")
    assert 0.3 < time.monotonic() - started < 0.9
    assert caught.value.retryable is False
    assert model.complete("Hello") == ANSWER


def test_no_server_is_named_with_the_way_out(connect, dead_url):
    with pytest.raises(ProviderError, match=rf"{dead_url} cannot be reached.*ollama serve"):
        connect(url=dead_url).complete("Hello")


def test_a_url_that_is_none_is_named(connect):
    with pytest.raises(ProviderError, match="'localhost:11434' is no URL") as caught:
        connect(url="localhost:11434").complete("Hello")
    assert caught.value.retryable is False


def test_a_missing_model_is_pulled_when_asked_to_and_only_once(server, connect, caplog):
    caplog.set_level(logging.INFO, logger="harmonia_plugins")
    server.pullable.add("new")
    model, answers = connect("new", pull=True), []
    callers = [
        threading.Thread(target=lambda: answers.append(model.complete("Hello"))) for _ in range(4)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert answers == [ANSWER] * 4
    assert server.pulls == ["new"]
    told = [
        record.getMessage() for record in caplog.records if "pulling new" in record.getMessage()
    ]
    assert told[0] == "pulling new: pulling manifest"
    assert told[1] == "pulling new: pulling 1f, 0 % of 200 MB"
    assert len(told) == 13


def test_a_model_nobody_has_cannot_be_pulled(connect):
    with pytest.raises(ProviderError, match="cannot pull other: no such file") as caught:
        connect("other", pull=True).complete("Hello")
    assert caught.value.retryable is False


def test_without_consent_nothing_is_pulled(server, connect):
    with pytest.raises(ProviderError, match="ollama pull other"):
        connect("other").complete("Hello")
    assert server.pulls == []


def test_httpx_is_needed_and_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(MissingExtraError, match=r"harmonia-plugins\[ollama\]"):
        OllamaModel("m")


class TestExtraction:
    """The extractor over the protocol: what each answer of a server comes to."""

    WINDOW = Window(messages=(Message("user", "I play the c\u00e9llo."),))

    @pytest.fixture
    def extractor(self, connect):
        return ModelExtractor(CheckedModel(connect()), retries=1, sleep=lambda _seconds: None)

    @pytest.mark.parametrize(
        "first", ["ok", "prose", "empty", "garbage", "drop", 500, "error", "unfinished"]
    )
    def test_one_bad_answer_costs_one_more_question(self, server, extractor, first):
        server.script[:] = [first]
        (statement,) = extractor.extract(self.WINDOW)
        assert statement.content == "Ida plays the c\u00e9llo"
        assert len(server.requests) == (1 if first == "ok" else 2)

    def test_a_cut_answer_gives_what_is_complete(self, server, extractor):
        server.script[:] = ["cut"]
        assert len(extractor.extract(self.WINDOW)) == 1
        assert extractor.statistics.cut == extractor.statistics.salvaged == 1

    def test_wrong_types_cost_only_their_statements(self, server, extractor):
        server.script[:] = ["types"]
        assert extractor.extract(self.WINDOW) == []
        assert extractor.statistics.dropped == {"no content": 2}

    def test_a_server_that_keeps_failing_is_left_alone(self, server, extractor):
        server.script[:] = [500] * 8
        with pytest.raises(ProviderError, match="HTTP 500"):
            extractor.extract(self.WINDOW)
        with pytest.raises(ProviderError, match="failed 3 times in a row"):
            extractor.extract(self.WINDOW)
        asked = len(server.requests)
        with pytest.raises(ProviderError, match="failed 3 times in a row"):
            extractor.extract(self.WINDOW)
        assert len(server.requests) == asked == 3

    def test_a_missing_model_is_asked_for_once(self, server, extractor):
        server.script[:] = [404, 404]
        with pytest.raises(ProviderError, match="ollama pull"):
            extractor.extract(self.WINDOW)
        assert len(server.requests) == 1


def test_an_engine_lets_the_server_fetch_a_model_where_its_settings_say_so(server, tmp_path):
    server.pullable.add("new")
    settings = {"ollama_url": server.url, "ollama_pull": True}
    with MemoryEngine(tmp_path, llm="ollama:new", settings=settings, learning="manual") as engine:
        engine.observe(Message("user", "I play the cello."), user_id="ida")
    assert server.pulls == ["new"]
