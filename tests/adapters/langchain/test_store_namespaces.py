"""`HarmoniaStore`: namespaces, their labels and how they are listed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langgraph.store.base import (
    GetOp,
    InvalidNamespaceError,
    ListNamespacesOp,
    MatchCondition,
    PutOp,
    SearchOp,
)
from store_support import NOTES

from harmonia_plugins import InvalidInputError
from harmonia_plugins.langchain import HarmoniaStore

BAD_LABELS = [("notes", ""), ("a.b",), ("notes", 7), ("nul\x00",), (None,)]


@pytest.mark.parametrize("space", BAD_LABELS)
def test_raw_operations_are_checked_like_the_methods(store: HarmoniaStore, space: Any):
    calls = [
        lambda: store.put(space, "k", {}), lambda: store.get(space, "k"),
        lambda: store.search(space), lambda: store.delete(space, "k"),
        lambda: store.list_namespaces(prefix=space),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(InvalidNamespaceError):
            call()
    ops = [
        PutOp(space, "k", {}), GetOp(space, "k"), SearchOp(space),
        ListNamespacesOp((MatchCondition("suffix", space),)),
    ]  # fmt: skip
    for op in ops:
        with pytest.raises(InvalidNamespaceError) as caught:
            store.batch([PutOp(NOTES, "k", {}), op])
        assert isinstance(caught.value, InvalidInputError)
        assert "HarmoniaStore.label" in str(caught.value)
    assert store.list_namespaces() == []


def test_a_text_is_no_namespace_of_its_letters(store: HarmoniaStore):
    calls = [
        lambda: store.put("notes", "k", {}), lambda: store.get("notes", "k"),
        lambda: store.search("notes"), lambda: store.list_namespaces(suffix="notes"),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(InvalidNamespaceError, match=r"\('notes',\)"):
            call()
    assert store.list_namespaces() == []


@pytest.mark.parametrize("key", ["", " ", "k" * 513])
def test_a_key_that_is_none_is_called_a_key(store: HarmoniaStore, key: str):
    for call in (lambda: store.put(NOTES, key, {}), lambda: store.get(NOTES, key)):
        with pytest.raises(InvalidInputError, match=r"^key m"):
            call()


def test_the_roots_that_langgraph_keeps_are_refused_to_put(store: HarmoniaStore):
    for space in ((), ("langgraph", "x")):
        with pytest.raises(InvalidNamespaceError):
            store.put(space, "k", {})
    with pytest.raises(InvalidNamespaceError):
        store.batch([PutOp((), "k", {})])


def test_a_prefix_is_compared_label_by_label(store: HarmoniaStore):
    for space in [("u", "1"), ("u", "10"), ("u", "1", "x"), ("u1",), ("U", "1")]:
        store.put(space, "k", {"s": list(space)})
    assert {item.namespace for item in store.search(("u", "1"))} == {("u", "1"), ("u", "1", "x")}
    assert store.search(("u", "*")) == []
    assert len(store.search(())) == 5


SPACES = [
    ("a", "b", "c"), ("a", "b", "d", "e"), ("a", "b", "d", "i"), ("a", "b", "f"), ("a", "c", "f"),
    ("b", "a", "f"), ("users", "1", "settings"), ("users", "2", "settings"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, SPACES),
        ({"prefix": ("a", "b")}, SPACES[:4]), ({"suffix": ("f",)}, SPACES[3:6]),
        ({"prefix": ("a",), "suffix": ("f",)}, SPACES[3:5]),
        ({"prefix": ("users", "*", "settings")}, SPACES[6:]),
        ({"suffix": ("*", "settings")}, SPACES[6:]), ({"prefix": ("*", "*", "f")}, SPACES[3:6]),
        ({"max_depth": 2}, [("a", "b"), ("a", "c"), ("b", "a"), ("users", "1"), ("users", "2")]),
        ({"prefix": ("a", "b"), "max_depth": 3}, [SPACES[0], ("a", "b", "d"), SPACES[3]]),
        ({"limit": 2, "offset": 1}, SPACES[1:3]), ({"limit": 0}, []), ({"offset": 99}, []),
        ({"prefix": ("a", "b", "c", "x")}, []), ({"prefix": ("nothing",)}, []),
    ],
)  # fmt: skip
def test_namespaces_are_listed(store: HarmoniaStore, options: dict[str, Any], expected: Any):
    store.batch([PutOp(space, "k", {}) for space in SPACES])
    assert store.list_namespaces(**options) == expected
    assert asyncio.run(store.alist_namespaces(**options)) == expected


def test_all_of_several_conditions_must_hold(store: HarmoniaStore):
    store.batch([PutOp(space, "k", {}) for space in SPACES])
    conditions = (
        MatchCondition("prefix", ("a",)), MatchCondition("prefix", ("*", "b")),
        MatchCondition("suffix", ("d", "*")),
    )  # fmt: skip
    assert store.batch([ListNamespacesOp(conditions)])[0] == SPACES[1:3]


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("jo@mail.com", "jo@mail%2Ecom"), (42, "42"), ("plain", "plain"), ("100%", "100%25"),
        ("*", "%2A"), (" ", "%20"), ("langgraph", "%6Canggraph"), ("a\x00b", "a%00b"),
        ("日本.語", "日本%2E語"), ("%2E", "%252E"), ("\u3000", "%E3%80%80"),
    ],
)  # fmt: skip
def test_any_id_becomes_a_label_and_comes_back(store: HarmoniaStore, given: Any, label: str):
    assert HarmoniaStore.label(given) == label
    assert HarmoniaStore.unlabel(label) == str(given)
    store.put((HarmoniaStore.label(given), "x"), "k", {"id": given})
    assert store.list_namespaces(prefix=(label,)) == [(label, "x")]


@pytest.mark.parametrize("given", ["", None, True, 1.5, b"x"])
def test_what_makes_no_label_is_refused(given: Any):
    with pytest.raises(InvalidInputError, match="label"):
        HarmoniaStore.label(given)
