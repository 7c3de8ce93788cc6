"""What a comparison shows of a layer and what a diagnosis shows of it are the same numbers."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from actscope.catalogue import get
from actscope.lab.measuring import layer_states
from actscope.lab.models import losses, mlp
from actscope.lab.models.alone import Alone
from actscope.lab.models.chain import Chain
from actscope.lab.models.plain import ARCHITECTURES, Shape
from actscope.lab.records import SATURATION_SLOPE
from actscope.probe.bound import EPS
from actscope.probe.rows import statistics
from actscope.probe.watching import watch

STEPS, SAMPLES, WIDTH = 4, 200, 16
QUANTITIES = ("silent", "saturated", "mean", "spread", "gradient", "update")


def network(activation: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    inputs = 3 * torch.randn(SAMPLES, 5, generator=random)
    model = mlp(activation, inputs=5, outputs=3, depth=3, width=WIDTH, seed=4)
    return model, inputs, torch.randint(0, 3, (SAMPLES,), generator=random)


def images(activation: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(5)
    shape = Shape(sample=(1, 8, 8), outputs=3)
    model = ARCHITECTURES["conv"](get(activation), shape, 2, 7, "auto", 4)
    return model, torch.randn(8, 1, 8, 8, generator=random), torch.randint(0, 3, (8,), generator=random)


def both_ways(model, inputs, labels, stack, looked_at=None):
    """Train for some steps; return by quantity what the probe and the lab say of each (step, layer)."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    here = inputs[None] if looked_at is None else looked_at[None]
    lab = []
    before = None
    with watch(model, budget=None) as probe:
        for _ in range(STEPS):
            networks = stack([copy.deepcopy(model)])
            lab.append(layer_states(networks, here, labels[None], before=before)[0])
            before = networks.weights.clone()
            optimizer.zero_grad()
            losses(model(inputs)[None], labels[None], "classification").sum().backward()
            optimizer.step()
        # What a step has moved the probe sees when the next one begins.
        last = stack([copy.deepcopy(model)])
        lab.append(layer_states(last, here, labels[None], before=before)[0])
        losses(model(inputs)[None], labels[None], "classification").sum().backward()
        optimizer.step()
    recording = probe.recording()
    weights = {weight.name: weight.bins for weight in recording.parameters}
    seen = {quantity: [] for quantity in QUANTITIES}
    for history in recording.places:
        rows, weight = history.bins[:STEPS], weights[f"{history.place.layer}.weight"]
        seen["silent"].append([history.silent(slice(k, k + 1)) for k in range(STEPS)])
        seen["saturated"].append(statistics.ratio(rows["flat"], rows["count"]))
        seen["mean"].append(rows["out_mean"])
        seen["spread"].append(statistics.spread(rows, "out_"))
        seen["gradient"].append(statistics.root_mean_square(weight[:STEPS], "gradient_"))
        moved, size = (statistics.root_mean_square(weight, prefix) for prefix in ("update_", "weight_"))
        seen["update"].append(moved[1 : STEPS + 1] / size[:STEPS])
    told = {
        quantity: [[getattr(state, quantity) for state in states] for states in lab[quantity == "update" :][:STEPS]]
        for quantity in QUANTITIES
    }
    return {quantity: (np.array(seen[quantity]).T, np.array(told[quantity])) for quantity in QUANTITIES}


def check(found, within: float) -> None:
    """Raise AssertionError unless both ways gave the same numbers."""
    for quantity, (probe, lab) in found.items():
        assert probe.shape == lab.shape, quantity
        assert np.isfinite(lab).all(), quantity
        assert probe == pytest.approx(lab, rel=within, abs=within), f"{quantity} differs"


@pytest.mark.parametrize("activation", ["relu", "tanh", "silu", "hardsigmoid", "sine"])
def test_of_one_network_every_number_is_the_same(activation):
    check(both_ways(*network(activation), Alone), within=1e-12)


def test_of_a_network_for_images_too():
    model, inputs, labels = images("relu")
    check(both_ways(model, inputs, labels, Alone), within=1e-12)


def test_of_networks_side_by_side_as_far_as_products_round_alike():
    check(both_ways(*network("tanh"), Chain), within=1e-5)


def test_the_comparison_bites():
    model, inputs, labels = network("relu")
    with pytest.raises(AssertionError, match="saturated differs"):
        check(both_ways(model, inputs, labels, Alone, looked_at=inputs + 0.5), within=1e-12)


def test_there_is_one_bound_below_which_a_slope_is_small():
    assert SATURATION_SLOPE is EPS
