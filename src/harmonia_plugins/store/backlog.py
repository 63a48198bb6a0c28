"""Whose messages wait to be learned from, told from columns of the table: no user is loaded.

A file remembers up to which place in the store's order none does, so that opening a large store
reads only what came after. It carries no truth: without it everything is read.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path

from harmonia_plugins.store.collection import Collection

log = logging.getLogger(__name__)

_COLUMNS = ("user_id", "session_id", "id", "seq", "kind", "status", "waiting")

_WORTH = 1000
"""Rows read from which remembering how far they were is worth writing a file."""


class Backlog:
    """The messages of all users that wait to be learned from."""

    def __init__(self, records: Collection, file: Path, *, writable: bool) -> None:
        """Take the table and the file; to be called while nobody writes, if it is writable."""
        self._records = records
        self._file = file
        self._writable = writable
        _, version = self._read()
        # Of a folder that was copied while it was in use, or whose last versions were lost.
        self._trusted = version <= records.table.version()
        if not self._trusted and writable:
            file.unlink(missing_ok=True)
            self._trusted = True

    def users(self) -> list[str]:
        """Return the user of every message that waits, the oldest message first."""
        start = self._read()[0] if self._trusted else -1
        rows = self._records.column_values(
            f"kind IN ('message', 'ledger') AND seq > {start}", _COLUMNS
        )
        newest: dict[tuple[str, str, str], tuple[int, bool]] = {}
        for user, session, name, seq, kind, status, waiting in rows:
            key = (user, session, name)
            if key not in newest or newest[key][0] < seq:
                newest[key] = (seq, kind == "message" and waiting and status != "deleted")
        found = sorted((seq, key[0]) for key, (seq, waits) in newest.items() if waits)
        if len(rows) >= _WORTH:
            last = max(seq for _, _, _, seq, *_ in rows)
            self._write(found[0][0] - 1 if found else last, self._records.table.version())
        return [user for _, user in found]

    def _read(self) -> tuple[int, int]:
        """Return the place before which no message waits, and the version when it was found."""
        try:
            kept = json.loads(self._file.read_text("utf-8"))
            return int(kept["seq"]), int(kept["version"])
        except FileNotFoundError:
            return -1, -1
        except (OSError, ValueError, TypeError, KeyError):
            log.warning("%s cannot be read; every message is looked at", self._file)
            return -1, -1

    def _write(self, seq: int, version: int) -> None:
        if not self._writable or not self._trusted:
            return
        draft = self._file.with_suffix(".draft")
        try:
            draft.write_text(json.dumps({"seq": seq, "version": version}) + "\n", "utf-8")
            draft.replace(self._file)
        except OSError as error:  # a full disk: the next one reads more
            log.warning("%s cannot be written: %s", self._file, error)
