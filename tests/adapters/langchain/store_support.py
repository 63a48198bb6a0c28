"""Shared by the tests of the store."""

from __future__ import annotations

from typing import Any

NOTES = ("notes",)


def keys(found: list[Any]) -> list[str]:
    return [item.key for item in found]
