"""LangChain's messages as the engine's, and back without loss.

The text is in `Message.content`, role, name and id in their fields; everything else is in
`Message.payload`, in the form of `adapters.tagged`. Texts are kept once: where the engine redacts
or another program edits the content, LangChain sees the new text too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, cast

from langchain_core.documents import Document
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
    convert_to_messages,
)

from harmonia_plugins.adapters.tagged import decode, encode, is_text, readable
from harmonia_plugins.adapters.turns import Turn
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.intake import MAX_ID
from harmonia_plugins.text.fence import RECALLED_KEY

log = logging.getLogger(__name__)

_TYPES: dict[str, type[BaseMessage]] = {
    "ai": AIMessage,
    "human": HumanMessage,
    "system": SystemMessage,
    "tool": ToolMessage,
    "function": FunctionMessage,
    "chat": ChatMessage,
    "remove": RemoveMessage,
}
_ROLES = {"human": "user", "ai": "assistant"}
_CHUNK_ONLY = {"tool_call_chunks", "chunk_position"}
"""What only a piece of a streamed message has; it says nothing about the whole."""
_NO_MESSAGE = (ValueError, TypeError, LookupError, AttributeError, NotImplementedError)
"""What LangChain raises where it is given something else as a message."""
_LINES = "$lines"
"""Key of what stands for a text in the payload: how many lines of the content it has."""


def from_any_form(given: Iterable[Any], what: str) -> list[BaseMessage]:
    """Return messages that are in any form LangChain's models take, such as dicts and pairs.

    Args:
        given: the messages.
        what: holds them, as it is called in errors.

    Raises:
        InvalidInputError: one of them is no message.
    """
    found: list[BaseMessage] = []
    for place, item in enumerate(given):
        if isinstance(item, BaseMessage):
            found.append(item)
            continue
        try:
            found += convert_to_messages([item])
        except _NO_MESSAGE as error:
            where = f"at place {place}, of type {type(item).__name__}"
            raise InvalidInputError(f"{what} holds no messages: {error} ({where})") from error
    return found


def to_message(message: BaseMessage, *, id: str | None = None) -> Message:
    """Return a LangChain message as the engine keeps it. Never raises.

    A chunk becomes a message; a subclass of somebody's own becomes its nearest LangChain type,
    with its further fields as extra attributes.

    Args:
        message: any message.
        id: the id to store it under; default: its own, where the engine can take it. LangChain
            gets back the id the message has itself.
    """
    kind, fields = _fields(message)
    own_id = fields.pop("id", None)
    stored_id = id if id is not None else (own_id if usable_id(own_id) else None)
    if own_id is None or own_id != stored_id:
        fields["id"] = own_id
    content, kept = _split(fields.pop("content", ""))
    if kept is not None:
        fields["content"] = kept
    role = _ROLES.get(kind, kind)
    if kind == "chat" and _says(fields.get("role")):
        role = fields.pop("role")
    name = fields.pop("name", None)
    if name is not None and not _says(name):
        fields["name"], name = name, None
    return Message(
        role,
        content,
        name=name,
        id=stored_id,
        metadata={RECALLED_KEY: True} if is_injected(message) else {},
        payload={"langchain": kind} | ({"fields": _packed(fields)} if fields else {}),
    )


def to_messages(
    messages: Iterable[BaseMessage], turn: Turn, known: Container[str] = ()
) -> list[Message]:
    """Return messages as the engine keeps them, under the ids that their turn gives them."""
    given = list(messages)
    converted = [to_message(item) for item in given]
    named = turn.name(converted, known)
    return [
        new if old.id in (None, new.id) else to_message(item, id=new.id)
        for item, old, new in zip(given, converted, named, strict=True)
    ]


def to_langchain(message: Message) -> BaseMessage:
    """Return a stored message as LangChain's; one that came from elsewhere by its role."""
    payload = message.payload
    if isinstance(payload, Mapping) and "langchain" in payload:
        try:
            return _rebuilt(message, cast("Mapping[str, Any]", payload))
        except Exception as error:  # noqa: BLE001 - a damaged payload must not hide the log
            log.warning("message %s is shown without its payload: %s", message.id, error)
    return _by_role(message)


def text_of(message: BaseMessage) -> str:
    """Return what a message says: its texts, a line for each."""
    return _split(message.content)[0]


def is_injected(message: BaseMessage) -> bool:
    """Tell whether nobody said this: text an application put in, recalled or summarised."""
    kwargs = message.additional_kwargs
    return bool(kwargs.get(RECALLED_KEY)) or kwargs.get("lc_source") == "summarization"


def usable_id(identifier: object) -> bool:
    """Tell whether the engine can store a message under an id."""
    return _says(identifier) and len(cast("str", identifier)) <= MAX_ID


def _says(value: object) -> bool:
    return is_text(value) and bool(cast("str", value).strip())


# -- there --------------------------------------------------------------------------------------


def _fields(message: BaseMessage) -> tuple[str, dict[str, Any]]:
    """Return a message's type in LangChain and every field that is not at its default."""
    kind = next((kind for kind, type_ in _TYPES.items() if isinstance(message, type_)), "chat")
    own = type(message).model_fields
    values = {name: getattr(message, name) for name in own if hasattr(message, name)}
    if kind == "chat":
        values.setdefault("role", message.type)
    defaults = _defaults(kind)
    fields = {
        name: value
        for name, value in values.items()
        if name != "type" and name not in _CHUNK_ONLY and not _is_default(defaults, name, value)
    }
    return kind, fields | (message.model_extra or {})


@lru_cache
def _defaults(kind: str) -> Mapping[str, Callable[[], Any]]:
    """Return what makes the default of each field that has one; pydantic takes long to tell."""
    return {
        name: cast("Callable[[], Any]", field.default_factory or partial(_same, field.default))
        for name, field in _TYPES[kind].model_fields.items()
        if not field.is_required()
    }


def _same(value: Any) -> Any:
    return value


def _is_default(defaults: Mapping[str, Callable[[], Any]], name: str, value: Any) -> bool:
    if name not in defaults or value not in ([], {}, None, "success"):
        return False
    default = defaults[name]()
    return type(value) is type(default) and value == default


def _split(content: Any) -> tuple[str, Any]:
    """Return a content's text, and what to keep besides (None: it is that text)."""
    if isinstance(content, str):
        return (str.__str__(content), None) if is_text(content) else (readable(content), content)
    texts: list[str] = []
    kept = [_without_text(block, texts) for block in cast("Sequence[Any]", content)]
    return "\n".join(texts), kept


def _without_text(block: Any, texts: list[str]) -> Any:
    """Move a block's text to `texts`, and return the block with its number of lines instead."""
    text = block if isinstance(block, str) else None
    if isinstance(block, dict):
        held = cast("dict[str, Any]", block)
        text = held.get("text") if held.get("type") == "text" else None
    if not isinstance(text, str):
        return cast("Any", block)
    texts.append(readable(text))
    count = text.count("\n") + 1
    if not is_text(text) or _slot(block) is not None:
        return {_LINES: 0, "block": cast("Any", block), "of": count}
    if isinstance(block, str):
        return {_LINES: count}
    return {_LINES: count, "block": {**cast("dict[str, Any]", block), "text": None}}


def _packed(fields: Mapping[str, Any]) -> Any:
    return encode(fields, _pack)


def _pack(value: Any) -> tuple[str, Any] | None:
    if isinstance(value, BaseMessage):
        kind, fields = _fields(value)
        return "message", [kind, fields]
    if type(value) is Document:
        data = {"page_content": value.page_content, "metadata": value.metadata}
        return "document", data | ({} if value.id is None else {"id": value.id})
    return None


# -- and back -----------------------------------------------------------------------------------


def _rebuilt(message: Message, payload: Mapping[str, Any]) -> BaseMessage:
    kind = payload["langchain"]
    fields: dict[str, Any] = decode(payload.get("fields", {}), _UNPACK)
    content = fields.pop("content", None)
    if isinstance(content, str):  # one that UTF-8 cannot hold
        fields["content"] = content if readable(content) == message.content else message.content
    else:
        fields["content"] = message.content if content is None else _joined(message, content)
    fields.setdefault("id", message.id)
    if message.name is not None:
        fields["name"] = message.name
    if kind == "chat":
        fields.setdefault("role", message.role)
    return _built(kind, fields)


def _built(kind: str, fields: Mapping[str, Any]) -> BaseMessage:
    """Return a message with just these fields, none of them looked at: they were one before."""
    values = {name: make() for name, make in _defaults(kind).items() if name not in fields}
    return _TYPES[kind].model_construct(set(fields), **values, **fields)


def _joined(message: Message, kept: Iterable[Any]) -> list[Any]:
    """Put the content's lines back into its blocks; all into the first one if they do not fit."""
    blocks = list(kept)
    slots = [slot for slot in map(_slot, blocks) if slot is not None]
    wanted: list[int] = [slot.get("of", slot[_LINES]) for slot in slots]
    lines = message.content.split("\n") if slots else []
    if sum(wanted) != len(lines):
        wanted = [len(lines)] + [0] * (len(slots) - 1)
    start, joined = 0, list[Any]()
    for block in blocks:
        slot = _slot(block)
        if slot is None:
            joined.append(block)
            continue
        end = start + wanted.pop(0)
        joined.append(_with_text(slot, "\n".join(lines[start:end])))
        start = end
    return joined


def _slot(block: Any) -> Mapping[str, Any] | None:
    """Return what stands for a text among a content's blocks, or None for another block."""
    return cast("Mapping[str, Any]", block) if isinstance(block, dict) and _LINES in block else None


def _with_text(slot: Mapping[str, Any], text: str) -> Any:
    block: Any = slot.get("block")
    if "of" in slot and readable(_text_in(block)) == text:
        return block
    if not isinstance(block, dict):
        return text
    return {**cast("dict[str, Any]", block), "text": text}


def _text_in(block: Any) -> str:
    return block if isinstance(block, str) else block["text"]


def _by_role(message: Message) -> BaseMessage:
    given: dict[str, Any] = {
        "content": message.content, "id": message.id, "name": message.name
    }  # fmt: skip
    role = message.role.casefold()
    if role in ("user", "human"):
        return HumanMessage(**given)
    if role in ("assistant", "ai", "model", "chatbot"):
        return AIMessage(**given)
    if role in ("system", "developer"):
        return SystemMessage(**given)
    if role == "tool":
        return ToolMessage(**given, tool_call_id=str(message.metadata.get("tool_call_id", "")))
    return ChatMessage(**given, role=message.role)


def _nested_message(held: Any) -> BaseMessage:
    return _built(held[0], held[1])


def _document(held: Any) -> Document:
    return Document(**held)


_UNPACK = {"message": _nested_message, "document": _document}
