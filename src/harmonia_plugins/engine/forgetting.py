"""The verbs that delete."""

from __future__ import annotations

from harmonia_plugins.engine.core import Core
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.model import Forgotten, Purged
from harmonia_plugins.pipeline import intake


class Forgetting:
    """Removing records, and their bytes."""

    _core: Core

    def forget(
        self,
        *,
        user_id: str,
        id: str | None = None,
        session_id: str | None = None,
        all: bool = False,
        sources: bool = False,
    ) -> Forgotten:
        """Remove records for good: no verb in any process finds them afterwards.

        Give exactly one of `id` (a memory), `session_id` (its messages and memories) and
        `all=True` (everything of the user, items too). The bytes leave the disk with `purge`.

        Args:
            user_id: whose records they are.
            id: the memory to remove.
            session_id: the session to remove.
            all: remove the user.
            sources: with `id`, remove the messages the memory came from too.

        Raises:
            NotFoundError: this user has no such memory.
            InvalidInputError: not exactly one of the three was given.
        """
        from harmonia_plugins.store.memories import forget

        with self._core.measured("forget"):
            user = intake.check_user(user_id)
            if (id is not None) + (session_id is not None) + bool(all) != 1:
                raise InvalidInputError(
                    "forget needs exactly one of id=, session_id= and all=True (the whole user)"
                )
            if sources and id is None:
                raise InvalidInputError(
                    "sources=True goes with id=: the others remove messages too"
                )
            plan = forget(
                memory_id=None if id is None else intake.check_id(id),
                session_id=None if session_id is None else intake.check_session(session_id),
                sources=sources,
            )
            gone = self._core.store.write(user, plan)
            if all:
                self._core.store.forget_items(user)
            return gone

    def purge(self) -> Purged:
        """Make the bytes of everything forgotten or replaced leave the disk.

        Rewrites the tables while writers of all processes wait; takes about a second for every
        100 000 records.
        """
        with self._core.measured("purge"):
            return self._core.store.purge()
