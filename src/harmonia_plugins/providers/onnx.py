"""Embedding models stored as ONNX: any folder that holds one."""

from __future__ import annotations

import hashlib
import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.providers.runner import ModelFiles, OnnxRunner, Pooling

if TYPE_CHECKING:
    from harmonia_plugins.ports import FloatMatrix

WEIGHTS = (
    "model.onnx",
    "onnx/model.onnx",
    "model_quantized.onnx",
    "onnx/model_quantized.onnx",
)
"""Where the weights may lie in a folder, in order of preference."""

DEFAULT_MAX_TOKENS = 512
"""Where a folder does not say: what BERT and most of its relatives can read."""

POOLING: dict[str, Pooling] = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_mean_tokens": "mean",
}


class OnnxEmbedder(ABC):
    """An ONNX model that loads at first use; what the embedded model and folders share.

    A subclass says where the model lies (`_find`) and its `fingerprint`.
    """

    def __init__(self, *, batch: int, dimension: int | None = None) -> None:
        self._batch = batch
        self._dimension = dimension
        self._runner: OnnxRunner | None = None
        self._loading = threading.Lock()

    @abstractmethod
    def _find(self) -> ModelFiles:
        """Return the model's files, checked as far as the subclass checks them."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Names weights, tokenizer, pooling and length."""

    @property
    def dimension(self) -> int:
        """Length of one vector; where it is not known beforehand, found by embedding a word."""
        if self._dimension is None:
            self._dimension = int(self.load().embed(["dimension"]).shape[1])
        return self._dimension

    def load(self) -> OnnxRunner:
        """Load the model unless it is loaded; concurrent callers wait for one load.

        Raises:
            ProviderError: a file is missing or damaged. The next call tries again.
        """
        if self._runner is None:
            with self._loading:
                if self._runner is None:
                    self._runner = OnnxRunner(self._find(), batch=self._batch)
        return self._runner

    @property
    def prompt(self) -> bool:
        """Whether a short text takes milliseconds for certain: loaded, and in this process."""
        return self._runner is not None

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text; text beyond the model's length is not read.

        Raises:
            ProviderError: the model cannot be loaded or run.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return self.load().embed(texts)


class OnnxFolderEmbedder(OnnxEmbedder):
    """The model in a folder as Hugging Face or sentence-transformers export it.

    The folder holds `tokenizer.json` and the weights (see `WEIGHTS`). Read where present:
    `1_Pooling/config.json` (mean or cls; mean without it), and for the length
    `sentence_bert_config.json`, `tokenizer_config.json` and `config.json`.
    """

    def __init__(self, folder: str | PathLike[str], *, batch: int = 32) -> None:
        """Look at the folder's names; nothing is read yet.

        Args:
            folder: the model's folder.
            batch: texts in one run, at most.

        Raises:
            InvalidInputError: the folder has no weights or no tokenizer.
        """
        super().__init__(batch=batch)
        self._folder = Path(folder)
        weights = [self._folder / name for name in WEIGHTS if (self._folder / name).is_file()]
        if not weights:
            raise InvalidInputError(f"{self._folder} holds no ONNX weights: none of {WEIGHTS}")
        if not (self._folder / "tokenizer.json").is_file():
            raise InvalidInputError(
                f"{self._folder} holds no tokenizer.json; copy the one of the model there"
            )
        self._weights = weights[0]
        self._fingerprint: str | None = None

    @property
    def fingerprint(self) -> str:
        """Names weights, tokenizer, pooling and length; the same wherever the folder lies."""
        if self._fingerprint is None:
            self._fingerprint = self._read_fingerprint()
        return self._fingerprint

    def _read_fingerprint(self) -> str:
        files = self._find()
        # weights above 2 GB lie in further files, which exporters name after the first
        content = sorted(self._weights.parent.glob(f"{self._weights.name}*"))
        digests = [sha256(path) for path in (*content, files.tokenizer)]
        return make_fingerprint("onnx", digests, pooling=files.pooling, max_tokens=files.max_tokens)

    def _find(self) -> ModelFiles:
        return ModelFiles(
            name=f"the model in {self._folder}",
            weights=self._weights,
            tokenizer=self._folder / "tokenizer.json",
            pooling=_pooling(self._folder),
            max_tokens=_max_tokens(self._folder),
        )


def make_fingerprint(
    name: str, digests: Sequence[str], *, pooling: Pooling, max_tokens: int
) -> str:
    """Return the fingerprint of a model whose files have the sha256 `digests`."""
    content = hashlib.sha256("".join(digests).encode()).hexdigest()[:16]
    return f"{name}:{content}:{pooling}:{max_tokens}"


def sha256(path: Path) -> str:
    """Return the hex digest of the file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pooling(folder: Path) -> Pooling:
    """Return how the folder's model makes one vector of many.

    Raises:
        ProviderError: it does so in a way, or has a further layer, that is not supported; without
            it the vectors would be wrong without a word.
    """
    for module in _json(folder / "modules.json") or ():
        kind = str(module.get("type", "")).rpartition(".")[2]
        if kind not in ("Transformer", "Pooling", "Normalize"):
            raise ProviderError(
                f"{folder / 'modules.json'} names a layer {kind!r} after the model, which is not "
                "supported: export it as part of the ONNX model"
            )
    config: dict[str, Any] = _json(folder / "1_Pooling" / "config.json") or {}
    modes = [name for name, on in config.items() if name.startswith("pooling_mode_") and on is True]
    if len(modes) > 1 or any(mode not in POOLING for mode in modes):
        raise ProviderError(
            f"{folder / '1_Pooling' / 'config.json'} asks for {modes}; supported is one of "
            f"{list(POOLING)}"
        )
    return POOLING[modes[0]] if modes else "mean"


def _max_tokens(folder: Path) -> int:
    """Return how many tokens the model reads, by the first file that says so."""
    for name, key in (
        ("sentence_bert_config.json", "max_seq_length"),
        ("tokenizer_config.json", "model_max_length"),
        ("config.json", "max_position_embeddings"),
    ):
        config: dict[str, Any] = _json(folder / name) or {}
        value = config.get(key)
        # a tokenizer without a limit says 1e30
        if isinstance(value, int | float) and 8 <= value <= 1_000_000:
            return int(value)
    return DEFAULT_MAX_TOKENS


def _json(path: Path) -> Any:
    """Return the file's content, None where there is no such file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProviderError(f"{path} cannot be read as JSON: {error}") from error
