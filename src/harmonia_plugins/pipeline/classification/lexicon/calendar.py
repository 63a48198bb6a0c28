"""Words of time."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.inflection import words

WEEKDAYS = words("""
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri
    sat
""")
PLURAL_WEEKDAYS = words(
    "mondays tuesdays wednesdays thursdays fridays saturdays sundays weekdays weekends"
)
MONTHS = words("""
    january february march april may june july august september october november december jan feb
    mar apr jun jul aug sep sept oct nov dec
""")
HOLIDAYS = words("christmas easter halloween thanksgiving hanukkah ramadan diwali eid")
UNITS = words("""
    day days week weeks weekend weekends month months year years hour hours minute minutes decade
    morning afternoon evening night spring summer autumn fall winter semester term quarter
    fortnight fortnights
""")
ADVERBS = words("""
    really also always just still currently now recently actually absolutely truly honestly
    usually often sometimes generally normally mostly rarely seldom never only even simply totally
    completely quite very so rather pretty fairly extremely incredibly super too particularly
    especially definitely certainly probably maybe perhaps already finally eventually lately
    today kind sort secretly genuinely deeply strongly kinda literally basically mainly typically
    easily originally apparently officially all ever much bit little slightly somewhat constantly
    suddenly proudly personally lowkey terribly awfully dearly both usually regularly once twice
    successfully accidentally seriously desperately long soon then again almost nearly
    unbelievably insanely hugely immensely fully increasingly
""")
"""Adverbs that stand between a subject and its verb, or before an adjective."""
