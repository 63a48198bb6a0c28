"""Runs a sentence embedding model that is stored as ONNX, on the CPU."""

from __future__ import annotations

import importlib
import mmap
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.vectors import encodable, unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harmonia_plugins.ports import FloatMatrix

Pooling = Literal["mean", "cls"]

CHARACTERS_PER_TOKEN = 16
"""Of the first look at a long text; English has about 4.5, so one look nearly always suffices."""

MAX_CHARACTERS = 65_536
"""Where looking further ends, so that a megabyte of white space costs milliseconds."""

LONGEST_WORD = 100
"""WordPiece makes at most as many tokens of a word; a longer word becomes one token."""

BATCH_TOKENS = 512
"""Tokens in one run, padding included. Larger runs are slower (they leave the CPU's cache), and
this also bounds what a run can allocate, however many threads run at once."""

PADDING = 1.25
"""How much longer than the shortest the longest text of a run may be: padding costs like text."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """Where a model lies and how its token vectors become one vector per text."""

    name: str
    weights: Path
    tokenizer: Path
    pooling: Pooling
    max_tokens: int


class OnnxRunner:
    """A loaded model; may be shared by threads.

    Concurrent callers each run their own texts, as many at once as there are cores: the runtime
    releases the interpreter lock. More at once would not be faster, and would keep the processor
    from whoever commits what has been embedded. (A queue that joins callers into batches gains
    little on a model that is bound by arithmetic, and makes callers wait for each other.)
    """

    def __init__(self, files: ModelFiles, *, batch: int) -> None:
        """Load the model.

        Args:
            files: the model.
            batch: texts in one run, at most.

        Raises:
            ProviderError: a file is missing, damaged, or asks for inputs that are not known here.
        """
        self._files = files
        self._session = _open_session(files)
        self._tokenizer, self._pad = _open_tokenizer(files)
        self._inputs = {item.name: _dtype(item.type) for item in self._session.get_inputs()}
        unknown = set(self._inputs) - {"input_ids", "attention_mask", "token_type_ids"}
        if unknown:
            raise ProviderError(
                f"{files.weights} asks for the inputs {sorted(unknown)}; only input_ids, "
                "attention_mask and token_type_ids can be supplied: export it as a text encoder"
            )
        self._output = _choose_output(self._session, files)
        self._cores = threading.BoundedSemaphore(_cores())
        self._batch = 1 if _depends_on_batch(files.weights) else batch

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text, in the order of `texts`, at least one."""
        tokens = [self._tokens(text) for text in texts]
        rows: list[Any] = [None] * len(tokens)
        for places in self._runs(tokens):
            for place, row in zip(places, self._run([tokens[i] for i in places]), strict=True):
                rows[place] = row
        return unit_rows(rows, who=self._files.name, count=len(tokens))

    def _tokens(self, text: str) -> list[int]:
        """Return the first `max_tokens` token ids, reading no more of a long text than they need.

        A cut may change the tokens of the word it falls into, and no others. So the cut is far
        enough out once more tokens follow the wanted ones than a word can have; the ids are then
        those of the whole text. (Texts that still have too few at `MAX_CHARACTERS` are judged by
        that many characters.)
        """
        text = encodable(text[:MAX_CHARACTERS])
        length = self._files.max_tokens * CHARACTERS_PER_TOKEN
        while True:
            encoding = self._tokenizer.encode(text[:length])
            spare = sum(len(part.ids) for part in encoding.overflowing)
            if length >= len(text) or spare > 2 * LONGEST_WORD:
                return encoding.ids
            length *= 4

    def _runs(self, tokens: list[list[int]]) -> Iterator[list[int]]:
        """Yield the places of texts that run together: of similar length, so padding is little.

        There is at least one text.
        """
        run: list[int] = []
        for place in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
            size = len(tokens[place])
            full = len(run) >= self._batch or size * (len(run) + 1) > BATCH_TOKENS
            if run and (full or size > PADDING * len(tokens[run[0]])):
                yield run
                run = []
            run.append(place)
        yield run

    def _run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        """Return the pooled, not yet normalised vectors of one run."""
        shape = (len(tokens), max(map(len, tokens)))
        ids = np.full(shape, self._pad, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, item in enumerate(tokens):
            ids[row, : len(item)] = item
            mask[row, : len(item)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        feed = {name: given[name].astype(kind, copy=False) for name, kind in self._inputs.items()}
        try:
            with self._cores:
                output = self._session.run([self._output], feed)[0]
        except Exception as error:  # the runtime's errors share no base but Exception
            raise ProviderError(f"{self._files.weights} failed on {shape}: {error}") from error
        return self._pooled(output, mask)

    def _pooled(self, output: Any, mask: NDArray[np.int64]) -> NDArray[np.float32]:
        if output.ndim == 2:  # the model pools by itself
            return output
        if self._files.pooling == "cls":
            return output[:, 0]
        weights = mask.astype(np.float32)
        return np.matvec(output.transpose(0, 2, 1), weights) / weights.sum(axis=1, keepdims=True)


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _open_session(files: ModelFiles) -> Any:
    # by name: its types are partial, so what comes from it is untyped as a whole
    onnxruntime: Any = importlib.import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    # One thread per call: callers' threads are the parallelism, and more share cores badly.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only: its warnings concern devices not used here
    try:
        return onnxruntime.InferenceSession(
            str(files.weights), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime's errors share no base but Exception
        raise ProviderError(f"{files.weights} cannot be loaded as ONNX: {error}") from error


def _open_tokenizer(files: ModelFiles) -> tuple[Any, int]:
    """Return the tokenizer, set to cut and not to pad, and the id that pads."""
    from tokenizers import Tokenizer

    try:
        tokenizer: Any = Tokenizer.from_file(str(files.tokenizer))
    except Exception as error:  # the library raises bare Exception
        raise ProviderError(f"{files.tokenizer} cannot be loaded: {error}") from error
    padding = tokenizer.padding
    tokenizer.no_padding()
    tokenizer.enable_truncation(files.max_tokens)
    return tokenizer, padding["pad_id"] if padding else 0


def _dtype(kind: str) -> type[np.signedinteger[Any]]:
    return np.int32 if kind == "tensor(int32)" else np.int64


def _choose_output(session: Any, files: ModelFiles) -> str:
    """Return the name of the token vectors, else of vectors the model has pooled itself."""
    outputs = {len(item.shape): item.name for item in reversed(session.get_outputs())}
    if name := outputs.get(3) or outputs.get(2):
        return name
    raise ProviderError(f"{files.weights} has no output of token or sentence vectors")


def _depends_on_batch(weights: Path) -> bool:
    """Whether a text's vector would depend on the texts it runs with.

    Dynamic quantisation scales activations by the largest of the whole run, padding included
    (measured: cosine down to .98 between a text alone and in a batch). Such a model runs one text
    at a time, which costs it next to nothing. Operator names stand in the file as plain bytes.
    """
    with (
        weights.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        return content.find(b"DynamicQuantize") >= 0
