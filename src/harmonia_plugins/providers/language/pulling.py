"""Fetching a model onto an Ollama server."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, cast

from harmonia_plugins.providers.language.failures import RefusedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
from harmonia_plugins.providers.language.ndjson import lines_of

log = logging.getLogger(__name__)

SILENCE = 120.0
"""Seconds without a word of progress after which a server counts as gone."""


class Pulling:
    """One `POST /api/pull`, read to its end."""

    def __init__(self, client: httpx.Client, url: str, model: str) -> None:
        self._client = client
        self._url = url
        self._model = model
        self._told = ""

    def run(self) -> None:
        """Return once the server has the model.

        Raises:
            ProviderError: the server cannot be reached, or cannot fetch the model.
        """
        import httpx

        body = {"model": self._model, "stream": True}
        try:
            with self._client.stream(
                "POST", f"{self._url}/api/pull", json=body, timeout=SILENCE
            ) as response:
                if response.status_code != 200:
                    response.read()
                    raise self._failed(f"HTTP {response.status_code}, {response.text[:200]!r}")
                self._follow(lines_of(response.iter_bytes()))
        except httpx.RequestError as error:
            raise UnavailableError(f"{self._url} broke off while pulling: {error}") from error

    def _follow(self, lines: Iterator[str]) -> None:
        for line in lines:
            try:
                step: Any = json.loads(line)
            except ValueError:
                continue  # progress is for people only
            if isinstance(step, dict) and self._taken(cast("dict[str, Any]", step)):
                return
        raise UnavailableError(f"{self._url} stopped pulling {self._model} before the end")

    def _taken(self, step: dict[str, Any]) -> bool:
        """Take a step in; return whether it is the last one."""
        if "error" in step:
            raise self._failed(str(step["error"])[:200])
        self._tell(step)
        return step.get("status") == "success"

    def _tell(self, step: dict[str, Any]) -> None:
        """Log what is new: each stage once, and each tenth of a file."""
        total, done = step.get("total"), step.get("completed", 0)
        share = ""
        if isinstance(total, int) and isinstance(done, int) and total > 0:
            share = f", {10 * (10 * done // total)} % of {total / 1e6:.0f} MB"
        told = f"{step.get('status')}{share}"
        if told != self._told:
            log.info("pulling %s: %s", self._model, told)
            self._told = told

    def _failed(self, said: str) -> RefusedError:
        return RefusedError(f"{self._url} cannot pull {self._model}: {said}")
