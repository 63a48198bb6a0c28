"""Whether the clause around some words tells of the past or of what is to come.

No grammar is built: the finite verb forms that English marks (auxiliaries, modals, past forms)
are found by their shape, and the one that governs the words decides.
"""

from __future__ import annotations

import re
from typing import Literal

Tense = Literal["past", "future"]

_REACH = 160
"""Characters to either side that are looked at."""

_IRREGULAR = (
    "was|were|wasn't|weren't|had|hadn't|did|didn't|went|came|saw|met|got|took|made|said|told|"
    "bought|brought|thought|found|gave|left|felt|kept|began|became|broke|built|caught|chose|drank|"
    "drove|ate|fell|flew|forgot|forgave|froze|grew|heard|held|hid|knew|laid|led|lent|lost|meant|"
    "paid|rang|ran|rode|rose|sang|sank|sat|sold|sent|shook|shot|slept|spoke|spent|stood|stole|"
    "struck|swam|taught|tore|threw|understood|woke|wore|won|wrote|dug|drew|fought|cost|bled|bent|bit|"
    "blew|dealt|dreamt|hung|knelt|learnt|lit|overslept|burnt|spilt|slid|spun|stuck|swore|swept|"
    "swung|withdrew|wept|undid|born|fed|sprang|strode|sought|shone|showed|outgrew|undertook|sped"
)
_SAME_FORM = "put|cut|set|hit|let|read|hurt|quit|shut|split|spread|beat|bet|burst|broadcast"
_NOT_PAST = (
    "need|feed|bleed|breed|speed|bed|red|shed|seed|weed|indeed|hundred|proceed|succeed|exceed|"
    "embed|deed|reed|greed|naked|sacred|wicked|kindred|biped|sled|shred|agreed-upon|wed|med|"
    "limited|united|advanced|used|so-called|supposed"
)
_PRONOUN = r"(?:i|we|he|she|they|you|it|who)"
_CUES = re.compile(
    r"(?<![\w'])(?:"
    rf"(?P<used>used to|(?:i|we|he|she|they) used)"
    r"|(?P<perfect>(?:would|could|should|might|must)(?:n't)? have"
    r"|(?:'ve|have|has|haven't|hasn't|had|'d) been|just (?=\w+ed\b)|remember(?:ed)?(?! to\b|"
    r" that\b))"
    r"|(?P<modal>will|won't|shall|shan't|would|wouldn't|can|can't|could|couldn't|should|shouldn't|"
    r"must|mustn't|might|may(?= \w)|let's|going to|gonna|plan(?:ning|s)? to|want(?:s)? to|hope to|"
    r"hoping to|need(?:s)? to|have to|has to|looking forward|remind me|due|ought to|about to|"
    r"can't wait|scheduled|booked in|deadline|reminder)"
    rf"|(?P<past>{_IRREGULAR}|{_PRONOUN} (?:\w+ )?(?:{_SAME_FORM})"
    rf"|(?!(?:{_NOT_PAST})\b)[a-z]{{2,24}}ed)"
    r"|(?P<present>am|is|are|isn't|aren't|do|does|don't|doesn't|have|has|haven't|hasn't|got to)"
    r")(?![\w'])"
    r"|(?<=\w)(?P<short>'ll|'d(?= (?:like|love|rather|prefer|be|go|say)\b))(?!\w)"
    r"|(?<=\w)(?P<shorthave>'ve)(?!\w)"
    r"|(?:(?<=i)|(?<=we)|(?<=you)|(?<=they)|(?<=it)|(?<=he)|(?<=that)|(?<=here)|(?<=what)|(?<=who))"
    r"(?P<shortbe>'m|'re|'s)(?!\w)"
)
_PARTICIPLE = re.compile(
    r"\s{1,3}(?:(?:just|already|never|not|also|only|recently|all|both|finally|ever|even|been|"
    r"[a-z]{2,12}ly) ){0,2}"
    r"(?:(?:[a-z]{2,20}ed|been|gone|seen|met|done|made|bought|taken|given|got|had|won|written|"
    r"lost|left|found|paid|sent|sold|told|heard|read|come|become|run|begun|eaten|known|kept|felt|"
    r"broken|chosen|driven|fallen|flown|forgotten|spent|stood|grown|held|put|cut|set|quit|built|"
    r"brought|taught|thought|slept|spoken|worn|lived|hurt|learnt|moved|said|shown|swum|drunk|"
    r"caught|sung|ridden|stuck|led|fought|lain|laid|split)(?![\w-]))"
)
_BREAK = re.compile(
    r"[.!?;:,()\n—\"]|(?<!\w)(?:and|but|because|so|while|which|who|that|when|after|before|if|then|"
    r"although|though|since(?= (?:i|we|he|she|they|it|my|the)\b)|whereas|or|where)(?!\w)"
)
_SENTENCE = re.compile(r"[.!?](?=\s|$)|\n")
_ARRANGING = re.compile(
    r"(?<!\w)(?:book|bought|buy|plan|schedul|arrang|ticket|reserv|sign|agree|invit|appointment|"
    r"order|mov|postpon|set|decid|register|enrol|fix|save|promis|deadline|due|put|pencil|made|got)"
)
_FOR = re.compile(r"(?<!\w)(?:for|to|until|till)(?: the)?\s{1,3}\Z")
_SUBJECT = re.compile(r"(?<!\w)(?:i|we|he|she|they|you|it|there)(?!\w)")
_FILLER = re.compile(
    r"(?:\W|\b(?:on|in|at|the|back|early|late|around|about|of|during|well|so|oh)\b)*"
)


def tense_of(low: str, start: int, end: int) -> Tense | None:
    """The tense of the clause around `low[start:end]`, None where nothing marks it.

    `low` is in small letters. A plan made in the past ("I booked a table for Friday") is future.
    """
    left, right = _sentence(low, start, end)
    before, after = low[left:start], low[end:right]
    if _FOR.search(before) and _ARRANGING.search(before):
        return "future"
    breaks = [m.end() for m in _BREAK.finditer(before)]
    stop = _BREAK.search(after)
    clause_left = before[breaks[-1] if breaks else 0 :]
    clause_right = after[: stop.start()] if stop else after
    own = _nearest(clause_left, clause_right)
    if own or _SUBJECT.search(clause_left) or _SUBJECT.search(clause_right):
        return own
    if _FILLER.fullmatch(clause_left) and _FILLER.fullmatch(clause_right):
        # "On Friday, I met her": the clause is nothing but the time.
        return _first(after) or _last(before)
    return _last(before) or _first(after)


def is_habit(low: str, start: int, end: int) -> bool:
    """Whether the sentence tells what usually happens, and so no single time."""
    left, right = _sentence(low, start, end)
    return bool(_USUALLY.search(low, left, right))


_USUALLY = re.compile(
    r"(?<!\w)(?:usually|always|often|normally|typically|mostly|generally|rarely|most days)(?!\w)"
)


def is_perfect(low: str, start: int) -> bool:
    """Whether the clause before this place is in the perfect: "have lived", "'s been"."""
    left, _ = _sentence(low, start, start)
    return any(
        _PARTICIPLE.match(low, m.end()) and m.end() <= start
        for m in _HAVE.finditer(low, left, start)
    )


_HAVE = re.compile(r"(?:(?<!\w)(?:have|has|haven't|hasn't)|(?<=\w)(?:'ve|'s))(?!\w)")


def _sentence(low: str, start: int, end: int) -> tuple[int, int]:
    floor, roof = max(0, start - _REACH), min(len(low), end + _REACH)
    left = max((m.end() for m in _SENTENCE.finditer(low, floor, start)), default=floor)
    stop = _SENTENCE.search(low, end, roof)
    return left, stop.start() if stop else roof


def _nearest(left: str, right: str) -> Tense | None:
    return _last(left) or _first(right)


def _last(text: str) -> Tense | None:
    return next(reversed(_tenses(text)), None)


def _first(text: str) -> Tense | None:
    return next(iter(_tenses(text)), None)


def _tenses(text: str) -> list[Tense]:
    """The tenses of the finite verbs, in order; a participle belongs to its auxiliary."""
    tenses: list[Tense] = []
    done = 0
    for cue in _CUES.finditer(text):
        if cue.start() < done:
            continue
        kind = cue.lastgroup
        done = cue.end()
        if kind in ("used", "perfect"):
            tenses.append("past")
            if participle := _PARTICIPLE.match(text, cue.end()):
                done = participle.end()
        elif kind in ("past",):
            tenses.append("past")
        elif kind in ("present", "shorthave", "shortbe") and (
            participle := _PARTICIPLE.match(text, cue.end())
        ):
            done = participle.end()
            have = cue[0] in ("have", "has", "haven't", "hasn't", "'ve")
            tenses.append("past" if have and not participle[0].endswith(" got") else "future")
        else:
            tenses.append("future")
    return tenses
