"""What is done to a healthy recipe to make it sick."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import nn

from .architectures import Encoder, Function, Recipe, Recurrent, as_it_is, hidden

Change = Callable[[Recipe], Recipe]
Module = Callable[[], nn.Module]


def changed(**fields: Any) -> Change:
    """Return the change that sets these fields of a recipe."""
    return lambda recipe: replace(recipe, **fields)


def both(first: Change, second: Change) -> Change:
    """Return the change that makes two, one after the other."""
    return lambda recipe: second(first(recipe))


def harmed(harm: Callable[[nn.Module], Any]) -> Change:
    """Return the change that does this to the finished model, after its own initialisation."""

    def change(recipe: Recipe) -> Recipe:
        def prepare(model: nn.Module) -> None:
            recipe.prepare(model)
            harm(model)

        return replace(recipe, prepare=prepare)

    return change


def adam(lr: float) -> Change:
    return changed(optimizer=partial(torch.optim.Adam, lr=lr))


def sgd(lr: float, momentum: float = 0.0) -> Change:
    return changed(optimizer=partial(torch.optim.SGD, lr=lr, momentum=momentum))


def kept(optimizer: Callable[..., torch.optim.Optimizer]) -> Change:
    """Train with this optimiser in a loop that never clears a gradient."""

    def made(weights: Any) -> torch.optim.Optimizer:
        stepping = optimizer(weights)
        stepping.zero_grad = _nothing  # type: ignore[method-assign]
        return stepping

    return changed(optimizer=made)


def _nothing(set_to_none: bool = True) -> None:
    pass


def inputs(change: Callable[[torch.Tensor], torch.Tensor]) -> Change:
    return changed(change=change)


def activation(f: Callable[[torch.Tensor], torch.Tensor]) -> Change:
    return changed(activation=function(f))


def head(*modules: Module) -> Change:
    """Put modules behind the last layer."""
    return changed(head=lambda: nn.Sequential(*(module() for module in modules)))


def function(f: Callable[[torch.Tensor], torch.Tensor]) -> Module:
    return lambda: Function(f)


def biased(value: float) -> Change:
    """Shift what arrives at every activation."""

    @torch.no_grad()
    def shift(model: nn.Module) -> None:
        for layer in hidden(model):
            biases = [parameter for name, parameter in layer.named_parameters() if "bias" in name]
            for bias in biases:
                bias.fill_(value / len(biases))

    return harmed(shift)


def weights(initialise: Callable[[torch.Tensor], Any], part: str = "weight") -> Change:
    """Initialise every weight whose name holds `part` anew, and every bias of those layers with 0."""

    @torch.no_grad()
    def redo(model: nn.Module) -> None:
        for layer in model.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d | nn.RNNBase | nn.MultiheadAttention):
                for name, parameter in layer.named_parameters(recurse=False):
                    if "bias" in name:
                        parameter.zero_()
                    elif part in name:
                        initialise(parameter)

    return harmed(redo)


def normal(gain: float) -> Callable[[torch.Tensor], Any]:
    """Return the initialisation with spread gain / sqrt(fan-in)."""
    return lambda weight: nn.init.normal_(weight, std=gain / math.sqrt(weight[0].numel()))


def defaults(recipe: Recipe) -> Recipe:
    """Leave the layers as PyTorch makes them."""
    return replace(recipe, prepare=as_it_is)


def broken(model: nn.Module) -> None:
    """Cut the graph behind the first layer, as `.detach()` or a detour through NumPy does."""
    cut = Function(torch.Tensor.detach)
    if isinstance(model, Encoder):
        model.reading = nn.Sequential(model.reading, cut)
    elif isinstance(model, Recurrent):
        model.answer.insert(0, cut)
    else:
        assert isinstance(model, nn.Sequential)
        first = next(n for n, layer in enumerate(model) if isinstance(layer, nn.Linear | nn.Conv2d))
        model.insert(first + 2, cut)


def one_infinite(model: nn.Module) -> None:
    """One weight that came out of a broken file."""
    with torch.no_grad():
        list(hidden(model))[-1].get_parameter("weight")[0].view(-1)[0] = math.inf


def without_last(model: nn.Module) -> None:
    """Forget the activation before the last layer."""
    stack = model.answer if isinstance(model, Recurrent) else model
    assert isinstance(stack, nn.Sequential)
    acts = [n for n, layer in enumerate(stack) if isinstance(layer, nn.ReLU | nn.Tanh)]
    stack[acts[-1]] = nn.Identity()


def loud_column(x: torch.Tensor) -> torch.Tensor:
    """One column in a unit a thousand times smaller than the others'."""
    sizes = torch.ones(x.shape[-1])
    sizes[-1] = 1000.0
    return x * sizes


def raw(recipe: Recipe) -> Recipe:
    """The table as it was published, unscaled."""
    return replace(recipe, task=f"raw {recipe.task}")


def bytes_of(x: torch.Tensor) -> torch.Tensor:
    """As pixels of 0 to 255."""
    return (255 * (x - x.min()) / (x.max() - x.min())).round()


def holes(x: torch.Tensor) -> torch.Tensor:
    """A few numbers that were never measured."""
    x = x.clone()
    x.reshape(len(x), -1)[len(x) // 2 :: 97, 0] = math.nan
    return x


def constant_column(x: torch.Tensor) -> torch.Tensor:
    x = x.clone()
    x.reshape(len(x), -1)[:, 0] = 1.0
    return x


def standardise(x: torch.Tensor) -> torch.Tensor:
    """As people write it, without a thought for columns that are constant."""
    return (x - x.mean(0)) / x.std(0)
