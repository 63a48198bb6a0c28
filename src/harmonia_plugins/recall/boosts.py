"""What an application may add to the ranking: freshness, and categories named in the query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from harmonia_plugins.recall.channels import Found
from harmonia_plugins.recall.weights import DEFAULT, Weights


class Boosts(Protocol):
    """The settings that concern ranking."""

    @property
    def recency_weight(self) -> float: ...
    @property
    def recency_half_life(self) -> float: ...


def weights_of(settings: Boosts) -> Weights:
    """Return the ranking's weights with the application's own boosts."""
    if not settings.recency_weight:
        return DEFAULT
    return Weights(recency=settings.recency_weight, half_life_days=settings.recency_half_life)


def with_categories(
    found: Sequence[Found], query: str, categories: Callable[[int], Sequence[str]], weight: float
) -> list[Found]:
    """Return hits reordered so that those whose category the query names move up."""
    asked = set(query.casefold().split())
    lifted: list[Found] = []
    for hit in found:
        parts = {part.casefold() for path in categories(hit.row) for part in path.split("/")}
        score = hit.score + weight if parts & asked else hit.score
        lifted.append(hit._replace(score=min(1.0, score / (1 + weight))))
    return sorted(lifted, key=lambda hit: -hit.score)
