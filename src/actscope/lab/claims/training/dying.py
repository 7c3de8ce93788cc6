"""Units that a large step silences: how many, and what becomes of them under small steps afterwards."""

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...measuring import ever_on
from ...tasks import load
from ...training import quiet_torch
from .stacks import Stack, forward, stack, take_steps

RATES = (2.0, 4.0, 8.0, 16.0, 32.0)
SEEDS = 8
POINTS = 125
UNITS, PUSHED = 32, 4
LARGE, SMALL = 20, 500
BEFORE = 100
SMALL_RATE = 0.1
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Silenced:
    """One hidden layer after the large steps and after the small ones, (rates, seeds, units) each."""

    off: Flags
    """Whether the unit's input was at or below 0 on every sample after the large steps."""
    top: NDArray[np.float64]
    """The unit's largest input over the samples, then."""
    still: Flags
    """Whether all weights into the unit, and its bias, kept every bit through the small steps."""
    back: Flags
    """Whether the unit's input was above 0 on some sample in the end."""

    def share_off(self, rate: int) -> list[float]:
        """Share of units that are off after large steps at the rate of that place, of each seed."""
        found: list[float] = self.off[rate].mean(axis=-1).tolist()
        return found

    def share_of_off(self, what: Flags, rates: slice = slice(None)) -> float:
        """Share of the units that are off, over the rates and all seeds, of which `what` is so; nan if none is off."""
        off = self.off[rates]
        return float(what[rates][off].mean()) if off.any() else float("nan")


@lru_cache(maxsize=16)
def silenced(
    activation: str,
    hidden: tuple[int, ...] = (UNITS,),
    rates: tuple[float, ...] = RATES,
    momentum: float = 0.0,
    **parameters: float,
) -> tuple[Silenced, ...]:
    """Return what becomes of the units of each hidden layer that large steps silence, from the input on.

    Networks for the two half rings take 20 steps of gradient descent at each of the rates, all samples at once, and
    500 more at 0.1.

    >>> (layer,) = silenced("relu", rates=(16.0,))
    >>> bool(layer.off.any()), bool(layer.back[layer.off].any())
    (True, False)
    """
    with quiet_torch():
        networks, optimizer, inputs, labels = after_large_steps(activation, hidden, rates, momentum, **parameters)
        return _followed(networks, optimizer, inputs, labels, groups=len(rates))


@lru_cache(maxsize=16)
def pushed(activation: str, depths: tuple[float, ...]) -> Silenced:
    """Return what becomes of single units that are pushed below 0 by their bias, (depths, seeds, units pushed).

    Networks for the two half rings, trained for 100 steps at 0.1, have the biases of four of their units lowered until
    each unit is so far below 0 on the sample where it is highest, and train for 500 more.

    >>> bool(pushed("elu", (20.0,)).still.all())
    True
    """
    with quiet_torch():
        inputs, labels = _half_rings(len(depths))
        networks = stack(activation, (2, UNITS, 1), list(range(SEEDS)) * len(depths))
        optimizer = torch.optim.SGD(networks.parameters, lr=SMALL_RATE, fused=True)
        take_steps(networks, optimizer, inputs, labels, BEFORE)
        with torch.no_grad():
            (top,) = (layer.amax(dim=1) for layer in received(networks, inputs))
            wanted = -torch.tensor(depths).repeat_interleave(SEEDS)[:, None]
            networks.biases[0][:, 0, :PUSHED] += wanted - top[:, :PUSHED]
        (followed,) = _followed(networks, optimizer, inputs, labels, groups=len(depths))
        return Silenced(*(getattr(followed, field.name)[..., :PUSHED] for field in fields(followed)))


def after_large_steps(
    activation: str,
    hidden: tuple[int, ...] = (UNITS,),
    rates: tuple[float, ...] = RATES,
    momentum: float = 0.0,
    **parameters: float,
) -> tuple[Stack, torch.optim.Optimizer, Tensor, Tensor]:
    """Return the networks after the large steps, seeds within rates, with their optimizer, inputs and labels."""
    inputs, labels = _half_rings(len(rates))
    networks = stack(activation, (2, *hidden, 1), list(range(SEEDS)) * len(rates), **parameters)
    optimizer = torch.optim.SGD(networks.parameters, lr=1.0, momentum=momentum, fused=True)
    take_steps(networks, optimizer, inputs, labels, LARGE, torch.tensor(rates).repeat_interleave(SEEDS))
    return networks, optimizer, inputs, labels


def received(networks: Stack, inputs: Tensor) -> list[Tensor]:
    """Return what each hidden layer's units receive, (networks, samples, units) a layer.

    >>> [tuple(layer.shape) for layer in received(stack("relu", (2, 8, 1), range(5)), torch.zeros(3, 2))]
    [(5, 3, 8)]
    """
    with torch.no_grad():
        return forward(networks, inputs)[1]


def _half_rings(groups: int) -> tuple[Tensor, Tensor]:
    data = [load("moons", POINTS, seed=seed) for seed in range(SEEDS)]
    inputs = torch.from_numpy(np.stack([one.train_inputs for one in data]))
    labels = torch.from_numpy(np.stack([one.train_targets for one in data]))
    return inputs.repeat(groups, 1, 1), labels.repeat(groups, 1)


def _followed(
    networks: Stack, optimizer: torch.optim.Optimizer, inputs: Tensor, labels: Tensor, groups: int
) -> tuple[Silenced, ...]:
    """Take the small steps, and return what they do to each hidden layer."""
    before = received(networks, inputs)
    kept = [(weight.detach().clone(), bias.detach().clone()) for weight, bias in networks.hidden]
    take_steps(networks, optimizer, inputs, labels, SMALL, SMALL_RATE / optimizer.param_groups[0]["lr"])
    found = []
    for given, after, now, then in zip(before, received(networks, inputs), networks.hidden, kept, strict=True):
        same = [(new == old).all(dim=1) for new, old in zip(now, then, strict=True)]
        flags = (~ever_on(given), (same[0] & same[1]).numpy(), ever_on(after))
        off, still, back = (one.reshape(groups, SEEDS, -1) for one in flags)
        found.append(Silenced(off, given.amax(dim=1).double().reshape(off.shape).numpy(), still, back))
    return tuple(found)
