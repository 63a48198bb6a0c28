"""`HarmoniaStore` where it is used: agents, graphs, LangGraph's server, langmem, processes."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.tools import ToolRuntime
from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.tools import tool
from langgraph.store.base import BaseStore

from harmonia_plugins import InvalidInputError, MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore
from harmonia_plugins.testing import HashEmbedder

LOADED = """
import sys
from harmonia_plugins import langchain
for name in {names}:
    getattr(langchain, name)
heavy = ("langchain", "langgraph.graph", "langgraph.pregel", "langgraph.store.memory", "lancedb")
print([name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize(
    "names",
    [
        ["HarmoniaStore"],
        ["HarmoniaRetriever"],
        ["import_from_langgraph", "import_from_chat_history"],
    ],
)
def test_only_the_core_packages_are_loaded(names: list[str]):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOADED.format(names=names)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


# -- agents and graphs -------------------------------------------------------------------------


@tool
def keep(text: str, runtime: ToolRuntime) -> str:
    """Keep a note."""
    assert runtime.store is not None
    runtime.store.put(("notes",), "note", {"text": text})
    return "kept"


@tool
async def look_up(question: str, runtime: ToolRuntime) -> str:
    """Look for notes."""
    assert runtime.store is not None
    found = await runtime.store.asearch(("notes",), query=question)
    return found[0].value["text"]


def test_tools_of_an_agent_reach_it_by_their_runtime(
    store: HarmoniaStore, fake_model: Callable[..., Any], tool_calls: Callable[..., AIMessage]
):
    model = fake_model(
        tool_calls(("keep", {"text": "the spare key is under the pot"})),
        tool_calls(("look_up", {"question": "where is the key?"})),
        "under the pot",
    )
    agent = create_agent(model, [keep, look_up], store=store)
    result = asyncio.run(agent.ainvoke({"messages": [{"role": "user", "content": "key?"}]}))
    tools = [message.content for message in result["messages"] if message.type == "tool"]
    assert tools == ["kept", "the spare key is under the pot"]
    assert store.get(("notes",), "note").value == {"text": "the spare key is under the pot"}


def test_a_graph_gives_it_to_its_nodes(store: HarmoniaStore):
    from langgraph.graph import END, START, StateGraph

    def remember(state: dict[str, Any], config: RunnableConfig, *, store: BaseStore) -> Any:
        store.put(("g", config["configurable"]["who"]), "k", {"n": state["n"]})
        return {"n": len(store.search(("g",)))}

    graph = StateGraph(dict)
    graph.add_node("remember", remember)
    graph.add_edge(START, "remember")
    graph.add_edge("remember", END)
    compiled = graph.compile(store=store)
    for number, who in enumerate(("a", "b", "a")):
        found = compiled.invoke({"n": number}, config={"configurable": {"who": who}})
    assert found == {"n": 2}
    assert store.get(("g", "a"), "k").value == {"n": 2}


# -- LangGraph's server ------------------------------------------------------------------------


def load_as_the_server_does(path: str) -> Any:
    """Load what `{"store": {"path": "./file.py:name"}}` in langgraph.json names."""
    file, name = path.rsplit(":", 1)
    spec = importlib.util.spec_from_file_location("loaded_store", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.__dict__[name]


@asynccontextmanager
async def entered_as_the_server_does(value: Any) -> Any:
    """Enter a store, a context manager, or a function that makes one; in this order."""
    if isinstance(value, BaseStore):
        yield value
    elif hasattr(value, "__aenter__") and hasattr(value, "__aexit__"):
        async with value as entered:
            yield entered
    elif callable(value):
        async with entered_as_the_server_does(value()) as entered:
            yield entered
    else:
        raise ValueError(type(value))


SERVER_FILE = """
from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore

store = HarmoniaStore.open({folder!r}, user_id="assistant", learning="manual",
                           ttl={{"default_ttl": 60}})

def factory():
    return HarmoniaStore.open({folder!r}, user_id="assistant", learning="manual")

def plain():
    return HarmoniaStore(MemoryEngine({folder!r}, learning="manual"), user_id="assistant")
"""


@pytest.mark.parametrize("name", ["store", "factory", "plain"])
def test_a_server_loads_it_from_a_file(tmp_path: Path, name: str):
    (tmp_path / "langgraph.json").write_text(json.dumps({"store": {"path": f"./mem.py:{name}"}}))
    (tmp_path / "mem.py").write_text(SERVER_FILE.format(folder=str(tmp_path / "memory")))
    path = json.loads((tmp_path / "langgraph.json").read_text())["store"]["path"]
    value = load_as_the_server_does(str(tmp_path / path.removeprefix("./")))
    assert not (tmp_path / "memory").exists(), "loading opens nothing"

    async def serve(n: int) -> Any:
        async with entered_as_the_server_does(value) as store:
            await store.aput(("u", "1"), str(n), {"n": n})
            found = await store.asearch(("u",))
            if name == "plain":
                store._engine.close()
            return found

    asyncio.run(serve(0))
    assert len(asyncio.run(serve(1))) == 2


def test_several_threads_of_a_server_share_one_engine(tmp_path: Path):
    opening = HarmoniaStore.open(tmp_path, user_id="u", embedder=HashEmbedder(), learning="manual")
    engines, ready, leave = [], threading.Barrier(4), threading.Event()

    async def serve(n: int) -> None:
        async with opening as store:
            engines.append(store._engine)
            await store.aput(("n",), str(n), {})
            await asyncio.to_thread(ready.wait)
            await asyncio.to_thread(leave.wait)
            assert len(await store.asearch(("n",))) == 3

    threads = [threading.Thread(target=lambda n=n: asyncio.run(serve(n))) for n in range(3)]
    for thread in threads:
        thread.start()
    ready.wait()
    assert len({id(engine) for engine in engines}) == 1
    leave.set()
    for thread in threads:
        thread.join()
    with opening as store:
        assert store._engine not in engines
        assert len(store.search(("n",))) == 3


def test_opening_says_at_once_what_cannot_work(tmp_path: Path):
    for options in ({"user_id": ""}, {"user_id": "u", "ttl": 5}, {"user_id": "u", "fields": 5}):
        with pytest.raises(InvalidInputError):
            HarmoniaStore.open(tmp_path, **options)
    broken = HarmoniaStore.open("s3://bucket", user_id="u")
    for _ in range(2):
        with pytest.raises(InvalidInputError), broken:
            pass
        with pytest.raises(InvalidInputError):
            asyncio.run(_entered(broken))


async def _entered(opening: Any) -> None:
    async with opening:
        pass


# -- several processes -------------------------------------------------------------------------

PEER = """
import sys
from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore
from harmonia_plugins.testing import HashEmbedder

with MemoryEngine(sys.argv[1], embedder=HashEmbedder(), learning="manual") as engine:
    store = HarmoniaStore(engine, user_id="u")
    for n in range(20):
        store.put(("n", "peer"), str(n), {"text": f"peer {n}"})
        print(n, flush=True)
        sys.stdin.readline()
        assert store.get(("n", "main"), str(n)) is not None
"""


def test_two_processes_see_each_others_writes_at_once(tmp_path: Path):
    with MemoryEngine(tmp_path, embedder=HashEmbedder(), learning="manual") as engine:
        store = HarmoniaStore(engine, user_id="u")
        peer = subprocess.Popen(
            [sys.executable, "-c", PEER, str(tmp_path)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert peer.stdin is not None
        assert peer.stdout is not None
        for n in range(20):
            assert peer.stdout.readline().strip() == str(n)
            assert store.get(("n", "peer"), str(n)).value == {"text": f"peer {n}"}
            store.put(("n", "main"), str(n), {"text": f"main {n}"})
            peer.stdin.write("\n")
            peer.stdin.flush()
        peer.stdin.close()
        assert peer.wait(60) == 0
        peer.stdout.close()
        assert len(store.search(("n",), limit=100)) == 40
        assert store.list_namespaces() == [("n", "main"), ("n", "peer")]
        assert len(store.search(("n", "peer"), query="peer", limit=100)) == 20


# -- langmem -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def langmem() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("langmem")


CONFIG: RunnableConfig = {"configurable": {"langgraph_user_id": "jo"}}


def test_the_memory_tools_of_langmem_work_over_it(langmem: Any, store: HarmoniaStore):
    namespace = ("memories", "{langgraph_user_id}")
    manage = langmem.create_manage_memory_tool(namespace=namespace, store=store)
    search = langmem.create_search_memory_tool(namespace=namespace, store=store)
    made = manage.invoke({"content": "Jo prefers window seats"}, config=CONFIG)
    manage.invoke({"content": "Jo is allergic to nuts"}, config=CONFIG)
    identifier = made.split()[-1]
    assert store.get(("memories", "jo"), identifier).value == {"content": "Jo prefers window seats"}
    found = json.loads(search.invoke({"query": "which seat on the plane?"}, config=CONFIG))
    assert found[0]["value"]["content"] == "Jo prefers window seats"
    manage.invoke(
        {"content": "Jo prefers aisle seats", "id": identifier, "action": "update"}, config=CONFIG
    )
    item = store.get(("memories", "jo"), identifier)
    assert item.value == {"content": "Jo prefers aisle seats"}
    assert item.updated_at > item.created_at
    manage.invoke({"id": identifier, "action": "delete"}, config=CONFIG)
    left = [item.value["content"] for item in store.search(("memories", "jo"))]
    assert left == ["Jo is allergic to nuts"]


def test_and_without_a_loop_being_blocked(langmem: Any, store: HarmoniaStore):
    namespace = ("memories", "{langgraph_user_id}")
    manage = langmem.create_manage_memory_tool(namespace=namespace, store=store)
    search = langmem.create_search_memory_tool(namespace=namespace, store=store)

    async def main() -> Any:
        await asyncio.gather(
            *(manage.ainvoke({"content": f"fact {n}"}, config=CONFIG) for n in range(8))
        )
        return await search.ainvoke({"query": "fact 5", "limit": 3}, config=CONFIG)

    found = json.loads(asyncio.run(main()))
    assert found[0]["value"]["content"] == "fact 5"
    assert len(found) == 3


def test_an_agent_with_langmem_and_this_store(
    langmem: Any, store: HarmoniaStore, fake_model: Callable[..., Any],
    tool_calls: Callable[..., AIMessage],
):  # fmt: skip
    model = fake_model(tool_calls(("manage_memory", {"content": "Jo owns a boat"})), "noted")
    tools = [langmem.create_manage_memory_tool(namespace=("memories", "{langgraph_user_id}"))]
    agent = create_agent(model, tools, store=store)
    agent.invoke({"messages": [{"role": "user", "content": "I own a boat"}]}, config=CONFIG)
    (item,) = store.search(("memories", "jo"), query="boat")
    assert item.value == {"content": "Jo owns a boat"}
