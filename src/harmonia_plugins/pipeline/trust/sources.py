"""Who may teach: which messages are learned from, and how far what they say is believed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.trust.recalled import without_recalled
from harmonia_plugins.text.fence import RECALLED_KEY

__all__ = ["Source", "Verdict", "may_learn", "source_of", "trust_of", "without_recalled"]

Source = Literal["user", "trusted", "unknown", "assistant", "tool", "system", "recalled"]
Reason = Literal[
    "user", "trusted source", "assistant, as asked", "blank", "recalled text", "system prompt",
    "tool output", "assistant's own words", "unknown role",
]  # fmt: skip

_ROLES: dict[str, Source] = {
    "user": "user", "human": "user",
    "assistant": "assistant", "ai": "assistant", "model": "assistant", "chatbot": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool", "function": "tool",
}  # fmt: skip
"""Roles in the words of the common frameworks."""

_TRUST: dict[Source, float] = {
    "user": 1.0,
    "trusted": 0.8,  # the application vouches for it, but it may be stale or wrong about the user
    "unknown": 0.5,  # most often a person under a framework's own word
    "assistant": 0.4,  # may have made it up, and repeats what others told it
    "tool": 0.2,  # a web page or mail that anyone may have written
    "system": 0.0,  # instructions, no statement about the user
    "recalled": 0.0,  # what was learned already is no evidence for itself
}
_REFUSED: dict[Source, Reason] = {
    "recalled": "recalled text",
    "system": "system prompt",
    "tool": "tool output",
    "assistant": "assistant's own words",
    "unknown": "unknown role",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a message may be learned from, and why or why not; true where it may."""

    allowed: bool
    reason: Reason

    def __bool__(self) -> bool:
        return self.allowed


def may_learn(
    message: Message, *, trusted_roles: Collection[str], learn_from_assistant: bool = False
) -> Verdict:
    """Say whether a message may be learned from.

    Users are; the assistant if asked for. `trusted_roles` names others: `"tool"` every tool,
    `"tool:calendar"` only messages with that name. System prompts and messages marked as recalled
    are never learned from, whoever is trusted.
    """
    source = source_of(message, trusted_roles=trusted_roles)
    if source != "recalled" and not message.content.strip():
        return Verdict(False, "blank")
    if source == "user":
        return Verdict(True, "user")
    if source == "trusted":
        return Verdict(True, "trusted source")
    if source == "assistant" and learn_from_assistant:
        return Verdict(True, "assistant, as asked")
    return Verdict(False, _REFUSED[source])


def trust_of(messages: Iterable[Message], *, trusted_roles: Collection[str]) -> float:
    """Return how far what these messages say is believed, from 0 to 1: as far as the weakest.

    What has no message was told by the application itself, and is believed.
    """
    trusts = (_TRUST[source_of(item, trusted_roles=trusted_roles)] for item in messages)
    return min(trusts, default=1.0)


def source_of(message: Message, *, trusted_roles: Collection[str]) -> Source:
    """Say what kind of source a message is.

    An assistant stays one where it is named as trusted: vouching for it does not make it know.
    """
    if message.metadata.get(RECALLED_KEY):
        return "recalled"
    role = message.role.strip().casefold()
    source = _ROLES.get(role, "unknown")
    if not without_recalled(message.content).strip() and message.content.strip():
        return "recalled"
    if source not in ("tool", "unknown"):
        return source
    trusted = {name.strip().casefold() for name in trusted_roles}
    named = f"{role}:{(message.name or '').strip().casefold()}"
    return "trusted" if role in trusted or named in trusted else source
