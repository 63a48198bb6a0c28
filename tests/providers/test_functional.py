import functools

import numpy as np
import pytest

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.providers.functional import CallableEmbedder
from harmonia_plugins.testing import HashEmbedder
from harmonia_plugins.testing.conformance import embedder_tests


def hashed(texts):
    """Answer lists of numbers that are not of unit length."""
    return (5 * HashEmbedder(32).embed(texts)).tolist()


@pytest.mark.parametrize(
    "check", embedder_tests(lambda: CallableEmbedder(hashed)), ids=lambda c: c.__name__
)
def test_conformance(check):
    check()


def test_the_function_gets_a_list_and_is_not_called_early():
    calls = []

    def recorded(texts):
        calls.append(texts)
        return np.eye(3)[: len(texts)]

    embedder = CallableEmbedder(recorded, dimension=3)
    assert (embedder.dimension, embedder.embed([]).shape, calls) == (3, (0, 3), [])
    embedder.embed(("a", "b"))
    assert calls == [["a", "b"]]


def test_the_name_is_the_functions_unless_given():
    assert CallableEmbedder(hashed).fingerprint == f"function:{__name__}.hashed"
    assert CallableEmbedder(hashed, name="mine-2").fingerprint == "function:mine-2"


@pytest.mark.parametrize("nameless", [lambda texts: hashed(texts), functools.partial(hashed)])
def test_a_function_without_a_name_needs_one(nameless):
    with pytest.raises(InvalidInputError, match="name='…'"):
        CallableEmbedder(nameless)
    assert CallableEmbedder(nameless, name="mine").embed(["a"]).shape == (1, 32)


def test_what_the_function_raises_is_the_cause():
    def broken(texts):
        raise ZeroDivisionError("by nought")

    with pytest.raises(
        ProviderError, match="broken failed: ZeroDivisionError: by nought"
    ) as caught:
        CallableEmbedder(broken).embed(["a"])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "must answer one row"),
        ([1.0, 2.0], "must answer one row"),
        ([["a", "b"]], "must answer one row"),
        ([[True, False]], "must answer one row"),
        ([[1.0], [1.0, 2.0]], "no matrix"),
        ([[]], "0 dimensions"),
        ([[1.0, float("inf")]], "NaN or infinite"),
        ([[1e200, 1e200]], "NaN or infinite"),
        ([[0, 0]], "all zeros"),
        ([[1, 2], [3, 4]], "2 vectors for 1 texts"),
    ],
)
def test_an_unusable_answer_is_named(answer, said):
    with pytest.raises(ProviderError, match=said):
        CallableEmbedder(lambda texts: answer, name="odd").embed(["a"])


@pytest.mark.parametrize(
    "answer", [[[3, 4]], [[3e30, 4e30]], [[3e-30, 4e-30]], np.float16([[3, 4]])]
)
def test_any_length_and_type_of_number_becomes_a_unit_vector(answer):
    row = CallableEmbedder(lambda texts: answer, name="odd").embed(["a"])
    assert row.dtype == np.float32
    assert np.allclose(row, [[0.6, 0.8]])
