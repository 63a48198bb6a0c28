"""LlamaIndex's chat messages as the engine's, and back without loss.

The texts are in `Message.content` and nowhere else, so that what the engine redacts is gone from
every copy; other blocks and `additional_kwargs` are in `Message.payload`, in the form of
`adapters.tagged`. A message of plain text needs no payload.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterable, Mapping
from io import IOBase
from pathlib import Path, PurePath
from typing import Any, cast

from llama_index.core.base.llms import types
from llama_index.core.base.llms.types import (
    BaseContentBlock,
    ChatMessage,
    ContentBlock,
    MessageRole,
    TextBlock,
)
from llama_index.core.bridge.pydantic import AnyUrl, BaseModel

from harmonia_plugins.adapters.tagged import decode, encode, is_text, readable
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.trust.recalled import without_recalled

log = logging.getLogger(__name__)

_PAYLOAD = "llama_index"
_LINES = "$lines"
"""Stands for a text block in the payload: how many lines of the content are its text."""
_ROLES = {role.value: role for role in MessageRole} | {
    "human": MessageRole.USER,
    "ai": MessageRole.ASSISTANT,
}


def to_message(chat: ChatMessage) -> Message:
    """Return a LlamaIndex message as the engine keeps it; it gets its id when it is stored.

    Whatever is in `additional_kwargs` can be kept; what is no data comes back as its repr.

    Raises:
        InvalidInputError: it is no `ChatMessage`.
    """
    check_chat(chat)
    texts = [block.text for block in chat.blocks if isinstance(block, TextBlock)]
    kept: dict[str, Any] = {}
    if len(chat.blocks) != 1 or not texts or not is_text(texts[0]):
        kept["blocks"] = encode([_kept(block) for block in chat.blocks], _pack)
    if chat.additional_kwargs:
        kept["kwargs"] = encode(chat.additional_kwargs, _pack)
    name = chat.additional_kwargs.get("name")
    return Message(
        MessageRole(chat.role).value,
        "\n".join(readable(text) for text in texts),
        name=name if isinstance(name, str) and is_text(name) and name.strip() else None,
        payload={_PAYLOAD: kept} if kept else None,
    )


def check_chat(chat: object) -> None:
    """Refuse what is no message of LlamaIndex.

    Raises:
        InvalidInputError: it is no `ChatMessage`.
    """
    if not isinstance(chat, ChatMessage):
        raise InvalidInputError(
            f"a message must be a ChatMessage, not {chat!r}: write "
            'ChatMessage(role="user", content="…")'
        )


def chats_of(messages: object) -> list[ChatMessage]:
    """Return several messages as a list.

    Raises:
        InvalidInputError: it is something else, such as one message.
    """
    if isinstance(messages, (str, bytes, BaseModel, Mapping)) or not isinstance(messages, Iterable):
        raise InvalidInputError(
            f"messages must be a list of ChatMessage, not {messages!r}: put one in brackets"
        )
    chats = list(cast("Iterable[ChatMessage]", messages))
    for chat in chats:
        check_chat(chat)
    return chats


def to_chat(message: Message) -> ChatMessage:
    """Return a stored message as LlamaIndex's, a new one each time.

    One that came from elsewhere (another framework, `engine.observe`) has its role and text.
    """
    held: Any = message.payload
    if isinstance(held, Mapping) and _PAYLOAD in held:
        try:
            return _rebuilt(message, cast("Mapping[str, Any]", held[_PAYLOAD]))
        except Exception as error:  # noqa: BLE001 - a damaged payload must not hide the log
            log.warning("message %s is shown without its payload: %s", message.id, error)
    return _chat(message, [TextBlock(text=message.content)], {})


def without_recall(chat: ChatMessage) -> ChatMessage | None:
    """Return a message without recalled text that was put into it, as a copy.

    None for a system message that was nothing else; a tool's stays, without text, because the
    call it answers needs an answer. A person's message is never changed to nothing: the engine
    does not learn from a quotation of what it recalled.

    Raises:
        InvalidInputError: it is no `ChatMessage`.
    """
    check_chat(chat)
    blocks: list[ContentBlock] = []
    for block in chat.blocks:
        if not isinstance(block, TextBlock):
            blocks.append(block)
            continue
        text = without_recalled(block.text)
        if text == block.text:
            blocks.append(block)
        elif text.strip():
            blocks.append(TextBlock(text=text.strip("\n")))
    if blocks or not chat.blocks:
        return chat.model_copy(update={"blocks": blocks})
    if chat.role == MessageRole.TOOL:
        return chat.model_copy(update={"blocks": [TextBlock(text="")]})
    return None if chat.role == MessageRole.SYSTEM else chat


def cleaned(messages: object) -> list[ChatMessage]:
    """Return copies of messages without recalled text, fewer where one was nothing else.

    Raises:
        InvalidInputError: they are no list of `ChatMessage`.
    """
    kept = map(without_recall, chats_of(messages))
    return [chat for chat in kept if chat is not None]


# -- there --------------------------------------------------------------------------------------


def _kept(block: ContentBlock) -> Any:
    if isinstance(block, TextBlock) and is_text(block.text):
        return {_LINES: block.text.count("\n") + 1}
    return block


def _pack(value: Any) -> tuple[str, Any] | None:
    if isinstance(value, BaseContentBlock):
        fields = {name: getattr(value, name, None) for name in type(value).model_fields}
        fields.pop("block_type", None)
        held = {name: _binary(item) for name, item in fields.items() if item is not None}
        return "block", {"class": type(value).__name__, "fields": held}
    if isinstance(value, PurePath):
        return "path", str(value)
    return ("url", str(value)) if isinstance(value, AnyUrl) else None


def _binary(value: Any) -> Any:
    """Return an open file's bytes in base64, as blocks hold their data; other values as given."""
    if not isinstance(value, IOBase):
        return value
    value.seek(0)
    data: Any = cast("Any", value).read()
    value.seek(0)
    return b64encode(data if isinstance(data, bytes) else str(data).encode())


# -- and back -----------------------------------------------------------------------------------


def _rebuilt(message: Message, kept: Mapping[str, Any]) -> ChatMessage:
    kwargs: dict[str, Any] = decode(kept.get("kwargs", {}), _UNPACK)
    if "blocks" not in kept:
        return _chat(message, [TextBlock(text=message.content)], kwargs)
    lines = message.content.split("\n")
    blocks: list[Any] = []
    for held in kept["blocks"]:
        if _LINES in held:
            text, lines = "\n".join(lines[: held[_LINES]]), lines[held[_LINES] :]
            blocks.append(TextBlock(text=text))
            continue
        block = decode(held, _UNPACK)
        if isinstance(block, TextBlock):  # its text is no proper one; the content's is readable
            lines = lines[block.text.count("\n") + 1 :]
        if isinstance(block, BaseContentBlock):
            blocks.append(block)
    if any(lines):  # somebody edited the content
        blocks.append(TextBlock(text="\n".join(lines)))
    return _chat(message, blocks, kwargs)


def _chat(message: Message, blocks: list[Any], kwargs: dict[str, Any]) -> ChatMessage:
    # Validation would read files that may be gone, and add legacy images a second time.
    # A role that LlamaIndex does not know is a word of another framework, mostly for a person.
    return ChatMessage.model_construct(
        role=_ROLES.get(message.role, MessageRole.USER), blocks=blocks, additional_kwargs=kwargs
    )


def _block(held: Any) -> Any:
    """Return a block of a class of LlamaIndex, or None where it does not know that class."""
    found = getattr(types, held["class"], None)
    if isinstance(found, type) and issubclass(found, BaseContentBlock):
        return found.model_construct(**held["fields"])
    log.warning("this LlamaIndex knows no %s: the block is left out", held["class"])
    return None


_UNPACK = {"block": _block, "path": Path, "url": AnyUrl}
