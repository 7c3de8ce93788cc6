"""A copy of a model, and of its optimiser for it, that can be trained while the user's own stay as they are."""

import copy
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import ProbeError
from .raised import told
from .seeing.compiling import without_wrappers

LR = 1e-3
"""Of Adam, which trains where no optimiser is given."""

Optimizing = torch.optim.Optimizer | Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]

# What a scheduler or a user has put onto an optimiser: it would make steps with the user's own parameters.
_ATTACHED = ("step", "_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")


def copy_of(model: nn.Module) -> nn.Module:
    """Return a copy of a model, uncompiled, so that its inside can be seen; raises ProbeError if that cannot be.

    >>> model = nn.Linear(2, 2)
    >>> copy_of(model).weight is model.weight
    False
    """
    try:
        return without_wrappers(copy.deepcopy(model))
    except Exception as problem:
        raise ProbeError(
            f"the model cannot be copied ({told(problem)}), and `diagnose` does not train the original; "
            "train it yourself inside `with act.watch(model) as probe:`"
        ) from problem


def optimizer_of(given: object, model: nn.Module, twin: nn.Module) -> torch.optim.Optimizer:
    """Return the optimiser for a model's copy: like the one given, made by the function given, or Adam.

    >>> model = nn.Linear(2, 2)
    >>> twin = copy_of(model)
    >>> optimizer = optimizer_of(torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9), model, twin)
    >>> optimizer.param_groups[0]["params"][0] is twin.weight, optimizer.param_groups[0]["lr"]
    (True, 0.5)
    """
    if given is None:
        trained = [parameter for parameter in twin.parameters() if parameter.requires_grad]
        if not trained:
            raise ProbeError(
                "no parameter of the model requires a gradient, so there is nothing to train or to diagnose"
            )
        return torch.optim.Adam(trained, lr=LR)
    if isinstance(given, torch.optim.Optimizer):
        made: object = _moved(given, model, twin)
    elif callable(given):
        try:
            made = given(twin.parameters())
        except Exception as problem:
            raise ProbeError(
                f"the function that makes the optimizer failed for the model's parameters: {told(problem)}"
            ) from problem
    else:
        raise ProbeError(
            f"`optimizer` must be a torch.optim.Optimizer of the model's parameters, or a function that makes one of "
            f"parameters, but got {kind(given)}"
        )
    if not isinstance(made, torch.optim.Optimizer):
        raise ProbeError(f"`optimizer` must return a torch.optim.Optimizer, but returned {kind(made)}")
    if isinstance(made, torch.optim.LBFGS):
        raise ProbeError(
            "LBFGS asks for the loss several times a step, which `diagnose` does not do; train the model yourself "
            "inside `with act.watch(model) as probe:`"
        )
    return made


def _moved(optimizer: torch.optim.Optimizer, model: nn.Module, twin: nn.Module) -> torch.optim.Optimizer:
    """Return the same optimiser for the copy's parameters, with a copy of its state."""
    partner: dict[int, Any] = {id(old): new for old, new in zip(model.parameters(), twin.parameters(), strict=True)}
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    if not any(id(parameter) in partner for parameter in held):
        raise ProbeError(
            "the optimizer holds none of the model's parameters; make it of model.parameters() after the model is built"
        )
    kept = [[id(parameter) in partner for parameter in group["params"]] for group in optimizer.param_groups]
    made = type(optimizer).__new__(type(optimizer))
    try:
        made.__dict__ = copy.deepcopy(
            {key: value for key, value in vars(optimizer).items() if key not in _ATTACHED}, partner
        )
    except Exception as problem:
        raise ProbeError(
            f"the optimizer cannot be copied ({told(problem)}); give a function that makes one, such as "
            "lambda parameters: torch.optim.SGD(parameters, lr=0.1)"
        ) from problem
    made.__dict__ |= {key: OrderedDict() for key in _ATTACHED[1:]}
    for group, ours in zip(made.param_groups, kept, strict=True):
        group["params"] = [parameter for parameter, is_ours in zip(group["params"], ours, strict=True) if is_ours]
    return made


@contextmanager
def same_gradients(*owners: object) -> Iterator[None]:
    """Let the gradients of modules after the block be those before it: a loss may reach the user's own parameters."""
    modules = [owner for owner in owners if isinstance(owner, nn.Module)]
    kept = [(parameter, parameter.grad) for module in modules for parameter in module.parameters()]
    for parameter, _ in kept:
        parameter.grad = None
    try:
        yield
    finally:
        for parameter, gradient in kept:
            parameter.grad = gradient


class same_random_state:  # noqa: N801  (used as a statement)
    """The random states of PyTorch, NumPy and Python after the block are those before it."""

    def __enter__(self) -> None:
        self._others = random.getstate(), np.random.get_state()
        self._cpu = torch.get_rng_state()
        self._cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []

    def __exit__(self, *_: object) -> None:
        random.setstate(self._others[0])
        np.random.set_state(self._others[1])
        torch.set_rng_state(self._cpu)
        if self._cuda:
            torch.cuda.set_rng_state_all(self._cuda)


def kind(value: object) -> str:
    """Return what something is, in a few words.

    >>> kind((1, 2)), kind(None), kind("x")
    ('a tuple of 2', 'None', 'str')
    """
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return "None" if value is None else f"{type(value).__name__}"
