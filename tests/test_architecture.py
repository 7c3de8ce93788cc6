"""Imports run one way, and each heavy library has its home."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import actscope

PACKAGE = Path(actscope.__file__).parent
ARROW = ("formula", "catalogue", "kernels", "jax", "nn", "probe", "bench", "testing", "lab", "report", "cli")
# Files beside the layers: errors serves all of them; those above, and the package itself, may use all of them.
BELOW = {"errors"}
ABOVE = {"__init__", "__main__", "diagnosing", "face", "shown"}

HOMES = {
    "llvmlite": {"kernels"},
    "torch": {"nn", "probe", "bench", "testing", "lab"},
    "jax": {"jax", "bench", "testing"},
    "ml_dtypes": {"bench"},
    "mpmath": {"bench"},
    "sklearn": {"lab"},
    "scipy": {"bench", "lab"},
    "pyarrow": {"lab", "report"},
    "PIL": {"lab"},
    "platformdirs": {"lab"},
    "altair": {
        "report/figures",
        "report/claims/figures",
        "report/curves/figure.py",
        "report/flow/figure.py",
        "report/probe/figures",
        "report/rendering.py",
    },
    "vl_convert": {"report"},
    "jinja2": {"report"},
    "latex2mathml": {"report"},
    "tensorboard": {"report"},
    "typer": {"cli"},
    "rich": {"report", "cli"},
    "numpy": {"formula", "catalogue", "kernels", "jax", "probe", "bench", "testing", "lab", "report"},
}


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imports(path: Path, source: str | None = None) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name from the top) of every import in a file, those inside functions included."""
    here = ["actscope", *path.relative_to(PACKAGE).with_suffix("").parts]
    tree = ast.parse(path.read_text(encoding="utf-8") if source is None else source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level] if node.level else []
            dotted = [*base, *(node.module.split(".") if node.module else [])]
            if dotted == ["actscope"]:
                yield from ((node.lineno, f"actscope.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, ".".join(dotted)


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def complaints(path: Path, source: str | None = None) -> list[str]:
    layer, told = layer_of(path), []
    name = path.relative_to(PACKAGE).as_posix()
    for line, dotted in imports(path, source):
        top, *rest = dotted.split(".")
        if top == "actscope":
            wanted = rest[0] if rest else "__init__"
            if layer in ABOVE or wanted in BELOW or wanted == "__version__":
                continue
            if wanted not in ARROW:
                told.append(f"{name}:{line} imports actscope.{wanted}, which joins all layers; return a record instead")
            elif ARROW.index(wanted) > ARROW.index(layer):
                told.append(
                    f"{name}:{line} imports {wanted}, which is to the right of {layer}; move the line to {wanted}"
                )
        elif (
            top in HOMES
            and layer not in ABOVE
            and not any(name == home or name.startswith(f"{home}/") for home in HOMES[top])
        ):
            told.append(
                f"{name}:{line} imports {top}, which belongs in {', '.join(sorted(HOMES[top]))}; move the line there"
            )
    return told


@pytest.mark.parametrize("path", files(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path):
    assert layer_of(path) in {*ARROW, *BELOW, *ABOVE}, f"{path.name}: a new layer must be put into the arrow"
    assert complaints(path) == []


@pytest.mark.parametrize(
    ("file", "source", "text"),
    [
        ("formula/expr.py", "from ..catalogue import get", "to the right of formula; move the line to catalogue"),
        ("catalogue/index.py", "import torch", "belongs in bench, lab, nn, probe, testing"),
        ("lab/tasks/task.py", "def f():\n    from ...report import text", "to the right of lab"),
        ("report/html.py", "from torch import nn", "belongs in bench, lab, nn, probe, testing"),
        ("report/html.py", "import altair as alt", "belongs in report/claims/figures"),
        ("nn/init.py", "import actscope.face", "return a record instead"),
    ],
)
def test_a_wrong_line_is_seen(file, source, text):
    (told,) = complaints(PACKAGE / file, source)
    assert text in told
