"""Made-up conversations for the speed benchmarks: text, vectors, and stores filled with them.

Small stores are embedded by the real model. Large ones hold vectors mixed from real ones, two at
a time and with noise, beside the two texts joined, so that meaning and words still agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins import Memory, MemoryEngine, Message
from harmonia_plugins.ports import Embedder

Vectors = NDArray[np.float32]

REAL = 2000
"""Sentences embedded by the model; everything larger is mixed from them."""
SESSION = 25
"""Messages in one session."""
MEMORIES = 0.2
"""Share of records that are memories; the others are messages."""

_TEMPLATES = (
    "I went to {place} with {name} {when} and we had {food}.",
    "My {relative} {name} just started a new job as a {job} at {brand}.",
    "I have been learning {hobby} since {when}, it helps me to relax.",
    "Could you remind me to buy {food} and a {thing} for {name}?",
    "We are planning a trip to {place}, probably {when}.",
    "The {thing} from {brand} broke again, so I am looking for a new one.",
    "{name} recommended a book about {hobby}, I finished it {when}.",
    "Do you know a good place for {food} near {place}?",
    "My {relative} is allergic to {food}, please keep that in mind.",
    "I would rather do {hobby} than watch {brand} all evening.",
    "Last time at {place} I lost my {thing} and {name} found it {when}.",
    "That sounds great, I hope {name} enjoys {hobby} as much as I do!",
    "I moved from {place} to be closer to my {relative}.",
    "We adopted a {pet} called {name} from a shelter in {place} {when}.",
    "How did the interview at {brand} go, did they need a {job}?",
    "My doctor says {hobby} and less {food} would do me good.",
)
_QUESTIONS = (
    "Where did I go with {name}?", "What does {name} do for work?", "What is my {pet} called?",
    "When did I start {hobby}?", "Who is allergic to {food}?", "What did I buy at {brand}?",
    "Where are we travelling {when}?", "What did {name} recommend to me?",
    "Which food do I like near {place}?", "Why did I move away from {place}?",
)  # fmt: skip
_WORDS: dict[str, str] = {
    "relative": "sister brother mother father cousin aunt uncle grandmother neighbour colleague",
    "food": "sushi pasta curry pancakes tacos ramen dumplings salad peanuts shrimp cheese mangoes "
    "strawberries bread soup chocolate noodles falafel risotto oysters",
    "job": "nurse teacher welder translator carpenter pilot chemist gardener baker lawyer "
    "librarian electrician journalist surveyor plumber",
    "hobby": "pottery climbing chess painting photography gardening swimming yoga fencing origami "
    "astronomy knitting surfing archery calligraphy birdwatching cycling dancing",
    "thing": "lamp kettle backpack camera jacket notebook drill keyboard bicycle umbrella watch "
    "blender printer tent guitar telescope",
    "pet": "dog cat parrot rabbit hamster turtle pony",
    "when": "yesterday|last week|in the spring|two months ago|on Saturday|next summer|in October|"
    "over the holidays|this morning|a few years ago",
}


def _choices() -> dict[str, list[str]]:
    words = {
        kind: text.split("|") if "|" in text else text.split() for kind, text in _WORDS.items()
    }
    # Made-up names, so that the vocabulary grows with the store as it does in life.
    rng = random.Random(5)
    parts = [a + b for a in "bdfgklmnprstv" for b in "aeiou"]
    for kind, count in (("name", 800), ("place", 600), ("brand", 600)):
        made = {"".join(rng.choices(parts, k=rng.choice((2, 3)))).title() for _ in range(count)}
        words[kind] = sorted(made)
    return words


def _filled(templates: Sequence[str], seed: int) -> Iterator[str]:
    rng, words = random.Random(seed), _choices()

    def word(kind: str) -> str:
        known = words[kind]
        # Few words are common and many rare.
        return known[min(len(known) - 1, int(len(known) * rng.random() ** 2.5))]

    while True:
        yield rng.choice(templates).format(**{kind: word(kind) for kind in words})


def sentences(count: int, seed: int = 1) -> list[str]:
    """Return made-up messages, all different."""
    return _different(_filled(_TEMPLATES, seed), count)


def questions(count: int, seed: int = 2) -> list[str]:
    """Return made-up questions, all different."""
    return _different(_filled(_QUESTIONS, seed), count)


def _different(texts: Iterator[str], count: int) -> list[str]:
    found: dict[str, None] = {}
    for number, text in enumerate(texts):
        found.setdefault(text if number < 20 * count else f"{text} ({number})")
        if len(found) == count:
            break
    return list(found)


class Mixer:
    """Makes any number of texts with vectors out of a few thousand real ones."""

    def __init__(self, embedder: Embedder, seed: int = 3) -> None:
        self._texts = sentences(REAL)
        self._vectors = embedder.embed(self._texts)
        self._rng = np.random.default_rng(seed)
        self._made = 0

    def make(self, count: int) -> tuple[list[str], Vectors]:
        """Return the next texts, different from all before, and a unit vector for each."""
        first, second = self._rng.integers(0, REAL, (2, count))
        share = self._rng.uniform(0.3, 0.7, (count, 1)).astype(np.float32)
        vectors = share * self._vectors[first] + (1 - share) * self._vectors[second]
        noise = self._rng.standard_normal(vectors.shape, np.float32)
        vectors += 0.2 * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        texts = [
            f"{self._texts[a]} {self._texts[b]} #{self._made + number}"
            for number, (a, b) in enumerate(zip(first.tolist(), second.tolist(), strict=True))
        ]
        self._made += count
        return texts, vectors


class Prepared:
    """An embedder that knows some texts' vectors beforehand and asks the real one for others."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._known: dict[str, Vectors] = {}
        self.fingerprint = inner.fingerprint
        self.dimension = inner.dimension

    @property
    def prompt(self) -> bool:
        """Whether the real one answers at once, as the engine asks its own model."""
        return getattr(self._inner, "prompt", False)

    def prepare(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Know these vectors from now on."""
        self._known.update(zip(texts, vectors, strict=True))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one row per text."""
        if all(text in self._known for text in texts):
            return np.stack([self._known[text] for text in texts])
        return self._inner.embed(texts)


def fill(
    engine: MemoryEngine,
    user: str,
    texts: Sequence[str],
    vectors: Vectors,
    *,
    seed: int = 4,
    first: int = 0,
) -> None:
    """Write a user's records in one commit, a fifth of them memories, past the embedder.

    Goes in below the public verbs, because storing a hundred thousand memories one by one is
    what is not to be measured here.
    """
    from harmonia_plugins.store.codec import memory_row, message_row

    rng, start = random.Random(seed), datetime(2024, 1, 1, tzinfo=UTC)

    def plan(draft: Any) -> None:
        for number, (text, vector) in enumerate(zip(texts, vectors, strict=True), first):
            at = start + timedelta(minutes=number)
            length = engine._core.terms(text)
            if rng.random() < MEMORIES:
                memory = Memory(
                    id=f"memory-{number}", revision=1, user_id=user, content=text, recorded_at=at,
                    confidence=0.8, tags=("made-up",), occurred_at=at,
                )  # fmt: skip
                draft.add(
                    memory_row(
                        memory, kind="created", changeset_id="fill", vector=vector, length=length
                    )
                )
                continue
            role = "user" if number % 2 else "assistant"
            message = Message(role, text, id=f"message-{number}", created_at=at)
            draft.add(
                message_row(
                    message, user_id=user, session_id=f"session-{number // SESSION}",
                    recorded_at=at, vector=vector, length=length,
                )
            )  # fmt: skip

    engine._core.store.write(user, plan)


def blocks(values: Sequence[Any], size: int) -> Iterator[list[Any]]:
    """Yield a sequence in parts."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part


def alternating(count: int, *runs: Callable[[int], Any]) -> list[list[float]]:
    """Return the seconds of each call, the runs taking turns so that load meets all alike."""
    from time import perf_counter

    times: list[list[float]] = [[] for _ in runs]
    for number in range(count):
        for run, taken in zip(runs, times, strict=True):
            start = perf_counter()
            run(number)
            taken.append(perf_counter() - start)
    return times
