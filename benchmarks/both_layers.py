"""What memories add to messages: recall over both layers beside messages alone.

    python benchmarks/both_layers.py FOLDER

Learns every conversation of a folder (see `recall_quality.py`) with the embedded extractor, asks
its questions of both layers and of messages alone, each time for exactly k hits, and compares
question by question. A memory counts as the messages it came from, so a memory beside its own
message wastes a place. Intervals are paired bootstraps, 95 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from recall_quality import APART, KS, Conversation, Question, read_sets

from harmonia_plugins import MemoryEngine

LAYERS = (("memory", "message"), ("message",))

SAMPLES = 10_000

Pair = list[list[float]]
"""The share of a question's evidence within each k, over both layers and over messages alone."""


def compared(engine: MemoryEngine, user: str, question: Question) -> Pair:
    """Return how much of a question's evidence each way of asking brings."""
    wanted = set(question.evidence)
    pair: Pair = []
    for layers in LAYERS:
        shares: list[float] = []
        for k in KS:
            hits = engine.recall(question.text, user_id=user, k=k, layers=layers, timeout=None)
            found = {name for hit in hits for name in hit.message_ids}
            shares.append(len(wanted & found) / len(wanted))
        pair.append(shares)
    return pair


def learn(engine: MemoryEngine, one: Conversation) -> None:
    """Store a conversation as one user's and learn from it."""
    for session, messages in one.sessions.items():
        engine.observe(messages, user_id=one.name, session_id=session)


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
        results: defaultdict[str, list[Pair]] = defaultdict(list)
        with (
            tempfile.TemporaryDirectory() as folder,
            MemoryEngine(folder, learning="manual") as engine,
        ):
            for number, conversation in enumerate(one.conversations):
                learn(engine, conversation)
                for question in conversation.questions:
                    pair = compared(engine, conversation.name, question)
                    results[question.category].append(pair)
                    if question.category != APART:
                        results[f"all but {APART}"].append(pair)
                        results[f"of these, users {number % 2 + 1}, {number % 2 + 3}, …"].append(
                            pair
                        )
            stats = engine.stats()
        print(f"\n## {one.name}: {stats.messages} messages, {stats.memories} memories\n")
        print("| | " + " | ".join(f"R@{k} both - messages" for k in KS) + " | n |")
        print("|" + "---|" * (len(KS) + 2))
        for category, pairs in results.items():
            rows = 100 * np.array(pairs)
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
