"""Public names of an adapter that load their framework only when they are used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import packages_distributions, version
from typing import Any

from harmonia_plugins.errors import MissingExtraError


def lazy_names(
    module: str, homes: Mapping[str, str], extras: Mapping[str, str]
) -> Callable[[str], Any]:
    """Return a module's `__getattr__` that imports each public name from its home.

    Args:
        module: the module whose names they are.
        homes: name to the module that defines it.
        extras: distribution package's import name to the extra that installs it; a home that
            cannot import one of them, or what it needs of it, raises `MissingExtraError`.
    """

    def find(name: str) -> Any:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        try:
            return getattr(import_module(home), name)
        except ImportError as error:
            root = (error.name or "").split(".")[0]
            if root not in extras or isinstance(error, MissingExtraError):
                raise
            feature = f"{module}.{name}{_unsuitable(root, error)}"
            raise MissingExtraError(feature, extras[root]) from error

    return find


def _unsuitable(root: str, error: ImportError) -> str:
    """Say what is wrong with a package that is installed, but in a version that does not do."""
    if error.name == root and isinstance(error, ModuleNotFoundError):
        return ""
    installed = ", ".join(
        f"{distribution} {version(distribution)}"
        for distribution in sorted(set(packages_distributions().get(root, ())))
    )
    return f", which cannot use {installed or root} as installed ({error}),"
