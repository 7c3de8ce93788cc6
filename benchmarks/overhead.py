"""What watching a model costs, as a share of a training step.

    python -m benchmarks.overhead [--rounds 12] [--models resnet encoder mlp] [--rivals]

A ResNet-18 on 32 x 32 images in batches of 8, a transformer encoder of 4 layers (width 256, 64 tokens, batch 8) and an
MLP 784-512-256-10 in batches of 64, all trained by SGD with momentum on random data. The ways take turns in one
process; within a round each trains the same number of steps, of which the first few are not timed. What is printed is
the median over the rounds of a way's time over that of "nothing" in the same round, and its quartiles. "nothing again"
is the noise floor: nothing against nothing. "inside" is the time that the probe itself counted. With --rivals common
practice is measured too: forward hooks with mean, std and histc on every activation, and TensorBoard's histograms of
weights and gradients, both at every step.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import torch
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

import actscope as act


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


@dataclass(frozen=True)
class Setting:
    make: Callable[[], nn.Module]
    shape: tuple[int, ...]
    warm: int
    steps: int


SETTINGS = {
    "resnet": Setting(resnet, (8, 3, 32, 32), 3, 8),
    "encoder": Setting(Encoder, (8, 64, 256), 4, 16),
    "mlp": Setting(mlp, (64, 784), 200, 400),
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


Way = Callable[[nn.Module], AbstractContextManager[object]]


def timed(setting: Setting, way: Way) -> tuple[float, object]:
    """Return the seconds of a step, and what watched."""
    torch.manual_seed(0)
    model = setting.make()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x, y = torch.randn(setting.shape), torch.randint(0, 10, setting.shape[:1])
    with way(model) as watched:
        after = watched.step if isinstance(watched, Written) else None
        for step in range(setting.warm + setting.steps):
            if step == setting.warm:
                started = time.perf_counter()
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            if after is not None:
                after()
        seconds = (time.perf_counter() - started) / setting.steps
    return seconds, watched


def measured(name: str, ways: dict[str, Way], rounds: int, console: Console) -> None:
    setting = SETTINGS[name]
    times: dict[str, list[float]] = {way: [] for way in ways}
    inside: list[float] = []
    last = None
    for number in range(rounds):
        order = list(ways) if number % 2 == 0 else list(ways)[::-1]
        for way in order:
            seconds, watched = timed(setting, ways[way])
            times[way].append(seconds)
            if way == "act.watch":
                last = watched.recording()  # type: ignore[attr-defined]
                inside.append(last.cost)
    base = times["nothing"]
    table = Table(title=f"{name}: {1e3 * statistics.median(base):.2f} ms a step, {rounds} rounds")
    for column in ("way", "cost of a step", "quartiles", "inside"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for way, found in times.items():
        shares = [100 * (seconds / plain - 1) for seconds, plain in zip(found, base, strict=True)]
        low, middle, high = statistics.quantiles(shares, n=4)
        own = f"{100 * statistics.median(inside):.2f} %" if way == "act.watch" else ""
        table.add_row(way, f"{middle:+.2f} %", f"{low:+.2f} to {high:+.2f}", own)
    console.print(table)
    if last is not None:
        print(f"spacing at the end: {last.spacing}; places {len(last.places)}; steps {last.steps}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--models", nargs="+", choices=list(SETTINGS), default=list(SETTINGS))
    parser.add_argument("--rivals", action="store_true", help="measure common practice too")
    given = parser.parse_args()
    ways: dict[str, Way] = {"nothing": nothing, "nothing again": nothing, "act.watch": act.watch}
    if given.rivals:
        ways |= {"forward hooks": hooks, "TensorBoard": Written}
    for name in given.models:
        measured(name, ways, given.rounds, Console())


if __name__ == "__main__":
    main()
