"""What the words of a statement say about where it came from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from harmonia_plugins.pipeline.prompting.portions import Portion
from harmonia_plugins.pipeline.prompting.template import Template
from harmonia_plugins.text.analysis import Analyzer

LEAKED = 0.6
"""Share of a statement's own words that only the example has, from which it is the example's."""

MAX_SOURCE = 600
"""Characters of a source."""

_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")
_CLOSERS = "\"'\u201d\u2019)]. "
# Words that only a question begins with. "Will", "May", "Can" and "Have" also begin statements.
_ASKING = re.compile(
    r"(?:does|did|is|are|was|were|am|do (?:you|i|we|they)|(?:have|can|could|will|would|should) "
    r"(?:you|i|we|they)|(?:what|where|who|why)(?:'s| is| are| was| were| does| do| did)|"
    r"how (?:are|is|was|do|does|did|many|much|old|long)) ",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"\b(?:asks|asked|asking|wonders|wondered|wondering|wants? to know|wanted to know)"
    r"(?: \w{1,30}){0,2} (?:if|whether|what|when|where|who|whom|whose|why|how|which|about)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"(?:<[^>]{1,60}>|\{[^}]{1,60}\}|\[[^\]]{1,60}\]|(?:the )?(?:string|statement|content|fact|"
    r"text|message)(?: \d{1,3})?)[.!]?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\u3002\uff01\uff1f\n]+[.!?\u3002\uff01\uff1f\u2026\"'\u201d)]*\s*")


@cache
def _analyzer() -> Analyzer:
    return Analyzer()


def _terms(text: str) -> set[str]:
    return set(_analyzer().query_terms(text)) if text else set()


def is_question(statement: str, message: str) -> bool:
    """Whether a statement asks, or only reports that the speaker asked something."""
    if statement.rstrip(_CLOSERS).endswith(_QUESTION_MARKS) or _ASKING.match(statement):
        return True
    asked = any(mark in message for mark in _QUESTION_MARKS)
    return asked and _ASKED.search(statement) is not None


class ExampleWords:
    """Tells what repeats the prompt's example from what is drawn from the chat.

    Words that the chat itself uses prove nothing: somebody may really be called like the example.
    """

    def __init__(self, template: Template, portion: Portion) -> None:
        seen = [entry.text for entry in portion.entries]
        seen += [entry.message.name or "" for entry in portion.entries]
        seen += [message.content for message in portion.before]
        seen += [memory.content for memory in portion.known]
        self._terms = _example_terms(template) - _terms("\n".join(seen))

    def leaked_into(self, text: str | None) -> bool:
        """Whether a text repeats the example, or a word that only holds a place."""
        if not text:
            return False
        if _PLACEHOLDER.fullmatch(text):
            return True
        own = _terms(text)
        return len(own & self._terms) >= LEAKED * len(own) > 0


def _example_terms(template: Template) -> set[str]:
    data = [str(record.get("text", "")) for record in template.example_data]
    answers = [str(record.get("content", "")) for record in template.example_answer]
    return _terms(" ".join([*data, *answers]))


def closest(statement: str, texts: Sequence[str]) -> int | None:
    """Return the place of the text that shares most words with the statement; None: none does."""
    own = _terms(statement)
    shared = [len(own & _terms(text)) for text in texts]
    best = max(shared, default=0)
    return shared.index(best) if best else None


def source_of(statement: str, message: str) -> str:
    """Return the sentence of the message that the statement was most likely drawn from."""
    sentences = [part.strip() for part in _SENTENCE.findall(message) if part.strip()]
    place = closest(statement, sentences)
    source = sentences[place] if place is not None else message
    return source[:MAX_SOURCE].strip()
