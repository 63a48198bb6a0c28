"""What a speaker takes back: facts that ended, slips they correct, things to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harmonia_plugins.model import Polarity
from harmonia_plugins.pipeline.extraction.cleaning import WORD, expand
from harmonia_plugins.pipeline.extraction.inflection import is_finite
from harmonia_plugins.pipeline.extraction.lexicon import ADVERBS, TIME_WORDS, word_set
from harmonia_plugins.pipeline.extraction.rewriting import Speakers, rewrite
from harmonia_plugins.text.words import STOP_WORDS

_ENDED = re.compile(
    r"\b(?:no longer|any ?more|no more$|any longer|(?:have |has |had )?(?:stopped|quit) \w+ing|"
    r"(?:gave|given) up|quit (?:my|the|smoking|drinking)|got rid of|broke up with|"
    r"not (?:working|living|seeing|dating|going) (?:there|here|with) now)\b",
    re.IGNORECASE,
)
_SLIP = re.compile(
    r"^(?:(?:oh|oops|sorry|wait|no|hold on|my bad|my mistake|correction|well|i mean|whoops|hmm)\b"
    r"[,!.:]*\s+(?:[-–—]+\s*)?)*"
    r"(?:actually|correction|i meant(?: to say)?|sorry|i misspoke|my mistake|i was wrong"
    r"|wait|no)\b",
    re.IGNORECASE,
)
_MEANT = re.compile(r"\bI meant(?: to say)?\s+(?P<new>[^,.;!?]{1,60})", re.IGNORECASE)
_NOT_OLD = re.compile(
    r"(?P<lead>.{0,200}?)(?:,|\s[-–—]+|;)?\s+(?:and |but )?not\s+(?P<old>[^,.;!?]{1,60})$",
    re.IGNORECASE,
)
_IT_IS = re.compile(
    r"(?:actually|sorry|no|wait|correction|oops|i mean|well|[,.!:\s-])*"
    r"(?:it is|it's|its|it was|that's|that is|that was|make that|i meant(?: to"
    r" say)?)?\s*(?P<new>.*)",
    re.IGNORECASE,
)
_ASKS_TO = (
    r"(?:(?:ok(?:ay)?|hey|oh|so|and|no|wait|sorry|please|just|actually|(?:can|could|would"
    r"|will) you|you can"
    r"|you should|I (?:want|need|would like|'d like) you to)\b[,.!]?\s+){0,5}"
)
_VERBS = (
    r"(?:forget|ignore|disregard|scratch|scrap|delete|erase|remove|drop|never ?mind|strike|unlearn"
    r"|(?:do not|don't|dont) remember|stop remembering)"
)
_MENTIONED = r"(?:said|told you|tell you|mentioned|wrote|say|shared)"
_FORGET = re.compile(
    rf"{_ASKS_TO}{_VERBS}\s+(?P<said>"
    r"(?:(?:that|what|whatever|everything|anything|all|the (?:thing|part|bit"
    r"|stuff))\s+)?(?:that\s+)?"
    rf"(?:(?:I(?:'ve| have)?|we(?:'ve| have)?)\s+(?:just\s+|ever\s+)?{_MENTIONED}\s*)"
    r"(?:(?:to )?you\s+)?(?:earlier\s*|before\s*)?(?:about|that|regarding|of)?"
    r"|(?:everything|anything|all|the (?:thing|part|bit|stuff))\s+(?:about|regarding|on))"
    r"\s*(?P<topic>.{0,120})$",
    re.IGNORECASE,
)
_FORGET_OWN = re.compile(
    rf"{_ASKS_TO}(?:forget|erase|(?:do not|don't|dont) remember|stop remembering)\s+"
    r"(?:about\s+|that\s+)?(?P<topic>(?:my|our|I|we|I'm|I've|we're)\b.{1,120})$",
    re.IGNORECASE,
)
_FORGET_ABOUT = re.compile(
    rf"{_ASKS_TO}(?:forget|scrap|scratch|ignore)\s+(?:about\s+)?(?P<topic>.{{1,80}}?)"
    rf"(?:\s+that)?\s+(?:thing |stuff |part |bit )?(?:that )?I(?:'ve"
    rf"| have)?\s+(?:just\s+)?{_MENTIONED}"
    r"(?:\s+(?:to )?you)?(?:\s+(?:earlier|before|about))?$",
    re.IGNORECASE,
)
_BARE_FORGET = re.compile(
    rf"{_ASKS_TO}(?:(?:scratch|scrap|strike) that|forget (?:that|it|what I (?:just )?said"
    rf"|my last message)|"
    r"(?:ignore|disregard) (?:that|my last message|what I (?:just )?said)|"
    r"never ?mind what I (?:just )?said)\W*$",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"(?:please |and |but |oh |hey )*(?:do not|don't|dont|never) forget\b", re.IGNORECASE
)
_HINT = re.compile(
    r"\b(?:scrap|erase|remove|unlearn|actually|sorry|meant|mean|correction|misspoke|mistake"
    r"|wrong|wait|no|forget"
    r"|ignore|scratch|"
    r"disregard|delete|drop|never ?mind|strike|remember(?:ing)?)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|n't|cannot)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?:I|we|my|our|he|she|they|you|there)\b", re.IGNORECASE)
_CLASSES = (
    word_set("""
    monday tuesday wednesday thursday friday saturday sunday
"""),
    word_set("""
    january february march april may june july august september october november december
"""),
    word_set("""
    one two three four five six seven eight nine ten eleven twelve
"""),
)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A statement that takes something back; `content` is in the third person already."""

    content: str
    polarity: Polarity


def may_take_back(text: str) -> bool:
    """Tell whether a message can hold a correction or a wish to forget; quick, not sure."""
    return _HINT.search(text) is not None


def ended(clause: str) -> bool:
    """Tell whether a clause says that something stopped being so."""
    match = _ENDED.search(clause)
    if match is None:
        return False
    lasting = match[0].lower().startswith("any")  # "not ... anymore" is how it is said
    return lasting or not _DENIED.search(clause, 0, match.start())


def is_slip(sentence: str) -> bool:
    """Tell whether a sentence opens like the correction of an earlier one."""
    return _SLIP.match(sentence) is not None


def without_old(sentence: str) -> str | None:
    """Return a correcting sentence without its ", not Paris", None where it has none."""
    match = _NOT_OLD.match(sentence.rstrip(" .!"))
    if match is None or not match["lead"].strip() or len(match["old"].split()) > 6:
        return None
    return match["lead"].strip(" ,")


def correct(sentence: str, earlier: Sequence[str]) -> TakenBack | None:
    """Return the earlier statement with the slip replaced, if it is unmistakable which one.

    `earlier` are statements in the third person, the latest last.
    """
    text = sentence.strip().rstrip(" .!")
    pair = _NOT_OLD.match(text)
    meant = _MEANT.search(text)
    if pair:
        fitting = _IT_IS.fullmatch(pair["lead"])
        new = fitting["new"].strip(" ,") if fitting else ""
        return _replaced(pair["old"].strip(), new, earlier)
    new = meant["new"].strip() if meant else _fragment(text)
    old = _same_kind(new, earlier)
    return _replaced(old, new, earlier) if old else None


def retract(sentence: str, earlier: Sequence[str], speakers: Speakers) -> TakenBack | None:
    """Return what a speaker asks to forget: the statement they mean, or what it was about."""
    text = sentence.strip().rstrip(" .!?")[:300]
    if _BARE_FORGET.match(text):
        return TakenBack(earlier[-1], "retracted") if earlier else None
    if _NEVER.match(text):
        return None
    match = _FORGET_ABOUT.match(text) or _FORGET.match(text) or _FORGET_OWN.match(text)
    topic = match["topic"].strip(" ,") if match else ""
    words = _content(topic)
    if not words:
        return None
    fitting = {statement for statement in earlier if words <= _content(statement)}
    if len(fitting) == 1:
        return TakenBack(fitting.pop(), "retracted")
    topic = expand(topic)
    if any(is_finite(word.lower()) for word in WORD.findall(topic)[1:4]):
        return TakenBack(rewrite(topic, speakers), "retracted")
    about = rewrite(f"I take back what I said about {topic}", speakers)
    return TakenBack(about, "retracted")


def _replaced(old: str, new: str, earlier: Sequence[str]) -> TakenBack | None:
    if not old or not new or len(new.split()) > 5 or _SENTENCE.match(new):
        return None
    place = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)", re.IGNORECASE)
    for statement in reversed(earlier):
        if place.search(statement):
            return TakenBack(place.sub(lambda _: new, statement, count=1), "corrected")
    return None


def _fragment(text: str) -> str:
    match = _IT_IS.fullmatch(text)
    new = match["new"].strip(" ,") if match else ""
    new = re.sub(r"^(?:at|on|in)\s+(?:the\s+)?", "", new, flags=re.IGNORECASE)
    return new if 0 < len(new.split()) <= 3 else ""


def _same_kind(new: str, earlier: Sequence[str]) -> str:
    """Return the one word of the latest statement that is of the same kind as `new`."""
    if not new or not earlier:
        return ""
    for kind in _CLASSES:
        if new.lower() in kind:
            return _only(word for word in WORD.findall(earlier[-1]) if word.lower() in kind)
    if re.fullmatch(r"\d[\d.,:]*(?:am|pm)?", new):
        return _only(word for word in re.findall(r"\d[\d.,:]*(?:am|pm)?\b", earlier[-1]))
    if new[:1].isupper():
        words = WORD.findall(earlier[-1])[1:]
        return _only(w for w in words if w[0].isupper() and w.lower() not in TIME_WORDS)
    return ""


def _only(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else ""


def _content(text: str) -> set[str]:
    words = {word.lower().removesuffix("'s") for word in WORD.findall(text)}
    return {
        word for word in words if word not in STOP_WORDS and word not in ADVERBS and len(word) > 1
    }
