"""What an embedder must do to be used by the engine."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.testing.conformance.report import Check, Report, as_tests, demand, run_checks

if TYPE_CHECKING:
    from harmonia_plugins.ports import Embedder

    Maker = Callable[[], Embedder]

TEXTS = (
    "My dog is called Biscuit and sleeps on the sofa.",
    "tea",
    "The train to the coast leaves at seven in the morning, and I have not packed anything yet. "
    "Please remind me to take the blue umbrella, the camera and something to read on the way.",
    "What do you think of jazz?",
)

STRANGE = (
    "",
    " \t\n",
    "a\x00b",
    "\x00",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "我喜欢在杭州喝茶。",
    "مرحبا بالعالم",
    "e\u0301\u0301\u0301",
    "\u202eabc\u202c",
    "\ufeff\ufffe\U0010ffff",
    "!!!",
    "x" * 500,
)

SAME = 0.999
"""Cosine from which two vectors count as the same: room for the order of float additions."""


def check_embedder(make: Maker) -> Report:
    """Run every check on fresh embedders that `make` returns.

    >>> from harmonia_plugins.testing import HashEmbedder
    >>> check_embedder(HashEmbedder).raise_for_failures()
    """
    return run_checks(CHECKS, make)


def embedder_tests(make: Maker) -> list[Callable[[], None]]:
    """Return the checks as tests without arguments, for `pytest.mark.parametrize`.

    ```python
    @pytest.mark.parametrize("check", embedder_tests(MyEmbedder), ids=lambda c: c.__name__)
    def test_conformance(check):
        check()
    ```
    """
    return as_tests(CHECKS, make)


def shape(make: Maker) -> None:
    """`embed` answers one row of `dimension` numbers per text."""
    embedder = make()
    found = embedder.embed(TEXTS).shape
    expected = (len(TEXTS), embedder.dimension)
    demand(found == expected, f"the shape is {found} instead of {expected}")


def dtype(make: Maker) -> None:
    """`embed` answers a numpy array of float32."""
    rows = make().embed(TEXTS)
    kind = getattr(rows, "dtype", type(rows))
    demand(kind == np.float32, f"the type is {kind}")


def unit_length(make: Maker) -> None:
    """Every row has length 1, within 0.001."""
    lengths = np.linalg.norm(make().embed(TEXTS), axis=1)
    demand(np.allclose(lengths, 1, atol=1e-3), f"the lengths are {lengths}")


def dimension_without_texts(make: Maker) -> None:
    """`dimension` is a positive int, known before the first `embed` and the same after it."""
    embedder = make()
    before: Any = embedder.dimension
    demand(isinstance(before, int) and before > 0, f"dimension is {before!r}")
    embedder.embed(TEXTS)
    demand(embedder.dimension == before, f"dimension was {before}, is {embedder.dimension}")


def no_texts(make: Maker) -> None:
    """For no texts, `embed` answers an array of shape (0, dimension)."""
    embedder = make()
    found = embedder.embed([]).shape
    demand(found == (0, embedder.dimension), f"the shape is {found}")


def determinism(make: Maker) -> None:
    """The same text has the same vector in every call, and from another instance."""
    embedder = make()
    first = embedder.embed(TEXTS)
    _same(first, embedder.embed(TEXTS), "in the second call")
    _same(first, make().embed(TEXTS), "from another instance")


def batch_independence(make: Maker) -> None:
    """A text has the same vector alone and in a batch with texts of other lengths."""
    embedder = make()
    alone = np.vstack([embedder.embed([text]) for text in TEXTS])
    _same(alone, embedder.embed(TEXTS), "in a batch")
    _same(alone, embedder.embed(TEXTS * 30)[-len(TEXTS) :], "in a large batch")


def order(make: Maker) -> None:
    """Rows come in the order of the texts."""
    embedder = make()
    _same(embedder.embed(TEXTS), embedder.embed(TEXTS[::-1])[::-1], "in reverse order")


def duplicates(make: Maker) -> None:
    """A text that comes twice in a call gets a row each time."""
    rows = make().embed([TEXTS[0], TEXTS[1], TEXTS[0]])
    demand(rows.shape[0] == 3, f"3 texts gave {rows.shape[0]} rows")
    _same(rows[:1], rows[2:], "the second time in a call")


def distinct(make: Maker) -> None:
    """Different texts have different vectors."""
    first, second = make().embed(TEXTS[:2])
    demand(first @ second < SAME, "two different texts have the same vector")


def long_text(make: Maker) -> None:
    """A text of a million characters has a vector, beside short ones in the same call."""
    rows = make().embed(["tea", "all work and no play " * 50_000])
    demand(np.isfinite(rows).all(), "its vector is not finite")


def strange_texts(make: Maker) -> None:
    """Blank texts, NUL, emoji, right-to-left and CJK text have finite unit vectors."""
    embedder = make()
    for text in STRANGE:
        length = float(np.linalg.norm(embedder.embed([text])))
        demand(abs(length - 1) < 1e-3, f"the vector of {text[:20]!r} has length {length}")


def threads(make: Maker) -> None:
    """Calls from eight threads at once give the vectors that calls one by one give."""
    embedder = make()
    texts = [f"{text} ({number})" for number in range(8) for text in TEXTS[:2]]
    alone = np.vstack([embedder.embed([text]) for text in texts])
    fresh = make()
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(fresh.embed, [[text] for text in texts]))
    _same(alone, np.vstack(rows), "from several threads")


def fingerprint(make: Maker) -> None:
    """`fingerprint` is a string that is not blank, before and after `embed` and in every one."""
    embedder = make()
    before: Any = embedder.fingerprint
    demand(isinstance(before, str) and before.strip(), f"fingerprint is {before!r}")
    embedder.embed(TEXTS[:1])
    for name in (embedder.fingerprint, make().fingerprint):
        demand(name == before, f"fingerprint is {before!r} and {name!r}")


CHECKS: tuple[Check[Maker], ...] = (
    shape,
    dtype,
    unit_length,
    dimension_without_texts,
    no_texts,
    determinism,
    batch_independence,
    order,
    duplicates,
    distinct,
    long_text,
    strange_texts,
    threads,
    fingerprint,
)


def _same(first: np.ndarray, second: np.ndarray, where: str) -> None:
    cosines = (first * second).sum(axis=1)
    demand(np.all(cosines > SAME), f"a vector differs {where}: cosine {float(cosines.min()):.4f}")
