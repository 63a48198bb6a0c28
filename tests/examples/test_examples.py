"""Every example runs by itself, needs no network, leaves nothing behind and prints something."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

NO_NETWORK = """
import socket

def connect(self, address):
    raise OSError(f"an example asks for the network: {address}")

socket.socket.connect = connect
"""
# LlamaIndex' agents look at every attribute of themselves, deprecated ones of pydantic too.
WARNINGS = "error,ignore::DeprecationWarning:lancedb,ignore::DeprecationWarning:inspect"
PRINTED = {
    "langchain_agent": ("works as an engineer at AWS", "now works at Google", "You have not told"),
    "langchain_callbacks": ("superseded User lives in Lyon", "Where does Jo live? User moved to"),
    "langchain_history": ("Learned from it:", "0 messages in the log", "allergic to nuts"),
    "langgraph_store": ("The spare key is under", "Order XK-77", "another user sees: []"),
}


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(script: Path, tmp_path: Path) -> None:
    offline, here = tmp_path / "offline", tmp_path / "here"
    offline.mkdir()
    here.mkdir()
    (offline / "sitecustomize.py").write_text(NO_NETWORK, "utf-8")
    paths = [str(offline), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=here, capture_output=True, text=True, encoding="utf-8", timeout=200,
        env={
            **os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": WARNINGS,
            "PYTHONIOENCODING": "utf-8",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.strip()
    for wanted in PRINTED.get(script.stem, ()):
        assert wanted in done.stdout
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("script", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_in_the_readme(script: Path) -> None:
    assert len(script.read_text("utf-8").splitlines()) < 60
    assert f"examples/{script.name}" in (ROOT / "README.md").read_text("utf-8")
