"""One user's Tantivy index: derived from the table, thrown away whenever it is in doubt.

A sentinel document, replaced in every commit, says how far the index is and with which analysis:
Tantivy commits are atomic, so the sentinel and the documents always belong together.
Terms come ready-made from our analyzer (the field only splits at spaces) and queries are built
from terms, so no text of a user is ever parsed as a query.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import struct
import uuid
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins.store.bm25 import K1, idf
from harmonia_plugins.text.analysis import ANALYSIS_VERSION

log = logging.getLogger(__name__)

_WRITER_HEAP = 15_000_000
"""Bytes; the least Tantivy accepts for one thread."""
_PREFIX_TERMS = 4096
"""Terms a prefix may stand for; no user's words have more of them."""

_META = "meta.json"
_SEGMENT_FILES = ("fast", "fieldnorm", "idx", "pos", "store", "term")
_FOOTER_END = struct.Struct("<II")
_FOOTER_MAGIC = 1337
_ATTEMPTS = 3
_CURRENT = "current"
"""File that names the generation in use: a rebuild writes a new folder and switches, because
Windows cannot delete files that are mapped."""


@dataclass(frozen=True, slots=True)
class Sentinel:
    """What an index holds: rows up to `seq`, their number, a digest and the number of terms."""

    seq: int = 0
    documents: int = 0
    digest: int = 0
    terms: int = 0
    analysis_version: int = ANALYSIS_VERSION


class UserIndex:
    """A user's index in `folder`, open for reading; `update` opens a writer for one commit."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open the index, or start an empty one where `create` allows.

        Raises:
            OSError: there is no index, or a file of it is missing.
            ValueError: a file of it is damaged, or does not fit the others.
        """
        self.folder = folder
        generation = self._generation()
        if generation is None:
            if not create:
                raise FileNotFoundError(f"{folder} names no index in use")
            generation = self._start_generation()
        self._path = folder / generation
        if not create or (self._path / _META).exists():
            _verify(self._path)
        self._index = _open(self._path)
        self._refresh()

    def _generation(self) -> str | None:
        try:
            name = (self.folder / _CURRENT).read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        return name if name and (self.folder / name).is_dir() else None

    def _start_generation(self) -> str:
        name = uuid.uuid4().hex[:12]
        (self.folder / name).mkdir(parents=True)
        _sweep(self.folder, keep=name)
        draft = self.folder / f"{_CURRENT}.draft"
        draft.write_text(name, "utf-8")
        draft.replace(self.folder / _CURRENT)
        return name

    def _refresh(self) -> None:
        self._searcher: Any = self._index.searcher()
        self.sentinel = self._read_sentinel()

    def _read_sentinel(self) -> Sentinel:
        from tantivy import Query

        query = Query.term_query(self._index.schema, "role", "sentinel")
        hits = self._searcher.search(query, 1).hits
        if not hits:
            return Sentinel()
        data = json.loads(self._searcher.doc(hits[0][1])["state"][0])
        sentinel = Sentinel(**data)
        if sentinel.analysis_version != ANALYSIS_VERSION:
            raise ValueError(f"written with analysis {sentinel.analysis_version}")
        # One document is the sentinel itself.
        if self._searcher.num_docs - 1 != sentinel.documents:
            raise ValueError(f"{self._searcher.num_docs - 1} documents, not {sentinel.documents}")
        return sentinel

    def update(self, documents: Iterable[tuple[int, Sequence[str]]], digest: int = 0) -> None:
        """Add rows (`seq` and terms) newer than the sentinel, and commit.

        `digest` is the caller's digest of all rows that the index then holds.
        """
        import tantivy

        last, count, terms = self.sentinel.seq, self.sentinel.documents, self.sentinel.terms
        _remove_stray_deletes(self._path)
        writer = self._index.writer(heap_size=_WRITER_HEAP, num_threads=1)
        try:
            for seq, words in documents:
                writer.add_document(tantivy.Document(seq=seq, terms=" ".join(words), role="row"))
                last, count, terms = max(last, seq), count + 1, terms + len(words)
            sentinel = Sentinel(last, count, digest, terms)
            writer.delete_documents_by_term("role", "sentinel")
            state = json.dumps(asdict(sentinel))
            writer.add_document(tantivy.Document(seq=0, role="sentinel", state=state))
            writer.commit()
            writer.garbage_collect_files()
        finally:
            writer.wait_merging_threads()
        self._index.reload()
        self._refresh()

    def weights(self, terms: Sequence[str], more: Sequence[int], rows: int) -> list[float]:
        """Return what each term can add to a score at most; `more` rows outside hold it too."""
        total = self.sentinel.documents or rows
        return [
            (K1 + 1) * idf(min(total, self._searcher.doc_freq("terms", term) or extra), total)
            for term, extra in zip(terms, more, strict=True)
        ]

    @property
    def mean_length(self) -> float:
        """Mean number of terms of a row."""
        return self.sentinel.terms / max(1, self.sentinel.documents)

    def search(
        self, terms: Sequence[str], limit: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return `seq` and BM25 score of the best rows that hold any of the terms."""
        from tantivy import Occur, Query

        schema = self._index.schema
        parts = [(Occur.Should, Query.term_query(schema, "terms", term)) for term in terms]
        return self._run(Query.boolean_query(parts), limit)

    def phrase(self, terms: Sequence[str], limit: int) -> NDArray[np.int64]:
        """Return the `seq` of rows that hold the terms one after another."""
        from tantivy import Query

        schema = self._index.schema
        if len(terms) == 1:
            return self.search(terms, limit)[0]
        return self._run(Query.phrase_query(schema, "terms", list(terms)), limit)[0]

    def starting_with(self, prefix: str) -> list[str]:
        """Return known terms that begin with `prefix`."""
        found: Sequence[Any] = self._searcher.terms_with_prefix(
            "terms", prefix, limit=_PREFIX_TERMS
        )
        return [term if isinstance(term, str) else term[0] for term in found]

    def _run(self, query: Any, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        hits = self._searcher.search(query, limit, count=False).hits
        if not hits:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, addresses = zip(*hits, strict=True)
        seqs = self._searcher.fast_field_values("seq", list(addresses))
        return np.array(seqs, np.int64), np.array(scores, np.float32)


def _open(path: Path) -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("seq", stored=False, indexed=True, fast=True)
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace")
    builder.add_text_field("role", stored=False, tokenizer_name="raw")
    builder.add_text_field("state", stored=True, tokenizer_name="raw")
    return tantivy.Index(builder.build(), path=os.fspath(path))


def _verify(path: Path) -> None:
    """Compare files with the checksums they end with, which Tantivy writes but never looks at."""
    for attempt in range(_ATTEMPTS):
        meta = (path / _META).read_text("utf-8")
        try:
            for segment in json.loads(meta)["segments"]:
                _verify_segment(path, segment)
        except (OSError, ValueError):
            # Another process may have committed meanwhile, and removed what it replaced.
            if attempt + 1 == _ATTEMPTS or meta == (path / _META).read_text("utf-8"):
                raise
        else:
            return


def _verify_segment(path: Path, segment: dict[str, Any]) -> None:
    name = segment["segment_id"].replace("-", "")
    files = [f"{name}.{kind}" for kind in _SEGMENT_FILES]
    if segment.get("deletes"):
        files.append(f"{name}.{segment['deletes']['opstamp']}.del")
    for file in files:
        data = (path / file).read_bytes()
        length, magic = _FOOTER_END.unpack(data[-_FOOTER_END.size :].rjust(_FOOTER_END.size))
        end = len(data) - _FOOTER_END.size - length
        if magic != _FOOTER_MAGIC or end < 0:
            raise ValueError(f"{file} is cut off")
        if json.loads(data[end : end + length])["crc"] != zlib.crc32(data[:end]):
            raise ValueError(f"{file} is damaged")


def _sweep(folder: Path, *, keep: str) -> None:
    for path in folder.iterdir():
        if path.is_dir() and path.name != keep:
            shutil.rmtree(path, ignore_errors=True)


def _remove_stray_deletes(path: Path) -> None:
    """Remove deletion files that a killed writer left: Tantivy refuses to overwrite them."""
    try:
        segments = json.loads((path / _META).read_text("utf-8"))["segments"]
    except FileNotFoundError:
        return
    known = {
        f"{segment['segment_id'].replace('-', '')}.{segment['deletes']['opstamp']}.del"
        for segment in segments
        if segment.get("deletes")
    }
    for stray in path.glob("*.del"):
        if stray.name not in known:
            stray.unlink(missing_ok=True)


def discard(folder: Path) -> None:
    """Forget an index: the next one is built anew from the table."""
    (folder / _CURRENT).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def discard_all(folder: Path) -> None:
    """Forget every index below a folder."""
    for path in folder.iterdir():
        if path.is_dir():
            discard(path)
