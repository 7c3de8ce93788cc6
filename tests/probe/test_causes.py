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


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.layers, self.last = nn.Linear(6, 16), [nn.Linear(16, 16), nn.Linear(16, 16)], nn.Linear(16, 3)

    def forward(self, x):
        x = self.first(x)
        for layer in self.layers:
            x = layer(torch.relu(x))
        return self.last(torch.relu(x))


@pytest.mark.parametrize("given", [False, True])
def test_layers_in_a_list_are_none_of_the_models_unless_an_optimiser_has_them(given):
    torch.manual_seed(0)
    model = Listed()
    more = [parameter for layer in model.layers for parameter in layer.parameters()] if given else []
    optimizer = torch.optim.Adam([*model.parameters(), *more])
    with act.watch(model, budget=None) as probe:
        for _ in range(4):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(torch.randn(32, 6)), torch.arange(32) % 3).backward()
            optimizer.step()
    found = [finding for finding in probe.diagnosis().findings if finding.name == "unreached-parameters"]
    assert [(one.where, one.weight) for one in found] == ([] if given else [("layers", "finding")])
    if not given:
        assert found[0].advice[-1] == "    self.layers = torch.nn.ModuleList(self.layers)"
