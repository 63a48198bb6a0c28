"""Values out of text that should have been JSON.

Small models wrap JSON in prose and fences, leave commas at the end, quote like Python, and stop in
the middle. Whatever is complete in such an answer is kept; nothing is invented to complete it.
Reading never goes back, so its time grows with the text alone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

MAX_ANSWER = 200_000
"""Characters of an answer that are looked at."""
MAX_DEPTH = 24
"""Nesting that is read; the schema needs four."""
MAX_BROKEN = 1_000
"""Places that look like JSON and are none, after which the rest is not tried."""

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_SPACE = re.compile(r"[\s\ufeff\u200b]*")
_NUMBER = re.compile(r"[-+]?\d{1,20}(?:\.\d{0,20})?(?:[eE][-+]?\d{1,3})?")
_WORD = re.compile(r"[A-Za-z]{1,9}")
_WORDS: dict[str, bool | None] = {
    "true": True, "false": False, "null": None, "none": None, "nan": None,
}  # fmt: skip
_STRING_PARTS = {
    '"': re.compile(r'([^"\\]*)("|\\|\Z)'),
    "'": re.compile(r"([^'\\]*)('|\\|\Z)"),
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_CODE = re.compile(r"[0-9a-fA-F]{4}")


@dataclass(frozen=True, slots=True)
class Salvage:
    """The JSON values of a text, in order.

    `clean`: the whole text was one. `cut`: it ends inside one, whose complete elements are kept.
    `broken`: objects that could not be read.
    """

    values: tuple[Any, ...]
    clean: bool = False
    cut: bool = False
    broken: int = 0


class _CutError(Exception):
    """The text ends inside a value."""


class _BrokenError(Exception):
    """What stands at `at` cannot be part of a value."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


def read_values(text: str) -> Salvage:
    """Return every object and list in `text` that is complete, or the complete parts of it."""
    text = _THOUGHTS.sub("", text[:MAX_ANSWER])
    try:
        return Salvage((json.loads(text),), clean=True)
    except (ValueError, RecursionError):
        return _search(text)


def _search(text: str) -> Salvage:
    values: list[Any] = []
    at = tried = broken = 0
    while tried < MAX_BROKEN and (found := _OPENING.search(text, at)):
        reader = _Reader(text, found.start())
        try:
            values.append(reader.value())
            at = reader.at
        except _CutError:
            return Salvage((*values, *reader.complete()), cut=True, broken=broken)
        except _BrokenError as error:
            values += reader.complete()
            tried += 1
            broken += reader.saw_member  # else it was a bracket in prose
            at = max(error.at, found.start() + 1)
    return Salvage(tuple(values), broken=broken)


class _Reader:
    """Reads one value from `at` on, as leniently as it stays unambiguous."""

    def __init__(self, text: str, at: int) -> None:
        self.at = at
        self._text = text
        self._depth = 0
        self._partial: Any = None
        self.saw_member = False

    def complete(self) -> list[Any]:
        """Return what is complete of a value that was begun and not ended.

        Of a list, its complete elements; of an object, the lists in it: any other object that
        lacks members is not what its writer meant.
        """
        return [self._partial] if self._partial else []

    def value(self) -> Any:
        """Read the value that begins here."""
        char = self._next()
        if char == "{":
            return self._object()
        if char == "[":
            return self._list()
        if char in _STRING_PARTS:
            return self._string(char)
        return self._scalar()

    def _next(self) -> str:
        """Return the next character that is no space, without taking it."""
        space = _SPACE.match(self._text, self.at)
        self.at = space.end() if space else self.at
        if self.at >= len(self._text):
            raise _CutError
        return self._text[self.at]

    def _fail(self) -> NoReturn:
        raise _BrokenError(self.at)

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._fail()
        self.at += 1

    def _leave(self) -> None:
        self._depth -= 1
        self.at += 1

    def _object(self) -> dict[str, Any]:
        self._enter()
        members: dict[str, Any] = {}
        key = ""
        try:
            while (char := self._next()) != "}":
                if char == ",":
                    self.at += 1
                    continue
                key = self._key(char)
                members[key] = self.value()
                if self._next() not in ",}":
                    self._fail()
        except (_CutError, _BrokenError):
            self._keep_lists(members, key)
            raise
        self._leave()
        return members

    def _keep_lists(self, members: dict[str, Any], key: str) -> None:
        kept: dict[str, Any] = {
            name: value for name, value in members.items() if isinstance(value, list)
        }
        if self._partial:
            kept[key] = self._partial
        self._partial = kept

    def _key(self, char: str) -> str:
        key = self._string(char) if char in _STRING_PARTS else self._bare_key()
        if self._next() != ":":
            self._fail()
        self.at += 1
        self.saw_member = True
        return key

    def _list(self) -> list[Any]:
        self._enter()
        elements: list[Any] = []
        try:
            while (char := self._next()) != "]":
                if char == ",":
                    self.at += 1
                    continue
                elements.append(self.value())
                if self._next() not in ",]{":  # a comma is often missing between objects
                    self._fail()
        except (_CutError, _BrokenError):
            self._partial = elements  # without the one that is not complete
            raise
        self._leave()
        return elements

    def _string(self, quote: str) -> str:
        pattern = _STRING_PARTS[quote]
        self.at += 1
        parts: list[str] = []
        while found := pattern.match(self._text, self.at):
            parts.append(found[1])
            self.at = found.end()
            if found[2] == quote:
                return _joined(parts)
            if not found[2]:
                break
            parts.append(self._escape())
        raise _CutError

    def _escape(self) -> str:
        """Take what follows a backslash; an escape JSON does not know stands for itself."""
        if self.at >= len(self._text):
            raise _CutError
        char = self._text[self.at]
        self.at += 1
        if char == "u" and (code := _CODE.match(self._text, self.at)):
            self.at = code.end()
            return chr(int(code[0], 16))
        return _ESCAPES.get(char, char)

    def _bare_key(self) -> str:
        word = _WORD.match(self._text, self.at)
        if not word:
            self._fail()
        self.at = word.end()
        return word[0]

    def _scalar(self) -> Any:
        if number := _NUMBER.match(self._text, self.at):
            self.at = number.end()
            self._next()  # a number that ends with the text may go on
            return float(number[0])
        word = _WORD.match(self._text, self.at)
        if not word or word[0].lower() not in _WORDS:
            self._fail()
        self.at = word.end()
        return _WORDS[word[0].lower()]


def _joined(parts: list[str]) -> str:
    """Join, with pairs of surrogates that were written as two escapes made one character."""
    text = "".join(parts)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
