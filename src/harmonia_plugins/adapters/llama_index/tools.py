"""Tools with which an agent looks into a user's memory and changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import Context
from typing import Any

from llama_index.core.tools import FunctionTool
from pydantic import BaseModel, ValidationError

from harmonia_plugins.adapters.llama_index.scope import Scope, scope_of
from harmonia_plugins.adapters.memory_verbs import (
    TOOL_NAMES,
    Caller,
    Told,
    Tool,
    ToolName,
    answered,
    memory_tools,
)
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.pipeline import intake
from harmonia_plugins.recall.context import default_token_counter


def create_memory_tools(
    engine: Any = None,
    *,
    user_id: str | None = None,
    session_id: str | None = None,
    path: Any = None,
    include: Iterable[ToolName] = TOOL_NAMES,
    prefix: str = "",
    token_budget: int = 2_000,
    token_counter: Callable[[str], int] | None = None,
) -> list[FunctionTool]:
    """Return the tools `search_memory`, `save_memory`, `update_memory` and `forget_memory`.

    ```python
    FunctionAgent(llm=llm, tools=create_memory_tools(engine, user_id="jo"))
    ```

    The user is bound here and never an argument of the model's. All of them are native both
    synchronously (`call`) and asynchronously (`acall`). Each answers with text for the model, also
    where it could not do what was asked. What search returns is fenced as data, and is not stored
    where a `HarmoniaMemory` sees it.

    What a model saves or writes anew is believed less than what the user says: if it contradicts
    the user's own words it is quarantined, until `MemoryEngine.release`. What reads like an
    instruction to the assistant is refused.
    `forget_memory` removes a memory for good, together with the messages it came from, or else
    they would be recalled; leave it out with `include` where a model may not.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; or `path`.
        user_id: whose memory it is.
        session_id: the session that saved memories belong to, if any.
        path: the folder of the engine, instead of one.
        include: which of the four.
        prefix: put before the names, so that tools for two users can stand side by side.
        token_budget: the most tokens of what search returns.
        token_counter: counts a text's tokens; default: an upper estimate.

    Raises:
        InvalidInputError: an argument is unusable.
        ClosedError: in calls, the engine is closed.
    """
    scope = scope_of("create_memory_tools", engine, path, user_id)
    wanted = intake.check_several(include, "include")
    for name in wanted:
        intake.check_choice(name, TOOL_NAMES, "include")
    session = None if session_id is None else intake.check_session(session_id)
    tools = memory_tools(token_budget, token_counter or default_token_counter)
    return [
        _tool(scope, session, f"{prefix}{name}_memory", tool)
        for name, tool in tools.items()
        if name in wanted
    ]


def _tool(scope: Scope, session: str | None, name: str, tool: Tool) -> FunctionTool:
    def work(given: dict[str, Any]) -> Callable[[], str]:
        def told() -> Told:
            caller = Caller(scope.engine, scope.user_id, session)
            return tool.verb(caller, **_checked(tool.arguments, given))

        return lambda: _with_id(answered(told))

    def call(**given: Any) -> str:
        return Context().run(work(given))

    async def acall(**given: Any) -> str:
        return await scope.run(work(given))

    return FunctionTool.from_defaults(
        fn=call, async_fn=acall, name=name, description=tool.description,
        fn_schema=tool.arguments,
    )  # fmt: skip


def _with_id(told: Told) -> str:
    """Return what a tool answers; there is no artifact here, so a change names its memory."""
    text, artifact = told
    ids = artifact["ids"]
    return f"{text} (id {ids[-1]})" if "changeset" in artifact and ids else text


def _checked(schema: type[BaseModel], given: dict[str, Any]) -> dict[str, Any]:
    """Return a model's arguments, checked: LlamaIndex hands on what the model wrote.

    Raises:
        InvalidInputError: they do not fit the schema.
    """
    try:
        return schema(**given).model_dump()
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InvalidInputError("; ".join(wrong)) from None
