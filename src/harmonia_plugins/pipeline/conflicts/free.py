"""Changes told freely: neither statement need fill a slot that the other fills too.

Six signs, each with its own guard; what is only alike never suffices. The later statement acts,
the earlier one is closed:

1. a state that excludes the earlier one (`states`);
2. an announced change of a matter that has one value at a time (`topics`);
3. another date, price or quantity of the same thing, said to have moved or to be corrected;
4. something said to have ended, of which every word is in the earlier statement;
5. a contrast ("Mint, not Fedora"), another spelling, or a correction close in meaning;
6. "now" with the same subject and verb: "now loves his yellow ball".
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache

from harmonia_plugins.pipeline.conflicts.amounts import amounts_of, differing
from harmonia_plugins.pipeline.conflicts.cues import ADDS, CHANGES, CORRECTS, ENDS, MOVES, OVER
from harmonia_plugins.pipeline.conflicts.holders import holder_of, same_holder
from harmonia_plugins.pipeline.conflicts.reading import Reading
from harmonia_plugins.pipeline.conflicts.states import excludes
from harmonia_plugins.pipeline.conflicts.terms import covered, terms
from harmonia_plugins.pipeline.conflicts.topics import topics_of
from harmonia_plugins.pipeline.slots import ANY, Slot
from harmonia_plugins.pipeline.slots.words import BASE_OF, PARTNERS, word_set

_FORMER = re.compile(
    r"\b(?:used to|was|were|had|former(?:ly)?|ex|late|once|no longer|any ?more|never|ended|"
    r"stopped|quit|cancelled|sold)\b",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\b(?:not|no longer|never|no)\b|n['’]t\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|no longer|never)\b|n['’]t\b", re.IGNORECASE)
_OPENING = 45
"""Characters in which a belief says that it is about former times."""
_VERBS = frozenset(BASE_OF.values())
_IDLE = word_set("""
    thing time day week month year today tomorrow yesterday morning evening afternoon night people
    place new old good bad big little lot bit way kind part first last next every each all more
    most much many less one two three other own same really ever since until still always here
    then when what where how why him them you me us these those monday tuesday wednesday thursday
    friday saturday sunday january february march april may june july august september october
    november december 1 2 3 4 5 6 7 8 9 10 around after before over back down off out minute hour
    am pm noon euro pound dollar quid kilo kg
    """)
_NOW = re.compile(r"\bnow\b|\bthese days\b|\bnowadays\b|\bat the moment\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:his|her|their|its|the)\b", re.IGNORECASE)
_TASTES = word_set("likes prefers drink eat watch read wear play use listen")
_HELD = word_set("car phone computer")
_SELF_EVIDENT = word_set("waking") | {"way to work"}
"""Of these there is but one, so that another value is a change without saying so."""
_MEASURED = word_set("pb record weigh weight score birthday anniversary prescription balance")
"""What has one figure at a time, so that another is a change without saying so."""
_NOT_THAT = re.compile(
    r"(?:, (?:and )?not| rather than| instead of| and not) (?P<old>[^,.;!?]{2,30}?)(?=$|[,.;!?])",
    re.I,
)
_MISTAKE = re.compile(
    r"\b(?:correction|meant|misread|misspoke|mistyped|miscounted|misremembered|mistake|wrong(?:ly)?|"
    r"mixed (?:\w+ )?up|mix-up|muddled|typo|should (?:be|have been|read|have said)|misheard|"
    r"incorrect|oops|whoops|checked)\b",
    re.IGNORECASE,
)
"""A mistake is owned to; "actually" or "sorry" alone may introduce anything."""
_CAPITALS = re.compile(r"\b[^\W\d_a-z][^\W\d_]{2,}")
_ALIKE = 0.5
_SEVERAL = 2
_MOSTLY = 0.4
_CLOSE = 0.45
_NEAR = 0.3


def changed_freely(
    new: Reading, old: Reading, names: dict[str, set[str]], similarity: float
) -> str | None:
    """Return the sign by which a later statement closes an earlier one, or None."""
    if _says(ADDS, new.memory.content) and not _says(CORRECTS, new.told):
        return None
    return (
        _excluded(new, old, names)
        or _ended(new, old, names)
        or _another_value(new, old, names)
        or _another_amount(new, old, names, similarity)
        or _contrasted(new, old, names)
        or _respelled(new, old)
        or _corrected(new, old, names, similarity)
        or _now_instead(new, old, names, similarity)
    )


@lru_cache(maxsize=16384)
def _says(sign: re.Pattern[str], text: str) -> bool:
    return sign.search(text) is not None


@lru_cache(maxsize=4096)
def _ended_things(content: str) -> tuple[frozenset[str], ...]:
    """The words of each thing that is said to have ended, where they name a thing."""
    text, found = content[:600], list[frozenset[str]]()
    for match in (*ENDS.finditer(text), *OVER.finditer(text)):
        told = next(value for value in match.groupdict().values() if value)
        what = frozenset(
            word for word in terms(told) if word not in _IDLE and not word[0].isdigit()
        )
        if things(what):
            found.append(what)
    return tuple(found)


def things(words: frozenset[str]) -> frozenset[str]:
    """Return the words that name things: no verbs, dates or fillers."""
    return frozenset(w for w in words if w not in _VERBS and w not in _IDLE and not w[0].isdigit())


def _one_matter(
    new: Reading, old: Reading, names: dict[str, set[str]], *, strict: bool = False
) -> bool:
    """Same holder; unless `strict`, also a thing by its name that the other statement names too."""
    if same_holder(new.memory.content, old.memory.content, names):
        return True
    told, held = holder_of(new.memory.content), holder_of(old.memory.content)
    if strict or told.kin or held.kin or not (told.user or held.user):
        return False
    return (told.names | held.names) <= (new.words & old.words)


def _excluded(new: Reading, old: Reading, names: dict[str, set[str]]) -> str | None:
    row = excludes(new.memory.content, old.memory.content)
    if row is None:
        return None
    told, held = holder_of(new.memory.content), holder_of(old.memory.content)
    partner = bool(told.kin) and told.kin <= PARTNERS and held.user
    if not partner and not _one_matter(new, old, names, strict=not row.shared):
        return None
    if row.shared and not things(new.words) & things(old.words):
        return None
    return "a state that excludes it"


def _ended(new: Reading, old: Reading, names: dict[str, set[str]]) -> str | None:
    """What is given up must be named in full by the belief."""
    if _says(_FORMER, old.memory.content[:_OPENING]):
        return None
    for what in _ended_things(new.memory.content):
        if not covered(what, old.words):
            continue
        named = holder_of(new.memory.content)
        thing = named.names and not named.kin and named.names <= what
        if _one_matter(new, old, names) or (thing and holder_of(old.memory.content).user):
            return "it has ended"
    return None


def _another_value(new: Reading, old: Reading, names: dict[str, set[str]]) -> str | None:
    """One matter, another value; a change must be told, or the statement be a correction."""
    here, there = topics_of(new.memory.content), topics_of(old.memory.content)
    common = [name for name in here if name in there and here[name] != there[name]]
    if not common or _says(_FORMER, old.memory.content[:_OPENING]):
        return None
    told = _says(CHANGES, new.told) or _says(CORRECTS, new.told)
    common = [name for name in common if told or name in _SELF_EVIDENT]
    if _says(_NEGATED, new.memory.content) or _says(ADDS, old.memory.content):
        return None
    for name in common:
        if name in _HELD and _apart(new, old):
            continue
        if _one_matter(new, old, names, strict=name not in _HELD):
            return f"another {name}"
    return None


def _apart(new: Reading, old: Reading) -> bool:
    """A work laptop is not the old laptop, and what belongs to another is not the user's."""
    telling = word_set(
        "work old spare second weekend company girlfriend wife husband mother father"
    )
    return bool((new.words ^ old.words) & telling)


def _another_amount(
    new: Reading, old: Reading, names: dict[str, set[str]], similarity: float
) -> str | None:
    """The same thing with another date, price or quantity, said to have moved or been wrong."""
    kind = differing(new.memory.content, old.memory.content)
    if kind is None or similarity < _NEAR:
        return None
    here, there = things(new.words), things(old.words)
    moved = _says(MOVES, new.told) or _says(CORRECTS, new.told)
    if not moved and not here & there & _MEASURED:
        return None
    values = frozenset(
        word
        for found in (amounts_of(new.memory.content), amounts_of(old.memory.content))
        for group in found.values()
        for value in group
        for word in value.split()
    )
    common = (here & there) - values - holder_of(new.memory.content).names
    several = len((new.words & old.words) - _IDLE - values) >= _SEVERAL
    if not several and (here - common - values) and (there - common - values):
        return None  # the rent of the flat is not the rent of the garage
    if not common or len(common) / min(len(here - values) or 1, len(there - values) or 1) < _NEAR:
        return None
    if _one_matter(new, old, names):
        return f"another {kind}"
    told, held = holder_of(new.memory.content), holder_of(old.memory.content)
    aside = not (held.kin or held.user) or not (told.kin or told.user)
    return f"another {kind}" if aside and len(common) >= _SEVERAL else None


def _contrasted(new: Reading, old: Reading, names: dict[str, set[str]]) -> str | None:
    """Of "it runs Mint, not Fedora" the belief holds what is denied, and something besides."""
    match = _NOT_THAT.search(new.told)
    if match is None or _says(_DENIED, old.memory.content):
        return None
    denied = terms(match["old"])
    if not denied or not covered(denied, old.words):
        return None
    if not (things(new.words) & things(old.words)) - denied:
        return None
    if _one_matter(new, old, names):
        return "this and not that"
    return None


def _corrected(
    new: Reading, old: Reading, names: dict[str, set[str]], similarity: float
) -> str | None:
    """A correction that is close in meaning and about the same things."""
    if not _says(_MISTAKE, new.told) or similarity < _CLOSE:
        return None
    here, there = things(new.words), things(old.words)
    common = here & there
    if not common or here <= there or len(common) / min(len(here), len(there)) < _MOSTLY:
        return None
    if _one_matter(new, old, names):
        return "a correction"
    return None


def _respelled(new: Reading, old: Reading) -> str | None:
    """A correction that gives a name in another spelling, beside another word in common."""
    if not (_says(_MISTAKE, new.told) or "spelled" in new.told or "spelt" in new.told):
        return None
    here, there = (frozenset(_CAPITALS.findall(r.memory.content)) - {"User"} for r in (new, old))
    if not here & there:
        return None
    for one in here - there:
        for other in there - here:
            ratio = SequenceMatcher(None, one.lower(), other.lower()).ratio()
            if ratio >= _ALIKE:
                return "another spelling"
    return None


def _now_instead(
    new: Reading, old: Reading, names: dict[str, set[str]], similarity: float
) -> str | None:
    """Same subject, same verb, and "now": what is held dear or used has changed.

    The user may love many things at once; of the user's likings only those close in meaning give
    way. Of what belongs to another ("his chicken", "his ball") the new one takes the place.
    """
    if not _says(_NOW, new.memory.content) or _says(_NOW, old.memory.content):
        return None
    for one in new.slots:
        for other in old.slots:
            if not _replaceable(one, other):
                continue
            if not _one_matter(new, old, names, strict=True):
                continue
            own = all(_says(_POSSESSIVE, r.memory.content) for r in (new, old))
            if (own and one.subject != "User" and similarity >= _NEAR) or similarity >= 0.6:
                return "now this instead"
    return None


def _replaceable(one: Slot, other: Slot) -> bool:
    if one.negated or other.negated or one.past or other.past or one.attribute == ANY:
        return False
    return one.attribute == other.attribute and one.attribute.split()[0] in _TASTES
