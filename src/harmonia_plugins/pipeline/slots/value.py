"""Trimming what follows a predicate down to the value itself."""

from __future__ import annotations

import re

_UNIT = r"(?:second|minute|hour|day|night|week|weekend|month|quarter|term|year|decade)s?"
_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_SEASON = r"(?:spring|summer|autumn|fall|winter|christmas|easter)"
_SMALL_NUMBER = (
    r"(?:\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a\ few|several"
    r"|a\ couple\ of|many)"
)
_TIME_TAIL = re.compile(
    rf"""[ ,]+(?:
      (?:right|just|for|as\ of|until|from)?\ ?now(?:\ on)? | nowadays | these\ days
    | at\ the\ moment | at\ present | currently | presently | any\ ?more | any\ longer | instead
    | as\ well | too | again | today | yesterday | tonight | recently | lately | already
    | permanently | full[- ]time | part[- ]time | ever\ since | since\ then | for\ good
    | after\ all | though | actually | please
    | (?:last|this|next|earlier\ this|late\ last|early\ last|the\ other)
      \ (?:{_UNIT}|{_MONTH}|{_DAY}|{_SEASON})
    | (?:about|around|almost|over|nearly|roughly)?\ ?{_SMALL_NUMBER}\ {_UNIT}\ (?:ago|back)
    | (?:for|in|within|after)
      \ (?:about|around|almost|over|nearly|more\ than|the\ (?:last|past))?\ ?
      {_SMALL_NUMBER}\ {_UNIT}
    | (?:in|since|from|as\ of|back\ in|until|during|by|starting(?:\ in)?)
      \ (?:early\ |late\ |mid-?\ ?)?(?:last\ |this\ |next\ )?
      (?:{_MONTH}(?:\ \d{{4}})?|(?:19|20)\d\d|{_SEASON}(?:\ (?:19|20)\d\d)?|{_UNIT})
    | (?:(?:on|in|at|from|by|since|until)\ )?(?:the\ )?(?:week|weekend|night|morning|afternoon
      |evening)\ of\ [\d-]{{1,5}}\ {_MONTH}(?:\ \d{{4}})?
    | (?:on|from|by|since|until)\ \d{{1,2}}\ {_MONTH}\ \d{{4}}(?:\ at\ \d{{1,2}}:\d\d)?
    | since\ [^,]{{1,60}}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_CLAUSE = re.compile(
    r"\s*(?:;|\b(?:any ?more|any longer)\b"
    r"|[,:] (?:which|who|where|so|because|since|as|but|and|though|although|after|thanks)\b"
    r"|, (?:the|it|he|she|they|this|that) |\.\s|[!?]|\s[-–—]+\s| \("
    r"| because | but | which | where | so that | although | though | while "
    r"| and (?:he|she|they|it|user|now|is|are|has|have|was|will|works?|lives?|really|then|also|just"
    r"|loves?|likes?|wants?|needs?|got|moved|would|can|can't|not|bought|joined)\b).*",
    re.IGNORECASE | re.DOTALL,
)
_TITLE = re.compile(r"\b(Dr|Mr|Mrs|Ms|St|Prof|No|vs)\.(?= )")
_NOT_Y = re.compile(
    r"(?:,\s*(?:and )?not| and not| rather than| instead of) (?P<old>[^,.;!?]{1,80})", re.IGNORECASE
)
_LEADING = re.compile(
    r"^(?:(?:an?|the|his|her|their|my|our|its|some|any|user['’]s|both|only|about|around|approximately)\s+)+",
    re.IGNORECASE,
)
_TO_TRIM = ' \t\n,.;:!?"“”«»…'


def trim(text: str) -> str:
    """Drop outer punctuation, later clauses and the time that the value is told with."""
    text = _CLAUSE.sub("", _TITLE.sub(r"\1", text[:400])).strip(_TO_TRIM)
    while (match := _TIME_TAIL.search(text)) is not None:
        text = text[: match.start()].strip(_TO_TRIM)
    return text


def bare(text: str) -> str:
    """Drop leading articles and possessives: "her yellow ball" is "yellow ball"."""
    return _LEADING.sub("", text).strip(_TO_TRIM)


def without_contrast(text: str) -> tuple[str, str | None]:
    """Split "Lyon, not Paris" into what is said and what is taken back."""
    match = _NOT_Y.search(text)
    if match is None or re.match(r"(?:only|just|yet|sure|really)\b", match["old"], re.IGNORECASE):
        return text, None
    return text[: match.start()] + text[match.end() :], bare(trim(match["old"])) or None
