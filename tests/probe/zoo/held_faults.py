"""What is done to a held-out network to make it sick."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from .architectures import Function
from .held_models import Module
from .held_study import Change, Study


def having(**fields: Any) -> Change:
    return lambda study: replace(study, **fields)


def both(*changes: Change) -> Change:
    def change(study: Study) -> Study:
        for one in changes:
            study = one(study)
        return study

    return change


def harmed(harm: Callable[[nn.Module], Any]) -> Change:
    """Do this to the finished model, after its own initialisation."""

    def change(study: Study) -> Study:
        def prepare(model: nn.Module) -> None:
            study.prepare(model)
            harm(model)

        return replace(study, prepare=prepare)

    return change


def inputs(change: Callable[[Tensor], Tensor]) -> Change:
    return having(inputs=change)


def ended(*ends: Module) -> Change:
    """Put modules behind the network."""
    return lambda study: replace(study, model=lambda: nn.Sequential(study.model(), *(end() for end in ends)))


def swap(
    model: nn.Module, kinds: tuple[type[nn.Module], ...], made: Callable[[nn.Module], nn.Module], which: slice
) -> None:
    """Put what is made of a module in its place, for those of these kinds, in the order they are written."""
    found = [(path, one) for path, one in model.named_modules() if isinstance(one, kinds)]
    for path, one in found[which]:
        parent, _, name = path.rpartition(".")
        setattr(model.get_submodule(parent), name, made(one))


def swapped(made: Module, which: slice = slice(None)) -> Change:
    """Put this in the place of activations."""

    kinds = (nn.ReLU, nn.GELU, nn.Tanh, nn.SiLU, nn.Mish, nn.ReLU6, nn.PReLU, nn.ELU)
    return harmed(lambda model: swap(model, kinds, lambda _: made(), which))


def layers(model: nn.Module) -> list[Any]:
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d)
    return [layer for layer in model.modules() if isinstance(layer, kinds)]


def biased(by: float) -> Change:
    """Set the biases of all layers but the last."""
    return harmed(lambda model: [nn.init.constant_(layer.bias, by) for layer in layers(model)[:-1]])


def weights(init: Callable[[Tensor], Any], of: str = "weight") -> Change:
    return harmed(lambda model: [init(p) for name, p in model.named_parameters() if of in name and p.dim() > 1])


def everything(value: float) -> Change:
    return harmed(lambda model: [nn.init.constant_(p, value) for p in model.parameters()])


def cut(model: nn.Module) -> None:
    """What the first layer says goes on without its history, as after a trip through NumPy."""
    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Embedding)
    swap(model, kinds, lambda one: nn.Sequential(one, Function(torch.detach)), slice(1))


def between(f: Callable[[Tensor], Tensor]) -> Change:
    """Put a function in the place of the second activation."""
    return swapped(lambda: Function(f), slice(1, 2))


def holes(x: Tensor) -> Tensor:
    return x.masked_fill(torch.rand_like(x) < 0.002, torch.nan)


def shares(x: Tensor) -> Tensor:
    """What each is of the whole, which may be 0 where all was cut off."""
    x = (x - 1).relu()
    return x / x.sum(-1, keepdim=True)


def spread_of(x: Tensor) -> Tensor:
    """Divided by the root of a variance, which is 0 where nothing is on."""
    x = (x - 1).relu()
    return x / (x - x.mean(-1, keepdim=True)).square().mean(-1, keepdim=True).sqrt()


def other(y: Tensor) -> Tensor:
    return y[torch.randperm(len(y))]
