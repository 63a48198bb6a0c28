"""What is recalled for a turn, and where in a request to the model it stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Literal, TypeVar

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from harmonia_plugins.adapters.langchain.branches import question
from harmonia_plugins.adapters.langchain.messages import text_of, usable_id
from harmonia_plugins.adapters.unseen import unseen_hits
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Recall
from harmonia_plugins.pipeline import intake
from harmonia_plugins.recall.context import context_block, default_token_counter
from harmonia_plugins.text.fence import RECALLED_KEY

Placement = Literal["before", "after", "within", "system"]
"""Where recalled text stands.

`before`: a message of its own just before the user's latest one; what the provider has cached of
the system prompt and of earlier turns stays valid, and the question stays last. `after`: just
behind it, which keeps one more message cached. `within`: at the head of the latest message itself,
for models that insist on alternating roles. `system`: at the end of the system prompt; whenever
the text changes, nothing after it is cached.
"""
PLACEMENTS: tuple[Placement, ...] = ("before", "after", "within", "system")

M = TypeVar("M", bound=BaseMessage)

_LONGEST_QUERY = 4_000
"""Characters of a message that are searched for; a pasted book asks for nothing beyond them."""
_TAKEN = {"self", "query", "user_id", "k", "exclude"}
"""Arguments of `MemoryEngine.recall` that are no options."""
_QUIET_ROLES = ("tool", "function", "system", "developer")
"""Whose messages are not recalled: a web page that a tool once read must not speak in each
later conversation."""


@dataclass(frozen=True, kw_only=True)
class Recollection:
    """How to recall for a turn.

    Args:
        k: the most hits.
        token_budget: the most tokens of the text, fence included.
        token_counter: counts a text's tokens; default: an upper estimate.
        options: further arguments of `MemoryEngine.recall`, such as `layers` or `tags`.
    """

    k: int = 20
    token_budget: int = 1_000
    token_counter: Callable[[str], int] | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        intake.check_k(self.k)
        check_tokens(self.token_budget, self.token_counter)
        known = signature(MemoryEngine.recall).parameters.keys() - _TAKEN
        for name in self.options:
            intake.check_choice(name, sorted(known), "a recall option")

    def text(
        self, engine: MemoryEngine, user_id: str, session_id: str, messages: Sequence[BaseMessage]
    ) -> str:
        """Return what a user's memory holds on their last message, fenced; empty for nothing.

        Left out is what the messages, which are of this session, say themselves, what was learned
        from them alone, and what tools once returned.

        Raises:
            HarmoniaError: as `MemoryEngine.recall`.
        """
        asked = question(messages)
        query = "" if asked is None else text_of(asked)[:_LONGEST_QUERY]
        if not query.strip():
            return ""
        here = {message.id for message in messages if message.id and usable_id(message.id)}
        hits = unseen_hits(
            engine, query, user_id=user_id, k=self.k, shown={session_id: here},
            useful=lambda hit: not _is_idle(hit, here), options=self.options,
        )  # fmt: skip
        counter = self.token_counter or default_token_counter
        return context_block(hits, self.token_budget, counter)


def _is_idle(hit: Recall, here: Collection[str]) -> bool:
    if hit.message is None:
        return False
    return hit.id in here or hit.message.role.casefold() in _QUIET_ROLES


def check_tokens(budget: object, counter: object) -> None:
    """Check a token budget and what counts tokens; None counts by default.

    Raises:
        InvalidInputError: the budget is no number above 0, or the counter cannot be called.
    """
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        raise InvalidInputError(f"token_budget must be a whole number above 0, not {budget!r}")
    if not (counter is None or callable(counter)):
        raise InvalidInputError(f"token_counter must be a function of a text, not {counter!r}")


def check_placement(placement: object) -> Placement:
    """Return a placement."""
    intake.check_choice(placement, PLACEMENTS, "placement")
    return placement  # type: ignore[return-value]


def with_recalled(
    messages: Sequence[BaseMessage], text: str | None, *, placement: Placement = "before"
) -> list[BaseMessage]:
    """Return messages for a model with recalled text among them; the given ones stay as they are.

    Args:
        messages: the conversation; with `placement="system"`, a system message at its head is
            added to.
        text: what was recalled; nothing happens where it is empty.
        placement: one of `before`, `after`, `within`, `system`, see `Placement`.
    """
    given = list(messages)
    if not text:
        return given
    if check_placement(placement) == "system":
        head = given[0] if given and isinstance(given[0], SystemMessage) else None
        return [with_text_after(head, text), *given[1 if head else 0 :]]
    asked = question(given)
    if asked is None:  # summarised away: its place is not known any more
        return [*given, _recalled(text)]
    place = next(n for n, message in enumerate(given) if message is asked)
    if placement == "within":
        return [*given[:place], _with_text_before(asked, text), *given[place + 1 :]]
    place += placement == "after"
    return [*given[:place], _recalled(text), *given[place:]]


def with_text_after(system: SystemMessage | None, text: str) -> SystemMessage:
    """Return a system message with a text at its end."""
    if system is None or not system.content:
        return SystemMessage(text)
    return _with_content(system, _joined(system.content, text, last=True))


def _with_text_before(message: HumanMessage, text: str) -> HumanMessage:
    return _with_content(message, _joined(message.content, text, last=False))


def _joined(content: str | list[str | dict[Any, Any]], text: str, *, last: bool) -> Any:
    if isinstance(content, str):
        parts = [part for part in (content, text) if part]
        return "\n\n".join(parts if last else reversed(parts))
    if last:
        return [*content, {"type": "text", "text": f"\n\n{text}"}]
    return [{"type": "text", "text": f"{text}\n\n"}, *content]


def _with_content(message: M, content: Any) -> M:
    return message.model_copy(update={"content": content})


def _recalled(text: str) -> HumanMessage:
    return HumanMessage(text, additional_kwargs={RECALLED_KEY: True})
