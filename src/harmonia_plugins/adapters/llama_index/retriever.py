"""Recall as a LlamaIndex retriever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any

from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from harmonia_plugins.adapters.hit_details import details_of
from harmonia_plugins.adapters.llama_index.recalling import query_of
from harmonia_plugins.adapters.llama_index.scope import scope_of
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Recall
from harmonia_plugins.pipeline.intake import check_k

DEFAULT_TOP_K = 4
_OPTIONS = frozenset({
    "layers", "mode", "types", "session_id", "tags", "since", "until", "min_confidence", "as_of",
    "known_at", "include_superseded", "metadata", "timeout",
})  # fmt: skip
"""Options of `MemoryEngine.recall`; `k` and `user_id` have names of their own here."""


class HarmoniaRetriever(BaseRetriever):
    """What a user's memory holds on a question, as nodes, best first.

    ```python
    retriever = HarmoniaRetriever(engine=engine, user_id="jo", similarity_top_k=5)
    retriever.retrieve("what does Jo eat?")
    ContextChatEngine.from_defaults(retriever, llm=llm)
    ```

    It goes wherever a retriever goes: chat engines, query engines, `RetrieverTool`, as a part of a
    `QueryFusionRetriever`. Synchronous and asynchronous retrieval are both native; the event loop
    is not blocked.

    A node's text is the statement of a memory or the text of a message, its `node_id` the record's.
    Its score is from 0 to 1 and comparable within one call. Its metadata is JSON:

    | key | |
    |---|---|
    | `layer` | `memory`, `message` or `item` |
    | `stale`, `superseded_by` | whether it is outdated, and by which record |
    | `session_id`, `message_ids` | where it was said: the messages it came from |
    | `channels` | its rank and score by meaning (`dense`) and by words (`lexical`) |
    | `metadata` | what the application stored with it |
    | of a message | `role`, `name`, `created_at` |
    | of a memory | `type`, `confidence`, `importance`, `tags`, `categories`, `subject`, `attribute`, `value`, `status`, `revision`, `trust`, `occurred_at`, `valid_from`, `valid_to`, `recorded_at` |
    | of an item | `namespace`, `value`, `created_at`, `updated_at` |

    Times are ISO 8601 in UTC. Of this a model is shown the time and, where they apply, that it is
    `stale` and who said it; nothing of it is embedded.

    Args:
        engine: a `MemoryEngine` or an `AsyncMemoryEngine`; or `path`.
        user_id: whose memory is searched.
        similarity_top_k: the most nodes, 1 to 10 000.
        path: the folder of the engine, instead of one.
        callback_manager: LlamaIndex's.
        verbose: as for any retriever.
        options: further ones of `engine.recall`, such as `layers`, `types` or `as_of`.

    Raises:
        InvalidInputError: there is no user, no engine, or an option is unknown or unusable.
    """  # noqa: E501 - a table's row is one line

    def __init__(
        self,
        engine: Any = None,
        *,
        user_id: str | None = None,
        similarity_top_k: int = DEFAULT_TOP_K,
        path: Any = None,
        callback_manager: CallbackManager | None = None,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        self._scope = scope_of("HarmoniaRetriever", engine, path, user_id)
        self._k = check_k(similarity_top_k, "similarity_top_k")
        unknown = sorted(options.keys() - _OPTIONS)
        if unknown:
            raise InvalidInputError(
                f"HarmoniaRetriever has no option {unknown[0]!r}: {', '.join(sorted(_OPTIONS))}"
            )
        self._options = options
        super().__init__(callback_manager=callback_manager, verbose=verbose)

    @property
    def similarity_top_k(self) -> int:
        """The most nodes; some parts of LlamaIndex set it."""
        return self._k

    @similarity_top_k.setter
    def similarity_top_k(self, k: int) -> None:
        self._k = check_k(k, "similarity_top_k")

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return Context().run(self._asked(query_bundle))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await self._scope.run(self._asked(query_bundle))

    def _asked(self, bundle: QueryBundle) -> Callable[[], list[NodeWithScore]]:
        """Return the work of asking the engine; recalled text in a question is not asked for."""
        scope, k, options = self._scope, self._k, self._options
        query = query_of(bundle.query_str, [])

        def ask() -> list[NodeWithScore]:
            if not query:
                return []
            return [
                node_of(hit)
                for hit in scope.engine.recall(query, user_id=scope.user_id, k=k, **options)
            ]

        return ask


def node_of(hit: Recall) -> NodeWithScore:
    """Return a hit as a node."""
    about: dict[str, Any] = {
        "layer": hit.layer, "stale": hit.stale, "superseded_by": hit.superseded_by,
        "session_id": hit.session_id, "message_ids": list(hit.message_ids),
        "channels": {name: place.to_dict() for name, place in hit.channels.items()},
    }  # fmt: skip
    metadata = about | details_of(hit)
    shown = _shown(hit, metadata)
    node = TextNode(
        id_=hit.id,
        text=hit.text,
        metadata=metadata,
        excluded_llm_metadata_keys=[name for name in metadata if name not in shown],
        excluded_embed_metadata_keys=list(metadata),
    )
    return NodeWithScore(node=node, score=hit.score)


def _shown(hit: Recall, metadata: Mapping[str, Any]) -> set[str]:
    """Return the keys that a model is shown: of times the one that says when it was so."""
    times = ("created_at",) if hit.layer == "message" else ("occurred_at", "valid_from")
    when = [name for name in times if metadata.get(name)][:1]
    marked = ["stale"] if hit.stale else []
    return {name for name in (*when, *marked, "role") if name in metadata}
