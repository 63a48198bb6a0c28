"""How somebody wants to be answered: a request to the assistant that tells what they prefer."""

from __future__ import annotations

import re

_ASKED = (
    r"(?:(?:please|kindly|also|just|from now on|in future|in the future|always|can you|could you"
    r"|would you|i'd like you to|i would like you to|i want you to|i'd prefer you to"
    r"|i would prefer you to),? )*"
)
_ENDING = r"(?:,? (?:please|from now on|in future|in the future|always|to me|with me))*[.!?]*$"
_LANGUAGE = re.compile(
    rf"{_ASKED}(?:answer|reply|respond|write|speak|talk)(?: to)?(?: me)? in (?P<language>[a-z]+)"
    rf"{_ENDING}",
    re.IGNORECASE,
)
_LENGTH = re.compile(
    rf"{_ASKED}(?:keep|make) (?:your |the |all )?(?P<what>answers|replies|responses|explanations) "
    r"(?:more )?(?P<how>short|brief|concise|simple|detailed|long|formal|informal|casual|polite)"
    rf"{_ENDING}",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    rf"{_ASKED}(?:don't|do not|never|stop|avoid) (?:us(?:e|ing) )?(?:any )?"
    rf"(?P<what>emojis?|emoticons|bullet points|jargon|markdown|exclamation marks){_ENDING}",
    re.IGNORECASE,
)


def as_preference(clause: str) -> str:
    """Return "I prefer …" for a wish about language, length or style; any other clause itself."""
    if found := _LANGUAGE.match(clause):
        return f"I prefer answers in {found['language']}"
    if found := _LENGTH.match(clause):
        return f"I prefer {found['how'].lower()} {found['what'].lower()}"
    if found := _WITHOUT.match(clause):
        return f"I prefer answers without {found['what'].lower()}"
    return clause
