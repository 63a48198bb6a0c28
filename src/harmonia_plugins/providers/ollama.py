"""Embedding models behind an Ollama server."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from harmonia_plugins.errors import MissingExtraError, ProviderError
from harmonia_plugins.providers.breaker import CircuitBreaker
from harmonia_plugins.providers.vectors import encodable, unit_rows

if TYPE_CHECKING:
    import httpx

    from harmonia_plugins.ports import FloatMatrix

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
"""Seconds before the first repetition, doubled for each further one up to the longest."""


class _UnavailableError(ProviderError):
    """The server did not answer, or said that it is broken; another attempt may work."""


class _TooSlowError(_UnavailableError):
    """The server did not answer in time; another attempt would take as long again."""


class OllamaEmbedder:
    """Embeds with a model that an Ollama server has, over `POST /api/embed`.

    The fingerprint is the model's name without a digest of its weights: reading that would need
    the server at every start, also when nothing is to be embedded. So pull another version of a
    model under another tag, or embed the store anew.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str = "http://127.0.0.1:11434",
        timeout: float = 30.0,
        retries: int = 2,
        batch: int = 32,
        breaker: CircuitBreaker | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare; the server is not asked yet.

        Args:
            model: the name by which Ollama knows the model, `nomic-embed-text` for example.
            url: where Ollama listens.
            timeout: seconds to wait for the server in one request. A request that takes longer is
                not repeated: it would take as long again.
            retries: repetitions of a request after a lost connection or a 5xx answer.
            batch: texts in one request, at most.
            breaker: refuses calls while the server fails; None makes one.
            sleep: waits between repetitions.

        Raises:
            MissingExtraError: httpx is not installed.
        """
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError("an Ollama embedding model", "ollama") from error
        self._model = model
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._retries = retries
        self._batch = batch
        self._breaker = breaker or CircuitBreaker(f"Ollama at {self._url}")
        self._sleep = sleep
        self._dimension: int | None = None
        self._probing = threading.Lock()
        # trust_env=False: a proxy meant for the web must not receive what is sent to this server
        self._client: httpx.Client = httpx.Client(timeout=timeout, trust_env=False)

    @property
    def fingerprint(self) -> str:
        """`ollama:` and the model's name; `:latest` is what Ollama takes a bare name for."""
        return f"ollama:{self._model.removesuffix(':latest')}"

    @property
    def dimension(self) -> int:
        """Length of one vector, found by embedding a word."""
        if self._dimension is None:
            with self._probing:
                if self._dimension is None:
                    self._dimension = int(self._request(["dimension"]).shape[1])
        return self._dimension

    def embed(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit-length row per text.

        Raises:
            ProviderError: the server cannot be reached, does not have the model, or answers
                something unusable.
        """
        dimension = self.dimension
        parts = [texts[i : i + self._batch] for i in range(0, len(texts), self._batch)]
        rows = [self._request([encodable(text) for text in part], dimension) for part in parts]
        return np.concatenate([np.empty((0, dimension), dtype=np.float32), *rows])

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def _request(self, texts: list[str], dimension: int | None = None) -> FloatMatrix:
        """Embed `texts` in one request, repeated where that may help."""
        with self._breaker.call(_UnavailableError):
            answer = self._repeated(texts)
        vectors = answer.get("embeddings")
        return unit_rows(vectors, who=self._who, count=len(texts), dimension=dimension)

    def _repeated(self, texts: list[str]) -> dict[str, Any]:
        for attempt in range(self._retries):
            try:
                return self._post(texts)
            except _TooSlowError:
                raise
            except _UnavailableError:
                self._sleep(_pause(attempt))
        return self._post(texts)

    def _post(self, texts: list[str]) -> dict[str, Any]:
        """Send one request and return the JSON object that comes back."""
        import httpx

        body = {"model": self._model, "input": texts, "truncate": True}
        try:
            response = self._client.post(f"{self._url}/api/embed", json=body)
        except httpx.ReadTimeout as error:
            raise _TooSlowError(
                f"{self._who} did not answer within {self._timeout} s: use a faster model or "
                "raise provider_timeout"
            ) from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise ProviderError(f"ollama_url = {self._url!r} is no URL: {error}") from error
        except httpx.TransportError as error:
            raise _UnavailableError(
                f"{self._url} cannot be reached ({error}); is `ollama serve` running?"
            ) from error
        return self._content(response)

    def _content(self, response: httpx.Response) -> dict[str, Any]:
        if response.status_code >= 500:
            raise _UnavailableError(f"{self._who} failed: {_said(response)}")
        if response.status_code == 404:
            raise ProviderError(
                f"{self._who} is not there ({_said(response)}): ollama pull {self._model}"
            )
        if response.status_code != 200:
            raise ProviderError(f"{self._who} refused the request: {_said(response)}")
        try:
            content = response.json()
        except ValueError as error:
            raise ProviderError(
                f"{self._who} answered something that is not JSON: {response.text[:100]!r}"
            ) from error
        if not isinstance(content, dict):
            raise ProviderError(f"{self._who} answered {response.text[:100]!r}, no JSON object")
        return content  # pyright: ignore[reportUnknownVariableType]

    @property
    def _who(self) -> str:
        return f"the model {self._model} at {self._url}"


def _said(response: httpx.Response) -> str:
    return f"HTTP {response.status_code}, {response.text[:200]!r}"


def _pause(attempt: int) -> float:
    """Return the seconds before the repetition after `attempt`, from 0.

    Random, so that callers who failed together do not come back together.
    """
    longest = min(FIRST_PAUSE * 2**attempt, LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, protects nothing
