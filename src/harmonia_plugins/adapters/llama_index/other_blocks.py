"""Memory blocks of others beside ours: asked, cut to size, and fed without losing a message."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, cast

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory.memory import BaseMemoryBlock

from harmonia_plugins.adapters.llama_index.recalling import query_of
from harmonia_plugins.adapters.llama_index.tokens import TokenCounter
from harmonia_plugins.adapters.llama_index.window import Entry
from harmonia_plugins.errors import InvalidInputError

log = logging.getLogger(__name__)

Block = BaseMemoryBlock[Any]
Contents = dict[str, Any]


def checked_blocks(blocks: object) -> list[Block]:
    """Return blocks as a list; None stands for none.

    Raises:
        InvalidInputError: they are no list of blocks.
    """
    if blocks is None:
        return []
    given = cast("Sequence[Block]", blocks) if isinstance(blocks, (list, tuple)) else None
    if given is None or not all(isinstance(block, BaseMemoryBlock) for block in given):
        raise InvalidInputError(f"memory_blocks must be a list of memory blocks, not {blocks!r}")
    return list(given)


async def contents_of(
    blocks: Sequence[Block], messages: Sequence[ChatMessage], options: Mapping[str, Any]
) -> Contents:
    """Return what each block has to say; one that fails says nothing, and the log tells of it."""
    found: Contents = {}
    for block in blocks:
        copies = [message.model_copy(deep=True) for message in messages]
        try:
            content = await block.aget(copies, **options)
        except Exception as error:  # noqa: BLE001 - another's code must not end the conversation
            log.warning("memory block %r is left out, it failed: %s", block.name, error)
            continue
        if content and isinstance(content, (str, list)):
            found[block.name] = content
        elif content:
            log.warning("memory block %r is left out: it gave %r", block.name, content)
    return found


async def cut(
    blocks: Sequence[Block], contents: Contents, excess: int, counter: TokenCounter
) -> Contents:
    """Return contents with so many tokens less, as far as the blocks' priorities allow.

    Those of priority 0 stay; of the others the lowest number is truncated first, and dropped
    if that is not enough.
    """
    left = dict(contents)
    yielding = sorted(
        (block for block in blocks if block.priority and block.name in left),
        key=lambda block: block.priority,
    )
    for drop in (False, True):
        for block in yielding:
            if excess <= 0 or block.name not in left:
                continue
            before = left.pop(block.name)
            after = None if drop else await _truncated(block, before, excess)
            if after:
                left[block.name] = after
            excess -= counter.content(before) - counter.content(after or "")
    return left


async def _truncated(block: Block, content: Any, excess: int) -> Any:
    try:
        return await block.atruncate(content, excess)
    except Exception as error:  # noqa: BLE001 - another's code must not end the conversation
        log.warning("memory block %r is left out, it failed: %s", block.name, error)
        return None


def with_input(chats: Sequence[ChatMessage], input: str | ChatMessage | None) -> list[ChatMessage]:
    """Return messages with the input as the last one, unless the user has just said it."""
    if input is None or query_of(input, chats) == query_of(None, chats):
        return list(chats)
    now = input if isinstance(input, ChatMessage) else ChatMessage(role="user", content=input)
    return [*chats, now]


class Feeder:
    """Hands messages that leave the window to blocks, each message to each block once.

    What a block failed to take is offered again the next time, so a message may be archived only
    when all blocks have it. What a block has taken is remembered in this process; after a restart
    it may be handed messages of one failed attempt again.

    One at a time: from the reading of what is due until it is archived, hold `turn`. Whoever does
    not get it leaves that to the one who has it, or to the next.
    """

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {}
        self.turn = threading.Lock()

    async def feed(self, blocks: Sequence[Block], entries: Sequence[Entry], session: str) -> bool:
        """Return whether all blocks have taken all messages."""
        given = [await self._feed_one(block, entries, session) for block in blocks]
        return all(given)

    def forget(self, entries: Sequence[Entry]) -> None:
        """Forget messages that are archived now: they are not due again."""
        for taken in self._taken.values():
            taken.difference_update(entry.id for entry in entries)

    async def _feed_one(self, block: Block, entries: Sequence[Entry], session: str) -> bool:
        taken = self._taken.setdefault(block.name, set())
        due = [entry for entry in entries if entry.id not in taken]
        if not due:
            return True
        copies = [entry.chat.model_copy(deep=True) for entry in due]
        try:
            await block.aput(copies, from_short_term_memory=True, session_id=session)
        except Exception as error:  # noqa: BLE001 - another's code must not end the conversation
            log.warning(
                "memory block %r did not take %d messages, they stay in the window and are "
                "offered again: %s", block.name, len(due), error,
            )  # fmt: skip
            return False
        taken.update(entry.id for entry in due)
        return True
