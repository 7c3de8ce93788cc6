"""Causes that training shows, planted in several architectures, beside constructions that are meant so."""

import pytest
import torch
from torch import nn

import actscope as act
from actscope.probe.findings import findings_of
from actscope.probe.rows.statistics import ABOVE, BELOW
from probe.recordings import Layer, recording


def sure(seen):
    return {finding.name for finding in findings_of(seen) if finding.weight == "finding"}


@pytest.mark.parametrize(
    ("function", "mean", "signs", "line"),
    [
        ("softplus", 6.0, ABOVE, True),
        ("gelu", 4.0, ABOVE, True),
        ("softplus", -4.4, BELOW, False),
        ("gelu", -1.0, BELOW, False),
        ("softplus", 0.9, ABOVE, False),
    ],
)
def test_on_one_side_counts_where_the_function_is_a_line(function, mean, signs, line):
    made = recording(Layer(), Layer(function=function, mean=mean, spread=0.7, signs=signs), Layer())
    assert ("one-sided-units" in sure(made)) == line


@pytest.mark.parametrize("convolution", [False, True])
@pytest.mark.parametrize(("bias", "line"), [(9.0, True), (-4.5, False)])
def test_a_smooth_function_is_a_line_far_above_0_alone(convolution, bias, line):
    torch.manual_seed(0)
    layers = [nn.Conv1d(1, 16, 3), nn.Softplus(), nn.Flatten()] if convolution else [nn.Linear(6, 16), nn.Softplus()]
    model = nn.Sequential(*layers, nn.LazyLinear(1))
    nn.init.constant_(layers[0].bias, bias)
    x = torch.randn(20, 32, *((1, 6) if convolution else (6,)))
    diagnosis = act.diagnose(model, nn.MSELoss(), [(one, one.flatten(1)[:, :1]) for one in x], steps=40)
    assert ("one-sided-units" in {one.name for one in diagnosis.findings}) == line
