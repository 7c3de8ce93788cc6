"""Weights that are all alike, and such as begin alike in one layer by design."""

import pytest
import torch
from torch import nn

from actscope.probe.graph.symmetry import alike


def constant(value):
    def fill(model):
        for parameter in model.parameters():
            nn.init.constant_(parameter, value)

    return fill


def rows_alike(model):
    for module in model:
        if isinstance(module, nn.Linear):
            with torch.no_grad():
                module.weight.copy_(torch.randn(module.in_features).expand_as(module.weight))


def mlp(outputs=3):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, outputs))


@pytest.mark.parametrize("fill", [constant(0.0), constant(0.05), rows_alike])
def test_all_alike_is_found(fill):
    model = mlp()
    fill(model)
    (finding,) = alike(model)
    assert (finding.name, finding.where, finding.weight) == ("unsuited-initialisation", "0", "finding")


def test_a_single_output_counts_by_its_columns():
    model = mlp(outputs=1)
    constant(0.05)(model)
    assert list(alike(model))
    nn.init.normal_(model[4].weight)
    assert not list(alike(model))


def test_a_weight_of_one_number_is_alike_to_nothing():
    assert not list(alike(nn.Sequential(nn.Linear(1, 1), nn.Sigmoid(), nn.Linear(1, 1))))


@pytest.mark.parametrize("layer", [0, 2, 4])
def test_one_layer_may_begin_at_0(layer):
    model = mlp()
    nn.init.zeros_(model[layer].weight)
    assert not list(alike(model))


def test_one_weight_that_differs_tells_units_apart():
    model = mlp()
    constant(0.05)(model)
    with torch.no_grad():
        model[0].weight[0, 0] = 0.06
    assert not list(alike(model))


@pytest.mark.parametrize(
    "model", [nn.Linear(4, 3), nn.Embedding(8, 4), nn.Sequential(nn.LazyLinear(4), nn.LazyLinear(4)), nn.ReLU()]
)
def test_too_little_to_judge(model):
    for parameter in model.parameters():
        if not nn.parameter.is_lazy(parameter):
            nn.init.zeros_(parameter)
    assert not list(alike(model))
