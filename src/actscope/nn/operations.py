"""Formulas by PyTorch's own operations: for devices, dtypes and transforms that the compiled kernels do not serve."""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from ..formula import Apply, Const, Expr, evaluate, fold, substitute
from ..formula.ops import ROW_OPS
from ..kernels.settle import FAR
from ..kernels.sources import Bound


def by_torch(expr: Expr, first: Tensor, bound: Bound, /, **others: Tensor) -> Tensor:
    """Return `expr` by PyTorch's operations, in the shape and dtype of the tensor that is x, or the first of several.

    Half precision is computed in float32 and rounded once.
    """
    tensors = {"x": first, **others}
    if first.dtype in (torch.float16, torch.bfloat16):
        tensors = {name: tensor.float() for name, tensor in tensors.items()}
    result = evaluate(filled(expr, bound), table_for(tensors["x"].dtype), **tensors)
    if not isinstance(result, Tensor):
        return torch.full_like(first, result)
    if result.shape != first.shape:
        result = result.expand(first.shape)
    # The identity hands back its input; a result is always a tensor of its own.
    return result.to(first.dtype, copy=any(result is tensor for tensor in tensors.values()))


@lru_cache(maxsize=1024)
def filled(expr: Expr, bound: Bound) -> Expr:
    """Return `expr` with its parameters put in, and each part of nothing but numbers computed.

    PyTorch's functions of tensors refuse a number, as in sqrt(2/pi).

    >>> from actscope.formula import parse
    >>> str(filled(parse("x*sqrt(2/b)"), (("b", 8.0),)))
    'x*0.5'
    """

    def node(op: str, args: Sequence[Expr]) -> Expr:
        whole = Apply(op, tuple(args))
        single = op not in ROW_OPS and all(isinstance(arg, Const) for arg in args)
        return Const(float(evaluate(whole))) if single else whole

    return fold(substitute(expr, dict(bound)), lambda leaf: leaf, node)


def _sech2(u: Tensor) -> Tensor:
    e = torch.exp(-2 * torch.abs(u))
    return 4 * e / (1 + e) ** 2


def _softsign(u: Tensor) -> Tensor:
    size = torch.abs(u)
    # 1 - 1/(1 + |u|) has no inf/inf; below 1 the quotient keeps the digits.
    return torch.where(size > 1, torch.sign(u) * (1 - 1 / (1 + size)), u / (1 + size))


def _tanhshrink(u: Tensor) -> Tensor:
    # Lambert's fraction of tanh, as in formula/ops.py.
    z = torch.clamp(u * u, max=1)
    rest: Any = 19.0
    for odd in range(17, 1, -2):
        rest = odd + z / rest
    return torch.where(torch.abs(u) > 1, u - torch.tanh(u), u * (z / (rest + z)))


def _hyperbola(u: Any, b: Any) -> Tensor:
    u, b = _tensors(u, b)
    return torch.hypot(u, torch.sqrt(b))


def _squareplus(u: Any, b: Any) -> Tensor:
    u, b = _tensors(u, b)
    half = 0.5 * torch.abs(u) + 0.5 * _hyperbola(u, b)
    return torch.where(u > 0, half, 0.25 * b / half)


def _squareplus_slope(u: Any, b: Any) -> Tensor:
    u, b = _tensors(u, b)
    low = _squareplus(-torch.abs(u), b) / _hyperbola(u, b)
    return torch.where(u > 0, 1 - low, low)


def _tempered(u: Any, v: Any, t: Any) -> Tensor:
    u, v = _tensors(u, v)
    gap = u - v
    # An infinite gap stays one at t = inf. At t = 0 every gap is infinite, and the step is flat on both sides.
    apart = gap / _where(t > 0, t, 1.0)
    apart = _where(t == math.inf, _where(torch.isinf(gap), gap.detach(), apart), apart)
    step = _where(u < v, -math.inf, _where(u > v, math.inf, gap.detach()))
    tempered: Tensor = _where((u == v) & (u == math.inf), 0.0, _where(t > 0, apart, step))
    return tempered


def _tensors(*values: Any) -> list[Tensor]:
    """Return the numbers among tensors as tensors too, of their dtype and device."""
    like: Tensor = next(filter(torch.is_tensor, values))
    return [v if isinstance(v, Tensor) else _number(like, v, like.dtype) for v in values]


def _logistic_pdf(u: Tensor) -> Tensor:
    e = torch.exp(-torch.abs(u))
    return e / (1 + e) ** 2


def _tanh_softplus(u: Tensor) -> Tensor:
    e = torch.exp(-torch.abs(u))
    top = torch.where(u > 0, 1 + 2 * e, e * (e + 2))
    gate: Tensor = top / (top + _where(u > 0, 2 * e * e, 2.0))
    return gate


def _tanh_softplus_slope(u: Tensor) -> Tensor:
    e = torch.exp(-torch.abs(u))
    bottom = torch.where(u > 0, 1 + 2 * e * (1 + e), e * (e + 2) + 2)
    slope: Tensor = 4 * e * _where(u > 0, e, 1.0) * (1 + e) / bottom**2
    return slope


def _greater(a: Any, b: Any) -> Any:
    return _in_range_of(b, a) > _in_range_of(a, b)


def _in_range_of(other: Any, value: Any) -> Any:
    """Return a number as `other` can hold it: 1e308 would become inf in float32, and no input is greater than inf."""
    if not isinstance(other, Tensor) or not isinstance(value, float):
        return value
    largest = torch.finfo(other.dtype).max
    if abs(value) == FAR and largest < FAR:
        # FAR is where cubes are still finite in float64; in float32 that is much nearer.
        return value / FAR * 2.0**40
    return min(max(value, -largest), largest)


def _where(condition: Any, a: Any, b: Any, dtype: torch.dtype = torch.float32) -> Any:
    if not isinstance(condition, Tensor):
        return a if condition else b
    like = next((choice.dtype for choice in (a, b) if isinstance(choice, Tensor)), dtype)
    a, b = (v if isinstance(v, Tensor) else _number(condition, v, like) for v in (a, b))
    return torch.where(condition, a, b)


def _number(beside: Tensor, value: float, dtype: torch.dtype) -> Tensor:
    """Return a number as a tensor of no dimensions, of the class of another.

    By itself PyTorch makes float32 of two numbers, also among doubles, and a real tensor among fake ones.
    """
    if beside.is_nested:  # ragged tensors have no new_full
        return torch.full((), value, dtype=dtype, device=beside.device)
    return beside.new_full((), value, dtype=dtype)


def table_for(dtype: torch.dtype) -> dict[str, Callable[..., Any]]:
    """Return the primitives by PyTorch's operations, for inputs of `dtype`."""
    return {**TORCH, "where": lambda condition, a, b: _where(condition, a, b, dtype)}


TORCH: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda u: -u,
    "pow": lambda u, n: u ** int(n),
    "abs": abs,
    "greater": _greater,
    "isnan": torch.isnan,
    "where": _where,
    "sqrt": torch.sqrt,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "sech2": _sech2,
    "tanh2": lambda u: torch.tanh(u) ** 2,
    "logistic_pdf": _logistic_pdf,
    "tanh_softplus": _tanh_softplus,
    "tanh_softplus_slope": _tanh_softplus_slope,
    "softplus": lambda u: torch.clamp(u, min=0) + torch.log1p(torch.exp(-torch.abs(u))),
    # torch.special.ndtr is 0 from -8.3 on, where the tail is 1e-17.
    "normal_cdf": lambda u: 0.5 * torch.erfc(u * -(0.5**0.5)),
    "normal_pdf": lambda u: torch.exp(-0.5 * u * u) / (2 * torch.pi) ** 0.5,
    "erf": torch.erf,
    "gaussian": lambda u: torch.exp(-u * u),
    "arctan": torch.atan,
    "cauchy": lambda u: 1 / _hyperbola(u, 1.0) ** 2,
    "softsign": _softsign,
    "tanhshrink": _tanhshrink,
    "hyperbola": _hyperbola,
    "squareplus": _squareplus,
    "squareplus_slope": _squareplus_slope,
    "tempered": _tempered,
    "share": lambda u, v, t: torch.exp(_tempered(u, v, t)),
    "cos": torch.cos,
    "sin": torch.sin,
    "row_sum": lambda u: u.sum(-1, keepdim=True),
    "row_max": lambda u: u.amax(-1, keepdim=True).detach(),
}
"""Each primitive by PyTorch's operations; complete, as a test makes sure."""
