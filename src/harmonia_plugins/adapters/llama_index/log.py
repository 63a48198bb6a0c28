"""A user's sessions as a log of LlamaIndex messages, over the engine's verbs. All of it blocks."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from llama_index.core.base.llms.types import ChatMessage

from harmonia_plugins.adapters.llama_index.messages import chats_of, to_chat, to_message
from harmonia_plugins.adapters.llama_index.scope import Scope
from harmonia_plugins.model import Message, MessageStatus


class Log:
    """Reads and changes sessions; what is added is learned from in the background.

    Args:
        scope: whose sessions.
        learn: whether messages are learned from at all.
    """

    def __init__(self, scope: Scope, *, learn: bool = True) -> None:
        self.scope = scope
        self.learn = learn

    def entries(self, session: str, status: MessageStatus | None = None) -> list[Message]:
        """Return a session's messages in order; only those of one status if it is given."""
        return self.scope.engine.messages(
            user_id=self.scope.user_id, session_id=session, status=status
        )

    def sessions(self) -> list[str]:
        """Return the sessions that hold messages, in the order they began."""
        return [found.id for found in self.scope.engine.sessions(user_id=self.scope.user_id)]

    def add(
        self, session: str, chats: Iterable[ChatMessage], status: MessageStatus
    ) -> tuple[str, ...]:
        """Store messages at the end of a session, and return their ids; on the disk then."""
        ids = self._store(session, [to_message(chat) for chat in chats_of(chats)])
        if ids and status == "archived":
            self.mark(session, ids, "archived")
        return ids

    def replace(self, session: str, chats: Iterable[ChatMessage], status: MessageStatus) -> None:
        """Make a session's log these messages; one it holds already stays the same message.

        So a log that is set again and again, a turn longer each time, is learned from once.
        """
        log = self.entries(session)
        wanted = _recognised(log, [to_message(chat) for chat in chats_of(chats)])
        new = [place for place, message in enumerate(wanted) if message.id is None]
        ids = self._store(session, [wanted[place] for place in new])
        for place, given in zip(new, ids, strict=True):
            wanted[place] = replace(wanted[place], id=given)
        names = [message.id for message in wanted]
        as_they_are = self.scope.engine.messages(
            user_id=self.scope.user_id, session_id=session, status="active"
        )
        if [message.id for message in as_they_are] != names or len(log) + len(new) != len(names):
            self._learn_first()
            self.scope.engine.replace_messages(
                wanted, user_id=self.scope.user_id, session_id=session
            )
        if status == "archived":
            self.mark(session, None, "archived")

    def delete(self, session: str, ids: Sequence[str] | None) -> None:
        """Take messages (None: all) out of a session. What was learned from them stays."""
        self._learn_first()
        self.scope.engine.delete_messages(ids, user_id=self.scope.user_id, session_id=session)

    def mark(self, session: str, ids: Sequence[str] | None, status: MessageStatus) -> None:
        """Mark messages (None: all) as active or archived."""
        self.scope.engine.set_message_status(
            ids, status=status, user_id=self.scope.user_id, session_id=session
        )

    def _store(self, session: str, messages: Sequence[Message]) -> tuple[str, ...]:
        if not messages:
            return ()
        stored = self.scope.engine.observe(
            messages, user_id=self.scope.user_id, session_id=session, extract=self.learn, wait=False
        )
        return stored.message_ids

    def _learn_first(self) -> None:
        """Learn from what waits: a message that has left the log is not learned from any more."""
        if self.learn:
            self.scope.engine.learn_pending(user_id=self.scope.user_id)


def _recognised(log: Sequence[Message], given: Sequence[Message]) -> list[Message]:
    """Return the given messages, those that the log holds as they are in it.

    They are compared from the beginning; after the first difference from the end, so that of
    several equal messages the last ones are found where only the end of a log is given.
    """
    looks = [_look(to_message(to_chat(message))) for message in log]
    found = list(given)
    same = 0
    while same < min(len(log), len(given)) and looks[same] == _look(given[same]):
        found[same] = log[same]
        same += 1
    known: defaultdict[str, list[Message]] = defaultdict(list)
    for message, look in zip(log[same:], looks[same:], strict=True):
        known[look].append(message)
    for place in range(len(given) - 1, same - 1, -1):
        if rest := known[_look(given[place])]:
            found[place] = rest.pop()
    return found


def _look(message: Message) -> str:
    """Return what makes two messages the same one said again."""
    return json.dumps([message.role, message.content, message.payload], sort_keys=True)
