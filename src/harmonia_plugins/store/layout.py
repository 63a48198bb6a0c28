"""Where things lie in a store's folder, and the file that says what wrote it.

```
store.json          schema version, embedding model and tokenizer (identity)
position            a counter per table that every write moves, read by every recall
lance/              the truth: records.lance, items.lance
lexical/<owner>/    Tantivy indexes of records, derived, one per large user; safe to delete
locks/              files that are only ever locked, never read
```
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from harmonia_plugins.errors import CorruptStoreError, InvalidInputError
from harmonia_plugins.store.durable import sync_file, sync_folder

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """What wrote a store; vectors and terms are only comparable where these agree."""

    schema_version: int
    embedder: str
    dimension: int
    analysis_version: int


class Layout:
    """The paths of one store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.identity_file = root / "store.json"
        self.position_file = root / "position"
        self.learned_file = root / "learned"
        self.lance = root / "lance"
        self.lexical = root / "lexical"
        self.locks = root / "locks"

    def create(self) -> None:
        """Make the folders; existing ones are left as they are."""
        if self.root.exists() and not self.root.is_dir():
            raise InvalidInputError(
                f"{self.root} is a file; a store is a folder: give the path of a folder"
            )
        new = not self.root.exists()
        for folder in (self.root, self.lance, self.lexical, self.locks):
            folder.mkdir(parents=True, exist_ok=True)
        if new:
            sync_folder(self.root.parent)

    def table(self, name: str) -> Path:
        """Return the folder of one LanceDB table."""
        return self.lance / f"{name}.lance"

    def read_identity(self) -> Identity | None:
        """Return what wrote the store, or None for a new folder.

        Raises:
            CorruptStoreError: the file is there but cannot be read.
        """
        try:
            data = json.loads(self.identity_file.read_text("utf-8"))
            found = Identity(
                schema_version=int(data["schema_version"]),
                embedder=str(data["embedder"]),
                dimension=int(data["dimension"]),
                analysis_version=int(data["analysis_version"]),
            )
            if found.schema_version < 1:
                raise ValueError(f"schema_version {found.schema_version}")
            return found
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
            raise CorruptStoreError(
                f"{self.identity_file} cannot be read ({error}); restore this one file from a "
                "backup or from another store written with the same embedder"
            ) from error

    def write_identity(self, identity: Identity) -> None:
        """Record what wrote the store; whole or not at all, also when the power fails."""
        draft = self.identity_file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(identity), indent=2) + "\n", "utf-8")
        sync_file(draft)
        draft.replace(self.identity_file)
        sync_folder(self.root)

    def disk_bytes(self) -> int:
        """Return the size of all files of the store."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118
                except FileNotFoundError:
                    continue  # removed by maintenance while we were counting
        return total
