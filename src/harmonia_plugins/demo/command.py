"""The command `demo` and its options."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harmonia_plugins.demo.reading import DemoError
from harmonia_plugins.demo.screen import Screen

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage]

__all__ = ["DemoError", "add_to"]

_DESCRIPTION = """\
Without --file: two short conversations are stored by a process that is killed at once, and a new
process answers questions from the store, learns from what is said next, and takes it back. With
--file: your own conversation is stored and learned from, with progress, and your questions are
answered.
"""
_FORMATS = """\
A conversation is a file of JSON messages, each on one line (broken here to fit):
  {"role": "user", "text": "I moved to Porto", "time": "2025-03-14T18:05:00+00:00",
   "session": "moving", "name": "Ada", "id": "m1"}
Only "text" (or "content") and one of "role" and "name" are needed; a time without an offset is UTC.
Also read: one JSON object {"messages": [{"id", "session", "time", "speaker", "text",
"image_caption"}], "questions": [{"question", "answer"}]}, such as converted LoCoMo files.
Nothing leaves this machine. Without --store the store is removed at the end.
"""


def add_to(commands: Commands) -> None:
    """Add the command to the program's."""
    parser = commands.add_parser(
        "demo",
        help="see the memory at work, on a small story or on your own conversation",
        description=_DESCRIPTION,
        epilog=_FORMATS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--file", type=Path, help="your own conversation (formats below)")
    parser.add_argument(
        "--question", action="append", default=[], metavar="TEXT",
        help="ask this of the file; may be repeated (default: the file's own first questions, "
        "or what you type)",
    )  # fmt: skip
    parser.add_argument("--store", type=Path, metavar="FOLDER", help="keep the store here")
    parser.add_argument("--user", metavar="NAME", help="whose memory it is (default: file name)")
    parser.add_argument(
        "-k", type=int, default=3, metavar="N", help="hits to show for a question (default: 3)"
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run the demo as asked."""
    screen = Screen()
    if given.file is None:
        if given.question or given.user:
            raise DemoError("--question and --user belong to your own conversation: add --file")
        from harmonia_plugins.demo import show

        with _store(given.store) as folder:
            show.run(folder, screen)
        return 0
    from harmonia_plugins.demo import own, reading

    conversation = reading.read(given.file)
    with _store(given.store) as folder:
        user = given.user or given.file.stem
        own.run(conversation, folder, screen, user=user, questions=given.question, k=given.k)
    return 0


@contextmanager
def _store(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="harmonia-demo-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
