"""Recall as a retriever: what nodes tell, and where LlamaIndex puts retrievers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from llama_index.core.chat_engine import CondensePlusContextChatEngine, ContextChatEngine
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode
from llama_index.core.tools import RetrieverTool

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine, Message
from harmonia_plugins.errors import ClosedError, InvalidInputError
from harmonia_plugins.llama_index import HarmoniaRetriever

DOG = "I have a dog called Biggie"
QUESTION = "What is my dog called?"


@pytest.fixture
def jo(engine: MemoryEngine, user: str) -> str:
    said = datetime(2024, 5, 1, tzinfo=UTC)
    engine.observe(
        Message("user", DOG, id="m1", created_at=said, metadata={"room": "blue"}),
        user_id=user, session_id="s1",
    )  # fmt: skip
    engine.observe(Message("user", "I live in Rome", id="m2"), user_id=user)
    engine.observe(Message("user", "I live in Oslo now", id="m3"), user_id=user)
    return user


@pytest.mark.parametrize("way", ["retrieve", "aretrieve"])
async def test_nodes(way: str, engine: MemoryEngine, jo: str) -> None:
    retriever = HarmoniaRetriever(engine=engine, user_id=jo, similarity_top_k=3)
    nodes = getattr(retriever, way)(QUESTION)
    nodes = await nodes if way == "aretrieve" else nodes
    hits = engine.recall(QUESTION, user_id=jo, k=3)
    assert [(n.node_id, n.text, n.score) for n in nodes] == [(h.id, h.text, h.score) for h in hits]
    assert {node.metadata["layer"] for node in nodes} == {"memory", "message"}
    for node, hit in zip(nodes, hits, strict=True):
        assert 0 <= node.score <= 1
        assert node.metadata["message_ids"] == list(hit.message_ids)
        assert node.metadata["session_id"] == hit.session_id
        assert node.metadata["stale"] is hit.stale
    message = next(node for node in nodes if node.node_id == "m1")
    assert message.metadata["created_at"] == "2024-05-01T00:00:00+00:00"
    assert message.metadata["metadata"] == {"room": "blue"}
    assert message.metadata["role"] == "user"
    memory = next(node for node in nodes if node.metadata["layer"] == "memory")
    assert {"type", "confidence", "valid_from", "recorded_at"} <= set(memory.metadata)


def test_what_is_outdated_says_so(engine: MemoryEngine, jo: str) -> None:
    nodes = HarmoniaRetriever(engine, user_id=jo, similarity_top_k=10).retrieve("where do I live?")
    old = next(node for node in nodes if node.node_id == "m2")
    assert old.metadata["stale"] is True
    assert old.metadata["superseded_by"]
    assert "stale: True" in old.node.get_content(MetadataMode.LLM)
    places = [node.text for node in nodes if "live" in node.text]
    assert "Oslo" in places[0]


def test_a_model_is_shown_times_and_no_bookkeeping(engine: MemoryEngine, jo: str) -> None:
    node = next(
        node
        for node in HarmoniaRetriever(engine, user_id=jo).retrieve(QUESTION)
        if node.node_id == "m1"
    )
    shown = node.node.get_content(MetadataMode.LLM)
    assert "2024-05-01" in shown
    assert "channels" not in shown
    assert node.node.get_content(MetadataMode.EMBED) == DOG
    assert TextNode.from_dict(node.node.to_dict()) == node.node  # its metadata is JSON


async def test_an_asynchronous_engine(tmp_path: Any) -> None:
    async with AsyncMemoryEngine(tmp_path) as engine:
        await engine.observe(Message("user", DOG), user_id="jo")
        nodes = await HarmoniaRetriever(engine, user_id="jo").aretrieve(QUESTION)
    assert "Biggie" in nodes[0].text


def test_options_of_recall(engine: MemoryEngine, jo: str) -> None:
    def texts(**options: Any) -> list[str]:
        retriever = HarmoniaRetriever(engine, user_id=jo, similarity_top_k=9, **options)
        return [node.text for node in retriever.retrieve(QUESTION)]

    assert texts(layers=("message",), session_id="s1") == [DOG]
    assert texts(layers=("message",), metadata={"room": "blue"}) == [DOG]
    assert DOG not in texts(since=datetime(2025, 1, 1, tzinfo=UTC))
    assert HarmoniaRetriever(engine, user_id=f"{jo}-2").retrieve(QUESTION) == []


def test_blank_questions_and_recalled_text(engine: MemoryEngine, jo: str) -> None:
    retriever = HarmoniaRetriever(engine, user_id=jo)
    assert retriever.retrieve("  ") == []
    recalled = engine.context("Oslo", user_id=jo, token_budget=500)
    plain, fenced = retriever.retrieve(QUESTION), retriever.retrieve(f"{recalled}\n{QUESTION}")
    assert [node.node_id for node in fenced] == [node.node_id for node in plain]


@pytest.mark.parametrize(
    "options",
    [
        {"user_id": None}, {"user_id": " "}, {"engine": None}, {"engine": "./memory"},
        {"similarity_top_k": 0}, {"similarity_top_k": "3"}, {"layer": "memory"},
    ],
)  # fmt: skip
def test_unusable_arguments(options: dict[str, Any], engine: MemoryEngine) -> None:
    with pytest.raises(InvalidInputError):
        HarmoniaRetriever(**{"engine": engine, "user_id": "jo"} | options)


def test_an_unusable_number_is_called_by_its_name_here(engine: MemoryEngine) -> None:
    retriever = HarmoniaRetriever(engine, user_id="jo")
    with pytest.raises(InvalidInputError, match="similarity_top_k must be"):
        HarmoniaRetriever(engine, user_id="jo", similarity_top_k=0)
    with pytest.raises(InvalidInputError, match="similarity_top_k must be"):
        retriever.similarity_top_k = 0


def test_a_closed_engine(tmp_path: Any) -> None:
    engine = MemoryEngine(tmp_path)
    retriever = HarmoniaRetriever(engine, user_id="jo")
    engine.close()
    with pytest.raises(ClosedError):
        retriever.retrieve(QUESTION)


# -- where retrievers go ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ContextChatEngine, CondensePlusContextChatEngine])
async def test_in_chat_engines(
    kind: Any, engine: MemoryEngine, jo: str, fake_llm: Any, shown: Callable[..., str]
) -> None:
    llm = fake_llm("Biggie")
    chat = kind.from_defaults(HarmoniaRetriever(engine, user_id=jo), llm=llm)
    answer = await asyncio.to_thread(chat.chat, QUESTION)
    assert "Biggie" in shown(llm.prompts[-1])
    assert any(node.node_id == "m1" for node in answer.source_nodes)
    chat.reset()
    await chat.achat(QUESTION)
    assert "Biggie" in shown(llm.prompts[-1])


async def test_in_a_query_engine_and_a_tool(
    engine: MemoryEngine, jo: str, fake_llm: Any, shown: Callable[..., str]
) -> None:
    llm, retriever = fake_llm("Biggie"), HarmoniaRetriever(engine, user_id=jo)
    answers = RetrieverQueryEngine.from_args(retriever, llm=llm)
    assert str(answers.query(QUESTION)) == "Biggie"
    assert "Biggie" in shown(llm.prompts[-1])
    assert str(await answers.aquery(QUESTION)) == "Biggie"
    tool = RetrieverTool.from_defaults(retriever, name="memory", description="Past talks")
    assert "Biggie" in str(tool.call(QUESTION))
    assert "Biggie" in str(await tool.acall(QUESTION))


class Documents(BaseRetriever):
    def _retrieve(self, query_bundle: Any) -> list[NodeWithScore]:
        return [NodeWithScore(node=TextNode(text="Dogs are mammals"), score=0.5)]


@pytest.mark.parametrize("mode", ["reciprocal_rerank", "relative_score", "simple"])
async def test_as_a_part_of_a_fusion(
    mode: str, engine: MemoryEngine, jo: str, fake_llm: Any
) -> None:
    fusion = QueryFusionRetriever(
        [HarmoniaRetriever(engine, user_id=jo), Documents()], llm=fake_llm(), mode=mode,
        num_queries=1, similarity_top_k=5, use_async=False,
    )  # fmt: skip
    for nodes in (fusion.retrieve(QUESTION), await fusion.aretrieve(QUESTION)):
        texts = [node.text for node in nodes]
        assert DOG in texts
        assert "Dogs are mammals" in texts


# -- traps --------------------------------------------------------------------------------------


async def test_a_retriever_without_an_asynchronous_twin_blocks_the_loop(
    engine: MemoryEngine, jo: str, monkeypatch: Any
) -> None:
    asked: list[str] = []

    class Naive(BaseRetriever):
        def _retrieve(self, query_bundle: Any) -> list[NodeWithScore]:
            asked.append(threading.current_thread().name)
            return []

    recall = engine.recall

    def watched(*args: Any, **kwargs: Any) -> Any:
        asked.append(threading.current_thread().name)
        return recall(*args, **kwargs)

    monkeypatch.setattr(engine, "recall", watched)
    await Naive().aretrieve(QUESTION)
    await HarmoniaRetriever(engine, user_id=jo).aretrieve(QUESTION)
    naive, ours = asked
    assert naive == threading.current_thread().name  # the trap: the loop's own thread
    assert ours.startswith("harmonia")
