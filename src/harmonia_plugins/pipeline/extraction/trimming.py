"""Takes off what a sentence opens and closes with for courtesy: greetings, thanks, names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from harmonia_plugins.pipeline.extraction.inflection import is_gerund, is_past
from harmonia_plugins.pipeline.extraction.lexicon import ADVERBS, UNCHANGED, word_set

_INTERJECTION = (
    r"(?:(?:oh|ah|aw+|wow|woah|whoa|yeah|yea|yep|yup|yes|no|nope|nah|hey|hi|hello|hiya|haha\w*|lol|"
    r"hm+|mm+|um+|uh|ugh|ok|okay|well|cool|nice|great|awesome|sweet|sure|right|true|thanks|thx|"
    r"thank you|cheers|congrats|congratulations|sorry|man|dude|gosh|yay|woohoo|yikes|alas"
    r"|anyway|anyways|"
    r"by the way|for sure|of course|good morning|good evening|good afternoon|fyi"
    r"|absolutely|totally|"
    r"definitely|exactly|indeed|certainly|actually|honestly|frankly|basically|"
    r"to be honest|so far,? so good|guess what|you know what|in fact|fun fact|btw"
    r"|speaking of which|unfortunately|agreed|here|correction|scratch that|strike that"
    r"|never ?mind|(?:big |good |great |bad |sad |some |quick )?(?:news|update|note)|"
    r"(?:(?:a )?reminder|note)(?: for (?:you|u|myself))?|heads up|for the record|kindly note"
    r"|(?:besides|apart from|other than|on top of) that|bye(?: bye)?(?: [A-Z]\w+)?|ugh+|lmao|"
    r"luckily|thankfully|fortunately|lately|recently)"
    r"(?: so much| a lot| a bunch| again| for asking| there| everyone| all| then)?)"
)
_OPENING = re.compile(rf"{_INTERJECTION}\b(?!')\s*(?:[,!.…:]+\s*|\s[-–—]+\s*|$)", re.IGNORECASE)
_BARE = re.compile(
    r"(?:yeah|yep|yup|yes|wow|oh|ah|hey|hi|hello|haha|lol|woah|whoa|well|anyways?|by the way|"
    r"ok|okay|ugh|hmm|for the record|kindly note|fyi|btw|actually|basically|honestly"
    r"|apparently)\s+(?=\w)",
    re.IGNORECASE,
)
_CONNECTIVE = re.compile(
    r"(?:and|but|so|plus|also|then|or|because|though|besides|however|still|anyway|now|as for me)"
    r"(?:,\s*|\s+)(?=(?:I|we|my|our|he|she|it|they|the|this|that|there|just|\w+ing|\w+ed)\b)|"
    r"(?:and|but|so|plus|also|besides|however|additionally|oh and)\b,?\s+",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"(?:please\s+|kindly\s+)?(?:(?:did|have) I (?:ever |already )?(?:tell|told|mention"
    r"|mentioned)(?: to)?(?: you)?(?: that| about how)?"
    r"|(?:and |but |so )?(?:it )?turns out(?: that)?|(?:do not|don't|never) forget(?: that)?"
    r"|did you know(?: that)?|do you know(?: that)?|(?:just )?so you know|you know(?: that)?|"
    r"remember(?: that)?|(?:please )?(?:note|keep in mind|bear in mind)(?: that)?|just to"
    r" let you know|"
    r"I (?:just )?(?:wanted|want|have|had|need) to (?:tell|let) you (?:know )?(?:that )?"
    r"|let me tell you(?: that)?|"
    r"I should (?:mention|say|add)(?: that)?|I (?:forgot|meant) to (?:mention|say|tell"
    r" you)(?: that)?|"
    r"as (?:I said|I mentioned|you know)|can you believe(?: that)?|you (?:won't|will not)"
    r" believe it|"
    r"the thing is(?: that)?)(?:[,:]\s*|\s+|\s*[-–—]+\s*)"
    r"(?=(?:I|I'\w+|we|we'\w+|my|our|the|a|an|he|she|it|they|(?-i:[A-Z])\w+)\b)",
    re.IGNORECASE,
)
_VOCATIVE = re.compile(r"([A-Z][\w'-]*)(?:[,!.]+\s*|\s*$|\s+[-–—]+\s+)")
_SHOWN = re.compile(
    r"(?:(?:and|so|but) )?(?:(?:here(?: is|'s| are)|this(?: is|'s)|check out|look at"
    r"|take a look at) "
    r"(?=(?:a |another |the |some |this )(?:\w+ )?(?:pic|pics|photo|photos|picture|pictures"
    r"|snap|selfie"
    r"|video)s? (?:of|from|I|we|that)\b)|here(?: is|'s| are) (?=(?:one|some) of (?:my|our)\b))",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:,?\s+(?:right|you know|huh|isn't it|don't you think|though|too|as well|for sure"
    r"|haha|lol|lmao|xx?|no doubt|"
    r"that's for sure|or something|if you know what I mean|I guess|I think|to be honest"
    r"|tbh|by the way|btw))\s*$",
    re.IGNORECASE,
)
_STARTS = (
    (re.compile(r"(?:you can |just |please )?call me\s+(?=[A-Z])", re.IGNORECASE), "I am called "),
    (re.compile(r"been an?\s+(?=\w)", re.IGNORECASE), "it has been a "),
    (re.compile(r"(?:been)\s+(?=\w)", re.IGNORECASE), "I have been "),
    (
        re.compile(
            r"(?=(?:so |really |super |very )?(?:glad|happy|proud|excited|thankful|grateful"
            r"|stoked|pumped|sorry|"
            r"lucky|keen|busy)\b (?:to|of|for|about|you|that|we|I|with|on)\b)",
            re.IGNORECASE,
        ),
        "I am ",
    ),
    (
        re.compile(
            r"(?=(?:allergic to|intolerant to|engaged to|married to|pregnant with|born in|based in"
            r"|originally from|vegan|vegetarian|retired|divorced|left-handed)\b)",
            re.IGNORECASE,
        ),
        "I am ",
    ),
    (re.compile(r"not (?=\w+ing\b)", re.IGNORECASE), "I am not "),
    (
        re.compile(
            r"(?=(?:do not|cannot) (?:work|live|like|eat|drink|smoke|drive|own|have|want|need|see"
            r"|speak|stand|play)\b)",
            re.IGNORECASE,
        ),
        "I ",
    ),
    (
        re.compile(
            r"(?=(?:reminds|makes|gives|helps|brings|keeps|means|takes|feels|lets|shows) )",
            re.IGNORECASE,
        ),
        "it ",
    ),
    (
        re.compile(r"going to\s+(?=be (?:a|an|the|so|such|great|fun|good)\b)", re.IGNORECASE),
        "it is going to ",
    ),
    (re.compile(r"going to\s+(?=\w)", re.IGNORECASE), "I am going to "),
    (re.compile(r"have to\s+(?=\w)", re.IGNORECASE), "I have to "),
    (re.compile(r"(?:can't|cannot) (?=wait\b)", re.IGNORECASE), "I cannot "),
    (re.compile(r"(?:used|want|need|hope|plan) to\s+(?=\w)", re.IGNORECASE), ""),
)
_STATIVE = word_set("""
    love hate enjoy need hope prefer miss
""")
_NOT_DROPPED = word_set("""
    excited thrilled interested inspired based needed talented blessed tired agreed supposed
    dedicated related red bored saw left lost thought felt mixed crossed wicked naked sacred
    indeed loved speed
""") - {"lost", "saw", "left", "thought", "felt"}
_DESCRIBING = word_set("""
    inspiring amazing interesting exciting rewarding challenging relaxing calming motivating
    stunning charming boring exhausting annoying touching breathtaking heartwarming fascinating
""")
_PRONOUNS = word_set("""
    i we you he she it they that who which my our
""")
_FINITE_BE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|will|would|must|should|can|could|am|makes?|takes?"
    r"|helps?|does|do|brings?|"
    r"looks?|needs?|works?|gets|goes|comes|reminds?|gives?|keeps?|feels?|means?|seems?|sounds?"
    r"|lets?|made|gave|can be)\b"
)


def trim(sentence: str, names: Iterable[str] = ()) -> str:
    """Return a sentence without what it opens and closes with for courtesy."""
    known = {name.split()[0].lower() for name in names if name.split()}
    for _ in range(8):
        shorter = _opened(sentence, known)
        if shorter == sentence:
            break
        sentence = shorter
    return untail(sentence, known)


def untail(sentence: str, known: set[str]) -> str:
    """Take off a closing "right?", "you know" or the name of the one spoken to."""
    sentence = sentence.rstrip(" .!?…,;:-–—")
    head, comma, last = sentence.rpartition(",")
    if comma and (last.strip().lower() in known or _nickname(last.strip().lower(), known)):
        sentence = head
    return _TAIL.sub("", sentence[-200:]).join((sentence[:-200], "")).rstrip(" .!?…,;:-–—")


def _nickname(word: str, known: set[str]) -> bool:
    return len(word) >= 2 and any(name.startswith(word) for name in known)


def _opened(sentence: str, known: set[str]) -> str:
    for pattern in (_TOLD, _OPENING, _BARE, _CONNECTIVE):
        match = pattern.match(sentence)
        if match:
            return sentence[match.end() :].lstrip(" ,!.-–—")
    name = _VOCATIVE.match(sentence)
    if name and (name[1].lower() in known or _nickname(name[1].lower(), known)):
        return sentence[name.end() :]
    first, _, rest = sentence.partition(" ")
    if first.lower().strip(",!") in known and rest[:1] in "Ii":
        return rest
    return sentence


def add_subject(clause: str) -> str:
    """Give a clause without a subject the one it leaves out: "Lost my job" is "I lost my job"."""
    for pattern, opening in _STARTS:
        match = pattern.match(clause)
        if match:
            rest = clause[match.end() :]
            return opening + (rest if match[0] else _low(rest)) if opening else f"I {_low(clause)}"
    shown = _SHOWN.match(clause)
    if shown:
        return f"I shared {clause[shown.end() :]}"
    words = clause.lower().split()
    first = next((word for word in words if word not in ADVERBS), "")
    if not first or len(words) < 2:
        return clause
    if _drops(first, words, clause):
        return f"I {_low(clause)}"
    if (
        is_gerund(first)
        and first not in _DESCRIBING
        and not _FINITE_BE.search(clause)
        and not _has_past(words)
    ):
        return f"I am {_low(clause)}"
    return clause


def _has_past(words: list[str]) -> bool:
    """Tell whether a past tense follows something else than its own pronoun."""
    return any(
        is_past(word) and before not in _PRONOUNS and not before.startswith(("a", "the"))
        for before, word in pairwise(words[1:])
    )


def _drops(first: str, words: list[str], clause: str) -> bool:
    after = words[words.index(first) + 1] if words.index(first) + 1 < len(words) else ""
    if after in ("me", "us"):  # somebody else did it: "Taught me to swim"
        return False
    if first in _STATIVE:
        return after not in ("is", "are", "and", "has", "you", "your") and bool(after)
    if (
        first in _NOT_DROPPED
        or "-" in first
        or not (
            is_past(first)
            or first == "quit"
            or (words[0] in ("just", "finally") and first in UNCHANGED)
        )
    ):
        return False
    return not re.search(r"^\w+ (?:is|are|was|were)\b", clause)


def _low(clause: str) -> str:
    return clause[:1].lower() + clause[1:]
