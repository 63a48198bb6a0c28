"""Reads one message: its sentences, clauses and answers become candidates for statements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harmonia_plugins.model import Polarity
from harmonia_plugins.pipeline.extraction import polarity as taking_back
from harmonia_plugins.pipeline.extraction.answers import answer
from harmonia_plugins.pipeline.extraction.choosing import PLAIN, Candidate
from harmonia_plugins.pipeline.extraction.cleaning import WORD, clean, expand
from harmonia_plugins.pipeline.extraction.context import Context
from harmonia_plugins.pipeline.extraction.gathering import Told, gather, told_clauses
from harmonia_plugins.pipeline.extraction.language import is_english, states_something
from harmonia_plugins.pipeline.extraction.persons import acquainted
from harmonia_plugins.pipeline.extraction.plainness import is_plain
from harmonia_plugins.pipeline.extraction.rewriting import is_opinion, rewrite
from harmonia_plugins.pipeline.extraction.significance import (
    certainty,
    frame_signs,
    is_plain_habit,
    message_signs,
    signs,
    worth,
)
from harmonia_plugins.pipeline.extraction.splitting import Sentence, sentences

_FIRST_PERSON = re.compile(r"(?<![\w'-])(?:I|I'\w+|me|my|myself|mine)(?![\w'-])")
_YOU = re.compile(r"(?<![\w'])(?:you|your|yours|yourself)(?![\w'])", re.IGNORECASE)
_I_MEANT = re.compile(r"I mean", re.IGNORECASE)
_YOURS = re.compile(r"\byour\b", re.IGNORECASE)
_SHORTEST = 8
_REPLY = 0.4
"""What the answer to a question is worth at least."""
_HABIT = 0.3
"""What it is worth at least when somebody tells what they are, own, like or do."""
_STRANGE = 0.3
"""What is left of a clause about a "you" whom nobody knows."""
_HEDGED = 0.5
"""How sure at most what a speaker says with "maybe" is."""


def candidates(context: Context, told: Sequence[str]) -> list[Candidate]:
    """Return what a message may state, in its order; `told` are statements made before it."""
    return _Reading(context, told).read()


@dataclass(frozen=True, slots=True)
class _Piece:
    clause: str
    sentence: Sentence


class _Reading:
    """One pass over one message."""

    def __init__(self, context: Context, told: Sequence[str]) -> None:
        self._context = context
        self._told = told
        self._protected = clean(context.message.content)
        self._english = is_english(self._protected.text)
        self._question = context.question
        self._signs = message_signs(self._protected.text, answers=bool(self._question))
        self._replied = False
        self._known = acquainted([*told, *self._context.own])

    def read(self) -> list[Candidate]:
        found: list[Candidate] = []
        pieces: list[_Piece] = []
        for sentence in sentences(self._protected.text):
            for item in self._items(sentence):
                if isinstance(item, _Piece):
                    pieces.append(item)
                else:
                    found += self._gathered(pieces)
                    pieces = []
                    found.append(item)
        return found + self._gathered(pieces)

    def _gathered(self, pieces: list[_Piece]) -> list[Candidate]:
        if not pieces:
            return []
        question = _YOURS.sub("my", expand(self._question))
        said = [(piece.clause, piece.sentence) for piece in pieces]
        told = gather(said, question, self._context.earlier)
        return [found for found in map(self._candidate, told) if found is not None]

    def _items(self, sentence: Sentence) -> Iterator[Candidate | _Piece]:
        if not _may_be_english(sentence.text, self._english):
            yield from self._foreign(sentence)
            return
        taken = self._taken_back(sentence)
        if taken is not None:
            source = self._protected.restore(sentence.text)
            content = self._protected.restore(taken.content)
            yield Candidate(content, source, PLAIN, PLAIN, 0.85, taken.polarity, plain=True)
            return
        if self._question and not self._replied and not sentence.asks:
            self._replied = True
            reply = answer(self._question, self._reply(sentence))
            if reply:
                yield self._answered(reply, sentence)
                if reply[1]:
                    return
        for clause in told_clauses(sentence, self._context.names):
            yield _Piece(clause, sentence)

    def _reply(self, sentence: Sentence) -> str:
        """Return the words that answer: more than the "yes" a message may open with."""
        if len(sentence.text) < 6:
            return self._protected.text[:200].split("\n")[0]
        return sentence.text

    def _foreign(self, sentence: Sentence) -> Iterator[Candidate]:
        sure = states_something(sentence.text)
        if sure and not sentence.asks:
            text = self._protected.restore(sentence.text)
            yield Candidate(text, text, sure, sure, sure, foreign=True)

    def _taken_back(self, sentence: Sentence) -> taking_back.TakenBack | None:
        retracted = taking_back.retract(sentence.text, self._told, self._context.speakers)
        if retracted or sentence.asks:
            return retracted
        if not (self._told and taking_back.is_slip(sentence.text)):
            return None
        return taking_back.correct(expand(sentence.text), self._told)

    def _answered(self, reply: tuple[str, bool], sentence: Sentence) -> Candidate:
        clause = expand(reply[0])
        found = signs(clause) | self._signs | {"short answer": 1.0}
        content = self._protected.restore(rewrite(clause, self._context.speakers))
        sure = (0.85 if reply[1] else 0.7) * certainty(clause)
        source = self._protected.restore(sentence.text)
        worthy = max(worth(found), _REPLY)
        return Candidate(content, source, worthy, worthy, sure)

    def _candidate(self, told: Told) -> Candidate | None:
        slip = taking_back.is_slip(told.sentence.text) or taking_back.contradicts(
            told.clause, self._told
        )
        corrected = taking_back.without_old(told.clause) if slip else None
        if corrected and (told.vague or _I_MEANT.match(corrected)):
            return None
        clause = corrected or told.text
        bare = rewrite(clause, self._context.speakers, opinion=is_opinion(clause))
        if len(bare) < _SHORTEST or _FIRST_PERSON.search(bare):
            return None
        polarity: Polarity = "asserted"
        if corrected:
            polarity = "corrected"
        elif taking_back.ended(told.clause):
            polarity = "negated"
        strange = _YOU.search(bare) is not None  # nobody knows who "you" is
        found = self._all_signs(told)
        plain = not (told.vague or strange) and is_plain(told.clause)
        told_outright = is_plain_habit(found) or slip or self._is_of_known(told)
        least = PLAIN if plain or polarity != "asserted" else _HABIT if told_outright else 0.0
        likely = worth(found)
        share = certainty(told.clause) * (_STRANGE if strange else 1.0)
        return Candidate(
            content=self._protected.restore(bare),
            source=self._protected.restore(told.sentence.text),
            worth=max(likely, least) * share,
            detail=likely * share,
            confidence=_sureness(told, strange=strange, plain=plain),
            polarity=polarity,
            plain=plain or polarity != "asserted",
        )

    def _is_of_known(self, told: Told) -> bool:
        """Tell whether a clause goes on about somebody its speaker named before."""
        first = told.clause.split(" ", 1)[0].removesuffix("'s")
        return first in self._known and first not in self._context.names

    def _all_signs(self, told: Told) -> dict[str, float]:
        frame = frame_signs(told.clause, told.sentence.text, self._protected.text)
        tests = {"remarked": bool(told.remark), "vague": told.vague, "plain": is_plain(told.clause)}
        kind = {name: 1.0 for name, holds in tests.items() if holds}
        return signs(told.clause) | self._signs | frame | kind


def _may_be_english(sentence: str, whole: bool) -> bool:
    return is_english(sentence) if len(WORD.findall(sentence)) >= 4 or not whole else whole


def _sureness(told: Told, *, strange: bool, plain: bool) -> float:
    """Return how sure it is that a speaker said this: least where a pronoun stays open."""
    sure = 0.9 if plain else 0.8 if "subject i" in signs(told.clause) else 0.7
    if told.vague or strange:
        sure = 0.5
    left = certainty(told.clause)
    return sure if left == 1 else min(_HEDGED, sure * left)
