"""The zone that a message's times are meant in, as it is kept beside the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from harmonia_plugins.pipeline import intake


def zone_name(moment: datetime | None, chosen: str | None) -> str | None:
    """Return the zone a message was written in: the caller's, else its own time's."""
    if chosen is not None:
        return chosen
    zone = None if moment is None else moment.tzinfo
    if zone is None or moment is None:
        return None
    key = getattr(zone, "key", None)
    if isinstance(key, str):
        return key
    offset = moment.utcoffset() or timedelta(0)
    return f"{int(offset.total_seconds())}" if offset else None


def zone_named(name: str | None) -> tzinfo:
    """Return the zone of an IANA name or of seconds east of UTC; UTC for None."""
    if name is None:
        return UTC
    if name.lstrip("-").isdigit():
        return timezone(timedelta(seconds=int(name)))
    return intake.zone_of(name) or UTC
