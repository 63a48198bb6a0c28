"""Which messages of a thread are to be stored, and which belong to a branch nobody continues.

LangGraph keeps a thread as a tree of checkpoints: to edit a message, or to ask again, is to go on
from an earlier one. Each message that is stored names the one it followed, so the log holds the
same tree.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from harmonia_plugins.adapters.langchain.messages import (
    from_any_form,
    is_injected,
    text_of,
    to_message,
)
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.trust.recalled import without_recalled
from harmonia_plugins.text.fence import RECALLED_KEY

THREAD_KEY = "langgraph_thread"
"""Metadata key of a stored message: the thread it was said in."""
AFTER_KEY = "langgraph_after"
"""Metadata key: the id of the message before it in its thread, None for the first."""


def messages_in(state: Any, key: str = "messages", *, stable: bool = False) -> list[BaseMessage]:
    """Return the messages of a graph's state, be it a dict or an object.

    Args:
        state: as a node gets it.
        key: its key of the messages.
        stable: whether the state is kept, so that messages without an id (the state has another
            reducer than `add_messages`) can be given one by their place in the conversation.

    Raises:
        InvalidInputError: there is no such key, or it holds something else.
    """
    try:
        if isinstance(state, Mapping):
            found: Any = cast("Mapping[str, Any]", state)[key]
        else:
            found = getattr(state, key)
    except (KeyError, AttributeError) as error:
        raise InvalidInputError(
            f"the state has no {key!r}: say with messages_key= where its messages are"
        ) from error
    several = cast("Sequence[Any]", found if isinstance(found, (list, tuple)) else [found])
    messages = from_any_form(several, f"the state's {key!r}")
    return _with_ids(messages) if stable else messages


def _with_ids(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    named: list[BaseMessage] = []
    so_far = ""
    for message in messages:
        own = message.id or f"{message.type}:{message.content!r}"
        so_far = hashlib.sha256(f"{so_far}|{own}".encode("utf-8", "replace")).hexdigest()
        named.append(message if message.id else message.model_copy(update={"id": so_far[:32]}))
    return named


def is_said(message: BaseMessage) -> bool:
    """Tell whether a message was said: it is no system prompt, summary or recalled text."""
    return not isinstance(message, (SystemMessage, RemoveMessage)) and not is_injected(message)


def question(messages: Sequence[BaseMessage]) -> HumanMessage | None:
    """Return the last message of the user."""
    for message in reversed(messages):
        if isinstance(message, HumanMessage) and not is_injected(message):
            return message
    return None


def to_store(
    messages: Sequence[BaseMessage],
    log: Sequence[Message],
    *,
    thread: str | None,
    persisted: bool,
    done: str | None = None,
) -> list[Message]:
    """Return the messages of a thread that its log lacks, or has with another text.

    What follows the last known message is new. What comes before it and is not known has been
    taken out of the log, by `forget` or otherwise, and stays out. Where nothing is known, the
    turn at hand is all that is stored: what was said before, and when, is for the importers.

    Args:
        messages: the thread as it is now.
        log: what is stored of its session.
        thread: names the thread; None where branches cannot be told apart.
        persisted: whether its messages keep their ids from run to run.
        done: the id of a message that is stored already, with all before it.
    """
    known = {message.id: message for message in log}
    start = _start(messages, known, persisted, done)
    found: list[Message] = []
    for place, message in enumerate(messages):
        old = known.get(message.id)
        edited = old is not None and old.content != _stored_text(message)
        if not is_said(message) or not (place >= start or edited):
            continue
        before = messages[place - 1].id if place else None
        links = {} if thread is None else {THREAD_KEY: thread, AFTER_KEY: before}
        new = _stored_form(message)
        found.append(replace(new, metadata={**new.metadata, **links}))
    return found


def _start(
    messages: Sequence[BaseMessage], known: Mapping[str | None, Message], persisted: bool,
    done: str | None,
) -> int:  # fmt: skip
    """Return the place of the first message that is not stored yet."""
    ids = [message.id for message in messages]
    if done is not None and done in ids:
        return ids.index(done) + 1
    places = [place for place, name in enumerate(ids) if name is not None and name in known]
    return places[-1] + 1 if persisted and places else turn_start(messages)


def turn_start(messages: Sequence[BaseMessage]) -> int:
    """Return where the turn at hand begins: after the last answer that came before its question."""
    asked = question(messages)
    place = next((n for n, message in enumerate(messages) if message is asked), len(messages))
    while place and not isinstance(messages[place - 1], (AIMessage, ToolMessage)):
        place -= 1
    return place


def _stored_form(message: BaseMessage) -> Message:
    stored = replace(to_message(message), content=_stored_text(message))
    if not _holds_recalled(message):
        return stored
    return replace(stored, metadata={**stored.metadata, RECALLED_KEY: True})


def _stored_text(message: BaseMessage) -> str:
    """Return a message's text without what a memory tool recalled."""
    text = text_of(message)
    return without_recalled(text).strip() if _holds_recalled(message) else text


def _holds_recalled(message: BaseMessage) -> bool:
    if not isinstance(message, ToolMessage):  # to look for what others lack is slow
        return False
    artifact: object = message.artifact
    return isinstance(artifact, Mapping) and bool(
        cast("Mapping[str, Any]", artifact).get(RECALLED_KEY)
    )


def abandoned(messages: Sequence[BaseMessage], log: Sequence[Message], thread: str) -> list[str]:
    """Return the ids of stored messages on branches that a thread has left.

    Such a branch starts where the thread now goes on otherwise, and does not come back to it: what
    was merely trimmed or summarised away does, for its next messages are still there. Where the
    first message itself was replaced under another id, nothing shows that it was.
    """
    followers: defaultdict[str, list[str]] = defaultdict(list)
    for message in log:
        before: object = message.metadata.get(AFTER_KEY)
        own = message.metadata.get(THREAD_KEY) == thread
        if own and isinstance(before, str) and message.id is not None:
            followers[before].append(message.id)
    here = {message.id for message in messages if message.id is not None}
    gone: list[str] = []
    for message in messages:
        for follower in followers.get(message.id or "", ()):
            if follower not in here:
                branch = _branch(follower, followers)
                gone += [] if here & set(branch) else branch
    return gone


def _branch(first: str, followers: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a message's id and those of all that followed it."""
    found = [first]
    for name in found:
        found += followers.get(name, ())
    return found
