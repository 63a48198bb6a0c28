"""What a speaker takes back: facts that ended, slips they correct, things to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harmonia_plugins.model import Polarity
from harmonia_plugins.pipeline.extraction.cleaning import WORD, expand
from harmonia_plugins.pipeline.extraction.inflection import is_base, is_finite
from harmonia_plugins.pipeline.extraction.lexicon import ADVERBS, MODALS, TIME_WORDS, word_set
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
    r"|wait|no|(?:scratch|strike|scrap) that)\b",
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
    r"|wipe|bin|(?:do not|don't|dont) remember|stop remembering)"
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
_FORGET_MATTER = re.compile(
    rf"{_ASKS_TO}{_VERBS}\s+(?:all\s+)?(?:the|that|this|my|our"
    rf"|[\w ]{{1,20}}'s)\s+(?P<topic>.{{1,60}}?)\s+"
    r"(?:thing|matter|business|stuff|story|stories|bit|part|idea|plans?|rant|message|claim|note|memory"
    r"|fact|one)(?=\s*(?:$|[,;:]|and\b|because\b|\s[-–—]))",
    re.IGNORECASE,
)
_FORGET_TOLD = re.compile(
    rf"{_ASKS_TO}{_VERBS}\s+(?:(?:it all|all|that|the|my|this"
    rf"|[\w ]{{1,20}}'s)\s+)?(?:thing\s+|rant\s+"
    r"|message\s+|story\s+|stuff\s+|bit\s+)?about\s+(?P<topic>.{1,80})$",
    re.IGNORECASE,
)
_PRETEND = re.compile(
    rf"{_ASKS_TO}(?:pretend|act like|act as if)\s+(?:that\s+)?(?:I|you)\s+never\s+(?:said|mentioned"
    r"|told you|heard|wrote|shared)\s+(?:anything\s+)?(?:about\s+|of\s+)?(?P<topic>.{1,80})$",
    re.IGNORECASE,
)
_UNTRUE = re.compile(
    r"(?:(?:oh|so|sorry|ok|okay|um|well|and|actually)\b,?\s+){0,3}"
    rf"(?:(?:what|everything|all|anything)\s+I\s+{_MENTIONED}\s+(?:to\s+)?(?:you\s+)?"
    r"|(?:that|the)\s+(?:stuff|thing|part|bit|story|message)\s+)(?:about\s+)(?P<topic>.{1,60}?)\s+"
    r"(?:is not|isn't|isnt|was not|wasn't|wasnt|was|is|were)\s+(?:all\s+|just\s+|only\s+|a\s+"
    r"|an\s+|not\s+)*"
    r"(?:true|wrong|made up|lie|joke|nonsense|rubbish|fiction|mistake|false|lies|test)\b",
    re.IGNORECASE,
)
_MADE_UP = re.compile(
    r"(?:(?:oh|so|sorry|ok|okay|um|well|and|actually)\b,?\s+){0,3}I\s+(?:(?:just|only|totally)\s+)?"
    r"(?:made up|was (?:only |just )?(?:joking|kidding|lying) about|lied about)\s+"
    r"(?P<topic>.{1,60}?)(?=\s+to see\b|\s+because\b|\s+for\b|\s+so\b|[,;]|$)",
    re.IGNORECASE,
)
_BARE_FORGET = re.compile(
    rf"{_ASKS_TO}(?:(?:scratch|scrap|strike) that|forget (?:that|it|what I (?:just )?said"
    rf"|my last message)|"
    r"(?:ignore|disregard) (?:that|my last message|what I (?:just )?said)|"
    r"never ?mind what I (?:just )?said)\W*$",
    re.IGNORECASE,
)
_RETRACTIONS = (
    _FORGET_ABOUT, _FORGET, _FORGET_OWN, _FORGET_TOLD, _FORGET_MATTER, _PRETEND, _UNTRUE, _MADE_UP
)  # fmt: skip
_CUT = re.compile(r"[,;:]\s|\s[-–—]+\s|\sbecause\b|\sas it\b", re.IGNORECASE)
_NEVER = re.compile(
    r"(?:please |and |but |oh |hey )*(?:do not|don't|dont|never) forget\b", re.IGNORECASE
)
_HINT = re.compile(
    r", not\b|\b(?:scrap|wipe|bin|pretend|act like|act as|made up|lied|lying|joking|kidding"
    r"|isn't|isnt|untrue"
    r"|is not|was not|wasn't|wasnt|erase|remove|unlearn|actually|sorry|meant|mean|correction"
    r"|misspoke|mistake"
    r"|wrong|wait|no|forget"
    r"|ignore|scratch|"
    r"disregard|delete|drop|never ?mind|strike|remember(?:ing)?)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|never|n't|cannot)\b", re.IGNORECASE)
_DENIABLE = MODALS | {"am", "is", "are", "was", "were", "do", "does", "did", "have", "has", "had"}
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
    lead = match["lead"].split() if match else []
    if match is None or not lead or len(match["old"].split()) > 6:
        return None
    if lead[-1].lower() in _DENIABLE:
        return None  # "I am not married" sets nothing beside what it denies
    return match["lead"].strip(" ,")


def contradicts(clause: str, earlier: Iterable[str]) -> bool:
    """Tell whether a clause ends with ", not Bergen" and an earlier statement says "Bergen"."""
    match = _NOT_OLD.match(clause.rstrip(" .!")) if without_old(clause) else None
    old = match["old"].strip() if match and ("," in match[0] or "-" in match[0]) else ""
    if not (old[:1].isupper() or old[:1].isdigit()):
        return False
    return any(re.search(rf"(?<!\w){re.escape(old)}(?!\w)", told) for told in earlier)


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
    match = next(filter(None, (pattern.match(text) for pattern in _RETRACTIONS)), None)
    topic = _CUT.split(match["topic"], maxsplit=1)[0].strip(" ,") if match else ""
    words = _content(topic)
    if not words:
        return None
    fitting = {statement for statement in earlier if words <= _content(statement)}
    if len(fitting) == 1:
        return TakenBack(fitting.pop(), "retracted")
    if match and match.re is _FORGET_MATTER:
        return None  # an order about something else may be worded so
    topic = expand(topic)
    after = [word.lower() for word in WORD.findall(topic)[1:4]]
    if any(is_finite(word) and (not is_base(word) or _SENTENCE.match(topic)) for word in after):
        return TakenBack(rewrite(topic, speakers), "retracted")
    about = rewrite(f"I take back what was said about {topic}", speakers)
    return TakenBack(about.replace(" was said ", " they said ", 1), "retracted")


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
