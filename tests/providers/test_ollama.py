import os
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from fake_ollama import MODEL, FakeOllama

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.breaker import CircuitBreaker
from harmonia_plugins.providers.ollama import OllamaEmbedder
from harmonia_plugins.testing import HashEmbedder
from harmonia_plugins.testing.conformance import embedder_tests


@pytest.fixture(scope="module")
def running():
    server = FakeOllama()
    yield server
    server.close()


@pytest.fixture
def server(running):
    running.script.clear()
    running.requests.clear()
    return running


@pytest.fixture
def connect(server):
    """Make embedders of the server that sleep into a list and are closed after the test."""
    made, pauses = [], []

    def make(model=MODEL, **options):
        embedder = OllamaEmbedder(
            model, **{"url": server.url, "sleep": pauses.append, "timeout": 5.0} | options
        )
        made.append(embedder)
        return embedder

    make.pauses = pauses
    yield make
    for embedder in made:
        embedder.close()


@pytest.fixture
def dead_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def test_conformance(connect):
    for check in embedder_tests(connect):
        check()


def test_vectors_are_the_servers_at_unit_length(connect):
    texts = ["my dog", "your cat", "tea at four"]
    rows = connect().embed(texts)
    assert np.allclose(rows, HashEmbedder(16).embed(texts), atol=1e-6)


def test_texts_go_in_batches(server, connect):
    embedder = connect(batch=4)
    embedder.embed([f"text {number}" for number in range(10)])
    sizes = [len(request["input"]) for request in server.requests]
    assert sizes == [1, 4, 4, 2]  # the first one asks for the dimension


def test_nothing_is_sent_before_it_is_needed(server, connect):
    embedder = connect()
    assert embedder.fingerprint == f"ollama:{MODEL}"
    assert server.requests == []


def test_the_dimension_is_asked_for_once(server, connect):
    embedder = connect()
    callers = [threading.Thread(target=lambda: embedder.dimension) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert (embedder.dimension, len(server.requests)) == (16, 1)


def test_a_bare_name_and_latest_are_the_same_model(connect):
    assert connect("m:latest").fingerprint == connect("m").fingerprint
    assert connect("m:v2").fingerprint != connect("m").fingerprint


def test_no_server_is_named_with_the_way_out(connect, dead_url):
    with pytest.raises(ProviderError, match=rf"{dead_url} cannot be reached.*ollama serve"):
        connect(url=dead_url).embed(["tea"])
    assert len(connect.pauses) == 2
    assert 0.1 <= connect.pauses[0] <= 0.2 <= connect.pauses[1] <= 0.4


def test_a_url_that_is_none_is_named_and_not_repeated(connect):
    with pytest.raises(ProviderError, match="'localhost:11434' is no URL"):
        connect(url="localhost:11434").embed(["tea"])
    assert connect.pauses == []


def test_a_missing_model_is_named_with_the_way_out_and_not_repeated(server, connect):
    with pytest.raises(ProviderError, match="ollama pull other-embed"):
        connect("other-embed").embed(["tea"])
    assert len(server.requests) == 1


@pytest.mark.parametrize("failure", [500, 503, "drop"])
def test_what_may_pass_is_repeated(server, connect, failure):
    embedder = connect()
    assert embedder.dimension == 16
    server.script[:] = [failure, failure]
    assert embedder.embed(["tea"]).shape == (1, 16)
    assert len(connect.pauses) == 2


def test_repetitions_end(server, connect):
    server.script[:] = [500] * 10
    with pytest.raises(ProviderError, match=r"HTTP 500.*status 500"):
        connect(retries=3).embed(["tea"])
    assert len(server.requests) == 4


def test_a_refusal_is_not_repeated(server, connect):
    server.script[:] = [400]
    with pytest.raises(ProviderError, match=r"refused.*HTTP 400"):
        connect().embed(["tea"])
    assert len(server.requests) == 1


def test_a_slow_answer_is_given_up_and_not_repeated(server, connect):
    server.script[:] = ["slow"]
    started = time.monotonic()
    with pytest.raises(ProviderError, match=r"did not answer within 0\.1 s"):
        connect(timeout=0.1).embed(["tea"])
    assert time.monotonic() - started < 0.45
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("garbage", "not JSON: '<html>'"),
        ("list", "no JSON object"),
        ("empty", "must answer one row of numbers per text"),
        ("count", "1 vectors for 2 texts"),
        ("dimension", "15 dimensions instead of 16"),
        ("nan", "text 0 holds NaN"),
        ("zero", "text 0 is all zeros"),
    ],
)
def test_an_unusable_answer_is_named(server, connect, answer, said):
    embedder = connect()
    assert embedder.dimension == 16
    server.script[:] = [answer]
    with pytest.raises(ProviderError, match=said) as caught:
        embedder.embed(["tea", "house"])
    assert server.url in str(caught.value)
    assert embedder.embed(["tea"]).shape == (1, 16)


def test_a_server_that_keeps_failing_is_left_alone_for_a_while(server, connect):
    now = [0.0]
    breaker = CircuitBreaker("Ollama", failures=2, cooldown=30, clock=lambda: now[0])
    embedder = connect(retries=0, breaker=breaker)
    server.script[:] = [500, 500]
    for _ in range(4):
        with pytest.raises(ProviderError):
            embedder.embed(["tea"])
    assert len(server.requests) == 2
    now[0] = 31.0
    assert embedder.embed(["tea"]).shape == (1, 16)


def test_lone_surrogates_are_sent_as_question_marks(server, connect):
    connect().embed(["tea \ud800"])
    assert server.texts()[-1] == "tea ?"


def test_a_proxy_in_the_environment_sees_nothing(server, connect, monkeypatch, dead_url):
    monkeypatch.setenv("HTTP_PROXY", dead_url)
    monkeypatch.setenv("ALL_PROXY", dead_url)
    assert connect().embed(["tea"]).shape == (1, 16)


def test_missing_httpx_is_named_with_the_way_out():
    code = """if True:
        import sys
        sys.modules["httpx"] = None
        from harmonia_plugins.errors import MissingExtraError
        from harmonia_plugins.config import Settings
        from harmonia_plugins.providers import make_embedder
        try:
            make_embedder("ollama:m", Settings())
        except MissingExtraError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, timeout=60
    )
    assert "pip install 'harmonia-plugins[ollama]'" in done.stdout, done.stderr
