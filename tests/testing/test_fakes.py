import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from harmonia_plugins import testing
from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.ports import Clock, Embedder, LanguageModel
from harmonia_plugins.testing import (
    FailingEmbedder,
    FrozenClock,
    HashEmbedder,
    ScriptedModel,
    SlowEmbedder,
)

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def test_every_fake_fills_its_port():
    plain = HashEmbedder()
    assert all(
        isinstance(e, Embedder) for e in (plain, SlowEmbedder(plain, 0), FailingEmbedder(plain))
    )
    assert isinstance(FrozenClock(), Clock)
    assert isinstance(ScriptedModel([]), LanguageModel)
    assert testing.__all__ == sorted(testing.__all__)


def test_importing_the_fakes_needs_no_pytest():
    code = "import sys, harmonia_plugins.testing.conformance; assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_texts_that_share_words_are_similar():
    question, near, far = HashEmbedder().embed(
        ["what is my dog called", "My dog is called Rex!", "shares fell on Monday"]
    )
    assert question @ near > 0.5 > question @ far


def test_hash_vectors_are_the_same_everywhere():
    rows = HashEmbedder(4).embed(["tea", "my tea"])
    assert np.allclose(rows, [[0, -(0.5**0.5), 0, 0.5**0.5], [0.5, -0.5, -0.5, 0.5]])


def test_words_that_cancel_out_still_give_a_vector():
    texts = [f"a{i} b{j}" for i in range(40) for j in range(40)]
    assert np.allclose(np.linalg.norm(HashEmbedder(2).embed(texts), axis=1), 1)


def test_one_dimension_is_too_few():
    with pytest.raises(InvalidInputError, match="at least 2"):
        HashEmbedder(1)


def test_a_failing_embedder_recovers_after_its_failures():
    failing = FailingEmbedder(HashEmbedder(), failures=2)
    for _ in range(2):
        with pytest.raises(ProviderError):
            failing.embed(["tea"])
    assert failing.embed(["tea"]).shape == (1, 64)
    assert failing.calls == 3


def test_a_frozen_clock_moves_only_when_told():
    clock = FrozenClock(START)
    assert clock.now() == clock.now() == START
    clock.advance(90)
    clock.advance(timedelta(days=-1))
    assert clock.now() == START + timedelta(seconds=90, days=-1)
    clock.set(START)
    assert clock.now() == START


def test_a_frozen_clock_needs_a_zone():
    with pytest.raises(InvalidInputError, match="aware"):
        FrozenClock(datetime(2024, 5, 1))


def test_a_scripted_model_answers_in_order_and_records():
    model = ScriptedModel(["one", TimeoutError("late"), "three"])
    assert model.complete("a") == "one"
    with pytest.raises(TimeoutError):
        model.complete("b", schema={"type": "object"})
    assert model.complete("c") == "three"
    assert model.prompts == ["a", "b", "c"]
    assert model.schemas == [None, {"type": "object"}, None]


def test_a_script_that_is_used_up_is_named():
    with pytest.raises(ProviderError, match="holds 0 answers and was asked a 1th time"):
        ScriptedModel([]).complete("a")


def test_a_function_can_be_the_script():
    assert ScriptedModel(str.upper).complete("tea") == "TEA"
