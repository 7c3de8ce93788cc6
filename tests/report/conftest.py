"""What the tests of the report share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from actscope.lab.records import Comparison
from actscope.report import figures, html, rendering
from report.samples import sample

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def agrees_with_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a golden file; `--renew-golden` writes it, for a human to read in the diff."""

    def check(name: str, got: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--renew-golden", default=False):
            path.write_text(got, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path.name} is missing; write it with `pytest --renew-golden` and read it"
        assert got == path.read_text(encoding="utf-8")

    return check


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Four activations, two seeds, three layers; one run has diverged, one name looks like HTML, one run is missing."""
    return sample(planned=9)


@pytest.fixture(scope="session")
def plane() -> Comparison:
    """A two-dimensional task at two depths."""
    return sample(("tanh", "relu", "step"), depths=(2, 3), plane=True)


@pytest.fixture(scope="session")
def single() -> Comparison:
    """One seed: no intervals, no bands."""
    return sample(("relu", "gelu"), seeds=1)


@pytest.fixture(scope="session")
def specs(comparison: Comparison) -> dict[str, Any]:
    return {name: rendering.spec_of(figure) for name, figure in figures.all_of(comparison).items()}


@pytest.fixture(scope="session")
def page(comparison: Comparison) -> str:
    return html.page(comparison)
