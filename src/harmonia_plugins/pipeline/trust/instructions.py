"""Statements that want to steer the assistant instead of telling it something.

A memory is read by a model, so a stored order may be obeyed in every later session, by whoever
wrote it: a user who grants themselves rights, or a web page pasted into a chat. Such statements are
kept aside as quarantined, and a person may release them.

What is harmless: facts about a person's work and rights in their own life, and wishes that concern
only how the assistant speaks to its user or serves them: "keep answers short", "call me Sam",
"always remind me to take my pills". An order is suspicious where it reaches further: it makes the
assistant agree, obey, conceal, promote, pay, send or run something, whatever comes.

The rules know English only. In other languages they see no more than markup and hidden text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harmonia_plugins.pipeline.trust.hidden import folded, is_hiding
from harmonia_plugins.pipeline.trust.phrasing import (
    AUTHORITY,
    CONCEALMENT,
    MARKUP,
    OVERRIDES,
    SECRETS,
    STANDING_ORDERS,
)
from harmonia_plugins.pipeline.trust.steering import (
    COVER,
    LEAVE,
    ORDERS,
    RANK,
    RELEASE,
    SCRIPTS,
    TAKING,
)
from harmonia_plugins.pipeline.trust.suspicion import is_suspicious
from harmonia_plugins.pipeline.trust.unmasking import is_coded_order, unmasked

_RULES: Sequence[tuple[str, Sequence[re.Pattern[str]]]] = (
    ("imitates the markup of a prompt", (*MARKUP, *SCRIPTS)),
    ("sets aside the rules of the assistant", (*OVERRIDES, *RELEASE)),
    ("claims authority or permission", (*AUTHORITY, *RANK, *LEAVE)),
    ("asks the assistant to conceal something", (*CONCEALMENT, *COVER)),
    ("asks for secrets", (*SECRETS, *TAKING)),
    ("gives the assistant a standing order", (*STANDING_ORDERS, *ORDERS)),
)


_DICTATES = re.compile(
    r"\W*(?:(?:please|also|now|hey|ok|okay)\W+)*(?:remember|note|store|save|memori[sz]e|learn|know"
    r"|keep in mind|bear in mind|make a note)\b(?:\s+that\b)?\W*",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:[,;.]\s*)?\b(?:and|then)\b\s*(?:that\b\s*)?|[;.!]\s+", re.IGNORECASE)
_MOST_DICTATED = 12
"""Parts that are looked at one by one."""


def instruction_in(text: str) -> str | None:
    """Return why a statement is an attempt to instruct rather than to inform; None if it is none.

    It may be the words of a message or a statement drawn from them ("User is ...").
    """
    if is_hiding(text):
        return "hides text from people"
    plain = folded(text)
    reason = _reason(plain) or next(filter(None, map(_reason, _dictated(plain))), None)
    if reason is None and is_coded_order(text, plain):
        return "hides an order in a code"
    bare = unmasked(plain)
    if reason is None and bare != plain:
        reason = _reason(bare)
    if reason is None and is_suspicious(plain):
        return "bears signs of steering the assistant"
    return reason


def _reason(plain: str) -> str | None:
    for reason, patterns in _RULES:
        if any(pattern.search(plain) for pattern in patterns):
            return reason
    return None


def _dictated(plain: str) -> list[str]:
    """Return what "remember that … and …" dictates, one by one; elsewhere "and" proves nothing."""
    found = _DICTATES.match(plain)
    return [] if found is None else _AND.split(plain[found.end() :])[:_MOST_DICTATED]
