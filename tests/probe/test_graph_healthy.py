"""Models that are built as they should be draw no finding from the graph of their loss."""

import pytest
import torch

from actscope.probe.graph import examined
from probe.healthy_graphs import HEALTHY


@pytest.mark.parametrize("name", HEALTHY)
def test_healthy_models_are_left_alone(name: str) -> None:
    torch.manual_seed(0)
    loss, model = HEALTHY[name]()
    findings, notes = examined(loss, model)
    assert [one for one in findings if one.weight == "finding"] == []
    assert notes == ()


def test_there_are_many() -> None:
    assert len(HEALTHY) >= 70
