"""A text is embedded once: never again in the process, nor where the user's rows hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

U = "nora"


class CountingEmbedder(HashEmbedder):
    """Remembers every text it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        return super().embed(texts)


Opened = Callable[..., tuple[MemoryEngine, CountingEmbedder]]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """Opens the same store; each engine has an embedder and a cache of its own."""
    with ExitStack() as stack:

        def open_engine(**settings: int) -> tuple[MemoryEngine, CountingEmbedder]:
            embedder = CountingEmbedder()
            engine = MemoryEngine(tmp_path, embedder=embedder, learning="manual", settings=settings)
            return stack.enter_context(engine), embedder

        yield open_engine


def test_a_text_is_embedded_once_whoever_says_it(opened: Opened):
    engine, embedder = opened()
    engine.observe(Message("user", "plum jam"), user_id=U)
    engine.observe([Message("user", "plum jam")] * 3, user_id=U, session_id="other")
    engine.observe(Message("assistant", "plum jam"), user_id="otto")
    engine.remember("plum jam", user_id=U)
    engine.remember("plum jam", user_id=U)
    engine.items(user_id=U).put(("n",), "k", {"text": "plum jam"})
    engine.embed(["plum jam", "plum jam"])
    engine.recall("plum jam", user_id=U)
    assert embedder.seen == ["plum jam"]
    assert engine.stats().embedded_texts == 1


def test_a_query_is_embedded_once(opened: Opened):
    engine, embedder = opened()
    engine.observe(Message("user", "quartz"), user_id=U)
    for _ in range(3):
        engine.recall("plum jam", user_id=U)
    engine.recall_many(["plum jam", "ribbon", "plum jam"], user_id=U)
    assert embedder.seen == ["quartz", "plum jam", "ribbon"]


def test_a_batch_goes_to_the_embedder_in_one_call_without_duplicates(opened: Opened):
    engine, embedder = opened()
    texts = ["one", "two", "one", "  ", "three", "two"]
    engine.observe([Message("user", text) for text in texts], user_id=U)
    assert embedder.seen == ["one", "two", "three"]


def test_after_reopening_the_users_own_rows_are_asked_first(opened: Opened):
    first, _ = opened()
    first.observe([Message("user", "plum jam", id="a"), Message("user", "x", id="b")], user_id=U)
    first.remember("Nora likes ribbons", user_id=U)
    first.close()
    engine, embedder = opened()
    engine.observe(Message("user", "plum jam"), user_id=U)
    engine.observe(Message("user", "Nora likes ribbons"), user_id=U)
    engine.remember("plum jam", user_id=U, id="m")
    engine.update("m", user_id=U, content="Nora likes ribbons")
    engine.replace_messages([Message("user", "plum jam", id="b")], user_id=U)
    assert embedder.seen == []
    engine.observe([Message("user", "plum jam"), Message("user", "new")], user_id=U)
    assert embedder.seen == ["new"]


def test_a_row_written_by_another_engine_spares_embedding(opened: Opened):
    one, _ = opened()
    two, embedder = opened()
    two.observe(Message("user", "first"), user_id=U)
    one.observe(Message("user", "plum jam"), user_id=U)
    two.observe(Message("user", "plum jam"), user_id=U)
    assert embedder.seen == ["first"]


def test_items_are_asked_for_their_own_texts(opened: Opened):
    first, _ = opened()
    first.items(user_id=U).put(("n",), "k", {"text": "plum jam"})
    first.close()
    engine, embedder = opened()
    engine.items(user_id=U).put(("n",), "other", {"text": "plum jam"})
    assert embedder.seen == []


def test_another_users_rows_are_not_consulted(opened: Opened):
    first, _ = opened()
    first.observe(Message("user", "a secret"), user_id="otto")
    first.close()
    engine, embedder = opened()
    engine.observe(Message("user", "a secret"), user_id=U)
    assert embedder.seen == ["a secret"]


def test_what_was_forgotten_is_not_consulted(opened: Opened):
    engine, embedder = opened(embed_cache=0)
    engine.observe(Message("user", "plum jam"), user_id=U)
    engine.observe(Message("user", "plum jam"), user_id=U, session_id="kept")
    assert embedder.seen == ["plum jam"]
    engine.forget(user_id=U, all=True)
    engine.observe(Message("user", "plum jam"), user_id=U)
    assert embedder.seen == ["plum jam", "plum jam"]


def test_reused_vectors_rank_like_computed_ones(opened: Opened):
    engine, _ = opened()
    engine.observe([Message("user", "plum jam", id=str(n)) for n in range(2)], user_id=U)
    engine.close()
    again, _ = opened()
    again.observe(Message("user", "plum jam", id="2"), user_id=U)
    hits = again.recall("plum jam", user_id=U)
    assert len({round(hit.channels["dense"].score, 6) for hit in hits}) == 1
    assert len(hits) == 3
