"""Checking what callers give: every value that cannot be stored is refused before anything is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, cast
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import MemoryType, Message

MAX_ID = 512
"""Characters of a user, session or record id."""
MAX_K = 10_000
MAX_DEPTH = 100
"""How deep JSON may nest: what is stored must be readable wherever the call stack stands."""


def check_user(user_id: object) -> str:
    """Return a user id that is safe to file under, exactly as given."""
    return _identifier(user_id, "user_id")


def check_session(session_id: object) -> str:
    """Return a session id, exactly as given."""
    return _identifier(session_id, "session_id")


def check_id(identifier: object, what: str = "id") -> str:
    """Return a record's id, exactly as given; `what` names it in errors."""
    return _identifier(identifier, what)


def _identifier(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise InvalidInputError(f"{what} must be a str, not {_shown(value)}: convert it first")
    if not value.strip():
        raise InvalidInputError(f"{what} must not be blank, got {value!r}")
    if len(value) > MAX_ID:
        raise InvalidInputError(
            f"{what} may have up to {MAX_ID} characters, not {len(value)}: {value[:40]!r}…"
        )
    return check_text(value, what)


def check_text(value: object, what: str) -> str:
    """Return a text that UTF-8 can hold."""
    if not isinstance(value, str):
        raise InvalidInputError(f"{what} must be a str, not {_shown(value)}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidInputError(
            f"{what} holds a lone surrogate at position {error.start}, which is no character: "
            "decode the text properly, or use text.encode('utf-8', 'replace').decode()"
        ) from None
    return value


def check_statement(value: object, what: str) -> str:
    """Return a text that says something."""
    text = check_text(value, what)
    if not text.strip():
        raise InvalidInputError(f"{what} must not be blank, got {text!r}")
    return text


def check_json(value: object, what: str) -> Any:
    """Return a copy of a value as JSON holds it, if JSON can hold it exactly.

    Raises:
        InvalidInputError: it holds something else, such as a datetime, a set or NaN.
    """
    try:
        given = _listed(value, MAX_DEPTH)
        text = json.dumps(given, allow_nan=False, ensure_ascii=False)
        text.encode("utf-8")
        copy = json.loads(text)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(
            f"{what} must be JSON (dicts with str keys, lists, str, numbers, bool, None): {error}"
        ) from None
    if copy != given:
        raise InvalidInputError(
            f"{what} does not come back from JSON as it was: dict keys must be str"
        )
    return copy


def _listed(value: Any, room: int) -> Any:
    """Return a value with lists for tuples; `room` is how much deeper it may nest."""
    if not isinstance(value, (tuple, list, dict)):
        return value
    if not room:
        raise ValueError(f"it nests deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return {key: _listed(item, room - 1) for key, item in value.items()}  # pyright: ignore
    return [_listed(item, room - 1) for item in value]  # pyright: ignore


def check_metadata(value: object, what: str = "metadata") -> dict[str, Any]:
    """Return metadata as a plain dict of JSON values."""
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{what} must be a mapping, not {_shown(value)}")
    return check_json(dict(value), what)  # pyright: ignore


def check_several(values: object, what: str) -> list[Any]:
    """Return several values as a list; a single text is not several."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidInputError(f"{what} must be several values, such as a list, not {values!r}")
    return list(values)  # pyright: ignore


def check_k(k: object, what: str = "k") -> int:
    """Return how many hits are wanted."""
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k <= MAX_K:
        raise InvalidInputError(f"{what} must be a whole number from 1 to {MAX_K}, not {k!r}")
    return k


def check_share(value: object, what: str) -> float:
    """Return a number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InvalidInputError(f"{what} must be a number from 0 to 1, not {value!r}")
    return round(float(value), 6)  # what the store keeps of it


def check_names(values: object, what: str) -> tuple[str, ...]:
    """Return tags or categories: some strings, not one."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise InvalidInputError(f"{what} must be several strings, such as a list, not {values!r}")
    return tuple(check_statement(value, f"each of {what}") for value in values)  # pyright: ignore


def check_choice(value: object, choices: Iterable[str], what: str) -> str:
    """Return one of some fixed words."""
    known = list(choices)
    if value not in known:
        raise InvalidInputError(f"{what} must be one of {', '.join(known)}, not {value!r}")
    return str(value)


def check_type(value: object) -> MemoryType:
    """Return a memory type from itself or its name."""
    names = [item.value for item in MemoryType]
    return MemoryType(check_choice(value, names, "type"))


def zone_of(name: str | tzinfo | None) -> tzinfo | None:
    """Return a time zone from its IANA name."""
    if name is None or isinstance(name, tzinfo):
        return name
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
        raise InvalidInputError(
            f"timezone must be an IANA name such as 'Europe/Paris', not {name!r}"
        ) from error


def to_utc(moment: object, what: str, zone: tzinfo | None = None) -> datetime:
    """Return a moment in UTC; a naive one is wall clock in `zone`, or else UTC."""
    if not isinstance(moment, datetime):
        raise InvalidInputError(f"{what} must be a datetime, not {_shown(moment)}")
    try:
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=zone or UTC)
        offset = aware.utcoffset() or timedelta(0)
        return (aware.replace(tzinfo=None) - offset).replace(tzinfo=UTC)
    except (OverflowError, ValueError) as error:
        raise InvalidInputError(
            f"{what} = {moment!r} lies outside the years 1 to 9999 in UTC"
        ) from error


def check_messages(messages: object, zone: tzinfo | None = None) -> tuple[Message, ...]:
    """Return messages with ids and, where one is given, times in UTC, each checked."""
    given: Any = messages
    if isinstance(given, Message):
        given = (given,)
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise InvalidInputError(
            f'messages must be Message values, not {_shown(messages)}: write Message("user", "…")'
        )
    several = cast("Iterable[object]", given)
    return tuple(_message(message, zone, number) for number, message in enumerate(several))


def _message(message: object, zone: tzinfo | None, number: int) -> Message:
    what = f"message {number}"
    if not isinstance(message, Message):
        raise InvalidInputError(
            f'{what} must be a Message, not {_shown(message)}: write Message("user", "…")'
        )
    if message.name is not None:
        check_statement(message.name, f"{what}: name")
    created = message.created_at
    payload = message.payload
    return replace(
        message,
        role=check_statement(message.role, f"{what}: role"),
        content=check_text(message.content, f"{what}: content"),
        id=uuid4().hex if message.id is None else check_id(message.id),
        created_at=None if created is None else to_utc(created, f"{what}: created_at", zone),
        metadata=check_metadata(message.metadata, f"{what}: metadata"),
        payload=None if payload is None else check_json(payload, f"{what}: payload"),
    )


def _shown(value: object) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '…'}"
