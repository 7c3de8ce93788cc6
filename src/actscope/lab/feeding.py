"""Data on their way into a stack of networks: each network gets the batches of its own seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import missing_extra
from .tasks import Data

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise missing_extra("lab", "training") from error

# Numbers of a layer of one network that pass at once where nothing is learned: those of many would leave the cache.
PASS = 1 << 13
FEWEST = 32


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the data of several seeds, as rows of one table."""

    inputs: Tensor
    """(seeds x samples, ...)"""
    targets: Tensor
    samples: int

    def batches(self, seeds: Tensor, order: Tensor, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield inputs and targets, (networks, `size`, ...), of the samples `order`, (networks, samples)."""
        for rows in torch.split(seeds.unsqueeze(1) * self.samples + order, size, dim=1):
            which = rows.flatten()
            inputs, targets = self.inputs.index_select(0, which), self.targets.index_select(0, which)
            yield inputs.view(*rows.shape, *inputs.shape[1:]), targets.view(*rows.shape, *targets.shape[1:])

    def passes(self, seeds: Tensor, width: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Return all samples for every network, as many at once as suit layers of `width` numbers."""
        # It may not depend on the number of networks: a product's last rows have other bits than the rest.
        at_once = max(FEWEST, PASS // max(width, self.inputs[0].numel()))
        return self.batches(seeds, torch.arange(self.samples).expand(len(seeds), -1), at_once)


def part(of: Sequence[tuple[np.ndarray, np.ndarray]]) -> Part:
    """Return the table of one part of several data sets of one shape."""
    inputs = torch.from_numpy(np.concatenate([inputs for inputs, _ in of]))
    targets = torch.from_numpy(np.concatenate([targets for _, targets in of]))
    return Part(inputs, targets, len(of[0][0]))


def parts(data: Sequence[Data]) -> tuple[Part, Part, Part | None]:
    """Return the training, test and validation parts of several seeds' data."""
    train = part([(one.train_inputs, one.train_targets) for one in data])
    test = part([(one.test_inputs, one.test_targets) for one in data])
    held = [
        (one.validation_inputs, one.validation_targets)
        for one in data
        if one.validation_inputs is not None and one.validation_targets is not None
    ]
    return train, test, part(held) if held else None


def batch_seed(seed: int) -> int:
    """Return the seed of the order of batches; weights and batches must not be drawn from one sequence of numbers."""
    return int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])
