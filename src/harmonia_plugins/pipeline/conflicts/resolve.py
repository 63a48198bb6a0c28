"""From one new statement and what is believed to the changes that keep beliefs true."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Change, Memory, Polarity
from harmonia_plugins.pipeline.conflicts.auto import decide
from harmonia_plugins.pipeline.conflicts.correction import Correction, find_correction, respelled
from harmonia_plugins.pipeline.conflicts.detect import Conflict, conflicts_of
from harmonia_plugins.pipeline.conflicts.reading import Reading, read, said_at
from harmonia_plugins.pipeline.conflicts.retraction import (
    asked_back,
    never_was,
    retracted,
    says_untrue,
    taken_back,
)
from harmonia_plugins.pipeline.conflicts.settings import DEFAULTS, ConflictSettings
from harmonia_plugins.pipeline.conflicts.strategies import (
    STRATEGIES,
    arrived_late,
    create,
    quarantine,
    reinforce,
)
from harmonia_plugins.pipeline.slots import slot_of

# In the third person these are left over from a correction that was put in the wrong place.
_FIRST_PERSON = re.compile(r"\b(?:I|my|we|our)\b")


def resolve(
    incoming: Memory,
    polarity: Polarity,
    existing: Sequence[Memory],
    similarity: Callable[[Memory], float],
    strategy: str = "auto",
    *,
    source: str | None = None,
    now: datetime | None = None,
    settings: ConflictSettings = DEFAULTS,
    replaces: Collection[str] = (),
) -> tuple[Change, ...]:
    """Decide what a new statement does to the beliefs of its user.

    Args:
        incoming: the statement as the memory it would become; `last_seen_at` is when it was said.
        polarity: what the extractor says of it.
        existing: candidate beliefs; others than the active ones of the same user are not touched.
        similarity: how like the statement a belief is, 0 to 1.
        strategy: `auto`, or one of `STRATEGIES` for every conflict that is no restatement.
        source: the words the statement was drawn from.
        now: when this is recorded; by default when the statement is.
        settings: weights and thresholds.
        replaces: ids of beliefs that the extractor holds to be untrue by this statement; heard
            where the rules have nothing to say of them.

    Returns:
        The changes, at most one for each memory; none is made by a clock or by chance.

    Raises:
        InvalidInputError: an unknown strategy.
    """
    if strategy != "auto" and strategy not in STRATEGIES:
        known = ", ".join(("auto", *STRATEGIES))
        raise InvalidInputError(f"strategy must be one of {known}, not {strategy!r}")
    moment = now or incoming.recorded_at
    active = [m for m in existing if m.status == "active" and m.user_id == incoming.user_id]
    if polarity == "retracted":
        return _retract(incoming, active, similarity, moment)
    asked = asked_back(incoming.content)
    if asked is not None and strategy == "auto":
        back = _retract(replace(incoming, content=asked), active, similarity, moment)
        if back[0].kind == "retracted":
            return back
    correction = _correction(incoming, polarity, source, active)
    if correction is not None:
        return _correct(incoming, correction, active, strategy, moment)
    conflicts = conflicts_of(
        incoming, polarity, active, similarity, settings, source=source
    )  # fmt: skip
    conflicts += _told(incoming, replaces, active, conflicts, similarity, settings)
    same = [conflict for conflict in conflicts if conflict.kind == "reinforced"]
    if same:
        return _restate(incoming, same, conflicts, moment, settings)
    if not conflicts:
        untrue = _untrue(incoming, source, active) if strategy == "auto" else []
        if untrue:
            return tuple(retracted(memory, moment, "said to be untrue") for memory in untrue)
        return (create(incoming, strategy),)
    if never_was(incoming) and strategy == "auto":
        return _deny(incoming, conflicts, moment, settings)
    return _apply(incoming, conflicts, strategy, moment, settings)


def _told(
    incoming: Memory,
    replaces: Collection[str],
    active: Sequence[Memory],
    met: Sequence[Conflict],
    similarity: Callable[[Memory], float],
    settings: ConflictSettings,
) -> list[Conflict]:
    """Return the conflicts only the extractor sees; what is about another matter is not believed.

    Where a rule found the statement to restate a belief, the rule is right.
    """
    if any(conflict.kind == "reinforced" for conflict in met):
        return []
    known = {conflict.existing.id for conflict in met}
    return [
        Conflict(memory, "contradicted", similarity(memory), "the extractor says so")
        for memory in active
        if memory.id in replaces
        and memory.id not in known
        and similarity(memory) >= settings.free_similarity
        and not set(memory.message_ids) & set(incoming.message_ids)
    ]


def _apply(
    incoming: Memory,
    conflicts: Sequence[Conflict],
    strategy: str,
    now: datetime,
    settings: ConflictSettings,
) -> tuple[Change, ...]:
    """Apply a rule to each conflict; the new statement itself appears once."""
    rules = [
        decide(incoming, conflict, settings) if strategy == "auto" else STRATEGIES[strategy]
        for conflict in conflicts
    ]
    if quarantine in rules:
        return quarantine(incoming, conflicts[rules.index(quarantine)].existing, now)
    late = [c.existing for c, rule in zip(conflicts, rules, strict=True) if rule is arrived_late]
    if late:
        return arrived_late(incoming, min(late, key=lambda m: (said_at(m), m.id)), now)
    changes: list[Change] = []
    for conflict, rule in zip(conflicts, rules, strict=True):
        for change in rule(incoming, conflict.existing, now):
            changes.append(
                replace(change, strategy=strategy, reason=change.reason or conflict.reason)
            )
    return _once(incoming, changes, strategy, now)


def _once(
    incoming: Memory, changes: Sequence[Change], strategy: str, now: datetime
) -> tuple[Change, ...]:
    """Leave each memory one change, and the new statement one place: several were met at once."""
    kept: list[Change] = [c for c in changes if c.before is not None]
    created = [c for c in changes if c.before is None and c.after is not None]
    if strategy in {"update", "merge"} and len(kept) > 1:
        first = kept[0]
        assert first.after is not None
        rest = (c.before for c in kept[1:] if c.before is not None)
        closing = [STRATEGIES["replace"](first.after, memory, now)[0] for memory in rest]
        return (first, *(replace(c, strategy=strategy) for c in closing))
    if created:
        links = _unique(link for c in created if c.after for link in c.after.links)
        last = created[-1]
        assert last.after is not None
        kept.append(replace(last, after=replace(last.after, links=links)))
    return tuple(kept)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _restate(
    incoming: Memory,
    same: Sequence[Conflict],
    conflicts: Sequence[Conflict],
    now: datetime,
    settings: ConflictSettings,
) -> tuple[Change, ...]:
    """Reinforce one belief; what the restatement contradicts besides is closed in its favour."""
    kept = same[0].existing
    changes = list(reinforce(incoming, kept, now))
    if changes[0].kind == "skipped":
        return tuple(changes)
    for conflict in conflicts:
        if conflict.kind == "reinforced":
            continue
        if decide(incoming, conflict, settings) is STRATEGIES["replace"]:
            closing = STRATEGIES["replace"](replace(incoming, id=kept.id), conflict.existing, now)[
                0
            ]
            changes.append(replace(closing, strategy="auto", reason=conflict.reason))
    return tuple(changes)


def _retract(
    incoming: Memory,
    active: Sequence[Memory],
    similarity: Callable[[Memory], float],
    now: datetime,
) -> tuple[Change, ...]:
    """Take back what is meant; the request itself is no belief."""
    readings = [read(m) for m in active if said_at(m) <= said_at(incoming)]
    meant = taken_back(incoming, readings, similarity)
    if not meant:
        return (Change(kind="skipped", strategy="auto", reason="nothing believed is meant"),)
    return tuple(retracted(memory, now, "taken back") for memory in meant)


def _deny(
    incoming: Memory, conflicts: Sequence[Conflict], now: datetime, settings: ConflictSettings
) -> tuple[Change, ...]:
    """What was never so is taken back, and the denial kept only where nothing was believed."""
    ended = [c for c in conflicts if c.kind in {"ended", "contradicted"}]
    if len(ended) != len(conflicts):
        return _apply(incoming, conflicts, "auto", now, settings)
    if any(decide(incoming, c, settings) is not STRATEGIES["replace"] for c in ended):
        return _apply(incoming, conflicts, "auto", now, settings)
    return tuple(retracted(c.existing, now, "said never to have been so") for c in ended)


def _untrue(incoming: Memory, source: str | None, active: Sequence[Memory]) -> list[Memory]:
    """Return what "that's not true, I never lived in Rome" means in other words: the name tells."""
    if not (never_was(incoming) and source and says_untrue(source)):
        return []
    names = {word for word in re.findall(r"[^\W\d_]+", incoming.content)[1:] if word[0].isupper()}
    names = names or {word for word in re.findall(r"[^\W\d_]{2,}", source)[1:] if word[0].isupper()}
    if not names:
        return []
    return [m for m in active if names <= set(re.findall(r"[^\W\d_]+", m.content))]


def _correction(
    incoming: Memory, polarity: Polarity, source: str | None, active: Sequence[Memory]
) -> Correction | None:
    """Return a correction whose own words do not say what it is about."""
    reading = read(incoming)
    garbled = polarity == "corrected" and _FIRST_PERSON.search(incoming.content) is not None
    if reading.slots and reading.slots[0].attribute != "mean" and not garbled:
        return None
    readings = [read(m) for m in active if said_at(m) <= said_at(incoming)]
    return find_correction(incoming, source, readings)


def _correct(
    incoming: Memory,
    correction: Correction,
    active: Sequence[Memory],
    strategy: str,
    now: datetime,
) -> tuple[Change, ...]:
    """Supersede the belief by its corrected wording, and respell the name elsewhere."""
    old = correction.existing
    slot = slot_of(correction.content)
    corrected = replace(
        incoming,
        content=correction.content,
        type=old.type,
        subject=slot.subject if slot else old.subject,
        attribute=slot.attribute if slot else old.attribute,
        value=slot.value if slot else None,
        valid_from=old.valid_from,
        entities=tuple(correction.new if e == correction.old else e for e in old.entities),
        tags=old.tags,
        categories=old.categories,
    )
    rule = STRATEGIES["replace" if strategy == "auto" else strategy]
    changes = [
        replace(change, strategy=strategy, reason="corrected")
        for change in rule(corrected, old, now)
    ]
    readings: list[Reading] = [read(m) for m in active if m.id != incoming.id]
    for before, after in respelled(correction, readings):
        after = replace(after, revision=before.revision + 1, recorded_at=now)
        changes.append(
            Change(
                kind="updated", before=before, after=after, strategy=strategy, reason="respelled"
            )
        )
    return tuple(changes)
