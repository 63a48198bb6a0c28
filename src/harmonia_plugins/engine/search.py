"""What a recall does with one user's rows: filter, search, rank, and build the hits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Memory, Message, Mode, Recall
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.engine.core import Core
    from harmonia_plugins.recall.channels import Found, Words
    from harmonia_plugins.recall.deadline import Deadline
    from harmonia_plugins.recall.filters import Filter, Mask
    from harmonia_plugins.recall.origins import Origins
    from harmonia_plugins.store.resident import Resident
    from harmonia_plugins.store.view import View

_LAYERS = ("memory", "message", "item")
_OUTSIDE = ("archived", "deleted", "quarantined")

_NO_CORRECTIONS: Mapping[int, int | None] = MappingProxyType({})


def filter_for(
    core: Core, resident: Resident, layers: frozenset[str], given: Mapping[str, Any]
) -> Filter:
    """Return what the caller's choices, checked here, let pass; missing ones let everything."""
    from harmonia_plugins.engine.endings import HIDDEN, WITHDRAWN
    from harmonia_plugins.recall.filters import LAYERS, Filter
    from harmonia_plugins.store.rows import to_micros

    def micros(name: str) -> int | None:
        moment = given.get(name)
        return None if moment is None else to_micros(intake.to_utc(moment, name))

    def codes(names: Iterable[str], known: Any) -> frozenset[int]:
        return frozenset(known.get(name) for name in names) - {-1}

    types, session, tags = given.get("types"), given.get("session_id"), given.get("tags")
    low = given.get("min_confidence")
    past = given.get("as_of") is not None and not given.get("include_superseded")
    since, until = micros("since"), micros("until")
    if since is not None and until is not None and until <= since:
        raise InvalidInputError(f"until {given['until']} must lie after {given['since']}")
    return Filter(
        layers=frozenset(LAYERS[layer] for layer in layers),
        now=to_micros(core.now()),
        hidden=codes(HIDDEN, resident.statuses),
        outside=codes((*_OUTSIDE, WITHDRAWN) if past else _OUTSIDE, resident.statuses),
        include_superseded=bool(given.get("include_superseded")),
        types=None if types is None else codes(
            [intake.check_type(item).value for item in intake.check_several(types, "types")],
            resident.types,
        ),
        session=None if session is None else _code(
            resident.sessions.get(intake.check_session(session))
        ),
        since=since,
        until=until,
        min_confidence=None if low is None else intake.check_share(low, "min_confidence"),
        as_of=micros("as_of"),
        known_at=micros("known_at"),
        tags=None if tags is None else frozenset(intake.check_names(tags, "tags")),
        metadata=wanted_metadata(given.get("metadata")),
    )  # fmt: skip


def find(
    core: Core,
    resident: Resident,
    text: str,
    mode: Mode,
    wanted: Filter,
    k: int,
    deadline: Deadline,
    inside: Callable[[View], Mask] | None = None,
) -> list[Recall]:
    """Return a user's best hits among the rows wanted, best first.

    `inside` says which rows may be returned besides what `wanted` says.
    """
    from harmonia_plugins.recall import channels
    from harmonia_plugins.recall.boosts import weights_of, with_categories
    from harmonia_plugins.recall.filters import eligible
    from harmonia_plugins.recall.origins import APART
    from harmonia_plugins.recall.query import read_query

    view = resident.view()
    if not view.size:
        return []
    mask = eligible(view, wanted, lambda row: _facts(resident, row))
    if inside is not None:
        mask = inside(view) if mask is None else inside(view) & mask
    if mask is not None and not mask.any():
        return []
    if mode != "hybrid":
        words = _by_words(core, resident, view, text, mode, mask)
        hits = channels.keyword(words, mask, k)
        return _judged(
            resident, view, hits, wanted, mask, k, lambda row: _matched(words, row), APART
        )
    query = read_query(text, resident.speakers.names)
    vector = core.embedder.cached(query.dense_text)
    if vector is None:
        vector = _query_vector(core, query.dense_text, deadline)
    words = channels.Words(
        *resident.lexical.search(query.lexical_text, view.seq, resident.text, mask)
    )
    weights = weights_of(core.settings)
    boosted = core.settings.category_weight > 0
    dense = channels.products(view.vectors, vector)
    origins = origins_of(resident, view).within(mask)
    found = channels.hybrid(
        query, view, dense, words, mask, max(k, 50) if boosted else k, weights, origins
    )
    if boosted:
        found = with_categories(
            found, text, lambda row: _categories(resident, row),
            core.settings.category_weight,
        )  # fmt: skip
    return _judged(
        resident, view, found[:k], wanted, mask, k, lambda row: float(dense[row]), origins
    )


def _judged(
    resident: Resident,
    view: View,
    found: Sequence[Found],
    wanted: Filter,
    mask: Any,
    k: int,
    closeness: Callable[[int], float],
    origins: Origins,
) -> list[Recall]:
    """Build the hits; what is outdated is marked and stands behind what corrects it."""
    from harmonia_plugins.engine.endings import WITHDRAWN, endings_of, memo_of

    endings = endings_of(resident, view)
    if not endings.by_row and not endings.by_source:
        return [_hit(resident, item, wanted) for item in found]
    from harmonia_plugins.recall.staleness import Staleness, settled
    from harmonia_plugins.store.codec import memory_at

    def drawn_from(row: int) -> tuple[str, tuple[str, ...]]:
        memory = memory_at(resident, row)
        return memory.session_id or "", memory.message_ids

    staleness = Staleness(
        endings, view, resident, resident.sessions.names, drawn_from, wanted,
        resident.statuses.get(WITHDRAWN), memo_of(resident, view, wanted),
    )  # fmt: skip
    hits, corrections = settled(found, staleness, mask, k, closeness, origins)
    return [_hit(resident, item, wanted, corrections) for item in hits]


def origins_of(resident: Resident, view: View) -> Origins:
    """Return which message each memory was drawn from; each row is read once."""
    from harmonia_plugins.recall.origins import APART

    known: Origins = resident.derived.get("origins", APART)
    if known.seen < view.size:
        known = known.grown(
            view, resident, lambda row: tuple(resident.body(row).get("message_ids", ()))
        )
        resident.derived["origins"] = known
    return known if known.seen == view.size else known.before(view.size)


def _matched(words: Words, row: int) -> float:
    """Return how well a row holds a query's words."""
    place = int(words.rows.searchsorted(row))
    held = place < len(words.rows) and words.rows[place] == row
    return float(words.scores[place]) if held else 0.0


def _query_vector(core: Core, text: str, deadline: Deadline) -> Any:
    """Return a query's vector; only what may hang is worth a thread to be abandoned in."""
    if core.embedder.prompt:
        return core.embedder.embed([text])[0]
    return deadline.run(lambda: core.embedder.embed([text])[0], "embedding the query")


def _by_words(core: Core, resident: Resident, view: View, text: str, mode: Mode, mask: Any) -> Any:
    """Return the lexical channel's rows, for `phrase` and `prefix` those that hold it."""
    from harmonia_plugins.recall import channels

    analyzer = core.store.analyzer
    words = channels.Words(*resident.lexical.search(text, view.seq, resident.text, mask))
    if mode == "keyword":
        return words
    if mode == "phrase":
        wanted = analyzer.terms(text)
        rows = resident.lexical.phrase(text, view.seq)
        rows = rows[rows < view.size]
        return channels.only(
            words,
            rows,
            lambda row: channels.contains(analyzer.terms(resident.text(row)), wanted),
        )
    *whole, last = analyzer.words(text) or [""]
    rows = resident.lexical.starting_with(last, view.seq) if last else words.rows[:0]
    rows = rows[rows < view.size]

    def holds(row: int) -> bool:
        present = analyzer.words(resident.text(row))
        return set(whole) <= set(present) and any(word.startswith(last) for word in present)

    return channels.only(words, rows, holds)


def find_items(
    core: Core, resident: Resident, text: str, inside: Callable[[View], Mask]
) -> list[Recall]:
    """Return a user's items of some rows as hits on a text, best first."""
    from harmonia_plugins.recall.deadline import Deadline

    wanted = filter_for(core, resident, frozenset({"item"}), {})
    size = max(1, resident.view().size)
    return find(core, resident, text, "hybrid", wanted, size, Deadline(None), inside)


def check_layers(layers: object, **only_memories: object) -> frozenset[str]:
    """Return the layers to search; what only memories have leaves messages out."""
    names = [
        intake.check_choice(layer, _LAYERS, "layers")
        for layer in intake.check_several(layers, "layers")
    ]
    if not names:
        raise InvalidInputError(f"layers must name at least one of {', '.join(_LAYERS)}")
    given = [name for name, value in only_memories.items() if value is not None]
    if not given:
        return frozenset(names)
    if "memory" not in names:
        raise InvalidInputError(
            f"{given[0]} filters memories only, and layers={tuple(names)!r} leaves them out"
        )
    return frozenset({"memory"})


def wanted_metadata(metadata: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return checked metadata to filter by."""
    return {} if metadata is None else intake.check_metadata(metadata)


def _facts(resident: Resident, row: int) -> tuple[Any, Any]:
    """Return a row's tags and metadata."""
    value = _value(resident, row)
    if isinstance(value, Memory):
        return value.tags, value.metadata
    return (), value.metadata if isinstance(value, Message) else value.value


def _categories(resident: Resident, row: int) -> tuple[str, ...]:
    value = _value(resident, row)
    return value.categories if isinstance(value, Memory) else ()


def _value(resident: Resident, row: int) -> Any:
    from harmonia_plugins.store.codec import item_at, memory_at, message_at

    decode: Callable[[Resident, int], Any] = (message_at, memory_at, item_at)[
        int(resident.view().layer[row])
    ]
    return decode(resident, row)


def _code(known: int) -> int:
    """Return a session's number; one nobody knows must not stand for "no session"."""
    return known if known >= 0 else -2


def _hit(
    resident: Resident,
    found: Found,
    wanted: Filter,
    corrections: Mapping[int, int | None] = _NO_CORRECTIONS,
) -> Recall:
    """Build a hit; `corrections` has the rows that are outdated, each with what corrects it."""
    from harmonia_plugins.engine.endings import WITHDRAWN
    from harmonia_plugins.recall.staleness import over
    from harmonia_plugins.store.codec import owned

    value, by = _value(resident, found.row), corrections.get(found.row)
    corrected_by, stale = None if by is None else resident.id(by), found.row in corrections
    withdrawn = resident.statuses.get(WITHDRAWN)
    if isinstance(value, Message):
        return Recall(
            id=resident.id(found.row), text=value.content, score=found.score, layer="message",
            message=owned(value), session_id=resident.session(found.row),
            message_ids=(resident.id(found.row),), channels=found.channels, stale=stale,
            superseded_by=corrected_by,
        )  # fmt: skip
    if isinstance(value, Memory):
        return Recall(
            id=value.id, text=value.content, score=found.score, layer="memory",
            memory=owned(value), session_id=value.session_id, message_ids=value.message_ids,
            channels=found.channels,
            stale=stale or over(resident.view(), found.row, wanted, withdrawn),
            superseded_by=corrected_by,
        )  # fmt: skip
    return Recall(
        id=value.key, text=resident.text(found.row), score=found.score, layer="item", item=value,
        channels=found.channels,
    )  # fmt: skip
