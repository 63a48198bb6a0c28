"""Cuts a message into sentences and a sentence into clauses that each tell one thing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harmonia_plugins.pipeline.extraction.cleaning import WORD, expand
from harmonia_plugins.pipeline.extraction.inflection import is_finite
from harmonia_plugins.pipeline.extraction.lexicon import ADVERBS, SUBORDINATORS, word_set
from harmonia_plugins.pipeline.extraction.plainness import is_plain
from harmonia_plugins.pipeline.extraction.silence import says_nothing

MAX_SENTENCE = 1000
"""Characters; what is longer is no chat sentence and is left alone."""

_END = re.compile(r"[.!?…。！？]+[\"')\]]*(?=\s|$|[A-Z])|\n+|[。！？]")
_ABBREVIATIONS = word_set("""
    mr mrs ms dr prof st vs etc e.g i.e no approx dept jr sr inc ltd a.m p.m
""")
_LAST_WORD = re.compile(r"([A-Za-z](?:[A-Za-z.]{0,8}[A-Za-z])?)$")

_SUBJECT = r"(?:I|we|he|she|they|it|there|you|that|this)(?='|\s)"
_OWNER = (
    r"(?:my|our|his|her|their)\s+(?:[\w'-]+\s+){1,3}?(?:is|are|was|were|has|have|had|will|can"
    r"|works?|lives?|got|moved|started|stud(?:y|ies|ied)|worked|lived)\b"
)
_JOINT = re.compile(
    r"(?:\s*;\s*|\s+[-–—]+\s+|\s*[–—]+\s*|\s*-{2,}\s*"
    r"|,?\s+(?:and|but|plus|though|however)\s+(?:then\s+|now\s+|also\s+|so\s+)?"
    r"|,?\s+so\s+(?:now\s+)?|,\s+)"
    rf"(?={_SUBJECT}|{_OWNER})",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s+[-–—]+\s+|\s*[–—]+\s*|\s*-{2,}\s*|\s*;\s+|\s*\(|\)\s*")
_SHARED = re.compile(
    r",?\s+and\s+(?=(?:also\s+|now\s+|currently\s+)?"
    r"(?:work(?:ed)?|live|lived|study|studied|have|am|own|speak|hate|prefer|teach)\s+\w)",
    re.IGNORECASE,
)
_TALE_WORDS = 28
_BEGAN = re.compile(
    r",?\s+and\s+(?:then\s+|now\s+)?(?=(?:started|joined|moved|bought|got|adopted|began|took"
    r"|found|became"
    r"|switched)\s+\w)",
    re.IGNORECASE,
)
_ASK = re.compile(
    r"(?:,|\s[-–—]+|;|\.\.\.)\s*(?=(?:and |but |so |then )?"
    r"(?:what|how|why|where|when|who|which|can|could|do|does|did|is|are|would|should|will|any|have"
    r"|got)\b)",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"(?:it|this|that)\b(?!'ll)", re.IGNORECASE)
"""A clause about the one before stays with it: nothing else says what "it" is."""
_CAN = re.compile(
    r"(?:I|we|they|he|she|it)\s+(?:can|could|do not|may|might|would)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and whether it asks."""

    text: str
    asks: bool


def sentences(text: str) -> list[Sentence]:
    """Cut a text at the ends of its sentences, leaving abbreviations and numbers whole."""
    found: list[Sentence] = []
    begin = 0
    for end in _END.finditer(text):
        mark = end[0]
        if mark == "." and _abbreviated(text, begin, end):
            continue
        _add(found, text[begin : end.end()], "?" in mark or "？" in mark)
        begin = end.end()
    _add(found, text[begin:], False)
    return found


def _abbreviated(text: str, begin: int, end: re.Match[str]) -> bool:
    last = _LAST_WORD.search(text, max(begin, end.start() - 10), end.start())
    if last is None:
        after = text[end.end() : end.end() + 1]
        return end.start() > 0 and text[end.start() - 1].isdigit() and after.isdigit()
    word = last[1].lower()
    if end.end() < len(text) and not text[end.end()].isspace():
        return len(word) == 1 or word.islower()
    return word in _ABBREVIATIONS or (len(word) == 1 and last[1].isupper() and last[1] != "I")


def _add(found: list[Sentence], text: str, asks: bool) -> None:
    text = text.strip(" \t\n*•>#")
    if text and len(text) <= MAX_SENTENCE:
        found.append(Sentence(text, asks))


def statements_of_question(sentence: str) -> str:
    """Return what a question tells before it asks: "I have two cats, what do they eat?"."""
    asked = _ASK.search(sentence)
    return sentence[: asked.start()] if asked else ""


def clauses(sentence: str) -> list[str]:
    """Cut a sentence where a clause with a subject of its own begins.

    What depends on another clause ("because", "when", "so that I can") stays with it.
    """
    parts: list[str] = []
    begin = 0
    for joint in _JOINT.finditer(sentence):
        left, right = sentence[begin : joint.start()], sentence[joint.end() :]
        if _may_part(left, joint[0], right) and not _is_one_tale(left, right):
            parts.append(left)
            begin = joint.end()
    parts.append(sentence[begin:])
    return [piece for part in parts for piece in _asides(part) if WORD.search(piece)]


def shared_subject(clause: str) -> list[str]:
    """Cut "I have two kids and work as a nurse" into two clauses with the same subject."""
    joint = _changed_to(clause) or _SHARED.search(clause)
    first = clause.split(" ", 1)[0]
    if first not in ("I", "We") or joint is None or clause[: joint.start()].count(" ") < 2:
        return [clause]
    if re.search(r"\b(?:to|can|could|will|would|and|or|who|that|when)\b", clause[: joint.start()]):
        return [clause]
    return [clause[: joint.start()], f"{first} {clause[joint.end() :]}"]


def _changed_to(clause: str) -> re.Match[str] | None:
    """Find where what ended turns into what began: "I left one job and started another"."""
    joint = _BEGAN.search(clause)
    return joint if joint and is_plain(clause[: joint.start()]) else None


def _may_part(left: str, joint: str, right: str) -> bool:
    words = [word.lower() for word in WORD.findall(expand(left))]
    if not words or _COMMENT.match(right) or not _second_part(right):
        return False
    if not any(is_finite(word) for word in words):
        return False
    if "so" in joint.lower().split() and _CAN.match(right):
        return False
    strong = not joint.strip(" ,").isalpha() and "," not in joint
    start = next((word for word in words if word not in ADVERBS), "")
    if start in SUBORDINATORS and start not in ("that", "this", "what") and not strong:
        return False
    return words[-1] not in SUBORDINATORS or strong


def _is_one_tale(left: str, right: str) -> bool:
    """Tell whether two clauses tell one thing between them: "I fell, but I finished the race".

    Facts told outright stand alone, and a run-on is cut.
    """
    following = _JOINT.search(right)
    right = right[: following.start()] if following else right
    if (
        left.count(" ") + right.count(" ") > _TALE_WORDS
        or says_nothing(left)
        or says_nothing(right)
    ):
        return False
    return not (is_plain(left.strip(" ,")) or is_plain(right))


def _second_part(right: str) -> bool:
    words = [word.lower() for word in WORD.findall(right[:80])]
    return any("'" in word or is_finite(word) for word in words[1:6])


def _asides(part: str) -> list[str]:
    """Put a dash's aside that has no verb back to its clause; drop a bare exclamation."""
    pieces = [piece.strip(" ,") for piece in _DASH.split(part)]
    pieces = [piece for piece in pieces if piece]
    kept: list[str] = []
    for piece in pieces:
        if kept and not _is_remark(piece):
            kept[-1] = f"{kept[-1]}, {piece}"
        elif not kept:
            kept.append(piece)
    return kept


_REMARK = re.compile(
    r"(?:so|super|really|very|pretty|such|what|it|how|can|cannot|love|wow|thanks|totally|hope|way|"
    r"too|highly|definitely|excited|absolutely|keep|you|your|well|good|great|awesome)\b",
    re.IGNORECASE,
)


def _is_remark(piece: str) -> bool:
    return _REMARK.match(piece) is not None or (len(piece) < 4 and not piece[:1].isdigit())
