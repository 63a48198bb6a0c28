"""Puts a message's clauses together: whom pronouns mean, which remark belongs to which fact."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from harmonia_plugins.pipeline.extraction.antecedents import resolve
from harmonia_plugins.pipeline.extraction.cleaning import expand
from harmonia_plugins.pipeline.extraction.fragments import complete
from harmonia_plugins.pipeline.extraction.inflection import is_gerund
from harmonia_plugins.pipeline.extraction.persons import resolve_person
from harmonia_plugins.pipeline.extraction.silence import says_nothing
from harmonia_plugins.pipeline.extraction.splitting import (
    Sentence,
    clauses,
    shared_subject,
    statements_of_question,
)
from harmonia_plugins.pipeline.extraction.trimming import add_subject, trim
from harmonia_plugins.pipeline.extraction.wishes import as_preference

_REASON = re.compile(
    r"^(?:since|as|because|given(?: that)?|now that|seeing(?: as)?)\s+", re.IGNORECASE
)
_OPEN = re.compile(r"(?:it|he|she|they|that|this|these|those|its|his|her|their)\b", re.IGNORECASE)
_THING = re.compile(
    r"(?:this|that|these|those|its|his|her|their) (?!is\b|was\b|\w+ed\b)", re.IGNORECASE
)
_REMARK = re.compile(r"(?:it|that|this|they)\b", re.IGNORECASE)
_SELF = re.compile(
    r"\b(?:is|was|are) (?:\w+ ){0,2}?(?:my|our)\b|^(?:it|that|this) (?:is|was) (?:just "
    r"|only )?(?:me|us)\b",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:I|me|my|we|us|our|myself|ourselves)\b", re.IGNORECASE)
_CONTRAST = re.compile(r", not (?:\w+ )?[A-Z\d][^,]{0,40}$")
_ABOUT_OTHER = re.compile(r"\byou(?:'re| are|'ve| have)\b", re.IGNORECASE)
_REMARK_WORDS = 18
_WHOLE_WORDS = 40
_RECENT = 4


@dataclass(frozen=True, slots=True)
class Told:
    """One clause a speaker tells, in the first person; `remark` is what they say about it.

    `vague` where nothing tells what its "it" or "that" is.
    """

    clause: str
    sentence: Sentence
    remark: str = ""
    vague: bool = False

    @property
    def text(self) -> str:
        """Return the clause with its remark."""
        return f"{self.clause}, and {self.remark}" if self.remark else self.clause


def told_clauses(sentence: Sentence, names: Iterable[str]) -> list[str]:
    """Return the clauses of a sentence that tell something, in the first person, expanded."""
    known = list(names)
    text = trim(sentence.text, known)
    told_in_question = text != sentence.text.rstrip(" ?") and not says_nothing(
        expand(text), asks=True
    )
    if sentence.asks and not told_in_question:
        text = _REASON.sub("", trim(statements_of_question(text), known))
    found: list[str] = []
    about_other = _ABOUT_OTHER.search(sentence.text) is not None
    for part in clauses(expand(text)):
        part = trim(part, known)
        if not (about_other and is_gerund(part.split(" ", 1)[0].lower())):
            part = add_subject(complete(as_preference(part)))
        found += [piece for piece in shared_subject(part) if not says_nothing(piece)]
    return found


def gather(
    said: Iterable[tuple[str, Sentence]], question: str, earlier: Sequence[str]
) -> list[Told]:
    """Return what the clauses of one message tell, in their order.

    Opening pronouns become what they stand for, in the message, the `question` it answers or what
    its speaker said `earlier`. A remark joins the clause it is about; what stays about nobody knows
    what is dropped, or `vague` where it tells something of its speaker.
    """
    told: list[Told] = []
    before, heard = question, list(earlier)
    near = False
    for clause, sentence in said:
        clause = _resolved(clause, before, heard)
        before = clause
        heard.append(clause)
        if _OPEN.match(clause) is None or _SELF.search(clause):
            told.append(Told(clause, sentence))
            near = True
            continue
        if near and _is_remark_on(told[-1], clause):
            remark = clause[:1].lower() + clause[1:]
            told[-1] = replace(told[-1], remark=remark)
        elif _OWN.search(clause) or _CONTRAST.search(clause):
            told.append(Told(clause, sentence, vague=_THING.match(clause) is None))
        near = False
    return told


def _is_remark_on(last: Told, clause: str) -> bool:
    words = clause.count(" ") + 1
    if last.vague or last.remark or not _REMARK.match(clause) or words > _REMARK_WORDS:
        return False
    return words + last.clause.count(" ") < _WHOLE_WORDS


def _resolved(clause: str, before: str, heard: Sequence[str]) -> str:
    person = resolve_person(clause, heard[-_RECENT:])
    return person if person != clause else resolve(clause, before)
