"""What all tests share."""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from actscope.catalogue import CATALOGUE, Activation


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files instead of comparing")


STORES = Path(tempfile.mkdtemp(prefix="actscope-stores-"))
# No test ever comes near the results of whoever runs it, not even one that starts other programs.
os.environ["ACTSCOPE_STORE"] = str(STORES / "shared.sqlite")
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of this test, where none is named; it is made when something is recorded."""
    path = STORES / f"{next(_numbers)}.sqlite"
    monkeypatch.setenv("ACTSCOPE_STORE", str(path))
    return path


def pytest_unconfigure() -> None:
    shutil.rmtree(STORES, ignore_errors=True)


POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]


@pytest.fixture(params=POINTWISE, ids=lambda activation: activation.name)
def pointwise(request: pytest.FixtureRequest) -> Activation:
    """Every activation of one number."""
    return request.param
