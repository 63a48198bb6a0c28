"""Turns what a speaker says of themselves into what is said of them: "I'm" -> "Anna is"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.inflection import (
    agrees,
    is_base,
    is_finite,
    is_gerund,
    third_person,
)
from harmonia_plugins.pipeline.extraction.lexicon import (
    ADVERBS,
    DETERMINERS,
    MODALS,
    PREPOSITIONS,
    SUBORDINATORS,
    UNCHANGED,
    word_set,
)

_PIECE = re.compile(f"{WORD.pattern}|\\s+|.", re.DOTALL)
_PAST_HINT = re.compile(r"\b(?:yesterday|ago|last|in (?:19|20)\d\d|when)\b", re.IGNORECASE)
_HABIT = re.compile(r"\b(?:every|usually|always|often|each|sometimes|normally)\b", re.IGNORECASE)
_ME_AND = re.compile(r"^(?:me|myself) and (my|our) ([\w'-]+(?: [\w'-]+)?)(?= )", re.IGNORECASE)
_AND_I = re.compile(r"^((?:[Mm]y|[Oo]ur) [\w'-]+(?:,? and my [\w'-]+)?|[A-Z][\w'-]+) and I\b")
_TOGETHER = "{name} and others"
_COLLECTIVE = re.compile(
    r"\bwe(?: (?:are|were|have|had|will|would|both|all|also|just|always|once|first|then|been|be"
    r"|will be|have been|can|could))* (?:both|all|together|met|broke up|split up|separated|divorced"
    r"|agree|agreed|meet|\d+|two|three|four|five|six|seven|eight|nine|ten|twelve)\b"
    r"|\bwe\b.*\b(?:together|each other|one another|apart)\b",
    re.IGNORECASE,
)
"""What is true of several only together; the rest of what "we" do, have and are, each does."""
_HOW_MANY = re.compile(
    r"(?:\bthe )?\b(\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve) of us\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your)\b", re.IGNORECASE)
_YOURSELF = re.compile(r"\byourself\b", re.IGNORECASE)
_INTENSIFIER = re.compile(
    r"\b(?<!not )(?<!Not )(?:really|very|super|totally|definitely|absolutely|truly|literally"
    r"|honestly"
    r"|actually|seriously|so(?= (?:\w+ly )?(?:happy|glad|proud|excited|grateful|thankful"
    r"|lucky|much fun"
    r"|good|great|amazing|awesome|nice|inspiring|important|rewarding|cool|special|beautiful|blessed"
    r"|nervous|anxious|worried|tired|sad|lonely|stressed|scared|thrilled|pumped|stoked)\b"
    r"(?! (?:that|I|we)\b))) (?!much\b|many\b)",
)
"""Words that make a fact louder, not different: a note does without."""
_GROUPED = word_set("""
    of between among
""")
_IS_ME = re.compile(r"(?<= )(?:is|was) (?:just |only )?me(?= (?:in|on|at|with|and|doing)\b)")
_JUDGEMENT = re.compile(
    r"[^,;]{3,120}?\b(?:(?:is|are) (?:so |really |very |super |always |such |the |a |an |)"
    r"(?:great |good |big |huge |best |)(?:key|vital|crucial|important|worth|great|good"
    r"|awesome|amazing|"
    r"nice|fun|hard|tough|rewarding|inspiring|essential|necessary|beautiful|\w+ful"
    r"|(?:inspir|reward|excit|challeng|relax|calm|interest|motivat|empower|fulfill|comfort|satisfy"
    r"|free|heal|refresh|bor|exhaust|sooth|touch|life-chang|encourag|amaz|charm|annoy)ing"
    r"|\w+ive|way)\b"
    r"|(?:can|should) |(?:makes?|brings?|helps?) (?:me|us|you|people|life|everyone|a))",
    re.IGNORECASE,
)
_COMMON = re.compile(
    r"[A-Z]\w+(?:al|ful|ive|ous|ness|tion|ity|ment|ship|able|ible)|Good|Great|Hard|Little|Small|Big"
    r"|Healthy|Fresh|Social|Family|Love|Support|Life|Home"
)
_MANY = re.compile(r"(?:\w+ly |\w+ )?\w+s (?:and \w+ )?(?:are|can|make|help|bring|should)\b")
_PARTICULAR = re.compile(
    r"(?:(?:[\w']+ly |just |even |also )?(?:I|we|my|our|he|she|they|his|her|their|it|you"
    r"|your|there|here|this|that|these|those|the|[A-Z][\w-]+ [A-Z]|"
    r"what|when|one|because|since|while|and|next|last)\b|.*\b(?:I|my|am)\b)",
    re.IGNORECASE,
)
_SECOND = word_set("""
    are were have do am go don't haven't
""")
_THEM = {"me": "them", "my": "their", "mine": "theirs", "myself": "themselves", "us": "them"}
_OBJECT_LEADS = DETERMINERS | PREPOSITIONS | {"me", "them", "us", "it", "him", "her"}
_NOT_AFTER = word_set("""
    to can could will would should might must may let help make did
""")


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who speaks, and who is spoken to where that is one known person."""

    name: str = "User"
    other: str | None = None


def possessive(name: str) -> str:
    """Return the form of a name that owns."""
    return f"{name}'s"


def is_opinion(clause: str) -> bool:
    """Tell whether a clause is a general judgement that needs to be told as its speaker's."""
    first = clause.split(" ", 1)[0].lower()
    if _PARTICULAR.match(clause) or (is_base(first) and not is_gerund(first)):
        return False
    return first != "way" and _JUDGEMENT.match(clause) is not None


def rewrite(clause: str, speakers: Speakers, *, opinion: bool = False) -> str:
    """Return a clause whose contractions are expanded, told in the third person.

    An `opinion` becomes what the speaker thinks.
    """
    if opinion:
        clause = f"I think {_uncapitalised(clause)}"
    if not _YOU.search(clause):
        clause = _YOURSELF.sub("oneself", clause)
    clause = _INTENSIFIER.sub("", clause)
    clause = _IS_ME.sub("is mine,", clause)
    clause = _HOW_MANY.sub(lambda match: f"{match[1]} people including me", clause)
    clause = _ME_AND.sub(lambda match: f"I and {match[1]} {match[2]}", clause)
    clause = _AND_I.sub(
        lambda match: (
            f"I and {match[1][:1].lower() if match[1][1:2] in 'yu' else match[1][:1]}{match[1][1:]}"
        ),
        clause,
    )
    writer = _Writer(_PIECE.findall(clause), speakers)
    return tidy("".join(writer.write()))


def _uncapitalised(clause: str) -> str:
    """Return a clause for the middle of a sentence; what may be a name keeps its capital."""
    first = clause.split(" ", 1)[0]
    common = (
        is_gerund(first.lower())
        or _COMMON.fullmatch(first)
        or first.lower() in DETERMINERS
        or _MANY.match(clause)
    )
    return clause[:1].lower() + clause[1:] if common and not first[1:2].isupper() else clause


def tidy(text: str) -> str:
    """Return a statement with a capital letter, single spaces and no closing mark."""
    text = " ".join(text.split()).strip(" ,;:-–—.!…").replace(" ,", ",")
    return text[:1].upper() + text[1:]


@dataclass
class _Writer:
    """One pass over the pieces of a clause; `pending` is the subject a verb must agree with."""

    pieces: list[str]
    speakers: Speakers
    named: bool = False
    plural: bool = False
    pending: str = ""
    skipped: int = 0
    present: bool = False
    last: str = ""
    out: list[str] = field(default_factory=list[str])
    past_hint: bool = False
    collective: bool = False
    subject: bool = False

    def write(self) -> list[str]:
        text = "".join(self.pieces)
        self.collective = _COLLECTIVE.search(text) is not None
        self.past_hint = not _HABIT.search(text) or bool(_PAST_HINT.search(text))
        for place, piece in enumerate(self.pieces):
            if not (piece[0].isalnum() or piece[0] == "\ue000"):
                self.out.append(piece)
                continue
            word = piece.lower()
            self.out.append(self._word(piece, word, place))
            self.last = word
        return self.out

    def _word(self, piece: str, word: str, place: int) -> str:
        if word in ("i", "we"):
            return self._subject(word, place)
        if word in ("me", "my", "mine", "myself", "us", "our", "ours", "ourselves"):
            return self._owned(word, place)
        if word in ("you", "your", "yours", "yourself"):
            return self._addressed(piece, word)
        if self.pending:
            return self._verb(piece, word, place)
        if self.present and self._coordinated(word, place):
            return third_person(word)
        return piece

    def _subject(self, word: str, place: int) -> str:
        joined = word == "i" and self._next(place) == "and" and not self.named
        name = self.speakers.name
        if self.named and (word == "we" or self.plural):
            self.pending, self.skipped, self.present = "they", 0, False
            return "they"
        self.named = True
        self.plural = (word == "we" and self.collective) or joined
        self.pending, self.skipped, self.present = ("they" if self.plural else "one"), 0, False
        if joined:
            self.pending = "several"
        return _TOGETHER.format(name=name) if self.plural and not joined else name

    def _owned(self, word: str, place: int) -> str:
        many = word in ("us", "our", "ours", "ourselves")
        single = {"us": "me", "our": "my", "ours": "mine", "ourselves": "myself"}.get(word, word)
        if self.named and not (single == "me" and not many and not self.plural):
            return _THEM[single]
        self.named = True
        name = self.speakers.name
        if single in ("my", "mine"):
            return possessive(name)
        grouped = many and single == "me" and self.last in _GROUPED
        return _TOGETHER.format(name=name) if grouped else name

    def _addressed(self, piece: str, word: str) -> str:
        other = self.speakers.other
        if other is None:
            return piece
        if word == "you":
            self.pending, self.skipped = "you", 0
            self.subject = self.last in SUBORDINATORS
            return other
        return other if word == "yourself" else possessive(other)

    def _verb(self, piece: str, word: str, place: int) -> str:
        pending = self.pending
        if pending == "several":
            if word in ("am", "is", "are", "was", "were") or (
                is_finite(word) and self.last != "and"
            ):
                self.pending = ""
                return {"am": "are", "was": "were"}.get(word, piece)
            return piece
        if word in ADVERBS or word in ("no", "longer") or word.endswith("ly") or word[0].isdigit():
            self.skipped += 1
            if self.skipped > 3:
                self.pending = ""
            return piece
        self.pending = ""
        if pending == "they":
            return {"am": "are", "was": "were"}.get(word, piece)
        if pending == "you":
            does = word in _SECOND or (self.subject and is_base(word))
            return third_person(word) if does else piece
        return self._agreeing(piece, word, place)

    def _agreeing(self, piece: str, word: str, place: int) -> str:
        if (word in PREPOSITIONS and word != "like") or word in DETERMINERS or word == "and":
            return piece
        form = agrees(word, past_hint=self.past_hint)
        if form == word:
            return piece
        self.present = self._continues(word, place)
        return form

    def _continues(self, word: str, place: int) -> bool:
        """Tell whether a verb after "and" would share this one's subject and tense."""
        following = self._next(place)
        if word in ("am", "are"):
            return not is_gerund(following)
        if word == "have":
            return following in DETERMINERS
        return word not in ("do", "were") and word not in UNCHANGED

    def _coordinated(self, word: str, place: int) -> bool:
        """Tell whether a word is a second verb of the same subject: "I get up and run a mile"."""
        if self.last in _NOT_AFTER or word in ("who", "that", "when", "because", "if", "they"):
            self.present = False
            return False
        if not is_base(word) or word in MODALS:
            return False
        following = self._next(place)
        if self.last in ("and", "also", "then", "or", "but"):
            return following in _OBJECT_LEADS or following == ""
        return self.pieces[place - 2 : place] == [",", " "] and following in DETERMINERS

    def _next(self, place: int) -> str:
        for piece in self.pieces[place + 1 : place + 4]:
            if piece[0].isalnum():
                return piece.lower()
            if not piece.isspace():
                return ""
        return ""
