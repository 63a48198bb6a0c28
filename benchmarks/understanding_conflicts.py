"""What is believed at the end of a chat in which facts change, are corrected or taken back.

    python benchmarks/understanding_conflicts.py [open|blind|blind_2|FILE …] [--show-blind]

Runs each set of `understanding/conflicts_*.jsonl` through an engine with its default settings, one
message after another, and prints for each kind how many items end with the right beliefs, how
many beliefs that had to stay were closed, and what a search then finds. Failures are printed for
the open half only.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from harmonia_plugins import MemoryEngine
from harmonia_plugins.model import Memory, Message

FOLDER = Path(__file__).parent / "understanding"
SETS = ("open", "blind", "blind_2")
SHOWN = 5
"""Hits of a search that are looked at."""


class Chats:
    """One engine for many chats; each chat has users of its own."""

    def __init__(self, folder: str) -> None:
        self.engine = MemoryEngine(folder, learning="manual")
        self._count = 0

    def believe(self, steps: Sequence[Mapping[str, Any]]) -> dict[str, list[Memory]]:
        """Return, for each user, every memory after the steps; active ones are believed."""
        self._count += 1
        for number, step in enumerate(steps):
            at = datetime.fromisoformat(step["at"])
            self.engine.observe(
                Message("user", step["text"], id=f"m{number}", created_at=at),
                user_id=self.user(step["user"]),
                session_id=step.get("session", "s1"),
            )
        users = dict.fromkeys(step["user"] for step in steps)
        return {user: self._memories(user) for user in users}

    def user(self, name: str) -> str:
        """Return the id under which the engine knows a user of the chat at hand."""
        return f"chat{self._count}-{name}"

    def _memories(self, name: str) -> list[Memory]:
        page = self.engine.memories(
            user_id=self.user(name), status=None, sort="recorded_at", limit=1000
        )
        return list(page)

    def found(self, name: str, query: str) -> list[str]:
        """Return the memories that a search presents as current; a message is only quoted."""
        hits = self.engine.recall(query, user_id=self.user(name), k=SHOWN, layers=("memory",))
        return [hit.text for hit in hits if not hit.stale]


def believe(steps: Sequence[Mapping[str, Any]]) -> dict[str, list[Memory]]:
    """Run one chat through an engine of its own, in a folder that is removed again."""
    with tempfile.TemporaryDirectory() as folder:
        chats = Chats(folder)
        try:
            return chats.believe(steps)
        finally:
            chats.engine.close()


_DATE = re.compile(r"\b(\d{1,2} (?:January|February|March|April|May|June|July|August|September|"
                   r"October|November|December) \d{4})\b")  # fmt: skip
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")


def spoken(text: str) -> str:
    """Return a text with its dates and times also as one says them: Friday, 4pm."""
    days = [f"{datetime.strptime(date, '%d %B %Y'):%A}" for date in _DATE.findall(text)]
    times = [
        f"{int(hour) % 12 or 12}{'' if minute == '00' else ':' + minute}"
        f"{'am' if int(hour) < 12 else 'pm'}"
        for hour, minute in _CLOCK.findall(text)
    ]
    return " ".join((text, *days, *times))


def holds(text: str, words: Iterable[str]) -> bool:
    """Say whether a text holds every word of a list; `a|b` is either."""
    text = spoken(text).casefold()
    return all(any(part.casefold() in text for part in word.split("|")) for word in words)


@dataclass
class Outcome:
    """What went wrong with one item; nothing did where all lists are empty."""

    missing: list[str] = field(default_factory=list[str])
    closed: list[str] = field(default_factory=list[str])
    wrong: list[str] = field(default_factory=list[str])
    unanswered: list[str] = field(default_factory=list[str])
    outdated: list[str] = field(default_factory=list[str])
    asked: int = 0
    fresh: int = 0  # of the wrong ones, those drawn from the user's last message

    @property
    def believed(self) -> bool:
        return not (self.missing or self.closed or self.wrong)

    @property
    def found(self) -> bool:
        return not (self.unanswered or self.outdated)


def judge(item: Mapping[str, Any], chats: Chats) -> tuple[Outcome, dict[str, list[Memory]]]:
    """Run one item and compare its last beliefs, and what a search finds, with its checks."""
    ends = chats.believe(item["steps"])
    outcome = Outcome()
    for check in item["checks"]:
        memories = ends.get(check["user"], [])
        _judge_beliefs(check, memories, outcome)
        if check["answer"] and memories:
            hits = chats.found(check["user"], check["query"])
            if not any(holds(text, check["answer"]) for text in hits):
                outcome.unanswered.append(check["query"])
            for words in check["superseded"]:
                outcome.outdated += [text for text in hits if holds(text, words)]
    return outcome, ends


def _judge_beliefs(check: Mapping[str, Any], memories: Sequence[Memory], outcome: Outcome) -> None:
    active = [memory.content for memory in memories if memory.status == "active"]
    over = [memory.content for memory in memories if memory.status != "active"]
    for words in check["believed"]:
        outcome.asked += 1
        if any(holds(text, words) for text in active):
            continue
        was_closed = any(holds(text, words) for text in over)
        (outcome.closed if was_closed else outcome.missing).append(" ".join(words))
    newest = max((number for m in memories for number in m.message_ids), default="")
    for words in check["not_believed"]:
        held = [m for m in memories if m.status == "active" and holds(m.content, words)]
        outcome.wrong += [memory.content for memory in held]
        outcome.fresh += sum(newest in memory.message_ids for memory in held)


@dataclass
class Totals:
    """Figures over the items of a set."""

    items: Counter[str] = field(default_factory=Counter[str])
    right: Counter[str] = field(default_factory=Counter[str])
    figures: Counter[str] = field(default_factory=Counter[str])

    def add(self, kind: str, outcome: Outcome) -> None:
        self.items[kind] += 1
        self.right[kind] += outcome.believed
        self.figures["found"] += outcome.believed and outcome.found
        self.figures["only_extraction"] += bool(
            outcome.missing and not (outcome.closed or outcome.wrong)
        )
        for name in ("missing", "closed", "wrong", "unanswered", "outdated"):
            self.figures[name] += len(getattr(outcome, name))
        self.figures["asked"] += outcome.asked
        self.figures["fresh"] += outcome.fresh


def run(path: Path, *, show: bool) -> None:
    """Run a set and print its figures."""
    items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    totals = Totals()
    with tempfile.TemporaryDirectory() as folder:
        chats = Chats(folder)
        try:
            for item in items:
                outcome, ends = judge(item, chats)
                totals.add(item["kind"], outcome)
                if show and not (outcome.believed and outcome.found):
                    _print_failure(item, outcome, ends)
        finally:
            chats.engine.close()
    _print_totals(path.name, totals)


def _print_totals(name: str, totals: Totals) -> None:
    number, done, figures = totals.items.total(), totals.right.total(), totals.figures
    print(f"{name}: beliefs right {done}/{number} = {done / number:.3f}", end="; ")
    print(f"and found so by a search {figures['found']}/{number}")
    for kind, count in sorted(totals.items.items()):
        print(f"  {kind:14} {totals.right[kind]:3}/{count}")
    share = figures["closed"] / max(figures["asked"], 1)
    print(
        f"  beliefs asked {figures['asked']}: closed wrongly {figures['closed']} ({share:.3f}), "
        f"never there {figures['missing']} (nothing else wrong in {figures['only_extraction']} "
        f"items); believed wrongly {figures['wrong']}, {figures['fresh']} of them drawn from the "
        f"user's last message; unanswered {figures['unanswered']}, "
        f"shown though outdated {figures['outdated']}"
    )


def _print_failure(
    item: Mapping[str, Any], outcome: Outcome, ends: Mapping[str, Sequence[Memory]]
) -> None:
    print(f"\n{item['id']} ({item['kind']})")
    for step in item["steps"]:
        print(f"    {step['at'][:10]} {step['user']}: {step['text']}")
    for name in ("missing", "closed", "wrong", "unanswered", "outdated"):
        if getattr(outcome, name):
            print(f"    {name}: {[text[:80] for text in getattr(outcome, name)]}")
    for user, memories in ends.items():
        for memory in memories:
            slot = (memory.subject, memory.attribute, memory.value)
            print(f"      {user} {memory.status:10} {memory.content}  {slot}")


def main(arguments: Sequence[str]) -> None:
    names = [argument for argument in arguments if not argument.startswith("-")] or [*SETS]
    for name in names:
        path = FOLDER / f"conflicts_{name}.jsonl" if name in SETS else Path(name)
        if path.is_file():
            blind = "blind" in path.name
            run(path, show=not blind or "--show-blind" in arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
