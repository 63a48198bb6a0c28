"""The class users call."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from harmonia_plugins.engine.reading import Reading
from harmonia_plugins.engine.writing import Writing
from harmonia_plugins.model import Health, Stats
from harmonia_plugins.pipeline import intake

if TYPE_CHECKING:
    from harmonia_plugins.items import ItemStore


def package_version() -> str:
    """Return the installed version of this package."""
    try:
        return version("harmonia-plugins")
    except PackageNotFoundError:  # running from a checkout that is not installed
        return "0"


class MemoryEngine(Reading, Writing):
    """Memory for LLM applications, in a folder of its own.

    Safe to share between threads; several engines, in several processes, may have the same
    folder open. Use it as a context manager, or `close` it.

    Args:
        path: the store's folder; created if missing.
        settings: a `Settings`, or a mapping that overrides environment and `harmonia.toml`.
        embedder: None for the setting (by default the embedded model), `"embedded"`,
            `"ollama:<model>"`, a folder with an ONNX model, an `Embedder`, or a callable from
            texts to vectors.
        extractor: reserved for learning; `"auto"` is the only choice so far.
        llm: reserved for learning.
        clock: tells the time; default: the machine's.
        learning: `background` may start threads; `manual` starts none, and maintenance is done
            by `flush`.

    Raises:
        InvalidInputError: the path or a setting is unusable.
        StoreError: the store cannot be opened; the subclass says why.
    """

    def items(self, *, user_id: str) -> ItemStore:
        """Return a user's JSON items: values under namespaces and keys."""
        from harmonia_plugins.items import ItemStore

        with self.measured("items"):
            return ItemStore(self, intake.check_user(user_id))

    def users(self) -> Iterator[str]:
        """Return every user of the store, one by one; the only verb that looks across users."""
        with self.measured("users"):
            return iter(list(self.store.users()))

    def health(self) -> Health:
        """Tell whether the engine can serve, what opening healed, and what is being done."""
        with self.measured("health"):
            store = self.store
            identity = store.identity
            return Health(
                ok=not store.maintenance.failures,
                path=str(self.path),
                version=package_version(),
                schema_version=identity.schema_version,
                embedder=identity.embedder,
                extractor="none",
                writable=store.writable,
                healed=store.repairs(),
                warnings=tuple(store.maintenance.failures),
                maintenance=store.maintenance.state,
            )

    def stats(self, *, user_id: str | None = None) -> Stats:
        """Tell totals of the store, or of one user: counts, sizes, index lag, latencies."""
        with self.measured("stats"):
            store = self.store
            user = None if user_id is None else intake.check_user(user_id)
            counts = store.counts() if user is None else store.user_counts(user)
            residents = (
                store.records.residents() if user is None else [store.records.resident(user)]
            )
            return Stats(
                **counts,
                users_resident=len(residents),
                lexical_lag=sum(store.indexes.lag(resident) for resident in residents),
                disk_bytes=store.layout.disk_bytes() if user is None else 0,
                resident_bytes=sum(resident.nbytes for resident in residents),
                embedded_texts=self._embedder.embedded,
                embed_cache_hits=self._embedder.hits,
                latencies=self._measured(),
            )  # fmt: skip
