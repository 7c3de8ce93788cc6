"""What a call of an activation brings: which tensors stand for what, whether they fit, and what to type if not."""

import math
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from ..catalogue import CATALOGUE, Activation, Parameter
from ..catalogue.activation import within_bounds
from ..errors import ArrayTypeError, ParameterError
from ..formula import Expr, Symbol, substitute
from ..kernels.sources import Bound
from .several import Declared, Joint, Signs, joint
from .tensors import DTYPES, ready


def refuse_other_numbers(activation: str | Activation, *tensors: Tensor, names: tuple[str, ...] = ("x",)) -> None:
    """Raise ArrayTypeError unless all are dense tensors of real floating-point numbers on one device.

    `names` are those by which an error calls them; where there are fewer, the last stands for the rest.
    """
    name = activation if isinstance(activation, str) else activation.name
    for k, x in enumerate(tensors):
        what = names[min(k, len(names) - 1)]
        if not isinstance(x, Tensor):
            raise ArrayTypeError(_told_of_no_tensor(name, what, x, tensors))
        if not x.dtype.is_floating_point:
            remedy = f"pass {what}.real or {what}.abs()" if x.dtype.is_complex else f"call {what}.float() first"
            raise ArrayTypeError(
                f"{name} is defined on real floating-point numbers, but `{what}` is a tensor of {x.dtype}; {remedy}"
            )
        if x.dtype not in DTYPES:
            raise ArrayTypeError(
                f"{name} computes in {', '.join(DTYPES.values())}, but `{what}` is a tensor of {x.dtype}; "
                f"call {what}.float() first"
            )
        if x.layout is not torch.strided and x.layout is not torch.jagged:
            raise ArrayTypeError(
                f"{name} needs dense tensors, but `{what}` has the layout {x.layout}; call {what}.to_dense() first"
            )
        if x.device != tensors[0].device:
            raise ArrayTypeError(
                f"{name} needs its tensors on one device, but `{names[0]}` is on {tensors[0].device} and `{what}` on "
                f"{x.device}; call {what}.to({str(tensors[0].device)!r})"
            )


def _told_of_no_tensor(activation: str, what: str, x: object, others: tuple[object, ...]) -> str:
    if any(isinstance(other, Tensor) for other in others):
        return f"{activation} got a tensor together with {type(x).__name__} for `{what}`; pass torch.as_tensor({what})"
    of_any = f"act.{activation}({what})" if activation in CATALOGUE else f"{activation}({what}) itself"
    return (
        f"{activation} takes torch tensors here, but got {type(x).__name__} for `{what}`; "
        f"pass torch.as_tensor({what}), or call {of_any}, which takes any kind of array"
    )


def refuse_more(activation: Activation, others: tuple[Tensor, ...], bias: Tensor | None, tensors: Any) -> None:
    """Raise if anything was given beside the input and parameters that are numbers."""
    if others:
        raise ArrayTypeError(f"{activation.name} takes one input, but got {1 + len(others)}")
    if bias is not None:
        raise ArrayTypeError(f"{activation.name} takes no `bias`; add it to the input")
    for name in tensors:
        raise ParameterError(f"{activation.name}: `{name}` must be a number, but got a tensor; pass {name}.item()")


def parted(activation: Activation, x: Tensor, parameters: dict[str, Any]) -> tuple[Bound, dict[str, Tensor]]:
    """Return the parameters that are numbers, bound, and those that are tensors, shaped to broadcast to `x`."""
    tensors = {name: value for name, value in parameters.items() if isinstance(value, Tensor)}
    numbers = activation.bind(**{name: value for name, value in parameters.items() if name not in tensors})
    if not tensors:
        return tuple(numbers.items()), tensors
    if unknown := tensors.keys() - numbers.keys():
        activation.bind(**dict.fromkeys(unknown, 0.0))
    return tuple((name, value) for name, value in numbers.items() if name not in tensors), fitted(
        activation, x, tensors
    )


def fitted(activation: Activation, x: Tensor, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return parameters that are tensors in the order of their declaration, shaped to broadcast to `x`."""
    return {p.name: _fitted(activation, p, tensors[p.name], x) for p in activation.parameters if p.name in tensors}


def _fitted(activation: Activation, parameter: Parameter, tensor: Tensor, x: Tensor) -> Tensor:
    refuse_other_numbers(activation, x, tensor, names=(activation.inputs[0], parameter.name))
    if parameter.learnable and tensor.dim() == 1 and tensor.numel() != 1 and x.dim() > 1:
        if x.shape[1] != tensor.numel():
            raise ArrayTypeError(
                f"{activation.name}: `{parameter.name}` has {tensor.numel()} numbers, one for each channel, but axis 1 "
                f"of the input of shape {tuple(x.shape)} has {x.shape[1]}"
            )
        tensor = tensor.reshape(1, tensor.numel(), *[1] * (x.dim() - 2))
    # The compiler knows no numbers. What training has driven to inf or nan is data, as it is in the input.
    if _is_bounded(parameter) and not torch.compiler.is_compiling():
        for end in _ends(tensor):
            if math.isfinite(end) and not within_bounds(parameter, end):
                activation.bind(**{parameter.name: end})
    return broadcastable(activation, f"`{parameter.name}`", tensor, x)


def _is_bounded(parameter: Parameter) -> bool:
    return any(map(math.isfinite, (parameter.above, parameter.at_least, parameter.at_most))) or parameter.whole


def broadcastable(activation: Activation, what: str, tensor: Tensor, x: Tensor) -> Tensor:
    """Return `tensor` if it broadcasts to the shape of `x`; raise ArrayTypeError if not."""
    if tensor.numel() == 1 and tensor.dim() > x.dim():
        return tensor.reshape(())
    shape = (1,) * (x.dim() - tensor.dim()) + tuple(tensor.shape)
    if len(shape) > x.dim() or any(size not in (1, full) for size, full in zip(shape, x.shape, strict=True)):
        raise ArrayTypeError(
            f"{activation.name}: {what} of shape {tuple(tensor.shape)} does not broadcast to the input's "
            f"{tuple(x.shape)}"
        )
    return tensor


def _ends(tensor: Tensor) -> tuple[float, float]:
    """Return the smallest and largest number; nan where the tensor has none to show."""
    tensor = tensor.detach()
    if not tensor.numel() or not ready(tensor.contiguous()):
        return math.nan, math.nan
    if tensor.numel() == 1:
        return tensor.item(), tensor.item()
    low, high = torch.aminmax(tensor)
    return low.item(), high.item()


def inputs(activation: Activation, x: Tensor, others: tuple[Tensor, ...], dim: int) -> tuple[Tensor, ...]:
    """Return the inputs of the formula in one shape and dtype; a single tensor for a gated one is cut in halves."""
    if not activation.gated:
        refuse_more(activation, others, None, ())
        return (x,)
    if not others:
        return halves(activation, x, dim)
    if len(others) > 1:
        raise ArrayTypeError(f"{activation.name} takes two inputs, but got {1 + len(others)}")
    other = others[0]
    if x.shape == other.shape and x.dtype is other.dtype:
        return x, other
    if any(m != n and 1 not in (m, n) for m, n in zip(reversed(x.shape), reversed(other.shape), strict=False)):
        raise ArrayTypeError(
            f"{activation.name}: inputs of shapes {tuple(x.shape)} and {tuple(other.shape)} do not broadcast"
        )
    dtype = _promoted(x, other)
    shape = torch.broadcast_shapes(x.shape, other.shape)  # type: ignore[no-untyped-call]
    return x.expand(shape).to(dtype), other.expand(shape).to(dtype)


def _promoted(x: Tensor, other: Tensor) -> torch.dtype:
    """Return the dtype that PyTorch gives x*other, as torch.result_type, which no compiler follows."""
    if bool(x.dim()) == bool(other.dim()):
        return torch.promote_types(x.dtype, other.dtype)
    return x.dtype if x.dim() else other.dtype


def refuse_axis(activation: Activation, x: Tensor, dim: int) -> None:
    """Raise ArrayTypeError unless `x` has the axis `dim`."""
    if not isinstance(dim, int) or not -x.dim() <= dim < x.dim():
        raise ArrayTypeError(f"{activation.name}: axis {dim!r} does not exist in a tensor of {x.dim()} dimensions")


def halves(activation: Activation, x: Tensor, dim: int) -> tuple[Tensor, ...]:
    """Return the first and the second half of `x` along an axis of even size."""
    if not x.dim():
        raise ArrayTypeError(
            f"{activation.name} takes two inputs, {activation.name}({', '.join(activation.inputs)}), or one "
            "tensor to cut in halves, but got a single number"
        )
    refuse_axis(activation, x, dim)
    if x.shape[dim] % 2:
        raise ArrayTypeError(
            f"{activation.name} cuts its input in halves along axis {dim}, but that has an odd size, {x.shape[dim]}; "
            f"pass an even one, or two tensors: {activation.name}({', '.join(activation.inputs)})"
        )
    return x.chunk(2, dim)


def joined(activation: Activation, numbers: Bound, tensors: dict[str, Tensor], biased: bool = False) -> Joint:
    """Return the formula of the inputs and the parameters that are tensors, and of a bias added to the first input."""
    names = tuple(tensors)
    signs = tuple((name, _sign(tensors[name]) if _sign_matters(activation, numbers, names) else 1) for name in names)
    return _joined(activation, numbers, names, signs, biased)


def _sign(tensor: Tensor) -> int:
    low, high = _ends(tensor)
    return int(low > 0) - int(high < 0)


@lru_cache(maxsize=256)
def _sign_matters(activation: Activation, numbers: Bound, names: tuple[str, ...]) -> bool:
    """Return whether limits at infinite data differ with the sign of the parameters that are tensors."""
    kinds = [_joined(activation, numbers, names, tuple((name, sign) for name in names), False) for sign in (-1, 0, 1)]
    parts = [(kind.settled(), *(kind.partial(symbol).settled() for symbol in kind.symbols)) for kind in kinds]
    return any(part != parts[0] for part in parts)


@lru_cache(maxsize=512)
def _joined(activation: Activation, numbers: Bound, names: tuple[str, ...], signs: Signs, biased: bool) -> Joint:
    declared: Declared = (("x", activation.slope_formula),) if activation.pointwise else ()
    if not biased:
        return joint(activation.formula, (*activation.inputs, *names), numbers, signs, declared)
    first = activation.inputs[0]
    total: dict[str, Expr | float] = {first: Symbol(first) + Symbol("bias")}
    slope = substitute(activation.partial(first), total)
    symbols = (*activation.inputs, "bias", *names)
    return joint(substitute(activation.formula, total), symbols, numbers, signs, ((first, slope), ("bias", slope)))
