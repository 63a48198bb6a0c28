"""The runs a callback handler sees: which of them is a turn, and what was asked and answered in it.

The outermost run that a handler sees is the turn. Attached to an invocation, that is the chain or
agent that was called; attached to a model inside one, it is each call of that model.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

from harmonia_plugins.adapters.langchain.conversation import said, told, turn_of, with_ids
from harmonia_plugins.adapters.turns import now

_MOST = 65_536
"""Runs that are remembered: those whose end is never told are forgotten at last."""


@dataclass(eq=False, slots=True, kw_only=True)
class Turn:
    """An outermost run. Of one that is no conversation, such as a tool's, nothing is stored."""

    id: UUID
    counts: bool
    since: int
    metadata: Mapping[str, Any]
    asked: list[BaseMessage] | None = None
    prompt: list[BaseMessage] | None = None
    answer: AIMessage | None = None
    is_model: bool = False
    user: str | None = None
    session: str | None = None
    settled: bool = False
    ended: bool = False
    config: RunnableConfig | None = None
    """The config of a run inside, through which an event of this run can be sent."""

    def messages(
        self, outputs: Any, keys: tuple[str | None, str | None], *, inputs: Any, failed: bool
    ) -> list[BaseMessage]:
        """Return what was said in this turn; in one that failed, what was asked.

        Args:
            outputs: of the run.
            keys: where the question and the answer are, in inputs and outputs that are mappings.
            inputs: of a streamed run, whose input is only told when it ends; else None.
            failed: whether it did.
        """
        prompt = self.prompt or []
        late = None if inputs is None else said(inputs, keys[0])
        asked = late or self.asked or told(prompt)
        if failed or self.is_model:
            answer = [] if failed or self.answer is None else [self.answer]
            return [*with_ids(asked, prompt), *answer]
        return with_ids(turn_of(asked, outputs, self.answer, keys[1]), prompt)


@dataclass(slots=True)
class _Run:
    turn: Turn
    aside: bool


class Runs:
    """The runs in progress. Thread-safe."""

    def __init__(self, input_key: str | None) -> None:
        """Take the key of what was asked, in inputs that are mappings."""
        self._key = input_key
        self._runs: OrderedDict[UUID, _Run] = OrderedDict()
        self._lock = threading.Lock()

    def chain(
        self, run_id: UUID, parent: UUID | None, inputs: Any, metadata: Mapping[str, Any],
        *, internal: bool,
    ) -> Turn:  # fmt: skip
        """Begin the run of a chain; returns the turn it belongs to."""
        with self._lock:
            run, new = self._begin(run_id, parent, metadata, aside=internal)
        if new and run.turn.counts:
            run.turn.asked = said(inputs, self._key)
        return run.turn

    def model(
        self, run_id: UUID, parent: UUID | None, prompt: Sequence[BaseMessage],
        metadata: Mapping[str, Any], *, internal: bool,
    ) -> Turn:  # fmt: skip
        """Begin a model's call; returns the turn it belongs to."""
        with self._lock:
            run, new = self._begin(run_id, parent, metadata, aside=internal)
            run.turn.is_model |= new
            if not run.aside and run.turn.prompt is None:
                run.turn.prompt = list(prompt)
        return run.turn

    def aside(self, run_id: UUID, parent: UUID | None, metadata: Mapping[str, Any]) -> Turn:
        """Begin the run of a tool or retriever: what is said inside is said by programs."""
        with self._lock:
            return self._begin(run_id, parent, metadata, aside=True)[0].turn

    def answer(self, run_id: UUID, message: AIMessage | None) -> None:
        """Take a model's answer; its call has yet to `end`."""
        with self._lock:
            run = self._runs.get(run_id)
            if run is not None and not run.aside and message is not None:
                run.turn.answer = message

    def end(self, run_id: UUID) -> Turn | None:
        """End a run; returns the turn if this was it, and something may be stored of it."""
        with self._lock:
            run = self._runs.pop(run_id, None)
            if run is None or run.turn.id != run_id:
                return None
            run.turn.ended = True
            return run.turn if run.turn.counts else None

    def open_turns(self, user_id: str) -> list[Turn]:
        """Return a user's turns in progress, the latest first."""
        with self._lock:
            turns = [self._runs[run_id].turn for run_id in reversed(self._runs)]
        return [turn for turn in dict.fromkeys(turns) if turn.user == user_id and not turn.ended]

    def _begin(
        self, run_id: UUID, parent: UUID | None, metadata: Mapping[str, Any], *, aside: bool
    ) -> tuple[_Run, bool]:
        above = None if parent is None else self._runs.get(parent)
        if above is None:
            turn = Turn(id=run_id, counts=not aside, since=now(), metadata=dict(metadata))
            run = _Run(turn, aside)
        else:
            run = _Run(above.turn, above.aside or aside)
        self._runs[run_id] = run
        while len(self._runs) > _MOST:
            self._runs.popitem(last=False)
        return run, above is None
