"""How a message is to be learned from: kept beside the message until that was carried out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from harmonia_plugins.store.rows import Row


@dataclass(frozen=True, slots=True)
class Order:
    """The order to learn from a message.

    `changeset` names what is learned; `strategy` says how conflicts are resolved and `zone` in
    which zone the message's times are meant (an IANA name, or seconds east of UTC). None leaves
    both to the user's preferences.
    """

    changeset: str
    strategy: str | None = None
    zone: str | None = None

    def to_body(self) -> dict[str, Any]:
        """Return what a row's body keeps."""
        chosen = {"strategy": self.strategy, "zone": self.zone}
        return {"changeset": self.changeset, **{k: v for k, v in chosen.items() if v is not None}}


def order_of(row: Row) -> Order | None:
    """Return the order that is kept beside a message; None for one never to be learned from."""
    kept = json.loads(row.body).get("learn")
    return None if kept is None else Order(**kept)
