"""Small benchmarks for pytest-benchmark: `pytest benchmarks --benchmark-only`.

No model runs here: vectors are made up, so these are quick and see changes of our own code.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from workload import Prepared, Vectors, fill, questions, sentences

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.recall.query import read_query
from harmonia_plugins.testing.embedders import HashEmbedder

DIMENSION = 384
QUESTIONS = questions(50)


def made_up(number: int, seed: int = 7) -> tuple[list[str], Vectors]:
    """Return texts and random unit vectors."""
    vectors = np.random.default_rng(seed).standard_normal((number, DIMENSION), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = sentences(min(number, 2000), seed=seed)
    return [f"{texts[n % len(texts)]} #{n}" for n in range(number)], vectors


@pytest.fixture(scope="module", params=[1_000, 10_000])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """Yield an engine with one user of some size, and the user's vectors."""
    path: Path = tmp_path_factory.mktemp("store")
    texts, vectors = made_up(request.param)
    with MemoryEngine(
        path, embedder=Prepared(HashEmbedder(DIMENSION)), learning="manual"
    ) as engine:
        fill(engine, "user", texts, vectors)
        engine.flush()
        for question in QUESTIONS:
            engine.recall(question, user_id="user")
        yield engine, vectors


def test_recall(benchmark, filled) -> None:
    """A warm recall whose query's vector is at hand."""
    engine, _ = filled
    numbers = count()
    benchmark(lambda: engine.recall(QUESTIONS[next(numbers) % 50], user_id="user"))


def test_keyword_recall(benchmark, filled) -> None:
    engine, _ = filled
    numbers = count()
    benchmark(lambda: engine.recall(QUESTIONS[next(numbers) % 50], user_id="user", mode="keyword"))


def test_bare_product(benchmark, filled) -> None:
    """The limit: one product and the ten best, nothing else."""
    _, vectors = filled
    query = vectors[0].copy()

    def bare() -> None:
        scores = np.vecdot(vectors, query)
        best = np.argpartition(scores, len(scores) - 10)[-10:]
        best[np.argsort(-scores[best])]

    benchmark(bare)


def test_observe_one(benchmark, tmp_path: Path) -> None:
    """One durable message, the embedding next to nothing."""
    numbers = count()
    with MemoryEngine(tmp_path, embedder=HashEmbedder(DIMENSION)) as engine:
        benchmark(
            lambda: engine.observe(
                Message("user", f"hello {next(numbers)}"), user_id="user", extract=False
            )
        )


def test_observe_hundred(benchmark, tmp_path: Path) -> None:
    """A batch of a hundred durable messages, the embedding next to nothing."""
    numbers = count()
    with MemoryEngine(tmp_path, embedder=HashEmbedder(DIMENSION)) as engine:
        benchmark(
            lambda: engine.observe(
                [Message("user", f"hello {next(numbers)} dog") for _ in range(100)],
                user_id="user",
                extract=False,
            )
        )


def test_reading_a_question(benchmark) -> None:
    """Names, dates and grammatical person of a question."""
    numbers = count()
    names = ("Anna Berg", "Tom")
    benchmark(lambda: read_query(QUESTIONS[next(numbers) % 50], names))
