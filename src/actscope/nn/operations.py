"""Formulas by PyTorch's own operations: for devices, dtypes and transforms that the compiled kernels do not serve."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ..formula import Expr, evaluate
from ..kernels.settle import FAR
from ..kernels.sources import Bound


def by_torch(expr: Expr, x: Tensor, bound: Bound, **others: Tensor) -> Tensor:
    """Return `expr` by PyTorch's operations; half precision is computed in float32 and rounded once."""
    tensors = {"x": x, **others}
    if x.dtype in (torch.float16, torch.bfloat16):
        tensors = {name: tensor.float() for name, tensor in tensors.items()}
    result = evaluate(expr, table_for(tensors["x"].dtype), **tensors, **dict(bound))
    if not isinstance(result, Tensor):
        result = torch.full_like(tensors["x"], result)
    # The identity hands back its input; a result is always a tensor of its own.
    return result.clone() if result is x else result.to(x.dtype)


def _sech2(u: Tensor) -> Tensor:
    e = torch.exp(-2 * torch.abs(u))
    return 4 * e / (1 + e) ** 2


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


def _where(condition: Any, a: Any, b: Any, dtype: torch.dtype | None = None) -> Any:
    if not isinstance(condition, Tensor):
        return a if condition else b
    if dtype and not isinstance(a, Tensor) and not isinstance(b, Tensor):
        # Of two Python numbers PyTorch would make float32, also among float64 tensors.
        a = torch.full((), a, dtype=dtype, device=condition.device)
    return torch.where(condition, a, b)


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
    "softplus": lambda u: torch.clamp(u, min=0) + torch.log1p(torch.exp(-torch.abs(u))),
    # torch.special.ndtr is 0 from -8.3 on, where the tail is 1e-17.
    "normal_cdf": lambda u: 0.5 * torch.erfc(u * -(0.5**0.5)),
    "normal_pdf": lambda u: torch.exp(-0.5 * u * u) / (2 * torch.pi) ** 0.5,
    "cos": torch.cos,
    "sin": torch.sin,
    "row_sum": lambda u: u.sum(-1, keepdim=True),
    "row_max": lambda u: u.amax(-1, keepdim=True).detach(),
}
"""Each primitive by PyTorch's operations; complete, as a test makes sure."""
