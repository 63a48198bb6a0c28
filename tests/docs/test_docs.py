"""What the documents say works: their code runs, their links lead somewhere, nothing is missing."""

import inspect
import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from harmonia_plugins import AsyncMemoryEngine, MemoryEngine, Settings, errors, langchain

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
NO_RUN = "python no-run"


def name_of(path):
    return path.name


def blocks(page):
    """Yield the line, the info string and the code of each fenced block."""
    text = page.read_text("utf-8")
    for match in FENCE.finditer(text):
        yield text.count("\n", 0, match.start()) + 2, match["info"].strip(), match["code"]


def anchors(page):
    text = FENCE.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def table_of(page, heading):
    """Return the first cells of the table under a heading, as plain words."""
    section = page.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def without_scores(text):
    """Leave out what the processor's arithmetic decides in its last digits."""
    return re.sub(r"\(0\.\d\d\)", "(cosine)", text)


# Workflows of LlamaIndex look at every attribute of an agent, deprecated ones among them.
@pytest.mark.filterwarnings("ignore::pydantic.warnings.PydanticDeprecationWarning")
@pytest.mark.filterwarnings("ignore:is_running called from within a step:DeprecationWarning")
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_code_of_a_page_runs_in_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "page"}
    printed = io.StringIO()
    for line, info, code in blocks(page):
        if info == "python":
            printed = io.StringIO()
            # Blank lines first, so that errors name the page's own line.
            with redirect_stdout(printed):
                exec(compile("\n" * (line - 1) + code, str(page), "exec"), namespace)
        elif info == "text":  # what the block before it prints
            assert without_scores(printed.getvalue()) == without_scores(code), f"{page}:{line}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_that_is_not_run_says_why(page):
    for line, info, _ in blocks(page):
        if info.startswith("python") and info != "python":
            assert info.startswith(NO_RUN), f"{page}:{line}"
            assert "Ollama" in info, f"{page}:{line} could run, or needs a reason"


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"], ids=name_of
)
def test_links_within_the_project_lead_somewhere(page):
    for target in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(goal), f"{page.name}: {target}"


def test_the_readme_names_both_commands_on_its_first_screen():
    first = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:25])
    for wanted in ("make demo", "make test", "engine.observe", "engine.recall"):
        assert wanted in first


@pytest.mark.parametrize("engine", [MemoryEngine, AsyncMemoryEngine])
def test_every_verb_is_explained(engine):
    page = (ROOT / "docs/engine.md").read_text("utf-8")
    verbs = [name for name, value in inspect.getmembers(engine, callable) if name[0] != "_"]
    missing = [v for v in verbs if not re.search(rf"\b{v}\b", page)]
    assert not missing


def test_every_setting_is_in_the_table_with_its_default():
    page = ROOT / "docs/engine.md"
    assert table_of(page, "Settings") == list(Settings.model_fields)
    text = page.read_text("utf-8")
    for name, field in Settings.model_fields.items():
        assert f"| `{name}` | `{field.default}` |" in text


def test_every_error_is_in_the_table():
    classes = {n for n, c in vars(errors).items() if isinstance(c, type) and n[0] != "_"}
    assert set(table_of(ROOT / "docs/engine.md", "Errors")) == classes - {"HarmoniaError"}


def names_of_tests(folder):
    """Return the names of a folder's tests, each with the name of its file."""
    return {
        name: path.stem
        for path in sorted((ROOT / "tests" / folder).rglob("test_*.py"))
        for name in re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }


def test_every_trap_of_langchain_is_in_the_table_with_a_test_that_exists():
    rows = (ROOT / "docs/langchain.md").read_text("utf-8").split("\n## Traps\n")[1]
    named = re.findall(r"\| `(test_\w+)` \|", rows.split("\n## ")[0])
    adapters = names_of_tests("adapters/langchain")
    assert len(named) == len(set(named))
    assert set(named) <= {*adapters, *names_of_tests("providers")}
    traps = {
        name for name, file in adapters.items()
        if "trap" in name or "naive" in name or file.endswith("_traps")
    }  # fmt: skip
    assert traps <= set(named)


def test_every_name_of_the_langchain_adapters_is_in_the_reference_with_its_arguments():
    page = (ROOT / "docs/langchain.md").read_text("utf-8").split("\n## API reference\n")[1]
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for name in langchain.__all__:
        (row,) = [row for row in rows if f"`{name}`" in row.split(" | ")[0]]
        value = getattr(langchain, name)
        if name == "HarmoniaRetriever":  # its arguments are its fields
            arguments = set(vars(value)["__annotations__"]) - {"model_config"}
        else:
            arguments = set(inspect.signature(value).parameters)
        told = set(re.findall(r"\w+", row.split(" | ")[1].split(";")[0]))
        assert arguments - {"engine", "store", "history"} == told, name
