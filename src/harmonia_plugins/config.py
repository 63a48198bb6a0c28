"""Settings: arguments first, then the environment (`HARMONIA_…`), then the store's own file.

Nothing is read when this module is imported; `load_settings` reads when a store is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from harmonia_plugins.errors import InvalidInputError

SETTINGS_FILE = "harmonia.toml"


class Settings(BaseSettings):
    """How an engine behaves; every field has an environment variable `HARMONIA_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix="HARMONIA_", frozen=True, extra="forbid", use_attribute_docstrings=True
    )

    embedder: str = "embedded"
    """`embedded`, `ollama:<model>` or the path of a folder with an ONNX model."""

    ollama_url: str = "http://127.0.0.1:11434"
    """Where Ollama listens; used only when an Ollama model is named."""

    ollama_pull: bool = False
    """Let Ollama fetch a language model it does not have, often gigabytes; progress is logged."""

    provider_timeout: float = Field(default=30.0, gt=0)
    """Seconds one request to an embedding server may take."""

    provider_retries: int = Field(default=2, ge=0)
    """How often a failed request to a model server is repeated."""

    embed_batch: int = Field(default=32, ge=1)
    """Texts per run of the embedding model."""

    embed_cache: int = Field(default=10_000, ge=0)
    """Texts whose vectors one process keeps, least recently used dropped first."""

    resident_bytes: int = Field(default=512 * 1024 * 1024, ge=1)
    """Memory for the users kept ready in this process; the least recently used leave first."""

    lexical_threshold: int = Field(default=2_000, ge=1)
    """Rows from which a user gets a Tantivy index; below, BM25 is computed from memory."""

    lexical_open: int = Field(default=64, ge=1)
    """Tantivy indexes open at once; each costs a thread."""

    fragments: int = Field(default=64, ge=2)
    """Commits that may gather before maintenance compacts the tables."""

    lock_timeout: float = Field(default=30.0, gt=0)
    """Seconds a write waits for other processes' writes."""

    llm: str | None = None
    """`ollama:<model>` to extract with a language model; None for the embedded extractor."""

    extract_batch: int = Field(default=8, ge=1)
    """Messages a language model reads in one call."""

    extract_concurrency: int = Field(default=2, ge=1)
    """Calls of a language model at once."""

    extract_tokens: int = Field(default=2_048, ge=64)
    """Tokens of one answer of an Ollama model, at most; what is longer is asked for again."""

    extract_timeout: float = Field(default=120.0, gt=0)
    """Seconds a language model may take over one call; small machines are slow."""

    strategy: str = "auto"
    """How conflicts are resolved unless a call, a user or a type says otherwise."""

    conflict_threshold: float = Field(default=0.6, ge=0, le=1)
    """Composite score from which statements without a common slot may contradict each other."""

    least_confidence: float = Field(default=0.0, ge=0, le=1)
    """Statements less sure than this are not stored."""

    trusted_roles: frozenset[str] = frozenset()
    """Roles learned from beside the user: `tool`, or `tool:<name>` for one source."""

    learn_from_assistant: bool = False
    """Whether the assistant's own words are learned from."""

    redact: frozenset[str] = frozenset()
    """Personal data removed before anything is stored: `card`, `iban`, `ssn`, `phone`, `email`,
    `ip`, `key`, `jwt`, or `all`."""

    learn_backlog: int = Field(default=1_000, ge=1)
    """Messages that may wait for the learner before `observe(wait=False)` waits too."""

    recency_half_life: float = Field(default=30.0, gt=0)
    """Days after which the recency boost has halved."""

    recency_weight: float = Field(default=0.0, ge=0, le=1)
    """Share of the score that recency may add; 0 turns it off (0.2 is a usual value)."""

    category_weight: float = Field(default=0.0, ge=0, le=1)
    """Share of the score added when the query names a memory's category; 0 turns it off."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out `.env` and secret files.

        What a store does must not depend on the folder a process happens to be started in.
        """
        return (init_settings, env_settings)


def load_settings(
    folder: Path | None = None, given: Settings | Mapping[str, Any] | None = None
) -> Settings:
    """Return the settings for a store in `folder`.

    Args:
        folder: the store's folder, whose `harmonia.toml` is read where there is one.
        given: a `Settings`, taken as it is, or a mapping that overrides the environment.

    Raises:
        InvalidInputError: an unknown name or a value of the wrong type.
    """
    if isinstance(given, Settings):
        return given
    values: object = given
    if not (values is None or isinstance(values, Mapping)):
        raise InvalidInputError(f"settings must be a Settings or a mapping, not {given!r}")

    class Stored(Settings):
        """The same settings with the store's own file as the last source."""

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **kwargs: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            above = super().settings_customise_sources(settings_cls, *args, **kwargs)
            if folder is None or not (folder / SETTINGS_FILE).is_file():
                return above
            return (*above, TomlConfigSettingsSource(settings_cls, folder / SETTINGS_FILE))

    try:
        return Stored(**dict(given or {}))
    except ValidationError as error:
        problem = error.errors()[0]
        name = ".".join(str(part) for part in problem["loc"])
        raise InvalidInputError(
            f"setting {name} = {problem['input']!r}: {problem['msg']}"
        ) from error
    except (ValueError, OSError) as error:  # broken TOML, or a folder that may not be read
        raise InvalidInputError(f"{SETTINGS_FILE} in {folder} cannot be read: {error}") from error
