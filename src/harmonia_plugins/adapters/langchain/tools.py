"""Tools with which a model looks into a user's memory and changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextvars import Context
from typing import Any, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, StructuredTool

from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.adapters.langchain.recollection import check_tokens
from harmonia_plugins.adapters.langchain.scope import Scope, Who, current_run
from harmonia_plugins.adapters.memory_verbs import (
    TOOL_NAMES,
    Caller,
    Told,
    Tool,
    ToolName,
    Verb,
    answered,
    memory_tools,
)
from harmonia_plugins.errors import (
    InvalidInputError,
)
from harmonia_plugins.pipeline import intake
from harmonia_plugins.recall.context import default_token_counter


def create_memory_tools(
    engine: Engine,
    *,
    user_id: Who = None,
    session_id: Who = None,
    include: Iterable[ToolName] = TOOL_NAMES,
    prefix: str = "",
    token_budget: int = 2_000,
    token_counter: Callable[[str], int] | None = None,
) -> list[BaseTool]:
    """Return the tools `search_memory`, `save_memory`, `update_memory` and `forget_memory`.

    Whose memory they use is found for each call, as `HarmoniaMiddleware` does, and is never an
    argument of the model's. They need no more than langchain-core; in a graph they see its runtime
    context too. Each returns text for the model and, as the artifact, a dict with the `ids` of the
    memories concerned. What search returns is fenced as data, and is never stored as a message.

    What a model saves or writes anew is believed less than what the user says (`MODEL_TRUST`): if
    it contradicts the user's own words it is quarantined, until `MemoryEngine.release`. What reads
    like an instruction to the assistant is refused. `forget_memory` removes a memory for good,
    together with the messages it came from, or else they would be recalled; leave it out with
    `include`, or let a person approve it, where a model may not.

    Args:
        engine: an open `MemoryEngine` or `AsyncMemoryEngine`.
        user_id: whose memory; a callable is given a `Run`; None looks in the usual places.
        session_id: the session that saved memories belong to; None for the thread.
        include: which of the four.
        prefix: put before the names, so that tools for two users can stand side by side.
        token_budget: the most tokens of what search returns.
        token_counter: counts a text's tokens; default: an upper estimate.

    Raises:
        InvalidInputError: an argument is unusable; in calls: nothing names the user.
    """
    wanted = intake.check_several(include, "include")
    for name in wanted:
        intake.check_choice(name, TOOL_NAMES, "include")
    check_tokens(token_budget, token_counter)
    desk = _Desk(check_engine(engine), Scope(user_id, session_id, "a memory tool"))
    tools = memory_tools(token_budget, token_counter or default_token_counter)
    return [
        desk.tool(f"{prefix}{name}_memory", tool) for name, tool in tools.items() if name in wanted
    ]


class _Desk:
    """Where calls come in: it finds out for whom, and keeps the engine off the event loop."""

    def __init__(self, engine: Engine, scope: Scope) -> None:
        self._engine = engine
        self._scope = scope

    def tool(self, name: str, tool: Tool) -> BaseTool:
        """Return a tool of LangChain's."""

        def call(config: RunnableConfig, **given: Any) -> Told:
            return Context().run(self._work(config, tool.verb, given))

        async def acall(config: RunnableConfig, **given: Any) -> Told:
            return await in_thread(self._engine, self._work(config, tool.verb, given))

        return StructuredTool.from_function(
            call,
            coroutine=acall,
            name=name,
            description=tool.description,
            args_schema=tool.arguments,
            response_format="content_and_artifact",
        )

    def _work(
        self, config: RunnableConfig, verb: Verb, given: dict[str, Any]
    ) -> Callable[[], Told]:
        run = current_run(config=config)
        user, session = self._scope.user(run), self._scope.session(run)

        def work() -> Told:
            return verb(Caller(sync_engine(self._engine), user, session), **given)

        return lambda: answered(work)


def check_tools(tools: Iterable[object]) -> list[BaseTool]:
    """Return tools as a list.

    Raises:
        InvalidInputError: one of them is none.
    """
    several = intake.check_several(tools, "tools")
    wrong = [tool for tool in several if not isinstance(tool, BaseTool)]
    if wrong:
        raise InvalidInputError(
            f"tools must be True or tools, such as create_memory_tools makes, not {wrong[0]!r}"
        )
    return cast("list[BaseTool]", list(several))


def check_own_tools(own: Sequence[BaseTool], offered: Iterable[object]) -> None:
    """Check that a model is offered tools, and not others that do the same for somebody else.

    Of several tools with one name an agent keeps the last, whatever user it is for.

    Raises:
        InvalidInputError: another memory tool has taken the name of one.
    """
    mine = {tool.name: tool for tool in own}
    for tool in offered:
        same = mine.get(tool.name) if isinstance(tool, StructuredTool) else None
        if (
            isinstance(same, StructuredTool) and isinstance(tool, StructuredTool)
            and tool.func is not same.func and tool.args_schema is same.args_schema
        ):  # fmt: skip
            raise InvalidInputError(
                f"two users' memory tools are called {tool.name!r}, and only one would be used: "
                "give one of them tools=create_memory_tools(..., prefix=...)"
            )
