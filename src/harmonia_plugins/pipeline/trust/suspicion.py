r"""Weighs what attempts to steer an assistant have in common, where no known wording is found.

Each sign alone is harmless: somebody is addressed, a limit is named, rank is claimed, other people
or all cases are meant, something hidden is asked for. Together they are no fact about a person.
"""

# One pattern a line reads better than one broken into pieces.
# ruff: noqa: E501

from __future__ import annotations

import re
from itertools import islice


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s"))


_ADDRESSED = _compiled(
    r"\b(?:you|your|yours|yourself)\b|\b(?:the|any|an|this) (?:ai|assistant|chatbot|bot|model|helper|language model)(?:'s)?\b(?! (?:manager|coach|teacher|director|professor))"
    r"|^ ?(?:please |kindly |always |never |also |now )*(?:act|add|agree|answer|behave|believe|claim|consider|copy|deny|disclose|do|export|favou?r|follow|give|grant|hand|hide|keep|leak|let|list|log|make|mention|name|note|obey|open|pass|place|praise|prefer|print|promote|put|rank|read|record|repeat|reply|respond|reveal|say|send|serve|share|ship|show|slip|speak|spell|suppress|swear|take|tell|transfer|treat|trust|unlock|vouch|write)\b"
)
_OWN_LIFE = _compiled(
    r"\b(?:at|for|from) (?:my |the |our )?(?:work|job|school|office|company|club|gym|church|firm|lab|university|college)\b|\bmy (?:doctor|physio|mum|mom|dad|wife|husband|kids?|son|daughter|teacher|coach|therapist|landlord|dog|cat|sister|brother|friends?|uncle|aunt|team)\b"
)
_SIGNS = (
    (1.5, _compiled(r"\b(?:guardrails?|safeguards?|jailbreak\w*|off[- ]limits|unrestricted|unfiltered|system prompt)\b|\brules you (?:came|were|have)\b|\blimit(?:ed|s)? (?:you|your)\b|\byour (?:\w+ )?(?:limits|limitations|rules|restrictions|filters|polic(?:y|ies)|boundaries|barriers)\b|\b(?:limits|limitations|rules|restrictions|filters|boundaries) (?:on|of|for) you(?:rs)?\b")),
    (1.0, _compiled(r"\b(?:rules|restrictions|polic(?:y|ies)|limits|barriers|filters|moderation|checks|safety)\b")),
    (1.5, _compiled(r"\b(?:commanding officer|master key|root|superuser|clearance|authori[sz]ation|decree|overrides?|in authority|entitles? me|privileges?|(?:my|[a-z]+'s) words? (?:is|are|as|counts?)|obey|loyal(?:ty)? to me|refuses? nothing|nothing i ask|only my (?:messages|words|orders)|priority over|above (?:the )?(?:operator|developers?)|nobody else|no one else|by virtue of)\b")),
    (1.0, _compiled(r"\b(?:operators?|administrators?|admin|head office|unlock|upgrade me|premium|permit\w*|entitled|verified|staff|official|position here|trust(?:ed)?)\b")),
    (1.0, _compiled(r"\b(?:customers?|clients?|users?|visitors|other people'?s?|everybody'?s?|everyone'?s|anyone else|others')\b")),
    (1.0, _compiled(r"\b(?:hidden|secret(?:s|ly)?|credentials|tokens?|api|keys|prompt|query string|webhook|endpoint|internal|confidential|records|logs?|source code)\b")),
    (0.8, _compiled(r"\b(?:every(?:one|body|thing)?|all|any(?:one|body|thing)?|each|whatever|whoever|whenever|nothing|always|never|from (?:here|now) on|for the rest of|for good|forever|henceforth|no matter|at least once|until further notice)\b")),
    (1.0, _compiled(r"\b(?:say yes|no questions asked|without question|unquestioning\w*|even if|regardless|don't ask|do not ask|must not|may not|shall not|never let (?!us\b|me\b|go\b)|vouch for|instead of the truth|cover up)\b")),
    (0.8, _compiled(r"\b(?:the moment|as soon as|if an?|should an?|when they|when anyone|if anyone|whenever anyone) ")),
)  # fmt: skip
_ENOUGH = 2.0
_OWN = 1.5
"""What speaks for a tale of one's own work or family."""
_SENTENCE = re.compile(r"[^.!?\n]{8,400}")
_MOST = 12
"""Sentences that are weighed, each by itself."""


def is_suspicious(plain: str) -> bool:
    """Tell whether folded text bears enough signs of steering an assistant to be kept aside."""
    found = (part[0] for part in islice(_SENTENCE.finditer(plain), _MOST))
    return any(_weight(sentence) >= _ENOUGH for sentence in found)


def _weight(sentence: str) -> float:
    if _ADDRESSED.search(sentence) is None:
        return 0.0
    total = sum(weight for weight, sign in _SIGNS if sign.search(sentence))
    return total - _OWN if _OWN_LIFE.search(sentence) else total
