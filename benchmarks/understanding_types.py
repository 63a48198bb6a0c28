"""How often statements get the type they should have.

    python benchmarks/understanding_types.py [--show-blind]

Reads understanding/types_open.jsonl and types_blind.jsonl (see understanding/README.md). Of the
open half every failure is printed; of the blind half only totals, by type, unless asked for: who
has read its failures can no longer measure with it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harmonia_plugins.model import MemoryType
from harmonia_plugins.pipeline.classification import classify

SETS = Path(__file__).parent / "understanding"
TYPES = tuple(MemoryType)


@dataclass(frozen=True)
class Outcome:
    """One item and the type it got."""

    text: str
    expected: MemoryType
    got: MemoryType


def outcomes(path: Path) -> tuple[list[Outcome], float]:
    """Classify every item of a set; also the mean milliseconds of one."""
    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    classify("User is here")  # patterns are compiled with the first text
    began = time.perf_counter()
    got = [classify(item["text"]) for item in items]
    took = (time.perf_counter() - began) * 1000 / max(len(items), 1)
    found = [
        Outcome(item["text"], MemoryType(item["type"]), kind)
        for item, kind in zip(items, got, strict=True)
    ]
    return found, took


def print_totals(name: str, found: Sequence[Outcome], took: float) -> None:
    """Accuracy over all and by type."""
    right = sum(o.got == o.expected for o in found)
    print(f"{name}: {right}/{len(found)} = {right / max(len(found), 1):.3f}, {took:.3f} ms each")
    of = Counter(o.expected for o in found)
    hit = Counter(o.expected for o in found if o.got == o.expected)
    print("  " + ", ".join(f"{kind} {hit[kind]}/{of[kind]}" for kind in TYPES))


def print_confusion(found: Sequence[Outcome]) -> None:
    """Rows are what was expected, columns what came."""
    cells = Counter((o.expected, o.got) for o in found)
    print(" " * 12 + " ".join(f"{kind[:5]:>5}" for kind in TYPES))
    for row in TYPES:
        print(f"{row:<12}" + " ".join(f"{cells[row, column] or '.':>5}" for column in TYPES))


def print_failures(found: Sequence[Outcome]) -> None:
    """Every item that got another type."""
    for o in found:
        if o.got != o.expected:
            print(f"  {o.expected} -> {o.got}: {o.text}")


def main() -> None:
    """Print the figures of both halves."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--show-blind", action="store_true", help="print the blind failures too")
    parser.add_argument("--only", choices=("open", "blind"), help="run one half")
    asked = parser.parse_args()
    for name in ("open", "blind"):
        if asked.only not in (None, name):
            continue
        found, took = outcomes(SETS / f"types_{name}.jsonl")
        print_totals(name, found, took)
        if name == "open" or asked.show_blind:
            print_confusion(found)
            print_failures(found)


if __name__ == "__main__":
    main()
