"""Learn which words suggest which type of memory.

    python benchmarks/train_word_model.py [--cross-validate]

Reads understanding/types_open.jsonl and writes the weights that
`harmonia_plugins.pipeline.classification.word_model` reads. Items of the batches "final" and
"final-2" are never learned from, so that they can be measured with. All types count alike, however
many items they have.
"""

from __future__ import annotations

import argparse
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline import classification
from harmonia_plugins.pipeline.classification.reading import read

OPEN = Path(__file__).parent / "understanding" / "types_open.jsonl"
TARGET = Path(classification.__file__).with_name("word_weights.json")
TYPES = tuple(MemoryType)

LEAST_STATEMENTS = 2
"""A word is learned when it occurs in so many."""
PENALTY = 0.05
STEPS = 200
RATE = 0.1
FOLDS = 6

Array = NDArray[np.float64]
Item = tuple[frozenset[str], int]


def items() -> list[Item]:
    """The words and the type of each open item that may be learned from."""
    lines = [json.loads(line) for line in OPEN.read_text(encoding="utf-8").splitlines()]
    return [
        (frozenset(read(line["text"]).tokens), TYPES.index(MemoryType(line["type"])))
        for line in lines
        if not line.get("batch", "").startswith("final")
    ]


def vocabulary(found: list[Item]) -> list[str]:
    """The words worth a weight, in order."""
    counts = Counter(word for words, _ in found for word in words)
    return sorted(word for word, count in counts.items() if count >= LEAST_STATEMENTS)


def table(found: list[Item], words: list[str]) -> Array:
    """One row a statement: its words, scaled to one length, and the constant one."""
    place = {word: at for at, word in enumerate(words)}
    rows = np.zeros((len(found), len(words) + 1))
    for row, (own, _) in zip(rows, found, strict=True):
        known = [place[word] for word in own if word in place]
        row[known] = 1 / math.sqrt(max(len(known), 1))
        row[-1] = 1
    return rows


def fit(found: list[Item], words: list[str]) -> Array:
    """Weights by word and type: logistic regression by Adam, the same in every run."""
    rows = table(found, words)
    targets = np.eye(len(TYPES))[[kind for _, kind in found]]
    share = targets @ (targets.mean() / targets.mean(axis=0))
    weights = np.zeros((rows.shape[1], len(TYPES)))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        sums = rows @ weights
        odds = np.exp(sums - sums.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        slope = (rows.T @ ((odds - targets) * share[:, None]) + PENALTY * weights) / len(found)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope**2
        update = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        weights -= RATE * update
    return weights


def cross_validate(found: list[Item]) -> float:
    """Accuracy of the words alone on items they were not learned from."""
    right = 0
    for fold in range(FOLDS):
        rest = [item for at, item in enumerate(found) if at % FOLDS != fold]
        held = [item for at, item in enumerate(found) if at % FOLDS == fold]
        words = vocabulary(rest)
        best = (table(held, words) @ fit(rest, words)).argmax(axis=1)
        right += sum(int(got) == kind for got, (_, kind) in zip(best, held, strict=True))
    return right / len(found)


def _rounded(row: Array) -> str:
    return json.dumps([round(float(weight), 2) for weight in row])


def main() -> None:
    """Learn and write, or only measure."""
    parser = argparse.ArgumentParser(description="Learn which words suggest which type.")
    parser.add_argument("--cross-validate", action="store_true", help="measure, write nothing")
    found = items()
    if parser.parse_args().cross_validate:
        print(f"words alone, {FOLDS} folds: {cross_validate(found):.3f} of {len(found)}")
        return
    words = vocabulary(found)
    weights = fit(found, words)
    lines = [
        f"{json.dumps(word, ensure_ascii=False)}: {_rounded(row)}"
        for word, row in zip(words, weights[:-1], strict=True)
    ]
    head = f'"types": {json.dumps([kind.value for kind in TYPES])},\n'
    head += f'"constant": {_rounded(weights[-1])},\n'
    body = ",\n".join(lines)
    TARGET.write_text(f'{{{head}"words": {{\n{body}\n}}}}\n', encoding="utf-8")
    print(f"{len(words)} words of {len(found)} statements, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
