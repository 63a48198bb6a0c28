"""What one user has chosen: the zone of their times, and how their conflicts are resolved."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

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


def set_preferences(preferences: Preferences, now: datetime) -> Callable[[Draft], None]:
    """Store a user's preferences."""
    from harmonia_plugins.store.codec import dumps

    def plan(draft: Draft) -> None:
        data: dict[str, Any] = preferences.to_dict()
        draft.add(
            Row(
                kind="ledger",
                user_id=draft.user_id,
                id=_IDENTITY[2],
                recorded_at=to_micros(now),
                body=dumps(data),
            )
        )

    return plan
