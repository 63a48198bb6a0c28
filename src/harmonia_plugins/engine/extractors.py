"""Which extractor an engine learns with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.ports import Extractor

if TYPE_CHECKING:
    from harmonia_plugins.config import Settings

_CHOICES = "'auto', 'embedded', 'ollama:<model>', or an object with name and extract(window)"


def choose_extractor(given: object, llm: object, settings: Settings) -> Extractor | None:
    """Return the extractor that `given` is or names; None for the embedded one.

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
        return given
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

    return ModelExtractor(
        make_language_model(model, settings),
        batch=settings.extract_batch,
        concurrency=settings.extract_concurrency,
        retries=settings.provider_retries,
        timeout=settings.extract_timeout,
    )
