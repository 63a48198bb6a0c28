"""Reads orders that are lightly disguised: digits for letters, letters apart, coded, backwards."""

from __future__ import annotations

import base64
import binascii
import re

_LEET = str.maketrans("013457@$!|", "oieastasil")
_MIXED = re.compile(
    r"(?<![^\W_])(?=[a-z0-9@$!|]*[a-z])(?=[a-z0-9@$!|]*[013457@$!|])[a-z0-9@$!|]{2,24}"
)
_ORDINARY = re.compile(
    r"\d+(?:st|nd|rd|th|am|pm|k|m|kg|km|cm|mg|ml|g|d|h|s|x|p)?[!|]*$|[a-z]+[!|]*$"
)
_APART = re.compile(r"(?<!\w)(?:[a-z][-._*/ ]){4,60}[a-z](?!\w)")
_CODED = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{16,400}={0,2}(?![\w+/])")
_ORDER = re.compile(
    r"(?:ignore|forget|disregard|override|bypass|disobey)"
    r"(?:all|any|every|the|your|my|previous|prior|earlier|system|of|these|those){1,4}"
    r"(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|restrictions?|filters?)"
)
_FIRST = re.compile(r"ignore|forget|disregard|override|bypass|disobey")
_NOT_LETTERS = re.compile(r"[^a-z]+")
_DECODES = re.compile(
    r"\b(?:decode|decipher|decrypt|unscramble|reverse|translate|backwards|base64|rot ?13|hex)\b"
    r"[^.!?\n]{0,60}?\b(?:and|then)\s(?:then\s)?(?:follow|do|obey|execute|run|act on"
    r"|carry out|print)\b"
)
_MOST_CODED = 8


def is_coded_order(text: str, plain: str) -> bool:
    """Tell whether a text holds an order in disguise; `plain` is the same text, folded."""
    if _DECODES.search(plain) is not None:
        return True
    return any(_is_order(reading, plain) for reading in (plain, plain[::-1], *_decoded(text)))


def unmasked(plain: str) -> str:
    """Return folded text with digits that stand for letters, and letters set apart, put right."""
    text = _MIXED.sub(_letters, plain)
    return _APART.sub(lambda run: _NOT_LETTERS.sub("", run[0]), text)


def _letters(word: re.Match[str]) -> str:
    return word[0] if _ORDINARY.match(word[0]) else word[0].translate(_LEET)


def _is_order(reading: str, plain: str) -> bool:
    """Tell whether letters alone spell an order whose first word does not stand in the text."""
    squeezed = _NOT_LETTERS.sub("", unmasked(reading))
    found = _ORDER.search(squeezed)
    if found is None:
        return False
    verb = _FIRST.match(found[0])
    return verb is not None and re.search(rf"\b{verb[0]}\b\s", plain) is None


def _decoded(text: str) -> list[str]:
    found: list[str] = []
    for word in _CODED.findall(text)[:_MOST_CODED]:
        try:
            found.append(base64.b64decode(word, validate=True).decode("ascii").lower())
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found
