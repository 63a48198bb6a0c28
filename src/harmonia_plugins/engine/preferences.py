"""What one user has chosen: the zone of their times, and how their conflicts are resolved."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from harmonia_plugins.model import Preferences
from harmonia_plugins.store.rows import Identity, Row, to_micros

if TYPE_CHECKING:
    from harmonia_plugins.store.draft import Draft
    from harmonia_plugins.store.resident import Resident

_IDENTITY: Identity = ("ledger", "", "preferences")


def preferences_of(resident: Resident) -> Preferences:
    """Return a user's preferences; the defaults where they have none."""
    number = resident.latest(_IDENTITY)
    if number is None:
        return Preferences()
    return Preferences.from_dict(json.loads(resident.row(number).body))


def set_preferences(
    timezone: str | None,
    strategy: str | None,
    strategies: Mapping[str, str],
    now: datetime,
) -> Callable[[Draft], Preferences]:
    """Change what is given of a user's preferences; `auto` ends an exception for a type."""
    from harmonia_plugins.store.codec import dumps

    def plan(draft: Draft) -> Preferences:
        row = draft.latest(_IDENTITY)
        old = Preferences() if row is None else Preferences.from_dict(json.loads(row.body))
        merged = {**old.strategies, **strategies}
        new = Preferences(
            timezone=timezone or old.timezone,
            strategy=strategy or old.strategy,
            strategies={kind: name for kind, name in merged.items() if name != "auto"},
        )
        draft.add(
            Row(
                kind="ledger",
                user_id=draft.user_id,
                id=_IDENTITY[2],
                recorded_at=to_micros(now),
                body=dumps(new.to_dict()),
            )
        )
        return new

    return plan
