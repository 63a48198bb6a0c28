"""Memory for graphs written by hand: recall and learn as two nodes.

```python
class State(MessagesState):
    recalled: Annotated[str, UntrackedValue]


def call_model(state: State):
    prompt = with_recalled(state["messages"], state.get("recalled"))
    return {"messages": [model.invoke(prompt)]}


builder.add_node("recall", recall_node(engine))
builder.add_node("model", call_model)
builder.add_node("learn", learn_node(engine))
```

Recalled text travels in a state key of its own, never in `messages`. As an `UntrackedValue` it is
in no checkpoint, so after an interrupt it is gone: let every way into the model's node lead through
the recall node (`tools` to `recall` to `model`). Within a turn it recalls once, and gives the same
bytes again. Streams of state (`stream_mode="updates"` or `"values"`) do show the key.

The learn node stores each message once, wherever and however often it stands; put one at the start
too, and what the user said is stored even if the model fails.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from harmonia_plugins.adapters.engines import Engine, in_thread
from harmonia_plugins.adapters.langchain.branches import messages_in
from harmonia_plugins.adapters.langchain.recollection import Recollection, with_recalled
from harmonia_plugins.adapters.langchain.run_memory import Learn, Place, RunMemory
from harmonia_plugins.adapters.langchain.scope import Scope, Who, current_run

__all__ = ["learn_node", "recall_node", "with_recalled"]


def recall_node(
    engine: Engine,
    *,
    user_id: Who = None,
    session_id: Who = None,
    key: str = "recalled",
    messages_key: str = "messages",
    k: int = 20,
    token_budget: int = 1_000,
    token_counter: Callable[[str], int] | None = None,
    recall_options: Mapping[str, Any] | None = None,
) -> Runnable[Any, dict[str, str]]:
    """Return a node that writes what the user's memory holds on their last message to `key`.

    Hand it to the model with `with_recalled`. Arguments as for `HarmoniaMiddleware`;
    `messages_key` names the state's messages.

    Raises:
        InvalidInputError: an argument is unusable; in runs: nothing names the user.
    """
    recollection = Recollection(
        k=k, token_budget=token_budget, token_counter=token_counter,
        options=dict(recall_options or {}),
    )  # fmt: skip
    memory = RunMemory(engine, Scope(user_id, session_id, "recall_node"), recollection)

    def recall(state: Any, config: RunnableConfig) -> dict[str, str]:
        place, messages = _at(memory, config, state, messages_key)
        return {key: Context().run(memory.recalled, place, messages)}

    async def arecall(state: Any, config: RunnableConfig) -> dict[str, str]:
        place, messages = _at(memory, config, state, messages_key)
        known = memory.known(place, messages)
        if known is None:
            known = await in_thread(memory.engine, lambda: memory.recalled(place, messages))
        return {key: known}

    return RunnableLambda(recall, afunc=arecall, name="recall_memories")


def learn_node(
    engine: Engine,
    *,
    user_id: Who = None,
    session_id: Who = None,
    messages_key: str = "messages",
    learn: Learn = "auto",
) -> Runnable[Any, dict[str, Any]]:
    """Return a node that stores what was said since it last ran; learning goes on in background.

    It changes nothing in the state. With a checkpointer it takes back what an abandoned branch
    taught, and leaves trimmed and summarised messages in memory, as `HarmoniaMiddleware` does. A
    failure to store is logged and the run goes on.

    Raises:
        InvalidInputError: an argument is unusable; in runs: nothing names the user.
    """
    memory = RunMemory(
        engine, Scope(user_id, session_id, "learn_node"), Recollection(), learn=learn
    )

    def store(state: Any, config: RunnableConfig) -> dict[str, Any]:
        place, messages = _at(memory, config, state, messages_key)
        Context().run(memory.end, place, messages)
        return {}

    async def astore(state: Any, config: RunnableConfig) -> dict[str, Any]:
        place, messages = _at(memory, config, state, messages_key)
        await in_thread(memory.engine, lambda: memory.end(place, messages))
        return {}

    return RunnableLambda(store, afunc=astore, name="learn_memories")


def _at(
    memory: RunMemory, config: RunnableConfig, state: Any, key: str
) -> tuple[Place, list[BaseMessage]]:
    place = memory.place(current_run(config=config))
    return place, messages_in(state, key, stable=place.persisted)
