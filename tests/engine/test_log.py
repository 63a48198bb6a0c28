"""Whatever is done to a session's messages, in whatever order, its log is what a list would be."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from harmonia_plugins import MemoryEngine, Message
from harmonia_plugins.testing import FrozenClock, HashEmbedder

USER = "nora"
SESSIONS = ("default", "other")
WORDS = ("plum", "quartz", "ribbon", "", "saddle")
ids = st.sampled_from("abcdef")
messages = st.builds(lambda id, text: Message("user", text, id=id), ids, st.sampled_from(WORDS))
sessions = st.sampled_from(SESSIONS)


class Logs(RuleBasedStateMachine):
    """Random writes to two sessions of one user against a dict of ordered dicts: id to text."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = FrozenClock()
        self.model: dict[str, dict[str, str]] = {name: {} for name in SESSIONS}
        self.archived: dict[str, set[str]] = {name: set() for name in SESSIONS}

    @initialize(threshold=st.sampled_from([3, 10_000]))
    def open(self, threshold: int) -> None:
        self.settings = {"lexical_threshold": threshold}
        self.engine = self._opened()

    def _opened(self) -> MemoryEngine:
        return MemoryEngine(
            self.folder / "store", embedder=HashEmbedder(), clock=self.clock, learning="manual",
            settings=self.settings,
        )  # fmt: skip

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.close()
        shutil.rmtree(self.folder)

    @rule(session=sessions, given=st.lists(messages, max_size=4))
    def observe(self, session: str, given: list[Message]) -> None:
        self.engine.observe(given, user_id=USER, session_id=session)
        log = self.model[session]
        for message in given:
            log[message.id] = message.content

    @rule(session=sessions, given=st.lists(messages, max_size=5, unique_by=lambda m: m.id))
    def replace(self, session: str, given: list[Message]) -> None:
        self.engine.replace_messages(given, user_id=USER, session_id=session)
        self.model[session] = {message.id: message.content for message in given}
        self.archived[session] = set()

    @rule(session=sessions)
    def reorder(self, session: str) -> None:
        stored = self.engine.messages(user_id=USER, session_id=session)[::-1]
        self.engine.replace_messages(stored, user_id=USER, session_id=session)
        self.model[session] = dict(reversed(self.model[session].items()))
        self.archived[session] = set()

    @rule(session=sessions, chosen=st.none() | st.lists(ids, max_size=3))
    def delete(self, session: str, chosen: list[str] | None) -> None:
        log = self.model[session]
        gone = set(log) if chosen is None else set(chosen) & set(log)
        count = self.engine.delete_messages(chosen, user_id=USER, session_id=session)
        assert count == len(gone)
        for id in gone:
            del log[id]
        self.archived[session] -= gone

    @rule(session=sessions, chosen=st.none() | st.lists(ids, max_size=3))
    def archive(self, session: str, chosen: list[str] | None) -> None:
        log = self.model[session]
        moved = (set(log) if chosen is None else set(chosen) & set(log)) - self.archived[session]
        count = self.engine.set_message_status(
            chosen, status="archived", user_id=USER, session_id=session
        )
        assert count == len(moved)
        self.archived[session] |= moved

    @rule(session=sessions)
    def forget(self, session: str) -> None:
        gone = self.engine.forget(user_id=USER, session_id=session)
        assert gone.memories == 0
        self.model[session] = {}
        self.archived[session] = set()

    @rule()
    def flush(self) -> None:
        self.engine.flush()

    @rule()
    def reopen(self) -> None:
        self.engine.close()
        self.clock.advance(1)
        self.engine = self._opened()

    @invariant()
    def logs_are_as_expected(self) -> None:
        for name, log in self.model.items():
            found = self.engine.messages(user_id=USER, session_id=name)
            assert [(m.id, m.content) for m in found] == list(log.items())
            away = self.engine.messages(user_id=USER, session_id=name, status="archived")
            assert {m.id for m in away} == self.archived[name]
        counts = {s.id: s.messages for s in self.engine.sessions(user_id=USER)}
        assert counts == {name: len(log) for name, log in self.model.items() if log}
        total = self.engine.stats(user_id=USER).messages
        assert total == sum(counts.values())

    @invariant()
    def recall_finds_what_is_in_the_logs(self) -> None:
        for mode in ("keyword", "hybrid"):
            for word in ("plum", "quartz"):
                hits = self.engine.recall(word, user_id=USER, mode=mode, k=100)
                texts = [(hit.session_id, hit.id, hit.text) for hit in hits]
                assert len(set(texts)) == len(texts)
                assert set(texts) == {
                    (name, id, text)
                    for name, log in self.model.items()
                    for id, text in log.items()
                    if (text == word if mode == "keyword" else text)
                }


TestLogs = Logs.TestCase
TestLogs.settings = settings(
    max_examples=10,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
