"""Activations on torch tensors, with autograd: the compiled kernels where they apply, PyTorch's operations elsewhere.

A dense floating-point tensor on the CPU goes to the kernels. Everything else (another device, torch.compile, torch.func,
forward-mode derivatives) is computed from the same formula by PyTorch's own operations. The slope is our formula there
too: autograd through `where` would compute 0 * inf, and s*(1 - s) of a saturated sigmoid is 0.
"""

from typing import Any

import torch
from torch import Tensor

from ..catalogue import Activation, get
from ..catalogue.activation import within_bounds
from ..errors import ArrayTypeError, ParameterError
from ..formula import Expr, Symbol, substitute
from ..kernels.sources import Bound
from . import rowwise, several
from .curves import Curve, applied, curve, direct, slope_curve
from .several import Joint
from .tensors import DTYPES, ready

_is_compiling, _grad_enabled = torch.compiler.is_compiling, torch.is_grad_enabled
_CURVES: dict[Activation, Curve] = {}
"""The curves at default parameters that were asked for so far."""


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
    _refuse_other_numbers(activation, x, *others)
    if _is_compiling():
        from . import compiling

        return compiling.apply(activation, x, others, dim, bias, training, parameters)
    activation = get(activation)
    numbers, tensors = _parted(activation, x, parameters)
    if activation.rowwise:
        _refuse(activation, others, bias, tensors)
        return rowwise.apply(activation, x, dim, numbers)
    if activation.drawn and training:
        return _drawn(activation, x, numbers)
    if activation.gated or bias is not None or tensors:
        return _joint(activation, _inputs(activation, x, others, dim), bias, numbers, tensors)
    _refuse(activation, others, None, {})
    found = curve(activation.formula, activation.slope_formula, numbers)
    if not parameters:
        _CURVES[activation] = found
    return applied(found, x)


def quick(activation: Activation, x: Tensor, dim: int = -1) -> Tensor:
    """Return f(x) at default parameters as `apply` does, without delay where the kernels serve `x` as it is."""
    if not _is_compiling():
        of = _CURVES.get(activation)
        if of is not None and ready(x):
            return direct(x, of) if x.requires_grad and _grad_enabled() else of.value(x)
    return apply(activation, x, dim=dim)


def along(of: Curve, x: Tensor, activation: Activation, parameters: dict[str, float]) -> Tensor:
    """Return f(x) of a curve that is at hand, as a module has it; `apply` knows what else may come."""
    if not _is_compiling() and ready(x):
        return direct(x, of) if x.requires_grad and _grad_enabled() else of.value(x)
    return apply(activation, x, **parameters)


def slope(activation: str | Activation, x: Tensor, **parameters: float) -> Tensor:
    """Return f'(x), shape, dtype and device as `x`; differentiable like f itself.

    >>> slope("tanh", torch.zeros(2)).tolist()
    [1.0, 1.0]
    """
    _refuse_other_numbers(activation, x)
    if _is_compiling():
        from . import compiling

        return compiling.slope(activation, x, parameters)
    activation = get(activation)
    if not activation.pointwise:
        has = "its derivative is a matrix" if activation.rowwise else "it has one for each of its inputs"
        raise ArrayTypeError(f"{activation.name} has no slope of one number: {has}; call backward() on its result")
    numbers, tensors = _parted(activation, x, parameters)
    if tensors:
        of = _joined(activation, numbers, tensors).partial("x")
        return several.applied(of, x, *tensors.values())
    return applied(slope_curve(curve(activation.formula, activation.slope_formula, numbers)), x)


def _refuse_other_numbers(activation: str | Activation, *tensors: Tensor) -> None:
    name = activation if isinstance(activation, str) else activation.name
    for x in tensors:
        if not isinstance(x, Tensor):
            raise ArrayTypeError(f"{name} got a tensor together with {type(x).__name__}; pass torch.as_tensor(...)")
        if not x.dtype.is_floating_point:
            remedy = "pass x.real or x.abs()" if x.dtype.is_complex else "call x.float() first"
            raise ArrayTypeError(
                f"{name} is defined on real floating-point numbers, but got a tensor of {x.dtype}; {remedy}"
            )
        if x.device != tensors[0].device:
            raise ArrayTypeError(
                f"{name} needs its inputs on one device, but got {tensors[0].device} and {x.device}; "
                f"call .to({str(tensors[0].device)!r})"
            )


def _refuse(activation: Activation, others: tuple[Tensor, ...], bias: Tensor | None, tensors: dict[str, Tensor]) -> None:
    if others:
        raise ArrayTypeError(f"{activation.name} takes one input, but got {1 + len(others)}")
    if bias is not None:
        raise ArrayTypeError(f"{activation.name} takes no `bias`; add it to the input")
    for name in tensors:
        raise ParameterError(f"{activation.name}: `{name}` must be a number, but got a tensor; pass {name}.item()")


def _parted(activation: Activation, x: Tensor, parameters: dict[str, Any]) -> tuple[Bound, dict[str, Tensor]]:
    """Return the parameters that are numbers, bound, and those that are tensors."""
    tensors = {name: value for name, value in parameters.items() if isinstance(value, Tensor)}
    numbers = activation.bind(**{name: value for name, value in parameters.items() if name not in tensors})
    for parameter in activation.parameters:
        if parameter.name in tensors:
            tensors[parameter.name] = _fitted(activation, parameter.learnable, parameter.name, tensors, x)
            _check_bounds(activation, parameter.name, tensors[parameter.name])
    if unknown := tensors.keys() - numbers.keys():
        activation.bind(**dict.fromkeys(unknown, 0.0))
    return tuple((name, value) for name, value in numbers.items() if name not in tensors), tensors


def _fitted(activation: Activation, learnable: bool, name: str, tensors: dict[str, Tensor], x: Tensor) -> Tensor:
    tensor = tensors[name]
    _refuse_other_numbers(activation, x, tensor)
    if learnable and tensor.dim() == 1 and tensor.numel() > 1 and x.dim() > 1:
        if x.shape[1] != tensor.numel():
            raise ArrayTypeError(
                f"{activation.name}: `{name}` has {tensor.numel()} numbers, one for each channel, but axis 1 of the input "
                f"of shape {tuple(x.shape)} has {x.shape[1]}"
            )
        tensor = tensor.reshape(1, -1, *[1] * (x.dim() - 2))
    return _broadcastable(activation, f"`{name}`", tensor, x)


def _broadcastable(activation: Activation, what: str, tensor: Tensor, x: Tensor) -> Tensor:
    shape = (1,) * (x.dim() - tensor.dim()) + tuple(tensor.shape)
    if len(shape) > x.dim() or any(size not in (1, full) for size, full in zip(shape, x.shape, strict=True)):
        if tensor.numel() == 1:
            return tensor.reshape(())
        raise ArrayTypeError(
            f"{activation.name}: {what} of shape {tuple(tensor.shape)} does not broadcast to the input's {tuple(x.shape)}"
        )
    return tensor


def _check_bounds(activation: Activation, name: str, tensor: Tensor) -> None:
    parameter = next(parameter for parameter in activation.parameters if parameter.name == name)
    low, high = _span(tensor)
    for end in (low, high):
        if end == end and not within_bounds(parameter, end):
            activation.bind(**{name: end})


def _span(tensor: Tensor) -> tuple[float, float]:
    """Return the smallest and largest number; nan where the tensor has none to show."""
    if not ready(tensor.detach().contiguous()) or not tensor.numel():
        return float("nan"), float("nan")
    low, high = torch.aminmax(tensor.detach())
    return low.item(), high.item()


def _inputs(activation: Activation, x: Tensor, others: tuple[Tensor, ...], dim: int) -> dict[str, Tensor]:
    """Return the tensors by the symbols of the formula that they stand for."""
    if not activation.gated:
        _refuse(activation, others, None, {})
        return {"x": x}
    if not others:
        if x.dim() == 0 or not -x.dim() <= dim < x.dim():
            raise ArrayTypeError(f"{activation.name}: axis {dim} does not exist in a tensor of {x.dim()} dimensions")
        if x.shape[dim] % 2:
            raise ArrayTypeError(
                f"{activation.name} cuts its input in halves along axis {dim}, but that has an odd size, {x.shape[dim]}; "
                f"pass an even one, or two tensors: {activation.name}({', '.join(activation.inputs)})"
            )
        return dict(zip(activation.inputs, x.chunk(2, dim), strict=True))
    if len(others) > 1:
        raise ArrayTypeError(f"{activation.name} takes two inputs, but got {1 + len(others)}")
    try:
        first, second = torch.broadcast_tensors(x, others[0])
    except RuntimeError:
        raise ArrayTypeError(
            f"{activation.name}: inputs of shapes {tuple(x.shape)} and {tuple(others[0].shape)} do not broadcast"
        ) from None
    dtype = torch.promote_types(first.dtype, second.dtype)
    return dict(zip(activation.inputs, (first.to(dtype), second.to(dtype)), strict=True))


def _joined(activation: Activation, numbers: Bound, tensors: dict[str, Tensor], biased: bool = False) -> Joint:
    symbols = (*activation.inputs, *(["bias"] if biased else []), *tensors)
    spans = tuple((name, *_span(tensor)) for name, tensor in tensors.items())
    declared: tuple[tuple[str, Expr], ...] = (("x", activation.slope_formula),) if activation.pointwise else ()
    if not biased:
        return Joint(activation.formula, symbols, numbers, spans, declared)
    total: dict[str, Expr | float] = {activation.inputs[0]: Symbol(activation.inputs[0]) + Symbol("bias")}
    moved = tuple(
        (symbol, substitute(activation.partial(activation.inputs[0]), total)) for symbol in (activation.inputs[0], "bias")
    )
    return Joint(substitute(activation.formula, total), symbols, numbers, spans, moved)


def _joint(
    activation: Activation, inputs: dict[str, Tensor], bias: Tensor | None, numbers: Bound, tensors: dict[str, Tensor]
) -> Tensor:
    first = next(iter(inputs.values()))
    added = []
    if bias is not None:
        _refuse_other_numbers(activation, first, bias)
        added = [_broadcastable(activation, "`bias`", bias, first)]
    of = _joined(activation, numbers, tensors, biased=bias is not None)
    return several.applied(of, *inputs.values(), *added, *tensors.values())


def _drawn(activation: Activation, x: Tensor, numbers: Bound) -> Tensor:
    """Return the activation with its random number drawn for each element from PyTorch's generator."""
    drawn = activation.drawn
    assert drawn is not None
    values = dict(numbers)
    chosen = torch.empty_like(x).uniform_(values[drawn.low], values[drawn.high])
    rest = tuple((name, value) for name, value in numbers if name not in (drawn.low, drawn.high))
    of = Joint(drawn.formula, ("x", drawn.symbol), rest, ((drawn.symbol, values[drawn.low], values[drawn.high]),))
    return several.applied(of, x, chosen)


__all__ = ["DTYPES", "apply", "slope"]
