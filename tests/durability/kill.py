"""Kills writers of one store with -9 at random points, again and again, and checks the store.

python tests/durability/kill.py --rounds 100 --processes 3
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # runs as a script, too

from durability import support


@dataclass
class Ledger:
    """What the writers say was acknowledged, as the store must hold it."""

    messages: dict[tuple[str, str], str] = field(default_factory=dict)
    revisions: dict[tuple[str, int], str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    items: dict[str, str] = field(default_factory=dict)
    leaving: set[str] = field(default_factory=set)
    count: int = 0

    def take(self, file: Path) -> None:
        """Read one writer's record; its last line may be cut off."""
        for line in file.read_text().splitlines(keepends=True):
            if not line.endswith("\n"):
                continue
            entry = json.loads(line)
            self.count += 1
            kind, identifier = entry["kind"], entry["id"]
            if kind == "message":
                self.messages[entry["user"], identifier] = entry["text"]
            elif kind == "item":
                self.items[identifier] = entry["text"]
            elif kind == "memory":
                self.revisions[identifier, entry["revision"]] = entry["text"]
            else:
                told = {key: text for key, text in self.revisions.items() if key[0] == identifier}
                for key in told:  # from the moment it is begun a forget may have happened
                    del self.revisions[key]
                self.leaving = set(told.values()) if kind == "forgetting" else self.leaving
                if kind == "forget":
                    self.gone |= self.leaving


@dataclass
class Report:
    """What a run came to."""

    rounds: int = 0
    kills: int = 0
    acknowledged: int = 0
    rows: int = 0
    indexed: int = 0
    healed: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def run(folder: Path, rounds: int, processes: int, seed: int, *, window: float = 0.7) -> Report:
    """Start writers, kill each at a moment of its own, check the store; as often as asked."""
    choose = random.Random(seed)
    report, ledger = Report(), Ledger()
    for number in range(rounds):
        files = [folder / f"acks-{number}-{place}" for place in range(processes)]
        writers = [
            support.start(
                "writer.py", folder / "store", file, f"r{number}w{place}",
                choose.randrange(2**30),
            )
            for place, file in enumerate(files)
        ]  # fmt: skip
        _kill(writers, choose, window, patient=number > 0)
        for file in files:
            if file.exists():
                ledger.take(file)
        report.rounds, report.kills = number + 1, report.kills + processes
        report.acknowledged = ledger.count
        check(folder / "store", ledger, report, choose)
        if report.violations:
            break
    return report


def _kill(
    writers: list[subprocess.Popen[str]], choose: random.Random, window: float, *, patient: bool
) -> None:
    """Kill each writer some time after all are writing; the first time while they start."""
    if patient:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n", "a writer could not open the store"
    else:
        time.sleep(2)
    begin = time.monotonic()
    writers = choose.sample(writers, len(writers))
    moments = sorted(choose.random() * window for _ in writers)
    for delay, writer in zip(moments, writers, strict=True):
        time.sleep(max(0.0, begin + delay - time.monotonic()))
        assert writer.poll() is None, f"a writer ended by itself with {writer.returncode}"
        writer.kill()
    for writer in writers:
        writer.communicate()


def check(store: Path, ledger: Ledger, report: Report, choose: random.Random) -> None:
    """Open the store and compare it with what was acknowledged."""
    faults: list[str] = []
    with support.open_engine(store) as engine:
        report.healed += engine.health().healed
        for user in sorted({user for user, _ in ledger.messages}):
            log = engine.messages(user_id=user, session_id="log")
            found = {message.id: message.content for message in log}
            if len(found) != len(log):
                faults.append(f"{user}: a message is in the log twice")
            for (owner, identifier), text in ledger.messages.items():
                if owner == user and found.get(identifier) != text:
                    faults.append(f"message {identifier} is {found.get(identifier)!r}")
        told: dict[str, dict[int, str]] = {}
        for (identifier, revision), text in ledger.revisions.items():
            if identifier not in told:
                memory = engine.get(identifier, user_id="everyone")
                history = engine.history(identifier, user_id="everyone") if memory else []
                told[identifier] = {r.memory.revision: r.memory.content for r in history}
            if told[identifier].get(revision) != text:
                faults.append(f"revision {revision} of {identifier} is not {text!r}")
        items = engine.items(user_id="everyone")
        for key, text in ledger.items.items():
            item = items.get(("notes",), key)
            # A newer value may have been stored by a write that was cut off before its record.
            if item is None or _number(item.value["text"]) < _number(text):
                faults.append(f"item {key} is {item!r}, not {text!r}")
        for (user, identifier), text in _sample(ledger, choose):
            hits = engine.recall(text, user_id=user, k=10, layers=("message",))
            if identifier not in {hit.id for hit in hits}:
                faults.append(f"recall does not find {identifier}")
        engine.flush()
    rows = support.table_rows(store)
    faults += support.chain_faults(rows)
    keys = [row["key"] for row in support.table_rows(store, "items")]
    faults += [f"item {key} is stored twice" for key in set(keys) if keys.count(key) > 1]
    faults += [f"{row['text']!r} was forgotten" for row in rows if row["text"] in ledger.gone]
    faults += support.index_faults(store)
    report.rows, report.indexed = len(rows), len(list((store / "lexical").iterdir()))
    report.violations += [f"round {report.rounds}: {fault}" for fault in faults]


def _sample(ledger: Ledger, choose: random.Random) -> list[tuple[tuple[str, str], str]]:
    return choose.sample(sorted(ledger.messages.items()), min(5, len(ledger.messages)))


def _number(text: str) -> int:
    return int(text.split("x", 1)[1].split()[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the store here")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        report = run(folder, arguments.rounds, arguments.processes, arguments.seed)
    print(
        f"{report.rounds} rounds, {report.kills} kills, {report.acknowledged} acknowledged writes, "
        f"{report.rows} rows, {report.indexed} indexes, {len(report.violations)} violations, "
        f"{len(report.healed)} repairs on opening"
    )
    for line in [*report.violations, *sorted(set(report.healed))]:
        print(" ", line)
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
