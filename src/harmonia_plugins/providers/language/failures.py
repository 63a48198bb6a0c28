"""How a language model can fail, told apart by whether to ask again.

Each is a `ProviderError` with an attribute `retryable`, which callers look up by name and take as
true where it is missing.
"""

from __future__ import annotations

from harmonia_plugins.errors import ProviderError


class UnavailableError(ProviderError):
    """The model did not answer, or said that it is broken; another try may work."""

    retryable = True


class TooSlowError(UnavailableError):
    """The model did not answer in time; another try would take as long again."""

    retryable = False


class UnusableError(ProviderError):
    """The model works, and this answer of it is none."""

    retryable = True


class RefusedError(ProviderError):
    """The model cannot serve the request, however often it is asked."""

    retryable = False
