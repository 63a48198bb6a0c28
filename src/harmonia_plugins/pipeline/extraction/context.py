"""What surrounds a message: who speaks to whom, what was asked, what the speaker said before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harmonia_plugins.model import Message
from harmonia_plugins.pipeline.extraction.cleaning import clean, expand
from harmonia_plugins.pipeline.extraction.lexicon import word_set
from harmonia_plugins.pipeline.extraction.persons import persons
from harmonia_plugins.pipeline.extraction.rewriting import Speakers
from harmonia_plugins.pipeline.extraction.splitting import sentences

_CALLS = re.compile(
    r"(?:(?i:hey|hi|hello|thanks|thank you|wow|yeah|yes|oh|congrats|woah|whoa)(?: there)?,? |)"
    r"([A-Z][a-z]{2,20})[,!]"
)
_NOT_CALLED = word_set("""
    Thanks Wow Yeah Yes Hey Hello Cool Nice Great Awesome Sure Well Okay Sorry Congrats
    Actually Honestly Absolutely Totally Definitely Exactly True Right Unfortunately Luckily
    Lately Today Yesterday Tomorrow Again Guys Everyone Haha Woah Whoa Yep Nope Sounds Good
    Sweet Oops Man Dude Also Plus Besides However Anyway Finally Recently Currently Agreed
    Please Sometimes First Correction Update
""")
_PRONOUN = re.compile(r"\b(?:he|she)\b", re.IGNORECASE)
_EARLIER = 3
_READ = 600


@dataclass(frozen=True, slots=True)
class Context:
    """One message with the messages `before` it."""

    message: Message
    before: tuple[Message, ...]
    speakers: Speakers

    @property
    def names(self) -> list[str]:
        """Return the names that speakers may address each other by."""
        names = {message.name for message in self.before if message.name}
        return sorted(names | {n for n in (self.speakers.name, self.speakers.other) if n})

    @property
    def question(self) -> str:
        """The question that the message before ends with, if another spoke it."""
        if not self.before or self._is_own(self.before[-1]):
            return ""
        last = clean(self.before[-1].content[-_READ:]).text
        asked = [sentence.text for sentence in sentences(last) if sentence.asks]
        return asked[-1] if asked else ""

    @property
    def earlier(self) -> list[str]:
        """What the speaker said in their messages before, where "he" or "she" may point to it.

        Nothing if another person has told of somebody since.
        """
        if _PRONOUN.search(self.message.content) is None:
            return []
        heard: list[str] = []
        for message in reversed(self.before[-2 * _EARLIER :]):
            text = expand(clean(message.content[:_READ]).text)
            if self._is_own(message):
                heard.append(text)
            elif message.name and (persons([text], "he") or persons([text], "she")):
                break
        return heard[:_EARLIER][::-1]

    @property
    def own(self) -> list[str]:
        """The speaker's messages before, as they wrote them."""
        return [message.content[:_READ] for message in self.before if self._is_own(message)]

    def _is_own(self, message: Message) -> bool:
        return (message.role, message.name) == (self.message.role, self.message.name)


def speakers_of(message: Message, talk: Iterable[Message]) -> Speakers:
    """Return who speaks; the one spoken to only where a single other name takes part."""
    if not message.name:
        return Speakers()
    others = {m.name for m in talk if m.name and m.name != message.name}
    name = " ".join(message.name.split()) or "User"
    if len(others) == 1:
        return Speakers(name, " ".join(next(iter(others)).split()))
    called = _CALLS.match(message.content) if not others else None
    other = called[1] if called and called[1] not in _NOT_CALLED else None
    return Speakers(name, other)
