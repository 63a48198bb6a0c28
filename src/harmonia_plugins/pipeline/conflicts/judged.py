"""Where the trained judge is asked: when no rule found what a statement closes, and in doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from harmonia_plugins.model import Memory
from harmonia_plugins.pipeline.conflicts.composite import COLLECTED
from harmonia_plugins.pipeline.conflicts.cues import ADDS, CHANGES, CORRECTS, ENDS, MOVES, OVER
from harmonia_plugins.pipeline.conflicts.judge import Verdict, judge
from harmonia_plugins.pipeline.conflicts.reading import Reading
from harmonia_plugins.pipeline.conflicts.signs import Signs, signs_of
from harmonia_plugins.pipeline.slots.words import BASE_OF, PAST_FORMS, word_set

_SURE = {"replaces": 0.9, "ends": 0.8, "corrects": 0.8}
"""Likelihood from which a belief is closed on the judge's word alone.

To add looks much like to replace, so that more is asked of it.
"""
_DOUBT = 0.25
"""Likelihood below which a loose sign of change is not taken for one."""
_ASKED = 12
"""Beliefs the judge is asked about: the nearest in meaning."""
_FAR = 0.2
"""Likeness below which two statements hardly speak of one matter."""
_FACT = 18
"""Words up to which a statement is one fact: of a story the judge has seen none."""
_LASTING = word_set("book buy move start switch order rent sign hire get become choose")
"""What is told in the past and holds on: who has booked a table has one."""
_MUSED = re.compile(
    r"\b(?:but|cannot wait|look(?:s|ing)? forward|going to|(?:has|have) to|will be|"
    r"so (?:much|many)|tough|amazing|awesome|which is)\b",
    re.IGNORECASE,
)
"""Words of hopes and moods, which come and go without one taking another's place."""
_TAKES_PLACE = re.compile(
    r"\b(?:now|no longer|any ?more|instead|rather|not|switched|replaced|new favou?rite)\b",
    re.IGNORECASE,
)
_APART = word_set("work spare second weekend company holiday other")
"""A work laptop takes no place of the user's own."""
_NOBODY = word_set("it that this there they he she no not all")
_OPENING = 12


def closed_by_judgement(
    new: Reading, active: Sequence[Reading], similarity: Callable[[Memory], float]
) -> tuple[Reading, str, float] | None:
    """Return the belief that the judge is surest about, with its verdict and likelihood."""
    asked = [
        old
        for old in active
        if similarity(old.memory) >= _FAR
        and not set(new.memory.message_ids) & set(old.memory.message_ids)
        and max(_length(new), _length(old)) <= _FACT
        and _may_close(*((new, old) if old.said <= new.said else (old, new)))
    ]
    asked.sort(key=lambda old: (-similarity(old.memory), old.memory.id))
    verdicts = _verdicts(new, asked[:_ASKED], similarity)
    if not verdicts:
        return None
    old, verdict = max(verdicts, key=lambda pair: (pair[1].closing, pair[0].memory.id))
    return (old, verdict.name, verdict.closing) if verdict.closing >= _SURE[verdict.name] else None


def doubtful(later: Reading, earlier: Reading, likeness: float) -> bool:
    """Say whether the judge sees no way in which the one closes the other."""
    asked = [(signs_of(earlier.memory.content), likeness)]
    return judge(signs_of(later.memory.content), asked)[0].closing < _DOUBT


def _verdicts(
    new: Reading, asked: Sequence[Reading], similarity: Callable[[Memory], float]
) -> list[tuple[Reading, Verdict]]:
    """Judge each belief; where the statement arrived late, it is the belief that may close it."""
    own = signs_of(new.memory.content)
    read: list[tuple[Reading, Signs, float]] = [
        (old, signs_of(old.memory.content), similarity(old.memory)) for old in asked
    ]
    before = [row for row in read if row[0].said <= new.said]
    after = [row for row in read if row[0].said > new.said]
    found = judge(own, [(signs, likeness) for _, signs, likeness in before])
    found += [judge(signs, [(own, likeness)])[0] for _, signs, likeness in after]
    return [(row[0], verdict) for row, verdict in zip(before + after, found, strict=True)]


def _may_close(later: Reading, earlier: Reading) -> bool:
    """Say whether two statements are linked, and what was told before can come to an end at all.

    The judge has learned from facts; in what people muse on, it finds changes that are none.
    """
    new, old = signs_of(later.memory.content), signs_of(earlier.memory.content)
    if _other_people(new, old) or _other_people(old, new):
        return False
    if _collects(later, new, old) and CORRECTS.search(later.told) is None:
        return False
    if _tells_an_event(earlier.memory.content) and CORRECTS.search(later.told) is None:
        return False
    told = any(cue.search(later.told) for cue in (CHANGES, MOVES, CORRECTS, ENDS, OVER))
    other = any(kind in old.amounts for kind in new.amounts) or any(
        name in old.topics for name in new.topics
    )
    if _MUSED.search(earlier.memory.content) is not None or _of_two_things(new, old):
        return False
    linked = (
        new.things & old.things
        or new.kinds & (old.kinds | old.things)
        or old.kinds & new.things
        or new.ends_states & old.states
    )
    return bool(linked) and (told or other)


def _other_people(one: Signs, other: Signs) -> bool:
    """Say whether the one is told of somebody whom the other does not speak of."""
    if one.bearers and not one.bearers & other.bearers:
        return True
    if one.holder.kin and not one.holder.kin & (other.holder.kin | other.terms):
        return True
    if (one.holder.telling ^ other.holder.telling) & _APART:
        return True
    doer = one.doer if one.doer not in {"user", *_NOBODY} else ""
    return bool(doer) and other.doer != doer and doer not in other.terms and other.doer != ""


def _collects(later: Reading, new: Signs, old: Signs) -> bool:
    """Say whether the later one only adds: in so many words, or to what one has several of."""
    if ADDS.search(later.memory.content) is not None:
        return True
    if ENDS.search(later.told) or _TAKES_PLACE.search(later.told):
        return False
    kept = {slot.attribute for slot in old.slots} & COLLECTED
    return any(slot.attribute in kept and not slot.negated for slot in new.slots)


def _of_two_things(new: Signs, old: Signs) -> bool:
    """Say whether two different amounts are of two things: the flat's charge, the garage's."""
    differ = any(not new.amounts[k] & old.amounts[k] for k in new.amounts if k in old.amounts)
    return differ and bool(new.things - old.things) and bool(old.things - new.things)


def _tells_an_event(content: str) -> bool:
    """Say whether a statement begins with a verb in the past: what happened is not undone."""
    for word in re.findall(r"[^\W\d_]+", content.lower())[:_OPENING]:
        if word in {"is", "are", "has", "have"} or BASE_OF.get(word, word) in _LASTING:
            return False
        if word in PAST_FORMS:
            return True
    return False


def _length(reading: Reading) -> int:
    return len(reading.memory.content.split())
