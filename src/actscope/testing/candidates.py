"""What is held to the laws: an activation and how it is computed, on arrays and on tensors, as its users call it."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import kernels
from ..bench.formats import Array, Format
from ..bench.subjects import Subject
from ..catalogue import Activation
from ..formula import Expr, evaluate


@dataclass(frozen=True, slots=True)
class Candidate:
    """An activation, or a function on tensors that is to be what the formula of an activation says."""

    activation: Activation
    function: Callable[..., Any] | None = None

    @property
    def name(self) -> str:
        """The activation's name, or the function's."""
        if self.function is None:
            return self.activation.name
        own = getattr(self.function, "__name__", type(self.function).__name__)
        return f"{own} (like {self.activation.name})"

    def value(self, x: Any, *others: Any, **parameters: Any) -> Any:
        """Return f(x) for an array or a tensor, as a call of the activation gives it."""
        own: Any = self.activation if self.function is None else self.function
        if callable(own):
            return own(x, *others, **parameters)
        serving = _serving(x)
        compute = serving.apply if serving else kernels.value
        return compute(own, x, *others, **parameters)

    def slope(self, x: Any) -> Any:
        """Return f'(x) for an array or a tensor; a function's by autograd."""
        own: Any = self.activation
        if self.function is not None:
            return _by_autograd(self.function, x)
        if callable(own):
            return own.slope(x)
        return (_serving(x) or kernels).slope(own, x)


def _serving(x: Any) -> Any:
    """Return what serves the tensors of a library; None for NumPy's arrays and for numbers."""
    torch, jax = sys.modules.get("torch"), sys.modules.get("jax")
    if torch is not None and isinstance(x, torch.Tensor):
        from ..nn import functional

        return functional
    if jax is not None and isinstance(x, jax.Array):
        from ..jax import functional as functional_of_jax

        return functional_of_jax
    return None


def _by_autograd(function: Callable[..., Any], x: Any) -> Any:
    import torch

    with torch.enable_grad():
        leaf = x.detach().clone().requires_grad_()
        result = function(leaf)
        (found,) = torch.autograd.grad(result, leaf, torch.ones_like(result))
    return found


def implementation(candidate: Candidate, subject: Subject, form: Format) -> Callable[..., Array] | None:
    """Return what computes the subject on arrays of the format, by the candidate; None where nothing can.

    That is where it takes PyTorch, which is not installed, and for the parameters of a function.
    """
    by = subject.by
    if by is None and candidate.function is None and form.name != "bfloat16":
        return candidate.value if subject.kind == "value" else candidate.slope
    if not installed("torch"):
        return None
    from ..bench import by_pytorch

    if by is None:
        return by_pytorch.value(candidate.value if subject.kind == "value" else candidate.slope, form)
    if by in candidate.activation.inputs:
        return by_pytorch.slope(candidate.value, form, candidate.activation.inputs.index(by))
    if candidate.function is not None:
        return None
    # A parameter for each element, so that each has a derivative of its own.
    derived = by_pytorch.slope(lambda x, p: candidate.value(x, **{by: p}), form, 1)
    default = dict(candidate.activation.defaults)[by]
    return lambda x: derived(x, form.rounded(np.full(x.shape, default)))


def formulas(activation: Activation) -> Iterator[tuple[str, str, Expr]]:
    """Yield the kind, the symbol it is a derivative by ("" for the value), and the formula."""
    yield "value", "", activation.formula
    if activation.pointwise:
        yield "slope", "x", activation.slope_formula
    if not activation.rowwise:
        learned = (parameter.name for parameter in activation.parameters if parameter.learnable)
        for name in (*(activation.inputs if activation.gated else ()), *learned):
            yield f"d/d{name}", name, activation.partial(name)


def by_formula(activation: Activation, x: Array) -> Array:
    """Return a row-wise activation of the last axis in float64, by its formula and NumPy, at default parameters."""
    values: dict[str, Any] = dict(activation.defaults)
    length = values.pop(activation.row_length, None) if activation.row_length else None
    wide = x.astype(np.float64)
    if not activation.pooled:
        return np.broadcast_to(evaluate(activation.formula, x=wide, **values), wide.shape)
    size = wide.shape[-1] if length is None else int(length)
    rows = wide.reshape(*wide.shape[:-1], wide.shape[-1] // size, size)
    return np.broadcast_to(evaluate(activation.formula, x=rows, **values), (*rows.shape[:-1], 1))[..., 0]


def apart(got: Array, wanted: Array) -> Array:
    """Return how far results are from each other: 0 also where both are nan, infinite where one of them alone is.

    >>> apart(np.array([1.0, np.nan, np.nan, np.inf]), np.array([1.5, np.nan, 2.0, np.inf])).tolist()
    [0.5, 0.0, inf, 0.0]
    """
    with np.errstate(invalid="ignore"):
        off = np.abs(got - wanted)
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    return np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))


def sizes(values: Array) -> Array:
    """Return the sizes of numbers, and 0 where there is none.

    >>> sizes(np.array([-2.0, np.nan, np.inf])).tolist()
    [2.0, 0.0, 0.0]
    """
    return np.where(np.isfinite(values), np.abs(values), 0.0)


def installed(library: str) -> bool:
    """Return whether a library can be imported."""
    return importlib.util.find_spec(library) is not None
