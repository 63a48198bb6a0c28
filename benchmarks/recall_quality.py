"""How well recall finds the messages that answer a question, without any language model.

    python benchmarks/recall_quality.py FOLDER

FOLDER holds sets: sub-folders (or itself) of JSON files, one conversation each, with `messages`
(id, session, time, speaker, text, optionally image_caption) and `questions` (question, category,
evidence = ids of the messages that answer it). See benchmarks/README.md for the metrics.

Everything goes through the public engine with its default settings: each conversation is one
user, nothing is extracted, and no setting, session name or category is looked at. Beside it, in
the same run, stand the plain channels it is made of.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from harmonia_plugins import MemoryEngine, Message

DEPTH = 100
"""Hits asked for: deep enough for the first five sessions of any ranking."""
KS = (1, 5, 10, 20)
METRICS = (*(f"R@{k}" for k in KS), "MRR@10", "strict@5")
ROLES = {"user", "assistant"}
APART = "adversarial"
CHANNELS = ("engine", "BM25", "dense", "weighted")


@dataclass(frozen=True)
class Question:
    """One question; `evidence` are ids of messages."""

    text: str
    category: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Conversation:
    """One user's messages, by session in order, and what is asked about them."""

    name: str
    sessions: dict[str, list[Message]]
    questions: list[Question]
    speakers: tuple[str, ...]


@dataclass
class Set:
    """Conversations that are measured together."""

    name: str
    note: str = ""
    conversations: list[Conversation] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Of the files' digests, in the order of their names."""
        return hashlib.sha256("".join(self.digests).encode()).hexdigest()


def read_sets(folder: Path) -> list[Set]:
    """Return every set below a folder, and the variant without names of those that have names."""
    found: dict[tuple[str, bool], Set] = {}
    for path in sorted(folder.rglob("*.json")):
        content = path.read_bytes()
        data = json.loads(content)
        if not isinstance(data, dict) or not {"messages", "questions"} <= data.keys():
            continue
        named = not {message["speaker"] for message in data["messages"]} <= ROLES
        home = path.parent.relative_to(folder).as_posix()
        home = folder.name if home == "." else home
        one = found.setdefault((home, named), Set(home if named else f"{home} (user/assistant)"))
        one.conversations.append(_conversation(path.stem, data, named=named))
        one.digests.append(hashlib.sha256(content).hexdigest())
    sets: list[Set] = []
    for (_, named), one in sorted(found.items()):
        sets.append(one)
        if named:
            sets.append(_without_names(one))
    return sets


def _conversation(name: str, data: dict[str, Any], *, named: bool) -> Conversation:
    sessions: dict[str, list[Message]] = defaultdict(list)
    for row in data["messages"]:
        caption = row.get("image_caption")
        text = row["text"] + (f" [image: {caption}]" if caption else "")
        role, speaker = ("user", row["speaker"]) if named else (row["speaker"], None)
        at = datetime.fromisoformat(row["time"])
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        sessions[row["session"]].append(
            Message(role, text, name=speaker, id=row["id"], created_at=at)
        )
    questions = [
        Question(row["question"], row["category"], tuple(row["evidence"]))
        for row in data["questions"]
        if row["evidence"]
    ]
    speakers = tuple(dict.fromkeys(row["speaker"] for row in data["messages"]))
    return Conversation(name, dict(sessions), questions, speakers)


WITHOUT_NAMES = (
    "Reading: no message has a name; each participant is once the user and the others are the "
    "assistant. A question is asked once, where the participant it names (first) is the user: "
    'that name becomes "the user", another participant\'s "the assistant"; a question that '
    "names nobody is asked, unchanged, where the first speaker is the user. Names inside messages "
    "stay."
)


def _without_names(named: Set) -> Set:
    turned = Set(f"{named.name}, speakers as user/assistant", WITHOUT_NAMES, [], named.digests)
    for conversation in named.conversations:
        for person in conversation.speakers:
            asked = [q for q in conversation.questions if _asked_of(q, conversation) == person]
            sessions = {
                session: [
                    replace(m, name=None, role="user" if m.name == person else "assistant")
                    for m in messages
                ]
                for session, messages in conversation.sessions.items()
            }
            questions = [
                replace(q, text=_renamed(q.text, person, conversation.speakers)) for q in asked
            ]
            name = f"{conversation.name}-{person}"
            turned.conversations.append(Conversation(name, sessions, questions, ()))
    return turned


def _asked_of(question: Question, conversation: Conversation) -> str:
    places = {
        match.start(): speaker
        for speaker in conversation.speakers
        if (match := _name(speaker).search(question.text))
    }
    return places[min(places)] if places else conversation.speakers[0]


def _renamed(text: str, user: str, speakers: Sequence[str]) -> str:
    for speaker in speakers:
        text = _name(speaker).sub("the user" if speaker == user else "the assistant", text)
    return text[:1].upper() + text[1:]


def _name(speaker: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(speaker)}(?!\w)", re.IGNORECASE)


# -- rankings -----------------------------------------------------------------------------------


def rankings(engine: MemoryEngine, one: Set) -> Iterator[tuple[Conversation, Question, dict]]:
    """Store a set, ask its questions, and yield each with every channel's message ids."""
    for conversation in one.conversations:
        user = f"{one.name}/{conversation.name}"
        for session, messages in conversation.sessions.items():
            engine.observe(messages, user_id=user, session_id=session, extract=False)
        if not conversation.questions:
            continue
        everything = [m for messages in conversation.sessions.values() for m in messages]
        said = [message for message in everything if message.content.strip()]
        ids = [message.id or "" for message in said]
        vectors = engine.embed([message.content for message in said])
        for question in conversation.questions:
            hits = engine.recall(
                question.text, user_id=user, k=DEPTH, layers=("message",), timeout=None
            )
            found = {"engine": [hit.id for hit in hits]}
            words = engine.recall(
                question.text, user_id=user, k=10_000, layers=("message",), mode="keyword",
                timeout=None,
            )  # fmt: skip
            found["BM25"] = [hit.id for hit in words]
            dense = vectors @ engine.embed([question.text])[0]
            found["dense"] = _ordered(ids, dense)
            by_words = {hit.id: hit.score for hit in words}
            lexical = np.array([by_words.get(name, 0.0) for name in ids])
            found["weighted"] = _ordered(ids, 0.5 * _spread(dense) + 0.5 * _spread(lexical))
            yield conversation, question, found


def _spread(scores: np.ndarray) -> np.ndarray:
    """Return scores between 0 for the least and 1 for the best."""
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros(len(scores))


def _ordered(ids: Sequence[str], scores: np.ndarray) -> list[str]:
    return [ids[place] for place in np.argsort(-scores, kind="stable")[:DEPTH]]


def measure(
    found: Sequence[str], evidence: Sequence[str], session_of: dict[str, str]
) -> list[float]:
    """Return one question's metrics, in the order of METRICS."""
    ranked = list(dict.fromkeys(found))
    wanted = set(evidence)
    recalls = [len(wanted & set(ranked[:k])) / len(wanted) for k in KS]
    first = next((place for place, name in enumerate(ranked[:10], 1) if name in wanted), None)
    sessions = list(dict.fromkeys(session_of[name] for name in ranked if name in session_of))[:5]
    strict = {session_of[name] for name in wanted if name in session_of} <= set(sessions)
    return [*recalls, 1 / first if first else 0.0, float(strict)]


Results = dict[str, dict[str, list[list[float]]]]
"""channel -> category -> one list of metrics per question"""


def evaluate(engine: MemoryEngine, one: Set) -> Results:
    """Return every question's metrics for every channel."""
    results: Results = {name: defaultdict(list) for name in CHANNELS}
    for conversation, question, found in rankings(engine, one):
        session_of = {
            message.id or "": session
            for session, messages in conversation.sessions.items()
            for message in messages
        }
        for channel, ids in found.items():
            results[channel][question.category].append(measure(ids, question.evidence, session_of))
    return results


# -- tables -------------------------------------------------------------------------------------


def report(one: Set, results: Results, say: Callable[[str], None]) -> None:
    """Print a set's tables."""
    users = len(one.conversations)
    messages = sum(len(m) for c in one.conversations for m in c.sessions.values())
    say(f"\n## {one.name}\n")
    say(f"{users} users, {messages} messages; sha256 {one.sha256[:16]}…")
    if one.note:
        say(f"\n{one.note}")
    kept = {channel: _pooled(rows) for channel, rows in results.items()}
    say(f"\nAll categories but {APART}, percent ± standard error:\n")
    say(_row("", *METRICS, "n"))
    say("|" + "---|" * (len(METRICS) + 2))
    for channel in CHANNELS:
        say(_row(channel, *_figures(kept[channel], errors=True), str(len(kept[channel]))))
    say("\nThe engine by category:\n")
    say(_row("", *METRICS, "n"))
    say("|" + "---|" * (len(METRICS) + 2))
    for category, rows in sorted(results["engine"].items(), key=lambda item: item[0] == APART):
        say(_row(category, *_figures(np.array(rows), errors=True), str(len(rows))))
    say(f"\n{_verdict(kept)}")


def _pooled(rows: dict[str, list[list[float]]]) -> np.ndarray:
    found = [row for category, part in rows.items() if category != APART for row in part]
    return np.array(found).reshape(-1, len(METRICS))


def _figures(rows: np.ndarray, *, errors: bool) -> list[str]:
    if not len(rows):
        return ["-"] * len(METRICS)
    means = 100 * rows.mean(axis=0)
    spread = 100 * rows.std(axis=0, ddof=1 if len(rows) > 1 else 0) / np.sqrt(len(rows))
    return [
        f"{mean:.1f} ± {error:.1f}" if errors else f"{mean:.1f}"
        for mean, error in zip(means, spread, strict=True)
    ]


def _verdict(kept: dict[str, np.ndarray]) -> str:
    """Say whether the engine is at least as good as the best plain channel, and by how much."""
    if not len(kept["engine"]):
        return "no questions"
    means = {channel: 100 * rows.mean(axis=0) for channel, rows in kept.items()}
    parts = []
    for place, metric in enumerate(METRICS):
        best = max(CHANNELS[1:], key=lambda channel: means[channel][place])
        gain = means["engine"][place] - means[best][place]
        parts.append(f"{metric} {gain:+.1f} ({best})")
    return "Against the best plain channel, points: " + ", ".join(parts)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure every set of a folder."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="the folder with the sets")
    given = parser.parse_args(arguments)
    start = time.perf_counter()
    sets = read_sets(given.folder)
    if not sets:
        sys.exit(f"{given.folder} holds no conversations (JSON files with messages and questions)")
    print("# Recall quality: messages only, no language model, default settings")
    print(
        "\nR@k: share of a question's evidence among the first k messages. MRR@10: of the first "
        "evidence. strict@5: all evidence sessions among the first five. BM25: "
        'recall(mode="keyword"). dense: cosine with the question as it is asked. weighted: .5/.5 '
        "of the two, each spread between 0 and 1."
    )
    with tempfile.TemporaryDirectory() as folder, MemoryEngine(folder, learning="manual") as engine:
        for one in sets:
            report(one, evaluate(engine, one), print)
            sys.stdout.flush()
    print(f"\nTook {time.perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
