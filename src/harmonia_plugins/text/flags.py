"""What ranking wants to know of a text, found once when it is stored."""

from __future__ import annotations

ASKS, HAS_NUMBER = 1, 2
"""Bits of the flags: it ends in a question; a digit is in it."""

_QUESTION_MARKS = "?\uff1f\u061f\u037e"
_TAIL = 60


def text_flags(text: str) -> int:
    """Return the flags of a text."""
    tail = text[-_TAIL:]
    asks = ASKS if any(mark in tail for mark in _QUESTION_MARKS) else 0
    return asks | (HAS_NUMBER if any(map(str.isdigit, text)) else 0)
