"""Every error this package raises on purpose.

```
HarmoniaError
├── InvalidInputError (ValueError)      a value the caller gave cannot be used
├── NotFoundError (LookupError)         no such record for this user
├── ClosedError                         the engine was closed, or this is a forked copy of it
├── StoreError                          the folder on disk cannot serve the call
│   ├── CorruptStoreError               a file is damaged beyond what opening can heal
│   ├── SchemaVersionError              written by a newer version of this package
│   ├── EmbedderMismatchError           written with another embedding model
│   └── StoreWriteError                 a write did not reach the disk and was not acknowledged
├── QueryTimeoutError (TimeoutError)    a call took longer than its `timeout`
├── ProviderError                       an embedder or a model failed
└── MissingExtraError (ImportError)     an optional dependency is not installed
```

A foreign record and an unknown one raise the same error, so that ids of other users cannot be
probed.
"""

from __future__ import annotations


class HarmoniaError(Exception):
    """Base of all errors of this package."""


class InvalidInputError(HarmoniaError, ValueError):
    """A value the caller gave cannot be used; nothing was stored."""


class NotFoundError(HarmoniaError, LookupError):
    """This user has no such record."""


class ClosedError(HarmoniaError):
    """The engine is closed, or the process was forked after it was opened."""


class StoreError(HarmoniaError):
    """The store's folder cannot serve the call."""


class CorruptStoreError(StoreError):
    """A file of the store is damaged and could not be healed; the message names it."""


class SchemaVersionError(StoreError):
    """The store was written by a newer version of this package."""


class EmbedderMismatchError(StoreError):
    """The store holds vectors of another embedding model; vectors of two models never mix."""


class StoreWriteError(StoreError):
    """A write did not reach the disk; nothing of it was acknowledged."""


class QueryTimeoutError(HarmoniaError, TimeoutError):
    """A call took longer than its `timeout` allowed."""


class ProviderError(HarmoniaError):
    """An embedder or a language model failed or answered with something unusable."""


class MissingExtraError(HarmoniaError, ImportError):
    """An optional dependency is not installed; the message names the exact `pip install`."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional dependency: pip install 'harmonia-plugins[{extra}]'"
        )
        self.extra = extra
