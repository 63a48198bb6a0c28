"""What users see: names, signatures, documentation, errors, values, and silence."""

from __future__ import annotations

import importlib.util
import inspect
import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import harmonia_plugins
from harmonia_plugins import HarmoniaError, ItemStore, MemoryEngine, Message, errors
from harmonia_plugins.testing import HashEmbedder

U = "nora"
WITHOUT_USER = {
    "embed", "health", "stats", "users", "purge", "flush", "close", "learn_pending", "resolve_time",
    "subscribe",
}  # fmt: skip


def public(cls: type) -> dict[str, Callable[..., Any]]:
    return {
        name: member
        for name, member in inspect.getmembers(cls, callable)
        if not name.startswith("_")
    }


VERBS = public(MemoryEngine)


# -- names -------------------------------------------------------------------------------------


def test_all_names_are_sorted_different_and_importable():
    names = harmonia_plugins.__all__
    assert names == sorted(set(names))
    assert dir(harmonia_plugins) == names
    for name in names:
        assert getattr(harmonia_plugins, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = harmonia_plugins.no_such_name


def test_names_for_type_checkers_are_those_that_import():
    source = Path(harmonia_plugins.__file__).read_text(encoding="utf-8")
    block = source.split("if TYPE_CHECKING:")[1].split("_HOMES = {")[0]
    typed = set(re.findall(r"\b[A-Z]\w+|__version__", block))
    assert typed == set(harmonia_plugins.__all__)


def test_the_package_is_marked_as_typed():
    assert (Path(harmonia_plugins.__file__).parent / "py.typed").is_file()


# -- signatures --------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_everything_after_the_first_argument_is_keyword_only(verb: str):
    own = list(inspect.signature(VERBS[verb]).parameters.values())[1:]
    positional = [p.name for p in own if p.kind in (p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)]
    assert len(positional) <= 1, positional


@pytest.mark.parametrize("verb", sorted(set(VERBS) - WITHOUT_USER))
def test_a_user_is_named_in_every_call_that_touches_records(verb: str):
    parameter = inspect.signature(VERBS[verb]).parameters["user_id"]
    assert parameter.kind is parameter.KEYWORD_ONLY
    assert parameter.default is parameter.empty


def test_verbs_for_the_whole_store_ask_for_no_user():
    for verb in WITHOUT_USER:
        parameter = inspect.signature(VERBS[verb]).parameters.get("user_id")
        assert parameter is None or parameter.default is None


@pytest.mark.parametrize("user", [None, 7, b"nora", "", " \n", "x" * 513, "\ud800"])
def test_a_user_is_a_text_that_is_not_blank(engine: MemoryEngine, user: Any):
    for call in (
        lambda: engine.recall("x", user_id=user),
        lambda: engine.remember("x", user_id=user),
        lambda: engine.items(user_id=user),
        lambda: engine.forget(user_id=user, all=True),
    ):
        with pytest.raises(harmonia_plugins.InvalidInputError, match="user_id"):
            call()
    assert list(engine.users()) == []


# -- documentation -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in harmonia_plugins.__all__ if n != "__version__"])
def test_every_public_class_and_its_methods_are_documented(name: str):
    cls = getattr(harmonia_plugins, name)
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{name}("), "the text that dataclasses make up"
    for method_name, method in vars(cls).items():
        if inspect.isfunction(method) and not method_name.startswith("_"):
            assert method.__doc__ or method_name in ("index", "count"), method_name


@pytest.mark.parametrize("cls", [MemoryEngine, ItemStore])
def test_every_documented_argument_exists(cls: type):
    for name, verb in public(cls).items():
        assert verb.__doc__, name
        parameters = set(inspect.signature(verb).parameters)
        section = verb.__doc__.split("Args:")[1:]
        text = section[0].split("\n\n")[0] if section else ""
        documented = re.findall(r"^ {12}(\w+):", text, re.MULTILINE)
        assert set(documented) <= parameters, name
        assert not documented or set(documented) >= parameters - {"self", "user_id"}, name


# -- errors ------------------------------------------------------------------------------------


def _drawn_tree() -> dict[str, tuple[str, str | None]]:
    """Read the tree in the module's text: class to its parent and built-in second base."""
    tree: dict[str, tuple[str, str | None]] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").split("```")[1].strip().split("\n"):
        found = re.match(r"^([│├└─ ]*)(\w+)(?: \((\w+)\))?", line)
        assert found, line
        depth = len(found[1]) // 4
        path[depth:] = [found[2]]
        tree[found[2]] = (path[depth - 1] if depth else "Exception", found[3])
    return tree


def test_the_drawn_tree_of_errors_is_the_classes():
    defined = {
        name: cls
        for name, cls in vars(errors).items()
        if inspect.isclass(cls) and issubclass(cls, HarmoniaError)
    }
    actual = {
        name: (cls.__bases__[0].__name__, cls.__bases__[1].__name__ if cls.__bases__[1:] else None)
        for name, cls in defined.items()
    }
    assert actual == _drawn_tree()
    assert set(defined) <= set(harmonia_plugins.__all__)


# -- importing and silence ---------------------------------------------------------------------


def _run(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    where = str(Path(harmonia_plugins.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=True,
        env=os.environ | {"PYTHONPATH": where},
    )  # fmt: skip


def test_importing_the_package_loads_nothing_heavy(tmp_path: Path):
    heavy = ["numpy", "lancedb", "pyarrow", "onnxruntime", "tantivy", "pydantic",
             "langchain_core", "llama_index"]  # fmt: skip
    done = _run(
        "import sys\nfrom harmonia_plugins import MemoryEngine, Message\n"
        f"print([name for name in {heavy!r} if name in sys.modules])",
        tmp_path,
    )
    assert done.stdout == "[]\n"
    for name in heavy[:6]:
        assert importlib.util.find_spec(name) is not None


def test_a_program_that_sets_up_no_logging_sees_no_output(tmp_path: Path):
    done = _run(
        "from harmonia_plugins import MemoryEngine, Message\n"
        "from harmonia_plugins.testing import HashEmbedder\n"
        "with MemoryEngine('store', embedder=HashEmbedder()) as engine:\n"
        "    engine.observe(Message('user', 'plum jam'), user_id='nora')\n"
        "    assert engine.recall('plum', user_id='nora')\n"
        "    engine.forget(user_id='nora', all=True)\n"
        "    engine.flush()\n"
        "    engine.purge()\n",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == ("", "")


def test_logs_at_info_hold_no_text_and_no_user(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    user, word = "norazyxqwv", "plumzyxqwv"
    options: dict[str, Any] = {
        "embedder": HashEmbedder(),
        "learning": "manual",
        "settings": {"lexical_threshold": 1, "fragments": 2},
    }
    for _ in range(2):
        with MemoryEngine(tmp_path, **options) as engine:
            for number in range(6):
                message = Message("user", f"{word} {number}", id=f"{word}{number}")
                engine.observe(message, user_id=user, session_id=word)
            engine.remember(f"Nora likes {word}", user_id=user, id=word)
            engine.items(user_id=user).put((word,), word, {"text": word})
            assert engine.recall(word, user_id=user)
            engine.flush()
            engine.forget(user_id=user, id=word)
            engine.forget(user_id=user, session_id=word)
            engine.forget(user_id=user, all=True)
            engine.flush()
            engine.purge()
    logging.getLogger("harmonia_plugins").info("a record that shows that records are caught")
    assert "records are caught" in caplog.text
    assert "zyxqwv" not in caplog.text
