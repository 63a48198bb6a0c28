"""Shared by the durability tests: engines on small stores, other processes, the truth on disk."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import harmonia_plugins
from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
SMALL: dict[str, Any] = {"fragments": 8, "lexical_threshold": 50}
"""Settings under which a few dozen writes reach compaction and Tantivy commits."""


def open_engine(path: Path, *, learning: str = "background", **settings: Any) -> MemoryEngine:
    """Open a store with the hash embedder and small limits."""
    return MemoryEngine(
        path, settings={**SMALL, **settings}, embedder=HashEmbedder(), learning=learning
    )


def say(engine: MemoryEngine, user: str, *texts: str, session: str = "default") -> list[str]:
    """Store texts as messages of a user; returns their ids."""
    messages = [Message("user", text) for text in texts]
    return list(
        engine.observe(messages, user_id=user, session_id=session, extract=False).message_ids
    )


def texts(engine: MemoryEngine, user: str, session: str = "default") -> list[str]:
    """Return a session's log as texts."""
    return [message.content for message in engine.messages(user_id=user, session_id=session)]


def sentence(number: int) -> str:
    """Return a text of which every number has its own words."""
    return f"entry{number} tells of place{number % 97} and thing{number * 7 % 1009} number {number}"


def environment() -> dict[str, str]:
    """Return the environment for another Python that is to import the same package."""
    source = os.fspath(Path(harmonia_plugins.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": source, "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}


def start(program: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Start one of the helper programs, its input and output connected by pipes."""
    command = [sys.executable, os.fspath(PROGRAMS / program), *map(str, arguments)]
    return subprocess.Popen(
        [*options.pop("before", ()), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, env=environment(), **options,
    )  # fmt: skip


class Peer:
    """An engine in another process, called over pipes."""

    def __init__(self, path: Path, **options: Any) -> None:
        self.process = start("peer.py", path, json.dumps({**SMALL, **options}))
        assert self._read() == "ready"

    def send(self, verb: str, **arguments: Any) -> None:
        """Ask for a call; `receive` gives its result."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([verb, arguments]) + "\n")
        self.process.stdin.flush()

    def receive(self) -> Any:
        """Return the result of the oldest call asked for."""
        answer = self._read()
        if "error" in answer:
            raise PeerError(answer["error"], answer["text"])
        return answer["result"]

    def __call__(self, verb: str, **arguments: Any) -> Any:
        self.send(verb, **arguments)
        return self.receive()

    def _read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the other process ended with {self.process.wait()}"
        return json.loads(line)

    def close(self) -> None:
        """End the process by closing its input."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(60) == 0

    def kill(self) -> None:
        """End the process with -9."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()  # type: ignore[union-attr]


class PeerError(AssertionError):
    """A call in another process failed."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


@contextlib.contextmanager
def peers(path: Path, count: int, **options: Any) -> Iterator[list[Peer]]:
    """Run several other processes on one store."""
    running: list[Peer] = []
    try:
        running += [Peer(path, **options) for _ in range(count)]
        yield running
        for peer in running:
            peer.close()
    except BaseException:
        for peer in running:
            peer.kill()
        raise


# -- the truth, read without the engine ------------------------------------------------------


def table_rows(path: Path, table: str = "records") -> list[dict[str, Any]]:
    """Return all rows of the newest version of a table, read by LanceDB alone."""
    import lancedb

    return lancedb.connect(os.fspath(path / "lance")).open_table(table).to_arrow().to_pylist()


def living(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out tombstones and what they forget: a killed `forget` may not have deleted it yet."""
    stones = [row for row in rows if row["kind"] == "tombstone"]
    forgotten: dict[tuple[str, str], int] = {}
    for stone in stones:
        scope = (stone["owner"], stone["id"])
        forgotten[scope] = max(stone["seq"], forgotten.get(scope, 0))
    return [
        row
        for row in rows
        if row["kind"] != "tombstone"
        and row["seq"] > forgotten.get((row["owner"], row["key"][:32]), 0)
        and row["seq"] > forgotten.get((row["owner"], ""), 0)
    ]


def indexed_columns(path: Path, table: str = "records") -> set[str]:
    """Return the columns of a table that LanceDB has an index on."""
    import lancedb

    opened = lancedb.connect(os.fspath(path / "lance")).open_table(table)
    return {column for index in opened.list_indices() for column in index.columns}


def index_faults(path: Path) -> list[str]:
    """Return where Tantivy indexes differ from the table, term by term."""
    import tantivy

    from harmonia_plugins.store.tantivy_index import UserIndex
    from harmonia_plugins.text.analysis import Analyzer

    faults: list[str] = []
    analyzer = Analyzer()
    rows = living(table_rows(path))
    for folder in (path / "lexical").iterdir():
        index = UserIndex(folder)
        last = index.sentinel.seq
        mine = [row for row in rows if row["owner"] == folder.name and row["seq"] <= last]
        mine = [row for row in mine if any(row["vector"])]
        opened = tantivy.Index.open(os.fspath(folder / (folder / "current").read_text()))
        searcher = opened.searcher()
        everything = tantivy.Query.term_query(opened.schema, "role", "row")
        hits = searcher.search(everything, len(rows) + 10).hits
        found = sorted(searcher.fast_field_values("seq", [address for _, address in hits]))
        if found != sorted(row["seq"] for row in mine):
            faults.append(f"{folder.name}: {len(found)} rows up to {last}, not {len(mine)}")
            continue
        expected: dict[str, int] = {}
        for row in mine:
            for term in set(analyzer.terms(row["text"])):
                expected[term] = expected.get(term, 0) + 1
        wrong = [t for t, n in expected.items() if searcher.doc_freq("terms", t) != n]
        faults += [f"{folder.name}: term {term!r} is in another number of rows" for term in wrong]
    return faults


def chain_faults(rows: list[dict[str, Any]]) -> list[str]:
    """Return duplicate keys and gaps in the revisions of any record."""
    faults: list[str] = []
    keys: set[str] = set()
    chains: dict[tuple[Any, ...], list[int]] = {}
    for row in living(rows):
        if row["key"] in keys:
            faults.append(f"key {row['key']} ({row['id']}) is stored twice")
        keys.add(row["key"])
        session = row["session_id"] if row["kind"] != "memory" else None
        chain = (row["owner"], row["kind"], session, row["id"])
        chains.setdefault(chain, []).append(row["revision"])
    for chain, revisions in chains.items():
        if sorted(revisions) != list(range(1, len(revisions) + 1)):
            faults.append(f"{chain} has revisions {sorted(revisions)}")
    return faults
