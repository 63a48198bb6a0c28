"""Bring what other stores and histories hold into the engine; a second time brings what is new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from langchain_core.chat_history import BaseChatMessageHistory
from langchain_core.messages import BaseMessage

from harmonia_plugins.adapters.engines import Engine, check_engine, sync_engine
from harmonia_plugins.adapters.importing import Imported, made_id
from harmonia_plugins.adapters.langchain.messages import to_message
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.engine.items import ItemStore, Put
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Message
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore, Item

_PAGE = 100
"""Records that are read, and written in one commit, at a time."""

Progress = Callable[[Imported], None]


def import_from_langgraph(
    store: BaseStore,
    engine: Engine,
    *,
    user_id: str,
    prefix: Sequence[str] = (),
    memories: bool = False,
    index: Sequence[str] | bool | None = None,
    convert: Callable[[Item], Mapping[str, Any] | None] | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Copy a LangGraph store's items into a user's items, where `HarmoniaStore` finds them.

    Namespaces, keys, values and both times are kept. An item that is here already is left alone,
    unless the other store's is newer: an import can be repeated, also after it was interrupted.
    How long an item has to live is not told by stores, so what is imported stays.

    A store that works on an event loop only is read from another thread:
    `await asyncio.to_thread(import_from_langgraph, store, engine, user_id=...)`.

    Args:
        store: any LangGraph store.
        engine: where to.
        user_id: whose items they become.
        prefix: copies only what is below this namespace.
        memories: also believe what langmem keeps (`{"content": "…"}`, or that under a `kind`):
            each statement is told to `remember`, oldest first, so that newer ones correct older.
        index: which text of them is searched, as in `ItemStore.put`.
        convert: gives an item's value as JSON can hold it, or None to leave the item out.
        progress: is told the counts after every commit.

    Raises:
        InvalidInputError: `store` is none, or a value is no JSON; it is named, and what was
            imported before stays.
    """
    target = sync_engine(check_engine(engine))
    items = target.items(user_id=user_id)
    count = Imported()
    told: list[Item] = []
    for page in _pages(_checked(store), _labels(prefix)):
        values = [(item, item.value if convert is None else convert(item)) for item in page]
        kept = [(item, value) for item, value in values if value is not None]
        puts = [_put(item, value, index) for item, value in kept if _is_news(items, item)]
        items.batch(puts)
        told += [item for item, _ in kept]
        count = _plus(
            count,
            items=len(puts),
            unchanged=len(kept) - len(puts),
            left_out=len(page) - len(kept),
        )
        _tell(progress, count)
    for item in sorted(told, key=lambda item: _utc(item.updated_at)) if memories else ():
        count = _believe(target, item, user_id, count)
    if memories:
        _tell(progress, count)
    return count


def import_from_chat_history(
    history: BaseChatMessageHistory,
    engine: Engine,
    *,
    user_id: str,
    session_id: str,
    extract: bool = True,
    time_of: Callable[[BaseMessage], datetime | None] | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Copy a chat history's messages into a session, in their order, and learn from them later.

    Messages keep their ids. One without an id, or with that of an earlier one, gets one made from
    its role, its text and how many equal ones came before it, so that an import can be repeated
    and two equal messages are two.
    What is in the session already is left alone, edited or not; what was deleted from it comes
    again. Learning goes on in the background: `engine.flush()` waits for it.

    Histories do not say when a message was said: "yesterday" is then the day before the import,
    unless `time_of` knows better.

    Args:
        history: any `BaseChatMessageHistory`, such as langchain-community's file or SQL histories.
        engine: where to.
        user_id: whose memory it becomes.
        session_id: the session they become part of.
        extract: whether they are learned from.
        time_of: tells when a message was said; None: now.
        progress: is told the counts after every commit.

    Raises:
        InvalidInputError: `history` is none, or a time is unusable.
    """
    given: object = history
    if not isinstance(given, BaseChatMessageHistory):
        raise InvalidInputError(
            f"history must be a BaseChatMessageHistory, not {type(history).__name__}"
        )
    target = sync_engine(check_engine(engine))
    held = {m.id for m in target.messages(user_id=user_id, session_id=session_id, status=None)}
    count = Imported()
    known = _identified(history.messages, time_of)
    while page := list(islice(known, _PAGE)):
        new = [message for message in page if message.id not in held]
        held |= {message.id for message in new}
        if new:
            target.observe(new, user_id=user_id, session_id=session_id, extract=extract, wait=False)
        count = _plus(count, messages=len(new), unchanged=len(page) - len(new))
        _tell(progress, count)
    return count


def _plus(count: Imported, **more: int) -> Imported:
    return replace(count, **{name: getattr(count, name) + number for name, number in more.items()})


def _tell(progress: Progress | None, count: Imported) -> None:
    if progress is not None:
        progress(count)


# -- items -------------------------------------------------------------------------------------


def _checked(store: object) -> BaseStore:
    if not callable(getattr(store, "search", None)):
        raise InvalidInputError(f"store must be a LangGraph store, not {type(store).__name__}")
    return cast("BaseStore", store)


def _labels(prefix: object) -> tuple[str, ...]:
    if isinstance(prefix, str) or not isinstance(prefix, (list, tuple)):
        raise InvalidInputError(f"prefix must be several labels, such as ('notes',): {prefix!r}")
    return tuple(cast("Sequence[str]", prefix))


def _pages(store: BaseStore, prefix: tuple[str, ...]) -> Iterator[list[Item]]:
    """Yield a store's items, none twice where others write to it meanwhile and pages shift."""
    seen: set[tuple[tuple[str, ...], str]] = set()
    offset = 0
    while found := store.search(prefix, limit=_PAGE, offset=offset, refresh_ttl=False):
        new = [item for item in found if (item.namespace, item.key) not in seen]
        seen |= {(item.namespace, item.key) for item in new}
        offset += len(found)
        if new:
            yield cast("list[Item]", new)


def _is_news(items: ItemStore, item: Item) -> bool:
    held = items.get(item.namespace, item.key)
    return held is None or held.updated_at < _utc(item.updated_at)


def _put(item: Item, value: Mapping[str, Any], index: Sequence[str] | bool | None) -> Put:
    try:
        checked = intake.check_metadata(value, "its value")
    except InvalidInputError as error:
        raise InvalidInputError(
            f"item {item.key!r} in {item.namespace} cannot be imported, {error}; give convert= to "
            "make JSON of it, or to leave it out with None"
        ) from None
    return Put(
        item.namespace, item.key, checked, index=index, created_at=_utc(item.created_at),
        updated_at=_utc(item.updated_at),
    )  # fmt: skip


def _utc(moment: datetime) -> datetime:
    return intake.to_utc(moment, "a time of an item")


# -- memories ----------------------------------------------------------------------------------


def _believe(engine: MemoryEngine, item: Item, user_id: str, count: Imported) -> Imported:
    """Tell the engine what langmem has noted, if that is what the item is."""
    text = statement_of(item.value)
    if text is None:
        return count
    identifier = made_id("langgraph", *item.namespace, item.key)
    updated = _utc(item.updated_at).isoformat()
    held = engine.get(identifier, user_id=user_id)
    if held is not None and str(held.metadata.get("updated_at", "")) >= updated:
        return _plus(count, unchanged=1)
    engine.remember(
        text, user_id=user_id, id=identifier, valid_from=_utc(item.updated_at),
        metadata={"namespace": list(item.namespace), "key": item.key, "updated_at": updated},
    )  # fmt: skip
    return _plus(count, memories=1)


def statement_of(value: Mapping[str, Any]) -> str | None:
    """Return the statement in a value that langmem's tools or its store manager have written."""
    if not set(value) <= {"content", "kind"}:
        return None
    content: Any = value.get("content")
    if isinstance(content, Mapping) and "kind" in value:
        content = cast("Mapping[str, Any]", content).get("content")
    return content if isinstance(content, str) and content.strip() else None


# -- messages ----------------------------------------------------------------------------------


def _identified(
    messages: Sequence[BaseMessage], time_of: Callable[[BaseMessage], datetime | None] | None
) -> Iterator[Message]:
    """Yield messages as the engine keeps them, each with an id that is the same next time."""
    equal: Counter[tuple[str, ...]] = Counter()
    taken: set[str | None] = {None}
    for message in messages:
        converted = to_message(message)
        if converted.id in taken:  # without one, or an answer that a cache gave again
            alike = (*filter(None, [converted.id]), converted.role, converted.content)
            equal[alike] += 1
            made = made_id("imported", *alike, str(equal[alike]))
            converted = to_message(message, id=made)
        taken.add(converted.id)
        said = None if time_of is None else time_of(message)
        yield converted if said is None else replace(converted, created_at=said)
