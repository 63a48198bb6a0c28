"""The public names: what they load, and what is said where something to load is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import harmonia_plugins.langchain as face

TOLD = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
import harmonia_plugins.langchain as face
from harmonia_plugins import MissingExtraError
try:
    face.{name}
except MissingExtraError as error:
    print(error.extra, "|", error)
else:
    print("loaded")
"""


def run(code: str, *first: Path) -> str:
    paths = [*map(str, first), *sys.path]
    told = f"import sys; sys.path[:] = {paths!r}\n{code}"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", told], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("package", "name", "extra"),
    [
        ("langchain_core", "HarmoniaRetriever", "langchain"),
        ("langgraph", "HarmoniaStore", "langchain"),
        ("langchain_core", "HarmoniaMiddleware", "agents"),
        ("langgraph", "HarmoniaMiddleware", "agents"),
        ("langchain", "HarmoniaMiddleware", "agents"),
        ("langchain", "create_memory_tools", None),
    ],
)
def test_a_missing_package_names_the_one_extra_that_is_enough(
    package: str, name: str, extra: str | None
):
    told = run(TOLD.format(package=package, name=name))
    if extra is None:
        assert told == "loaded"
    else:
        assert told.startswith(f"{extra} | harmonia_plugins.langchain.{name} needs ")
        assert told.endswith(f"pip install 'harmonia-plugins[{extra}]'")


def test_a_version_that_lacks_what_is_needed_is_named(tmp_path: Path):
    package = tmp_path / "langchain_core"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "retrievers.py").touch()
    (package / "callbacks.py").write_text("class CallbackManagerForRetrieverRun: ...")
    about = tmp_path / "langchain_core-0.0.1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: langchain-core\nVersion: 0.0.1\n")
    (about / "top_level.txt").write_text("langchain_core\n")
    told = run(TOLD.format(package="nothing", name="HarmoniaRetriever"), tmp_path)
    assert "HarmoniaRetriever, which cannot use langchain-core 0.0.1 as installed" in told
    assert "AsyncCallbackManagerForRetrieverRun" in told
    assert told.endswith("pip install 'harmonia-plugins[langchain]'")


def test_the_names_are_those_that_are_listed():
    assert sorted(face.__all__) == face.__all__ == dir(face)
    assert {getattr(face, name).__name__ for name in face.__all__} == set(face.__all__)
    with pytest.raises(AttributeError, match="no attribute 'HarmoniaStores'"):
        _ = face.HarmoniaStores


@pytest.mark.parametrize("package", ["langchain", "langgraph", "langchain_core"])
def test_nothing_is_loaded_before_a_name_is_used(package: str):
    loaded = run(f"import sys, harmonia_plugins.langchain; print({package!r} in sys.modules)")
    assert loaded == "False"
