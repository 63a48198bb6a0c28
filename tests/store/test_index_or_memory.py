"""A user's words are found alike from memory, through an index, and through both."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

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
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow],
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
