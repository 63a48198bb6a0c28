"""What ranking wants to know of a text, found once when it is stored."""

from __future__ import annotations

ASKS, HAS_NUMBER = 1, 2
"""Bits of the flags: it ends in a question; a digit is in it."""

_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")
_TAIL = 60
_DIGITS = frozenset("0123456789")


def text_flags(text: str) -> int:
    """Return the flags of a text.

    A question counts when it stands near the end, where it still awaits an answer.
    """
    tail = text[-_TAIL:]
    asks = ASKS if any(mark in tail for mark in _QUESTION_MARKS) else 0
    return asks if _DIGITS.isdisjoint(text) else asks | HAS_NUMBER
