"""What stands between the engine and any language model: it distrusts, and stops asking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harmonia_plugins.errors import HarmoniaError, ProviderError
from harmonia_plugins.providers.breaker import CircuitBreaker
from harmonia_plugins.providers.language.failures import (
    RefusedError,
    UnavailableError,
    UnusableError,
)
from harmonia_plugins.providers.vectors import encodable

if TYPE_CHECKING:
    from harmonia_plugins.ports import LanguageModel


class CheckedModel:
    """A language model behind a circuit breaker, whose every failure is a `ProviderError`.

    It asks once: whoever asks knows how often to repeat, and `retryable` of the error says whether
    to.
    """

    def __init__(self, inner: LanguageModel, *, breaker: CircuitBreaker | None = None) -> None:
        """Wrap `inner`; it is not called yet.

        Args:
            inner: any language model; its answers and errors are not trusted.
            breaker: refuses calls while the model fails; None makes one.
        """
        self.inner = inner
        self._breaker = breaker or CircuitBreaker(f"the language model {self.name}")

    @property
    def name(self) -> str:
        """What `inner` calls itself, else its class's name."""
        name = getattr(self.inner, "name", None)
        return name if isinstance(name, str) and name.strip() else type(self.inner).__name__

    def complete(self, prompt: str, *, schema: dict[str, object] | None = None) -> str:
        """Return the model's answer.

        Raises:
            ProviderError: the model failed, failed too often to be asked, or answered nothing.
        """
        answer: object = None
        asked = False
        try:
            with self._breaker.call(UnavailableError):
                asked = True
                answer = self._ask(encodable(prompt), schema)
        except ProviderError as error:
            if asked:
                raise
            raise RefusedError(str(error)) from None
        if not isinstance(answer, str):
            raise UnusableError(f"{self._who} answered {type(answer).__name__}, not text")
        if not answer.strip():
            raise UnusableError(f"{self._who} answered nothing")
        return answer

    def close(self) -> None:
        """Release what the model holds, if it has a `close` method."""
        if close := getattr(self.inner, "close", None):
            close()

    def _ask(self, prompt: str, schema: dict[str, object] | None) -> object:
        try:
            return self.inner.complete(prompt, schema=schema)
        except HarmoniaError:
            raise
        except Exception as error:  # whatever a user's model raises
            raise UnavailableError(
                f"{self._who} failed: {type(error).__name__}: {error}"
            ) from error

    @property
    def _who(self) -> str:
        return f"the language model {self.name}"
