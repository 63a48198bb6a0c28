"""The embedded extractor: rules of English, no model, the same answer every time."""

from __future__ import annotations

from harmonia_plugins.model import Message, Statement, Window
from harmonia_plugins.pipeline.extraction.choosing import Candidate, choose
from harmonia_plugins.pipeline.extraction.context import Context, speakers_of
from harmonia_plugins.pipeline.extraction.polarity import may_take_back
from harmonia_plugins.pipeline.extraction.reading import candidates

LEARNED_ROLES = frozenset({"user", "human"})
"""Roles whose words are learned; what others say is context only."""

THRESHOLD = 0.215
"""How likely a message must tell something worth keeping."""
_RECENT = 12


class EmbeddedExtractor:
    """Draws statements with deterministic rules about English; other languages stay verbatim."""

    def __init__(self, *, threshold: float = THRESHOLD) -> None:
        """Set how likely a message must tell something: lower finds more, higher is more silent."""
        self._threshold = threshold

    @property
    def name(self) -> str:
        """Names the rules and their generation."""
        return "embedded-rules-1"

    def extract(self, window: Window) -> list[Statement]:
        """Return what the window's messages state; nothing for small talk."""
        found: list[Statement] = []
        told = [memory.content for memory in window.known]
        talk = (*window.before, *window.messages)
        first = len(window.before)
        if any(may_take_back(message.content) for message in window.messages):
            learned = {known for memory in window.known for known in memory.message_ids}
            for message in window.before[-_RECENT:]:
                if message.id not in learned:
                    told += self._told_before(message, talk)
        for number, message in enumerate(window.messages):
            if message.role.lower() not in LEARNED_ROLES:
                continue
            context = Context(message, talk[: first + number], speakers_of(message, talk))
            for candidate in choose(candidates(context, told), self._threshold):
                found.append(_statement(candidate, number))
                told.append(candidate.content)
        return found

    def _told_before(self, message: Message, talk: tuple[Message, ...]) -> list[str]:
        if message.role.lower() not in LEARNED_ROLES:
            return []
        context = Context(message, (), speakers_of(message, talk))
        return [candidate.content for candidate in candidates(context, ())]


def _statement(candidate: Candidate, number: int) -> Statement:
    return Statement(
        content=candidate.content,
        message=number,
        source=candidate.source,
        confidence=round(min(0.95, max(0.05, candidate.confidence)), 2),
        polarity=candidate.polarity,
    )
