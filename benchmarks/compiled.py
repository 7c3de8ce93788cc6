"""What a probe costs a compiled model: medians of steps that take turns, with and without it.

    python -m benchmarks.compiled [--backend inductor] [--rounds 40]

An MLP 256-1024-1024-10 and an encoder of two layers are compiled twice each and train on the same batches. One of the
two is watched; a round is three steps of each, and the order within a round alternates. "nothing" is two that nobody
watches: the noise.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from actscope.probe.watching import watch

STEPS = 3


def mlp() -> tuple[nn.Module, torch.Tensor]:
    torch.manual_seed(0)
    layers = [nn.Linear(256, 1024), nn.GELU(), nn.Linear(1024, 1024), nn.GELU(), nn.Linear(1024, 10)]
    return nn.Sequential(*layers), torch.randn(64, 256)


class Encoder(nn.Module):
    """Two encoder layers and a head."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        layer = nn.TransformerEncoderLayer(128, 4, 512, dropout=0.0, batch_first=True)
        self.layers, self.head = nn.TransformerEncoder(layer, 2), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return scores."""
        return self.head(self.layers(x).mean(1))


def encoder() -> tuple[nn.Module, torch.Tensor]:
    return Encoder(), torch.randn(16, 64, 128)


def stepping(make: Callable[[], tuple[nn.Module, torch.Tensor]], backend: str, watched: bool) -> Callable[[], None]:
    """Return what makes one step of a compiled model."""
    own, x = make()
    model = torch.compile(own, backend=backend)
    y = torch.arange(len(x)) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    if watched:
        watch(model).__enter__()

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()

    for _ in range(5):
        step()
    return step


def timed(step: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(STEPS):
        step()
    return (time.perf_counter() - began) / STEPS


def compared(one: Callable[[], None], other: Callable[[], None], rounds: int) -> tuple[float, float]:
    """Return the median time of a step of one in seconds, and the median of what the other takes more, as a share."""
    times, shares = [], []
    for k in range(rounds):
        if k % 2:
            b, a = timed(other), timed(one)
        else:
            a, b = timed(one), timed(other)
        times.append(a)
        shares.append(b / a - 1)
    return statistics.median(times), statistics.median(shares)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", default="inductor")
    parser.add_argument("--rounds", type=int, default=40)
    given = parser.parse_args()
    torch.set_num_threads(1)
    for make in (mlp, encoder):
        steps = [stepping(make, given.backend, watched=False) for _ in range(2)]
        _, noise = compared(*steps, given.rounds)
        # Watched last: a probe that is open sees to the optimisers and losses of all.
        watched = stepping(make, given.backend, watched=True)
        alone, more = compared(steps[0], watched, given.rounds)
        seen = f"{100 * more:+8.1f} % with a probe{100 * noise:+8.1f} % nothing"
        print(f"{make.__name__:10}{1e3 * alone:8.2f} ms a step{seen}", flush=True)


if __name__ == "__main__":
    main()
