"""One session as a memory sees it: the messages in use, and what is recalled for them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from harmonia_plugins.adapters.llama_index.log import Log
from harmonia_plugins.adapters.llama_index.messages import to_chat
from harmonia_plugins.adapters.llama_index.recalling import (
    RecalledText,
    Recaller,
    printed,
    query_of,
)
from harmonia_plugins.adapters.llama_index.tokens import TokenCounter
from harmonia_plugins.adapters.llama_index.window import Entry, shown, tokens_of


@dataclass(frozen=True, slots=True)
class Limits:
    """How many tokens there are: in all, the share of the window, and for recalled text."""

    room: int
    share: float
    recall: int


@dataclass(frozen=True, slots=True)
class View:
    """What a `get` begins with: the window, the recalled text, and the tokens left for others."""

    window: list[Entry]
    recalled: RecalledText
    left: int

    @property
    def chats(self) -> list[ChatMessage]:
        """The window's messages."""
        return [entry.chat for entry in self.window]


@dataclass(frozen=True, slots=True)
class _Turn:
    """What was recalled for a turn: it lasts until the user says something else."""

    key: tuple[str, str]
    recalled: RecalledText


class Conversation:
    """Reads one session. All of it blocks; threads may share it."""

    def __init__(self, log: Log, session: str, recaller: Recaller) -> None:
        self._log = log
        self.session = session
        self._recaller = recaller
        self._turn: _Turn | None = None
        self._counts: dict[tuple[str, int], int] = {}
        self._total: int | None = None

    def add(self, chats: Sequence[ChatMessage], counter: TokenCounter) -> int:
        """Store messages, and return the tokens that the messages in use take now.

        What others have added meanwhile is counted when the log is read the next time.
        """
        ids = self._log.add(self.session, chats, "active")
        if self._total is None:
            self._total = tokens_of(self.entries(counter))
            return self._total
        for given, chat in zip(ids, chats, strict=True):
            tokens = self._counts[given, hash(chat.content or "")] = counter.content(chat)
            self._total += tokens
        return self._total

    def entries(self, counter: TokenCounter) -> list[Entry]:
        """Return the messages in use; each is counted once."""
        known, counts, found = self._counts, dict[tuple[str, int], int](), list[Entry]()
        for message in self._log.entries(self.session, "active"):
            chat, key = to_chat(message), (message.id or "", hash(message.content))
            counts[key] = known[key] if key in known else counter.content(chat)
            found.append(Entry(key[0], chat, counts[key]))
        self._counts, self._total = counts, tokens_of(found)
        return found

    def look(self, input: object, limits: Limits, counter: TokenCounter) -> View:
        """Return the newest turns and what is recalled for them.

        Args:
            input: what the user says now; None for the last thing they said.
            limits: the tokens there are.
            counter: counts them.
        """
        window = shown(self.entries(counter), limits.room, limits.share, counter)
        left = max(limits.room - tokens_of(window), 0)
        recalled = self._recall(input, window, counter)
        return View(window, recalled.within(min(limits.recall, left), counter), left)

    def _recall(
        self, input: object, window: Sequence[Entry], counter: TokenCounter
    ) -> RecalledText:
        """Return all that answers the user; the same for the whole of a turn."""
        chats = [entry.chat for entry in window]
        query, said = query_of(input, chats), query_of(None, chats)
        key = next((e.id for e in reversed(window) if e.chat.role == MessageRole.USER), ""), query
        turn = self._turn
        if query == said and turn is not None and turn.key == key:
            return turn.recalled
        texts, ids = [chat.content or "" for chat in chats], [entry.id for entry in window]
        hits = self._recaller.hits(query, texts, ids, self.session)
        recalled = printed(hits, sys.maxsize, counter)
        if query == said:
            self._turn = _Turn(key, recalled)
        return recalled
