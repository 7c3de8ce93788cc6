"""One of two processes that train together: python -m tests.probe.rank FOLDER RANK PORT, for test_ddp.py."""

import hashlib
import os
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from actscope.errors import ProbeError
from actscope.probe import ranks
from actscope.probe.watching import watch

STEPS, ROWS, OF_RANK_0 = 6, 60, 41


def data(step: int) -> tuple[Tensor, Tensor]:
    """Return the batch of all ranks; the last has numbers that are not finite among those of rank 1."""
    generator = torch.Generator().manual_seed(step)
    x = torch.randn(ROWS, 8, generator=generator, dtype=torch.float64)
    if step == STEPS - 1:
        x[-1, 2], x[-2, 3] = float("nan"), float("inf")
    return x, torch.randint(0, 3, (ROWS,), generator=generator)


def share(step: int, rank: int) -> tuple[Tensor, Tensor]:
    """Return the part of a rank."""
    part = slice(OF_RANK_0) if rank == 0 else slice(OF_RANK_0, None)
    x, y = data(step)
    return x[part], y[part]


def network() -> nn.Module:
    """Return the network that has the same weights everywhere."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 3)).double()


class Branching(nn.Module):
    """A network of which rank 1 alone calls a part."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.side, self.last = nn.Linear(8, 16), nn.Linear(16, 16), nn.Linear(16, 3)

    def forward(self, x: Tensor, aside: bool) -> Tensor:
        """Return scores."""
        x = torch.relu(self.first(x))
        return self.last(torch.tanh(self.side(x)) if aside else x)


class Mixed(nn.Module):
    """A network that draws random numbers and keeps running means."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.norm, self.last = nn.Linear(8, 32), nn.BatchNorm1d(32), nn.Linear(32, 3)
        self.acts = nn.ModuleList([nn.ReLU(inplace=True), nn.GELU()])

    def forward(self, x: Tensor) -> Tensor:
        """Return scores."""
        x = nn.functional.dropout(self.acts[0](self.norm(self.first(x))), 0.2, self.training)
        return self.last(self.acts[1](x))


def main(folder: Path, rank: int, port: str) -> None:
    torch.set_num_threads(1)
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    own, merged = uneven(rank)
    keep(folder / f"own{rank}", own)
    keep(folder / f"uneven{rank}", merged)
    keep(folder / f"branch{rank}", branching(rank))
    keep(folder / f"no_sync{rank}", accumulating(rank))
    (folder / f"alike{rank}").write_text(f"{mixed(rank, watched=False)} {mixed(rank, watched=True)}")
    (folder / f"other{rank}").write_text(other_models(rank))
    (folder / f"absent{rank}").write_text(absent(rank, folder))
    # No destroy_process_group, and the probe of `LEFT_OPEN` still watches: many a script ends like this.


def keep(path: Path, recording: ranks.Recording) -> None:
    path.write_bytes(ranks.packed(recording))


def uneven(rank: int) -> tuple[ranks.Recording, ranks.Recording]:
    model = DistributedDataParallel(network())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, budget=None) as probe:
        for step in range(STEPS):
            x, y = share(step, rank)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        return probe.recording(), probe.merged()


def branching(rank: int) -> ranks.Recording:
    model = DistributedDataParallel(Branching().double(), find_unused_parameters=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, budget=None) as probe:
        for step in range(3):
            x, y = share(step, rank)
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x, rank == 1), y).backward()
            optimizer.step()
        return probe.merged()


def accumulating(rank: int) -> ranks.Recording:
    model = DistributedDataParallel(network())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, budget=None) as probe:
        for step in range(0, STEPS - 2, 2):
            optimizer.zero_grad()
            with model.no_sync():
                x, y = share(step, rank)
                nn.functional.cross_entropy(model(x), y).backward()
            x, y = share(step + 1, rank)
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        return probe.merged()


LEFT_OPEN: list[object] = []


def mixed(rank: int, watched: bool) -> str:
    model = DistributedDataParallel(Mixed())
    optimizer = torch.optim.AdamW(model.parameters())
    torch.manual_seed(rank)
    if watched:
        LEFT_OPEN.append(watch(model))
    for step in range(STEPS):
        x, y = share(step % 3, rank)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x.float()), y)
        loss.backward()
        optimizer.step()
    LEFT_OPEN.append(nn.functional.cross_entropy(model(x.float()), y))
    seen = hashlib.sha256(torch.get_rng_state().numpy().tobytes())
    for value in (loss.detach(), *model.state_dict().values()):
        seen.update(value.numpy().tobytes())
    return seen.hexdigest()


def other_models(rank: int) -> str:
    """Return what is said where ranks watch different models."""
    with watch(nn.Linear(2, 2) if rank else nn.ReLU()) as probe:
        try:
            probe.merged()
        except ProbeError as problem:
            return str(problem)
    return ""


def absent(rank: int, folder: Path) -> str:
    """Return what rank 0 says where rank 1 does not call."""
    if rank == 1:
        end = time.monotonic() + 30
        while not (folder / "absent0").exists() and time.monotonic() < end:
            time.sleep(0.05)
        return ""
    with watch(nn.ReLU()) as probe:
        try:
            probe.merged(seconds=1)
        except ProbeError as problem:
            return str(problem)
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
