"""LangGraph's long-term memory on disk: a node keeps notes, another process finds them."""

import subprocess
import sys
import tempfile

from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.runtime import Runtime

from harmonia_plugins.langchain import HarmoniaStore

NOTES = [
    "The spare key is under the flower pot",
    "The boiler was serviced in March",
    "Order XK-77 is for the garden fence",
]


def keep(state: MessagesState, runtime: Runtime) -> dict:
    """A node: keeps what was said as a note, under a key of its own."""
    for number, message in enumerate(state["messages"]):
        runtime.store.put(("notes", "house"), f"note-{number}", {"text": message.text})
    return {}


def main(folder: str) -> None:
    with HarmoniaStore.open(folder, user_id="jo") as store:
        builder = StateGraph(MessagesState)
        builder.add_node("keep", keep)
        builder.add_edge(START, "keep")
        builder.add_edge("keep", END)
        graph = builder.compile(store=store)
        graph.invoke({"messages": [("user", note) for note in NOTES]})

    subprocess.run([sys.executable, __file__, folder], check=True)  # another process


def find(folder: str) -> None:
    with HarmoniaStore.open(folder, user_id="jo") as store:
        print("namespaces:", store.list_namespaces())
        for query in ("how do I get into the house?", "heating", "XK-77"):
            best = store.search(("notes",), query=query, limit=1)[0]
            print(f"{query:<30}{best.value['text']}")
        store.put(("codes",), "parcel", {"text": "pick-up code 4711"}, ttl=60)  # minutes
        print("kept for an hour:", store.get(("codes",), "parcel").value["text"])
    with HarmoniaStore.open(folder, user_id="ada") as store:
        print("another user sees:", store.search((), query="key"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        find(sys.argv[1])
    else:
        main(tempfile.mkdtemp())
