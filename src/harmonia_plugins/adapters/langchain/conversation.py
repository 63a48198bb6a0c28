"""What was said in a run: read from the inputs and outputs of any chain, agent or model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    convert_to_messages,
)
from langchain_core.outputs import ChatGeneration, LLMResult
from langchain_core.prompt_values import PromptValue

from harmonia_plugins.adapters.langchain.messages import is_injected, text_of
from harmonia_plugins.pipeline.trust.recalled import without_recalled

_INPUTS = ("messages", "input", "question", "query", "user_input", "human_input", "prompt", "text")
_OUTPUTS = ("messages", "output", "answer", "response", "result", "text")


def said(inputs: Any, key: str | None = None) -> list[BaseMessage] | None:
    """Return what a run was asked: its new messages, without what was said in earlier turns.

    Args:
        inputs: a text, messages in any form LangChain takes, or a mapping or object with them.
        key: where in a mapping they are; default: `messages`, `input`, `question` and the like,
            or the only text there is.

    Returns:
        None where nothing can be told to be the user's words.
    """
    found = [_turn(item) for item in _in(inputs, _INPUTS, key, HumanMessage)]
    return next(filter(None, found), found[0] if found else None)


def told(prompt: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return what is new in a model's prompt: what follows the last answer in it.

    Before that stand earlier turns and worked examples, which nobody said now.
    """
    return _turn(prompt)


def turn_of(
    asked: Sequence[BaseMessage], outputs: Any, answer: AIMessage | None, key: str | None = None
) -> list[BaseMessage]:
    """Return all messages of a run's turn: what was asked, and what the output adds to it.

    Args:
        asked: what the run was asked.
        outputs: an answer in any form, or a thread with what was asked and all that followed.
        answer: the last answer of the model, for outputs that do not hold it as a message.
        key: where in an output that is a mapping the answer is.
    """
    found = next(iter(_in(outputs, _OUTPUTS, key, AIMessage)), None)
    if found is None:
        return [*asked, *([answer] if answer is not None else [])]
    if answer is not None and [_words(item) for item in found] == [_words(answer)]:
        found = [answer]  # with its id and all that a parser has taken off
    kept = [without_fence(item) for item in found if _is_kept(item)]
    start = _place(kept, asked)
    if start is not None:
        return kept[start:]
    last = [n for n, item in enumerate(kept) if isinstance(item, HumanMessage)]
    return [*asked, *kept[last[-1] + 1 if last else 0 :]]


def reply(result: LLMResult) -> AIMessage | None:
    """Return what a model answered; a language model without messages answers text."""
    for generations in result.generations[:1]:
        for generation in generations[:1]:
            if isinstance(generation, ChatGeneration):
                message = generation.message
                return message if isinstance(message, AIMessage) else AIMessage(text_of(message))
            return AIMessage(generation.text)
    return None


def spoken(prompt: str) -> list[BaseMessage]:
    """Return what the user says in a prompt of text: the last turn of a flattened conversation."""
    parts = f"\n{prompt}".split("\nHuman: ")
    text = parts[-1].split("\nAI: ")[0] if len(parts) > 1 else prompt
    return [HumanMessage(text)] if text.strip() else []


def with_ids(messages: Sequence[BaseMessage], prompt: Iterable[BaseMessage]) -> list[BaseMessage]:
    """Return messages, those in a prompt as they are there: an agent gives each one an id."""
    left = [item for item in prompt if item.id is not None]
    found: list[BaseMessage] = []
    for message in messages:
        twins = [item for item in left if message.id is None and _same(item, message)]
        if twins:
            left.remove(twins[-1])
        found.append(twins[-1] if twins else message)
    return found


def without_fence(message: BaseMessage) -> BaseMessage:
    """Return a message without recalled text that an application put into its words."""
    if not isinstance(message.content, str):  # pyright: ignore[reportUnknownMemberType]
        return message
    text = without_recalled(message.content)
    if text == message.content:
        return message
    return message.model_copy(update={"content": text.strip()})


def _in(
    data: Any, names: Sequence[str], key: str | None, kind: type[HumanMessage] | type[AIMessage]
) -> list[list[BaseMessage]]:
    """Return what may be the messages in a run's input or output, likeliest first.

    A plain text becomes a message of a kind.
    """
    if isinstance(data, str):
        return [[kind(data)]]
    if isinstance(data, PromptValue):
        return [data.to_messages()]
    if isinstance(data, BaseMessage):
        return [[data]]
    if isinstance(data, (list, tuple)):
        return _converted(cast("Sequence[Any]", data), kind)
    values = _values(data)
    if values is None:
        return []
    if key is not None:
        names = (key,)
    found = [item for name in names if name in values for item in _in(values[name], (), None, kind)]
    texts = [value for value in values.values() if isinstance(value, str)]
    if not found and key is None and names and kind is HumanMessage and len(texts) == 1:
        return [[kind(texts[0])]]
    return found


def _values(data: Any) -> Mapping[str, Any] | None:
    """Return the values of a mapping, or of a state that is a dataclass or a model."""
    if isinstance(data, Mapping):
        return cast("Mapping[str, Any]", data)
    own: Mapping[str, Any] = getattr(data, "__dict__", {})
    return own if "messages" in own else None


def _converted(
    data: Sequence[Any], kind: type[HumanMessage] | type[AIMessage]
) -> list[list[BaseMessage]]:
    if all(isinstance(item, BaseMessage) for item in data):
        return [list(data)]
    if kind is AIMessage and any(isinstance(item, str) for item in data):
        return []  # for input alone does LangChain take texts for messages
    try:
        return [convert_to_messages(data)]
    except Exception:  # noqa: BLE001 - a list of something else, such as documents
        return []


def _turn(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    start = next(
        (n for n in range(len(messages), 0, -1) if isinstance(messages[n - 1], AIMessage)), 0
    )
    return [without_fence(item) for item in messages[start:] if _is_kept(item)]


def _is_kept(message: BaseMessage) -> bool:
    """Tell whether a message is part of a conversation, and not put there by the application."""
    if isinstance(message, (SystemMessage, RemoveMessage)) or is_injected(message):
        return False
    text = text_of(message)
    if not text.strip():
        return bool(message.content) or not isinstance(message, HumanMessage)
    return bool(without_recalled(text).strip())


def _place(thread: Sequence[BaseMessage], asked: Sequence[BaseMessage]) -> int | None:
    """Return where in a thread the turn begins that was asked for, if it is there."""
    for start in range(len(thread) - len(asked), -1, -1):
        if asked and all(map(_same, thread[start:], asked)):
            return start
    return None


def _same(one: BaseMessage, other: BaseMessage) -> bool:
    if one.id is not None and other.id is not None:
        return one.id == other.id
    return _words(without_fence(one)) == _words(without_fence(other))


def _words(message: BaseMessage) -> tuple[str, str]:
    return message.type.removesuffix("MessageChunk").casefold(), text_of(message)
