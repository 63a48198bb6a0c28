"""LlamaIndex's embedding models as the engine's embedder."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import pytest

from harmonia_plugins import EmbedderMismatchError, MemoryEngine, Message
from harmonia_plugins.config import Settings
from harmonia_plugins.errors import InvalidInputError, ProviderError, StoreError
from harmonia_plugins.providers import make_embedder
from harmonia_plugins.providers.llamaindex import LlamaIndexEmbedder
from harmonia_plugins.testing import HashEmbedder
from harmonia_plugins.testing.conformance import embedder_tests

embeddings = pytest.importorskip("llama_index.core.embeddings")
SETTINGS = Settings()
HASHED = HashEmbedder(32)


class Hashed(embeddings.BaseEmbedding):
    """As most models: one text at a time, and a batch where it is better."""

    def _get_query_embedding(self, query: str) -> list[float]:
        raise AssertionError("texts and questions are embedded alike")

    async def _aget_query_embedding(self, query: str) -> list[float]:
        raise AssertionError("texts and questions are embedded alike")

    def _get_text_embedding(self, text: str) -> list[float]:
        return (3 * HASHED.embed([text])[0]).tolist()


class OnlyAsync(Hashed):
    def _get_text_embedding(self, text: str) -> list[float]:
        raise NotImplementedError

    async def _aget_text_embedding(self, text: str) -> list[float]:
        await asyncio.sleep(0)
        return HASHED.embed([text])[0].tolist()


class Broken(Hashed):
    def _get_text_embedding(self, text: str) -> list[float]:
        raise OSError("no network")


class Ragged(Hashed):
    def _get_text_embedding(self, text: str) -> list[float]:
        return [1.0] * len(text)


@pytest.mark.parametrize(
    "check",
    embedder_tests(lambda: make_embedder(Hashed(model_name="h"), SETTINGS)),
    ids=lambda check: check.__name__,
)
def test_conformance(check: Any) -> None:
    check()


def test_it_is_no_function_though_it_can_be_called() -> None:
    model: Any = Hashed(model_name="hash-32")
    assert callable(model)
    made = make_embedder(model, SETTINGS)
    assert isinstance(made, LlamaIndexEmbedder)
    assert made.fingerprint == "llamaindex:Hashed:hash-32"
    assert LlamaIndexEmbedder(model, name="mine").fingerprint == "llamaindex:mine"
    with pytest.raises(InvalidInputError):
        make_embedder(Hashed, SETTINGS)


def test_vectors_are_of_unit_length_and_in_order_over_batches() -> None:
    made = make_embedder(Hashed(model_name="h", embed_batch_size=2), SETTINGS)
    texts = [f"text {number}" for number in range(7)]
    assert np.allclose(made.embed(texts), HASHED.embed(texts), atol=1e-6)
    assert made.embed([]).shape == (0, 32)
    assert made.dimension == 32


async def test_a_model_that_can_only_be_awaited() -> None:
    texts = [f"text {number}" for number in range(12)]
    made = make_embedder(OnlyAsync(model_name="h"), SETTINGS)
    assert np.allclose(made.embed(texts), HASHED.embed(texts), atol=1e-6)


@pytest.mark.parametrize(
    ("model", "why"), [(Broken(), "OSError: no network"), (Ragged(), "no matrix")]
)
def test_failures_say_whose_they_are(model: Any, why: str) -> None:
    with pytest.raises(ProviderError, match=f"LlamaIndex embedding model .*{why}"):
        make_embedder(model, SETTINGS).embed(["a", "bcd"])


def test_an_engine_with_it(tmp_path: Any) -> None:
    with MemoryEngine(tmp_path, embedder=Hashed(model_name="one")) as engine:
        engine.observe(Message("user", "I have a dog called Biggie"), user_id="jo")
        assert "Biggie" in engine.recall("dog", user_id="jo")[0].text
    with pytest.raises(EmbedderMismatchError):
        MemoryEngine(tmp_path, embedder=Hashed(model_name="two"))


class Sized(Hashed):
    """As hosted models that are asked for so many dimensions: the name does not tell."""

    dimensions: int = 32

    def _get_text_embedding(self, text: str) -> list[float]:
        return HashEmbedder(self.dimensions).embed([text])[0].tolist()


def test_another_number_of_dimensions_is_refused_with_the_way_out(tmp_path: Any) -> None:
    with MemoryEngine(tmp_path, embedder=Sized(model_name="one")) as engine:
        engine.observe(Message("user", "I have a dog called Biggie"), user_id="jo")
    with (
        pytest.raises(StoreError, match="an embedder that makes as many as before"),
        MemoryEngine(tmp_path, embedder=Sized(model_name="one", dimensions=16)) as engine,
    ):
        engine.recall("dog", user_id="jo")
