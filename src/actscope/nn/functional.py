"""Activations on torch tensors, with autograd: the compiled kernels where they apply, PyTorch's operations elsewhere.

A dense floating-point tensor on the CPU goes to the kernels. Everything else (another device, torch.compile,
torch.func, forward-mode derivatives) is computed from the same formula by PyTorch's own operations. The slope is our
formula there too: autograd through `where` would compute 0 * inf, and s*(1 - s) of a saturated sigmoid is 0.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

from ..catalogue import CATALOGUE, Activation, get
from ..errors import ArrayTypeError
from ..kernels.sources import Bound
from . import rowwise, several
from .arguments import (
    broadcastable,
    inputs,
    joined,
    parted,
    refuse_more,
    refuse_other_numbers,
)
from .curves import Curve, applied, curve, direct, slope_curve
from .several import joint
from .tensors import beside, ready

_is_compiling, _grad_enabled = torch.compiler.is_compiling, torch.is_grad_enabled


class Visit(Protocol):
    """One call that is looked at."""

    def after(self, result: Tensor) -> None:
        """Take the result."""


Watcher = Callable[[Activation, Bound, Tensor], Visit | None]
WATCHERS: list[Watcher] = []
"""Who is told of each call of a function of one number, the last one alone: a probe that is open."""

_CURVES: dict[Activation, Curve] = {}
_JOINTS: dict[Activation, several.Joint] = {}
"""The curves, and the formulas of two inputs, at default parameters that were asked for so far."""


def apply(
    activation: str | Activation,
    x: Tensor,
    *others: Tensor,
    dim: int = -1,
    bias: Tensor | None = None,
    training: bool = False,
    **parameters: Any,
) -> Tensor:
    """Return f(x), shape, dtype and device as `x`; differentiable any number of times.

    A gated activation takes two tensors, or one that is cut in halves along `dim`. `dim` is also the axis of a row-wise
    activation such as softmax. `bias` is added to x first, in the same pass over memory; it broadcasts, so that one of
    shape (features,) goes along the last axis. Parameters are numbers, or tensors that broadcast to x and may be
    learned; a learnable one of shape (channels,) goes along axis 1 as PReLU's weight does. In `training` RReLU draws
    its slopes. Raises ArrayTypeError for tensors that are not of real floating-point numbers or do not fit together,
    and ParameterError for a parameter out of bounds; never for a value.

    >>> x = torch.tensor([-1.0, 2.0], requires_grad=True)
    >>> y = apply("relu", x)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """
    activation = get(activation)
    if WATCHERS and bias is None and not _is_compiling():
        return _seen(activation, parameters, x, lambda: _apply(activation, x, others, dim, bias, training, parameters))
    return _apply(activation, x, others, dim, bias, training, parameters)


def _seen(activation: Activation, parameters: dict[str, Any], x: Tensor, run: Callable[[], Tensor]) -> Tensor:
    """Return what `run` returns, and let a probe see it."""
    visit = None
    if activation.pointwise and isinstance(x, Tensor) and x.is_floating_point() and _are_numbers(parameters):
        visit = WATCHERS[-1](activation, tuple(activation.bind(**parameters).items()), x)
    result = run()
    if visit is not None:
        visit.after(result)
    return result


def _apply(
    activation: Activation,
    x: Tensor,
    others: tuple[Tensor, ...],
    dim: int,
    bias: Tensor | None,
    training: bool,
    parameters: dict[str, Any],
) -> Tensor:
    if _stands_in(x):
        name = activation.name if activation in CATALOGUE else activation
        options = {"dim": dim, "bias": bias, "training": training, **parameters}
        written: Tensor = handle_torch_function(apply, (x, *others), name, x, *others, **options)
        return written
    refuse_other_numbers(activation, x, *others, names=activation.inputs)
    if _is_compiling():
        from . import compiling

        return compiling.apply(activation, x, others, dim, bias, training, parameters)
    if activation.pointwise and not (others or activation.drawn) and bias is None and _are_numbers(parameters):
        return applied(_curve_at(activation, tuple(parameters.items())), x)
    numbers, tensors = parted(activation, x, parameters)
    if activation.rowwise:
        refuse_more(activation, others, bias, tensors)
        return rowwise.apply(activation, x, dim, numbers)
    if activation.drawn and training:
        refuse_more(activation, others, None, tensors)
        if bias is not None:
            x = (x + broadcastable(activation, "`bias`", bias, x)).to(x.dtype)
        return _drawn(activation, x, numbers)
    data = inputs(activation, x, others, dim)
    added: tuple[Tensor, ...] = ()
    if bias is not None:
        refuse_other_numbers(activation, data[0], bias, names=(activation.inputs[0], "bias"))
        added = (broadcastable(activation, "`bias`", bias, data[0]),)
    if len(data) == 1 and not added and not tensors:
        return applied(_curve_at(activation, numbers), x)
    return several.applied(joined(activation, numbers, tensors, bool(added)), *data, *added, *tensors.values())


def _stands_in(x: object) -> bool:
    """Return whether `x` is no tensor but writes down what is done with it, as torch.fx has it."""
    return not isinstance(x, Tensor) and has_torch_function((x,))


def _are_numbers(parameters: dict[str, Any]) -> bool:
    return all(value.__class__ in (float, int) for value in parameters.values())


@lru_cache(maxsize=512)
def _curve_at(activation: Activation, parameters: Bound) -> Curve:
    bound = tuple(activation.bind(**dict(parameters)).items())
    return curve(activation.formula, activation.slope_formula, bound)


def quick(activation: Activation, x: Tensor, dim: int = -1) -> Tensor:
    """Return f(x) at default parameters as `apply` does, without delay where the kernels serve `x` as it is."""
    if not _is_compiling():
        if WATCHERS:
            return apply(activation, x, dim=dim)
        of = _CURVES.get(activation)
        if of is not None and ready(x):
            return direct(x, of) if x.requires_grad and _grad_enabled() else of.value(x)
        if of is None and activation.pointwise:
            _CURVES[activation] = _curve_at(activation, ())
        elif activation.rowwise and ready(x):
            return rowwise.apply(activation, x, dim, activation.defaults)
    return apply(activation, x, dim=dim)


def quick_pair(activation: Activation, x: Tensor, other: Tensor) -> Tensor:
    """Return f(x, other) at default parameters as `apply` does, without delay where the kernels serve both alike."""
    if not _is_compiling() and isinstance(other, Tensor):
        of = _JOINTS.get(activation)
        if of is None:
            _JOINTS[activation] = joined(activation, activation.defaults, {})
        elif ready(x) and beside(x, other) and x.shape == other.shape:
            return several.pair(of, x, other)
    return apply(activation, x, other)


def along(of: Curve, x: Tensor, activation: Activation, parameters: dict[str, Any]) -> Tensor:
    """Return f(x) of a curve that is at hand, as a module has it; `apply` knows what else may come."""
    if not _is_compiling() and ready(x):
        return direct(x, of) if x.requires_grad and _grad_enabled() else of.value(x)
    return _apply(activation, x, (), -1, None, False, parameters)


def slope(activation: str | Activation, x: Tensor, **parameters: Any) -> Tensor:
    """Return f'(x), shape, dtype and device as `x`; differentiable like f itself.

    >>> slope("tanh", torch.zeros(2)).tolist()
    [1.0, 1.0]
    """
    activation = get(activation)
    refuse_other_numbers(activation, x)
    if _is_compiling():
        from . import compiling

        return compiling.slope(activation, x, parameters)
    if not activation.pointwise:
        has = "its derivative is a matrix" if activation.rowwise else "it has one for each of its inputs"
        raise ArrayTypeError(f"{activation.name} has no slope of one number: {has}; call backward() on its result")
    numbers, tensors = parted(activation, x, parameters)
    if tensors:
        return several.applied(joined(activation, numbers, tensors).partial("x"), x, *tensors.values())
    return applied(slope_curve(_curve_at(activation, numbers)), x)


def _drawn(activation: Activation, x: Tensor, numbers: Bound) -> Tensor:
    """Return the activation with its random number drawn for each element from PyTorch's generator."""
    drawn = activation.drawn
    assert drawn is not None
    values = dict(numbers)
    chosen = torch.empty_like(x).uniform_(values[drawn.low], values[drawn.high])
    rest = tuple((name, value) for name, value in numbers if name not in (drawn.low, drawn.high))
    sign = int(values[drawn.low] > 0) - int(values[drawn.high] < 0)
    return several.applied(joint(drawn.formula, ("x", drawn.symbol), rest, ((drawn.symbol, sign),)), x, chosen)
