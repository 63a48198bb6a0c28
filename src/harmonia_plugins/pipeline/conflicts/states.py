"""States of life that exclude each other, however they are put: pregnant and born, single and wed.

Each row names what a belief may say and what ends it. `shared` asks for a common noun besides:
only the passed test ends the preparation for that test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_MEAT = r"(?:meat|chicken|steaks?|beef|pork|bacon|lamb|ham|sausages?|burgers?|ribs|kebabs?|turkey)"
_HOME = r"(?:flat|house|apartment|home|place|condo|cottage|studio)"
_EXAM = r"(?:tests?|exams?|finals|course|degree|certificate|licen[cs]e|diploma|thesis|grade)"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A state, what excludes it, and whether a common noun is needed."""

    state: re.Pattern[str]
    excluded_by: re.Pattern[str]
    shared: bool = False


def _row(state: str, excluded_by: str, *, shared: bool = False) -> Exclusion:
    return Exclusion(
        re.compile(rf"\b(?:{state})\b", re.IGNORECASE),
        re.compile(rf"\b(?:{excluded_by})\b", re.IGNORECASE),
        shared,
    )


EXCLUSIONS: tuple[Exclusion, ...] = (
    _row(
        r"(?:is|are|being|stays?) (?:still |happily |very )?single|never been married|"
        r"has no (?:girlfriend|boyfriend|partner)|^single",
        r"(?:is|are|got|getting) (?:now |happily |just |finally )?(?:married|engaged|dating|seeing)"
        r"|in a relationship|user's (?:wife|husband|girlfriend|boyfriend|fianc[eé]e?|new partner)|"
        r"user and \w+ are (?:together|an item|dating|engaged|married)|started (?:dating|seeing)|"
        r"going out with|met someone|is with someone",
    ),
    _row(
        r"(?:is|are|got) (?:now |just |finally )?engaged(?! in)|fianc[eé]e? is|user's fianc[eé]e?|"
        r"(?:is|are) getting married|wedding is",
        r"(?:is|are|got|were) (?:now |just |finally |officially )?married|user's (?:wife|husband)|"
        r"tied the knot|mr and mrs|called off (?:the|their) (?:wedding|engagement)|"
        r"broke off (?:the|their) engagement|(?:is|are) no longer engaged|wedding is off|"
        r"broke up|split up|is single",
    ),
    _row(
        r"(?:is|are) (?:happily |still )?married|in a happy marriage",
        r"divorced?|separated|split up|left (?:his|her|their) (?:wife|husband)|is single|widowed|"
        r"marriage is over",
    ),
    _row(
        r"(?:is|are|been|started) (?:dating|seeing|going out)|in a relationship|user's (?:girl|boy)"
        r"friend is|goes out with",
        r"broke up|broken up|split up|(?:is|are) over|is single|single again|dumped|parted ways|"
        r"called it quits|(?:is|are) no longer (?:together|dating|seeing)|ended things|"
        r"(?:is|are) engaged|(?:is|are|got) (?:now )?married",
    ),
    _row(
        r"pregnant|expecting (?:a |their |her )?(?:baby|twins|child)|baby is due|due date",
        r"gave birth|had (?:the|their|her|a) baby|baby (?:is|has) (?:here|arrived|been born|born)|"
        r"(?:was|is|were) born|false alarm|miscarr\w+|not pregnant|lost the baby",
    ),
    _row(
        r"(?:is|are|be|being) (?:still |back )?in (?:the )?hospital|hospitali[sz]ed|in intensive "
        r"care|on the ward",
        r"(?:home|back|out|discharged|released) (?:from|of) (?:the )?hospital|(?:was|been|got) "
        r"discharged|(?:is|are|came|got) (?:back )?home(?: again| now)?|passed away|died",
    ),
    _row(
        r"unemployed|between jobs|out of work|(?:looking|searching|hunting) for (?:an? )?(?:new )?"
        r"(?:job|work|position)|job[- ]?hunting|on the dole|jobless",
        r"(?:got|landed|found|accepted|took|started|starts|starting|begins|offered) (?:an? |the |"
        r"their |his |her )?(?:new |dream )?(?:job|position|role|work)|(?:was|got|been) hired|"
        r"first (?:day|week|shift) (?:at|as|in|with)|works (?:at|for|as)|(?:started|starts|starting"
        r"|begins) (?:working )?(?:at|as|with)|joined .{2,30} as",
    ),
    _row(
        rf"(?:looking|searching|hunting) for (?:an? )?(?:new |bigger |smaller |other )?{_HOME}|"
        rf"{_HOME}[- ]hunting",
        rf"found (?:an?|the|their|our) (?:\w+ )?{_HOME}|signed (?:the|a) (?:lease|contract)|"
        rf"moved in(?:to)?|bought (?:an?|the) (?:\w+ )?{_HOME}|keys to",
    ),
    _row(
        r"rents?|renting|is a tenant",
        rf"bought (?:an?|the|their|our) (?:\w+ ){{0,2}}{_HOME}|owns (?:an?|the|their) (?:\w+ )?"
        rf"{_HOME}|got (?:the|a) mortgage|{_HOME}owner",
    ),
    _row(
        r"is (?:an? )?(?:\w+ )?student|studies|studying|is (?:at|in) (?:uni|university|college)|"
        r"in (?:his|her|their) (?:first|second|third|fourth|final|last) year",
        r"graduated|graduation was|(?:finished|completed|done with) (?:uni|university|college|"
        r"(?:his|her|their) (?:degree|studies|master's|bachelor's))|dropped out|quit (?:uni|"
        r"university|college)|left (?:uni|university|college)|got (?:his|her|their) (?:degree|"
        r"diploma)",
    ),
    _row(
        r"smok(?:es?|ing|er)|cigarettes?|vap(?:es|ing)",
        r"(?:quit|stopped|gave up|given up|no longer|kicked|off the) (?:\w+ )?(?:smok\w+|vap\w+|"
        r"cigarettes?|cigs|fags|habit)|smoke[- ]free|non-?smoker|(?:without|since (?:\w+ )?last) "
        r"(?:a )?(?:cigarette|smoke|fag)|not (?:smoked|touched a cigarette)|last cigarette|"
        r"has not smoked|does not smoke",
    ),
    _row(
        r"(?:is|are|being|been|as an?|strictly|stays?) (?:\w+ )?(?:vegetarian|vegan|veggie|"
        r"plant[- ]based)|does not eat meat|eats no meat",
        rf"(?:eats?|eating|back (?:on|to|eating)|having|had|started|craves?|ordered) (?:\w+ )?"
        rf"{_MEAT}|no longer (?:an? )?(?:vegetarian|vegan|veggie)|not (?:an? )?(?:vegetarian|vegan|"
        r"veggie) any ?more|vegan thing is|fish on .{1,12}plate|(?:stopped|quit|"
        r"gave up) being (?:an"
        r"? )?(?:vegetarian|vegan|veggie)",
    ),
    _row(
        rf"(?:eats?|eating|loves?|likes?|has|have|having) (?:\w+ )?{_MEAT}|"
        rf"favourite .{{0,20}}{_MEAT}",
        r"(?:is|are|been|became|went|turned|gone|going) (?:\w+ )?(?:vegetarian|vegan|veggie|"
        r"plant[- ]based)|no longer eats? meat|(?:gave|given) up meat|stopped eating meat|"
        r"off meat|meat[- ]free|does not eat meat|quit meat",
    ),
    _row(
        r"drinks (?:wine|beer|alcohol)|has a (?:glass|pint) of|(?:wine|beer) (?:with|every)",
        r"sober|teetotal|(?:gave|given) up (?:alcohol|drinking|booze)|off the (?:booze|drink|wine)|"
        r"(?:stopped|quit) drinking|no longer drinks|alcohol[- ]free|does not drink",
    ),
    _row(
        r"(?:on|uses|with) crutches|in a (?:cast|boot|sling)|in plaster|wears a (?:cast|brace)",
        r"(?:cast|boot|sling|plaster|brace) (?:is|came|has come|was) (?:off|"
        r"removed|gone|taken off)|"
        r"off (?:the )?crutches|walking (?:again|without)|out of the (?:cast|boot|sling)",
    ),
    _row(
        rf"(?:learning|training|studying|preparing|practi[sc]ing|revising|prepping|taking lessons|"
        rf"working) (?:for|to|towards)|wants to (?:pass|get|finish)|has (?:an?|the|their) .{{0,20}}"
        rf"{_EXAM} (?:on|in|next)|(?:exam|test) is (?:on|in|next)",
        r"passed|failed|aced|completed|finished|ran (?:it|the|his|her|their)|got (?:his|her|their) "
        r"(?:licen[cs]e|certificate|degree|diploma)",
        shared=True,
    ),
    _row(
        r"(?:saving|saves?|saving up|hoping|planning|plans|wants|would like|wishes|dreams|going|"
        r"intends|looking) (?:up )?(?:for|to|of|on) ",
        r"(?:bought|finally got|ordered|decided against|cancelled|called off|gave up on|no longer|"
        r"not going|has given up|changed .{2,8} mind|off the table|is off|fell through|scrapped)",
        shared=True,
    ),
    _row(
        r"(?:waiting|applied|applying|hoping) (?:for|to)|has applied|on the waiting list",
        r"(?:got|received|was|been|were) (?:\w+ )?(?:the|in|accepted|approved|rejected|turned down|"
        r"granted|offered)|arrived|came through|withdrew",
        shared=True,
    ),
    _row(
        r"(?:is|are|been) (?:\w+ )?(?:broken|leaking|cracked|faulty|stuck|"
        r"out of order|lost|missing|"
        r"at the garage|in repair)|does not work|stopped working|has lost|lost (?:his|her|their)|"
        r"cannot find",
        r"(?:is|was|got|been|are|has been) (?:\w+ )?(?:fixed|repaired|mended|sorted|replaced|found|"
        r"back)|works again|fixed (?:the|his|her|their)|repaired|found (?:the|his|her|their)|"
        r"turned up",
        shared=True,
    ),
)


@lru_cache(maxsize=8192)
def _held(content: str) -> frozenset[int]:
    return frozenset(n for n, row in enumerate(EXCLUSIONS) if row.state.search(content))


@lru_cache(maxsize=8192)
def _ending(content: str) -> frozenset[int]:
    return frozenset(n for n, row in enumerate(EXCLUSIONS) if row.excluded_by.search(content))


def states_of(content: str) -> tuple[frozenset[int], frozenset[int]]:
    """Return the rows whose state a statement tells, and those whose state it ends."""
    return _held(content), _ending(content)


def excludes(new: str, old: str) -> Exclusion | None:
    """Return the row by which a statement ends what a belief says, or None.

    A belief that itself tells how the state ended is not ended by it.
    """
    rows = (_ending(new) & _held(old)) - _ending(old)
    return EXCLUSIONS[min(rows)] if rows else None
