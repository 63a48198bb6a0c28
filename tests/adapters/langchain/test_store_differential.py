"""`HarmoniaStore` beside `InMemoryStore`: random operations, the same results.

What differs on purpose is a row of the table in `HarmoniaStore`'s docstring, and only that is
evened out here: `ORDER` (last updated first), `EMPTIED` (emptied namespaces are listed by
`InMemoryStore`), `RANGES` (comparing with another type raises there, is false here), and times.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from langgraph.store.base import GetOp, ListNamespacesOp, MatchCondition, Op, PutOp, SearchOp
from langgraph.store.memory import InMemoryStore

from harmonia_plugins import MemoryEngine
from harmonia_plugins.langchain import HarmoniaStore
from harmonia_plugins.testing import FrozenClock, HashEmbedder

labels = st.sampled_from(["a", "b", "ab", "1", "10", "ü", "a b", "%", "*", "'"])
spaces = st.lists(labels, min_size=1, max_size=3).map(tuple)
prefixes = st.lists(labels, max_size=3).map(tuple)
keys = st.sampled_from(["k", "l", "k.l", "1", "日本", "' OR 1=1"])
texts = st.sampled_from(["plum", "quartz", "plum jam", "ü"])
scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), texts)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("nmx"), inner, max_size=3)
    ),
    max_leaves=6,
)
values = st.dictionaries(st.sampled_from(["n", "m", "t", "deep"]), json_values, max_size=4)
operators = st.dictionaries(
    st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"]), scalars, min_size=1, max_size=2
)
conditions = st.recursive(
    st.one_of(scalars, operators),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from("nmx"), inner, max_size=2),
    ),
    max_leaves=4,
)
filters = st.one_of(
    st.none(),
    st.dictionaries(st.sampled_from(["n", "m", "t", "deep", "no"]), conditions, max_size=2),
)
puts = st.tuples(spaces, keys, st.one_of(st.none(), values, values, values)).map(
    lambda given: PutOp(*given)
)
gets = st.tuples(spaces, keys).map(lambda given: GetOp(*given))
searches = st.tuples(prefixes, filters, st.integers(0, 5), st.integers(0, 3)).map(
    lambda given: SearchOp(*given)
)
matches = st.tuples(st.sampled_from(["prefix", "suffix"]), spaces).map(
    lambda given: MatchCondition(*given)
)
listings = st.tuples(
    st.one_of(st.none(), st.lists(matches, max_size=2).map(tuple)),
    st.one_of(st.none(), st.integers(1, 3)), st.integers(0, 6), st.integers(0, 3),
).map(lambda given: ListNamespacesOp(*given))  # fmt: skip


class Stores(RuleBasedStateMachine):
    """The same operations on both; after each, what they answer is the same."""

    engine: MemoryEngine
    clock: FrozenClock

    @initialize()
    def open(self) -> None:
        self.ours = HarmoniaStore(self.engine, user_id=uuid4().hex)
        self.theirs = InMemoryStore()
        self.step = 0
        self.updated: dict[tuple[Any, str], int] = {}
        self.created: dict[tuple[Any, str], Any] = {}

    @rule(ops=st.lists(st.one_of(puts, puts, gets, searches, listings), min_size=1, max_size=6))
    def batch(self, ops: list[Op]) -> None:
        self._run(ops, self.ours.batch)

    @rule(ops=st.lists(st.one_of(puts, gets, searches), min_size=1, max_size=4))
    def abatch(self, ops: list[Op]) -> None:
        self._run(ops, lambda ops: asyncio.run(self.ours.abatch(ops)))

    @precondition(lambda self: self.updated)
    @rule(data=st.data(), value=values)
    def overwrite(self, data: st.DataObject, value: dict[str, Any]) -> None:
        space, key = data.draw(st.sampled_from(sorted(self.updated)))
        self._run([PutOp(space, key, value)], self.ours.batch)

    @rule(op=searches)
    def pages_add_up(self, op: SearchOp) -> None:
        whole = self.ours.batch([op._replace(limit=1000, offset=0)])[0]
        pages = [self.ours.batch([op._replace(limit=2, offset=n)])[0] for n in range(0, 20, 2)]
        assert [_shown(item) for page in pages for item in page] == [_shown(i) for i in whole][:20]

    def _run(self, ops: list[Op], run: Any) -> None:
        self.clock.advance(1)
        self.step += 1
        expected = [self._expected(op) for op in ops]
        got = run(ops)
        for op, one, other in zip(ops, expected, got, strict=True):
            self._compare(op, one, other)
        self.theirs.batch([op for op in ops if isinstance(op, PutOp)])
        last = {(op.namespace, op.key): op for op in ops if isinstance(op, PutOp)}
        for name, op in last.items():
            if op.value is None:
                self.updated.pop(name, None)
                self.created.pop(name, None)
            else:
                self.updated[name] = self.step
                self.created.setdefault(name, self.clock.now())

    def _expected(self, op: Op) -> Any:
        if isinstance(op, SearchOp):
            try:  # ORDER: all of it, sorted and cut by us
                found = self.theirs.batch([op._replace(limit=10_000, offset=0)])[0]
            except (TypeError, ValueError):  # RANGES
                return NotImplemented
            return [_shown(i) for i in sorted(found, key=self._age)][op.offset :][: op.limit]
        if isinstance(op, ListNamespacesOp):
            live = InMemoryStore()  # EMPTIED
            live.batch([PutOp(space, key, {}) for space, key in self.updated])
            return live.batch([op])[0]
        return self.theirs.batch([op])[0] if isinstance(op, GetOp) else None

    def _age(self, item: Any) -> Any:
        name = (item.namespace, item.key)
        return -self.updated[name], json.dumps(item.namespace, ensure_ascii=False), item.key

    def _compare(self, op: Op, expected: Any, got: Any) -> None:
        if isinstance(op, SearchOp):
            assert expected is NotImplemented or [_shown(item) for item in got] == expected, op
        elif isinstance(op, GetOp):
            assert (expected is None) == (got is None)
            assert expected is None or _shown(got) == _shown(expected)
            assert got is None or got.created_at == self.created[op.namespace, op.key]
        else:
            assert got == expected, op


def _shown(item: Any) -> Any:
    return item.namespace, item.key, item.value


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[type[Stores]]:
    clock = FrozenClock()
    folder = tmp_path_factory.mktemp("differential")
    with MemoryEngine(folder, embedder=HashEmbedder(), clock=clock, learning="manual") as engine:
        yield type("Opened", (Stores,), {"engine": engine, "clock": clock})


def test_random_operations_answer_like_the_store_in_memory(machine: type[Stores]):
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=30, stateful_step_count=8, deadline=None, database=None,
            derandomize=True, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


def test_ranking_by_meaning_agrees_where_only_meaning_speaks(
    tmp_path_factory: pytest.TempPathFactory,
):
    """The first hit of both is the same for queries that share no word with any item."""
    folder = tmp_path_factory.mktemp("meaning")
    docs = {
        "bread": "how to bake sourdough at home", "bike": "repairing a flat bicycle tyre",
        "tax": "filing the yearly income declaration", "cat": "our kitten sleeps all day",
    }  # fmt: skip
    queries = {
        "making a loaf": "bread", "mending a wheel": "bike", "paying the state": "tax",
        "a young pet": "cat",
    }  # fmt: skip
    with MemoryEngine(folder, learning="manual") as engine:
        theirs = InMemoryStore(
            index={"dims": 384, "embed": lambda texts: engine.embed(list(texts)).tolist(),
                   "fields": ["text"]}
        )  # fmt: skip
        ours = HarmoniaStore(engine, user_id="u", fields=["text"])
        for store in (theirs, ours):
            store.batch([PutOp(("d",), key, {"text": text}) for key, text in docs.items()])
            for query, expected in queries.items():
                found = store.search(("d",), query=query)
                assert found[0].key == expected
                assert {item.key for item in found} == set(docs)
