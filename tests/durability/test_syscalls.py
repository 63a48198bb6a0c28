"""Every file of a commit is flushed to the disk before the commit is acknowledged."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from durability import support

CALLS = (
    "openat,open,creat,rename,renameat,renameat2,link,linkat,mkdir,mkdirat,unlink,unlinkat,"
    "rmdir,fsync,fdatasync,write,close"
)
LINE = re.compile(r"^\d+\s+(?P<call>\w+)\((?P<arguments>.*)\)\s+= (?P<result>-?\d+)(?P<rest>.*)$")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
PATH_OF_DESCRIPTOR = re.compile(r"^(\d+)<([^>]*)>")


def trace(tmp_path: Path, store: Path) -> list[str]:
    """Run the writer under strace; returns the trace with resumed calls joined to their begin."""
    strace = shutil.which("strace")
    assert strace, "this test needs strace: apt-get install strace"
    output = tmp_path / "trace"
    program = support.PROGRAMS / "acknowledging.py"
    subprocess.run(
        [strace, "-f", "-y", "-s", "300", "-e", f"trace={CALLS}", "-o", str(output),
         sys.executable, str(program), str(store)],
        check=True, stdout=subprocess.DEVNULL, env=support.environment(), timeout=200,
    )  # fmt: skip
    lines: list[str] = []
    begun: dict[str, str] = {}
    for line in output.read_text(errors="replace").splitlines():
        thread = line.split(" ", 1)[0]
        if line.endswith("<unfinished ...>"):
            begun[thread] = line.removesuffix("<unfinished ...>").rstrip()
        elif "resumed>" in line and thread in begun:
            # A call counts from its end, which is the safe side for a flush; a file that was
            # being made is on record a little late, but before the acknowledgement of its own.
            lines.append(begun.pop(thread) + line.split("resumed>", 1)[1])
        else:
            lines.append(line)
    return lines


class Disk:
    """What of a store would survive a power loss, by its system calls."""

    def __init__(self, store: Path) -> None:
        self.store = str(store)
        self.unflushed: set[str] = set()
        self.seen: set[str] = set()
        self.acknowledged = 0
        self.faults: list[str] = []

    def take(self, line: str) -> None:
        match = LINE.match(line)
        if match is None or int(match["result"]) < 0:
            return
        call, arguments = match["call"], match["arguments"]
        paths = [path for path in QUOTED.findall(arguments) if path.startswith(self.store)]
        if call == "write" and '"ACK' in arguments:
            self._acknowledge(arguments)
        elif call in ("open", "openat", "creat") and paths and "O_CREAT" in arguments:
            self._appears(paths[0], known="O_EXCL" not in arguments and paths[0] in self.seen)
        elif call in ("mkdir", "mkdirat") and paths:
            self._appears(paths[0])
        elif call.startswith(("rename", "link")) and len(paths) == 2:
            self._moves(*paths, keeps=call.startswith("link"))
        elif call.startswith(("unlink", "rmdir")) and paths:
            self.unflushed.discard(paths[0])
        elif call in ("fsync", "fdatasync"):
            found = PATH_OF_DESCRIPTOR.match(arguments)
            assert found is not None, line
            self.unflushed.discard(found[2])
        elif call == "write":
            found = PATH_OF_DESCRIPTOR.match(arguments)
            if found and found[2].startswith(self.store):
                self.unflushed.add(found[2])

    def _appears(self, path: str, *, known: bool = False) -> None:
        self.unflushed.add(path)
        self.seen.add(path)
        if not known and self._needed(path):
            self.unflushed.add(str(Path(path).parent))

    def _moves(self, old: str, new: str, *, keeps: bool) -> None:
        flushed = old not in self.unflushed
        if not keeps:
            self.unflushed.discard(old)
        self._appears(new)
        if flushed:
            self.unflushed.discard(new)

    def _acknowledge(self, marker: str) -> None:
        self.acknowledged += 1
        needed = sorted(path for path in self.unflushed if self._needed(path))
        self.faults += [f"{marker[:40]}: {path} is not flushed" for path in needed]

    def _needed(self, path: str) -> bool:
        """Tell what the truth needs after a power loss.

        Not needed: lock files and the position (neither holds anything), the hint for the newest
        version (LanceDB does without it, as the damage tests show), drafts that are renamed or
        removed, and Tantivy's files, which are rebuilt from the table whenever they do not agree.
        """
        name = path.removeprefix(self.store).lstrip("/")
        derived = name == "lexical" or name.startswith(("lexical/", "locks", "position"))
        return not derived and not name.endswith("latest_version_hint.json")


@pytest.fixture(scope="module")
def traced(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("syscalls")
    store = tmp_path / "new" / "store"
    disk = Disk(store)
    lines = trace(tmp_path, store)
    for line in lines:
        disk.take(line)
    return disk, lines


def test_every_new_file_is_flushed_before_the_acknowledgement(traced):
    disk, _ = traced
    assert disk.acknowledged >= 20
    assert disk.faults == []


def test_the_trace_shows_what_the_test_looks_at(traced):
    """A trace that shows no files would pass any test: data, manifests and deletions are there."""
    disk, lines = traced
    kinds = {Path(path).parent.name for path in disk.seen}
    assert {"data", "_versions", "_transactions", "_deletions"} <= kinds, kinds
    flushed = {
        Path(found[2]).parent.name
        for line in lines
        if (match := LINE.match(line)) and match["call"] in ("fsync", "fdatasync")
        if (found := PATH_OF_DESCRIPTOR.match(match["arguments"]))
    }
    assert {"data", "_versions", "_transactions", "_deletions", "records.lance"} <= flushed
