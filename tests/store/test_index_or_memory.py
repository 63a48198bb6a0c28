"""A user's words are found alike from memory, through an index, and through both."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

U = "nora"
WORDS = [
    "dog",
    "dogs",
    "running",
    "ran",
    "can't",
    "café",
    "naïve",
    "the",
    "and",
    "x1",
    "2024",
    "🦊",
    "杭州",
    "喝绿茶",
    "ポチ",
    "서울에",
    "ข้าว",
    "рыбу",
    "القاهرة",
    "चाय",
    "OR",
    "NOT",
    "a:b",
    "*",
    '"',
]
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
MODES = ("keyword", "phrase", "prefix")


def answers(engine: MemoryEngine, queries: list[str]) -> list[set[str]]:
    return [
        {hit.id for hit in engine.recall(query, user_id=U, mode=mode, k=1000)}
        for mode in MODES
        for query in queries
    ]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
@given(
    first=st.lists(texts, min_size=8, max_size=15),
    later=st.lists(texts, max_size=5),
    queries=st.lists(texts, min_size=1, max_size=4),
)
def test_an_index_finds_what_memory_finds(first: list[str], later: list[str], queries: list[str]):
    def fill(engine: MemoryEngine) -> list[list[set[str]]]:
        """Return the answers after the first rows, the later ones, an edit, and a forgetting."""
        found: list[list[set[str]]] = []
        for part, given_texts in enumerate((first, later)):
            engine.observe(
                [Message("user", t, id=f"{part}-{n}") for n, t in enumerate(given_texts)],
                user_id=U, session_id=str(part),
            )  # fmt: skip
            found.append(answers(engine, queries))
            engine.flush()
            found.append(answers(engine, queries))
        engine.observe(Message("user", queries[0], id="0-0"), user_id=U, session_id="0")
        found.append(answers(engine, queries))
        engine.delete_messages(["0-1"], user_id=U, session_id="0")
        engine.flush()
        found.append(answers(engine, queries))
        engine.forget(user_id=U, session_id="1")
        found.append(answers(engine, queries))
        engine.flush()
        found.append(answers(engine, queries))
        return found

    results: list[list[list[set[str]]]] = []
    for threshold in (5, 10_000):
        with TemporaryDirectory() as folder:
            options = {
                "embedder": HashEmbedder(32), "learning": "manual",
                "settings": {"lexical_threshold": threshold},
            }  # fmt: skip
            with MemoryEngine(Path(folder), **options) as engine:
                found = fill(engine)
                built = list((Path(folder) / "lexical").iterdir())
            assert bool(built) == (threshold == 5)
            with MemoryEngine(Path(folder), **options) as engine:
                assert engine.health().healed == ()
                results.append([*found, answers(engine, queries)])
    assert results[0] == results[1]


BEGUN = [
    "happy", "making", "hoping", "possibility", "skies", "dying", "easily", "relational", "cities",
    "organization", "don't", "Ann's", "naïve", "café", "рыбу", "喝绿茶", "서울에", "x1", "🦊",
]  # fmt: skip


@pytest.mark.parametrize("threshold", [5, 10_000], ids=["with index", "from memory"])
def test_every_beginning_of_a_word_finds_it(tmp_path: Path, threshold: int):
    with MemoryEngine(
        tmp_path, embedder=HashEmbedder(32), learning="manual",
        settings={"lexical_threshold": threshold},
    ) as engine:  # fmt: skip
        engine.observe([Message("user", f"mine {word} end", id=word) for word in BEGUN], user_id=U)
        engine.flush()
        assert any((tmp_path / "lexical").iterdir()) == (threshold == 5)
        for word in BEGUN:
            for end in range(1, len(word) + 1):
                found = engine.recall(word[:end], user_id=U, mode="prefix", k=100)
                assert word in {hit.id for hit in found}, word[:end]
                start = word[:end].rstrip("'").casefold()
                if not "mine".startswith(start) and not "end".startswith(start):
                    assert all(hit.id.casefold().startswith(start) for hit in found), start


@pytest.mark.parametrize("mode", MODES)
def test_queries_are_never_syntax_for_an_index(tmp_path: Path, mode: Any):
    queries = [
        "user_id:x OR *", "*", "(dog", 'dog" OR', "a:b", "dog^1000", "\\", "NOT dog", "+dog -cat",
        "seq:[0 TO 9]", "dog~2", "/dog.*/", "' OR 1=1 --", "\x00", "?!", "…", "_", "'",
        "dog " * 500,
    ]  # fmt: skip
    with MemoryEngine(
        tmp_path, embedder=HashEmbedder(32), learning="manual", settings={"lexical_threshold": 5}
    ) as engine:
        for user in (U, "otto"):
            texts = [f"my dog sleeps {n}" for n in range(9)]
            engine.observe([Message("user", f"{t} {user}") for t in texts], user_id=user)
        engine.flush()
        assert len(list((tmp_path / "lexical").iterdir())) == 2
        for query in queries:
            for hit in engine.recall(query, user_id=U, mode=mode, k=100):
                assert hit.text.endswith(f" {U}"), query
