"""What is timed: the passes of activations, by PyTorch's compiled functions and by ours, and the steps of a layer.

Passes write to memory that is given to them, so that neither autograd nor the reserving of memory is in their time.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from ....bench.timing import Call
from ....catalogue import get
from ....errors import missing_extra
from ..claim import Number

try:
    import torch
    from torch import Tensor
except ImportError as error:
    raise missing_extra("lab", "timing") from error

from ....bench.by_pytorch import FUNCTIONS
from ....kernels.compiler import compiled
from ....kernels.sources import Kind, source
from ....kernels.threads import run
from ....nn import functional

Library = Literal["PyTorch", "actscope"]
LIBRARIES: tuple[Library, ...] = ("PyTorch", "actscope")
Place = Literal["cache", "memory"]
SIZES: Mapping[Place, int] = MappingProxyType({"cache": 1 << 16, "memory": 1 << 23})
"""Numbers of float32: 256 KiB, and 32 MiB, which is more than caches hold together with the results."""
WIDTH, BATCH = 512, 128
TWICE = 2.0
"""A ratio from which on something counts as expensive, or much slower."""
MOST = 0.75
"""The share of rounds in which it must be so: then the whole range between the quartiles is."""

_ATEN: Any = torch.ops.aten
_FORWARD: Mapping[str, Callable[[Tensor, Tensor], object]] = MappingProxyType(
    {
        # What torch.relu itself calls.
        "relu": lambda x, out: torch.clamp_min(x, 0, out=out),
        "sigmoid": lambda x, out: torch.sigmoid(x, out=out),
        "tanh": lambda x, out: torch.tanh(x, out=out),
        "elu": lambda x, out: _ATEN.elu.out(x, out=out),
        "softplus": lambda x, out: _ATEN.softplus.out(x, out=out),
        "silu": lambda x, out: _ATEN.silu.out(x, out=out),
    }
)
# From the output y, as PyTorch's autograd has it.
_BACKWARD: Mapping[str, Callable[[Tensor, Tensor, Tensor], object]] = MappingProxyType(
    {
        "relu": lambda grad, y, out: _ATEN.threshold_backward.grad_input(grad, y, 0, grad_input=out),
        "sigmoid": lambda grad, y, out: _ATEN.sigmoid_backward.grad_input(grad, y, grad_input=out),
        "tanh": lambda grad, y, out: _ATEN.tanh_backward.grad_input(grad, y, grad_input=out),
    }
)


def data(place: Place) -> tuple[Tensor, Tensor, Tensor]:
    """Return inputs and gradients, normal numbers, and room for a result.

    >>> [len(each) for each in data("cache")]
    [65536, 65536, 65536]
    """
    random = torch.Generator().manual_seed(0)
    x, grad = (torch.randn(SIZES[place], generator=random) for _ in range(2))
    return x, grad, torch.empty_like(x)


def forward(library: Library, name: str, x: Tensor, out: Tensor) -> Call:
    """Return the call that writes f(x) to `out`.

    >>> x, _, out = data("cache")
    >>> for library in LIBRARIES:
    ...     _ = forward(library, "relu", x, out)()
    ...     assert torch.equal(out, torch.relu(x))
    """
    if library == "actscope":
        return _ours(name, "value", (x, out))
    function = _FORWARD[name]
    return lambda: function(x, out)


def backward(library: Library, name: str, x: Tensor, grad: Tensor, out: Tensor) -> Call:
    """Return the call that writes grad * f'(x) to `out`: PyTorch's from f(x), which it keeps, ours from x.

    >>> x, grad, out = data("cache")
    >>> for library in LIBRARIES:
    ...     _ = backward(library, "relu", x, grad, out)()
    ...     assert torch.equal(out, torch.where(x > 0, grad, 0))
    """
    if library == "actscope":
        return _ours(name, "gradient", (x, grad, out))
    function, y = _BACKWARD[name], torch.empty_like(x)
    _FORWARD[name](x, y)
    return lambda: function(grad, y, out)


def step(library: Library, name: str) -> Callable[[], tuple[Tensor, ...]]:
    """Return a layer's step: its matrix product, the activation, and the gradients of inputs, weights and biases.

    >>> [tuple(gradient.shape) for gradient in step("PyTorch", "relu")()]
    [(128, 512), (512, 512), (512,)]
    """
    random = torch.Generator().manual_seed(0)
    leaves = [torch.randn(shape, generator=random) for shape in ((BATCH, WIDTH), (WIDTH, WIDTH), (WIDTH,))]
    leaves = [(leaf / WIDTH**0.5 if leaf.shape == (WIDTH, WIDTH) else leaf).requires_grad_() for leaf in leaves]
    grad = torch.randn(BATCH, WIDTH, generator=random)
    activation = get(name)

    def activate(received: Tensor) -> Tensor:
        if library == "actscope":
            return functional.quick(activation, received)
        return FUNCTIONS[name](received, **dict(activation.defaults))

    return lambda: torch.autograd.grad(activate(torch.nn.functional.linear(*leaves)), leaves, grad)


def ratio(times: Sequence[float], base: Sequence[float], meaning: str) -> Number:
    """Return the median over rounds of one time by another, with the quartiles.

    >>> number = ratio([2.0, 9.0, 4.0], [1.0, 3.0, 2.0], "theirs over ours")
    >>> number.value, number.low, number.high
    (2.0, 2.0, 2.5)
    """
    low, middle, high = np.quantile(np.divide(times, base), [0.25, 0.5, 0.75])
    return Number(middle, meaning, "", low, high, f"quartiles of {len(times)} rounds")


def share(times: Sequence[float], base: Sequence[float], meaning: str) -> Number:
    """Return the share of rounds in which one time was at least twice the other.

    >>> share([2.0, 9.0, 1.0], [1.0, 3.0, 2.0], "theirs over ours").value == 2 / 3
    True
    """
    return Number(float(np.mean(np.divide(times, base) >= TWICE)), meaning)


def _ours(name: str, kind: Kind, tensors: tuple[Tensor, ...]) -> Call:
    activation = get(name)
    kernel = compiled(source(activation, kind, "float32", activation.defaults))
    numbers = kernel.given(activation.defaults)

    def call() -> None:
        # The tensors are named here so that their memory lives as long as the call.
        run(kernel, tuple(tensor.data_ptr() for tensor in tensors), tensors[0].numel(), 1, numbers)

    return call
