"""Recall as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, LangSmithRetrieverParams
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import ensure_config
from pydantic import ConfigDict, Field, field_validator, model_validator

from harmonia_plugins.adapters.engines import Engine, check_engine, in_thread, sync_engine
from harmonia_plugins.adapters.hit_details import details_of
from harmonia_plugins.adapters.langchain.scope import Scope, Who, current_run
from harmonia_plugins.engine import MemoryEngine
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Layer, MemoryType, Mode, Recall
from harmonia_plugins.pipeline.intake import check_k, check_user

_OPTIONS = {
    "k": "k", "layers": "layers", "mode": "mode", "types": "types", "session_id": "session_id",
    "memory_tags": "tags", "since": "since", "until": "until", "min_confidence": "min_confidence",
    "as_of": "as_of", "known_at": "known_at", "include_superseded": "include_superseded",
    "filter": "metadata", "timeout": "timeout",
}  # fmt: skip
"""Fields of the retriever and, beside, the arguments of `MemoryEngine.recall` they are."""


class HarmoniaRetriever(BaseRetriever):
    """What a user's memory holds on a question, as documents, best first.

    ```python
    retriever = HarmoniaRetriever(engine=engine, user_id="jo", k=5)
    retriever.invoke("what does Jo eat?")
    retriever.invoke("what did Jo eat?", k=3, as_of=datetime(2023, 1, 1))
    ```

    Every field below can be given when it is made and at each call; an unknown one is an error.
    Without `user_id`, the run names the user: whom LangGraph's server authenticated, or `user_id`
    in the runtime context or in `config={"configurable": {"user_id": …}}`; a run that names none
    is an error. To let callers choose by config and default otherwise:
    `retriever.configurable_fields(user_id=ConfigurableField(id="user_id"))`.

    A document's `page_content` is the statement of a memory or the text of a message, its `id`
    the record's. Its `metadata` is JSON:

    | key | |
    |---|---|
    | `score` | from 0 to 1, comparable within one call |
    | `layer` | `memory`, `message` or `item` |
    | `stale`, `superseded_by` | whether it is outdated, and by which record |
    | `session_id`, `message_ids` | where it was said: the messages it came from |
    | `channels` | its rank and score by meaning (`dense`) and by words (`lexical`) |
    | `metadata` | what the application stored with it |
    | of a message | `role`, `name`, `created_at` |
    | of a memory | `type`, `confidence`, `importance`, `tags`, `categories`, `subject`, `attribute`, `value`, `status`, `revision`, `trust`, `occurred_at`, `valid_from`, `valid_to`, `recorded_at` |
    | of an item | `namespace`, `value`, `created_at`, `updated_at` |

    Times are ISO 8601 in UTC. `tags` and `metadata` of the retriever itself are LangChain's, for
    tracing; memories are filtered by `memory_tags` and `filter`.
    """  # noqa: E501 - a table's row is one line

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    engine: Engine = Field(exclude=True, repr=False)
    """The engine that is asked; it stays the caller's to close."""
    user_id: Who = None
    """Whose memory is searched: the user, or a callable that is given a `Run`."""
    k: int = 4
    """The most documents, 1 to 10 000."""
    layers: Sequence[Layer] = ("memory", "message")
    """What is searched: any of `memory`, `message`, `item`."""
    mode: Mode = "hybrid"
    """`hybrid`, `keyword`, `phrase` or `prefix`."""
    types: Sequence[MemoryType | str] | None = None
    """Only memories of these types."""
    session_id: str | None = None
    """Only what belongs to this session."""
    memory_tags: Sequence[str] | None = None
    """Only memories with one of these tags."""
    since: datetime | None = None
    """Only what happened at or after this moment."""
    until: datetime | None = None
    """Only what happened before this moment."""
    min_confidence: float | None = None
    """Only memories at least this sure."""
    as_of: datetime | None = None
    """What was true then."""
    known_at: datetime | None = None
    """What had been stored then."""
    include_superseded: bool = False
    """Also memories that are no longer true."""
    filter: Mapping[str, Any] | None = None
    """Only what has these metadata values."""
    timeout: float | None = 5.0
    """Seconds until `QueryTimeoutError`; None waits."""

    @field_validator("engine", mode="before")
    @classmethod
    def _is_engine(cls, value: object) -> Engine:
        return check_engine(value)

    @model_validator(mode="after")
    def _is_usable(self) -> HarmoniaRetriever:
        if isinstance(self.user_id, str):
            check_user(self.user_id)
        check_k(self.k)
        return self

    def invoke(
        self, input: str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> list[Document]:
        """Return the documents for a question; `kwargs` override fields for this call.

        Raises:
            InvalidInputError: nothing names the user, or an option is unknown or unusable.
            QueryTimeoutError: it took longer than `timeout`.
        """
        return super().invoke(input, config, **self._named(config, kwargs))

    async def ainvoke(
        self, input: str, config: RunnableConfig | None = None, **kwargs: Any
    ) -> list[Document]:
        """Return the documents for a question as `invoke` does, without blocking the loop."""
        return await super().ainvoke(input, config, **self._named(config, kwargs))

    def _named(self, config: RunnableConfig | None, given: dict[str, Any]) -> dict[str, Any]:
        """Return a call's options with the user: only here the config of the call is known."""
        scope = Scope(given.get("user_id", self.user_id), None, type(self).__name__)
        return given | {"user_id": scope.user(current_run(config=ensure_config(config)))}

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **given: Any
    ) -> list[Document]:
        options = self._options(given)
        return [_document(hit) for hit in sync_engine(self.engine).recall(query, **options)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, **given: Any
    ) -> list[Document]:
        options, engine = self._options(given), self.engine
        hits = await in_thread(engine, lambda: sync_engine(engine).recall(query, **options))
        return [_document(hit) for hit in hits]

    def _options(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what `recall` is called with: the fields, and over them what the call gave."""
        unknown = sorted(set(given) - set(_OPTIONS) - {"user_id", "verbose"})
        if unknown:
            raise InvalidInputError(
                f"{type(self).__name__} has no option {unknown[0]!r}: {', '.join(_OPTIONS)}"
            )
        options = {name: given.get(field, getattr(self, field)) for field, name in _OPTIONS.items()}
        return options | {"user_id": given.get("user_id", self.user_id)}

    def _get_ls_params(self, **kwargs: Any) -> LangSmithRetrieverParams:
        """Return what traces say of it: its name, the store, and the embedder where it is open."""
        params = LangSmithRetrieverParams(
            ls_retriever_name="harmonia", ls_vector_store_provider="harmonia"
        )
        if isinstance(self.engine, MemoryEngine):
            provider, model = _embedder_of(self.engine)
            params["ls_embedding_provider"] = provider
            params["ls_embedding_model"] = model
        return params


def _embedder_of(engine: MemoryEngine) -> tuple[str, str]:
    """Return who provides an engine's embedder, and its model; asked for before every call."""
    known = _EMBEDDERS.get(engine)
    if known is None:
        first, _, rest = engine.health().embedder.partition(":")
        known = (first, rest) if first in _PROVIDERS else ("harmonia", first)
        _EMBEDDERS[engine] = known
    return known


_PROVIDERS = ("function", "langchain", "ollama", "onnx")
"""What an embedder's fingerprint begins with where it does not begin with the model's name."""
_EMBEDDERS: WeakKeyDictionary[MemoryEngine, tuple[str, str]] = WeakKeyDictionary()


def _document(hit: Recall) -> Document:
    about: dict[str, Any] = {
        "score": hit.score, "layer": hit.layer, "stale": hit.stale,
        "superseded_by": hit.superseded_by, "session_id": hit.session_id,
        "message_ids": list(hit.message_ids),
        "channels": {name: place.to_dict() for name, place in hit.channels.items()},
    }  # fmt: skip
    return Document(page_content=hit.text, id=hit.id, metadata=about | details_of(hit))
