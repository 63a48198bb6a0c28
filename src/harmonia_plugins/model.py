"""The values that go in and come out: frozen, typed, and free of any database or framework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, Literal, Self, TypeVar, overload

Role = str
"""`user`, `assistant`, `system`, `tool` or a framework's own word."""

Layer = Literal["memory", "message", "item"]
Mode = Literal["hybrid", "keyword", "phrase", "prefix"]
MemoryStatus = Literal["active", "superseded", "retracted", "archived", "quarantined"]
MessageStatus = Literal["active", "archived", "deleted"]
ChangeSetStatus = Literal["applied", "queued", "dry_run"]
ChangeKind = Literal[
    "created", "updated", "superseded", "merged", "linked", "reinforced", "retracted",
    "archived", "skipped", "quarantined", "reverted", "released",
]  # fmt: skip


class MemoryType(StrEnum):
    """What kind of thing a memory says."""

    PERSONAL = "personal"
    FACTUAL = "factual"
    EMOTIONAL = "emotional"
    RELATIONAL = "relational"
    TEMPORAL = "temporal"
    PROCEDURAL = "procedural"
    EPISODIC = "episodic"
    PREFERENCE = "preference"
    GOAL = "goal"
    SKILL = "skill"
    META = "meta"
    OTHER = "other"


class Value:
    """Mixin of the values below: plain data in, plain data out.

    `to_dict` writes only what JSON can hold (datetimes as ISO 8601, aware ones in UTC),
    `from_dict` reads it back to an equal value and ignores names it does not know.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready data."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the value that `to_dict` described."""
        known = {item.name: str(item.type) for item in fields(cls)}  # type: ignore[arg-type]
        return cls(**{name: _rich(known[name], data[name]) for name in known if name in data})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, Value):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]  # pyright: ignore
    return value


def _rich(kind: str, value: Any) -> Any:
    """Turn plain data back into what a field annotated as `kind` holds."""
    kind = kind.removesuffix(" | None")
    if value is None:
        return None
    if kind == "datetime":
        return datetime.fromisoformat(value)
    if kind == "tuple[datetime, ...]":
        return tuple(datetime.fromisoformat(item) for item in value)
    if kind == "MemoryType":
        return MemoryType(value)
    if kind in _NESTED:
        return _NESTED[kind].from_dict(value)
    if kind.startswith("tuple["):
        nested = _NESTED.get(kind[6:-1].removesuffix(", ..."))
        return tuple(nested.from_dict(item) if nested else item for item in value)
    if kind.startswith("Mapping[str, ") and (nested := _NESTED.get(kind[13:-1])):
        return {key: nested.from_dict(item) for key, item in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Message(Value):
    """One chat message, verbatim.

    `id` is unique within its session; without one, an id is made when the message is stored.
    `created_at` is when it was said (naive: wall clock in the effective zone; None: now).
    `metadata` must be JSON and can be filtered on; `payload` is JSON kept for a framework and
    never searched.
    """

    role: Role
    content: str
    name: str | None = field(default=None, kw_only=True)
    id: str | None = field(default=None, kw_only=True)
    created_at: datetime | None = field(default=None, kw_only=True)
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any], kw_only=True)
    payload: Any = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory(Value):
    """One statement that is believed, in one of its revisions.

    Two clocks: the statement is true from `valid_from` until `valid_to`; it has been believed
    since `recorded_at`, and until `superseded_at` where a later revision took its place.
    """

    id: str
    revision: int
    user_id: str
    content: str
    recorded_at: datetime
    session_id: str | None = None
    type: MemoryType = MemoryType.OTHER
    confidence: float = 1.0
    importance: float | None = None
    entities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subject: str | None = None
    attribute: str | None = None
    value: str | None = None
    occurred_at: datetime | None = None
    occurred_until: datetime | None = None
    occurred_precision: str | None = None
    recurrence: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    superseded_at: datetime | None = None
    superseded_by: str | None = None
    status: MemoryStatus = "active"
    mentions: int = 1
    last_seen_at: datetime | None = None
    links: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    trust: float = 1.0
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Value):
    """What a write did to one memory: `before` is None for a new one, `after` for no change."""

    kind: ChangeKind
    before: Memory | None = None
    after: Memory | None = None
    strategy: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet(Value):
    """The result of one write: `queued` while its messages wait to be learned from."""

    id: str
    status: ChangeSetStatus
    message_ids: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    trace: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision(Value):
    """One step in a memory's history and what caused it."""

    memory: Memory
    kind: ChangeKind
    changeset_id: str
    strategy: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class FieldChange(Value):
    """One field of `Memory` that differs between two revisions."""

    field: str
    before: Any
    after: Any

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the value that `to_dict` described."""
        kinds = {item.name: str(item.type) for item in fields(Memory)}
        kind = kinds.get(data["field"], "Any")
        return cls(data["field"], _rich(kind, data["before"]), _rich(kind, data["after"]))


@dataclass(frozen=True, slots=True)
class ChannelScore(Value):
    """A record's place in one channel: rank from 1, and the channel's own score."""

    rank: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Value):
    """A JSON value under a namespace and key; `score` is set by searches with a query."""

    namespace: tuple[str, ...]
    key: str
    value: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall(Value):
    """One hit: `score` in [0, 1], higher is better, comparable within one call.

    `message_ids` are the messages it came from (of a message, itself); `channels` says where the
    searches `dense` and `lexical` placed it.
    """

    id: str
    text: str
    score: float
    layer: Layer
    memory: Memory | None = None
    message: Message | None = None
    item: Item | None = None
    session_id: str | None = None
    message_ids: tuple[str, ...] = ()
    channels: Mapping[str, ChannelScore] = field(default_factory=dict[str, ChannelScore])
    stale: bool = False
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Forgotten(Value):
    """How many memories and messages `forget` removed."""

    memories: int
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Value):
    """A session of a user: its number of messages and when it began and was last added to."""

    id: str
    messages: int
    started_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged(Value):
    """What `purge` did: rows it kept and wrote anew, and the folder's bytes before and after."""

    records: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency(Value):
    """How long a verb took lately, in milliseconds: number of calls, median, 95th percentile."""

    calls: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences(Value):
    """What one user has chosen; None leaves it to the settings.

    `timezone` is the IANA zone of their naive and relative times, `strategy` how conflicts are
    resolved, `strategies` the same for single memory types.
    """

    timezone: str | None = None
    strategy: str | None = None
    strategies: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Value):
    """Whether the engine can serve, and what it had to mend to do so."""

    ok: bool
    path: str
    version: str
    schema_version: int
    embedder: str
    extractor: str
    writable: bool
    healed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    maintenance: str = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats(Value):
    """Totals of a store, or of one user.

    `lexical_lag` is the number of rows of resident users that their Tantivy indexes do not hold
    yet (they are scored from memory); sizes are bytes.
    """

    memories: int
    messages: int
    items: int
    waiting: int
    rows: int
    users_resident: int
    lexical_lag: int
    disk_bytes: int
    resident_bytes: int
    embedded_texts: int
    embed_cache_hits: int
    extractor_failures: int = 0
    set_aside: int = 0
    latencies: Mapping[str, Latency] = field(default_factory=dict[str, Latency])


Precision = Literal[
    "minute", "hour", "day", "week", "month", "season", "year", "decade"
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMention(Value):
    """A time expression in a text, resolved against the moment it was written.

    `[start, end)` is half-open and aware; both are None where the expression names no single
    time: it recurs (`recurrence`, an RRULE) or is ambiguous (`candidates`, possible starts).
    `span` is its place in the text, as character offsets.
    """

    text: str
    span: tuple[int, int]
    precision: Precision
    start: datetime | None = None
    end: datetime | None = None
    recurrence: str | None = None
    candidates: tuple[datetime, ...] = ()


Polarity = Literal["asserted", "negated", "corrected", "retracted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Value):
    """One statement that an extractor drew from a message: third person, one fact.

    `message` is the message's place in the window, `source` the words it was drawn from.
    `confidence` says how sure the extractor is, 0 to 1. None and () mean "not told": later stages
    fill them in. `polarity` is `negated` where something stopped being true ("no longer eats
    meat"), `corrected` where the speaker takes back an earlier wording ("actually, it's Lyon"),
    `retracted` where they ask to drop what was said. `replaces` are the ids of known memories that
    are no longer true by it, where the extractor can tell.
    """

    content: str
    message: int
    source: str
    confidence: float = 0.5
    type: MemoryType | None = None
    importance: float | None = None
    entities: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subject: str | None = None
    attribute: str | None = None
    value: str | None = None
    polarity: Polarity = "asserted"
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Value):
    """What an extractor sees: messages to learn from, the ones before them, and known memories.

    `known` are the memories recorded last, oldest first; `related` those most like the messages,
    best first.
    """

    messages: tuple[Message, ...]
    before: tuple[Message, ...] = ()
    known: tuple[Memory, ...] = ()
    related: tuple[Memory, ...] = ()


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Sequence[T], Generic[T]):
    """A part of a longer list; `next_cursor` asks for the next part and is None at the end."""

    entries: tuple[T, ...]
    next_cursor: str | None = None

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self.entries[index]

    def __len__(self) -> int:
        return len(self.entries)

    def __iter__(self) -> Iterator[T]:
        return iter(self.entries)


_NESTED: dict[str, type[Value]] = {
    cls.__name__: cls for cls in (ChannelScore, Memory, Message, Change, Item, Latency)
}
