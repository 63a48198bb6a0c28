"""How fast the engine is, each figure beside its limit measured in the same run.

    python benchmarks/speed.py            about eight minutes on two cores
    python benchmarks/speed.py --large    also a store of a million records, some minutes more
    python benchmarks/speed.py --only recall start    only sections whose name begins so

Runs take turns with their limits, so that whatever else the machine does slows both; figures are
medians. `benchmarks/README.md` says what each row means.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from workload import Mixer, Prepared, alternating, blocks, fill, questions, sentences

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.providers.embedded import EmbeddedEmbedder

HEAVY = ("lancedb", "pyarrow", "numpy", "onnxruntime", "tokenizers", "tantivy", "pydantic")
QUERIES = 200


@dataclass(frozen=True)
class Line:
    """One row of the table; `met` is None for a figure without a target."""

    what: str
    reach: str
    got: str
    met: bool | None
    limit: str = ""


class Bench:
    """What the sections share: the model, prepared vectors, and the rows found so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = EmbeddedEmbedder()
        self.prepared = Prepared(self.model)
        self.mixer = Mixer(self.model)
        self.lines: list[Line] = []
        self.questions = questions(2 * QUERIES)
        self._stores = 0

    def row(self, what: str, reach: str, got: str, met: bool | None, limit: str = "") -> None:
        """Add a row and show it."""
        self.lines.append(Line(what, reach, got, met, limit))
        print(_printed(self.lines[-1]), flush=True)

    def path(self) -> Path:
        """Return a folder for a new store."""
        self._stores += 1
        return self.folder / f"store{self._stores}"

    @contextmanager
    def engine(self, path: Path | None = None, **options: Any) -> Iterator[MemoryEngine]:
        """Open a store with prepared vectors."""
        options = {"embedder": self.prepared, "learning": "manual", **options}
        with MemoryEngine(path or self.path(), **options) as engine:
            yield engine

    def filled(self, engine: MemoryEngine, user: str, count: int) -> list[str]:
        """Store a user's records and return their texts."""
        texts, vectors = self.mixer.make(count)
        for number, part in enumerate(blocks(range(count), 50_000)):
            chosen = slice(part[0], part[-1] + 1)
            fill(engine, user, texts[chosen], vectors[chosen], seed=number, first=part[0])
        engine.flush()
        return texts


def _said(text: str) -> Message:
    return Message("user", text)


def _ms(seconds: Sequence[float]) -> float:
    return 1000 * statistics.median(seconds)


def _high(seconds: Sequence[float], share: float) -> float:
    """Return a high quantile in milliseconds."""
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


# -- recall -------------------------------------------------------------------------------------


class Bare:
    """The least a search of this kind costs: one product with top-k, and one Tantivy query."""

    def __init__(self, engine: MemoryEngine, user: str, queries: Sequence[str]) -> None:
        import tantivy

        resident = engine._core.store.records.resident(user)
        self._matrix = resident.view().vectors
        self._vectors = engine.embed(queries)
        # NumPy has two products; the faster one is the limit (BLAS for few rows).
        blas, loop = (
            _ms(alternating(20, run)[0])
            for run in (
                lambda i: self._matrix @ self._vectors[i],
                lambda i: np.vecdot(self._matrix, self._vectors[i]),
            )
        )
        self._product: Any = np.matmul if blas < loop else np.vecdot
        analyzer = engine._core.store.analyzer
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("row", stored=False, indexed=False, fast=True)
        builder.add_text_field("text", stored=False, tokenizer_name="whitespace")
        index = tantivy.Index(builder.build())
        writer = index.writer(heap_size=50_000_000, num_threads=1)
        for row in range(len(self._matrix)):
            words = " ".join(analyzer.terms(resident.text(row)))
            writer.add_document(tantivy.Document(row=row, text=words))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()
        self._parsed = [
            tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Should, tantivy.Query.term_query(index.schema, "text", term))
                    for term in analyzer.query_terms(query)
                ]
            )
            for query in queries
        ]

    def __call__(self, number: int) -> None:
        scores = self._product(self._matrix, self._vectors[number])
        best = np.argpartition(scores, len(scores) - 10)[-10:]
        best[np.argsort(-scores[best])]
        hits = self._searcher.search(self._parsed[number], 10, count=False).hits
        self._searcher.fast_field_values("row", [address for _, address in hits])


def recall(bench: Bench) -> None:
    """Warm recall of users of three sizes, with the query's vector at hand and without."""
    asked, fresh = bench.questions[:QUERIES], bench.questions[QUERIES:]
    for size, most in ((1_000, 1.0), (10_000, 2.5), (100_000, 15.0)):
        with bench.engine() as engine:
            bench.filled(engine, "user", size)
            bare = Bare(engine, "user", asked)
            for query in asked:
                engine.recall(query, user_id="user")
            ours, limits = alternating(
                QUERIES, lambda i: engine.recall(asked[i], user_id="user"), bare
            )
            got, limit = _ms(ours), _ms(limits)
            bound = 0.5 + 3 * limit
            name = f"recall, query cached, {size // 1000} k records"
            bench.row(
                name, f"p50 ≤ {most:g} ms and ≤ 0.5 ms + 3 × limit = {bound:.2f} ms",
                f"{got:.2f} ms (p95 {_high(ours, 0.95):.2f})", got <= min(most, bound),
                f"product + top-k + Tantivy {limit:.2f} ms",
            )  # fmt: skip
            model, whole = alternating(
                QUERIES,
                lambda i: bench.model.embed([fresh[i]]),
                lambda i: engine.recall(fresh[i], user_id="user"),
            )
            bound = _ms(model) + min(most, bound)
            bench.row(
                f"recall, query not cached, {size // 1000} k records",
                f"p50 ≤ bare model + the above = {bound:.2f} ms", f"{_ms(whole):.2f} ms",
                _ms(whole) <= bound, f"bare model {_ms(model):.2f} ms",
            )  # fmt: skip


def large(bench: Bench) -> None:
    """A user of a thousand records inside a store of a million, against the same user alone."""
    texts, vectors = bench.mixer.make(1_000)
    small, big = bench.path(), bench.path()
    with bench.engine(small) as engine:
        fill(engine, "user", texts, vectors)
        engine.flush()
    start = time.perf_counter()
    with bench.engine(big) as engine:
        fill(engine, "user", texts, vectors)
        for number in range(20):
            count = 49_950
            for part in range(5):  # each of a hundred others has ten thousand records
                more, mixed = bench.mixer.make(count // 5)
                fill(engine, f"other{number}-{part}", more, mixed)
        engine.flush()
        rows = engine.stats().rows
    built = time.perf_counter() - start
    asked = bench.questions[:QUERIES]
    bench.model.embed(asked[:1])
    cpu: list[float] = []
    wall: list[float] = []
    for number in range(5):
        with bench.engine(big) as engine:
            engine.embed([asked[number]])
            begun, at = time.process_time(), time.perf_counter()
            engine.recall(asked[number], user_id="user")
            cpu.append(time.process_time() - begun)
            wall.append(time.perf_counter() - at)
    with bench.engine(small) as alone, bench.engine(big) as inside:
        for engine in (alone, inside):
            for query in asked:
                engine.recall(query, user_id="user")
        ours, limits = alternating(
            QUERIES,
            lambda i: inside.recall(asked[i], user_id="user"),
            lambda i: alone.recall(asked[i], user_id="user"),
        )
    got, limit = _ms(ours), _ms(limits)
    bench.row(
        f"1 k user inside {rows:,} records, warm", f"≤ 1.5 × alone = {1.5 * limit:.2f} ms",
        f"{got:.2f} ms = {got / limit:.2f} ×", got <= 1.5 * limit, f"alone {limit:.2f} ms",
    )  # fmt: skip
    bench.row(
        "1 k user, first recall after opening", "≤ 100 ms CPU",
        f"{_ms(cpu):.0f} ms CPU, {_ms(wall):.0f} ms wall", _ms(cpu) <= 100,
        f"built in {built:.0f} s",
    )  # fmt: skip


# -- writing ------------------------------------------------------------------------------------


def batches(bench: Bench) -> None:
    """Ten thousand messages in batches, against the model alone on the same texts."""
    size, texts = 100, sentences(10_000, seed=11)
    parts = list(blocks(texts, size))
    with bench.engine(embedder=None, learning="background") as engine:
        engine.embed(["load the model"])
        model, ours = alternating(
            len(parts),
            lambda i: bench.model.embed(parts[i]),
            lambda i: engine.observe(
                [_said(text) for text in parts[i]],
                user_id="user",
                session_id=f"s{i}",
                extract=False,
            ),
        )
    bare, got = len(texts) / sum(model), len(texts) / sum(ours)
    bench.row(
        f"observe 10 000 messages in batches of {size}", f"≥ 85 % of bare = {0.85 * bare:.0f}/s",
        f"{got:.0f}/s = {100 * got / bare:.0f} %", got >= 0.85 * bare, f"model {bare:.0f} texts/s",
    )  # fmt: skip


def single(bench: Bench) -> None:
    """One durable message a call: by one caller, and by 32 at once."""
    texts = sentences(4_000, seed=12)
    with bench.engine(embedder=None, learning="background") as engine:
        engine.embed(["load the model"])
        bench_texts, rest = texts[:400], texts[400:]
        model, ours = alternating(
            len(bench_texts),
            lambda i: bench.model.embed([bench_texts[i]]),
            lambda i: engine.observe(_said(bench_texts[i]), user_id="user", extract=False),
        )
        bound = _ms(model) + 10
        bench.row(
            "observe one message, durable, one caller", f"p50 ≤ bare model + 10 ms = {bound:.1f}",
            f"{_ms(ours):.1f} ms (p99 {_high(ours, 0.99):.1f})", _ms(ours) <= bound,
            f"bare model {_ms(model):.1f} ms",
        )  # fmt: skip
        bare, got = [], []
        for part in blocks(rest, 600):
            bare.append(_per_second(part, lambda text: bench.model.embed([text])))
            got.append(
                _per_second(
                    part, lambda text: engine.observe(_said(text), user_id="u", extract=False)
                )
            )
    limit, rate = statistics.median(bare), statistics.median(got)
    bench.row(
        "observe from 32 threads, one message a call", f"≥ 80 % of bare = {0.8 * limit:.0f}/s",
        f"{rate:.0f}/s = {100 * rate / limit:.0f} %", rate >= 0.8 * limit,
        f"model from 32 threads {limit:.0f} texts/s",
    )  # fmt: skip


def _per_second(texts: Sequence[str], work: Callable[[str], Any], threads: int = 32) -> float:
    """Return how many texts a second several threads do."""

    def run(mine: Sequence[str]) -> None:
        for text in mine:
            work(text)

    running = [threading.Thread(target=run, args=(texts[n::threads],)) for n in range(threads)]
    start = time.perf_counter()
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return len(texts) / (time.perf_counter() - start)


def writes(bench: Bench, count: int = 10_000) -> None:
    """Ten thousand single writes: what they leave on the disk, and whom they hold up."""
    asked = bench.questions[:QUERIES]
    texts, vectors = bench.mixer.make(count)
    bench.prepared.prepare(texts, vectors)
    peak = 0
    with bench.engine(learning="background") as engine, bench.engine() as still:
        bench.filled(still, "reader", 10_000)
        bench.filled(engine, "reader", 10_000)
        before = _against(engine, still, "reader", asked)
        quiet: list[float] = []
        busy: list[float] = []
        for number, text in enumerate(texts):
            at_work = engine._core.store.maintenance.state
            start = time.perf_counter()
            engine.observe(
                _said(text), user_id="writer", session_id=f"s{number // 25}", extract=False
            )
            taken = time.perf_counter() - start
            idle = at_work == engine._core.store.maintenance.state == "idle"
            (quiet if idle else busy).append(taken)
            if number % 500 == 499:
                peak = max(peak, engine._core.store.layout.disk_bytes())
        at_once = engine._core.store.layout.disk_bytes()
        time.sleep(_SETTLING)
        while engine._core.store.maintenance.state != "idle":
            time.sleep(0.1)
        left = engine._core.store.layout.disk_bytes()
        after = _against(engine, still, "reader", asked)
        used = _against(engine, still, "writer", asked)
        engine.purge()
        engine.recall(asked[0], user_id="writer")
        engine.flush()
        compact = engine._core.store.layout.disk_bytes()
        rewritten = _against(engine, still, "writer", asked)
    bench.row(
        f"{count:,} single writes: disk", f"≤ 2 × compacted = {2 * compact / 1e6:.0f} MB",
        f"{left / 1e6:.0f} MB = {left / compact:.2f} × (with the last write {at_once / 1e6:.0f}, "
        f"most {peak / 1e6:.0f} MB)",
        left <= 2 * compact, f"compacted {compact / 1e6:.0f} MB",
    )  # fmt: skip
    for who, now, then, when in (
        ("another user of 10 k", after, before, "before"),
        ("the user they belong to", used, rewritten, "after purge()"),
    ):
        bench.row(
            f"recall after them, {who}", f"≤ 1.3 × {when}",
            f"{now[0]:.2f} ms = {now[1] / then[1]:.2f} ×", now[1] <= 1.3 * then[1],
            f"{when} {then[0]:.2f} ms; each against a store left alone",
        )  # fmt: skip
    everyone = quiet + busy
    bench.row(
        "one write while maintenance runs", "no caller held up: longest ≤ 1 s",
        f"p50 {_ms(busy):.1f}, p99 {_high(busy, 0.99):.0f}, longest {_high(busy, 1):.0f} ms "
        f"({len(busy)} writes)",
        _high(everyone, 1) <= 1000,
        f"without: p50 {_ms(quiet):.1f}, p99 {_high(quiet, 0.99):.0f}, "
        f"longest {_high(quiet, 1):.0f} ms",
    )  # fmt: skip


_SETTLING = 5.0
"""Seconds after the last write until the disk is looked at: maintenance waits for a pause."""


def _against(
    engine: MemoryEngine, still: MemoryEngine, user: str, asked: Sequence[str]
) -> tuple[float, float]:
    """Return the median recall in ms, and its ratio to one in a store that nobody writes to."""
    for query in asked:
        engine.recall(query, user_id=user)
        still.recall(query, user_id="reader")
    ours, others = alternating(
        QUERIES,
        lambda i: engine.recall(asked[i], user_id=user),
        lambda i: still.recall(asked[i], user_id="reader"),
    )
    return _ms(ours), _ms(ours) / _ms(others)


# -- processes ----------------------------------------------------------------------------------


def imports(bench: Bench) -> None:
    """What importing costs, and that nothing heavy comes with it."""
    for code in (
        "import harmonia_plugins",
        "from harmonia_plugins import MemoryEngine, Message",
    ):
        ours = [_child(f"{_CLOCK}\n{code}\n{_TELL}") for _ in range(9)]
        bare = [_child(f"{_CLOCK}\nimport typing, dataclasses\n{_TELL}") for _ in range(9)]
        loaded = _child(f"import sys\n{code}\nprint([m for m in {HEAVY!r} if m in sys.modules])")
        got = 1000 * statistics.median(float(out.split()[-1]) for out in ours)
        limit = 1000 * statistics.median(float(out.split()[-1]) for out in bare)
        bench.row(
            f"`{code}`", "≤ 150 ms CPU, no heavy module", f"{got:.0f} ms, loads {loaded.strip()}",
            got <= 150 and loaded.strip() == "[]", f"typing and dataclasses {limit:.0f} ms",
        )  # fmt: skip


_CLOCK = "import time; start = time.process_time()"
_TELL = "print(time.process_time() - start)"
_ANSWER = """
from harmonia_plugins import MemoryEngine
with MemoryEngine({path!r}) as engine:
    assert engine.recall("Where did I go with my sister?", user_id="user")
"""
_LIBRARIES = """
import lancedb, pyarrow, numpy, onnxruntime, tokenizers, tantivy
from harmonia_plugins.providers.embedded import EmbeddedEmbedder
EmbeddedEmbedder().embed(["Where did I go with my sister?"])
"""


def start(bench: Bench) -> None:
    """From the start of a process to its first answer on ten thousand records."""
    path = bench.path()
    with bench.engine(path) as engine:
        bench.filled(engine, "user", 10_000)
    ours: list[float] = []
    bare: list[float] = []
    lance: list[float] = []
    wall: list[float] = []
    for _ in range(7):
        begun = time.perf_counter()
        ours.append(_child_cpu(_ANSWER.format(path=str(path))))
        wall.append(time.perf_counter() - begun)
        bare.append(_child_cpu(_LIBRARIES))
        lance.append(_child_cpu("import lancedb"))
    got = statistics.median(ours)
    bench.row(
        "process start to first answer, 10 k records", "≤ 2 s CPU",
        f"{got:.2f} s CPU, {statistics.median(wall):.2f} s wall", got <= 2,
        f"libraries and model alone {statistics.median(bare):.2f} s, lancedb alone "
        f"{statistics.median(lance):.2f} s",
    )  # fmt: skip


_MEMORY = """
import sys
from harmonia_plugins import MemoryEngine
def mb(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) / 1000 for line in file if line.startswith(name))
with MemoryEngine({path!r}) as engine:
    engine.recall("Hello", user_id="nobody")
    libraries = mb("VmRSS")
    for query in {asked!r}:
        assert engine.recall(query, user_id="user")
    print(libraries, mb("VmRSS"), mb("VmHWM"))
"""


def memory(bench: Bench) -> None:
    """What a process needs for one user of a hundred thousand records."""
    if not sys.platform.startswith("linux"):
        return
    path, size = bench.path(), 100_000
    with bench.engine(path) as engine:
        bench.filled(engine, "user", size)
    code = _MEMORY.format(path=str(path), asked=bench.questions[:50])
    libraries, got, peak = (float(part) for part in _child(code).split())
    vectors = size * bench.model.dimension * 4 / 1e6
    bench.row(
        "memory at 100 k records of one user", "≤ 700 MB",
        f"{got:.0f} MB (peak {peak:.0f})", got <= 700,
        f"libraries and model {libraries:.0f} + vectors {vectors:.0f} MB",
    )  # fmt: skip


def _child(code: str) -> str:
    """Return what a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout


def _child_cpu(code: str) -> float:
    """Return the CPU seconds of a fresh interpreter, from its start to its end."""
    before = os.times()
    _child(code)
    after = os.times()
    return (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )


# -- the table ----------------------------------------------------------------------------------

SECTIONS: dict[str, Callable[[Bench], None]] = {
    "imports": imports,
    "start": start,
    "recall": recall,
    "memory": memory,
    "single": single,
    "batches": batches,
    "writes": writes,
    "large": large,
}


def _printed(line: Line) -> str:
    met = {True: "yes", False: "NO", None: ""}[line.met]
    return f"| {line.what} | {line.reach} | {line.got} | {met} | {line.limit} |"


def versions() -> str:
    """Return what was measured on, as one line."""
    from importlib.metadata import version

    names = ("lancedb", "tantivy", "numpy", "onnxruntime", "pyarrow")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores{load}, Python {platform.python_version()}, {libraries}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the sections and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--large", action="store_true", help="also a store of a million records")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help=", ".join(SECTIONS))
    given = parser.parse_args(arguments)
    begun = time.perf_counter()
    print(f"# Speed\n\n{versions()}\n\n| what | reach | got | met | limit, same run |")
    print("|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for name, section in SECTIONS.items():
            chosen = any(name.startswith(only) for only in given.only)
            if chosen or (not given.only and (name != "large" or given.large)):
                section(bench)
    judged = [line.met for line in bench.lines if line.met is not None]
    print(f"\n{sum(judged)} of {len(judged)} met; took {time.perf_counter() - begun:.0f} s.")


if __name__ == "__main__":
    main()
