"""The table of predicates: how everyday English says that a subject has a value.

Rows are tried in order and the first that fits wins. `{}` in an attribute is filled with the
group `kind`. A row that may not fit by its words alone names a check on the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from harmonia_plugins.pipeline.slots.words import is_job

_BE = r"(?:is|are|was|has been|have been|became|becomes?|has become|got|will be)"
_V = r"(?P<v>.+)"


def _any(_: str) -> bool:
    return True


def _proper(value: str) -> bool:
    """A name or a place: something in it begins with a capital."""
    return any(word[:1].isupper() for word in value.split())


def _place(value: str) -> bool:
    """Where one can live; a job, a team or a later slot of the day is none."""
    return not re.search(
        r"\b(?:team|department|role|position|project|shift|job|company|firm|"
        r"desk|monday|tuesday|wednesday"
        r"|thursday|friday|saturday|sunday|\d+ ?(?:am|pm)|next level|decaf|\d{4})\b",
        value,
        re.IGNORECASE,
    )


def _employer(value: str) -> bool:
    """Whom one works for; places to work from, times and topics are none."""
    return not re.match(

            r"(?:home|night|nights|weekends?|the moment|present|the office|free|"
            r"fun|hours|\d|money|least)\b", value, re.I
    )  # fmt: skip


def _trade(value: str) -> bool:
    return is_job(value)


@dataclass(frozen=True, slots=True)
class Row:
    """One way to say it: the pattern of a whole predicate, the attribute, and its nature."""

    pattern: re.Pattern[str]
    attribute: str
    fits: Callable[[str], bool] = _any
    functional: bool | None = None
    negated: bool = False


def _row(
    pattern: str,
    attribute: str,
    fits: Callable[[str], bool] = _any,
    *,
    functional: bool | None = None,
    negated: bool = False,
) -> Row:
    compiled = re.compile(rf"^(?:{pattern})$", re.IGNORECASE | re.DOTALL)
    return Row(compiled, attribute, fits, functional, negated)


ROWS: tuple[Row, ...] = (
    # Who one is.
    _row(rf"(?:is|was) (?:called|named|known as|spelled|spelt) {_V}", "name"),
    _row(rf"(?:goes by|is now called|changed (?:his|her|their) name to) {_V}", "name"),
    _row(
        r"(?:is|has turned|turned|turns|is turning|has just turned|just turned)"
        r" (?:now )?(?:already )?(?P<v>\d{1,3}|(?:twenty|thirty|forty|fifty|"
        r"sixty|seventy|eighty|ninety)(?:[- ]\w+)?)(?: years?(?: old)?| months? "
        r"old| weeks? old)?(?: now| today| yesterday| (?:last|this|in|on) .{1,30})"
        r"?",
        "age",
    ),
    _row(r"(?:is|was) (?P<v>\w+ (?:year|month|week)s? old)", "age"),
    _row(rf"(?:was|is) born on {_V}", "birthday"),
    _row(
        r"(?:is from|comes? from|was born in|grew up in|was raised in|is originally "
        rf"from|originates from) {_V}",
        "origin",
    ),
    _row(rf"(?:weighs?|is weighing|now weighs) {_V}", "weight"),
    _row(r"(?:is|stands) (?P<v>.{1,30}) tall", "height"),
    # Where one lives.
    _row(
        r"(?:(?:has |have )?moved|has relocated|relocated|has been relocated|"
        rf"emigrated|immigrated|moved back|returned|moved away) (?:with .{{1,40}} "
        rf")?from (?P<old>.{{1,60}}?) (?:back )?(?:in)?to {_V}",
        "home",
        _place,
    ),
    _row(
        r"(?:(?:has |have )?moved|relocated|has relocated|emigrated|has emigrated)"
        r" (?:back |house |home |over |out |down |up |again |apartments? |flats? "
        r")?(?:(?:in)?to|in) (?!with\b)(?P<v>.+?) from (?P<old>.+)",
        "home",
        _place,
    ),
    _row(
        r"(?:(?:has |have )?moved|relocated|has relocated|emigrated|has emigrated)"
        r" (?:back |house |home |over |out |down |up |again |apartments? |flats? "
        rf")?(?:with (?:his|her|their) \w+ )?(?:(?:in)?to|in) (?!with\b){_V}",
        "home",
        _place,
    ),
    _row(
        r"(?:lives?|lived|living|is living|has lived|has been living|resides?|"
        r"is residing|is based|is settled|has settled|settled|has settled down|"
        r"settled down|is at home|makes? (?:his|her|their) home|rents|is renting|owns a "
        r"(?:house|flat|home)|has (?:his|her|their) home|found a (?:flat|house|"
        r"place|apartment)|bought a (?:flat|house|place|apartment)) (?:over "
        rf"|out |up |down |now |(?:an? |the )?[\w ]{{0,25}} )??(?:in|near|at|"
        rf"outside|just outside|close to|on the outskirts of) {_V}",
        "home",
        _place,
    ),
    # Work.
    _row(
        r"(?:has |have )?(?:accepted|got|took|landed|starts?|started|was offered)"
        r" (?:an? |the |his |her |their )?(?:new )?(?:job|position|role|post) as"
        r" (?P<v>.+?)(?: (?:at|for|with|in) .+)?",
        "job",
    ),
    _row(
        r"(?:works?|worked|working|is working|has been working|is employed|was "
        r"employed|started|has started|starts) (?:as|like) (?P<v>.+?)(?: (?:at|"
        r"for|with|in) .+)?",
        "job",
    ),
    _row(
        r"(?:works?|is working) (?P<v>(?:fully |completely )?(?:remotely|hybrid|"
        r"on-?site|in person))(?: .{0,30})?",
        "workplace",
    ),
    _row(rf"(?:works?|working|is working) (?:from|out of) {_V}", "workplace"),
    _row(
        r"(?:lives?|is living) (?P<v>alone|by (?:himself|herself|themselves|"
        r"themself)|on (?:his|her|their) own)(?: .{0,30})?",
        "lives with",
        functional=True,
    ),
    _row(
        r"(?:lives?|is living|moved in|has moved in|shares a (?:flat|house|place)"
        rf") (?:together )?with {_V}",
        "lives with",
    ),
    _row(
        rf"(?:has )?switched (?:jobs|employers|companies) (?:from (?P<old>.{{1,60}}?) )?to {_V}",
        "employer",
    ),
    _row(
        r"(?:works?|worked|working|is working|has been working|is employed|was "
        r"employed|volunteers full-time|(?:has |have )?(?:start(?:s|ed)?|took|"
        r"accepted|got|landed|found|has|begun|began|is starting)(?: working|"
        r" work| (?:his|her|their|a|an) (?:new )?(?:[\w-]+ ){0,3}(?:job|position|"
        r"role|post|internship|contract))?|has an? (?:[\w-]+ ){0,3}(?:job|"
        r"position|role)|got hired|was hired|interns|transferred|signed) (?:at|"
        r"for|with|by) (?P<v>.+?)(?: as .+)?",
        "employer",
        _employer,
    ),
    _row(
        r"(?:has )?(?:recently )?(?:joined|moved (?:jobs )?(?:over )?to work "
        r"(?:at|for)|switched employers? to) (?P<v>.+?)(?: as .+)?",
        "employer",
        lambda v: (
            _proper(v)
            and not re.search(
                r"\b(?:club|gym|team|choir|band|group|class|league|society)\b", v, re.I
            )
        ),
    ),
    _row(
        r"(?:is|are) (?:self-employed|freelanc\w*|retired|unemployed|between "
        rf"jobs|out of work|a stay-at-home \w+)(?: .{0, 40})?(?P<v>)",
        "job",
    ),
    _row(
        r"(?:has )?(?:retired|was laid off|got laid off|was made redundant|was "
        r"fired|got fired|lost (?:his|her|their) job|quit (?:his|her|their) "
        rf"job|resigned)(?: (?:from|at|by|with) {_V})?",
        "employer",
        negated=True,
    ),
    _row(rf"(?:was|got|has been|is) promoted to {_V}", "job"),
    _row(
        r"(?:has )?(?:retrained|requalified|(?:switched|changed) careers?)(?: "
        rf"from (?P<old>.{{1,60}}?))? (?:as|to|into) {_V}",
        "job",
    ),
    _row(rf"{_BE} (?:an? |the |now an? )?{_V}", "job", _trade),
    # Whom one is with.
    _row(
        r"(?:(?:is|got|has got|are|has been) (?:now |happily |recently )?(?P<v>(?:re)"
        r"?married|single|engaged|divorced|separated|widowed|in a relationship|"
        r"dating|seeing|in a civil partnership)(?P<more>\b.*))",
        "relationship",
    ),
    _row(
        r"(?P<v>married|dates|is dating|is seeing|is going out with|started dating)(?P<more> .+)",
        "relationship",
        _any,
    ),
    _row(
        r"(?:has |have )?(?:broke up|broken up|split up|split|separated|got "
        rf"divorced|parted ways)(?: (?:with|from) {_V})?",
        "relationship",
        negated=True,
    ),
    _row(
        rf"(?:has )?(?:divorced|left|dumped) {_V}",
        "relationship",
        lambda v: (
            re.search(r"\b(?:wife|husband|girlfriend|boyfriend|partner|fianc\S*)\b", v) is not None
        ),
        negated=True,
    ),
    # Diet and body.
    _row(
        rf"(?:{_BE}|went|turned|has gone|has turned|goes|stays?|identifies as|"
        r"switched to being) (?:an? )?(?:now )?(?P<v>(?:lacto-|ovo-)?(?:strict "
        r"|mostly )?(?:vegetarian|vegan|pescatarian|pescetarian|flexitarian|"
        r"omnivore|carnivore|gluten-free|dairy-free|plant-based|keto|halal|kosher)"
        r"\b.*)",
        "diet",
    ),
    _row(
        r"(?:follows?|is on|started|is following|switched to|eats|keeps) (?:an? "
        r")?(?:strict )?(?P<v>(?!no\b|a lot\b)[\w-]+(?: [\w-]+)?) diet",
        "diet",
    ),
    _row(rf"(?:is|are|was) (?:\w+ )?allergic to {_V}", "allergy"),
    _row(r"has (?:an? )?(?:\w+ )?(?P<v>[\w ]{1,30}) allergy", "allergy"),
    _row(r"has an? allergy to (?P<v>.+)", "allergy"),
    # What one has and uses.
    _row(
        r"(?:drives?|is driving|has started driving|switched to driving) (?!to\b|"
        r"for\b|home\b|an? (?:hour|lot|bus|taxi|truck for)\b)(?P<v>.+)",
        "car",
    ),
    _row(rf"supports? (?!the idea|h[ie][sr]\b|their\b){_V}", "team", _proper),
    _row(rf"(?:banks?|is banking) with {_V}", "bank"),
    _row(
        r"(?:wakes? up|gets? up|is up|rises|sets (?:his|her|their) alarm)(?: "
        r"every (?:day|morning))? (?:at|for|around|by|before) (?P<v>.+)",
        "wakes up",
    ),
    _row(
        r"(?:goes to (?:bed|sleep)|falls asleep|is in bed) (?:at|around|by|before) (?P<v>.+)",
        "goes to bed",
    ),
    _row(
        r"(?:commutes?|gets to work|goes to work|travels to work|gets to the "
        r"office|goes to the office)(?: to work)? (?:by|on|with|using) (?P<v>.+)",
        "commute",
    ),
    _row(
        r"(?P<v>cycles?|walks?|drives?|bikes?|runs?|cycling|walking|driving|"
        r"biking) to (?:work|the office)(?: .{0,30})?",
        "commute",
    ),
    _row(r"takes (?P<v>.+) to (?:work|the office|school)", "commute"),
    _row(r"(?:pays?|is paying) (?P<v>.+?) (?:\w+ )?(?:in|for|of) rent.*", "rent"),
    _row(r"(?:earns|makes) (?P<v>[€$£]?\d.+)", "salary"),
    # What one is at just now.
    _row(
        r"(?:is reading|is currently reading|started reading|has started reading|"
        rf"is re-?reading) {_V}",
        "reading",
    ),
    _row(
        r"(?:is watching|started watching|has started watching|is bingeing|is "
        rf"binge-watching) {_V}",
        "watching",
    ),
    _row(
        r"(?:is working on|started working on|has started working on|is assigned "
        rf"to|was assigned to|moved to the project) {_V}",
        "project",
    ),
    _row(
        r"(?:studies|is studying|majors in|is majoring in|started studying|switched "
        r"(?:his|her|their) (?:major|degree|studies) to|changed (?:his|her|their)"
        r" major to|is doing a degree in) (?!for\b|at\b|in\b)(?P<v>.+?)(?: (?:at|"
        r"in) [A-Z].*)?",
        "studying",
    ),
    _row(
        r"(?:studies|is studying|goes to (?:school|college|university|uni)|is "
        rf"enrolled|is a student|transferred) (?:at|in|to) {_V}",
        "school",
        _proper,
    ),
    _row(
        r"(?:is training|trains|has started training|started training|switched "
        rf"to training) for {_V}",
        "training for",
    ),
    # Tastes.
    _row(
        r"(?:is|are|became|has become) (?:now )?(?:user's|his|her|their|my) "
        r"(?:new |current |absolute |all-time )*favou?rite (?P<kind>[\w ]{2,30}?)"
        r"(?: now)?(?P<v>)",
        "favourite {}",
    ),
    _row(
        r"(?:has|have) (?:a |an )?(?:new )?favou?rite (?P<kind>[\w ]{2,30}?)"
        r"(?: now)?(?:,| is|:| called| named) (?P<v>.+)",
        "favourite {}",
    ),
    _row(r"prefers? (?P<v>.+?) (?:to|over|rather than|instead of) (?P<old>.+)", "prefers"),
    _row(rf"prefers? {_V}", "prefers"),
    _row(
        r"(?:(?:really |absolutely )?(?:likes?|loves?|enjoys?|adores?|appreciates?)"
        r"|liked|loved|is (?:\w+ )?(?:fond of|into|keen on|crazy about|obsessed "
        r"with|a (?:big |huge )?fan of|passionate about)|started (?:to like|"
        r"liking|loving)|got into|has fallen in love with|fell in love with)"
        rf" {_V}",
        "likes",
    ),
    _row(
        r"(?:hates?|dislikes?|loathes?|detests?|despises?|can(?:not|'t| not)"
        r" stand|is (?:sick|tired) of|avoids?|is not a fan of|went off|has gone "
        rf"off) {_V}",
        "dislikes",
    ),
    _row(rf"(?:speaks?|is fluent in|is a native speaker of) {_V}", "language"),
    # Events.
    _row(
        r"(?:is|was|got|has|has been|will be|is being|are|were)?(?: now| been)"
        r"* ?(?:moved|rescheduled|postponed|pushed(?: back| forward| out)?|brought "
        r"forward|shifted|changed|put (?:back|off)|delayed)(?: by .{1,20})?(?: "
        r"from (?P<old>.{1,40}?))? (?:to|until|till) (?P<v>.+)",
        "when",
    ),
    _row(
        r"(?:is|was|are|will be|takes place|starts?|begins?|happens?|ends?|leaves|"
        r"departs|opens?|closes?|has been set|is set|is scheduled|is planned|"
        r"is booked|is due|falls)(?: now| scheduled)?(?: for| on| at| in| by)"
        r"? (?P<v>(?:(?:on|at|for|the|next|this|every|each) )*(?:(?:mon|tues|"
        r"wednes|thurs|fri|satur|sun)days?|(?:jan(?:uary)?|feb(?:ruary)?|march|"
        r"april|may|june|july|august|sept(?:ember)?|oct(?:ober)?|nov(?:ember)"
        r"?|dec(?:ember)?) \d{1,2}\b|\d{1,2}(?:st|nd|rd|th)?(?: of)? (?:january|"
        r"february|march|april|may|june|july|august|september|october|november|"
        r"december)|\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|o'clock)?\b(?! years| months|"
        r" weeks| people|%| ?k)|noon|midnight|tomorrow|in (?:january|february|"
        r"march|april|may|june|july|august|september|october|november|december)"
        r"|(?:january|february|march|april|may|june|july|august|september|october|"
        r"november|december)\b)(?:[ ,].{0,60})?)",
        "when",
    ),
)
"""Every row, most specific first."""
