"""What a statement is about where one value holds at a time: home, work, car, way to work.

The table of slots reads statements that say so outright. This one recognises the matter by its
words alone, and only serves statements that announce a change.
"""

from __future__ import annotations

import re
from functools import lru_cache

from harmonia_plugins.pipeline.slots.words import CAR_MAKES, is_job

_CAPITAL = r"[A-Z][\w'-]+"
_SMALL_WORDS = frozenset(
    [
        "golf",
        "focus",
        "leaf",
        "swift",
        "mini",
        "panda",
        "polo",
        "seat",
        "mustang",
        "escort",
        "astra",
        "jaguar",
        "honda",
    ]
)
_HOME = re.compile(
    rf"\b(?i:(?:is |are |been )?(?:living|live|lives|settled|resides?|based) (?:[\w-]+ ){{0,3}}?"
    rf"(?:in|at|near|outside)|moved (?:[\w-]+ ){{0,3}}?(?:to|into|in)(?: an? [\w -]{{3,30}}? in)?|"
    rf"(?:rents?|renting|bought|owns?) (?:an? |the )[\w, -]{{3,40}}? in|"
    rf"keys to .{{0,30}}? in|(?:new|our|user's|their) (?:flat|place|house|"
    rf"apartment|home) (?:is )?in"
    rf"|home is|relocated to|we're in|has moved to)\s+(?:the |a )?(?P<v>{_CAPITAL}(?: {_CAPITAL})*)"
)
_NO_HOME = re.compile(
    r"\b(?:holiday|weekend|second|summer|office|desk|meeting|appointment|party|class|visit\w*|"
    r"trip|vacation|for (?:a|the|two|three) (?:week|night|day)s?|grew up|used to|born|mum's|"
    r"parents'?|sister's|brother's)\b",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:works? (?:at|for|as|in|on|the)|working (?:at|for|as|in|on the)|(?:first|second) (?:day|"
    r"week|shift) (?:at|as|in|with)|(?:week|day|month) (?:one|two|1|2) (?:as|at|in)|(?:new|"
    r"different) (?:job|employer|position|role)|start(?:ed|s|ing)? (?:a |the |their )?(?:new )?"
    r"(?:job |work |position |role )?(?:at|as|with)|employed (?:at|by|as)|(?:job|position|role) "
    r"(?:at|as|with)|hired (?:at|by|as)|joined|does payroll|day job|self[- ]employed|is (?:now )?"
    r"(?:an?|the) (?P<job>[\w -]{3,30}))",
    re.IGNORECASE,
)
_COMMUTE = re.compile(
    r"\b(?:to (?:work|the office|uni|school|the shop|the hospital|campus)|commut\w+)\b", re.I
)
_MODE = re.compile(
    r"\b(?:train|bus|e-?bike|bike|bicycle|cycl\w+|walk\w*|on foot|tram|metro|subway|tube|s-bahn|"
    r"u-bahn|scooter|driv(?:e|es|ing)|car|lift|ferry|underground|moped)\b",
    re.IGNORECASE,
)
_WAKES = re.compile(
    r"\b(?:(?:gets?|wakes?|getting|waking|is|are) up (?:at|around|by|before)|alarm (?:is |goes )?"
    r"(?:off )?(?:set )?(?:at|for)|sleeps? (?:in )?(?:till?|until)|rises at)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"\b(?P<v>iphone(?: \d+)?|pixel(?: \d+)?|samsung(?: galaxy)?|galaxy|nokia|fairphone|oneplus|"
    r"xiaomi|motorola|huawei|blackberry|oppo)\b",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\b(?P<v>macbook(?: \w+)?|thinkpad|dell|lenovo|chromebook|surface|asus|acer|imac)\b", re.I
)
_FAVOURITE = re.compile(
    r"\b(?:fav(?:ou?rite|e|s)?|best|top|go-to|number one) (?:\w+ )?(?P<kind>show|series|film|movie|"
    r"book|band|song|album|restaurant|food|dish|meal|colou?r|game|team|drink|season|singer|author|"
    r"caf[eé]|podcast|sport|place|cake|dessert|pizza|tea|coffee|subject|toy|hobby|artist)\b",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"\b(?:(?:in|with|class with|teacher is) (?:Mrs?|Ms|Miss) (?P<v>[A-Z]\w+)|(?P<v2>[A-Z]\w+)'s "
    r"class)\b"
)
_ATTENDS = re.compile(
    r"\b(?i:started (?:school )?at|first (?:day|week|term) at|goes to|attends|enrolled at|(?:is|in "
    r"(?:year|grade|class|reception)(?: \w+)?|nursery|kindergarten) at|moved (?:up )?to) (?:the )?"
    r"(?P<v>[A-Z]\w+(?: [A-Z]\w+)*)"
)
_PUPIL = re.compile(
    r"\b(?:school|year \w+|grade|reception|nursery|kindergarten|class|primary|secondary|pupil|"
    r"infants|juniors|academy|first day)\b",
    re.IGNORECASE,
)
_COURSE = re.compile(
    r"\b(?:stud(?:ies|ying)|(?:first|second|third|final) year|batch|majoring|major|degree in|"
    r"enrolled in|reading (?=law|history|english|medicine))\b",
    re.IGNORECASE,
)
_BREAKFAST = re.compile(r"\b(?:breakfast|on (?:the |his |her |their )?toast|for lunch)\b", re.I)
_MORNING = re.compile(
    r"\b(?:coffee|tea|espresso|cappuccino|latte|matcha|rooibos|decaf|herbal|green tea|caffeine)\b",
    re.IGNORECASE,
)
_DRINKS = re.compile(r"\b(?:drinks?|drinking|has|have|first thing|mugs?|cups?|takes?)\b", re.I)
_LIVES_WITH = re.compile(
    r"\b(?:(?:lives?|living|shares? (?:a|the) (?:flat|house|place|apartment)|moved in) (?:\w+ )?"
    r"(?:with|alone|on (?:his|her|their) own|by (?:him|her|them)sel\w+))\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)
def topics_of(content: str) -> dict[str, str]:  # noqa: C901 - one line for each matter
    """Return the matters a statement is about, each with the words that give its value."""
    text, found = content[:600], dict[str, str]()
    if (match := _HOME.search(text)) is not None and _NO_HOME.search(text) is None:
        found["home"] = match["v"].lower()
    if (match := _WORK.search(text)) is not None and (match["job"] is None or is_job(match["job"])):
        found["work"] = text[match.end() :][:30].lower() or match[0].lower()
    if (mode := _MODE.search(text)) is not None and _COMMUTE.search(text) is not None:
        found["way to work"] = mode[0].lower()
    if (match := _WAKES.search(text)) is not None:
        found["waking"] = text[match.end() :][:8].strip().lower()
    for name, pattern in (("phone", _PHONE), ("computer", _DEVICE)):
        if (match := pattern.search(text)) is not None:
            found[name] = match["v"].lower()
    if (make := _make(text)) is not None:
        found["car"] = make
    if (match := _FAVOURITE.search(text)) is not None:
        found["favourite " + match["kind"].lower()] = _besides(text, match)
    if (match := _SCHOOL.search(text)) is not None:
        found["class"] = (match["v"] or match["v2"]).lower()
    if (match := _ATTENDS.search(text)) is not None and _PUPIL.search(text) is not None:
        found["school"] = match["v"].lower()
    if _COURSE.search(text) is not None:
        found["course"] = _COURSE.sub("", text).lower()[-30:]
    if (match := _LIVES_WITH.search(text)) is not None:
        found["lives with"] = text[match.end() :][:20].lower() or match[0].lower()
    if (drink := _MORNING.search(text)) is not None and _DRINKS.search(text) is not None:
        found["hot drink"] = drink[0].lower()
    if (match := _BREAKFAST.search(text)) is not None:
        found["meal " + match[0].lower().split()[-1]] = text.lower()[:40]
    return found


def _make(text: str) -> str | None:
    """The make named last: "the Golf went, it's a Skoda"."""
    for word in reversed(re.findall(r"[\w-]+", text)):
        lower = word.lower()
        if lower in CAR_MAKES and (lower not in _SMALL_WORDS or word[0].isupper()):
            return lower
    return None


def _besides(text: str, match: re.Match[str]) -> str:
    return (text[: match.start()] + text[match.end() :]).lower()[-40:]
