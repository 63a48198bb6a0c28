"""A clock that stands still until told otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from harmonia_plugins.errors import InvalidInputError


class FrozenClock:
    """Tells the same moment until it is advanced or set.

    >>> clock = FrozenClock(datetime(2024, 5, 1, tzinfo=UTC))
    >>> clock.advance(60)
    >>> clock.now().isoformat()
    '2024-05-01T00:01:00+00:00'
    """

    def __init__(self, start: datetime = datetime(2024, 1, 1, tzinfo=UTC)) -> None:
        """Stand still at `start`, which must be aware."""
        self.set(start)

    def now(self) -> datetime:
        """Return the moment the clock stands at."""
        return self._now

    def set(self, moment: datetime) -> None:
        """Stand still at `moment`, before or after the present one.

        Raises:
            InvalidInputError: `moment` has no time zone.
        """
        if moment.tzinfo is None:
            raise InvalidInputError(f"a clock needs an aware datetime, not {moment!r}: add tzinfo")
        self._now = moment

    def advance(self, step: timedelta | float) -> None:
        """Move by `step`, a timedelta or seconds; a negative one goes back."""
        self._now += step if isinstance(step, timedelta) else timedelta(seconds=step)
