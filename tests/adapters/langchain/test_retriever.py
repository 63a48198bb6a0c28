"""`HarmoniaRetriever`: what it returns, options at both places, users, tracing, and its traps."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import ConfigurableField, RunnableLambda
from pydantic import ValidationError

from harmonia_plugins import (
    AsyncMemoryEngine,
    ClosedError,
    InvalidInputError,
    MemoryEngine,
    Message,
    QueryTimeoutError,
)
from harmonia_plugins.langchain import HarmoniaRetriever
from harmonia_plugins.testing import HashEmbedder

JUNE = datetime(2024, 6, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def ada(engine: MemoryEngine) -> str:
    """A user of whom something is known."""
    user = f"ada-{uuid4().hex[:8]}"
    engine.observe(
        [
            Message("user", "I moved to Lyon, to a flat by the river", id="m1", created_at=JUNE),
            Message("assistant", "How is the flat?", id="m2", created_at=JUNE, name="bot"),
            Message("user", "The market is wonderful", id="m3", metadata={"channel": "app"}),
        ],
        user_id=user, session_id="june", extract=False,
    )  # fmt: skip
    engine.remember(
        "Ada plays the cello", user_id=user, id="hobby", type="preference", tags=["music"],
        confidence=0.75, valid_from=datetime(2020, 1, 1, tzinfo=UTC), metadata={"by": "form"},
    )  # fmt: skip
    engine.items(user_id=user).put(("notes",), "plan", {"title": "a trip to Turin"})
    return user


@pytest.fixture(scope="module")
def retriever(engine: MemoryEngine, ada: str) -> HarmoniaRetriever:
    return HarmoniaRetriever(engine=engine, user_id=ada)


# -- documents ---------------------------------------------------------------------------------


def test_a_memory_as_a_document(retriever: HarmoniaRetriever):
    (found,) = retriever.invoke("what does Ada play?", k=1, layers=["memory"])
    assert isinstance(found, Document)
    assert (found.page_content, found.id) == ("Ada plays the cello", "hobby")
    about = found.metadata
    assert (about["layer"], about["type"], about["tags"]) == ("memory", "preference", ["music"])
    assert (about["confidence"], about["status"], about["revision"]) == (0.75, "active", 1)
    assert about["valid_from"] == "2020-01-01T00:00:00+00:00"
    assert about["metadata"] == {"by": "form"}
    assert (about["stale"], about["superseded_by"]) == (False, None)
    assert 0 <= about["score"] <= 1
    assert about["channels"]["dense"]["rank"] == 1
    assert json.loads(json.dumps(about)) == about
    assert type(about["type"]) is str  # an enum would put our modules into checkpoints


def test_a_message_and_an_item_as_documents(retriever: HarmoniaRetriever):
    (message,) = retriever.invoke("flat by the river", k=1, layers=("message",))
    about = message.metadata
    assert (message.id, about["message_ids"], about["session_id"]) == ("m1", ["m1"], "june")
    assert (about["role"], about["created_at"]) == ("user", "2024-06-01T09:00:00+00:00")
    (item,) = retriever.invoke("journey to Italy", k=1, layers=("item",))
    assert (item.id, item.metadata["namespace"]) == ("plan", ["notes"])
    assert item.metadata["value"] == {"title": "a trip to Turin"}
    for document in (message, item):
        assert json.loads(json.dumps(document.metadata)) == document.metadata


def test_sources_and_staleness_of_what_was_learned(engine: MemoryEngine, user: str):
    for number, text in enumerate(["I live in Lyon", "I moved, I live in Paris now"]):
        engine.observe(Message("user", text, id=f"m{number}"), user_id=user)
    found = HarmoniaRetriever(
        engine=engine, user_id=user, layers=("memory",), include_superseded=True
    ).invoke("where does the user live?")
    about = {tuple(document.metadata["message_ids"]): document.metadata for document in found}
    assert about[("m0",)]["stale"]
    assert about[("m0",)]["status"] == "superseded"
    assert about[("m0",)]["superseded_by"] == next(
        document.id for document in found if document.metadata["message_ids"] == ["m1"]
    )
    assert not about[("m1",)]["stale"]


def test_the_order_is_by_score(retriever: HarmoniaRetriever):
    scores = [document.metadata["score"] for document in retriever.invoke("Lyon market cello")]
    assert scores == sorted(scores, reverse=True)


# -- options -----------------------------------------------------------------------------------

BEFORE = datetime(2019, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"k": 1, "mode": "keyword"}, {"hobby"}), ({"layers": ("memory",)}, {"hobby"}),
        ({"types": ["goal"]}, set()), ({"types": ["preference"]}, {"hobby"}),
        ({"session_id": "june"}, {"m1", "m2", "m3"}), ({"memory_tags": ["music"]}, {"hobby"}),
        ({"since": datetime(2024, 5, 1), "until": datetime(2024, 7, 1)}, {"m1", "m2"}),
        ({"min_confidence": 0.8}, set()), ({"as_of": BEFORE}, set()), ({"known_at": BEFORE}, set()),
        ({"filter": {"channel": "app"}}, {"m3"}), ({"mode": "keyword"}, {"hobby"}),
        ({"mode": "phrase"}, set()), ({"timeout": None, "layers": ["memory"]}, {"hobby"}),
        ({"include_superseded": True, "layers": ["memory"]}, {"hobby"}),
    ],
    ids=lambda value: str(value if isinstance(value, dict) else sorted(value)),
)  # fmt: skip
def test_options_work_when_made_and_at_each_call(
    engine: MemoryEngine, ada: str, options: dict[str, Any], expected: set[str]
):
    query = "Does Ada play a cello?"
    made = HarmoniaRetriever(engine=engine, user_id=ada, **options)
    plain = HarmoniaRetriever(engine=engine, user_id=ada)
    for found in (
        made.invoke(query), plain.invoke(query, **options), asyncio.run(made.ainvoke(query)),
        asyncio.run(plain.ainvoke(query, **options)), plain.bind(**options).invoke(query),
        plain.batch([query], **options)[0],
    ):  # fmt: skip
        assert {document.id for document in found} == expected


def test_a_call_overrides_what_it_was_made_with(engine: MemoryEngine, ada: str):
    made = HarmoniaRetriever(engine=engine, user_id=ada, k=1, session_id="june")
    assert len(made.invoke("cello")) == 1
    assert len(made.invoke("cello", k=3)) == 3
    assert made.invoke("cello", session_id=None)[0].id == "hobby"


@pytest.mark.parametrize("bad", [{"k": 0}, {"k": "many"}, {"user_id": " "}, {"engine": "./memory"}])
def test_what_it_cannot_use_is_refused_when_made(engine: MemoryEngine, bad: dict[str, Any]):
    with pytest.raises((InvalidInputError, ValidationError)):
        HarmoniaRetriever(**({"engine": engine, "user_id": "u"} | bad))


def test_an_option_that_does_not_exist_is_an_error(retriever: HarmoniaRetriever):
    with pytest.raises(InvalidInputError, match=r"'limit'.*known_at"):
        retriever.invoke("cello", limit=3)
    with pytest.raises(ValidationError, match="limit"):
        HarmoniaRetriever(engine=retriever.engine, user_id="u", limit=3)  # type: ignore[call-arg]


# -- whose memory ------------------------------------------------------------------------------


def test_a_missing_user_is_an_error_never_a_default(engine: MemoryEngine, ada: str):
    nobody = HarmoniaRetriever(engine=engine)
    with pytest.raises(InvalidInputError, match="whose memory"):
        nobody.invoke("cello")
    with pytest.raises(InvalidInputError, match="whose memory"):
        asyncio.run(nobody.ainvoke("cello"))
    for user in ("", "  ", 7):
        with pytest.raises(InvalidInputError, match="user_id"):
            nobody.invoke("cello", user_id=user)


def test_the_run_names_the_user(engine: MemoryEngine, ada: str):
    nobody = HarmoniaRetriever(engine=engine, layers=("memory",))
    config: Any = {"configurable": {"user_id": ada}}
    assert nobody.invoke("cello", config=config)[0].id == "hobby"
    assert nobody.invoke("cello", user_id=ada)[0].id == "hobby"
    chain = RunnableLambda(lambda question: nobody.invoke(question))
    assert chain.invoke("cello", config=config)[0].id == "hobby"
    assert nobody.batch(["cello"], config=config)[0][0].id == "hobby"
    by_run = HarmoniaRetriever(
        engine=engine, user_id=lambda run: run.configurable["who"], layers=("memory",)
    )
    assert by_run.invoke("cello", config={"configurable": {"who": ada}})[0].id == "hobby"


def test_a_user_given_when_made_is_not_overruled_by_the_config(engine: MemoryEngine, ada: str):
    other = HarmoniaRetriever(engine=engine, user_id="nobody-else")
    assert other.invoke("cello", config={"configurable": {"user_id": ada}}) == []


def test_the_user_is_a_configurable_field(engine: MemoryEngine, ada: str):
    chosen = HarmoniaRetriever(engine=engine, user_id="somebody", k=1).configurable_fields(
        user_id=ConfigurableField(id="user_id"), k=ConfigurableField(id="k")
    )
    assert chosen.invoke("cello") == []
    found = chosen.invoke("cello", config={"configurable": {"user_id": ada, "k": 2}})
    assert found[0].id == "hobby"
    assert len(found) == 2
    assert len(asyncio.run(chosen.ainvoke("cello", {"configurable": {"user_id": ada}}))) == 1


# -- tracing, engines, loops -------------------------------------------------------------------


def test_traces_say_what_was_asked_of_whom(retriever: HarmoniaRetriever):
    seen: dict[str, Any] = {}

    class Listener(BaseCallbackHandler):
        def on_retriever_start(self, serialized: Any, query: str, **kwargs: Any) -> None:
            seen.update(kwargs["metadata"])

        def on_retriever_end(self, documents: Any, **kwargs: Any) -> None:
            seen["documents"] = len(documents)

    retriever.invoke("cello", config={"callbacks": [Listener()]}, k=2)
    assert seen["ls_retriever_name"] == seen["ls_vector_store_provider"] == "harmonia"
    assert (seen["ls_embedding_provider"], seen["ls_embedding_model"]) == (
        "harmonia", "all-MiniLM-L6-v2-int8",
    )  # fmt: skip
    assert seen["documents"] == 2


def test_traces_name_whose_embeddings_they_are(tmp_path: Path):
    with MemoryEngine(tmp_path, embedder=DeterministicFakeEmbedding(size=8)) as engine:
        told = HarmoniaRetriever(engine=engine, user_id="jo")._get_ls_params()
    assert told["ls_embedding_provider"] == "langchain"
    assert "DeterministicFakeEmbedding" in told["ls_embedding_model"]


def test_it_shows_no_engine_in_its_text(retriever: HarmoniaRetriever):
    assert "engine" not in repr(retriever)
    assert "engine" not in retriever.model_dump()


def test_the_loop_runs_on_and_a_slow_embedder_ends_in_an_error(tmp_path: Path):
    class Slow(HashEmbedder):
        delay = 0.0

        def embed(self, texts: Any) -> Any:
            time.sleep(self.delay)
            return super().embed(texts)

    async def main(retriever: HarmoniaRetriever) -> int:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.01)
                ticks += 1

        ticking = asyncio.create_task(tick())
        assert await retriever.ainvoke("plum")
        ticking.cancel()
        return ticks

    slow = Slow()
    with MemoryEngine(tmp_path, embedder=slow, learning="manual") as engine:
        engine.remember("Plum jam", user_id="u")
        slow.delay = 0.3
        slow.prompt = False  # type: ignore[misc]
        assert asyncio.run(main(HarmoniaRetriever(engine=engine, user_id="u"))) >= 5
        with pytest.raises(QueryTimeoutError):
            HarmoniaRetriever(engine=engine, user_id="u", timeout=0.05).invoke("never asked")
    with pytest.raises(ClosedError):
        HarmoniaRetriever(engine=engine, user_id="u").invoke("plum")


def test_the_asynchronous_engine_will_do(tmp_path: Path):
    async def main() -> None:
        engine = AsyncMemoryEngine(tmp_path, embedder=HashEmbedder())
        retriever = HarmoniaRetriever(engine=engine, user_id="u")
        async with engine:
            await engine.remember("Plum jam", user_id="u")
            assert (await retriever.ainvoke("plum"))[0].page_content == "Plum jam"
            assert retriever.invoke("plum")[0].page_content == "Plum jam"

    asyncio.run(main())


# -- traps -------------------------------------------------------------------------------------


def test_arguments_of_a_call_are_dropped_in_silence(retriever: HarmoniaRetriever):
    class Naive(BaseRetriever):
        k: int = 4

        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
            return [Document(page_content=str(n)) for n in range(self.k)]

    assert len(Naive().invoke("x", k=1)) == 4, "k=1 was dropped"
    assert len(Naive().invoke("x", nonsense=1)) == 4, "and nobody says so"
    assert len(retriever.invoke("x", k=1)) == 1
    with pytest.raises(InvalidInputError, match="nonsense"):
        retriever.invoke("x", nonsense=1)


def test_the_tracing_fields_are_not_filters(engine: MemoryEngine, ada: str):
    """`tags` and `metadata` of every retriever belong to tracing: they filter nothing."""
    traced = HarmoniaRetriever(
        engine=engine, user_id=ada, tags=["no such tag"], metadata={"channel": "none"}
    )
    assert traced.invoke("cello")[0].id == "hobby"
    assert traced.invoke("cello", filter={"channel": "app"})[0].id == "m3"
