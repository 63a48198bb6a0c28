"""How much of what annotators noted the embedded extractor finds, and how silent it stays.

    python benchmarks/understanding_extraction.py FOLDER [--failures N] [--threshold T]

FOLDER holds conversations as JSON: `messages` (id, session, time, speaker, text, image_caption)
and `facts` (fact, evidence). A memory counts only if it is told in the third person and is not the
message repeated. Turn recall: messages with facts that gave at least one memory. Coverage: facts
whose best memory of the same message has cosine 0.6 or more. Silence: messages without facts that
gave none. Memories a fact: all memories over all facts, then only those of messages with facts.
CPU: extraction alone, no embedding.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from harmonia_plugins.model import Message, Statement, Window
from harmonia_plugins.pipeline.extraction import EmbeddedExtractor
from harmonia_plugins.providers.embedded import EmbeddedEmbedder

BEFORE = 8
COVERED = 0.6
ROLES = {"user", "assistant"}
_FIRST_PERSON = re.compile(r"(?<![\w'])(?:I|I'\w+|me|my|we|our)(?![\w'])")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'(?!\w)|“[^”]*”')


@dataclass
class Totals:
    """Counts that add up over conversations."""

    noted: int = 0
    noted_found: int = 0
    facts: int = 0
    covered: int = 0
    plain: int = 0
    plain_silent: int = 0
    memories: int = 0
    noted_memories: int = 0
    seconds: float = 0.0
    missed: list[str] = field(default_factory=list)

    def add(self, other: Totals) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)

    def row(self, name: str) -> str:
        messages = self.noted + self.plain
        return (
            f"{name:>12}  {_share(self.noted_found, self.noted)}  "
            f"{_share(self.covered, self.facts)}  {_share(self.plain_silent, self.plain)}  "
            f"{self.memories / max(1, self.facts):6.2f}  "
            f"{self.noted_memories / max(1, self.facts):9.2f}  "
            f"{1000 * self.seconds / max(1, messages):6.2f}"
        )


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):6.3f}"


def read(path: Path) -> tuple[dict[str, list[Message]], dict[str, list[str]]]:
    """Return the messages of each session and the facts of each message."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    sessions: dict[str, list[Message]] = defaultdict(list)
    for row in data["messages"]:
        caption = row.get("image_caption")
        text = row["text"] + (f" [image: {caption}]" if caption else "")
        at = datetime.fromisoformat(row["time"]).replace(tzinfo=UTC)
        role, name = (row["speaker"], None) if row["speaker"] in ROLES else ("user", row["speaker"])
        sessions[row["session"]].append(Message(role, text, name=name, id=row["id"], created_at=at))
    facts: dict[str, list[str]] = defaultdict(list)
    for row in data.get("facts", ()):
        evidence = row["evidence"]
        for one in re.split(r"[,;\s]+", evidence) if isinstance(evidence, str) else evidence:
            facts[one].append(row["fact"].replace("User", row.get("speaker") or "User"))
    return dict(sessions), dict(facts)


def windows(session: list[Message]) -> Iterator[Window]:
    """Return each message as a window of its own, with the few before it."""
    for place, message in enumerate(session):
        yield Window(messages=(message,), before=tuple(session[max(0, place - BEFORE) : place]))


def counts(statement: Statement, message: Message) -> bool:
    """Tell whether a statement is a memory: third person, not the message repeated."""
    words = _QUOTED.sub(" ", statement.content)
    return not _FIRST_PERSON.search(words) and _bare(statement.content) != _bare(message.content)


def _bare(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.split(" [image:")[0].lower()))


def measure(path: Path, extractor: EmbeddedExtractor, embedder: EmbeddedEmbedder) -> Totals:
    """Return the totals of one conversation."""
    sessions, facts = read(path)
    totals = Totals()
    found: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for session in sessions.values():
        for window in windows(session):
            begin = time.process_time()
            statements = extractor.extract(window)
            totals.seconds += time.process_time() - begin
            message = window.messages[0]
            key = message.id or ""
            texts[key] = message.content
            found[key] = [s.content for s in statements if counts(s, message)]
    _count(totals, found, facts)
    for key, noted in facts.items():
        _cover(totals, noted, found.get(key, []), texts.get(key, ""), embedder)
    return totals


def _count(totals: Totals, found: dict[str, list[str]], facts: dict[str, list[str]]) -> None:
    for key, memories in found.items():
        totals.memories += len(memories)
        if key in facts:
            totals.noted += 1
            totals.noted_found += bool(memories)
            totals.noted_memories += len(memories)
        else:
            totals.plain += 1
            totals.plain_silent += not memories


def _cover(
    totals: Totals, noted: list[str], memories: list[str], text: str, embedder: EmbeddedEmbedder
) -> None:
    totals.facts += len(noted)
    best = np.zeros(len(noted))
    if memories:
        vectors = embedder.embed([*noted, *memories])
        best = (vectors[: len(noted)] @ vectors[len(noted) :].T).max(axis=1)
    totals.covered += int((best >= COVERED).sum())
    for fact, cosine in zip(noted, best, strict=True):
        if cosine < COVERED:
            totals.missed.append(f"{cosine:.2f} {fact}\n     from: {text}\n     gave: {memories}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--failures", type=int, default=0, help="print so many missed facts of each"
    )
    parser.add_argument("--threshold", type=float, default=None)
    parser.add_argument("--only", default="", help="names of conversations, separated by commas")
    given = parser.parse_args()
    extractor = (
        EmbeddedExtractor()
        if given.threshold is None
        else EmbeddedExtractor(threshold=given.threshold)
    )
    embedder = EmbeddedEmbedder()
    every = Totals()
    print(f"{'':>12}  recall  cover.  silence   mem/f  of noted  ms CPU")
    for path in sorted(given.folder.rglob("*.json")):
        if given.only and path.stem not in given.only.split(","):
            continue
        one = measure(path, extractor, embedder)
        print(one.row(path.stem))
        for missed in one.missed[: given.failures]:
            print("   ", missed)
        every.add(one)
    print(every.row("all"))


if __name__ == "__main__":
    main()
