"""Completes the notes people write for themselves: "dentist wednesday 3.30" names no subject.

Only where the words leave one reading: an appointment with its time, a state of the writer's, a
label with its value, one's own kin. Every other fragment stays as it was said.
"""

from __future__ import annotations

import re
from itertools import pairwise

from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.inflection import is_finite, is_gerund, is_past
from harmonia_plugins.pipeline.extraction.lexicon import (
    DETERMINERS,
    MODALS,
    PREPOSITIONS,
    TIME_WORDS,
    word_set,
)

_MOST_WORDS = 16
_SUBJECTS = word_set("""
    i we you he she it they there who that this which
""")
_VERBS = (
    word_set("""
    is are was were am be been has have had does do did makes takes
""")
    | MODALS
)
_PLACED = re.compile(
    r"(?:on (?:the |my )?(?!way\b|top\b|time\b)|in (?:the |my )?(?!fact\b|case\b|general\b)"
    r"|at (?:the "
    r"|my )?(?!least\b|first\b|last\b)|off |back (?:at|in|on|from|to|home)\b|up (?:since|at"
    r"|early|all)\b"
    r"|out (?:of|in|at|with|for)\b|away |home |stuck |over at |down with |not in )\w",
    re.IGNORECASE,
)
"""How somebody says where they are or in what state, leaving out "I am"."""
_APPOINTMENT = re.compile(
    r"(?:my )?(?:(?:job|eye|blood|hair|driving|piano|guitar|violin|drum|singing|swimming|dance"
    r"|spanish|french|german|english|vet|dental|school|phone|video|follow-up|first|final|second) )?"
    r"(?:dentist|doctors?|gp|vet|physio|therapy|therapist|optician|orthodontist|midwife|scan|mri"
    r"|x-ray|surgery|op|operation|check-?up|interview|exam|test|viewing|appointment|appt|mot|haircut"
    r"|hairdresser|barber|piano|guitar|violin|drums|yoga|pilates|gym|swimming|choir|rehearsal"
    r"|training|band practice|lessons?|class|football|tennis|netball|parents' evening|meeting"
    r"|flight"
    r"|train|ferry|delivery|wedding|funeral|party|dinner|lunch|brunch)"
    r"(?: (?:appointment|appt|lesson|lessons|class|practice|session|sessions|appointments))?"
    r"(?P<after>,| (?P<next>[\w']+))",
    re.IGNORECASE,
)
_WHEN = re.compile(
    rf"\b(?:{'|'.join(sorted(TIME_WORDS - {'since', 'last', 'next', 'birthday'}))}|every"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days|weds?|\d{1,2}(?:[.:]\d\d)?(?:am|pm)|\d{1,2}[.:]\d\d"
    r"|at \d{1,2}|the \d{1,2}(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)
_LABEL = (
    r"(?:code|pin|number|password|passcode|size|prescription|address|postcode|e-?mail|phone|mobile"
    r"|birthday|weight|height|blood type|rent|budget|salary|wage|wi-?fi|allergy|allergies|diagnosis"
    r"|deadline|dose|dosage|plate|registration|reg|booking|reference|locker|pronouns|surname|nickname"
    r"|username|handle|timezone|time zone|subscription|insurance|bank|mortgage|policy)"
)
_LABELLED = re.compile(
    rf"(?:my |our |the )?(?P<what>(?:[\w'-]+ ){{0,3}}?{_LABEL})(?P<mark>: ?| is | = ?"
    rf"| (?=\d))(?P<value>"
    r"(?=[^:]*\d|[\w+.-]+@)[^:?!]{1,60}|(?<=[:=] )[^:?!]{1,60})$",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"(?P<kin>mum|mom|dad|mother|father|gran|granny|grandma|nan|nana|grandad|granddad|grandpa"
    r"|mother-in-law|father-in-law|sister-in-law|brother-in-law|wife|husband|hubby|girlfriend"
    r"|boyfriend|daughter|son|sister|brother|eldest|youngest|grandson|granddaughter|stepdad|stepmum"
    r"|landlord|landlady|housemate|flatmate|roommate)(?P<after>'s)?(?= (?P<next>[\w']+))",
    re.IGNORECASE,
)
_BEST = re.compile(
    r"(?=(?:(?:all-time |new )?(?:favou?rite)|fave) (?:\w+ ){1,3}?(?:(?:right now|now|ever|at the"
    r" moment) )?(?:is|are|was|has to be)\b)",
    re.IGNORECASE,
)
_OWNED = re.compile(
    r"(?:(?:two|three|four|five|six|2|3|4|5|6) (?:\w+ )?(?:kids|children|sons|daughters|boys"
    r"|girls|cats"
    r"|dogs|brothers|sisters|siblings|grandkids|grandchildren|guinea pigs|rabbits|hens"
    r"|chickens|jobs"
    r"|horses|ferrets)\b|new (?:job|flat|house|car|bike|phone|boss|manager|puppy|kitten|laptop"
    r"|boyfriend|girlfriend|flatmate|housemate|roommate)\b(?! (?:day|time|smell)))",
    re.IGNORECASE,
)
_ALLERGY = re.compile(
    r"(?:(?:severe|bad|mild|serious) )?[a-z]+ (?:allergy|intolerance)\b", re.IGNORECASE
)


def complete(clause: str) -> str:
    """Return a clause with the subject it leaves out, itself where that would be a guess."""
    if _BEST.match(clause):
        return f"my {_low(clause)}"
    kin = _KIN.match(clause)
    if kin and (kin["after"] or is_finite(kin["next"].lower()) or kin["next"].lower() == "only"):
        return f"my {_low(clause)}"
    labelled = _LABELLED.match(clause)
    if labelled:
        return f"my {_low(labelled['what'])} is {labelled['value'].strip()}"
    words = [word.lower() for word in WORD.findall(clause)]
    if not 2 <= len(words) <= _MOST_WORDS or _tells(words):
        return clause
    if _OWNED.match(clause):
        return f"I have {'a ' if clause[:3].lower() == 'new' else ''}{_low(clause)}"
    if _ALLERGY.match(clause):
        return f"I have {_article(clause)} {_low(re.sub(' here$| here(?=,)', '', clause))}"
    if _is_appointment(clause):
        return f"I have {_low(clause)}"
    if _PLACED.match(clause) and len(words) > 2 and not _WHEN.match(" ".join(words[1:3])):
        return f"I am {_low(clause)}"
    return clause


def _tells(words: list[str]) -> bool:
    """Tell whether a clause has a subject or a verb of its own."""
    if not _SUBJECTS.isdisjoint(words) or not _VERBS.isdisjoint(words):
        return True
    return any(
        (is_past(word) or (is_finite(word) and not word.endswith("s")))
        and not (before in PREPOSITIONS or before in DETERMINERS or is_gerund(before))
        for before, word in pairwise(words[1:])
    )


def _is_appointment(clause: str) -> bool:
    """Tell whether a clause names an appointment and, right after it, whom, where or when."""
    match = _APPOINTMENT.match(clause)
    if match is None or not _WHEN.search(clause):
        return False
    following = (match["next"] or "").lower()
    return (
        not following
        or following in PREPOSITIONS | TIME_WORDS | {"every", "the", "weds"}
        or (following[0].isdigit())
    )


def _article(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def _low(clause: str) -> str:
    return clause[:1].lower() + clause[1:] if not clause[1:2].isupper() else clause
