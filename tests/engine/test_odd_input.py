"""Bad and odd input, one row each: what is kept verbatim, and which error says what."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harmonia_plugins import (
    ClosedError,
    EmbedderMismatchError,
    InvalidInputError,
    MemoryEngine,
    Message,
    NotFoundError,
    ProviderError,
    SchemaVersionError,
)
from harmonia_plugins.testing import FailingEmbedder, HashEmbedder

U = "someone"


@pytest.fixture
def store(tmp_path: Path):
    with MemoryEngine(tmp_path / "store", embedder=HashEmbedder()) as engine:
        yield engine


# (name, text, a keyword query that must find it, or None where there is nothing to search by)
VERBATIM: list[tuple[str, str, str | None]] = [
    ("plain", "the kettle is blue", "kettle"),
    ("emoji", "see you at the 🏖 tomorrow", "🏖"),
    ("emoji family", "my people 👩‍👩‍👧‍👦 came", "people"),
    ("flag", "moved to 🇳🇴 in spring", "🇳🇴"),
    ("skin tone", "thanks 👍🏽 a lot", "👍"),
    ("chinese", "我喜欢在杭州喝绿茶", "杭州"),
    ("chinese, inner part", "明天下午三点在图书馆见面", "图书"),
    ("japanese", "犬の名前はポチです", "ポチ"),
    ("korean", "저는 서울에 살아요", "서울"),
    ("thai", "ฉันชอบกินข้าวผัด", "ข้าว"),
    ("arabic", "أعيش في القاهرة منذ عام", "القاهرة"),
    ("hebrew", "הכלב שלי נקרא רקס", "רקס"),
    ("hindi", "मुझे चाय पसंद है", "चाय"),
    ("cyrillic", "Моя кошка любит рыбу", "рыбу"),
    ("greek", "Μένω στην Αθήνα", "αθήνα"),
    ("accents", "café crème à Orléans", "creme"),
    ("decomposed accents", "cafe\u0301 noir", "café"),
    ("combining marks", "e\u0301\u0301\u0301 zalgo", "zalgo"),
    ("right-to-left override", "abc \u202exyz\u202c end", "end"),
    ("nul", "before\x00after nulword", "nulword"),
    ("control characters", "a\x01b\x1fc bell", "bell"),
    ("line ends", "one\r\ntwo\nthree\rfour", "three"),
    ("byte order mark", "\ufeffmarked text", "marked"),
    ("noncharacter", "odd \uffff \U0010ffff char", "odd"),
    ("full width", "ＡＢＣ１２３", "abc123"),
    ("ligature", "the ﬁle is here", "file"),
    ("tabs and spaces", "  \t padded  ", "padded"),
    ("one megabyte", "needle " + "hay " * 262_144, "needle"),
    ("one long word", "x" * 100_000, None),
    ("sql", "'; DROP TABLE records; --", "records"),
    ("sql or", "x' OR '1'='1", "or"),
    ("query syntax", "+must -not field:value", "value"),
    ("json", '{"a": [1, 2, {"b": null}]}', "null"),
    ("html", "<script>alert('x')</script>", "alert"),
    ("url", "https://example.com/a?b=c#d", "example"),
    ("code", "def f(x):\n    return x ** 2", "return"),
    ("only digits", "40917", "40917"),
    ("only punctuation", "?!... --", None),
    ("stop words only", "to be or not to be", "to be"),
    ("backslashes", r"C:\temp\new \d+", "temp"),
    ("percent and underscore", "100%_done", "100"),
    ("very small", "a", "a"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "query"), VERBATIM, ids=[row[0] for row in VERBATIM])
def test_text_is_kept_verbatim_and_found(
    store: MemoryEngine, name: str, text: str, query: str | None
) -> None:
    store.observe([Message("user", "something else entirely"), Message("user", text)], user_id=U)
    assert [m.content for m in store.messages(user_id=U)][-1] == text
    if query is not None:
        assert store.recall(query, user_id=U, mode="keyword", k=1)[0].text == text
    assert text in [hit.text for hit in store.recall("anything", user_id=U)]


BLANKS = ["", " ", "\n\t", "\u3000"]


@pytest.mark.parametrize("blank", BLANKS, ids=["empty", "space", "lines", "wide space"])
def test_blank_messages_are_stored_and_not_searched(store: MemoryEngine, blank: str) -> None:
    store.observe([Message("assistant", blank, id="call", payload={"tool": 1})], user_id=U)
    assert store.messages(user_id=U)[0].content == blank
    assert store.recall("tool", user_id=U) == []


IDS = [
    "o'neil", 'double"quote', "a.b.c", "a/b/../c", "*", "%", "a_b", "new\nline", "tab\there", "🦊",
    "用户", "' OR '1'='1", "user_id:x OR *", "{}", "[0 TO 9]", "\\", "\x00", " padded ", "-1",
    "x" * 512, "CON", "None", "null", "..", "e\u0301", "é",
]  # fmt: skip


@pytest.mark.parametrize("name", IDS, ids=[f"id{n}" for n in range(len(IDS))])
def test_ids_of_any_shape_are_data(store: MemoryEngine, name: str) -> None:
    store.observe([Message("user", "mine alone", id=name)], user_id=name, session_id=name)
    store.observe([Message("user", "of another")], user_id="another")
    store.remember("a fact of mine", user_id=name, id=name)
    assert [m.id for m in store.messages(user_id=name, session_id=name)] == [name]
    assert {hit.text for hit in store.recall("mine", user_id=name)} == {
        "mine alone", "a fact of mine",
    }  # fmt: skip
    assert store.get(name, user_id=name) is not None
    assert name in set(store.users())
    store.forget(user_id=name, all=True)
    assert store.recall("mine", user_id=name) == []
    assert [hit.text for hit in store.recall("of", user_id="another")] == ["of another"]


QUERIES = [
    "user_id:someone OR *", "*", "(dog", 'dog" OR', "a:b", "dog^1000", "\\", "NOT dog", "+dog -cat",
    "seq:[0 TO 9]", "dog~2", "/dog.*/", "' OR 1=1 --", "🐕", "\x00", "dog\n\ndog", "?" * 50,
    "dog " * 2000, "AND OR NOT", "{}", "${x}", "%s",
]  # fmt: skip


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "phrase", "prefix"])
def test_queries_are_never_syntax(store: MemoryEngine, mode: str) -> None:
    store.observe([Message("user", "my dog sleeps")], user_id=U)
    store.observe([Message("user", "secret dog")], user_id="another")
    for query in QUERIES:
        found = {hit.text for hit in store.recall(query, user_id=U, mode=mode)}
        assert found <= {"my dog sleeps"}, query


MOMENTS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=14))),
    datetime(2024, 2, 29, 12, tzinfo=timezone(-timedelta(hours=12, minutes=34, seconds=56))),
]


@pytest.mark.parametrize(
    "moment", MOMENTS, ids=["year 1", "year 9999", "before 1970", "+14", "-12"]
)
def test_moments_are_kept_to_the_microsecond(store: MemoryEngine, moment: datetime) -> None:
    store.observe([Message("user", "then", created_at=moment)], user_id=U)
    store.remember("so", user_id=U, id="m", occurred_at=moment)
    assert store.messages(user_id=U)[0].created_at == moment
    memory = store.get("m", user_id=U)
    assert memory is not None
    assert memory.occurred_at == moment


def say(**fields: Any) -> Callable[[MemoryEngine], object]:
    return lambda e: e.observe([Message("user", "good"), Message(**{"role": "user", "content": "x"} | fields)], user_id=U)  # fmt: skip


def tell(content: Any = "a fact", **fields: Any) -> Callable[[MemoryEngine], object]:
    return lambda e: e.remember(content, **({"user_id": U} | fields))


def ask(query: Any = "anything", **fields: Any) -> Callable[[MemoryEngine], object]:
    return lambda e: e.recall(query, **({"user_id": U} | fields))


loop: list[Any] = []
loop.append(loop)
EAST = timezone(timedelta(hours=5))
WEST = timezone(-timedelta(hours=5))
HALF = "half \ud800"
NAN = float("nan")

REFUSED: list[tuple[str, Callable[[MemoryEngine], object], str]] = [
    ("surrogate in content", say(content=HALF), "surrogate"),
    ("surrogate in role", say(role=HALF), "surrogate"),
    ("surrogate in name", say(name=HALF), "surrogate"),
    ("surrogate in id", say(id=HALF), "surrogate"),
    ("surrogate in metadata", say(metadata={"a": HALF}), "metadata"),
    ("surrogate in user", lambda e: e.observe([], user_id=HALF), "user_id"),
    ("surrogate in session", lambda e: e.observe([], user_id=U, session_id=HALF), "session_id"),
    ("surrogate in query", ask(HALF), "query"),
    ("surrogate in memory", tell(HALF), "content"),
    ("content is None", say(content=None), "content"),
    ("content is bytes", say(content=b"x"), "content"),
    ("role blank", say(role=" "), "role"),
    ("name blank", say(name=""), "name"),
    ("id blank", say(id=""), "id"),
    ("id number", say(id=7), "id"),
    ("id too long", say(id="x" * 513), "512"),
    ("time is a str", say(created_at="2024-01-01"), "created_at"),
    ("time before year 1", say(created_at=datetime(1, 1, 1, tzinfo=EAST)), "9999"),
    ("time after year 9999", say(created_at=datetime(9999, 12, 31, 23, tzinfo=WEST)), "9999"),
    ("metadata datetime", say(metadata={"a": datetime(2024, 1, 1)}), "metadata"),
    ("metadata set", say(metadata={"a": {1}}), "metadata"),
    ("metadata bytes", say(metadata={"a": b"x"}), "metadata"),
    ("metadata NaN", say(metadata={"a": NAN}), "metadata"),
    ("metadata infinity", say(metadata={"a": float("inf")}), "metadata"),
    ("metadata number keys", say(metadata={1: "a"}), "metadata"),
    ("metadata list", say(metadata=["a"]), "metadata"),
    ("metadata recursive", say(metadata={"a": loop}), "metadata"),
    ("payload object", say(payload=object()), "payload"),
    ("payload NaN", say(payload=[NAN]), "payload"),
    ("messages str", lambda e: e.observe("hello", user_id=U), "Message"),
    ("messages dict", lambda e: e.observe({"role": "user"}, user_id=U), "Message"),
    ("messages None", lambda e: e.observe(None, user_id=U), "Message"),
    ("message dict", lambda e: e.observe([{"role": "user"}], user_id=U), "message 0"),
    ("message str", lambda e: e.observe(["hi"], user_id=U), "message 0"),
    ("message None", lambda e: e.observe([Message("user", "a"), None], user_id=U), "message 1"),
    ("user None", lambda e: e.observe([], user_id=None), "user_id"),
    ("user number", lambda e: e.recall("x", user_id=7), "user_id"),
    ("user blank", lambda e: e.recall("x", user_id="  "), "user_id"),
    ("user too long", lambda e: e.recall("x", user_id="x" * 513), "512"),
    ("session blank", lambda e: e.messages(user_id=U, session_id=""), "session_id"),
    ("timezone unknown", lambda e: e.observe([], user_id=U, timezone="Mars/Base"), "timezone"),
    ("timezone path", lambda e: e.observe([], user_id=U, timezone="../etc"), "timezone"),
    ("strategy", lambda e: e.observe([], user_id=U, strategy="best"), "strategy"),
    ("remember blank", tell(" "), "content"),
    ("remember None", tell(None), "content"),
    ("remember confidence high", tell(confidence=1.1), "confidence"),
    ("remember confidence NaN", tell(confidence=NAN), "confidence"),
    ("remember confidence bool", tell(confidence=True), "confidence"),
    ("remember importance", tell(importance=-1), "importance"),
    ("remember type", tell(type="gossip"), "type"),
    ("remember tags str", tell(tags="home"), "tags"),
    ("remember tags number", tell(tags=[1]), "tags"),
    ("remember blank category", tell(categories=[""]), "categories"),
    ("remember metadata", tell(metadata={"a": {1}}), "metadata"),
    ("remember occurred", tell(occurred_at="yesterday"), "occurred_at"),
    ("remember valid range", tell(valid_from=datetime(2024, 2, 1), valid_to=datetime(2024, 1, 1)), "valid_to"),
    ("remember subject blank", tell(subject=""), "subject"),
    ("remember strategy", tell(strategy="best"), "strategy"),
    ("update nothing", lambda e: e.update("kept", user_id=U), "field"),
    ("update unknown field", lambda e: e.update("kept", user_id=U, colour="red"), "colour"),
    ("update status", lambda e: e.update("kept", user_id=U, status="active"), "status"),
    ("update blank", lambda e: e.update("kept", user_id=U, content=" "), "content"),
    ("revert 0", lambda e: e.revert("kept", user_id=U, revision=0), "revisions 1 to 1"),
    ("revert 2", lambda e: e.revert("kept", user_id=U, revision=2), "revisions 1 to 1"),
    ("revert str", lambda e: e.revert("kept", user_id=U, revision="1"), "revisions 1 to 1"),
    ("diff 9", lambda e: e.diff("kept", user_id=U, new=9), "revisions 1 to 1"),
    ("query blank", ask("  "), "query"),
    ("query None", ask(None), "query"),
    ("k 0", ask(k=0), "k must be"),
    ("k negative", ask(k=-1), "k must be"),
    ("k too large", ask(k=10_001), "10000"),
    ("k bool", ask(k=True), "k must be"),
    ("k float", ask(k=1.5), "k must be"),
    ("k str", ask(k="3"), "k must be"),
    ("mode", ask(mode="fuzzy"), "mode"),
    ("layers unknown", ask(layers=("dream",)), "layers"),
    ("layers empty", ask(layers=()), "layers"),
    ("layers str", ask(layers="memory"), "layers"),
    ("types and messages", ask(types=["goal"], layers=("message",)), "types"),
    ("tags and messages", ask(tags=["a"], layers=("message",)), "tags"),
    ("confidence and messages", ask(min_confidence=0.5, layers=("message",)), "min_confidence"),
    ("types str", ask(types="goal"), "types"),
    ("types unknown", ask(types=["gossip"]), "type"),
    ("min_confidence", ask(min_confidence=2), "min_confidence"),
    ("since str", ask(since="monday"), "since"),
    ("since after until", ask(since=datetime(2024, 2, 1), until=datetime(2024, 1, 1)), "until"),
    ("as_of str", ask(as_of="2024"), "as_of"),
    ("metadata filter", ask(metadata={"a": NAN}), "metadata"),
    ("timeout 0", ask(timeout=0), "timeout"),
    ("timeout negative", ask(timeout=-1), "timeout"),
    ("cursor", lambda e: e.memories(user_id=U, cursor="abc"), "cursor"),
    ("limit", lambda e: e.memories(user_id=U, limit=0), "limit"),
    ("sort", lambda e: e.memories(user_id=U, sort="colour"), "sort"),
    ("status", lambda e: e.memories(user_id=U, status="lost"), "status"),
    ("changes cursor", lambda e: e.changes(user_id=U, after="x"), "cursor"),
    ("message status", lambda e: e.set_message_status(None, status="gone", user_id=U), "status"),
    ("delete str", lambda e: e.delete_messages("abc", user_id=U), "ids"),
    ("forget nothing", lambda e: e.forget(user_id=U), "exactly one"),
    ("forget two", lambda e: e.forget(user_id=U, id="a", all=True), "exactly one"),
    ("budget", lambda e: e.context("x", user_id=U, token_budget=0), "token_budget"),
    ("embed str", lambda e: e.embed("text"), "texts"),
    ("embed number", lambda e: e.embed([1]), "text"),
    ("replace duplicates", lambda e: e.replace_messages([Message("user", "a", id="1"), Message("user", "b", id="1")], user_id=U), "different ids"),
    ("item namespace str", lambda e: e.items(user_id=U).put("notes", "k", {}), "namespace"),
    ("item namespace empty", lambda e: e.items(user_id=U).put((), "k", {}), "namespace"),
    ("item value list", lambda e: e.items(user_id=U).put(("n",), "k", [1]), "value"),
    ("item value NaN", lambda e: e.items(user_id=U).put(("n",), "k", {"a": NAN}), "value"),
    ("item ttl", lambda e: e.items(user_id=U).put(("n",), "k", {}, ttl=0), "ttl"),
    ("item operator", lambda e: e.items(user_id=U).search(filter={"a": {"$near": 1}}), "operator"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "call", "says"), REFUSED, ids=[row[0] for row in REFUSED])
def test_bad_values_are_refused_and_change_nothing(
    store: MemoryEngine, name: str, call: Callable[[MemoryEngine], object], says: str
) -> None:
    store.observe([Message("user", "kept message")], user_id=U)
    store.remember("kept fact", user_id=U, id="kept")
    before = store.stats(user_id=U)
    with pytest.raises(InvalidInputError) as caught:
        call(store)
    assert says in str(caught.value)
    after = store.stats(user_id=U)
    assert (after.rows, after.items) == (before.rows, before.items)


MISSING = [
    ("update", lambda e, u: e.update("kept", user_id=u, content="x")),
    ("archive", lambda e, u: e.archive("kept", user_id=u)),
    ("revert", lambda e, u: e.revert("kept", user_id=u, revision=1)),
    ("history", lambda e, u: e.history("kept", user_id=u)),
    ("forget", lambda e, u: e.forget(user_id=u, id="kept")),
]


@pytest.mark.parametrize(("name", "call"), MISSING, ids=[row[0] for row in MISSING])
def test_foreign_and_unknown_ids_look_alike(store: MemoryEngine, name: str, call: Any) -> None:
    store.remember("a fact", user_id=U, id="kept")
    messages = []
    for user in ("stranger", "nobody"):
        with pytest.raises(NotFoundError) as caught:
            call(store, user)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


FAULTS = ["raise", "count", "dimension", "nan", "zero"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_embedder_stores_nothing(tmp_path: Path, fault: Any) -> None:
    embedder = FailingEmbedder(HashEmbedder(), mode=fault, failures=1)
    with MemoryEngine(tmp_path, embedder=embedder) as engine:
        with pytest.raises(ProviderError):
            engine.observe([Message("user", "hello")], user_id=U)
        assert engine.messages(user_id=U) == []
        engine.observe([Message("user", "hello")], user_id=U)
        assert len(engine.messages(user_id=U)) == 1


def test_a_callable_that_returns_the_wrong_shape_is_named(tmp_path: Path) -> None:
    def flat(texts: Any) -> Any:
        return np.ones(4, np.float32)

    with (
        pytest.raises(ProviderError, match="flat"),
        MemoryEngine(tmp_path, embedder=flat) as engine,
    ):
        engine.observe([Message("user", "hello")], user_id=U)


def test_a_store_of_another_model_is_refused(tmp_path: Path) -> None:
    with MemoryEngine(tmp_path, embedder=HashEmbedder(32)) as engine:
        engine.observe([Message("user", "hello")], user_id=U)
    with pytest.raises(EmbedderMismatchError, match="embedder it was written with"):
        MemoryEngine(tmp_path, embedder=HashEmbedder(48))
    with MemoryEngine(tmp_path, embedder=HashEmbedder(32)) as engine:
        assert len(engine.messages(user_id=U)) == 1


def test_a_store_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    MemoryEngine(tmp_path, embedder=HashEmbedder()).close()
    identity = tmp_path / "store.json"
    identity.write_text(json.dumps(json.loads(identity.read_text()) | {"schema_version": 99}))
    with pytest.raises(SchemaVersionError, match="upgrade"):
        MemoryEngine(tmp_path, embedder=HashEmbedder())


PATHS = [("", "path"), ("s3://bucket/x", "address"), ("db://x", "address"), (7, "path"), ("a\x00b", "NUL")]  # fmt: skip


@pytest.mark.parametrize(("path", "says"), PATHS, ids=["empty", "s3", "db", "number", "nul"])
def test_paths_that_are_no_folders_are_refused(path: Any, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        MemoryEngine(path, embedder=HashEmbedder())


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInputError, match="is a file"):
        MemoryEngine(tmp_path / "file", embedder=HashEmbedder())


SETTINGS = [({"colour": "red"}, "colour"), ({"embed_batch": 0}, "embed_batch"), ({"recency_weight": 2}, "recency_weight"), ({"lock_timeout": "soon"}, "lock_timeout")]  # fmt: skip


@pytest.mark.parametrize(("settings", "says"), SETTINGS, ids=["unknown", "zero", "large", "word"])
def test_bad_settings_are_named(tmp_path: Path, settings: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        MemoryEngine(tmp_path, embedder=HashEmbedder(), settings=settings)


@pytest.mark.parametrize("embedder", ["gpt", 7, object(), "/no/such/folder"])
def test_what_is_no_embedder_is_refused(tmp_path: Path, embedder: Any) -> None:
    with pytest.raises(InvalidInputError, match="embedder"):
        MemoryEngine(tmp_path, embedder=embedder)


def test_a_closed_engine_says_so(tmp_path: Path) -> None:
    engine = MemoryEngine(tmp_path, embedder=HashEmbedder())
    engine.close()
    engine.close()
    for call in (lambda: engine.recall("x", user_id=U), engine.health, engine.flush):
        with pytest.raises(ClosedError, match="closed"):
            call()


FORK = """
import os, sys
from harmonia_plugins import ClosedError, MemoryEngine, Message
from harmonia_plugins.testing import HashEmbedder
engine = MemoryEngine(sys.argv[1], embedder=HashEmbedder())
engine.observe([Message("user", "hello")], user_id="u")
child = os.fork()
if child == 0:
    try:
        engine.recall("hello", user_id="u")
    except ClosedError as error:
        os._exit(0 if "fork" in str(error) else 2)
    os._exit(3)
_, status = os.waitpid(child, 0)
engine.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""


def test_a_forked_copy_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORK, str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
