"""The networks of the zoo, as people write them, and the recipe that says how one is made and trained."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from .case import Patient
from .tasks import TASKS, Task, batches

LOSSES = {"classes": nn.CrossEntropyLoss, "binary": nn.BCEWithLogitsLoss, "numbers": nn.MSELoss}
NORMS: dict[str, tuple[Callable[[int], nn.Module], Callable[[int], nn.Module]]] = {
    "batch": (nn.BatchNorm1d, nn.BatchNorm2d),
    "layer": (nn.LayerNorm, partial(nn.GroupNorm, 1)),
    "group": (partial(nn.GroupNorm, 4), partial(nn.GroupNorm, 4)),
}


def he(model: nn.Module) -> None:
    """He et al. (2015), for every layer with an activation behind it."""
    for layer in hidden(model):
        if isinstance(layer, nn.Linear | nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)


ADAM = partial(torch.optim.Adam, lr=2e-3)


def as_it_is(anything: Any) -> Any:
    """Return, or leave, it alone."""
    return anything


@dataclass(frozen=True)
class Recipe:
    """A network, its task and how it is trained; a disease is one of these with a field changed."""

    architecture: str
    task: str
    activation: Callable[[], nn.Module] = nn.ReLU
    depth: int = 2
    width: int = 32
    norm: str = ""
    cell: Callable[..., nn.Module] = nn.GRU
    front: Callable[[], nn.Module] | None = None
    """What stands before the first layer."""
    head: Callable[[], nn.Module] | None = None
    """What stands behind the last layer."""
    prepare: Callable[[nn.Module], Any] = as_it_is
    """Done to the finished model: its initialisation, or harm."""
    change: Callable[[torch.Tensor], torch.Tensor] = as_it_is
    """Done to the inputs."""
    aim: Callable[[torch.Tensor], torch.Tensor] = as_it_is
    """Done to the targets."""
    loss: Callable[[], Callable[..., torch.Tensor]] | None = None
    optimizer: Callable[..., torch.optim.Optimizer] = ADAM
    batch: int = 32
    steps: int = 100

    def build(self, seed: int) -> Patient:
        torch.manual_seed(seed)
        task = TASKS[self.task]
        model = ARCHITECTURES[self.architecture](self, task)
        self.prepare(model)
        if self.front:
            model = nn.Sequential(self.front(), model)
        drawn = batches(task, seed, self.batch, self.steps, self.change)
        drawn = [(inputs, self.aim(targets)) for inputs, targets in drawn]
        optimizer = self.optimizer([p for p in model.parameters() if p.requires_grad])
        return Patient(model, (self.loss or LOSSES[task.goal])(), drawn, optimizer, self.steps)


def hidden(model: nn.Module) -> Iterator[nn.Module]:
    """Yield the layers with weights whose result goes into an activation, in order."""
    for module in model.modules():
        if isinstance(module, nn.TransformerEncoderLayer):
            yield module.linear1
        if isinstance(module, nn.RNNBase):
            yield module
        if isinstance(module, nn.Sequential):
            layers = [layer for layer in module if not isinstance(layer, nn.Flatten | nn.Dropout)]
            weighted = [layer for layer in layers if isinstance(layer, nn.Linear | nn.Conv2d)]
            last = weighted[-1] if weighted and weighted[-1] is _last_layer(model) else None
            yield from (layer for layer in weighted if layer is not last)


def _last_layer(model: nn.Module) -> nn.Module:
    return [m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d)][-1]


def _stack(recipe: Recipe, inputs: int, outputs: int, depth: int) -> list[nn.Module]:
    layers: list[nn.Module] = []
    for number in range(depth):
        layers.append(nn.Linear(recipe.width if number else inputs, recipe.width))
        if recipe.norm:
            layers.append(NORMS[recipe.norm][0](recipe.width))
        layers.append(recipe.activation())
    layers.append(nn.Linear(recipe.width if depth else inputs, outputs))
    return layers + ([recipe.head()] if recipe.head else [])


def _inputs(task: Task) -> int:
    sizes = {"table": 1, "image": task.length**2, "sequence": task.length, "tokens": task.length}
    return task.features * sizes[task.form]


def mlp(recipe: Recipe, task: Task) -> nn.Module:
    flat = [nn.Flatten()] if task.form != "table" else []
    return nn.Sequential(*flat, *_stack(recipe, _inputs(task), task.outputs, recipe.depth))


def convolutional(recipe: Recipe, task: Task) -> nn.Module:
    """Convolutions of 3 x 3 with a pooling after each of the first two, then one affine layer."""
    layers: list[nn.Module] = []
    for number in range(recipe.depth):
        layers.append(nn.Conv2d(recipe.width if number else task.features, recipe.width, 3, padding=1))
        if recipe.norm:
            layers.append(NORMS[recipe.norm][1](recipe.width))
        layers.append(recipe.activation())
        if number < 2:
            layers.append(nn.MaxPool2d(2))
    side = task.length // 2 ** min(recipe.depth, 2)
    layers += [nn.Flatten(), nn.Linear(recipe.width * side**2, task.outputs)]
    return nn.Sequential(*layers, *([recipe.head()] if recipe.head else []))


class Reading(nn.Module):
    """Turns tokens, or the numbers of each step, or the rows of an image, into vectors."""

    def __init__(self, task: Task, width: int) -> None:
        super().__init__()
        columns = task.length if task.form == "image" else task.features
        self.embed = nn.Embedding(task.features, width) if task.form == "tokens" else nn.Linear(columns, width)
        self.position = nn.Parameter(0.1 * torch.randn(task.length, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.embed(x.squeeze(1) if x.dim() == 4 else x) + self.position


class Encoder(nn.Module):
    """A transformer that reads a sequence and gives one answer."""

    def __init__(self, recipe: Recipe, task: Task) -> None:
        super().__init__()
        self.reading = Reading(task, recipe.width)
        made = [
            nn.TransformerEncoderLayer(
                recipe.width, 4, 2 * recipe.width, 0.0, recipe.activation(), batch_first=True, norm_first=True
            )
            for _ in range(recipe.depth)
        ]
        self.layers = nn.ModuleList(made)
        self.norm = nn.LayerNorm(recipe.width)
        self.answer = nn.Sequential(nn.Linear(recipe.width, task.outputs), *([recipe.head()] if recipe.head else []))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.reading(x)
        for layer in self.layers:
            x = layer(x)
        answer: torch.Tensor = self.answer(self.norm(x).mean(1))
        return answer


class Recurrent(nn.Module):
    """A recurrent layer whose last state is read by a small network."""

    def __init__(self, recipe: Recipe, task: Task) -> None:
        super().__init__()
        columns = task.length if task.form == "image" else task.features
        self.embed = nn.Embedding(task.features, 16) if task.form == "tokens" else None
        self.cell = recipe.cell(16 if self.embed else columns, recipe.width, batch_first=True)
        self.answer = nn.Sequential(*_stack(recipe, recipe.width, task.outputs, recipe.depth))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed(x) if self.embed else x.squeeze(1) if x.dim() == 4 else x
        states, _ = self.cell(x)
        answer: torch.Tensor = self.answer(states[:, -1])
        return answer


ARCHITECTURES: dict[str, Callable[[Recipe, Task], nn.Module]] = {
    "mlp": mlp,
    "convolutional": convolutional,
    "transformer": Encoder,
    "recurrent": Recurrent,
}


class Function(nn.Module):
    """A function of tensors, as a module."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.function(x)
