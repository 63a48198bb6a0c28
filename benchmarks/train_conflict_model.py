"""Learn which statements replace, end or correct which.

    python benchmarks/train_conflict_model.py [--cross-validate]

Reads understanding/conflict_pairs.jsonl, makes the pairs to learn from and writes the weights that
`harmonia_plugins.pipeline.conflicts.judge` reads. One line there is a family: statements of one
matter (`old`), and what later ones do to them (`new`). Beside the pairs that a family tells, these
are learned from: two statements that both leave the matter alone; a change of the matter beside
what it does not touch; the same pair told of somebody with a name, or of two different people; and
the statements of other matters that are nearest in meaning, of which none is touched.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.pipeline import conflicts
from harmonia_plugins.pipeline.conflicts.judge import CLOSING, VERDICTS
from harmonia_plugins.pipeline.conflicts.signs import compare, signs_of
from harmonia_plugins.providers.embedded import EmbeddedEmbedder

FAMILIES = Path(__file__).parent / "understanding" / "conflict_pairs.jsonl"
TARGET = Path(conflicts.__file__).with_name("judge_weights.json")

HIDDEN = 16
LEAST_STATEMENTS = 4
"""A word is learned when so many later statements hold it."""
WORD_SCALE = 2.0
PENALTY = 2e-3
LEAST_SPREAD = np.float32(0.15)
STEPS = 1200
BATCH = 1024
RATE = 3e-3
FOLDS = 5
NEAREST = 3
WEIGHTS = {
    "told": 1.0, "same": 1.0, "beside": 0.7, "untouched": 0.7, "people": 0.7,
    "named": 0.5, "tailed": 0.5, "joined": 0.5, "elsewhere": 0.5,
}  # fmt: skip
PEOPLE = ("Jon", "Gina", "Maria", "Tom", "Caroline", "Melanie", "James", "Nate", "Joanna", "Audrey")
TAILS = (
    ", and it was awesome",
    ", which is pretty exciting",
    ", and it keeps them motivated",
    ", even if it is not always easy",
    " and everybody is happy about it",
    ", bless them",
    ", it has been a long week",
    ", and the kids loved it",
    " and it feels great",
    ", honestly",
    ", so they can finally relax",
    ", it is such a good way to clear the mind",
    ", no contest",
    ", and there is more to come",
    ", with the whole family and a lot of cake",
    ", so be it",
    " since they last spoke",
    ", and they are thankful for every moment of it",
)
"""Said in passing, after anything; that a statement goes on says nothing of what it does."""
OTHERS = ("User's brother", "User's mum", "User's friend Kim", "User's colleague", "Priya")
KINDRED = (
    {"musing", "chat"}, {"diet", "drink", "food", "habit", "free"}, {"home", "household", "free"},
    {"family", "people", "relationship", "free"}, {"work", "study", "free"},
)  # fmt: skip
"""Topics whose statements may well touch each other; pairs across them are left out."""

Array = NDArray[Any]
Family = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """A later and an earlier statement, what the one does to the other, and where they are from."""

    family: int
    later: str
    earlier: str
    verdict: str
    origin: str


def families() -> list[Family]:
    """Return the families, in the order of the file."""
    return [json.loads(line) for line in FAMILIES.read_text(encoding="utf-8").splitlines()]


def within(found: list[Family]) -> list[Pair]:
    """Return the pairs of each family."""
    chance = random.Random(1)
    pairs: list[Pair] = []
    for number, family in enumerate(found):
        later = [(text, verdict) for verdict, texts in family["new"].items() for text in texts]
        alone, olds = family["new"]["none"], family["old"]

        def add(text: str, other: str, verdict: str, origin: str, number: int = number) -> None:
            if text != other:
                pairs.append(Pair(number, text, other, verdict, origin))

        for old in olds:
            for text, verdict in later:
                add(text, old, verdict, "told")
            for other in olds:
                add(other, old, "same", "same")
        for text, verdict in later:
            old, name = chance.choice(olds), chance.choice(PEOPLE)
            if "User" in text or "User" in old:
                add(_told_of(text, name), _told_of(old, name), verdict, "named")
            if "User" in text or "User" in old:
                add(text + chance.choice(TAILS), old + chance.choice(TAILS), verdict, "tailed")
                add(
                    _told_of(text, name) + chance.choice(TAILS),
                    _told_of(old, name),
                    verdict,
                    "tailed",
                )
            if verdict == "none":
                for other in chance.sample([*alone, *olds], min(NEAREST, len(alone))):
                    joined = f"{other}, and {text}"
                    add(joined, chance.choice(alone), "none", "joined")
                for other in chance.sample(alone, min(NEAREST, len(alone))):
                    add(text, other, "none", "beside")
            elif verdict in VERDICTS[CLOSING]:
                for other in chance.sample(alone, min(NEAREST, len(alone))):
                    if not signs_of(text).things & signs_of(other).things:
                        add(text, other, "none", "untouched")
                if text.startswith("User") and old.startswith("User"):
                    add(text, _told_of(old, chance.choice(OTHERS)), "none", "people")
                    add(_told_of(text, chance.choice(OTHERS)), old, "none", "people")
    return pairs


def _told_of(text: str, name: str) -> str:
    return text.replace("User", name)


def across(found: list[Family], vectors: dict[str, Array]) -> list[Pair]:
    """Return each later statement beside the nearest earlier ones of other topics."""
    earlier = [(number, text) for number, family in enumerate(found) for text in family["old"]]
    matrix = np.array([vectors[text] for _, text in earlier])
    pairs: list[Pair] = []
    for number, family in enumerate(found):
        for text in (text for texts in family["new"].values() for text in texts):
            order = np.argsort(-(matrix @ vectors[text]))
            far: list[str] = [
                earlier[place][1]
                for place in map(int, order[: 20 * NEAREST])
                if _apart(family["topic"], found[earlier[place][0]]["topic"])
            ]
            pairs += [Pair(number, text, old, "none", "elsewhere") for old in far[:NEAREST]]
    return pairs


def _apart(one: str, other: str) -> bool:
    return one != other and not any({one, other} <= kindred for kindred in KINDRED)


def embedded(texts: list[str]) -> dict[str, Array]:
    """Return the unit vector of each text."""
    once = list(dict.fromkeys(texts))
    rows = np.asarray(EmbeddedEmbedder().embed(once), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(zip(once, rows, strict=True))


@dataclass(frozen=True)
class Table:
    """The numbers of each pair, the words of its later statement, its verdict and its weight."""

    pairs: list[Pair]
    signs: Array
    verdicts: NDArray[np.int64]
    weights: Array

    @property
    def parts(self) -> tuple[int, int]:
        """How many numbers compare a pair, and how many are of one statement."""
        alone = len(signs_of(self.pairs[0].later).cues)
        return self.signs.shape[1] - 2 * alone, alone


def table(pairs: list[Pair], vectors: dict[str, Array]) -> Table:
    """Read all pairs."""
    rows = [
        [
            *compare(
                signs_of(pair.later),
                signs_of(pair.earlier),
                float(vectors[pair.later] @ vectors[pair.earlier]),
            ),
            *signs_of(pair.later).cues,
            *signs_of(pair.earlier).cues,
        ]
        for pair in pairs
    ]
    return Table(
        pairs,
        np.array(rows, np.float32),
        np.array([VERDICTS.index(pair.verdict) for pair in pairs]),
        np.array([WEIGHTS[pair.origin] for pair in pairs], np.float32),
    )


def vocabulary(data: Table, rows: NDArray[np.int64]) -> list[str]:
    """Return the words worth a weight, in order."""
    told: list[Pair] = [
        data.pairs[row] for row in map(int, rows) if data.pairs[row].origin == "told"
    ]
    statements = {pair.later for pair in told}
    counts = Counter(word for text in statements for word in signs_of(text).words)
    return sorted(word for word, count in counts.items() if count >= LEAST_STATEMENTS)


def inputs(data: Table, words: list[str], mean: Array, spread: Array) -> Array:
    """Return what the network sees: the numbers brought to one scale, and the words."""
    place = {word: at for at, word in enumerate(words)}
    bags = np.zeros((len(data.pairs), len(words)), np.float32)
    for row, pair in enumerate(data.pairs):
        known = [place[word] for word in signs_of(pair.later).words if word in place]
        bags[row, known] = WORD_SCALE / max(1, len(known)) ** 0.5
    return np.hstack([(data.signs - mean) / spread, bags])


@dataclass(frozen=True)
class Layers:
    """Weights of the network."""

    first: Array
    first_constant: Array
    out: Array
    out_constant: Array


def fit(x: Array, data: Table, rows: NDArray[np.int64]) -> Layers:
    """Learn by Adam on the cross entropy, the same in every run."""
    chance = np.random.default_rng(0)
    width, targets = x.shape[1], np.eye(len(VERDICTS), dtype=np.float32)[data.verdicts]
    layers: list[Array] = [
        chance.normal(0, width**-0.5, (width, HIDDEN)).astype(np.float32),
        np.zeros(HIDDEN, np.float32),
        chance.normal(0, HIDDEN**-0.5, (HIDDEN, len(VERDICTS))).astype(np.float32),
        np.zeros(len(VERDICTS), np.float32),
    ]
    mean: list[Array] = [np.zeros_like(w) for w in layers]
    square: list[Array] = [np.zeros_like(w) for w in layers]
    for step in range(1, STEPS + 1):
        some = rows[chance.integers(0, len(rows), BATCH)]
        sums = x[some] @ layers[0] + layers[1]
        hidden = np.maximum(sums, 0)
        error = (_odds(hidden @ layers[2] + layers[3]) - targets[some]) * data.weights[some, None]
        error /= BATCH
        back = (error @ layers[2].T) * (sums > 0)
        slopes: list[Array] = [
            x[some].T @ back + PENALTY * layers[0], back.sum(axis=0),
            hidden.T @ error + PENALTY * layers[2], error.sum(axis=0),
        ]  # fmt: skip
        rate = RATE * (0.1 + 0.45 * (1 + np.cos(np.pi * step / STEPS)))
        for at, slope in enumerate(slopes):
            mean[at] += 0.1 * (slope - mean[at])
            square[at] += 0.001 * (slope**2 - square[at])
            scale = np.sqrt(square[at] / (1 - 0.999**step)) + 1e-8
            layers[at] -= rate * (mean[at] / (1 - 0.9**step)) / scale
    return Layers(*layers)


def _odds(sums: Array) -> Array:
    odds = np.exp(sums - sums.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def closing(layers: Layers, x: Array) -> Array:
    """Return how likely each pair's earlier statement is believed no longer."""
    hidden = np.maximum(x @ layers.first + layers.first_constant, 0)
    return _odds(hidden @ layers.out + layers.out_constant)[:, CLOSING].sum(axis=1)


def scales(data: Table, rows: NDArray[np.int64]) -> tuple[Array, Array]:
    """Return mean and spread of the numbers."""
    return data.signs[rows].mean(axis=0), data.signs[rows].std(axis=0) + LEAST_SPREAD


def cross_validate(data: Table, count: int) -> None:
    """Print how many closings are seen, and how many wrongly, in families not learned from."""
    fold = np.random.default_rng(0).permutation(count) % FOLDS
    folds = fold[[pair.family for pair in data.pairs]]
    scores = np.zeros(len(data.pairs), np.float32)
    for number in range(FOLDS):
        rest, held = np.flatnonzero(folds != number), np.flatnonzero(folds == number)
        x = inputs(data, vocabulary(data, rest), *scales(data, rest))
        scores[held] = closing(fit(x, data, rest), x[held])
    closes = data.verdicts >= CLOSING.start
    told = np.array([pair.origin == "told" for pair in data.pairs])
    print(f"{len(data.pairs)} pairs, {FOLDS} folds by family; told pairs closed rightly / wrongly, "
          "others wrongly")  # fmt: skip
    for bar in (0.5, 0.6, 0.7, 0.8, 0.9):
        over = scores > bar
        figures = (over[told & closes], over[told & ~closes], over[~told & ~closes])
        print(f"  above {bar}: " + " / ".join(f"{figure.mean():.4f}" for figure in figures))


def write(data: Table, layers: Layers, words: list[str], mean: Array, spread: Array) -> None:
    """Write the weights as the judge reads them: for the numbers as they are, not scaled."""
    count, alone = data.parts
    numbers = layers.first[: len(mean)] / spread[:, None]
    constant = layers.first_constant - mean @ numbers
    bags = layers.first[len(mean) :] * WORD_SCALE
    parts = {
        "pair": numbers[:count],
        "later": numbers[count : count + alone],
        "earlier": numbers[count + alone :],
        "constant": constant,
        "out": layers.out,
        "out_constant": layers.out_constant,
    }
    lines = [f'"{name}": {json.dumps(np.round(part, 4).tolist())}' for name, part in parts.items()]
    rows = [
        f"{json.dumps(word, ensure_ascii=False)}: {json.dumps([round(float(w), 2) for w in row])}"
        for word, row in zip(words, bags, strict=True)
    ]
    body = ",\n".join([*lines, '"words": {\n' + ",\n".join(rows) + "\n}"])
    TARGET.write_text(f"{{{body}}}\n", encoding="utf-8")
    print(f"{len(words)} words, {len(data.pairs)} pairs, {TARGET.stat().st_size} bytes")


def main() -> None:
    """Learn and write, or only measure."""
    parser = argparse.ArgumentParser(description="Learn what statements do to earlier ones.")
    parser.add_argument("--cross-validate", action="store_true", help="measure, write nothing")
    measure = parser.parse_args().cross_validate
    found = families()
    pairs = within(found)
    texts = [text for family in found for texts in family["new"].values() for text in texts]
    texts += [text for family in found for text in family["old"]]
    vectors = embedded(texts + [t for pair in pairs for t in (pair.later, pair.earlier)])
    data = table(pairs + across(found, vectors), vectors)
    if measure:
        cross_validate(data, len(found))
        return
    rows = np.arange(len(data.pairs))
    words, (mean, spread) = vocabulary(data, rows), scales(data, rows)
    x = inputs(data, words, mean, spread)
    write(data, fit(x, data, rows), words, mean, spread)


if __name__ == "__main__":
    main()
