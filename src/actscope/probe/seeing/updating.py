"""The parameters: their gradients and the optimiser's steps, seen where any optimiser of PyTorch begins a step."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.optimizer import Optimizer as TorchOptimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook

from ..records import Optimizer, ParameterHistory
from ..rows.weights import Weights
from .compiling import plain
from .made import still_as_made

Held = list[tuple[str, nn.Parameter]]

_MARKED, _NUMBERS = 16, 64
"""Of how many weights, from the last one on, how many numbers tell whether they move at all."""


class Updating:
    """The weights of a model, a share of them looked at in each step of an optimiser."""

    def __init__(self, model: nn.Module, when: Callable[[TorchOptimizer, Held], None]) -> None:
        self._model, self._when = model, when
        self._watched: dict[str, Weights] = {}
        self._held: dict[int, Held] = {}
        self._kept: Held = []
        self._rounds: dict[int, int] = {}
        self._marks: list[tuple[Tensor, Tensor]] | None = None
        self._bin = 0
        self._has_closure = False
        """Whether the step that begins computes gradients itself, so that there may be none before it."""
        self.optimizer: Optimizer | None = None
        self.moved: set[int] = set()
        """The ids of all parameters that optimisers were seen to hold, also of those that are none of the model's."""

    def listen(self) -> Callable[[], None]:
        """Be told of the steps of all optimisers; return what undoes it."""
        return register_optimizer_step_pre_hook(self._before_step).remove

    def _before_step(self, optimizer: TorchOptimizer, args: Any, kwargs: Any) -> None:
        if torch.compiler.is_compiling():
            return
        given = len(args) > 1 or kwargs
        self._has_closure = bool(given) and any(callable(one) for one in (*args[1:], *kwargs.values()))
        held = self.held_by(optimizer)
        if held:
            self._when(optimizer, held)

    def mark(self) -> None:
        """Keep a few numbers of the weights as they are before the first loss is differentiated."""
        if self._marks is None:
            asking = [
                weight
                for _, weight in matrices(self._model)
                if weight.requires_grad and not weight.is_meta and weight.numel()
            ]
            self._marks = [(weight, _some(weight)) for weight in asking[-_MARKED:]]

    def has_moved(self) -> bool:
        """Return whether any of these numbers is another now, whoever changed it; this waits for other devices."""
        return not self._marks or any(not torch.equal(_some(weight), before) for weight, before in self._marks)

    def held_by(self, optimizer: TorchOptimizer) -> Held:
        """Return the parameters of the model that an optimiser moves."""
        held = self._held.get(id(optimizer))
        if not held:
            ids = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
            held = [(name, parameter) for name, parameter in matrices(self._model) if id(parameter) in ids]
            self._held[id(optimizer)] = held
            self.moved |= ids
        return held

    def look(self, optimizer: TorchOptimizer, held: Held, spacing: int, tick: int) -> None:
        """Look at a share of these parameters before a step, and at what the last step did to those before."""
        self.look_back(held)
        lr = max(float(group.get("lr", float("nan"))) for group in optimizer.param_groups)
        if self.optimizer is None or lr > self.optimizer.lr:
            self.optimizer = Optimizer(type(optimizer).__name__, lr)
        # Each optimiser counts its own, or two that step in turn would each come to the same share every time.
        rounds = self._rounds.get(id(optimizer), 0)
        for pair in held[rounds % spacing :: spacing]:
            name, weight = pair
            # A closure computes gradients within the step; of sparse ones only what the step does is seen.
            if self._has_closure if weight.grad is None else weight.grad.is_sparse:
                self._at(name).before_step(weight, None, tick)
                self._kept.append(pair)
            elif weight.grad is not None:
                self._at(name).before_step(weight, _unscaled(weight.grad.detach(), optimizer), tick)
                self._kept.append(pair)
        self._rounds[id(optimizer)] = rounds + 1

    def look_back(self, held: Held) -> None:
        """Look at what the last step did to those of these parameters that were looked at before it."""
        if not self._kept:
            return
        rest: Held = []
        for pair in self._kept:
            if pair in held:
                self._at(pair[0]).after_step(pair[1])
            else:
                rest.append(pair)
        self._kept = rest

    def _at(self, name: str) -> Weights:
        if name not in self._watched:
            self._watched[name] = Weights()
            self._watched[name].turn(self._bin)
        return self._watched[name]

    def turn(self, bin: int) -> None:
        """Write into this bin from now on."""
        self._bin = bin
        for weights in self._watched.values():
            weights.turn(bin)

    def halve(self, used: int) -> None:
        """Merge the bins in pairs."""
        for weights in self._watched.values():
            weights.halve(used)

    def histories(self, used: int) -> tuple[ParameterHistory, ...]:
        """Return what was seen of each parameter that has at least two axes."""
        owners = {
            id(parameter): type(module).__name__
            for module in self._model.modules()
            for parameter in module.parameters(recurse=False)
        }
        return tuple(
            self._history(name, parameter, owners[id(parameter)], used) for name, parameter in matrices(self._model)
        )

    def _history(self, name: str, parameter: nn.Parameter, layer: str, used: int) -> ParameterHistory:
        rows, trained = self._at(name).taken(used), parameter.requires_grad
        # Of one that is left out it matters whether anything is kept so, of others whether anything was learned.
        asked = trained and self.optimizer is not None
        kept = asked and still_as_made(layer, parameter, has_gradient=not rows["visits"].any())
        return ParameterHistory(name, tuple(parameter.shape), trained, layer, rows, kept)


def _some(weight: Tensor) -> Tensor:
    return weight.detach()[0].flatten()[:_NUMBERS].clone()


def leaves_out(optimizer: TorchOptimizer) -> bool:
    """Return whether a fused optimiser is about to make no step, where that can be known without waiting."""
    found = getattr(optimizer, "found_inf", None)
    return isinstance(found, Tensor) and found.is_cpu and bool(found > 0)


def _unscaled(gradient: Tensor, optimizer: TorchOptimizer) -> Tensor:
    """Return a gradient without the scaler's factor, which a fused optimiser takes off by itself."""
    scale, found = getattr(optimizer, "grad_scale", None), getattr(optimizer, "found_inf", None)
    if isinstance(scale, Tensor):
        gradient = gradient / scale.to(gradient.device)
    if isinstance(found, Tensor) and not found.is_cpu:
        # What overflowed by the scaler's factor is no mistake of the model.
        gradient = torch.where(found.to(gradient.device) > 0, torch.zeros_like(gradient), gradient)
    return gradient


def matrices(model: nn.Module) -> Held:
    """Return the parameters with at least two axes, by name; as they are called before it is wrapped."""
    return [
        (plain(name), parameter)
        for name, parameter in model.named_parameters()
        if not isinstance(parameter, nn.parameter.UninitializedParameter) and parameter.dim() > 1
    ]
