"""What of a user's memory belongs into a conversation, as text for the prompt."""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from harmonia_plugins.adapters.llama_index.scope import Scope, check_known
from harmonia_plugins.adapters.llama_index.tokens import TokenCounter
from harmonia_plugins.adapters.tagged import readable
from harmonia_plugins.adapters.unseen import unseen_hits
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError, ProviderError, QueryTimeoutError
from harmonia_plugins.model import Recall
from harmonia_plugins.pipeline.trust.recalled import without_recalled
from harmonia_plugins.recall.context import context_block

log = logging.getLogger(__name__)


class RecalledText(str):
    """The text of some hits and its tokens; printed again where there is less room."""

    __slots__ = ("hits", "tokens")
    hits: tuple[Recall, ...]
    tokens: int

    def within(self, tokens: int, counter: TokenCounter) -> RecalledText:
        """Return the best of it that fits; empty if nothing does."""
        if self.tokens <= tokens:
            return self
        return _recalled(context_block(self.hits, tokens, counter.text), self.hits, counter)


OPTIONS = frozenset(signature(MemoryEngine.recall).parameters) - {
    "self",
    "query",
    "user_id",
    "k",
    "exclude",
}
"""Options of `MemoryEngine.recall` that are no part's own."""


def checked_options(options: object) -> dict[str, Any]:
    """Return options of `engine.recall` as a dict of their own; None stands for none.

    Raises:
        InvalidInputError: they are no mapping, or recall has no such option.
    """
    if options is not None and not isinstance(options, Mapping):
        raise InvalidInputError(
            f'recall_options must be a mapping such as {{"layers": ["memory"]}}, not {options!r}'
        )
    given = dict(cast("Mapping[str, Any]", options or {}))
    check_known("recall_options", given, OPTIONS)
    return given


@dataclass(frozen=True, slots=True)
class Recaller:
    """Asks the engine for what a conversation does not show already.

    `k` is how many hits are wanted, `options` are further ones of `engine.recall`.
    """

    scope: Scope
    k: int
    options: Mapping[str, Any]

    def hits(
        self,
        query: str,
        shown: Sequence[str],
        ids: Collection[str] = (),
        session: str | None = None,
    ) -> list[Recall]:
        """Return what answers a query, best first; nothing for a blank one.

        A memory that cannot be asked in time leaves the conversation without recall, and a
        warning in the log.

        Args:
            query: what is talked about.
            shown: texts of the messages that the model sees anyway.
            ids: their ids, where the engine has them: what was learned from them alone is left
                out too.
            session: the session of these ids.
        """
        query = readable(query)
        if not query.strip():
            return []
        seen = {query, *shown}  # a question asked before is no answer

        def useful(hit: Recall) -> bool:
            said = hit.message
            return said is None or (hit.text not in seen and said.role != "tool")

        try:
            return unseen_hits(
                self.scope.engine, query, user_id=self.scope.user_id, k=self.k,
                shown={} if session is None else {session: ids}, useful=useful,
                options=self.options,
            )  # fmt: skip
        except (QueryTimeoutError, ProviderError) as error:
            log.warning("nothing is recalled for this turn: %s", error)
            return []


def printed(hits: Sequence[Recall], tokens: int, counter: TokenCounter) -> RecalledText:
    """Return the best hits that fit into a number of tokens, as the engine's fenced block."""
    whole = _recalled(context_block(hits, sys.maxsize, len), hits, counter)
    return whole.within(tokens, counter)


def _recalled(text: str, hits: Sequence[Recall], counter: TokenCounter) -> RecalledText:
    found = RecalledText(text)
    found.hits, found.tokens = tuple(hits), counter.text(text)
    return found


def query_of(input: object, messages: Sequence[ChatMessage]) -> str:
    """Return what to recall for: the input if there is one, else what the user said last.

    Raises:
        InvalidInputError: the input is neither a text nor a message.
    """
    now = input.content if isinstance(input, ChatMessage) else input
    if now is not None and not isinstance(now, str):
        raise InvalidInputError(
            f"input must be a str or a ChatMessage, not {input!r}: pass what the user said"
        )
    said = (m.content or "" for m in reversed(messages) if m.role == MessageRole.USER)
    texts = (without_recalled(text) for text in (now or "", *said))
    return next((text for text in texts if text.strip()), "")
