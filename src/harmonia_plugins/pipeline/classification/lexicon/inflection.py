"""Word lists and the regular forms of English words in them."""

from __future__ import annotations

from collections.abc import Iterable

_VOWELS = "aeiou"
# Verbs of more than one syllable whose stress is on the last one double their end.
_DOUBLING = frozenset(
    {"admit", "commit", "permit", "prefer", "regret", "submit", "refer", "occur", "upset"}
)

IRREGULAR = {
    line.split()[0]: tuple(line.split()[1:])
    for line in """
    arise arose arisen|awake awoke awoken|beat beat beaten|become became become
    begin began begun|bend bent|bet bet|bite bit bitten|bleed bled|blow blew blown
    break broke broken|breed bred|bring brought|build built|burn burnt burned|buy bought
    catch caught|choose chose chosen|cling clung|come came come|cost cost|creep crept|cut cut
    deal dealt|dig dug|do did done|draw drew drawn|dream dreamt dreamed|drink drank drunk
    drive drove driven|eat ate eaten|fall fell fallen|feed fed|feel felt|fight fought|find found
    flee fled|fly flew flown|forget forgot forgotten|forgive forgave forgiven|freeze froze frozen
    get got gotten|give gave given|go went gone|grow grew grown|hang hung|have had|hear heard
    hide hid hidden|hit hit|hold held|hurt hurt|keep kept|kneel knelt|know knew known|lay laid
    lead led|lean leant leaned|learn learnt learned|leave left|lend lent|let let|lie lay lain
    lose lost|make made|mean meant|meet met|overcome overcame overcome|pay paid|put put|quit quit
    read read|rebuild rebuilt|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said
    see saw seen|sell sold|send sent|set set|sew sewed sewn|shake shook shaken|shine shone
    shoot shot|show showed shown|shrink shrank shrunk|shut shut|sing sang sung|sink sank sunk
    sit sat|sleep slept|slide slid|speak spoke spoken|spend spent|spill spilt spilled|spin spun
    split split|spread spread|stand stood|steal stole stolen|stick stuck|sting stung
    swear swore sworn|sweep swept|swim swam swum|take took taken|teach taught|tear tore torn
    tell told|think thought|throw threw thrown|understand understood|wake woke woken|wear wore worn
    weep wept|win won|withdraw withdrew withdrawn|write wrote written|rewrite rewrote rewritten
    """.replace("\n", "|").split("|")
    if line.strip()
}
"""Base form to its past tense and participles."""


def words(text: str) -> frozenset[str]:
    """The words of a list; `_` stands for a space inside one entry."""
    return frozenset(word.replace("_", " ") for word in text.split())


def past(verb: str) -> tuple[str, ...]:
    """Past tense and participle of a verb."""
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    return (_joined(verb, "ed"),)


def third(verb: str) -> str:
    """The form after he, she or it."""
    if verb == "have":
        return "has"
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return f"{verb[:-1]}ies"
    return f"{verb}s"


def gerund(verb: str) -> str:
    """The -ing form."""
    if verb.endswith("ie"):
        return f"{verb[:-2]}ying"
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")) and verb != "be":
        return f"{verb[:-1]}ing"
    return _joined(verb, "ing")


def forms(verb: str) -> tuple[str, ...]:
    """Every form of a verb."""
    return (verb, third(verb), gerund(verb), *past(verb))


def verb_forms(verbs: Iterable[str]) -> frozenset[str]:
    """Every form of every verb."""
    return frozenset(form for verb in verbs for form in forms(verb))


def noun_forms(nouns: Iterable[str]) -> frozenset[str]:
    """Singular and plural of every noun."""
    return frozenset(form for noun in nouns for form in (noun, plural(noun)))


def plural(noun: str) -> str:
    """The regular plural."""
    if noun.endswith("fe"):
        return f"{noun[:-2]}ves"
    return third(noun) if noun != "have" else noun


def _joined(verb: str, end: str) -> str:
    if verb.endswith("e"):
        return verb + end[1:] if end == "ed" else verb + end
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return f"{verb[:-1]}i{end}" if end == "ed" else verb + end
    return verb + verb[-1] + end if _doubles(verb) else verb + end


def _doubles(verb: str) -> bool:
    """One short vowel before one last consonant, as in "plan"."""
    if verb in _DOUBLING:
        return True
    head = verb[:-2]
    return (
        len(verb) > 2
        and verb[-1] not in "aeiouwxyhc"
        and verb[-2] in _VOWELS
        and not any(char in _VOWELS for char in head)
    ) or verb in ("travel", "cancel", "quarrel", "quit", "equip", "label", "model")
