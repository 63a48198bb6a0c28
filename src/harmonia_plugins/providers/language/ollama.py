"""Chat models behind an Ollama server."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from harmonia_plugins.errors import MissingExtraError, ProviderError
from harmonia_plugins.providers.language.deadline import Deadline
from harmonia_plugins.providers.language.failures import (
    RefusedError,
    TooSlowError,
    UnavailableError,
    UnusableError,
)
from harmonia_plugins.providers.language.ndjson import lines_of
from harmonia_plugins.providers.language.pulling import Pulling
from harmonia_plugins.providers.vectors import encodable

if TYPE_CHECKING:
    import httpx

CONNECT = 5.0
"""Seconds to wait for a connection, at most: a server that is there accepts at once."""

MAX_ANSWER = 1_000_000
"""Characters of an answer; `num_predict` tokens never come near."""


class _MissingError(RefusedError):
    """The server does not have the model."""


class OllamaModel:
    """Completes prompts with a model that an Ollama server has, over `POST /api/chat`.

    Answers are streamed, so that the server stops computing once nobody waits any more. Each call
    asks once; `CheckedModel` puts a circuit breaker around it.
    """

    def __init__(
        self,
        model: str,
        *,
        url: str = "http://127.0.0.1:11434",
        timeout: float = 60.0,
        max_tokens: int = 2_048,
        context: int = 8_192,
        pull: bool = False,
    ) -> None:
        """Prepare; the server is not asked yet.

        Args:
            model: the name by which Ollama knows the model, `qwen2.5:3b` for example.
            url: where Ollama listens.
            timeout: seconds that one call may take from its start to the end of the answer.
            max_tokens: tokens of an answer, at most; what is longer is cut off there.
            context: tokens of prompt and answer together. The server's own default may cut the
                beginning of a prompt off without a word.
            pull: fetch a model that the server does not have, often gigabytes, at the first call
                that needs it. That call also waits for the fetching; progress is logged.

        Raises:
            MissingExtraError: httpx is not installed.
        """
        try:
            import httpx
        except ImportError as error:
            raise MissingExtraError("an Ollama language model", "ollama") from error
        self._model = model
        self._url = url.rstrip("/")
        self._timeout = timeout
        self._options = {
            "temperature": 0, "seed": 0, "num_predict": max_tokens, "num_ctx": context,
        }  # fmt: skip
        self._pull = pull
        self._pulling = threading.Lock()
        # trust_env=False: a proxy meant for the web must not receive what is sent to this server
        self._client: httpx.Client = httpx.Client(
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT)), trust_env=False
        )

    @property
    def name(self) -> str:
        """`ollama:` and the model's name; `:latest` is what Ollama takes a bare name for."""
        return f"ollama:{self._model.removesuffix(':latest')}"

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return the model's answer; with `schema`, the server holds the model to it.

        An answer that was cut off at `max_tokens` is returned as far as it goes.

        Raises:
            ProviderError: the server cannot be reached, does not have the model, is too slow, or
                answers something unusable.
        """
        try:
            return self._chat(prompt, schema)
        except _MissingError:
            if not self._pull:
                raise
        with self._pulling:  # callers that waited find the model there at their next try
            try:
                return self._chat(prompt, schema)
            except _MissingError:
                self.pull()
        return self._chat(prompt, schema)

    def pull(self) -> None:
        """Make the server fetch the model, however long that takes; progress is logged.

        Raises:
            ProviderError: the server cannot be reached or knows no such model.
        """
        Pulling(self._client, self._url, self._model).run()

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def _chat(self, prompt: str, schema: dict[str, object] | None) -> str:
        import httpx

        started = time.monotonic()
        try:
            with self._client.stream(
                "POST", f"{self._url}/api/chat", json=self._body(prompt, schema)
            ) as response:
                left = self._timeout - (time.monotonic() - started)
                return self._answer(response, left)
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise self._unreachable(error) from error
            raise self._too_slow() from error
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise RefusedError(f"ollama_url = {self._url!r} is no URL: {error}") from error
        except httpx.RequestError as error:
            raise self._unreachable(error) from error

    def _body(self, prompt: str, schema: dict[str, object] | None) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [{"role": "user", "content": encodable(prompt)}],
            "stream": True,
            "think": False,  # else models that can reason spend the answer's tokens on it
            "options": self._options,
            **({"format": schema} if schema else {}),
        }

    def _answer(self, response: httpx.Response, left: float) -> str:
        """Return what the server streams, within `left` seconds."""
        import httpx

        with Deadline(response, left) as deadline:
            try:
                if response.status_code != 200:
                    response.read()
                    raise self._failure(response.status_code, response.text[:200])
                answer = self._joined(lines_of(response.iter_bytes()))
            except (httpx.RequestError, ProviderError) as error:
                if deadline.passed:
                    raise self._too_slow() from error
                raise
        return answer

    def _joined(self, lines: Iterator[str]) -> str:
        parts: list[str] = []
        size = 0
        for line in lines:
            piece = self._piece(line)
            if "error" in piece:
                raise self._failure(500, str(piece["error"])[:200])
            parts.append(_content(piece))
            size += len(parts[-1])
            if piece.get("done") is True:
                return self._whole("".join(parts), piece)
            if size > MAX_ANSWER:
                raise UnusableError(f"{self._who} does not stop answering")
        raise UnavailableError(f"{self._who} broke off in the middle of an answer")

    def _piece(self, line: str) -> dict[str, Any]:
        try:
            piece: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnusableError(
                f"{self._who} answered something that is not JSON: {line[:100]!r}"
            ) from error
        if not isinstance(piece, dict):
            raise UnusableError(f"{self._who} answered {line[:100]!r}, no JSON object")
        return cast("dict[str, Any]", piece)

    def _whole(self, answer: str, last: dict[str, Any]) -> str:
        if answer.strip():
            return answer
        hint = ""
        if last.get("done_reason") == "length":
            hint = (
                f": its {self._options['num_predict']} tokens were spent before, raise max_tokens"
            )
        raise UnusableError(f"{self._who} answered nothing{hint}")

    def _failure(self, status: int, said: str) -> ProviderError:
        said = f"HTTP {status}, {said!r}"
        if status >= 500:
            return UnavailableError(f"{self._who} failed: {said}")
        if status == 404:
            return _MissingError(f"{self._who} is not there ({said}): ollama pull {self._model}")
        return RefusedError(f"{self._who} refused the request: {said}")

    def _too_slow(self) -> TooSlowError:
        return TooSlowError(
            f"{self._who} did not answer within {self._timeout:g} s: use a faster model or raise "
            "extract_timeout"
        )

    def _unreachable(self, error: Exception) -> UnavailableError:
        return UnavailableError(
            f"{self._url} cannot be reached ({error}); is `ollama serve` running?"
        )

    @property
    def _who(self) -> str:
        return f"the model {self._model} at {self._url}"


def _content(piece: dict[str, Any]) -> str:
    """Return the text of one piece; pieces of another shape have none."""
    message: object = piece.get("message")
    content: object = (
        cast("dict[str, Any]", message).get("content") if isinstance(message, dict) else None
    )
    return content if isinstance(content, str) else ""
