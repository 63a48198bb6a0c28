"""The words by which a speaker says that something changed, ended, was wrong, or is only added."""

from __future__ import annotations

import re

CHANGES = re.compile(
    r"\b(?:now|nowadays|these days|at the (?:min|moment)|instead|no longer|any ?more|"
    r"switch(?:ed|ing)|chang(?:ed|ing)|replac(?:ed|ing|es)|moved|renamed|raised|upgraded|swapped|"
    r"traded|since then|from (?:now|here) on|from (?:tomorrow|monday|tuesday|wednesday|thursday|"
    r"friday|saturday|sunday|this|next)|latest|lately|moved on|rescheduled|updated?|anew|as of|"
    r"(?:an?|his|her|their|my|our|the|user[\'’]s) (?:brand[- ])?new|shift change|"
    r"change of|goes by|went (?:up|down|over|back)|"
    r"gone (?:back|over|up|down)|bumped|jumped|shifted|pushed|postponed|brought forward|put back|"
    r"delayed|dropped to|rose to|turned into|became|has become|back to|back on|"
    r"taken (?:over|the crown)|took over|converted|promoted|transfer(?:red)?|turns? out|"
    r"(?:just|recently|finally|officially) (?:\w+ed|got|went|began|bought|left|quit|became)|"
    r"(?:first|second) (?:day|week|month|shift) (?:at|as|in|with|of|on|back)|"
    r"(?:day|week|month) (?:one|two|three|1|2|3) (?:as|at|in|of|with)|"
    r"start(?:ed|ing|s)|joined|since (?:last|this|yesterday|today)|bye|goodbye|farewell|done with|"
    r"finished with|given up|gave up|packed in|handed (?:back|in|over)|got rid|ditched|binned|"
    r"cancell?ed|sold|quit|stopped|it is .{2,40} for (?:me|user|them|us))\b",
    re.IGNORECASE,
)
"""A change is announced, in whatever words."""

MOVES = re.compile(
    r"\b(?:now|instead|moved|rescheduled|changed|shift(?:ed|s)|jump(?:ed|s)|bump(?:ed|s)|"
    r"push(?:ed|es)|postponed|delayed|brought forward|put (?:back|off|forward)|no longer|"
    r"any ?more|raised|rais(?:es|ing)|increased|lowered|reduced|cut|dropped|rose|went (?:up|down)|"
    r"(?:has )?gone (?:up|down)|(?:goes|going) (?:up|down)|put (?:it |the \w+ )?(?:up|down)|"
    r"hiked|upped|up to|down to|up from|down from|new|latest|as of|from now on|these days|"
    r"swapped|switched|updated?|grown|lost|gained|bigger|smaller|earlier|later|latest|"
    r"just (?:turned|started)|became|since)\b",
    re.IGNORECASE,
)
"""A date or a number is not what it was."""

CORRECTS = re.compile(
    r"\b(?:actually|sorry|correction|(?:i|user|they) (?:meant|misread|misspoke|mistyped|"
    r"misremembered|was wrong|were wrong|got (?:that|it|this|the \w+) wrong)|my (?:mistake|bad)|"
    r"user's mistake|turns out|turned out|mixed (?:it |them |that )?up|mix-up|muddled|in fact|"
    r"should (?:be|have been|read|have said|say)|not \w+(?: \w+)? after all|after all|"
    r"(?:double|re)[- ]?checked|checked again|looked (?:again|it up|properly)|"
    r"(?:have |has )?read (?:it )?again|"
    r"(?:told|said|put|had|got|wrote|gave) (?:\w+ ){0,3}wrong(?:ly)?|wrong|typo|slip of|oops|"
    r"whoops|scratch that|rather|strike that|that's not right|not right|misheard|incorrect)\b",
    re.IGNORECASE,
)
"""What was said before was a mistake."""

ADDS = re.compile(
    r"\b(?:also|too(?=[,.;!]|$)|as well|another|second|third|besides|in addition|"
    r"additionally|one more|both|"
    r"on top of|plus|still|sometimes|occasionally|on the side|extra|adding|added|alongside|"
    r"now and then|part[- ]time|side (?:job|gig|hustle)|at weekends|on (?:the )?weekends?|"
    r"on saturdays|on sundays|in the evenings?|apart from|other than|(?:an?|the|my|her|his|their)"
    r" other|spare)\b",
    re.IGNORECASE,
)
"""It comes on top of what is there."""

_BOUND = (
    r"(?=$|[,.;:!?(]| and | but | because | so | as | since | for | to | in the week| on \d| in \d|"
    r" on the | yesterday| today| last | this | next | after | when | who | which | too | with |"
    r" from | at | altogether| completely| in (?:january|february|march|april|may|june|july|"
    r"august|september|october|november|december|spring|summer|autumn|winter)| - )"
)
OVER = re.compile(
    r"\b(?P<what>[\w'-]+(?: [\w'-]+){0,3}?)(?:'s| is| are| has been| have been| was| were| got) "
    r"(?:now |all |finally |officially )?(?:off the (?:menu|table|cards|list)|off limits|banned|"
    r"over(?=$|[,.;!])|history|gone|finished|cancelled|closed(?: down)?|sold|no more|out of the "
    r"window|behind (?:him|her|them|user|me))\b"
    r"|\bno (?:more )?(?P<gone>[\w'-]+(?: [\w'-]+){0,2}?)(?: here| there)? any ?more\b"
    r"|\b(?:lets?) (?:his |her |their |the )?(?P<lapsed>[\w'-]+(?: [\w'-]+){0,3}?) (?:lapse|expire"
    r"|run out|go)\b",
    re.IGNORECASE,
)
"""Something is over, told of the thing itself."""

ENDS = re.compile(
    r"\b(?:cancell?ed|closed(?: down)?|sold|got rid of|gotten rid of|quit|stopped|dropped|ditched|"
    r"binned|scrapped|given up(?: on)?|gave up(?: on)?|gave away|given away|done with|"
    r"finished with|unsubscribed from|left|resigned (?:from|as)|stepped (?:down|back) (?:from|as)|"
    r"dropped out of|packed in|jacked in|handed (?:in|back|over)|cut out|ended|deleted|"
    r"terminated|returned|lost interest in|fell out of love with|off|retired from|"
    r"no longer (?:\w+s|has|have|eats?|do|does|goes?|go|a|the|in|at|with)|"
    r"(?:does not|doesn't|do not|don't|is not|isn't|not) (?:\w+ing |\w+ )?)"
    rf" (?:up |off |out |of )?(?P<what>[^,.;:!?]{{2,60}}?){_BOUND}",
    re.IGNORECASE,
)
"""Something came to its end; `what` is it."""

TAKES_BACK = re.compile(
    r"\b(?:scrap|wipe|strike|bin|delete|remove|erase|forget|ignore|disregard|drop|scratch|"
    r"take back|takes? back|discard|undo|lose|pretend|act like|cross out|unsay|"
    r"told (?:you )?stories"
    r"|made (?:it|that|this|them|all that) up|pure fiction|was (?:joking|kidding|lying|testing)|"
    r"messing about|not true|isn't true|wasn't true|untrue|false alarm|lied about|invented)\b",
    re.IGNORECASE,
)
"""What was said is to be taken back."""
