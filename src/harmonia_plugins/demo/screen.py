"""Plain text for a terminal: headings, wrapped messages, hits, a progress line."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from datetime import UTC, datetime
from typing import TextIO

from harmonia_plugins.model import Change, ChannelScore, Recall

_BOLD, _DIM, _GREEN = "1", "2", "32"
_LINES = 6
"""Lines of a text that are shown; a chat message can be a whole document."""
_CHANNELS = {"dense": "meaning", "lexical": "words"}
LEGEND = (
    "Score: 0 to 1, comparable within one question. Found by: the place of the text, and its own "
    "score, when searched by meaning (vectors) and by words (BM25)."
)


class Screen:
    """Writes to a stream; in colour where it is a terminal and NO_COLOR is not set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        if hasattr(self._stream, "reconfigure"):  # a terminal without Unicode shows `?` instead
            self._stream.reconfigure(errors="replace")  # type: ignore[attr-defined]
        self._terminal = self._stream.isatty()
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self._colour = self._terminal and not plain
        self._width = max(50, min(100, shutil.get_terminal_size().columns))
        self._shown = 0.0

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour else text

    def line(self, text: str = "") -> None:
        """Write one line at once."""
        print(text, file=self._stream, flush=True)

    def say(self, text: str, *, indent: int = 3) -> None:
        """Write a paragraph."""
        for part in self._wrapped(text, indent):
            self.line(part)

    def heading(self, text: str) -> None:
        """Write a heading with room above it."""
        self.line()
        self.line(self._styled(text, _BOLD))

    def question(self, text: str) -> None:
        """Write a question with room above it."""
        self.line()
        self.line(self._styled(f"   ? {clean(text)}", _BOLD))

    def spoken(self, speaker: str, text: str) -> None:
        """Write a message with its speaker before it."""
        label = f"     {clean(speaker)[:10]:<10} "
        self.line(
            "\n".join(
                textwrap.wrap(
                    clean(text), self._width, initial_indent=label, subsequent_indent=" " * 16
                )
            )
        )

    def hits(self, hits: list[Recall], seconds: float) -> None:
        """Write what a question found and how long that took."""
        for number, hit in enumerate(hits, 1):
            self._hit(number, hit)
        found = f"{len(hits)} found" if hits else "nothing found"
        self.line(self._styled(f"     ({found} in {duration(seconds)})", _DIM))

    def _hit(self, number: int, hit: Recall) -> None:
        score = self._styled(f"{hit.score:.2f}", _GREEN)
        self.line(f"     {number}. score {score}  {when(hit)}  {_kind(hit)}")
        lines = self._wrapped(hit.text, 8)
        if len(lines) > _LINES:
            lines = [*lines[:_LINES], " " * 8 + "..."]
        for line in lines:
            self.line(line)
        places = ", ".join(
            _place(label, hit.channels[name])
            for name, label in _CHANNELS.items()
            if name in hit.channels
        )
        self.line(self._styled(f"        found by {places}", _DIM))

    def change(self, change: Change) -> None:
        """Write what one change did to a memory, and why."""
        memory = change.after or change.before
        if memory is None:
            return
        self.line(self._styled(f"     {change.kind:<10} {clean(memory.content)}", _GREEN))
        told = f"{memory.type}, {100 * memory.confidence:.0f} % sure"
        if memory.occurred_at is not None:
            told += f", happens {moment_of(memory.occurred_at)}"
        if memory.status not in ("active", change.kind):
            told += f", now {memory.status}"
        if memory.valid_to is not None:
            told += f", true until {day(memory.valid_to)}"
        if change.reason is not None:
            told += f"; why: {change.reason}"
        self.say(told, indent=16)

    def progress(self, done: int, total: int, seconds: float) -> None:
        """Write how far a long task is: on a terminal in place, elsewhere every five seconds."""
        now, ended = time.monotonic(), done >= total
        if not ended and now - self._shown < (0.2 if self._terminal else 5.0):
            return
        self._shown = now
        rate = done / max(seconds, 1e-9)
        text = f"   {done} of {total} messages, {rate:.0f} a second"
        text += f", {duration(seconds)} in all" if ended else _left((total - done) / rate)
        if self._terminal:
            end = "\n" if ended else ""
            print(f"\r{text:<{self._width - 1}}", end=end, file=self._stream, flush=True)
        else:
            self.line(text)

    def _wrapped(self, text: str, indent: int) -> list[str]:
        space = " " * indent
        return textwrap.wrap(
            clean(text), self._width, initial_indent=space, subsequent_indent=space
        )


def clean(text: str) -> str:
    """Return a text on one line, without characters that steer a terminal."""
    spaced = " ".join(text.split())
    return "".join(char if char.isprintable() else "?" for char in spaced)


def when(hit: Recall) -> str:
    """Return the day and time of a hit."""
    moment: datetime | None = None
    if hit.message is not None:
        moment = hit.message.created_at
    elif hit.memory is not None:
        moment = hit.memory.occurred_at or hit.memory.valid_from or hit.memory.recorded_at
    return "" if moment is None else moment_of(moment)


def moment_of(moment: datetime) -> str:
    """Return a day and time."""
    return f"{moment.astimezone(UTC):%a %d %b %Y, %H:%M}"


def day(moment: datetime | None) -> str:
    """Return a day."""
    return "ever" if moment is None else f"{moment.astimezone(UTC):%d %b %Y}"


def duration(seconds: float) -> str:
    """Return a span of time as people say it."""
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms" if seconds >= 0.01 else f"{1000 * seconds:.1f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def _left(seconds: float) -> str:
    return f", {duration(max(seconds, 1.0))} left"


def _kind(hit: Recall) -> str:
    """Return who said it, or what kind of memory it is."""
    if hit.message is not None:
        return clean(hit.message.name or hit.message.role)
    return "" if hit.memory is None else f"memory, {hit.memory.type}"


def _place(label: str, channel: ChannelScore) -> str:
    return f"{label} (no. {channel.rank}, {channel.score:.2f})"
