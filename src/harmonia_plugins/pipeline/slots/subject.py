"""Who or what a statement is about: the words before its verb."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.slots.words import ADVERBS, BASE_OF, word_set

MAX_WORDS = 9
MAX_OPENING = 6
_NAMED_USER = re.compile(r"\bUser\b")
_LEAD = re.compile(
    r"^(?:(?:actually|sorry|oh|no|well|so|and|but|ok|okay|now|currently|also|in fact|update|"
    r"correction|these days|nowadays|as of (?:now|today|\w+)|since (?:\w+ )?\w+|"
    r"(?:last|this) \w+|at the moment|from now on|to be precise|scratch "
    r"that|wait|oops|typo|my mistake|I was wrong|by the way|btw|turns out"
    r"|guess what|(?:big |good |great |sad |bad |small |quick )?(?:news|"
    r"update|correction))\b[,:.!;-]*\s+)+",
    re.IGNORECASE,
)
# "User thinks that they …", "Quick update: they …": what is told stands after it.
_WRAPPED = re.compile(
    r"^(?:user (?:thinks?|believes?|guess(?:es)?|reckons?|supposes?|forgot to (?:say|mention)"
    r"|(?:is|was) (?:happy|proud|glad|sorry) to say)(?: that)? |[^:]{1,40}: (?=they |their ))"
    r"(?P<who>they|their)?(?(who)\b|)",
    re.IGNORECASE,
)
_OWN_WORD = {"they": "User", "their": "User's"}
_SLIP = re.compile(
    r"^user (?:got (?:that|it|this) wrong|mistyped|misspoke|was wrong|made "
    r"a (?:typo|mistake|slip))"
    r"\s*[,:;.–-]+\s*(?P<they>they\b)?",
    re.IGNORECASE,
)
_USER = re.compile(
    r"^(?:the )?user(?P<own>'s)?\b(?: and (?:others|(?:their|his|her) [\w-]+|"
    r"[A-Z][\w-]+)(?= (?!'s)))?",
    re.IGNORECASE,
)
"""The user, alone or with others: what they do together, the user does."""
_NEGATORS = word_set(
    "no never not isn't aren't doesn't don't didn't hasn't haven't wasn't "
    "won't can't cannot"
    " couldn't wouldn't"
)
_NOUNISH = word_set("work name board base book care change dance dream face fear focus garden hand"

            " head help kick lift live love move need offer order park pass plan "
            "plant practice practise program promise"

            " rent report rest return sail schedule shop sign smoke start stop "
            "study support surf talk taste trade train"

            " transfer travel trip try turn type use visit volunteer vote wait "
            "walk watch wish run ride drive"

            " drink cook coach box row host track skip cut draw catch break swim "
            "sleep read tutor phone date snowboard"
    " ski text bank bake share meet wash build find given learning cost open last close living"

            " training meeting reading swimming running dancing building wedding "
            "parking cooking painting knitting"

            " working writing travelling gaming boxing climbing cycling hiking "
            "walking drawing used sketch skate"

            " struggle can will may smile sing wake driving drinking sleeping teaching "
            "sailing fishing skiing rowing"
    " camping gardening baking shopping housing watching cleaning riding teacher's")  # fmt: skip


def split_subject(content: str) -> tuple[str, str] | None:
    """Split a third-person statement into its subject and its predicate.

    Returns None where no subject is found: "User's", a name or a noun phrase must stand first.
    """
    text = " ".join(content[:600].split())
    text = _LEAD.sub("", text)
    text = _SLIP.sub(lambda match: "User" if match["they"] else "", text)
    text = _WRAPPED.sub(lambda match: _OWN_WORD.get((match["who"] or "").lower(), ""), text)
    text = _without_opening(text.replace("’", "'"))
    user = _USER.match(text)
    if user is not None and user["own"] is None:
        rest = text[user.end() :].strip(" ,")
        return ("User", rest) if rest else None
    words = text.split(" ")
    start = 1 if user is not None else 0
    for index in range(max(start, 1), min(len(words), MAX_WORDS + 1)):
        if _is_verb(words, index, owned=user is not None):
            return _tidy(words[:index]), " ".join(words[index:])
        if words[index].endswith((".", ";", "!", "?")):
            return None
    return None


def _without_opening(text: str) -> str:
    """Drop what stands before "User" where it has no verb: "From Monday User is …"."""
    match = _NAMED_USER.search(text[:80])
    if match is None:
        return text
    words = text[: match.start()].lower().split()
    if not 0 < len(words) <= MAX_OPENING or any(
        word.strip(",") in BASE_OF and word not in _NOUNISH for word in words
    ):
        return text
    return text if words[-1] in {"and", "with", "of", "is"} else text[match.start() :]


def _is_verb(words: list[str], index: int, *, owned: bool) -> bool:
    word = words[index].lower().strip(",")
    if word in _NEGATORS:
        return True
    if word in ADVERBS and index + 1 < len(words):
        following = words[index + 1].lower()
        return following in BASE_OF or following in _NEGATORS or following in ADVERBS
    if word not in BASE_OF or (owned and index == 1):
        return False
    if word in _NOUNISH or word.endswith("ing"):
        return False
    return not (word.endswith("ed") and index + 1 < len(words) and _finite(words[index + 1]))


def _finite(word: str) -> bool:
    return word.lower() in {"is", "are", "was", "has", "lives", "works", "'s"}


def _tidy(words: list[str]) -> str:
    text = " ".join(words).strip(" ,")
    text = re.sub(r"^(?:the )?user's ", "User's ", text, flags=re.IGNORECASE)
    return re.sub(r"\s*,\s*", " ", text)
