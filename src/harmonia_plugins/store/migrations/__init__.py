"""Bringing stores of older versions up to date.

A migration is one function, named for the schema it leads to, appended to `MIGRATIONS` and never
edited afterwards. Each must be safe to run again, since a process may die in the middle of it:
the store's schema version is written only when it has ended. Stored folders of every older
version are kept among the tests and opened there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harmonia_plugins.store.layout import SCHEMA_VERSION, Identity, Layout

log = logging.getLogger(__name__)

Migration = Callable[[Layout, Any], None]
"""Takes the store's paths and its LanceDB connection, under the write lock."""

MIGRATIONS: dict[int, Migration] = {}
"""The migration that leads to each schema version after the first."""


def migrate(
    layout: Layout,
    connection: Any,
    found: Identity,
    migrations: dict[int, Migration] = MIGRATIONS,
    target: int = SCHEMA_VERSION,
) -> Identity:
    """Run what leads from the found schema to the target, and record each step."""
    while found.schema_version < target:
        version = found.schema_version + 1
        log.info("migrating the store to schema %d", version)
        migrations[version](layout, connection)
        found = replace(found, schema_version=version)
        layout.write_identity(found)
    return found
