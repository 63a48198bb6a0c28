"""What a slot says about a belief of the same subject."""

from __future__ import annotations

from typing import Literal

from harmonia_plugins.pipeline.conflicts.reading import Reading
from harmonia_plugins.pipeline.conflicts.terms import covered, terms
from harmonia_plugins.pipeline.slots import ANY, WHEN, Slot
from harmonia_plugins.pipeline.slots.words import (
    CAR_WORDS,
    PARTNERS,
    PETS,
    PHONE_WORDS,
    RELATIVES,
    word_set,
)

Relation = Literal["reinforced", "refined", "replaced", "ended"]

_GENERIC = {"car": CAR_WORDS, "phone": PHONE_WORDS, "has": frozenset[str]()}
_OFFSPRING = word_set("child son daughter baby")
_POSSESSED = RELATIVES | {"has", "pet", "car", "phone"}
# Verbs whose object one usually changes rather than collects, once a change is announced.
_EXCLUSIVE = word_set("""
    car phone drink use eat wear prefers likes listen to watch read ride shop at bank with
    train with
    go to take study learn work out at order run play cycle buy from practise practice
    has lives commute travel by get to stay at sleep walk follow save write in write with
    cook with pay rent
    """)
_ACCUMULATES = word_set("language allergy pet play learn has speak know")
# Under what a thing that was given up may have been believed.
_GIVEN_UP = word_set("""
    eat drink play smoke likes go go to go for take use learn practise practice do has watch read
    listen to ride run swim attend subscribe to train for training for study studying reading
    watching
    car phone school employer job commute sing dance volunteer at coach wear buy pay for
    """) | frozenset(
    {"go to", "go for", "listen to", "subscribe to", "training for", "volunteer at", "pay for"}
)
_IDLE = word_set("unemployed retire work freelance")
_TASTES = ("likes", "prefers", "eat", "drink")


def relation(
    new: Reading, old: Reading, one: Slot, other: Slot, *, corrected: bool = False
) -> Relation | None:
    """Say how a slot of a statement meets one of a belief with the same subject; None: not at all.

    What only tells of a former time neither ends nor is ended by what holds now.
    """
    if one.past or other.past:
        return _past(one, other, corrected=corrected)
    if one.replaced is not None and _names_replaced(one, other):
        return "replaced"
    if _partner_left(one, other):
        return "ended"
    if one.attribute == other.attribute:
        return _same_attribute(new, old, one, other, corrected=corrected)
    return _other_attribute(one, other)


def _past(one: Slot, other: Slot, *, corrected: bool) -> Relation | None:
    if one.attribute.removeprefix("past ") != other.attribute.removeprefix("past "):
        return None
    if corrected and one.past and other.past:
        return "replaced"
    if one.negated and other.past and covered(terms(one.value), terms(other.value)):
        return "ended"
    return None


def _names_replaced(one: Slot, other: Slot) -> bool:
    """The statement names what is given up, and the belief holds it."""
    if other.negated:
        return False
    old, held = terms(one.replaced or ""), terms(other.value)
    if not covered(old, held):
        return False
    if one.attribute == other.attribute or {one.attribute, other.attribute} & {"switch"}:
        return True
    if one.attribute == "prefers":
        return other.attribute.startswith("favourite ")
    return not one.functional and other.attribute in _GIVEN_UP


def _partner_left(one: Slot, other: Slot) -> bool:
    if one.attribute != "relationship" or not one.negated or other.negated:
        return False
    if other.attribute == "relationship":
        return True
    held = terms(other.value) | {other.attribute}
    return other.attribute in PARTNERS and covered(terms(one.value), held)


def _same_attribute(
    new: Reading, old: Reading, one: Slot, other: Slot, *, corrected: bool
) -> Relation | None:
    value, held = terms(one.value), terms(other.value)
    if one.negated != other.negated:
        return _denial(one, other, value, held)
    if one.negated:
        return "reinforced" if value == held else None
    if value == held:
        return _restated(new, old, one)
    if corrected:
        return "replaced"
    if one.functional:
        return _functional(new, one, value, held)
    if one.functional or other.functional:
        return "replaced" if new.changes and not new.adds else None
    return _changed(new, one, value, held)


def _denial(one: Slot, other: Slot, value: frozenset[str], held: frozenset[str]) -> Relation | None:
    """One of two statements denies the value: it must be the value of the other."""
    denied, said = (value, held) if one.negated else (held, value)
    generic = _GENERIC.get(one.attribute)
    if not denied or (generic is not None and denied <= generic):
        return "ended"
    if covered(denied, said):
        return "ended"
    return None


def _restated(new: Reading, old: Reading, one: Slot) -> Relation | None:
    if one.functional or new.words == old.words:
        return "reinforced"
    if one.attribute in {"likes", "dislikes", "language", "allergy", "pet", "has", "car", "phone"}:
        return "reinforced"
    return "reinforced" if one.attribute != WHEN and new.words <= old.words else None


def _functional(
    new: Reading, one: Slot, value: frozenset[str], held: frozenset[str]
) -> Relation | None:
    if value < held and one.attribute not in {"when", "diet", "relationship", "training for"}:
        return "reinforced"
    if held < value and one.attribute not in {"when", "diet", "training for"}:
        return "refined"
    if new.adds and not new.changes and one.attribute not in {"age", "name", "home", WHEN}:
        return None
    return "replaced"


def _changed(
    new: Reading, one: Slot, value: frozenset[str], held: frozenset[str]
) -> Relation | None:
    """Of what accumulates, only an announced change replaces, and only its like."""
    if not new.changes or new.adds or not value or not held:
        return None
    if one.attribute in {"likes", "dislikes"}:
        return "replaced" if value & held and len(value ^ held) <= 3 else None
    first = one.attribute.split(" ")[0]
    if first == "be" or first not in _EXCLUSIVE | _ACCUMULATES:
        placed = one.attribute.startswith("be ") and one.subject != "User"
        return "replaced" if placed or value & held else None
    return "replaced" if first in _EXCLUSIVE - _ACCUMULATES or value & held else None


def _other_attribute(one: Slot, other: Slot) -> Relation | None:
    """Attributes that differ and still exclude each other: tastes, diets, what was given up."""
    if other.negated:
        return "ended" if _has_what_was_none(one, other) else None
    value, held = terms(one.value), terms(other.value)
    pair = {one.attribute, other.attribute}
    if pair == {"likes", "dislikes"} and not one.negated:
        return "ended" if value == held else None
    if one.attribute == "dislikes" and other.attribute.startswith("favourite "):
        return "ended" if value == held else None
    if pair == {"job", "employer"}:
        idle = value & _IDLE if one.attribute == "job" else held & _IDLE or one.negated
        return "ended" if idle and (not one.negated or not value) else None
    if one.attribute == "diet" and not one.negated:
        return _diet(one, other, held)
    return _given_up(one, other, value, held) if one.negated and value else None


def _has_what_was_none(one: Slot, other: Slot) -> bool:
    """Say whether there is now some of what there was none of: two cats where there was no pet."""
    counted = one.attribute.startswith("number of ")
    if one.negated or one.value in {"no", "0"} or not (counted or one.attribute in _OFFSPRING):
        return False
    if other.attribute not in _POSSESSED:
        return False
    kind, denied = terms(one.attribute.removeprefix("number of ")), terms(other.value)
    return bool(kind) and (
        kind == denied
        or (denied == {"child"} and kind <= _OFFSPRING)
        or (denied == {"pet"} and kind <= PETS)
    )


def _given_up(
    one: Slot, other: Slot, value: frozenset[str], held: frozenset[str]
) -> Relation | None:
    """What was given up is gone under the other attributes by which it may be believed."""
    if one.attribute == ANY:
        possible = other.attribute in _GIVEN_UP or "member" in held or not held
        return "ended" if possible and covered(value, held | terms(other.attribute)) else None
    if other.attribute in RELATIVES | PETS and one.attribute in {"pet", "has", other.attribute}:
        return "ended" if covered(value, held | {other.attribute}) else None
    if one.attribute in _TASTES:
        taste = other.attribute in _TASTES or other.attribute.startswith("favourite ")
        strict = one.attribute in {"likes", "prefers"} and other.attribute in {"eat", "drink"}
        return "ended" if taste and not strict and covered(value, held) else None
    pair = {one.attribute, other.attribute}
    if "car" in pair and pair & {"has", "go to", "commute", "drive"}:
        return "ended" if one.attribute != "commute" and covered(value, held) else None
    return None


def _diet(one: Slot, other: Slot, held: frozenset[str]) -> Relation | None:
    """A vegetarian eats no steak, nor is it a favourite any longer."""
    excluded = {"vegetarian": "meat", "vegan": "animal meat dairy", "pescatarian": "meat"}
    diet = next((word for word in excluded if word in one.value.lower()), None)
    if diet is None or not (
        other.attribute in {"likes", "eat", "prefers"} or other.attribute.startswith("favourite ")
    ):
        return None
    kinds = excluded[diet].split()
    vegan_like = {"vegetarian", "vegan", "veggie", "plant-based", "tofu"} & held
    return "ended" if not vegan_like and any(covered(frozenset({k}), held) for k in kinds) else None
