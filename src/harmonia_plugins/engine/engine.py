"""The class users call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from harmonia_plugins.engine.core import Core, LearningMode
from harmonia_plugins.engine.forgetting import Forgetting
from harmonia_plugins.engine.observing import Observing
from harmonia_plugins.engine.reading import Reading
from harmonia_plugins.engine.telling import Telling
from harmonia_plugins.errors import InvalidInputError, StoreError
from harmonia_plugins.model import ChangeSet, Health, Stats
from harmonia_plugins.pipeline import intake
from harmonia_plugins.pipeline.work import Stage
from harmonia_plugins.ports import Clock, Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harmonia_plugins.config import Settings
    from harmonia_plugins.engine.items import ItemStore


def package_version() -> str:
    """Return the installed version of this package."""
    try:
        return version("harmonia-plugins")
    except PackageNotFoundError:  # running from a checkout that is not installed
        return "0"


class MemoryEngine(Reading, Observing, Telling, Forgetting):
    """Memory for LLM applications, in a folder of its own.

    Safe to share between threads; several engines, in several processes, may have the same
    folder open. Use it as a context manager, or `close` it.

    Args:
        path: the store's folder; created if missing.
        settings: a `Settings`, or a mapping that overrides environment and `harmonia.toml`.
        embedder: None for the setting (by default the embedded model), `"embedded"`,
            `"ollama:<model>"`, a folder with an ONNX model, an `Embedder`, or a callable from
            texts to vectors.
        extractor: `"auto"` (a language model where `llm` or the setting names one, else the
            embedded rules), `"embedded"`, `"ollama:<model>"`, or an `Extractor`.
        llm: what the extractor asks: `"ollama:<model>"`, a `LanguageModel`, a LangChain chat
            model, a LlamaIndex LLM, or a function from a prompt to a text.
        clock: tells the time; default: the machine's.
        learning: `background` may start threads; `manual` starts none: `learn_pending` learns,
            `flush` does maintenance.
        stages: the stages of understanding, see `harmonia_plugins.pipeline.stages`.

    Raises:
        InvalidInputError: the path or a setting is unusable.
        StoreError: the store cannot be opened; the subclass says why.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        settings: Settings | Mapping[str, Any] | None = None,
        embedder: Embedder | Callable[[Sequence[str]], Any] | str | os.PathLike[str] | None = None,
        extractor: object = "auto",
        llm: object = None,
        clock: Clock | None = None,
        learning: LearningMode = "background",
        stages: Sequence[Stage] | None = None,
    ) -> None:
        self._core = Core(
            path, settings=settings, embedder=embedder, clock=clock, learning=learning
        )
        try:
            self._prepare_learning(extractor, llm, stages, background=learning == "background")
        except BaseException:
            self._core.close()
            raise

    def _prepare_learning(
        self, extractor: object, llm: object, stages: Sequence[Stage] | None, *, background: bool
    ) -> None:
        from harmonia_plugins.engine.deciding import Decider
        from harmonia_plugins.engine.extractors import choose_extractor
        from harmonia_plugins.engine.learner import Learner
        from harmonia_plugins.engine.learning import Learning

        core = self._core
        if stages is not None and "store" not in [stage.name for stage in stages]:
            raise InvalidInputError(
                "stages without the one named 'store' would learn from a message again and again: "
                "take it from harmonia_plugins.pipeline.stages.STAGES"
            )
        _check_learning(core.settings)
        self._decider = Decider(core, choose_extractor(extractor, llm, core.settings), stages)
        self._learning = Learning(core, self._decider)
        self._learner: Learner | None = None
        if background and core.store.writable:
            learn, most = self._learning.learn, core.settings.learn_backlog
            self._learner = Learner(learn, core.store.waiting_users, most)
            self._learner.start()

    @property
    def path(self) -> Path:
        """The store's folder."""
        return self._core.path

    def subscribe(self, listener: Callable[[str, ChangeSet], None]) -> Callable[[], None]:
        """Call a listener with the user's id and the change set when memories have changed.

        It is called once what changed is on the disk, for everything that this engine stores:
        what `observe`, `relearn`, `learn_pending` and the background learner have learned, and
        `remember`, `update`, `archive`, `revert`, `release` and `undo`. A change set that changed
        no memory is not told, nor is `forget`, nor what other processes or engines store.

        What is learned of a call of `observe(wait=False)` has the `id` of the change set that the
        call returned; its `message_ids` are the messages that were learned from. It comes in
        parts where it was learned in parts: after a crash, by several processes, or with `limit`.

        The listener runs in the thread that stored or learned, before the verb returns, and holds
        no lock: it may call the engine. What it raises is logged. Calls overlap, and may come in
        another order than the changes, where several threads write for one user.

        Args:
            listener: called with `(user_id, change_set)`.

        Returns:
            What ends it; a call in progress is not waited for.
        """
        with self._core.measured("subscribe"):
            return self._core.listeners.add(listener)

    def items(self, *, user_id: str) -> ItemStore:
        """Return a user's JSON items: values under namespaces and keys."""
        from harmonia_plugins.engine.items import ItemStore

        with self._core.measured("items"):
            return ItemStore(self._core, intake.check_user(user_id))

    def users(self) -> Iterator[str]:
        """Return every user of the store, one by one; the only verb that looks across users."""
        with self._core.measured("users"):
            return iter(list(self._core.store.users()))

    def health(self) -> Health:
        """Tell whether the engine can serve, what opening healed, and what is being done."""
        with self._core.measured("health"):
            store = self._core.store
            identity = store.identity
            failures = [*store.maintenance.failures, *self._learning_failures()]
            return Health(
                ok=not failures,
                path=str(self.path),
                version=package_version(),
                schema_version=identity.schema_version,
                embedder=identity.embedder,
                extractor=self._decider.extractor.name,
                writable=store.writable,
                healed=store.repairs(),
                warnings=(*failures, *self._learning.warnings()),
                maintenance=store.maintenance.state,
            )

    def _learning_failures(self) -> list[str]:
        failure = None if self._learner is None else self._learner.failure
        return [] if failure is None else [f"learning could not go on: {failure}"]

    def stats(self, *, user_id: str | None = None) -> Stats:
        """Tell totals of the store, or of one user: counts, sizes, index lag, latencies."""
        with self._core.measured("stats"):
            store = self._core.store
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
                embedded_texts=self._core.embedder.embedded,
                embed_cache_hits=self._core.embedder.hits,
                extractor_failures=self._decider.failures,
                set_aside=self._learning.set_aside,
                latencies=self._core.latencies(),
            )  # fmt: skip

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the embedder's vectors: float32, one unit-length row per text.

        Raises:
            ProviderError: the embedder failed.
        """
        with self._core.measured("embed"):
            several = intake.check_several(texts, "texts")
            return self._core.embedder.embed(
                [intake.check_text(text, "each text") for text in several]
            )

    def flush(self) -> None:
        """Wait for what is due in the background: learning, compaction, index updates.

        Raises:
            StoreError: learning or maintenance could not go on; nothing stored is lost.
        """
        with self._core.measured("flush"):
            if self._learner is not None:
                self._learning.refuse_nested("flush")
                self._learner.flush()
                if self._learner.failure is not None:
                    raise StoreError(
                        f"learning could not go on ({self._learner.failure}); the messages wait in "
                        "the store and are tried again"
                    )
            self._core.store.flush()

    def close(self) -> None:
        """End background work and let go of the files; closing twice is harmless.

        Messages that wait to be learned from go on waiting in the store.
        """
        if self._learner is not None and self._core.own_process:
            self._learner.close()
        self._core.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _check_learning(settings: Settings) -> None:
    """Refuse settings that no message could be learned with; the rules load only if one is set."""
    if settings.strategy != "auto":
        from harmonia_plugins.engine.understanding import check_strategy

        check_strategy(settings.strategy)
    if kinds := settings.redact - {"all"}:
        from harmonia_plugins.pipeline.trust.redaction import redact

        redact("", kinds)
