"""What is timed: an activation's forward pass, and its forward and backward pass, by each library on the same data."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Literal

import torch
from torch import Tensor

from ..catalogue import Activation
from ..nn import functional
from . import by_pytorch, by_scipy
from .formats import FLOAT32
from .records import Table
from .timing import Call

Work = Literal["forward", "forward and backward"]
WORKS: tuple[Work, ...] = ("forward", "forward and backward")


@dataclass(frozen=True, slots=True)
class Workload:
    """An activation on data of some shape, with or without a bias that is added first."""

    activation: Activation
    shape: tuple[int, ...]
    work: Work
    bias: bool = False

    @property
    def table(self) -> Table:
        """The table that it belongs in."""
        if self.bias:
            return "bias"
        return "rows" if self.activation.rowwise else "gated" if self.activation.gated else "functions"

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"bias + {self.activation.name}" if self.bias else self.activation.name


def has_rival(activation: Activation) -> bool:
    """Return whether PyTorch has the function."""
    return _rival(activation) is not None


def copying(workload: Workload) -> Call:
    """Return the call that copies the data once."""
    (x, *_) = data(workload.shape, len(workload.activation.inputs))
    return x.clone


def ours(workload: Workload) -> Call:
    """Return our call."""
    activation = workload.activation
    if workload.bias:
        return _call(lambda x, bias: functional.apply(activation, x, bias=bias), workload)
    # As `act.gelu(x)` does: without delay.
    call = functional.quick_pair if activation.gated else functional.quick
    return _call(partial(call, activation), workload)


def eager(workload: Workload) -> Call | None:
    """Return PyTorch's call."""
    function = _rival(workload.activation)
    if function is None or not _differentiates(workload):
        return None
    return _call(_with_bias(function) if workload.bias else function, workload)


def compiled(workload: Workload) -> Call | None:
    """Return the call of what torch.compile makes of PyTorch's function, for every size."""
    function = _rival(workload.activation)
    if function is None or not _differentiates(workload):
        return None
    return _call(_inductor(workload.activation, workload.bias), workload)


def written(workload: Workload) -> Call | None:
    """Return the call of what SciPy and NumPy users write, forward only."""
    activation = workload.activation
    name = next((name for name in (activation.name, *activation.aliases) if name in by_scipy.WRITTEN), None)
    if name is None or workload.work != "forward" or workload.bias:
        return None
    arrays = [x.numpy() for x in data(workload.shape, len(activation.inputs))]
    function = by_scipy.value(partial(by_scipy.WRITTEN[name], **dict(activation.defaults)), FLOAT32)
    return lambda: function(*arrays)


@lru_cache(maxsize=2)
def data(shape: tuple[int, ...], count: int) -> tuple[Tensor, ...]:
    """Return `count` float32 tensors of a shape: normal numbers of standard deviation 3, the same in every process."""
    generator = torch.Generator().manual_seed(0)
    return tuple(3 * torch.randn(shape, generator=generator) for _ in range(count))


def _call(function: Callable[..., Tensor], workload: Workload) -> Call:
    inputs = data(workload.shape, len(workload.activation.inputs))
    if workload.bias:
        inputs = (*inputs, torch.linspace(-1, 1, workload.shape[-1]))
    if workload.work == "forward":

        def forward() -> object:
            with torch.no_grad():
                return function(*inputs)

        return forward
    leaves = [x.clone().requires_grad_() for x in inputs]
    gradient = torch.ones_like(function(*leaves))

    def both() -> object:
        return torch.autograd.grad(function(*leaves), leaves, gradient)

    return both


def _rival(activation: Activation) -> Callable[..., Tensor] | None:
    table = by_pytorch.FUNCTIONS
    name = next((name for name in (activation.name, *activation.aliases) if name in table), None)
    return None if name is None else partial(table[name], **dict(activation.defaults))


def _differentiates(workload: Workload) -> bool:
    return workload.work == "forward" or workload.activation.name not in by_pytorch.WITHOUT_SLOPE


def _with_bias(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda x, bias: function(x + bias)


@lru_cache(maxsize=256)
def _inductor(activation: Activation, bias: bool) -> Any:
    function = _rival(activation)
    assert function is not None
    return torch.compile(_with_bias(function) if bias else function, dynamic=True)


def forget_compiled() -> None:
    """Forget what torch.compile has made: its code is for the number of threads at that time."""
    _inductor.cache_clear()
    torch._dynamo.reset()
