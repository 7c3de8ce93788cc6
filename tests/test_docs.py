"""What the documents say runs: README's Python, every docstring example, every link between files."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import actscope

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MODULES = [
    name for _, name, _ in pkgutil.walk_packages(actscope.__path__, "actscope.") if not name.endswith("__main__")
]


def blocks(path: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_python_in_documents_runs(path, monkeypatch, tmp_path):
    """The blocks of a document run in order, as one session; `>>>` blocks must print what they say."""
    monkeypatch.chdir(tmp_path)
    session: dict[str, object] = {}
    for block in blocks(path):
        if ">>>" in block:
            example = doctest.DocTestParser().get_doctest(block, session, path.name, path.name, 0)
            runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
            assert runner.run(example, clear_globs=False).failed == 0
            session |= example.globs
        else:
            exec(compile(block, path.name, "exec"), session)


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#:]+)\)|(?:src|srcset)=\"([^\":]+)\"", path.read_text(encoding="utf-8")):
        assert (path.parent / "".join(target)).exists(), "".join(target)


def test_ci_runs_the_command_that_readme_prints():
    commands = re.findall(
        r"^pip install .* && pytest$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert commands == ["pip install -c constraints.txt '.[all,test]' && pytest"]
    assert "grep -E '^pip install .* && pytest$' README.md" in (ROOT / ".ci/run").read_text(encoding="utf-8")
