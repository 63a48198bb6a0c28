"""How likely a clause tells something worth keeping: a sum of visible signs, weighed."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.inflection import is_base, is_gerund, is_past, stem
from harmonia_plugins.pipeline.extraction.lexicon import (
    ADVERBS,
    EVENT_VERBS,
    LIFE_WORDS,
    NUMBER_WORDS,
    RELATIONS,
    TIME_WORDS,
    word_set,
)
from harmonia_plugins.pipeline.extraction.weights import BIAS, WEIGHTS
from harmonia_plugins.text.words import STOP_WORDS

_LIKES = word_set("""
    love like enjoy hate prefer adore dislike cherish miss value treasure
""")
_OWNS = word_set("""
    have own got keep bought adopted has had
""")
_HOLDS = word_set("""
    live work study teach speak play run write volunteer practice practise lead manage lived
    worked studied grew moved
""")
_FILLER = word_set("""
    agree mean know see guess bet understand hear appreciate thank get hope wish suppose
    wonder imagine promise say said told tell heard saw noticed
""")
_THINKS = word_set("""
    think believe feel find realize realise consider felt thought found
""")
_PLANS = word_set("""
    going plan planning want hoping thinking looking trying wanting intend aim
""")
_MOOD = word_set("""
    happy glad excited proud sorry grateful thankful lucky sure thrilled stoked pumped nervous
    sad ok okay fine good great down here off impressed amazed blessed
""")
_PRAISE = word_set("""
    great awesome amazing cool nice wonderful fantastic incredible lovely beautiful good sweet
    fun perfect best inspiring gorgeous adorable cute impressive interesting tough hard
    important
""")
_HEDGES = word_set("""
    maybe perhaps might probably possibly guess somehow apparently
""")
_IS_MY = re.compile(
    r"^(?:[A-Z]\w*|it|he|she|today|tomorrow)(?: \w+)? (?:is|are|was) (?:my|our)\b", re.IGNORECASE
)
_THIRD_LIKES = re.compile(
    r"^[A-Z][\w-]+(?: [A-Z][\w-]+)?(?: (?:now|also|still|really|always|never|just|even"
    r"|usually|often))* "
    r"(?:loves|likes|hates|prefers|enjoys|works|lives|plays|eats|sleeps|speaks|studies"
    r"|adores|moved|"
    r"started|wants|goes|weighs|turned)\b"
)
_PRONOUNS = word_set("""
    it that this they these those he she there
""")
_OWN = word_set("""
    i i'm i've i'd i'll me my mine we our us we're we've
""")
_ADDRESS = word_set("""
    you your you're you've you'll yours yourself you'd
""")
_THANKING = re.compile(
    r"(?:aw+,? |hey,? |wow,? )?(?:thanks|thank you|appreciate|cheers)", re.IGNORECASE
)
_REACTING = re.compile(
    r"(?:wow|that's|that is|sounds|congrats|awesome|cool|nice|great|so |glad|aw+|woah"
    r"|whoa|looks|what a|"
    r"good|love|amazing|way to)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:hey|hi|hello|hiya|good (?:morning|evening|afternoon)|long time)\b", re.IGNORECASE
)
_FAREWELL = re.compile(
    r"\b(?:bye|see you|see ya|take care|talk to you|talk soon|catch you|good luck|have a"
    r" (?:great|good|nice))\b",
    re.IGNORECASE,
)
_NEGATIVE = frozenset(["not", "never", "no", "cannot"])
_INDEFINITE = word_set("a an new some another")
_DEMONSTRATIVES = word_set("this that these those")
_PAST_TIME = word_set("yesterday ago last recently week month year today")
_THINGS = word_set("thing things something stuff everything anything way lot")
_LONG = 7
_FACT_SIGNS = word_set("""
    habit likes owns holds is role is other am
""")
_VAGUE_SIGNS = word_set("""
    it you praise hedge if message more you than I
""")


def signs(clause: str) -> dict[str, float]:
    """Return the signs found in a clause in the first person, contractions expanded."""
    words = [word.lower() for word in WORD.findall(clause)]
    if not words:
        return {}
    found = dict.fromkeys([_subject(clause, words), *_verb_signs(words)], 1.0)
    return found | _content_signs(clause, words)


def message_signs(text: str, *, answers: bool) -> dict[str, float]:
    """Return the signs that all clauses of a message share; `answers` after a question."""
    words = [word.lower() for word in WORD.findall(text[:2000])]
    own = sum(word in _OWN for word in words)
    others = sum(word in _ADDRESS for word in words)
    tests = {
        "answers": answers,
        "thanks": _THANKING.match(text) is not None,
        "reacts": _REACTING.match(text) is not None,
        "greets": _GREETING.match(text) is not None,
        "says you": others > 0,
        "more you than I": others > own,
        "asks back": "?" in text,
        "farewell": _FAREWELL.search(text) is not None,
        "answers and asks": answers and "?" in text,
    }
    found = {f"message {name}": 1.0 for name, holds in tests.items() if holds}
    return found | {"message length": math.log1p(len(words)), "message own": own / (len(words) + 5)}


def frame_signs(told: str, sentence: str, message: str) -> dict[str, float]:
    """Return the signs of how a clause stands in its sentence and message."""
    words = [word.lower() for word in WORD.findall(told)]
    all_words = len(WORD.findall(message[:2000])) or 1
    found = {
        "share": min(1.0, len(words) / all_words),
        "long words": math.log1p(sum(len(w) >= _LONG and w not in STOP_WORDS for w in words)),
    }
    tests = {
        "indefinite": not _INDEFINITE.isdisjoint(words),
        "this": not _DEMONSTRATIVES.isdisjoint(words),
        "the": "the" in words,
        "short message": all_words < 9,
        "exclaims": sentence.endswith("!"),
        "opens": message.startswith(sentence),
        "past time": not _PAST_TIME.isdisjoint(words),
        "thing": not _THINGS.isdisjoint(words),
        "will": not {"will", "going"}.isdisjoint(words[:5]),
    }
    return found | {name: 1.0 for name, holds in tests.items() if holds}


def worth(found: Mapping[str, float]) -> float:
    """Return how likely a clause with these signs tells what an annotator would note, 0 to 1."""
    total = BIAS + sum(WEIGHTS.get(name, 0.0) * value for name, value in found.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def is_plain_habit(found: dict[str, float]) -> bool:
    """Tell whether signs show what somebody is, owns, likes or does, however short it is told."""
    if "content" not in found or not _VAGUE_SIGNS.isdisjoint(found):
        return False
    if "is my" in found or "third likes" in found:
        return True
    if "subject my" in found:
        return "has copula" in found
    if "subject i" not in found and "subject we" not in found:
        return False
    return not _FACT_SIGNS.isdisjoint(found)


def certainty(clause: str) -> float:
    """Return what hedges leave of a speaker's certainty: 1 where there are none."""
    words = [word.lower() for word in WORD.findall(clause)]
    hedges = sum(word in _HEDGES for word in words)
    return 0.75**hedges if hedges < 4 else 0.3


def _subject(clause: str, words: list[str]) -> str:
    first = next((word for word in words if word not in ADVERBS), words[0])
    if first in ("i", "we"):
        return f"subject {first}"
    if first in ("my", "our"):
        return "subject my"
    if first in ("you", "your"):
        return "subject you"
    if first in _PRONOUNS or first in ("his", "her", "their", "its"):
        return "subject pronoun"
    if is_gerund(first):
        return "subject gerund"
    return "subject name" if _has_name(clause) and clause[:1].isupper() else "subject noun"


def _verb_signs(words: list[str]) -> list[str]:
    place = next((n for n, word in enumerate(words[:6]) if word in ("i", "we")), None)
    if place is None:
        return ["no person"]
    rest = [word for word in words[place + 1 :] if word not in ADVERBS and word not in _NEGATIVE]
    if rest[:1] in (["do"], ["did"]) and len(rest) > 1 and is_base(rest[1]):
        rest = rest[1:]
    verb, after = [*rest, "", ""][:2]
    if verb in ("am", "are", "was", "were"):
        return [_be(verb, after)]
    if verb in ("have", "had") and (is_past(after) or after == "been"):
        return ["perfect"]
    for name, group in (
        ("likes", _LIKES), ("owns", _OWNS), ("holds", _HOLDS), ("filler", _FILLER),
        ("thinks", _THINKS), ("plans", _PLANS),
    ):  # fmt: skip
        if verb in group:
            return [name]
    if verb in ("will", "would", "can", "cannot", "could", "should", "might", "may", "must"):
        return [f"modal {verb}"]
    if is_past(verb):
        return ["past"]
    return (
        ["other verb", "habit"] if is_base(verb) and after not in ("to", "that") else ["other verb"]
    )


def _be(verb: str, after: str) -> str:
    if after in _PLANS:
        return "is planning"
    if is_gerund(after):
        return "is doing"
    if after in _MOOD:
        return "is mood"
    return "is role" if after in ("a", "an", "the", "from", "in", "my") else f"is other {verb}"


def _content_signs(clause: str, words: list[str]) -> dict[str, float]:
    content = {word for word in words if word not in STOP_WORDS and word not in ADVERBS}
    solid = content - _PRAISE - _MOOD - _FILLER - _LIKES
    found = {"length": math.log1p(len(solid)), "words": min(len(words), 40) / 10}
    tests = {
        "few words": len(solid) < 2,
        "number": any(word[0].isdigit() or word in NUMBER_WORDS for word in words),
        "time": not TIME_WORDS.isdisjoint(words),
        "relation": not RELATIONS.isdisjoint(words),
        "my inside": "my" in words[1:] or "our" in words[1:] or "me" in words,
        "name": _has_name(clause),
        "event": any(word in EVENT_VERBS or stem(word) in EVENT_VERBS for word in content),
        "life": not LIFE_WORDS.isdisjoint(content) or any(w[:-1] in LIFE_WORDS for w in content),
        "content": bool(solid),
        "is my": _IS_MY.search(clause) is not None,
        "third likes": words[0] not in STOP_WORDS and _THIRD_LIKES.search(clause) is not None,
        "has copula": not {"is", "are", "was"}.isdisjoint(words[2:5]),
        "bare it": words[0] == "it",
        "you": not {"you", "your", "yours", "yourself"}.isdisjoint(words),
        "praise": not _PRAISE.isdisjoint(words),
        "hedge": not _HEDGES.isdisjoint(words),
        "negative": not _NEGATIVE.isdisjoint(words),
        "quote": "\ue000" in clause,
        "reason": not {"because", "since", "so", "when", "after"}.isdisjoint(words[2:]),
        "if": "if" in words,
        "aim": "to" in words[2:],
        "best": "favorite" in words
        or "favourite" in words
        or "passion" in words
        or "dream" in words,
        "it": not {"it", "this", "that", "them", "they", "those", "these"}.isdisjoint(words[1:]),
        "we can": words[:2] == ["we", "can"] or words[:1] == ["let"],
    }
    return found | {name: 1.0 for name, holds in tests.items() if holds}


def _has_name(clause: str) -> bool:
    spans = list(WORD.finditer(clause))[1:]
    return any(m[0][0].isupper() and m[0] != "I" and not m[0].startswith("I'") for m in spans)
