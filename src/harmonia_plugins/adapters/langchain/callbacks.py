"""Memory by `callbacks=[...]`, for any chain, agent or model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.outputs import LLMResult

from harmonia_plugins.adapters.engines import in_thread
from harmonia_plugins.adapters.langchain.conversation import spoken
from harmonia_plugins.adapters.langchain.handling import Handling

log = logging.getLogger(__name__)


class HarmoniaCallbackHandler(Handling, BaseCallbackHandler):
    """Gives any chain, agent or model a memory: what is said in a run is stored and learned from.

    ```python
    handler = HarmoniaCallbackHandler(engine, user_id="jo")
    chain.invoke("I have a dog called Biggie", config={"callbacks": [handler]})
    ```

    It does not recall: for that, use `HarmoniaMiddleware`, the memory tools or the retriever.

    **What a turn is.** The outermost run that the handler sees, however many model calls, tools and
    sub-agents are in it. Of its input, what the user says (what follows the last answer, in a
    list of messages); of its output, the answer, or of an agent's thread what is new. System
    prompts, summaries, recalled text and calls that middleware and the engine make for themselves
    are not stored; what tools and the assistant say is stored and not learned from. In a run that
    fails or is broken off, what the user has said is stored.

    **When.** The turn is on the disk when the run returns: a few milliseconds, on the caller's
    thread, or on another one where the run is asynchronous. Learning goes on in the background, so
    no model is called from here. Nothing is stored of a run that is still going on.

    **Whose.** `user_id` and `session_id` from the arguments; else from the run's metadata
    (`user_id`; `thread_id`, `session_id` or `conversation_id`) or its config's `configurable`, or
    the context of an agent's runtime. A bare model tells its metadata only. Without a user, the run
    raises before its first model is called; without a session, it is `default`. All other failures
    are logged, and the run goes on.

    **With others.** Message ids, and for messages without ids `adapters.turns`, see to it that a
    turn is stored once where a `HarmoniaChatMessageHistory` or a `HarmoniaMiddleware` sees it too,
    provided that they name the same user and session.

    Args:
        engine: an open `MemoryEngine` or `AsyncMemoryEngine`.
        user_id: whose memory; a callable is given a `Run` (`configurable`, `context`).
        session_id: the conversation; a callable as above.
        input_key: where in a run's input the user's words are; default: `messages`, `input`,
            `question` and the like, or the only text there is, or else the model's prompt.
        output_key: where in its output the answer is; default: `messages`, `output`, `answer` and
            the like, or else what the model said last.
        learn: whether turns are learned from.
        on_memory: called with the user's id and the `ChangeSet` when memories have changed by what
            a turn said, whichever surface stored it; on the thread that learned. A coroutine
            function runs on the event loop of the run. The same is sent as the custom event
            `harmonia_memory` to runs of the user in this handler that are going on by then.

    Raises:
        InvalidInputError: an argument is unusable.
    """

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        """Begin a turn, or take note of a run inside one."""
        self.begin(self.runs.chain, kwargs, inputs)

    def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """Take the prompt."""
        self.begin(self.runs.model, kwargs, messages[0])

    def on_llm_start(self, serialized: Any, prompts: Any, **kwargs: Any) -> None:
        """Take the prompt of a model without messages."""
        self.begin(self.runs.model, kwargs, spoken(prompts[0]))

    def on_tool_start(self, serialized: Any, input_str: Any, **kwargs: Any) -> None:
        """Take note that what follows is said by programs."""
        self.begin(self.runs.aside, kwargs)

    def on_retriever_start(self, serialized: Any, query: Any, **kwargs: Any) -> None:
        """Take note that what follows is said by programs."""
        self.begin(self.runs.aside, kwargs)

    def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Store the turn, if this was its outermost run."""
        _do(self.ended(run_id, outputs, inputs=kwargs.get("inputs")))

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Take the answer, and store the turn of a bare model."""
        _do(self.answered(run_id, response))

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Store what the user has said."""
        _do(self.ended(run_id, inputs=kwargs.get("inputs"), failed=True))

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Store what the user has said to a bare model."""
        _do(self.ended(run_id, failed=True))

    def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    def on_retriever_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)


class AsyncHarmoniaCallbackHandler(Handling, AsyncCallbackHandler):
    """`HarmoniaCallbackHandler` for asynchronous runs: coroutines on the run's own event loop.

    The same in all else. In synchronous runs, LangChain only logs what an asynchronous handler
    raises, so there a missing user does not stop the run.
    """

    async def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        """Begin a turn, or take note of a run inside one."""
        self.begin(self.runs.chain, kwargs, inputs)

    async def on_chat_model_start(self, serialized: Any, messages: Any, **kwargs: Any) -> None:
        """Take the prompt."""
        self.begin(self.runs.model, kwargs, messages[0])

    async def on_llm_start(self, serialized: Any, prompts: Any, **kwargs: Any) -> None:
        """Take the prompt of a model without messages."""
        self.begin(self.runs.model, kwargs, spoken(prompts[0]))

    async def on_tool_start(self, serialized: Any, input_str: Any, **kwargs: Any) -> None:
        """Take note that what follows is said by programs."""
        self.begin(self.runs.aside, kwargs)

    async def on_retriever_start(self, serialized: Any, query: Any, **kwargs: Any) -> None:
        """Take note that what follows is said by programs."""
        self.begin(self.runs.aside, kwargs)

    async def on_chain_end(self, outputs: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Store the turn, if this was its outermost run."""
        await self._done(self.ended(run_id, outputs, inputs=kwargs.get("inputs")))

    async def on_llm_end(self, response: LLMResult, *, run_id: UUID, **kwargs: Any) -> None:
        """Take the answer, and store the turn of a bare model."""
        await self._done(self.answered(run_id, response))

    async def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Store what the user has said."""
        await self._done(self.ended(run_id, inputs=kwargs.get("inputs"), failed=True))

    async def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Store what the user has said to a bare model."""
        await self._done(self.ended(run_id, failed=True))

    async def on_tool_end(self, output: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    async def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    async def on_retriever_end(self, documents: Any, *, run_id: UUID, **kwargs: Any) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    async def on_retriever_error(
        self, error: BaseException, *, run_id: UUID, **kwargs: Any
    ) -> None:
        """Forget the run."""
        self.runs.end(run_id)

    async def _done(self, work: Callable[[], None] | None) -> None:
        """Do work in a thread; a run that is cancelled meanwhile does not stop it."""
        if work is None:
            return
        self.loop = asyncio.get_running_loop()
        try:
            await in_thread(self.engine, work)
        except Exception as error:  # noqa: BLE001 - an answer must not be lost to a memory
            log.warning("%s could not store a turn: %s", type(self).__name__, error)


def _do(work: Callable[[], None] | None) -> None:
    if work is not None:
        work()
