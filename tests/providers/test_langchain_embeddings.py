"""LangChain's embeddings as the engine's embedder."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

import numpy as np
import pytest

from harmonia_plugins import EmbedderMismatchError, MemoryEngine
from harmonia_plugins.config import Settings
from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.providers import make_embedder
from harmonia_plugins.providers.awaiting import awaited
from harmonia_plugins.providers.langchain import LangChainEmbedder
from harmonia_plugins.testing import HashEmbedder
from harmonia_plugins.testing.conformance import embedder_tests

Embeddings = pytest.importorskip("langchain_core.embeddings").Embeddings
SETTINGS = Settings()
HASHED = HashEmbedder(32)


class Hashed(Embeddings):
    """As most embeddings: synchronous, LangChain adds the rest."""

    model = "hash-32"

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        assert isinstance(texts, list)
        return (3 * HASHED.embed(texts)).tolist()

    def embed_query(self, text: str) -> list[float]:
        raise AssertionError("documents and questions are embedded alike")


class OnlyAsync(Embeddings):
    """A client whose connections belong to the loop it was first used on."""

    loops: set[Any] = set()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        self.loops.add(asyncio.get_running_loop())
        if len(self.loops) > 1:
            raise RuntimeError("bound to a different event loop")
        await asyncio.sleep(0)
        return HASHED.embed(texts).tolist()


async def hashed_later(texts: Any) -> Any:
    await asyncio.sleep(0)
    return HASHED.embed(texts)


@pytest.mark.parametrize("made", [Hashed, OnlyAsync])
@pytest.mark.parametrize(
    "check", embedder_tests(lambda: LangChainEmbedder(Hashed())), ids=lambda c: c.__name__
)
def test_conformance(check: Any, made: Any):
    for given in embedder_tests(lambda: make_embedder(made(), SETTINGS)):
        if given.__name__ == check.__name__:
            given()


def test_the_fingerprint_names_class_and_model():
    assert make_embedder(Hashed(), SETTINGS).fingerprint == "langchain:Hashed:hash-32"
    assert make_embedder(OnlyAsync(), SETTINGS).fingerprint == "langchain:OnlyAsync"
    assert LangChainEmbedder(Hashed(), name="mine-2").fingerprint == "langchain:mine-2"


def test_a_cache_around_embeddings_is_what_is_inside():
    class Cache(Hashed):
        model = None  # type: ignore[assignment]

        def __init__(self) -> None:
            self.underlying_embeddings = Hashed()

    assert make_embedder(Cache(), SETTINGS).fingerprint == "langchain:Hashed:hash-32"


def test_a_store_is_opened_with_the_embeddings_it_was_written_with(tmp_path: Any):
    class Other(Hashed):
        model = "hash-33"

    for _ in range(2):
        with MemoryEngine(tmp_path, embedder=Hashed(), learning="manual") as engine:
            engine.remember("Plum jam", user_id="u", id="m")
            assert engine.recall("plum", user_id="u")[0].id == "m"
    with pytest.raises(EmbedderMismatchError, match="hash-32"):
        MemoryEngine(tmp_path, embedder=Other(), learning="manual")


@pytest.mark.parametrize("embedder", [OnlyAsync(), hashed_later], ids=["object", "function"])
@pytest.mark.parametrize("looped", [False, True])
def test_asynchronous_ones_work_from_everywhere(tmp_path: Any, embedder: Any, looped: bool):
    def use() -> None:
        with MemoryEngine(tmp_path, embedder=embedder, learning="manual") as engine:
            engine.remember("Plum jam", user_id="u", id="m")
            assert engine.recall("plum", user_id="u")[0].id == "m"

    async def on_a_loop() -> None:
        use()

    asyncio.run(on_a_loop()) if looped else use()


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_calling_asynchronous_ones_by_a_loop_of_their_own_breaks_their_clients():
    embeddings = OnlyAsync()
    embeddings.loops = set()

    def naive(texts: list[str]) -> Any:
        return asyncio.run(embeddings.aembed_documents(texts))

    naive(["a"])
    with pytest.raises(RuntimeError, match="different event loop"):
        naive(["b"])
    with pytest.raises(RuntimeError, match="running event loop"):
        asyncio.run(_async(lambda: naive(["c"])))
    gc.collect()  # the coroutine that never ran complains here and not in another test
    embeddings.loops = set()
    ours = make_embedder(embeddings, SETTINGS)
    threads = [threading.Thread(target=ours.embed, args=([str(n)],)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(_async(lambda: ours.embed(["c"])))
    assert len(embeddings.loops) == 1


async def _async(work: Any) -> Any:
    return work()


def test_what_langgraph_makes_of_an_asynchronous_function():
    base = pytest.importorskip("langgraph.store.base")
    made = base.ensure_embeddings(hashed_later)
    with pytest.raises(ValueError, match="async"):
        made.embed_documents(["a"])
    ours = make_embedder(made, SETTINGS)
    assert ours.fingerprint == f"function:{__name__}.hashed_later"
    assert np.allclose(ours.embed(["plum"]), HASHED.embed(["plum"]))


def test_embeddings_without_an_asynchronous_twin_say_so():
    class Neither(OnlyAsync):
        async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
            raise NotImplementedError("not yet")

    with pytest.raises(ProviderError, match="Neither failed: NotImplementedError: not yet"):
        make_embedder(Neither(), SETTINGS).embed(["a"])


def test_the_cause_of_a_failure_is_named():
    class Broken(Hashed):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            raise OSError("no network")

    with pytest.raises(ProviderError, match="Broken:hash-32 failed: OSError: no network"):
        make_embedder(Broken(), SETTINGS).embed(["a"])


@pytest.mark.parametrize("answer", [None, [], [[]], [["a"]], [[0.0, 0.0]], [[1.0], [2.0]]])
def test_an_unusable_answer_is_an_error(answer: Any):
    class Odd(Hashed):
        def embed_documents(self, texts: list[str]) -> Any:
            return answer

    with pytest.raises(ProviderError, match="LangChain embeddings Odd"):
        make_embedder(Odd(), SETTINGS).embed(["a"])


def test_a_name_of_a_provider_loads_nothing():
    with pytest.raises(InvalidInputError, match="LangChain embeddings"):
        make_embedder("openai:text-embedding-3-small", SETTINGS)
    with pytest.raises(InvalidInputError, match="LangChain embeddings"):
        make_embedder(Hashed, SETTINGS)  # type: ignore[arg-type]


def test_waiting_for_oneself_is_refused():
    async def inner() -> Any:
        return awaited(lambda: asyncio.sleep(0))

    with pytest.raises(ProviderError, match="waits for the model"):
        awaited(inner)
