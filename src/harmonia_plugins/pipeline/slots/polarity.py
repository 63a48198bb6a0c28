"""What a predicate denies or ends, and the plain predicate that is left."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harmonia_plugins.pipeline.slots.words import ADVERBS, BASE_OF

_SKIP = ADVERBS - {"only", "too", "instead", "even"}


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate without its leading adverbs; `negated` where it is denied or has ended."""

    text: str
    negated: bool = False


_STOPPED = re.compile(
    r"^(?:has |have |had |is |are |'s )?(?:decided to )?(?:stop(?:s|ped|"
    r"ping)?|quit(?:s|ting)?|g[ia]ve(?:s|n)? up|giving up"
    r"|cut(?:s|ting)? out|done with|is finished with|dropped|finished|swore "
    r"off|ditched|lost interest in) (?:on )?(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_USED_TO = re.compile(r"^used to (?P<rest>.+)$", re.IGNORECASE | re.DOTALL)
_NOT = re.compile(
    r"^(?:(?P<aux>is|are|was|has|have|had|does|do|did|can|could|will|would)"
    r"(?:n['’]t| not| no longer| never)"
    r"|cannot|can['’]t|won['’]t|don['’]t|no longer|never|not)\s+(?:any ?more\s+)?(?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_HAS_NO = re.compile(
    r"^(?P<verb>has|have|owns?|keeps?|eats?|drinks?|takes?|plays?|speaks?|knows?|uses?|wears?|"
    r"is on|is in) "
    # Titles have a capital (No Logo), and what is excepted is not denied (no meat but fish).
    r"(?-i:no|zero) (?!(?:one|doubt|(?:more|less|fewer|other) than)\b)(?:more )?"
    r"(?P<rest>(?:(?! (?:but|except|other than|apart from) ).)+)$",
    re.IGNORECASE,
)
_PARTED = re.compile(
    r"^(?:has |have |had )?(?:sold|sells?|got rid of|gotten rid of|gave "
    r"away|given away|scrapped|donated|returned"
    r"|threw away|thrown away|parted with|traded in|rehomed) (?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_ENDED = re.compile(
    r"^(?:has |have |had )?(?:cancell?ed|unsubscribed from|deleted|dropped "
    r"out of|left|resigned from|quit)"
    r" (?P<rest>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_AUX_ADVERB = re.compile(

            r"^(is|are|was|has|have|does) (?:(?:currently|now|still|just|recently|"
            r"also|actually|already|finally|always|officially|really) )+(?=\w)",
    re.IGNORECASE,
)  # fmt: skip
_BARE_AUX = {"has": "has", "have": "has", "had": "has", "is": "is", "are": "is", "was": "is"}


def _skip_adverbs(text: str) -> str:
    words = text.split(" ")
    start = 0
    while start < len(words) - 1 and words[start].lower().strip(",") in _SKIP:
        start += 1
    return " ".join(words[start:])


def plain(text: str) -> Predicate:
    """Return a predicate without adverbs in front, and whether it is denied or ended."""
    text = _AUX_ADVERB.sub(r"\1 ", _skip_adverbs(text.strip()))
    for pattern in (_STOPPED, _USED_TO):
        if (match := pattern.match(text)) is not None:
            return Predicate(_stopped(match["rest"]), negated=True)
    if (match := _NOT.match(text)) is not None:
        return _denied(match)
    if (match := _HAS_NO.match(text)) is not None:
        return Predicate(f"{match['verb']} {match['rest']}", negated=True)
    if (match := _PARTED.match(text)) is not None:
        rest = re.split(r" (?:for|to) ", match["rest"], maxsplit=1)[0]
        return Predicate(f"has {rest}", negated=True)
    return Predicate(text)


def _stopped(rest: str) -> str:
    """Return a predicate from what follows "stopped": a gerund, or a noun under any verb."""
    words = rest.split(" ", 1)
    if words[0].lower() in BASE_OF:
        return rest if len(words) > 1 else f"* {rest}"
    return f"* {rest}"


def _denied(match: re.Match[str]) -> Predicate:
    aux = (match["aux"] or "").lower()
    rest = _skip_adverbs(match["rest"])
    first = rest.split(" ", 1)[0].lower()
    copula = aux in _BARE_AUX and not (
        first.endswith("ing") or (aux.startswith("ha") and first in BASE_OF and first != "a")
    )
    if first in {"only", "just", "sure"}:
        return Predicate(f"{match[0]}")
    return Predicate(f"{_BARE_AUX[aux]} {rest}" if copula else rest, negated=True)


def ended_part(text: str) -> str | None:
    """Return what came to its end, or None."""
    match = _ENDED.match(text)
    return None if match is None else match["rest"]
