"""The diseases: each a change of a recipe, planted in several networks, and the names that are right for it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from .architectures import Function, Recipe, hidden
from .case import Case, Group
from .networks import BASES

Change = Callable[[Recipe], Recipe]


@dataclass(frozen=True)
class Disease:
    name: str
    names: frozenset[str]
    change: Change
    tuning: tuple[str, ...]
    fresh: tuple[str, ...]
    """In which networks it is planted, by their names in `BASES`."""


def cases() -> Iterator[Case]:
    """Yield every disease in every network it is planted in."""
    for disease in DISEASES:
        homes: dict[Group, tuple[str, ...]] = {"tuning": disease.tuning, "fresh": disease.fresh}
        for group, bases in homes.items():
            for base in bases:
                healthy = BASES[base]
                build = disease.change(healthy).build
                name = f"{disease.name}: {base}"
                yield Case(
                    name, disease.name, disease.names, healthy.architecture, healthy.task, build, group, twin=base
                )


def changed(**fields: Any) -> Change:
    """Return the change that sets these fields of a recipe."""
    return lambda recipe: replace(recipe, **fields)


def biased(value: float) -> Change:
    """Shift what arrives at every activation."""

    def shift(model: nn.Module) -> None:
        for layer in hidden(model):
            for name, parameter in layer.named_parameters():
                if "bias" in name:
                    nn.init.constant_(parameter, value / (2 if isinstance(layer, nn.RNNBase) else 1))

    return lambda recipe: replace(recipe, prepare=_after(recipe.prepare, shift))


def weights(initialise: Callable[[torch.Tensor], Any]) -> Change:
    """Initialise every weight of an affine, convolutional or recurrent layer anew, and its biases with 0."""

    def redo(model: nn.Module) -> None:
        for layer in model.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.RNNBase | nn.MultiheadAttention):
                for name, parameter in layer.named_parameters(recurse=False):
                    (nn.init.zeros_ if "bias" in name else initialise)(parameter)

    return lambda recipe: replace(recipe, prepare=redo)


def _after(first: Callable[[nn.Module], Any], second: Callable[[nn.Module], Any]) -> Callable[[nn.Module], None]:
    def both(model: nn.Module) -> None:
        first(model)
        second(model)

    return both


def all_of(*changes: Change) -> Change:
    """Return the change that makes these changes in turn."""

    def change(recipe: Recipe) -> Recipe:
        for one in changes:
            recipe = one(recipe)
        return recipe

    return change


def loud_column(x: torch.Tensor) -> torch.Tensor:
    """One column among the others in units a thousand times smaller, as proline in raw wine data."""
    sizes = torch.ones(x.shape[-1])
    sizes[-1] = 1000.0
    return x * sizes


def bytes_of(x: torch.Tensor) -> torch.Tensor:
    """As pixels of 0 to 255."""
    return (255 * (x - x.min()) / (x.max() - x.min())).round()


def broken_at_batch_7(x: torch.Tensor) -> torch.Tensor:
    """A few numbers that were never measured, in the middle of the data."""
    x = x.clone()
    x.reshape(len(x), -1)[len(x) // 2 :: 97, 0] = math.nan
    return x


def adam(lr: float) -> Change:
    return changed(optimizer=partial(torch.optim.Adam, lr=lr))


def sgd(lr: float, momentum: float = 0.0) -> Change:
    return changed(optimizer=partial(torch.optim.SGD, lr=lr, momentum=momentum))


def head(*modules: Callable[[], nn.Module]) -> Change:
    return changed(head=lambda: nn.Sequential(*(module() for module in modules)))


def function(f: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[], nn.Module]:
    return lambda: Function(f)


def row(name: str, right: str, change: Change, tuning: str, fresh: str) -> Disease:
    """Read a row of the table: names apart by blanks, networks by commas."""
    return Disease(
        name,
        frozenset(right.split()),
        change,
        tuple(base.strip() for base in tuning.split(",")),
        tuple(base.strip() for base in fresh.split(",")),
    )


CLASSES = (
    "mlp digits, conv gratings, encoder majority, gru waves",
    "mlp wine, conv digits, encoder digits, lstm majority",
)
BINARY = "mlp circles, encoder mentions, gru mentions", "mlp cancer, lstm mentions"
NUMBERS = "mlp friedman, conv spots, encoder sums, gru adding", "mlp plane, lstm forecast, encoder adding"
RELU = "mlp digits, mlp friedman, conv gratings, encoder majority", "mlp wine, conv spots, rnn relu waves, gru adding"
CONTINUOUS = (
    "mlp digits, mlp friedman, conv gratings, gru waves",
    "mlp cancer, conv spots, encoder adding, lstm forecast",
)
ANY = "mlp digits, mlp friedman, conv gratings, encoder majority, gru waves", "mlp cancer, conv spots, lstm forecast"

DISEASES = (
    row("dead by bias", "dead-units", biased(-10.0), *RELU),
    row("dead by rate", "dead-units learning-rate-too-high", sgd(3.0), *RELU),
    row("rate too high, sgd", "learning-rate-too-high non-finite", sgd(5.0), *ANY),
    row("rate too high, adam", "learning-rate-too-high", adam(0.5), *ANY),
    row("rate too high, momentum", "learning-rate-too-high non-finite", sgd(1.0, 0.9), *ANY),
    row("rate too low, sgd", "learning-rate-too-low", sgd(1e-7), *ANY),
    row("rate too low, adam", "learning-rate-too-low", adam(1e-8), *ANY),
    row("inputs of 0 to 255", "unscaled-inputs", changed(change=bytes_of), *CONTINUOUS),
    row("inputs around 1000", "unscaled-inputs", changed(change=lambda x: x + 1000), *CONTINUOUS),
    row("inputs of 1e-4", "unscaled-inputs", changed(change=lambda x: x * 1e-4), *CONTINUOUS),
    row("nan in the data", "non-finite", changed(change=broken_at_batch_7), *CONTINUOUS),
    row("softmax before cross-entropy", "softmax-twice", head(partial(nn.Softmax, -1)), *CLASSES),
    row("sigmoid before its loss", "sigmoid-twice", head(nn.Sigmoid), *BINARY),
    row("relu on logits", "wrong-output-activation", head(nn.ReLU), *CLASSES),
    row("relu before signed targets", "unreachable-targets wrong-output-activation", head(nn.ReLU), *NUMBERS),
)
