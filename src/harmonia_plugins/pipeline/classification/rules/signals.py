"""Signs that several types share: when something is, and whether it happened.

Each name becomes a class that the rules of types can ask for.
"""

# One pattern a line, however long, is what lets the weights be compared.
# ruff: noqa: E501
# fmt: off

from __future__ import annotations

SIGNALS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "future",  # a fixed time to come
        (
            "tomorrow|tonight",
            "this|next|coming|on <weekday>",
            "<weekday> at|morning|evening|night|afternoon|lunchtime",
            "at|by|from|until|till|around <clock>",
            "at|by|until|till <digits> am|pm|a.m|p.m|o'clock|sharp",
            "at|by|until half|quarter|<number> past|to|o'clock|sharp|am|pm|in",
            "at|by <number> $",
            "at <digits> $",
            "on|by|until|before|from|for the <ordinal>",
            "on|for a? <holiday>",
            "on <month> <digits>|<ordinal>",
            "<digits>|<ordinal> of? <month>",
            "<month> the? <digits>|<ordinal>",
            "this evening|afternoon",
            "in <digits>|<number>|a|an day|days|hour|hours|minutes|week|weeks -<past>",
            "next week -want|hope|plan",
            "by|until|till|before tomorrow|<weekday>|noon|midnight",
            "<clock> on|each|every|sharp",
            "due on|by|in|at|tomorrow|next|this|<weekday>|<month>",
            "the day after tomorrow",
            "<weekday> the <ordinal>",
        ),
    ),
    (
        "recur",
        (
            "every|each <unit>|<weekday>|<holiday>|<month>",
            "every|each other|second|third|two|three|four|six|few|single|<digits>|<ordinal> <unit>|<weekday>",
            "on <weekdays>",
            "<weekdays> and|at|from|after|are|is|evenings|mornings",
            "weekly|daily|monthly|yearly|annually|fortnightly|biweekly|quarterly|nightly",
            "<number>|<digits>|once|twice|few times? a|per|each|every <unit>",
            "first|<ordinal> of each|every|the",
            "<ordinal> <weekday> of|in",
            "on weekday|<weekday> mornings|evenings|nights|afternoons",
        ),
    ),
    (
        "bygone",  # a time that is over
        (
            "yesterday",
            "ago",
            "last <unit>|<weekday>|<month>|<holiday>|time|august",
            "in <year>",
            "in|of|since <month> <year>",
            "back in|when|at|during",
            "when|while i|we was|were|<past>",
            "as a small|little|young? kid|child|teenager|student|boy|girl|baby",
            "the other day|week|night",
            "this morning|week|weekend",
            "over|during the weekend|summer|holidays|winter|break|easter",
            "on <weekday> -tomorrow",
            "earlier this|today",
            "in <number>|my the? twenties|teens|thirties|youth|childhood",
            "recently|finally|once|today <past>",
            "during my|our|the",
            "at MY ~ wedding|party|graduation|funeral",
            "after <doing>|<digits>|<number>|years|months",
            "in <month>",
            "in the nineties|eighties|seventies|sixties|90s|80s|70s|noughties",
            "the day|night|year|week before|after",
        ),
    ),
    (
        "vague",  # a time to come that nobody has fixed
        (
            "one|some day",
            "someday|sometime|eventually",
            "next|this year|summer|spring|autumn|winter|decade|month",
            "before i|we <doing>|turn|am|reach",
            "by the end|time",
            "by <year>|<month>|summer|spring|autumn|winter|christmas|next",
            "in|within the? future|next|coming|few|<number>|a|<digits> few|couple|<number>? ~ years|months|year",
            "at some point",
            "<unit> from now",
        ),
    ),
    (
        "told",  # the person's own deed in the past
        (
            "ME _ <past>",
            "ME _ had|came|became|ran|got|was|were",
            "ME HAVE _ <past>|been",
        ),
    ),
    (
        "happened",  # the person's own past
        (
            "ME _ <past>",
            "ME _ had|came|became|put|cut|hit|read|let|ran|shut|got",
            "ME _ ran",
            "ME and <family>|<social>|<name>|my ~ <past>",
            "MY ~ <past>",
            "MY ~ ran|came|had|became|was|were|got",
            "HAVE _ <past>|been|become",
            "ME was|were _ <past>|born|hit|at|in|on|invited|chosen|there",
            "someone|somebody|it|they|he|she|there _ <past>|was|were|had|came",
            "the ~ <past>",
            "<family>|<social>|<name>|<animal> _ <past>",
        ),
    ),
)
