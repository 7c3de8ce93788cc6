"""What watching a model costs, as a share of a training step.

    python -m benchmarks.overhead [--rounds 40] [--models resnet encoder mlp small] [--parts] [--rivals]

A ResNet-18 on 32 x 32 images in batches of 8, a transformer encoder of 4 layers (width 256, 64 tokens, batch 8) and an
MLP 784-512-256-10 in batches of 64, all trained by SGD with momentum on random data; and a small MLP of five layers of
64 tanh units in batches of 32, whose steps are short. Each way trains copies of the model of its own in one process;
they take turns, a few steps at a time. What is printed is the median over rounds of the time of a way's turn over that
of "nothing" right before and after it, with a 95 % interval of that median. "nothing again" is the noise floor: nothing
against nothing. There are several copies for each way, since where a copy lies in memory makes a difference too; and a
probe is paused while it is not its model's turn, since the kernels that it wraps are those of all models. "inside" is
the share of time that the probe itself counted. With --parts what a probe costs while it does not look is measured too:
with its hooks and kernels in place, and without them, when only losses and the optimiser's steps are told. With
--rivals common practice is measured too: forward hooks with mean, std and histc on every activation, and TensorBoard's
histograms of weights and gradients, both at every step.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import actscope as act
from actscope.probe.watching import Probe


class Block(nn.Module):
    """Two convolutions with a short cut (He et al., 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.short = (
            nn.Identity()
            if stride == 1 and inputs == outputs
            else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        )

    def forward(self, x: Tensor) -> Tensor:
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        return self.relu(y + self.short(x))


def resnet() -> nn.Module:
    widths = [(64, 64, 1), (64, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)]
    blocks = [Block(*width) for width in [*widths, (512, 512, 1)]]
    stem = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


class Encoder(nn.Module):
    """A transformer that reads a sequence of vectors and names its class."""

    def __init__(self) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(256, 4, 1024, dropout=0.1, activation="gelu", batch_first=True)
        self.layers = nn.TransformerEncoder(layer, 4, enable_nested_tensor=False)
        self.head = nn.Linear(256, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(x).mean(dim=1))


def mlp() -> nn.Module:
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU(), nn.Linear(256, 10))


def small() -> nn.Module:
    widths = [32, 64, 64, 64, 64, 64]
    hidden = [part for pair in pairwise(widths) for part in (nn.Linear(*pair), nn.Tanh())]
    return nn.Sequential(*hidden, nn.Linear(64, 10))


@dataclass(frozen=True)
class Setting:
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    warm: int
    turn: int


SETTINGS = {
    "resnet": Setting(resnet, (8, 3, 32, 32), 4, 4),
    "encoder": Setting(Encoder, (8, 64, 256), 8, 8),
    "mlp": Setting(mlp, (64, 784), 600, 256),
    "small": Setting(small, (32, 32), 2000, 1024),
}


@contextmanager
def nothing(_: nn.Module) -> Iterator[None]:
    yield


@contextmanager
def hooks(model: nn.Module) -> Iterator[None]:
    """Watch as many do: statistics of every activation's output by forward hooks, at every step."""
    seen: dict[str, list[Tensor]] = {}
    with ExitStack() as cleanup:
        for name, module in model.named_modules():
            if isinstance(module, nn.ReLU | nn.TransformerEncoderLayer):

                def hook(_: nn.Module, __: object, y: Tensor, name: str = name) -> None:
                    y = y.detach().float()
                    seen[name] = [y.mean(), y.std(), torch.histc(y, 64)]

                cleanup.callback(module.register_forward_hook(hook).remove)
        yield


@contextmanager
def asleep(model: nn.Module, away: bool) -> Iterator[Probe]:
    """Watch and never look; `away` with hooks and kernels gone, as they are between bursts."""
    with act.watch(model) as probe:
        probe._training.session.asleep = 1 << 60
        if away:
            probe._training._part()
        yield probe


class Written:
    """TensorBoard's histograms of all weights and gradients, at every step."""

    def __init__(self, model: nn.Module) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.model, self.count = model, 0
        self.folder = tempfile.TemporaryDirectory()
        self.writer = SummaryWriter(self.folder.name)

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *_: object) -> None:
        self.writer.close()
        self.folder.cleanup()

    def step(self) -> None:
        self.count += 1
        for name, parameter in self.model.named_parameters():
            self.writer.add_histogram(name, parameter, self.count)
            self.writer.add_histogram(f"{name}.grad", parameter.grad, self.count)


COPIES = 3
Way = Callable[[nn.Module], AbstractContextManager[object]]


class Trained:
    """A copy of a model in training, and what watches it."""

    def __init__(self, setting: Setting, way: Way, cleanup: ExitStack) -> None:
        torch.manual_seed(0)
        self.model = setting.make()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        self.x, self.y = torch.randn(setting.shape), torch.randint(0, 10, setting.shape[:1])
        self.watched = cleanup.enter_context(way(self.model))
        self.paused = cleanup.enter_context(ExitStack())
        self.pause()

    def pause(self) -> None:
        if isinstance(self.watched, Probe):
            self.paused.enter_context(self.watched.paused())

    def seconds(self, steps: int) -> float:
        """Return how long so many steps take."""
        self.paused.close()
        try:
            return self.timed(steps)
        finally:
            self.pause()

    def timed(self, steps: int) -> float:
        after = self.watched.step if isinstance(self.watched, Written) else None
        started = time.perf_counter()
        for _ in range(steps):
            self.optimizer.zero_grad()
            nn.functional.cross_entropy(self.model(self.x), self.y).backward()
            self.optimizer.step()
            if after is not None:
                after()
        return time.perf_counter() - started


def measured(name: str, ways: dict[str, Way], rounds: int, console: Console) -> None:
    setting = SETTINGS[name]
    shares: dict[str, list[float]] = {way: [] for way in ways}
    with ExitStack() as cleanup:
        trained = {way: [Trained(setting, make, cleanup) for _ in range(COPIES)] for way, make in ways.items()}
        bases = [Trained(setting, nothing, cleanup) for _ in range(COPIES)]
        for one in (*bases, *(copy for copies in trained.values() for copy in copies)):
            one.seconds(setting.warm)
        times = []
        for number in range(rounds):
            base = bases[number % COPIES]
            before = base.seconds(setting.turn)
            for way in list(ways) if number % 2 == 0 else list(ways)[::-1]:
                # Another base for each copy, so that all pairs have their turn.
                seconds = trained[way][number // COPIES % COPIES].seconds(setting.turn)
                after = base.seconds(setting.turn)
                shares[way].append(100 * (2 * seconds / (before + after) - 1))
                times.append(after)
                before = after
        seen = trained["act.watch"][0].watched.recording()  # type: ignore[attr-defined]
    step = 1e3 * statistics.median(times) / setting.turn
    table = Table(title=f"{name}: {step:.2f} ms a step, {rounds} rounds of {setting.turn} steps")
    for column in ("way", "cost of a step", "95 % interval", "in µs", "inside"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for way, found in shares.items():
        low, high = interval(found)
        own = f"{100 * seen.cost:.2f} %" if way == "act.watch" else ""
        cost = statistics.median(found)
        table.add_row(way, f"{cost:+.2f} %", f"{low:+.2f} to {high:+.2f}", f"{10 * cost * step:.0f}", own)
    console.print(table)
    console.print(f"{len(seen.places)} places, {seen.steps:,} steps, {seen.spacing}", highlight=False)


def interval(found: list[float]) -> tuple[float, float]:
    """Return the order statistics between which the median lies with 95 % probability."""
    ordered = sorted(found)
    reach = round(0.98 * len(found) ** 0.5)
    middle = len(found) // 2
    return ordered[max(0, middle - reach)], ordered[min(len(found) - 1, middle + reach)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--parts", action="store_true", help="measure what a probe costs while it does not look")
    parser.add_argument("--rivals", action="store_true", help="measure common practice too")
    given = parser.parse_args()
    ways: dict[str, Way] = {"nothing again": nothing, "act.watch": act.watch}
    if given.parts:
        ways |= {"idle": partial(asleep, away=False), "clock": partial(asleep, away=True)}
    if given.rivals:
        ways |= {"forward hooks": hooks, "TensorBoard": Written}
    for name in given.models:
        measured(name, ways, given.rounds, Console())


if __name__ == "__main__":
    main()
