"""Finding which beliefs a new statement restates, replaces, ends or contradicts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from harmonia_plugins.model import Memory, Polarity
from harmonia_plugins.pipeline.conflicts.composite import announces, composite_score, contradicts
from harmonia_plugins.pipeline.conflicts.free import changed_freely
from harmonia_plugins.pipeline.conflicts.judged import closed_by_judgement, doubtful
from harmonia_plugins.pipeline.conflicts.reading import Reading, read
from harmonia_plugins.pipeline.conflicts.settings import DEFAULTS, ConflictSettings
from harmonia_plugins.pipeline.conflicts.slot_rules import relation
from harmonia_plugins.pipeline.conflicts.subjects import names_known, same_subject
from harmonia_plugins.pipeline.slots import Slot
from harmonia_plugins.pipeline.slots.generic import SWITCH
from harmonia_plugins.pipeline.slots.words import word_set

_USED = word_set("use drink eat take play read watch wear listen train order shop ride run")
_LOOSE = word_set("be has think feel see")
"""Verbs that say too little for their slot to decide without the judge."""
_PARTLY = re.compile(
    r"(?:\bnot|n['’]t) (?:always|usually|often|very|too|especially|really|quite|only|just|much)\b",
    re.IGNORECASE,
)
"""What is denied of only some of the time, or only in part."""
_SWITCHED = 0.25
ConflictKind = Literal["reinforced", "refined", "replaced", "ended", "contradicted"]
"""How a new statement meets a belief: the same in other words; the same with more detail; another
value of one slot; denied or over; or contradicted without a common slot."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A belief that the new statement meets. `score` is 1 where the slot decided."""

    existing: Memory
    kind: ConflictKind
    score: float
    reason: str


def conflicts_of(
    incoming: Memory,
    polarity: Polarity,
    existing: Sequence[Memory],
    similarity: Callable[[Memory], float],
    settings: ConflictSettings = DEFAULTS,
    *,
    source: str | None = None,
) -> list[Conflict]:
    """Return what the new statement meets among the active beliefs of its user.

    Statements with slots meet where subject and attribute are one. Others are compared by the
    composite score, and meet only with a sign of contradiction besides: what is merely alike
    (my brother, my sister; the old laptop, the work laptop) never conflicts.
    """
    new = read(incoming, source, polarity)
    active = [
        read(memory)
        for memory in existing
        if memory.status == "active" and memory.user_id == incoming.user_id
    ]
    names = names_known(slot for reading in (*active, new) for slot in reading.slots)
    found: list[Conflict] = []
    free: list[Conflict] = []
    for old in active:
        conflict = _meet(new, old, polarity, names, similarity)
        if conflict is None:
            conflict = _compared(new, old, names, similarity, settings)
            if conflict is not None:
                free.append(conflict)
        elif conflict is not None:
            found.append(conflict)
    if free:  # without a slot in common one belief may be meant, the nearest in meaning
        found.append(max(free, key=lambda c: (similarity(c.existing), c.existing.id)))
    if not found and (judged := closed_by_judgement(new, active, similarity)) is not None:
        old, verdict, likely = judged
        found.append(Conflict(old.memory, "contradicted", likely, f"judged: {verdict}"))
    if not found and (given_up := _left_for(new, active, similarity)) is not None:
        found.append(Conflict(given_up, "contradicted", 1.0, "switched"))
    return found


_ANNOUNCED = 0.45
"""Likeness from which a cue such as "now" or "lately" and a shared noun mean one matter."""

_FACT = 15
"""Words up to which a statement is taken for one fact, by the rules that need no slot."""


def _left_for(
    new: Reading, active: Sequence[Reading], similarity: Callable[[Memory], float]
) -> Memory | None:
    """Return what was used before "switched to …": the one thing near enough in meaning."""
    switch = next((slot for slot in new.slots if slot.attribute == SWITCH), None)
    if switch is None or switch.replaced is not None or new.adds:
        return None
    near = [
        old.memory
        for old in active
        if old.said <= new.said
        and similarity(old.memory) >= _SWITCHED
        and any(
            slot.attribute.split(" ")[0] in _USED and slot.subject == switch.subject
            for slot in old.slots
        )
    ]
    return near[0] if len(near) == 1 else None


def _meet(
    new: Reading,
    old: Reading,
    polarity: Polarity,
    names: dict[str, set[str]],
    similarity: Callable[[Memory], float],
) -> Conflict | None:
    if old.memory.id == new.memory.id or _same_words(new, old):
        return Conflict(old.memory, "reinforced", 1.0, "the same statement")
    met: list[Conflict] = []
    for one in new.slots:
        for other in old.slots:
            if not same_subject(one.subject, other.subject, names):
                continue
            # What arrived late may be closed by the belief.
            later, earlier = (old, new) if new.said < old.said else (new, old)
            closing, closed = (other, one) if later is old else (one, other)
            corrected = later is new and polarity == "corrected"
            kind = relation(later, earlier, closing, closed, corrected=corrected)
            if (
                kind not in {None, "reinforced"}
                and closing.attribute in _LOOSE
                and not _plainly_denied(later, earlier, closing, closed)
                and doubtful(later, earlier, similarity(old.memory))
            ):
                continue  # a loose slot, and all that it holds against is a likeness
            if kind is not None:
                met.append(Conflict(old.memory, kind, 1.0, f"{one.subject}: {one.attribute}"))
    decided = [conflict for conflict in met if conflict.kind != "reinforced"]
    if decided:
        return decided[0]
    # A statement that says more than the belief does not merely restate it.
    return met[0] if met and len(met) >= len(new.slots) else None


def _plainly_denied(later: Reading, earlier: Reading, closing: Slot, closed: Slot) -> bool:
    """Say whether one has a thing and the other has none, in so many words."""
    return (
        closing.attribute == closed.attribute == "has"
        and closing.negated != closed.negated
        and closing.value.casefold() == closed.value.casefold()
        and not any(_PARTLY.search(one.memory.content) for one in (later, earlier))
    )


def _same_words(new: Reading, old: Reading) -> bool:
    if new.memory.content.strip(" .!").casefold() == old.memory.content.strip(" .!").casefold():
        return new.memory.occurred_at == old.memory.occurred_at or not (
            new.memory.occurred_at and old.memory.occurred_at
        )
    return False


def _tells_a_story(new: Reading, old: Reading) -> bool:
    """Tell whether one is too long to be one fact: somewhere in it any cue can be found."""
    return max(len(new.memory.content.split()), len(old.memory.content.split())) > _FACT


def _compared(
    new: Reading,
    old: Reading,
    names: dict[str, set[str]],
    similarity: Callable[[Memory], float],
    settings: ConflictSettings,
) -> Conflict | None:
    """Compare by the composite score; cheap signs are looked at first."""
    alike = not (new.slots and old.slots) or any(
        same_subject(one.subject, other.subject, names) and not (one.past or other.past)
        for one in new.slots
        for other in old.slots
    )
    later, earlier = (old, new) if new.said < old.said else (new, old)
    if similarity(old.memory) < settings.free_similarity or _tells_a_story(new, old):
        return None
    if set(new.memory.message_ids) & set(old.memory.message_ids):
        return None  # said in one breath, one does not end the other
    if alike and similarity(old.memory) >= _ANNOUNCED and announces(later, earlier):
        if doubtful(later, earlier, similarity(old.memory)):
            return None
        return Conflict(old.memory, "contradicted", 1.0, "an announced change")
    sign = changed_freely(later, earlier, names, similarity(old.memory))
    if sign is not None:
        return Conflict(old.memory, "contradicted", 1.0, sign)
    if new.slots and old.slots:
        return None  # slots that both could be read have had their say
    sign = contradicts(new, old)
    if sign is None:
        return None
    score = composite_score(new.memory, old.memory, similarity(old.memory), settings)
    if score < settings.threshold:
        return None
    return Conflict(old.memory, "contradicted", score, sign)
