"""What tells nothing whatever its words are: requests, questions, hypotheses, courtesies."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.inflection import is_base, is_finite, is_past
from harmonia_plugins.pipeline.extraction.lexicon import ADVERBS, MODALS, word_set

_HYPOTHESIS = re.compile(
    r"(?:if (?!I remember)|imagine|suppose|supposing|what if|assuming|let us|let's|let me|"
    r"say (?:I|we)|hypothetically|in case)\b",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\bif (?:I|we) (?:were|had|could|was|won)\b|\bI wish\b|\bwould have\b|\bif only\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"(?:(?:I )?(?:hope|wish|thank|appreciate|bet|guess|promise) you|I (?:will|would)"
    r" (?:let you know|be here|"
    r"keep you|be in touch|talk to you|see you|do that|check (?:it|that) out|take (?:it|that))|"
    r"(?:talk|speak|see|catch|chat) (?:to |with )?you|good (?:luck|night|morning|to|for)"
    r"|take care|have a |"
    r"I (?:cannot wait|can't wait) (?:to (?:hear|see (?:it|them|that|what|how|your?)))|"
    r"I (?:am|was) (?:so |really |very |just )?(?:glad|happy|sorry|excited|sad)? ?(?:to"
    r" hear|to see|for you|you |here for you)|"
    r"I (?:totally |completely |really |do |100% )?(?:agree|understand|see|hear you|get"
    r" it|get that|know what|know how)\b|"
    r"I (?:do not|don't) know\b|I am not sure (?:what|how|if|why)|no (?:problem|worries|doubt)|"
    r"(?:it )?(?:sure|definitely|certainly|really) (?:is|was|does|did|are|were)\b(?! \w+ing)"
    r"|(?:I am )?wishing you|thanks|thank you|cheers|congrats|sounds|looks|long time|nice to"
    r"|great to|so (?:sorry|cool)|"
    r"I have (?:a |one |another |some )?(?:quick |few )?questions?|I (?:need|want|would"
    r" like|was wondering|am wondering) "
    r"(?:your|you|if you|some help|help|to ask|a hand)|"
    r"it (?:really |all )?means? (?:a lot|so much|the world)|here (?:is|are|it|you)\b|"
    r"that (?:is|was|sounds|looks)|this (?:is|looks) (?:so |really )?(?:great|awesome"
    r"|amazing|cool)|"
    r"it (?:is|was) (?:so |really |very |always )?(?:great|good|nice|lovely) (?:to (?:see|hear|talk"
    r"|meet|know|chat|catch)|talking|seeing|hearing|catching)|way to |I hear (?:that|you)"
    r"|must have|"
    r"(?:so )?much (?:has )?happened|(?:so much|a lot|crazy things) (?:has |have )?(?:been going on"
    r"|happened))\b",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?:what|how|why|where|when|who|which|whose|can you|could you|would you|will you|do you|"
    r"did you|are you|is there|is it|is that|are there|have you|should (?:I|we)|can (?:I|we)|"
    r"could (?:I|we)|may I|am I|do I|does|any|got any|want me|is|was|were|are|do|did|have"
    r"|has|had|would|will|shall)\b",
    re.IGNORECASE,
)
_WH_CLAUSE = re.compile(
    r"(?:what|when|where|how|who|which|while)\b.{3,80}\b(?:is|was|I|we|my)\b", re.IGNORECASE
)
_SAID = word_set("""
    promise guess think agree know see understand hope mean bet suppose swear wonder love
""")
_BEGINS = word_set("""
    do have am be need used mean
""")


def says_nothing(clause: str, *, asks: bool = False) -> bool:
    """Tell whether a clause states no fact; `asks` when it came from a question."""
    words = [word.lower() for word in WORD.findall(clause)]
    if len(words) < 2 or _HYPOTHESIS.match(clause) or _UNREAL.search(clause):
        return True
    if len(words) == 2 and words[0] in ("i", "we") and is_past(words[1]):
        return True  # "I went" tells nothing without what it answers
    if len(words) == 2 and words[0] == "i" and words[1] in _SAID:
        return True
    if next((word for word in words if word not in ADVERBS), "") in MODALS:
        return True  # nobody who can or must
    if _COURTESY.match(clause) or _is_request(words):
        return True
    if words[0] in ("which", "what", "how") and "if" in words:
        return True
    if _ASKING.match(clause):
        return asks or _inverted(words) or not _WH_CLAUSE.match(clause)
    return not any(is_finite(word) for word in words)


def _inverted(words: list[str]) -> bool:
    return words[1] in (
        "i",
        "you",
        "we",
        "he",
        "she",
        "it",
        "they",
        "the",
        "your",
        "is",
        "are",
        "do",
        "a",
    )


def _is_request(words: list[str]) -> bool:
    first = next((word for word in words if word not in ADVERBS and word != "please"), words[0])
    if first in ("you", "your") or "please" in words[:2]:
        return True
    if not is_base(first) or first in _BEGINS:
        return False
    if first in ("love", "hope", "work", "dance", "experience", "practice", "support", "travel"):
        return len(words) < 2 or not any(is_finite(word) for word in words[1:4])
    return not any(word in ("is", "was", "are", "were", "has", "have") for word in words[1:3])
