"""A conversation from a file: JSON messages one a line, or one JSON object with all of them."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from harmonia_plugins import Message

_ROLES = ("user", "assistant", "system", "tool")
_SHAPE = '{"role": "user", "text": "..."}'


class DemoError(Exception):
    """The command line or the file cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Messages with their session, in order, and questions with their answers (or "")."""

    messages: tuple[tuple[str, Message], ...]
    questions: tuple[tuple[str, str], ...] = ()


def read(path: Path) -> Conversation:
    """Read a conversation.

    Raises:
        DemoError: the file cannot be read; names the file, the line and the remedy.
    """
    text = _text(path)
    whole = _whole(text, path)
    if whole is None:
        records = [(f"line {n}", _line(line, path, n)) for n, line in _lines(text)]
        questions: tuple[tuple[str, str], ...] = ()
    else:
        listed = _list(whole.get("messages"), path, "messages")
        records = [(f"message {n}", record) for n, record in enumerate(listed, 1)]
        questions = _questions(whole.get("questions"), path)
    if not records:
        raise DemoError(f"{path} holds no messages: write one a line, such as {_SHAPE}")
    messages = [_message(record, f"{path}, {place}") for place, record in records]
    return Conversation(_with_ids(messages), questions)


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DemoError(
            f"{path}, line {line}: not UTF-8 text: save the file with that encoding"
        ) from None
    except OSError as error:
        raise DemoError(f"{path} cannot be read: {error.strerror or error}") from None


def _lines(text: str) -> list[tuple[int, str]]:
    # Not splitlines: JSON strings may hold U+2028 and its like.
    return [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]


def _whole(text: str, path: Path) -> dict[str, Any] | None:
    """Return the one JSON object with all messages, or None where each line is a message."""
    try:
        found: Any = json.loads(text)
    except ValueError as error:
        lines = _lines(text)
        if not lines or _is_json(lines[0][1]) or not isinstance(error, json.JSONDecodeError):
            return None
        if len(lines) > 1 and _is_json(lines[1][1]):  # only the first line is broken
            return None
        raise DemoError(
            f"{path}, line {error.lineno}: not JSON ({error.msg}): write one message a line, such "
            f"as {_SHAPE}"
        ) from None
    if isinstance(found, list):
        return {"messages": found}
    if isinstance(found, dict) and "messages" in found:
        return cast("dict[str, Any]", found)
    return None


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _line(line: str, path: Path, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise DemoError(
            f"{path}, line {number}: not JSON ({error}): write one message a line, such as {_SHAPE}"
        ) from None


def _list(value: Any, path: Path, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise DemoError(f'{path}: "{name}" must be a list, not {_shown(value)}')
    return cast("list[Any]", value)


def _questions(value: Any, path: Path) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    found: list[tuple[str, str]] = []
    for number, record in enumerate(_list(value, path, "questions"), 1):
        entry: Any = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
        text: Any = record if isinstance(record, str) else entry.get("question")
        if not isinstance(text, str) or not text.strip():
            raise DemoError(
                f'{path}, question {number}: write {{"question": "..."}}, not {_shown(record)}'
            )
        answer: Any = entry.get("answer")
        found.append((text, "" if answer is None else str(answer)))
    return tuple(found)


def _message(record: Any, where: str) -> tuple[str, Message]:
    if not isinstance(record, dict):
        raise DemoError(f"{where}: a message looks like {_SHAPE}, not {_shown(record)}")
    fields = cast("dict[str, Any]", record)
    text = _string(fields, "text", where)
    text = _string(fields, "content", where) if text is None else text
    caption = _string(fields, "image_caption", where)
    if text is None and caption is None:
        raise DemoError(f'{where}: there is no "text" (or "content"): add one, such as {_SHAPE}')
    if caption:
        text = f"{text or ''} [image: {caption}]".strip()
    role, name = _speaker(fields, where)
    session = _string(fields, "session", where) or "default"
    moment = _time(fields.get("time"), where)
    identity = fields.get("id")
    if isinstance(identity, int) and not isinstance(identity, bool):
        identity = str(identity)
    if identity is not None and (not isinstance(identity, str) or not identity.strip()):
        raise DemoError(f'{where}: "id" must be a string, not {_shown(identity)}: or leave it out')
    return session, Message(role, text or "", name=name, id=identity, created_at=moment)


def _speaker(fields: dict[str, Any], where: str) -> tuple[str, str | None]:
    """Return role and name; a speaker who is no role is a person and speaks as a user."""
    role = _string(fields, "role", where)
    name = _string(fields, "name", where)
    speaker = _string(fields, "speaker", where)
    if speaker and speaker.casefold() in _ROLES:
        role = role or speaker.casefold()
    else:
        name = name or speaker or None
    if not role and not name:
        raise DemoError(
            f'{where}: nobody says it: add "role" (one of {", ".join(_ROLES)}) or "name"'
        )
    return role or "user", name


def _string(fields: dict[str, Any], name: str, where: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise DemoError(f'{where}: "{name}" must be a string, not {_shown(value)}')
    try:
        value.encode()
    except UnicodeEncodeError:
        raise DemoError(
            f'{where}: "{name}" holds half a character (a lone surrogate): write the whole one'
        ) from None
    return value


def _time(value: Any, where: str) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise DemoError(
            f'{where}: "time" must be such as "2025-03-14T18:05:00", not {_shown(value)}'
        ) from None


def _with_ids(messages: list[tuple[str, Message]]) -> tuple[tuple[str, Message], ...]:
    """Give messages without an id one made from what they say: storing twice adds nothing."""
    seen: Counter[str] = Counter()
    named: list[tuple[str, Message]] = []
    for session, message in messages:
        if message.id is None:
            text = json.dumps([session, message.to_dict()], ensure_ascii=False, default=str)
            seen[text] += 1
            digest = hashlib.sha256(f"{seen[text]} {text}".encode()).hexdigest()
            message = replace(message, id=digest[:32])
        named.append((session, message))
    return tuple(named)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else text[:57] + "..."
