import itertools

import numpy as np
import pytest

from harmonia_plugins.testing import FailingEmbedder, HashEmbedder, SlowEmbedder
from harmonia_plugins.testing.conformance import NotConforming, check_embedder, embedder_tests
from harmonia_plugins.testing.conformance.embedder import CHECKS


@pytest.mark.parametrize("make", [HashEmbedder, lambda: SlowEmbedder(HashEmbedder(), 0.001)])
def test_a_sound_embedder_passes_everything(make):
    report = check_embedder(make)
    assert report.failed == ()
    assert len(report.passed) == len(CHECKS) == 14
    report.raise_for_failures()


class Spoilt(HashEmbedder):
    """A hash embedder of which one thing is wrong."""


class Short(Spoilt):
    def embed(self, texts):
        return super().embed(texts)[:-1]


class Double(Spoilt):
    def embed(self, texts):
        return super().embed(texts).astype(np.float64)


class Long(Spoilt):
    def embed(self, texts):
        return super().embed(texts) * 2


class Undecided(Spoilt):
    calls = itertools.count()

    @property
    def dimension(self):
        return 64 + next(self.calls)


class NoneForNone(Spoilt):
    def embed(self, texts):
        return super().embed(texts) if texts else np.zeros((0,), np.float32)


class Moody(Spoilt):
    calls = itertools.count()

    def embed(self, texts):
        return np.roll(super().embed(texts), next(self.calls), axis=1)


class Crowded(Spoilt):
    def embed(self, texts):
        return np.roll(super().embed(texts), len(texts), axis=1)


class Sorted(Spoilt):
    def embed(self, texts):
        return super().embed(sorted(texts))


class Unique(Spoilt):
    def embed(self, texts):
        return super().embed(list(dict.fromkeys(texts)))


class Constant(Spoilt):
    def embed(self, texts):
        return super().embed(["same"] * len(texts))


class Impatient(Spoilt):
    def embed(self, texts):
        rows = super().embed(texts)
        rows[[len(text) > 100_000 for text in texts]] = np.nan
        return rows


class AsciiOnly(Spoilt):
    def embed(self, texts):
        assert all(text.isascii() for text in texts), "cannot read this"
        return super().embed(texts)


class Shared(Spoilt):
    def embed(self, texts):
        import threading

        away = threading.current_thread() is not threading.main_thread()
        return super().embed(["another's text" if away else text for text in texts])


class Nameless(Spoilt):
    fingerprint = "  "


@pytest.mark.parametrize(
    ("make", "check"),
    [
        (Short, "shape"),
        (Double, "dtype"),
        (Long, "unit_length"),
        (Undecided, "dimension_without_texts"),
        (NoneForNone, "no_texts"),
        (Moody, "determinism"),
        (Crowded, "batch_independence"),
        (Sorted, "order"),
        (Unique, "duplicates"),
        (Constant, "distinct"),
        (Impatient, "long_text"),
        (AsciiOnly, "strange_texts"),
        (Shared, "threads"),
        (Nameless, "fingerprint"),
    ],
)
def test_each_check_finds_what_it_is_for(make, check):
    assert check in {failure.name for failure in check_embedder(make).failed}


def test_a_report_says_what_failed_why_and_what_is_demanded():
    report = check_embedder(lambda: FailingEmbedder(HashEmbedder()))
    assert report.passed == ()
    with pytest.raises(NotConforming) as caught:
        report.raise_for_failures()
    said = str(caught.value)
    assert "14 checks failed" in said
    assert "order: ProviderError: this embedder was made to fail" in said
    assert "demanded: Rows come in the order of the texts." in said


def test_the_checks_can_be_single_tests():
    tests = embedder_tests(Long)
    assert [test.__name__ for test in tests] == [check.__name__ for check in CHECKS]
    assert all(test.__doc__ for test in tests)
    with pytest.raises(NotConforming, match="lengths"):
        next(test for test in tests if test.__name__ == "unit_length")()
