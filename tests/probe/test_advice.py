"""What a finding advises to type does what it says."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import actscope as act
from actscope.probe.findings.advice import replacement
from probe.recordings import Layer, recording


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("3", "act.nn.replace(model, 'tanh', 'gelu')"),
        ("tanh", "y = torch.nn.functional.gelu(x)   # in forward of the model, instead of tanh"),
        ("encoder.0/tanh#2", "y = torch.nn.functional.gelu(x)   # in forward of `encoder.0`, instead of tanh"),
    ],
)
def test_a_function_that_forward_calls_is_replaced_there(name, line):
    place = replace(recording(Layer(function="tanh")).places[0].place, name=name)
    assert replacement(place)[-1] == f"    {line}"


class Calling(nn.Module):
    """Fifteen layers with tanh, which forward calls; the gradient vanishes on its way back."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(10, 10) for _ in range(15))

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x


def test_a_model_that_calls_tanh_is_not_told_to_replace_modules():
    torch.manual_seed(0)
    batch = torch.randn(64, 10), torch.randn(64, 10).tanh()
    found = act.diagnose(Calling(), nn.MSELoss(), [batch], steps=20).findings[0]
    assert found.name == "vanishing-gradient"
    assert "    y = torch.nn.functional.gelu(x)   # in forward of the model, instead of tanh" in found.advice
