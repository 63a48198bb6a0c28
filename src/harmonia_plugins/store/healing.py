"""What opening does about damage: mend what can be mended, say so, and name what cannot.

LanceDB writes a version as a manifest; one that was cut off or emptied (a power loss before the
disk had it) makes the whole table unreadable, although the version before it is intact. Such a
manifest is moved aside. A manifest that names a data file that is not there is left alone: its
rows are gone, and going back would lose others too.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from harmonia_plugins.errors import CorruptStoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

_MAGIC = b"LANC"
"""The last four bytes of every complete manifest and data file."""

_DATA_FILE = re.compile(rb"[01]{24}[0-9a-f]{26}\.lance")
_ATTEMPTS = 5

_PASSING = frozenset(
    {errno.EPERM, errno.EIO, errno.ENOMEM, errno.EACCES, errno.ENFILE, errno.EMFILE, errno.ENOSPC}
)
"""Faults of the system and not of a file."""


def open_healed(table: Path, open_table: Callable[[], T]) -> tuple[T, list[str]]:
    """Open a table, moving aside newest manifests that are damaged.

    Args:
        table: the folder of the table; it need not exist yet.
        open_table: opens it; called again after each repair.

    Returns:
        What `open_table` returned, and one sentence per repair.

    Raises:
        CorruptStoreError: a data file is missing or cut off, or no version can be read.
    """
    healed = _set_aside_cut_off(table)
    for _ in range(_ATTEMPTS):
        newest = _manifests(table)
        try:
            opened = open_table()
            _check_data_files(table)
        except CorruptStoreError as error:
            if newest[:1] != _manifests(table)[:1]:
                continue  # compaction elsewhere has replaced what we looked at
            if len(newest) < 2 or _names_missing_file(table, error) or _from_outside(error):
                raise
            healed.append(_set_aside(newest[0], "cannot be read"))
            continue
        return opened, healed
    raise CorruptStoreError(
        f"the {_ATTEMPTS} newest versions of {table} cannot be read; restore the folder from a "
        "backup"
    )


def _from_outside(error: CorruptStoreError) -> bool:
    """Tell a refusal of the system (too many files, no permission, no memory) from damage.

    Such a fault passes; moving a healthy manifest aside for it would throw commits away.
    """
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.errno is not None:
        return cause.errno in _PASSING
    found = re.search(r"os error (\d+)", str(cause))
    return found is not None and int(found.group(1)) in _PASSING


def _manifests(table: Path) -> list[Path]:
    """Return a table's manifests, newest first (LanceDB numbers them downwards)."""
    return sorted((table / "_versions").glob("*.manifest"), key=lambda path: path.name)


def _set_aside_cut_off(table: Path) -> list[str]:
    healed: list[str] = []
    manifests = _manifests(table)
    while len(manifests) > 1 and not is_complete(manifests[0]):
        healed.append(_set_aside(manifests.pop(0), "was cut off or empty"))
    if len(manifests) == 1 and not is_complete(manifests[0]):
        raise CorruptStoreError(
            f"{manifests[0]} is cut off and no older version is left; restore the folder {table} "
            "from a backup"
        )
    return healed


def _set_aside(manifest: Path, why: str) -> str:
    try:
        manifest.rename(manifest.with_suffix(".damaged"))
        # The hint may name the version just moved; LanceDB looks for itself without it.
        (manifest.parent / "latest_version_hint.json").unlink(missing_ok=True)
    except OSError as error:
        raise CorruptStoreError(
            f"{manifest} {why} and could not be set aside ({error}); make the folder writable and "
            "open it again, or move that one file away"
        ) from error
    message = (
        f"the newest version of {manifest.parent.parent.name} {why} and was set aside as "
        f"{manifest.with_suffix('.damaged').name}; the version before it is in use, writes made "
        "after that one are lost"
    )
    log.warning("%s", message)
    return message


def is_complete(path: Path) -> bool:
    """Tell whether one of LanceDB's files is there and has its end."""
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) < 16:
                return False
            file.seek(-4, 2)
            return file.read(4) == _MAGIC
    except FileNotFoundError:
        return False


def _check_data_files(table: Path) -> None:
    """Check that each data file of the newest version is there and complete, without reading it."""
    manifests = _manifests(table)
    if not manifests:
        return
    try:
        names = set(_DATA_FILE.findall(_fragments(manifests[0].read_bytes())))
    except OSError as error:
        raise CorruptStoreError(f"{manifests[0]} cannot be read ({error})") from error
    for name in names:
        path = table / "data" / name.decode()
        if not is_complete(path):
            state = "is cut off" if path.exists() else "is missing"
            raise CorruptStoreError(
                f"{path} {state}; put that file back from a backup, or restore the whole folder "
                f"{table.parent.parent}: nothing else can bring the rows in it back"
            )


def _fragments(manifest: bytes) -> bytes:
    """Return the part of a manifest that lists its data files.

    Before it lies the transaction that made it, which names files that may be gone rightly: those
    that a compaction has replaced. Its place is in the last 16 bytes, its length at its start.
    """
    start = int.from_bytes(manifest[-16:-8], "little")
    length = int.from_bytes(manifest[start : start + 4], "little")
    return manifest[start + 4 : start + 4 + length]


def _names_missing_file(table: Path, error: CorruptStoreError) -> bool:
    return f"{table / 'data'}" in str(error)
