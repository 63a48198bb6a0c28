"""What memories add to messages: recall over both layers beside messages alone.

    python benchmarks/both_layers.py FOLDER

Learns every conversation of a folder (see `recall_quality.py`) with the embedded extractor, asks
its questions of both layers and of messages alone, and compares question by question. A memory
counts as the messages it came from. Intervals are paired bootstraps, 95 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from recall_quality import APART, KS, Conversation, measure, read_sets

from harmonia_plugins import MemoryEngine

DEPTH = 100
"""Hits asked for: the first twenty distinct messages are among them."""

SAMPLES = 10_000


def compared(
    engine: MemoryEngine, user: str, one: Conversation
) -> dict[str, list[tuple[list[float], list[float]]]]:
    """Return, by category, each question's metrics over both layers and over messages alone."""
    session_of = {m.id or "": name for name, part in one.sessions.items() for m in part}
    found: defaultdict[str, list[tuple[list[float], list[float]]]] = defaultdict(list)
    for session, messages in one.sessions.items():
        engine.observe(messages, user_id=user, session_id=session)
    for question in one.questions:
        pair: list[list[float]] = []
        for layers in (("memory", "message"), ("message",)):
            hits = engine.recall(question.text, user_id=user, k=DEPTH, layers=layers, timeout=None)
            ids = [name for hit in hits for name in hit.message_ids]
            pair.append(measure(ids, question.evidence, session_of))
        found[question.category].append((pair[0], pair[1]))
    return found


def interval(gains: np.ndarray) -> tuple[float, float]:
    """Return the 95 % interval of a mean of paired differences."""
    rng = np.random.default_rng(0)
    means = gains[rng.integers(0, len(gains), (SAMPLES, len(gains)))].mean(axis=1)
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one table a set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the folder with the sets")
    given = parser.parse_args(arguments)
    for one in read_sets(given.folder):
        if one.note:
            continue
        results: defaultdict[str, list[tuple[list[float], list[float]]]] = defaultdict(list)
        with (
            tempfile.TemporaryDirectory() as folder,
            MemoryEngine(folder, learning="manual") as engine,
        ):
            for conversation in one.conversations:
                user = conversation.name
                for category, pairs in compared(engine, user, conversation).items():
                    results[category] += pairs
            stats = engine.stats()
        results["all but " + APART] = [
            pair for category, pairs in results.items() if category != APART for pair in pairs
        ]
        print(f"\n## {one.name}: {stats.messages} messages, {stats.memories} memories\n")
        print("| | " + " | ".join(f"R@{k} both - messages" for k in KS) + " | n |")
        print("|" + "---|" * (len(KS) + 2))
        for category, pairs in results.items():
            rows = 100 * np.array(pairs)[:, :, : len(KS)]
            cells: list[str] = []
            for place in range(len(KS)):
                both, alone = rows[:, 0, place], rows[:, 1, place]
                low, high = interval(both - alone)
                cells.append(
                    f"{both.mean():.1f} - {alone.mean():.1f} = {(both - alone).mean():+.1f} "
                    f"[{low:+.1f}, {high:+.1f}]"
                )
            print(f"| {category} | " + " | ".join(cells) + f" | {len(pairs)} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
