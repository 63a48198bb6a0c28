"""Which extractor an engine learns with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.model import Statement, Window
from harmonia_plugins.ports import Extractor

if TYPE_CHECKING:
    from harmonia_plugins.config import Settings

_CHOICES = "'auto', 'embedded', 'ollama:<model>', or an object with name and extract(window)"


class Guarded:
    """An extractor of which nothing is expected: all that goes wrong is a `ProviderError`."""

    def __init__(self, inner: Extractor) -> None:
        self.inner = inner

    @property
    def name(self) -> str:
        """What `inner` calls itself."""
        return self.inner.name

    def extract(self, window: Window) -> Sequence[Statement]:
        """Return what `inner` draws from the messages.

        Raises:
            ProviderError: it failed, or what it returned are no statements.
        """
        try:
            statements: list[object] = list(self.inner.extract(window))
        except ProviderError:
            raise
        except Exception as error:
            raise ProviderError(f"{type(error).__name__}: {error}") from error
        found = [item for item in statements if isinstance(item, Statement)]
        if len(found) < len(statements):
            raise ProviderError("what it returned are not all instances of Statement")
        return found


def choose_extractor(given: object, llm: object, settings: Settings) -> Extractor | None:
    """Return the extractor that `given` is or names; None for the embedded one.

    One that fails in whatever way raises a `ProviderError`.

    A server is only ever asked where the user named it: by argument, environment or setting.

    Raises:
        InvalidInputError: `given` or `llm` is nothing that can extract.
    """
    named = given if isinstance(given, str) else None
    if llm is not None and named is not None and named != "auto":
        raise InvalidInputError(f"give extractor={named!r} or llm=, not both")
    if named is None and isinstance(given, Extractor):
        if llm is not None:
            raise InvalidInputError("give extractor= or llm=, not both: an extractor has its own")
        return Guarded(given)
    if named == "embedded":
        return None
    if named == "auto":
        model = settings.llm if llm is None else llm
    elif named is not None and named.startswith("ollama:"):
        model = named
    else:
        raise InvalidInputError(f"extractor must be {_CHOICES}, not {given!r}")
    if model is None:
        return None
    from harmonia_plugins.pipeline.prompting import ModelExtractor
    from harmonia_plugins.providers.language import make_language_model

    return Guarded(
        ModelExtractor(
            make_language_model(model, settings),
            batch=settings.extract_batch,
            concurrency=settings.extract_concurrency,
            retries=settings.provider_retries,
            timeout=settings.extract_timeout,
        )
    )
