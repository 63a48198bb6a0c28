"""Our own engine keeps the contract that we ask of every store of memories."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable

import pytest

from harmonia_plugins import MemoryEngine
from harmonia_plugins.testing import HashEmbedder
from harmonia_plugins.testing.conformance import check_store, store_tests
from harmonia_plugins.testing.conformance.store import Opener


def new_store() -> Opener:
    return functools.partial(MemoryEngine, tempfile.mkdtemp(), embedder=HashEmbedder())


@pytest.mark.parametrize("check", store_tests(new_store), ids=lambda check: check.__name__)
def test_the_engine_conforms(check: Callable[[], None]) -> None:
    check()


class Forgetful(MemoryEngine):
    """An engine that breaks one promise: archiving does nothing."""

    def archive(self, id, *, user_id):
        return self.update(id, user_id=user_id, tags=("archived",))


def test_a_broken_promise_is_named() -> None:
    report = check_store(
        lambda: functools.partial(Forgetful, tempfile.mkdtemp(), embedder=HashEmbedder())
    )
    assert [failure.name for failure in report.failed] == ["archived_is_out_of_sight"]
    assert "forgotten_is_gone" in report.passed
