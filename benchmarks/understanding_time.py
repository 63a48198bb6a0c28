"""How many time expressions are found and resolved rightly, on the two halves of the set.

    python benchmarks/understanding_time.py [--show-blind]

See `understanding/README.md` for what is expected. An item is right when every expected mention
is found (its words overlap) with equal start, end, precision, recurrence and candidates, and
nothing else is found; wrong when something false is claimed; unresolved when something is only
missing or left open.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from harmonia_plugins.model import TimeMention
from harmonia_plugins.pipeline.temporal import find_times

FOLDER = Path(__file__).parent / "understanding"


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def spans(item: dict[str, Any]) -> list[tuple[int, int]]:
    """Where the expected words stand, one after the other."""
    found: list[tuple[int, int]] = []
    done = 0
    for expected in item["expect"]:
        start = item["text"].find(expected["text"], done)
        if start < 0:
            start = item["text"].lower().find(expected["text"].lower())
        done = max(done, start + len(expected["text"]))
        found.append((start, start + len(expected["text"])))
    return found


def equal(mention: TimeMention, expected: dict[str, Any]) -> bool:
    return (
        (mention.start, mention.end) == (moment(expected["start"]), moment(expected["end"]))
        and mention.precision == expected["precision"]
        and mention.recurrence == expected["recurrence"]
        and sorted(mention.candidates)
        == sorted(map(datetime.fromisoformat, expected["candidates"]))
    )


def judge(item: dict[str, Any], mentions: list[TimeMention]) -> tuple[str, int]:
    """`right`, `unresolved` or `wrong`, and how many mentions were found where none is."""
    left = list(mentions)
    verdict = "right"
    for (start, end), expected in zip(spans(item), item["expect"], strict=True):
        hits = [m for m in left if m.span[0] < end and start < m.span[1]]
        if len(hits) == 1 and equal(hits[0], expected):
            left.remove(hits[0])
            continue
        claims = [m for m in hits if m.start or m.recurrence]
        if claims:
            verdict = "wrong"
        elif verdict == "right":
            verdict = "unresolved"
        left = [m for m in left if m not in hits]
    return ("wrong" if left else verdict), len(left)


def score(name: str, *, show: bool) -> None:
    lines = (FOLDER / f"time_{name}.jsonl").read_text("utf-8").splitlines()
    items = [json.loads(line) for line in lines if line.strip()]
    verdicts: Counter[str] = Counter()
    false_alarms, spent = 0, 0.0
    for item in items:
        at, zone = datetime.fromisoformat(item["at"]), ZoneInfo(item["timezone"])
        before = time.perf_counter()
        mentions = find_times(item["text"], at=at, zone=zone)
        spent += time.perf_counter() - before
        verdict, extra = judge(item, mentions)
        verdicts[verdict] += 1
        false_alarms += extra
        if show and verdict != "right":
            tell(item, verdict, mentions)
    shares = ", ".join(f"{v} {verdicts[v]} ({verdicts[v] / len(items):.1%})"
                       for v in ("right", "unresolved", "wrong"))  # fmt: skip
    print(f"{name}: {len(items)} items; {shares}; false alarms {false_alarms}; "
          f"{1000 * spent / len(items):.3f} ms an item")  # fmt: skip


def tell(item: dict[str, Any], verdict: str, mentions: list[TimeMention]) -> None:
    print(f"{verdict}: {item['id']} {item['text']!r} at {item['at']} {item['timezone']}")
    for expected in item["expect"]:
        print("   expected", json.dumps(expected))
    for mention in mentions:
        print("   found   ", json.dumps(mention.to_dict()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show-blind", action="store_true", help="print the blind half's failures")
    args = parser.parse_args()
    score("open", show=True)
    score("blind", show=args.show_blind)


if __name__ == "__main__":
    main()
