"""Use an embedding model of your own, after checking that it keeps the contract."""

import tempfile
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing.conformance import check_embedder


class Trigrams:
    """Texts that share groups of three letters are near each other: no model, tolerates typos."""

    fingerprint = "trigrams-1"  # change it whenever the vectors change
    dimension = 512

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            padded = f"  {text.casefold()} "
            for start in range(len(padded) - 2):
                gram = padded[start : start + 3].encode("utf-8", "replace")
                row[zlib.crc32(gram) % self.dimension] += 1
            row /= np.linalg.norm(row)
        return rows


def main() -> None:
    report = check_embedder(Trigrams)
    report.raise_for_failures()
    print(f"{len(report.passed)} checks passed")
    with MemoryEngine(tempfile.mkdtemp(), embedder=Trigrams()) as engine:
        engine.observe(Message("user", "The rhododendron needs water"), user_id="ada")
        engine.observe(Message("user", "My bicycle has a flat tyre"), user_id="ada")
        print(engine.recall("rododendrons", user_id="ada", k=1)[0].text)


if __name__ == "__main__":
    main()
