import re
import threading
import time
import timeit
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonia_plugins.errors import InvalidInputError, MissingExtraError, ProviderError
from harmonia_plugins.providers import CheckedEmbedder
from harmonia_plugins.testing import FailingEmbedder, HashEmbedder, SlowEmbedder
from harmonia_plugins.testing.conformance import check_embedder


class Recorded(HashEmbedder):
    """Records the texts it embeds; answers vectors of length 3 in float64, as others may."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def embed(self, texts):
        self.texts.extend(texts)
        return 3.0 * super().embed(texts).astype(np.float64)


@pytest.fixture
def inner():
    return Recorded()


@pytest.fixture
def checked(inner):
    return CheckedEmbedder(inner)


def test_conformance():
    check_embedder(lambda: CheckedEmbedder(Recorded())).raise_for_failures()
    check_embedder(lambda: CheckedEmbedder(Recorded(), cache=0)).raise_for_failures()


calls = st.lists(st.lists(st.text(max_size=3) | st.sampled_from(["tea", "t" * 600, "t" * 601])))


@given(calls)
def test_no_text_is_embedded_twice_and_rows_keep_their_order(calls):
    inner = Recorded()
    checked = CheckedEmbedder(inner)
    for texts in calls:
        assert np.allclose(checked.embed(texts), HashEmbedder().embed(texts), atol=1e-6)
    assert len(inner.texts) == len(set(inner.texts))
    assert set(inner.texts) == {text for texts in calls for text in texts}
    assert checked.embedded == len(inner.texts)
    assert checked.embedded + checked.hits == sum(map(len, calls))


@given(calls, st.integers(0, 4))
def test_a_small_cache_forgets_and_never_grows(calls, size):
    checked = CheckedEmbedder(Recorded(), cache=size)
    for texts in calls:
        assert np.allclose(checked.embed(texts), HashEmbedder().embed(texts), atol=1e-6)
        assert len(checked._kept) <= size
        kept = [text for text in texts if checked.cached(text) is not None]
        assert bool(kept) == bool(texts and size)


def test_the_least_recently_used_is_forgotten(inner):
    checked = CheckedEmbedder(inner, cache=2)
    checked.embed(["a", "b"])
    checked.cached("a")
    checked.embed(["c"])
    assert [checked.cached(text) is not None for text in "abc"] == [True, False, True]


@settings(deadline=None, max_examples=10)
@given(st.lists(st.lists(st.sampled_from("abcdef"), min_size=1), min_size=2, max_size=8))
def test_callers_at_the_same_time_share_the_work(calls):
    inner = Recorded()
    checked = CheckedEmbedder(SlowEmbedder(inner, 0.01))
    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(checked.embed, calls))
    for texts, rows in zip(calls, answers, strict=True):
        assert np.allclose(rows, HashEmbedder().embed(texts), atol=1e-6)
    assert sorted(inner.texts) == sorted({text for texts in calls for text in texts})


def test_callers_at_the_same_time_share_the_work_without_a_cache(inner):
    checked = CheckedEmbedder(SlowEmbedder(inner, 0.2), cache=0)
    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(checked.embed, [["tea"]] * 8))
    assert len({row.tobytes() for row in rows}) == 1
    assert inner.texts == ["tea"]


def test_what_is_cached_is_found_quickly(checked):
    row = checked.embed(["my dog likes tea"])[0]
    assert np.array_equal(checked.cached("my dog likes tea"), row)
    assert checked.cached("something else") is None
    # 0.4 us by itself; the room is for coverage measurement and busy machines
    assert min(timeit.repeat(lambda: checked.cached("my dog likes tea"), number=1000)) < 1e-2


def test_the_cache_cannot_be_spoilt_by_a_caller(checked):
    checked.embed(["tea"])[:] = 0
    assert np.allclose(np.linalg.norm(checked.embed(["tea"])), 1)
    with pytest.raises(ValueError, match="read-only"):
        checked.cached("tea")[0] = 1


def test_rows_are_contiguous_float32_of_unit_length(checked):
    rows = checked.embed(["tea", "my dog", "tea"])
    assert rows.dtype == np.float32
    assert rows.flags.c_contiguous
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_no_texts_ask_nothing(inner, checked):
    assert checked.embed([]).shape == (0, 64)
    assert inner.texts == []


def test_lone_surrogates_do_not_reach_the_embedder(inner, checked):
    assert checked.embed(["\ud800 tea", "\ud800" * 600]).shape == (2, 64)
    assert inner.texts == ["? tea", "?" * 600]


@pytest.mark.parametrize("texts", ["tea", ["tea", None], [b"tea"]])
def test_what_is_no_list_of_texts_is_refused(checked, texts):
    with pytest.raises(InvalidInputError, match="must be a list of strings"):
        checked.embed(texts)


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("raise", "made to fail"),
        ("count", "1 vectors for 2 texts"),
        ("dimension", "65 dimensions instead of 64"),
        ("nan", "text 0 holds NaN"),
        ("zero", "text 0 is all zeros"),
    ],
)
def test_a_failure_is_named_and_not_remembered(mode, said):
    failing = FailingEmbedder(HashEmbedder(), mode, failures=1)
    checked = CheckedEmbedder(failing)
    with pytest.raises(ProviderError, match=said):
        checked.embed(["tea", "house"])
    assert checked.cached("house") is None
    assert checked.embed(["tea", "house"]).shape == (2, 64)


class Broken:
    """Fails in whatever is asked of it."""

    def __init__(self, error):
        self.error = error

    @property
    def fingerprint(self):
        raise self.error

    @property
    def dimension(self):
        raise self.error

    def embed(self, texts):
        raise self.error

    def load(self):
        raise self.error

    def close(self):
        raise self.error


ASKED = {
    "fingerprint": lambda checked: checked.fingerprint,
    "dimension": lambda checked: checked.dimension,
    "embed": lambda checked: checked.embed([]),
    "close": lambda checked: checked.close(),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_whatever_a_foreign_embedder_raises_is_a_provider_error(asked):
    error = ZeroDivisionError("by nought")
    with pytest.raises(ProviderError, match=r"Broken failed in .*by nought") as caught:
        asked(CheckedEmbedder(Broken(error)))
    assert caught.value.__cause__ is error


def test_errors_of_this_package_pass_as_they_are():
    error = MissingExtraError("it", "ollama")
    with pytest.raises(MissingExtraError) as caught:
        CheckedEmbedder(Broken(error)).embed(["tea"])
    assert caught.value is error


@pytest.mark.parametrize("value", [None, "", " \n", 7])
def test_a_fingerprint_that_is_no_name_is_refused(value):
    class Nameless(HashEmbedder):
        fingerprint = value

    with pytest.raises(ProviderError, match="is no name"):
        _ = CheckedEmbedder(Nameless()).fingerprint


@pytest.mark.parametrize("value", [None, 0, -1, 2.0, "64"])
def test_a_dimension_that_is_no_size_is_refused(value):
    class Sizeless(HashEmbedder):
        dimension = value

    with pytest.raises(ProviderError, match="no positive number"):
        CheckedEmbedder(Sizeless()).embed(["tea"])


class Gate(HashEmbedder):
    """Embeds when it is let, and then fails with `error` if there is one."""

    def __init__(self, error=None):
        super().__init__()
        self.error = error
        self.inside, self.go = threading.Event(), threading.Event()

    def embed(self, texts):
        self.inside.set()
        self.go.wait(10)
        if self.error is not None:
            raise self.error
        return super().embed(texts)


@pytest.mark.parametrize(
    ("error", "said"),
    [(ProviderError("model is gone"), "model is gone"), (KeyboardInterrupt(), "was interrupted")],
)
def test_those_who_wait_for_a_text_learn_that_it_failed(error, said):
    gate = Gate(error)
    checked = CheckedEmbedder(gate)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(checked.embed, ["tea"])
        gate.inside.wait(10)
        second = pool.submit(checked.embed, ["tea"])
        while checked.hits == 0:
            time.sleep(0.001)
        gate.go.set()
        assert first.exception() is error
        assert isinstance(second.exception(), ProviderError)
        assert said in str(second.exception())
    gate.error = None
    assert checked.embed(["tea"]).shape == (1, 64)


class Loaded(HashEmbedder):
    """Has something to load, which fails while `error` is set."""

    def __init__(self, error=None):
        super().__init__()
        self.error = error
        self.loads = 0
        self.go = threading.Event()

    def load(self):
        self.go.wait(10)
        self.loads += 1
        if self.error is not None:
            raise self.error


def test_warm_loads_once_beside_the_caller_and_embed_waits_for_it():
    inner = Loaded()
    checked = CheckedEmbedder(inner)
    checked.warm()
    checked.warm()
    assert inner.loads == 0
    threading.Timer(0.05, inner.go.set).start()
    checked.embed(["tea"])
    assert inner.loads == 1


@pytest.mark.parametrize(
    ("error", "kind"),
    [(OSError("no such file"), ProviderError), (MissingExtraError("it", "x"), MissingExtraError)],
)
def test_an_error_of_the_load_comes_out_of_the_first_embed(error, kind):
    inner = Loaded(error)
    inner.go.set()
    checked = CheckedEmbedder(inner)
    checked.warm()
    with pytest.raises(kind, match=re.escape(str(error))):
        checked.embed(["tea"])
    assert checked.embed(["tea"]).shape == (1, 64)


def test_without_anything_to_load_warm_starts_no_thread(checked):
    before = threading.active_count()
    checked.warm()
    assert threading.active_count() == before


def test_close_closes_the_embedder_if_it_can():
    class Closing(Loaded):
        closed = False

        def close(self):
            self.closed = True

    inner = Closing()
    inner.go.set()
    checked = CheckedEmbedder(inner)
    checked.warm()
    checked.close()
    assert (inner.closed, inner.loads) == (True, 1)
    CheckedEmbedder(HashEmbedder()).close()
