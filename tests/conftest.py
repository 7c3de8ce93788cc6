"""What all tests share."""

import pytest

from actscope.catalogue import CATALOGUE, Activation


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden files instead of comparing")


POINTWISE = [activation for activation in CATALOGUE if activation.pointwise]


@pytest.fixture(params=POINTWISE, ids=lambda activation: activation.name)
def pointwise(request: pytest.FixtureRequest) -> Activation:
    """Every activation of one number."""
    return request.param
