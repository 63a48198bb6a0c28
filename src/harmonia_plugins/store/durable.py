"""Making sure that what was written has reached the disk.

LanceDB never calls fsync; without it an acknowledged write can be lost, or the newest manifest
left empty, when the power fails.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def sync_file(path: str | os.PathLike[str]) -> None:
    """Flush one file to the disk."""
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        if sys.platform == "darwin":  # fsync there leaves the data in the drive's cache
            import fcntl

            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: str | os.PathLike[str]) -> None:
    """Flush a folder's list of names to the disk; Windows has no such call and needs none."""
    if sys.platform != "win32":
        sync_file(path)


class FolderSync:
    """Flushes whatever appeared in a table's folder since the last call."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, set[str]] = {}
        self._folders: dict[str, set[str]] = {}

    def sync(self) -> None:
        """Flush new files and the folders that hold them.

        A file or folder that vanished meanwhile was removed by maintenance and is not part of
        the newest version.
        """
        self._sync(os.fspath(self._root))

    def adopt(self) -> None:
        """Take everything that is there now as flushed (by whoever wrote it)."""
        for folder, folders, names in os.walk(self._root):
            self._known[folder] = {*folders, *names}
            self._folders[folder] = set(folders)

    def _sync(self, folder: str) -> None:
        try:
            # Names only, compared as sets: a table has thousands of files and a commit adds three.
            below = set(os.listdir(folder))
            known = self._known.get(folder)
            fresh = below if known is None else below - known
            folders = self._folders.get(folder, set[str]()) & below
            for name in fresh:
                path = os.path.join(folder, name)  # noqa: PTH118
                if os.path.isdir(path):  # noqa: PTH112
                    folders.add(name)
                else:
                    _sync_if_there(path)
            for name in folders:
                self._sync(os.path.join(folder, name))  # noqa: PTH118
            if fresh or known is None:
                sync_folder(folder)
        except FileNotFoundError:
            self._known.pop(folder, None)
            self._folders.pop(folder, None)
            if folder == os.fspath(self._root):
                raise
            return
        self._known[folder], self._folders[folder] = below, folders


def _sync_if_there(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        sync_file(path)
