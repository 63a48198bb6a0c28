"""The public module: its names, and what it loads when."""

from __future__ import annotations

import subprocess
import sys

import pytest

import harmonia_plugins.llama_index as face


def test_the_names_are_sorted_and_there() -> None:
    assert list(face.__all__) == sorted(face.__all__) == dir(face)
    for name in face.__all__:
        assert getattr(face, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        face.Nothing  # noqa: B018


IMPORT_ALONE = """
import sys
import harmonia_plugins.llama_index
assert not {"llama_index", "lancedb", "onnxruntime"} & set(sys.modules)
"""
WITHOUT_THE_EXTRA = """
import sys
sys.modules["llama_index"] = None
from harmonia_plugins.errors import MissingExtraError
try:
    from harmonia_plugins.llama_index import HarmoniaMemory
except MissingExtraError as error:
    assert "pip install 'harmonia-plugins[llama-index]'" in str(error), error
else:
    raise SystemExit("no error")
"""


@pytest.mark.parametrize("program", [IMPORT_ALONE, WITHOUT_THE_EXTRA])
def test_the_framework_is_loaded_when_a_name_is_used(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
