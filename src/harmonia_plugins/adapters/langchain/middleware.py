"""Memory for agents made with `create_agent`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context
from typing import Any

from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.tools import BaseTool

from harmonia_plugins.adapters.engines import Engine, in_thread
from harmonia_plugins.adapters.langchain.branches import messages_in
from harmonia_plugins.adapters.langchain.recollection import (
    Placement,
    Recollection,
    check_placement,
    with_recalled,
    with_text_after,
)
from harmonia_plugins.adapters.langchain.run_memory import Learn, Place, RunMemory, waited_for
from harmonia_plugins.adapters.langchain.scope import Scope, Who, current_run
from harmonia_plugins.adapters.langchain.tools import (
    check_own_tools,
    check_tools,
    create_memory_tools,
)


class HarmoniaMiddleware(AgentMiddleware[Any, Any]):
    """Recalls before the model is called, and learns from what was said.

    ```python
    agent = create_agent(model, middleware=[HarmoniaMiddleware(engine, user_id="jo")])
    ```

    **Recall.** Once for each turn, however many model calls it takes: the user's latest message
    is searched for, and the text found goes into the request to the model only. It is in no state,
    no checkpoint, no stream and no output. It is fenced as data, it is the same bytes in every
    call of a turn, and it leaves out what the request says already and what tools once returned.

    **Learning.** The user's message is being stored before the model is called, while it works;
    the call returns, or fails, only once it is on the disk. The rest follows at the end of the run.
    Each message is stored once, under its id, in the session (the thread); learning goes on in the
    background. Summaries, system prompts and recalled text are never stored. A run that fails or
    is interrupted after its first model call is completed by the next run, or the resumed one, of
    the thread. What was said in a thread before this middleware was added is not learned; see the
    importers.

    **Branches.** With a checkpointer, going on from an earlier checkpoint leaves a branch behind:
    its messages leave the log, and what they alone taught is taken back (`MemoryEngine.undo`).
    Going back to it later stores and learns it again. A message edited under its id is learned
    anew. Messages that are trimmed or summarised away, or removed from within a thread, stay in
    memory; to forget, use `MemoryEngine.forget`. Of two runs at once in one thread, the one stored
    last counts, as for LangGraph. Not seen: that a thread's first message was replaced under
    another id; branches inside subgraphs; what a memory tool saved on a branch.

    **Agents in agents.** In an agent that runs as another agent's tool, "the user" is a model: it
    recalls but stores nothing, unless `learn=True`. It is known by its caller's node `tools`.

    **Prompt caches.** What stands before the recalled text is the same from turn to turn, see
    `placement`. Providers that only cache up to marked messages need a mark before the latest one.

    **Several.** A user's and a team's memory are two of these, with different `user_id`, which
    gives them different names; both store what is said unless one has `learn=False`. Memory tools
    of both need a `prefix` (`create_memory_tools`): an agent keeps one tool of each name.

    Misconfiguration raises before the model is called: no user, a closed engine, an unusable
    option. Later failures of the store are logged, and the run goes on.

    Args:
        engine: an open `MemoryEngine` or `AsyncMemoryEngine`.
        user_id: whose memory; a callable is given a `Run` (`context`, `config`, `server_info`).
            None takes the user LangGraph's server has authenticated, else `user_id` of the
            runtime context, else of the config's `configurable`.
        session_id: where messages are stored; a callable as above; None takes the thread's id.
        k: the most memories and messages recalled.
        token_budget: the most tokens of recalled text, fence included.
        token_counter: counts a text's tokens; default: an upper estimate.
        recall_options: further arguments of `MemoryEngine.recall`.
        placement: where recalled text stands: `before`, `after` or `within` the user's latest
            message, or in the `system` prompt, which costs the prompt cache.
        learn: whether to store and learn; `auto` does unless in another agent's tool.
        tools: True attaches the memory tools; or the tools to attach, as `create_memory_tools`
            makes them.
        name: names the middleware; default: after the user it is for.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        user_id: Who = None,
        session_id: Who = None,
        k: int = 20,
        token_budget: int = 1_000,
        token_counter: Callable[[str], int] | None = None,
        recall_options: Mapping[str, Any] | None = None,
        placement: Placement = "before",
        learn: Learn = "auto",
        tools: bool | Sequence[BaseTool] = False,
        name: str | None = None,
    ) -> None:
        super().__init__()
        self._scope = Scope(user_id, session_id, type(self).__name__)
        recollection = Recollection(
            k=k, token_budget=token_budget, token_counter=token_counter,
            options=dict(recall_options or {}),
        )  # fmt: skip
        self._memory = RunMemory(engine, self._scope, recollection, learn=learn)
        self._placement: Placement = check_placement(placement)
        self._name = name
        if isinstance(tools, bool):
            attached = create_memory_tools(engine, user_id=user_id, session_id=session_id)
            self.tools = attached if tools else []
        else:
            self.tools = check_tools(tools)

    @property
    def name(self) -> str:
        """What tells this middleware from others in one agent."""
        if self._name is not None:
            return self._name
        label = self._scope.label
        return f"{type(self).__name__}[{label}]" if label else type(self).__name__

    # -- the start of a turn ------------------------------------------------------------------
    # Not with the first call of the model: by then another middleware may have put a summary,
    # which nothing marks as one, where the user's message was.

    def before_agent(self, state: Any, runtime: Any) -> None:
        """Recall for the turn, and begin to store what the user said."""
        place, messages = self._place(runtime), messages_in(state)
        Context().run(self._memory.begin, place, messages)

    async def abefore_agent(self, state: Any, runtime: Any) -> None:
        """Recall for the turn, and begin to store what the user said."""
        place, messages = self._place(runtime), messages_in(state)
        await in_thread(self._memory.engine, lambda: self._memory.begin(place, messages))

    # -- each call of the model ---------------------------------------------------------------

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any]:
        """Call the model with what was recalled; what the user said is stored when it ends."""
        place, messages = self._place(request.runtime), messages_in(request.state)
        text = Context().run(self._memory.recalled, place, messages)
        try:
            return handler(self._with(request, text))
        finally:
            writing = self._memory.writing(place, messages)
            if writing is not None:
                waited_for(writing)

    async def awrap_model_call(
        self,
        request: ModelRequest[Any],
        handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        """Call the model with what was recalled; what the user said is stored when it ends."""
        place, messages = self._place(request.runtime), messages_in(request.state)
        text = self._memory.known(place, messages)
        if text is None:
            text = await in_thread(
                self._memory.engine, lambda: self._memory.recalled(place, messages)
            )
        try:
            return await handler(self._with(request, text))
        finally:
            writing = self._memory.writing(place, messages)
            if writing is not None:
                await asyncio.shield(asyncio.wait([asyncio.wrap_future(writing)]))
                waited_for(writing)

    def _with(self, request: ModelRequest[Any], text: str) -> ModelRequest[Any]:
        check_own_tools(self.tools, request.tools)
        if not text:
            return request
        if self._placement == "system":
            return request.override(system_message=with_text_after(request.system_message, text))
        placed: Any = with_recalled(request.messages, text, placement=self._placement)
        return request.override(messages=placed)

    # -- the end of a turn --------------------------------------------------------------------

    def after_agent(self, state: Any, runtime: Any) -> None:
        """Store what was said; the answer is never lost to a failure of the memory."""
        place, messages = self._place(runtime), messages_in(state)
        Context().run(self._memory.end, place, messages)

    async def aafter_agent(self, state: Any, runtime: Any) -> None:
        """Store what was said; the answer is never lost to a failure of the memory."""
        place, messages = self._place(runtime), messages_in(state)
        await in_thread(self._memory.engine, lambda: self._memory.end(place, messages))

    def _place(self, runtime: Any) -> Place:
        return self._memory.place(current_run(runtime))
