"""Facts told outright: who somebody is, what they own, like or do, what changed in their life."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.extraction.cleaning import WORD
from harmonia_plugins.pipeline.extraction.lexicon import word_set

_STATES = (
    "vegan|vegetarian|pescatarian|married|single|divorced|engaged|widowed|pregnant|retired|"
    "allergic|intolerant|diabetic|asthmatic|celiac|coeliac|left-handed|right-handed|deaf|blind|"
    "colou?r-?blind|unemployed|self-employed|bilingual|autistic|dyslexic|born|based|called|named|"
    "originally|sober"
)
_ADVERBS = (
    r"(?:(?:also|now|still|currently|actually|really|both|just|already|never|not|\w+ly) ){0,3}"
)
_IS = re.compile(
    rf"(?:I|we) (?:am|are|was|were|have been|had been|became|got) {_ADVERBS}(?:no longer )?"
    rf"(?:(?:{_STATES})\b|from [A-Z]|(?:now|currently) (?:at|in|with|on|the)\b"
    rf"|\d{{1,3}}\b(?! (?:minutes?|hours?|percent))"
    r"|an? (?!bit|little|lot|mess|wreck|huge|long|good|great|few|couple|sucker|believer)\w)",
    re.IGNORECASE,
)
_PREFERS = re.compile(
    rf"I (?:would (?:much )?rather|{_ADVERBS}(?:do not |cannot )?(?:prefer|like|love|hate|adore"
    r"|dislike|enjoy|stand)) (?!it\b|that\b|this\b|them\b|these\b|those\b|how\b|what\b|when\b"
    r"|the (?:idea|way|sound|look|thought)|you|to (?:hear|see|know|be)\b|hearing|seeing|your)",
    re.IGNORECASE,
)
_HOLDS = re.compile(
    rf"(?:I|we) {_ADVERBS}(?:do not |no longer )?(?:live|work|study|teach|own|speak|drive|play"
    r"|smoke|drink|eat|go by|have (?:an?|two|three|four|five|no|six|\d+) "
    r"(?!lot|bit|few|good|great|feeling|question|idea|plan|chance|problem|look|ton|blast))\b",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    rf"(?:I|we) (?:have |had )?{_ADVERBS}(?:(?:moved|relocated) (?:in|to|from|out|back|into|house)|"
    r"(?:got|gotten) (?:a|an|two|three|married|engaged|divorced|promoted|fired|laid off)\b"
    r"(?! (?:lot|bit|chance|good|great|feeling|few))|"
    r"got (?:the|my|our) (?:\w+ )?(?:job|interview|results?|keys|place|part|role|offer|promotion"
    r"|all clear|licen[cs]e|visa|mortgage|flat|house)\b|"
    r"(?:bought|adopted|sold|swapped|switched|quit|left (?:my|the) (?:job|work|company|school"
    r"|husband|wife|partner|band|team|army)|lost my|started (?:a|at|my|working)|"
    r"joined|graduated|retired|resigned|rescheduled|broke up|split up|separated|passed|failed)\b|"
    r"turned \d|changed (?:my|our|jobs?)\b)|"
    r"(?:I|we) (?:am|are) (?:now )?(?:having a (?:baby|boy|girl)|expecting|moving (?:to|in|out"
    r"|from|back)|"
    r"getting (?:married|divorced|a)|leaving|switching)\b",
    re.IGNORECASE,
)
_MINE = re.compile(
    r"(?:my|our) (?:(?!is\b|was\b|are\b)[\w'-]+ ){1,4}?(?:is|are|was|were|has|died|passed away"
    r"|lives|works|"
    r"moved|got|started|studies|retired|graduated|had|gave birth|cannot (?:eat|have|drink"
    r"|drive|walk)"
    r"|only|eats|drinks|takes|weighs|smokes|speaks|hates|prefers|turns)\b(?! (?:so|really"
    r"|always) )",
    re.IGNORECASE,
)
_MINE_ENDS = re.compile(
    r"(?:my|our) [\w'-]+(?: [\w'-]+)? (?:died|left|moved|graduated|retired|quit|resigned)$",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:(?:the|my|our) (?:\w+ ){1,3}(?:is|are|was|were) (?:called|named)|(?:I|we) (?:named"
    r"|called) "
    r"(?:him|her|it|them|(?:the|my|our) \w+)) (?-i:[A-Z])",
    re.IGNORECASE,
)
_ALONE = re.compile(r"it is (?:just |only )?(?:me|us) and (?:my|our)\b", re.IGNORECASE)
_THIRD = re.compile(
    r"[A-Z][a-z]+ (?:now |just |also )?(?:is (?:now |still )?(?:in|at|from"
    r"|called) (?:the )?[A-Z]|(?:lives|works"
    r"|moved|studies) (?:in|at|to|as|for)\b|got (?:a|married|engaged|divorced)\b|died\b"
    r"|passed away\b"
    r"|(?:is|are) (?:now |still |very |really |also |severely |terribly )*(?:allergic|intolerant"
    r"|vegan|vegetarian|diabetic|pregnant|scared of|afraid of|on (?!the|my|fire|hold|track"
    r"|point|sale"
    r"|top|time|its|board|point|me|my|us|it|that|this|a roll)\w+|\d{1,3}$"
    r"|\d{1,3}[ ,](?!minutes|hours"
    r"|percent|%|miles|days|weeks))"
    r"|cannot (?:eat|have|drink|stand|swim|drive|walk)\b|only (?:eats|drinks|does|takes|likes"
    r"|wears)\b"
    r"|weighs \d|has gone (?:off|right off|vegan|vegetarian|back to|blind|deaf)\b)"
)
_FEELS = re.compile(
    r"I (?:am|was|have been|feel|felt|am feeling) (?:so |really |very |pretty |quite |still |a bit "
    r"|a little |just |super |absolutely |terribly )*(?:anxious|nervous|worried|scared|afraid"
    r"|terrified|stressed|depressed|lonely|homesick|heartbroken|devastated|ashamed|guilty|jealous"
    r"|angry|furious|burnt out|burned out|overwhelmed|exhausted"
    r"|grieving)\b(?: (?:out )?(?:about|of|by"
    r"|because|since|over|with|after|at|from|at)\b|$)",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:my|our|the) (?:[\w']+ ){0,3}?(?:code|pin|number|password|passcode|size|prescription"
    r"|postcode"
    r"|address|phone|height|weight|blood type|rent|salary|budget|username|plate|reference|dose) is "
    r"(?!so\b|very\b|really\b|not\b|a\b|the\b|too\b)\S",
    re.IGNORECASE,
)
_PRICED = re.compile(
    r"(?:I|we|the|my|our|[A-Z]\w+)\b.{0,60}?\b(?:costs?|pay|paid|pays|paying|charges?|is|are|spend|earn"
    r"|owe|lent)\b.{0,30}?(?:[£$€] ?\d|\b\d[\d.,]*k? ?(?:quid|pounds|euros?|dollars|bucks|grand"
    r"|(?:a|per) (?:month|week|year|hour|night|day))\b)",
    re.IGNORECASE,
)
_WEEKLY = re.compile(
    r"(?:[\w' ]{1,40} )?(?:is|are) (?:now )?on (?:mon|tues|wednes|thurs|fri|satur|sun)days\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"I am (?:off (?:sick|work|school)|on (?:the|crutches|holiday|leave|call|nights|antibiotics"
    r"|insulin|meds) ?(?!way|same|right|fence|edge|road|verge|lookout|hunt|other)\w*"
    r"|in (?:bed|hospital"
    r"|labour)|up since|stuck in)\b",
    re.IGNORECASE,
)
_NOT_NAMES = word_set("""
    there he she they life work everything everyone something music nature nothing somebody
    someone people one who what
""")
_IS_MINE = re.compile(r"(?:[A-Z][\w.'-]+ ){1,3}(?:is|are|was) (?:my|our)\b")
_WHEN = re.compile(
    r"\b(?:(?:is|are|was|got|has been|have been|is now|are now)\b.{0,30}?\b(?:moved|pushed"
    r"|changed|postponed|"
    r"rescheduled|cancelled|canceled|brought|delayed|called off)\b|(?:is|are|starts?|begins?"
    r"|leaves?) (?:now |actually )?(?:on|at) "
    r"(?:the )?(?:\d|mon|tues|wednes|thurs|fri|satur|sun|noon|midday))",
    re.IGNORECASE,
)
_OPENING_NOUN = re.compile(r"(?:the|my|our) ", re.IGNORECASE)
_REMARK = re.compile(r",\s+(?=(?:it|that|this|they) (?:is|was|are|were|feels?|felt)\b)")
_VAGUE = word_set("it you your yours this that these those thing things something")
_LEAST = 3


def is_plain(clause: str) -> bool:
    """Tell whether a clause in the first person is a fact told outright, however short."""
    clause = _REMARK.split(clause, maxsplit=1)[0]
    words = [word.lower() for word in WORD.findall(clause)]
    if _NAMED.match(clause) or _ALONE.match(clause):
        return True
    if len(words) < _LEAST or "if" in words or not _VAGUE.isdisjoint(words):
        return False
    patterns = (
        _IS,
        _PREFERS,
        _HOLDS,
        _CHANGED,
        _MINE,
        _MINE_ENDS,
        _IS_MINE,
        _THIRD,
        _FEELS,
        _LABELLED,
        _PRICED,
        _WEEKLY,
        _PLACED,
    )
    if any(pattern.match(clause) for pattern in patterns):
        return words[0] not in _NOT_NAMES
    return _OPENING_NOUN.match(clause) is not None and _WHEN.search(clause) is not None
