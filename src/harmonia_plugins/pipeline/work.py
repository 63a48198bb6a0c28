"""What passes through the stages of understanding, and what a stage may ask of the engine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Protocol

from harmonia_plugins.model import Change, Memory, MemoryType, Message, Statement
from harmonia_plugins.ports import Extractor


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A statement on its way to become a memory.

    `memory` is what it would be stored as, `near` the beliefs it was compared with and how like
    it they are, `changes` what it does. `dropped` says why it goes no further.
    """

    statement: Statement
    message: Message
    memory: Memory
    factors: Mapping[str, float] = field(default_factory=dict[str, float])
    near: tuple[tuple[Memory, float], ...] = ()
    changes: tuple[Change, ...] = ()
    suspicious: str | None = None
    dropped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Messages and what has been made of them so far; `trace` is one line for each step.

    `trusts` says how far each message is believed, `entities` which names it holds.
    `failure` says why the chosen extractor could not be used and another one was.
    """

    messages: tuple[Message, ...]
    trusts: tuple[float, ...] = ()
    entities: tuple[tuple[str, ...], ...] = ()
    candidates: tuple[Candidate, ...] = ()
    trace: tuple[str, ...] = ()
    failure: str | None = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change, in the order the statements were made."""
        return tuple(change for candidate in self.candidates for change in candidate.changes)

    def noted(self, stage: str, *lines: str) -> Work:
        """Return the work with lines of a stage added to its trace."""
        return replace(self, trace=(*self.trace, *(f"{stage}: {line}" for line in lines)))

    def with_each(self, stage: str, step: Callable[[Candidate], tuple[Candidate, str]]) -> Work:
        """Return the work with a step taken by each candidate that is not dropped.

        The step also says what it did; an empty text is not noted.
        """
        moved: list[Candidate] = []
        lines: list[str] = []
        for candidate in self.candidates:
            if candidate.dropped is None:
                candidate, did = step(candidate)
                if did:
                    lines.append(f"{candidate.memory.content!r}: {did}")
            moved.append(candidate)
        return replace(self, candidates=tuple(moved)).noted(stage, *lines)


class Beliefs(Protocol):
    """What is believed of one user, with the changes decided so far."""

    def recent(self, count: int) -> Sequence[Memory]:
        """Return the active memories recorded last, oldest first."""
        ...

    def related(self, texts: Sequence[str], count: int) -> Sequence[Memory]:
        """Return the active memories most like any of the texts, best first."""
        ...

    def prepare(self, contents: Sequence[str]) -> None:
        """Get ready for `near` on memories with these contents, in one run of the model."""
        ...

    def near(self, memory: Memory) -> Sequence[tuple[Memory, float]]:
        """Return the active memories most like one, each with its cosine, best first."""
        ...

    def apply(self, changes: Sequence[Change]) -> None:
        """Believe what the changes say."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a stage may know beside the work, and the ports through which it looks back."""

    user_id: str
    session_id: str
    now: datetime
    zone: tzinfo
    before: tuple[Message, ...]
    extractor: Extractor
    fallback: Extractor
    beliefs: Beliefs
    strategy: Callable[[MemoryType], str]
    """Names the strategy for conflicts of a type."""
    identify: Callable[[Message, str], str]
    """Gives the id of a statement drawn from a message: the same whenever it is drawn again."""
    store: Callable[[Work], None]
    """Commits the work; a dry run hands in what does nothing."""
    trusted_roles: Collection[str] = ()
    learn_from_assistant: bool = False
    least_confidence: float = 0.0
    conflict_threshold: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One step of understanding.

    Stages that look back at beliefs take candidates `one_by_one`, so that the second statement of
    a message already sees what the first one changed.
    """

    name: str
    run: Callable[[Work, Context], Work]
    one_by_one: bool = False


def run_stages(stages: Sequence[Stage], work: Work, context: Context) -> Work:
    """Return the work after all stages; neighbouring `one_by_one` stages go candidate by candidate.

    A stage that drops a candidate leaves it in the work, with the reason.
    """
    place = 0
    while place < len(stages):
        if not stages[place].one_by_one:
            work = stages[place].run(work, context)
            place += 1
            continue
        end = place
        while end < len(stages) and stages[end].one_by_one:
            end += 1
        work = _each_alone(stages[place:end], work, context)
        place = end
    return work


def _each_alone(stages: Sequence[Stage], work: Work, context: Context) -> Work:
    done: list[Candidate] = []
    for candidate in work.candidates:
        alone = replace(work, candidates=(candidate,))
        for stage in stages:
            alone = stage.run(alone, context)
        done += alone.candidates
        work = replace(work, trace=alone.trace)
    return replace(work, candidates=tuple(done))
