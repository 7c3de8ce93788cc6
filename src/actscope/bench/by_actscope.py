"""Our own functions: on NumPy arrays; on tensors where derivatives have a name or the numbers are bfloat16."""

import hashlib
import importlib.util
from collections.abc import Callable

import numpy as np

from .. import kernels
from ..kernels.codegen import llvm_ir
from ..kernels.sources import source
from .formats import FLOAT64, Array, Format
from .subjects import Subject


def function(subject: Subject, form: Format) -> Callable[..., Array] | None:
    """Return what computes the subject on arrays of the format; None where it takes PyTorch, which is not installed."""
    activation = subject.activation
    if activation.pointwise and subject.by is None and form.name != "bfloat16":
        compute = kernels.value if subject.kind == "value" else kernels.slope
        return lambda x: compute(activation, x)
    if importlib.util.find_spec("torch") is None:
        return None
    return _on_tensors(subject, form)


def _on_tensors(subject: Subject, form: Format) -> Callable[..., Array]:
    from ..nn import functional
    from . import by_pytorch

    activation, by = subject.activation, subject.by
    if subject.kind == "value":
        return by_pytorch.value(lambda *inputs: functional.apply(activation, *inputs), form)
    if by is None:
        return by_pytorch.value(lambda x: functional.slope(activation, x), form)
    if by in activation.inputs:
        which = activation.inputs.index(by)
        return by_pytorch.slope(lambda *inputs: functional.apply(activation, *inputs), form, which)
    # A parameter for each element, so that each has a derivative of its own.
    derived = by_pytorch.slope(lambda x, p: functional.apply(activation, x, **{by: p}), form, 1)
    default = dict(activation.defaults)[by]
    return lambda x: derived(x, form.rounded(np.full(x.shape, default)))


def truth(subject: Subject) -> Callable[..., Array] | None:
    """Return what computes the subject in float64: other polynomials than those of the narrower formats."""
    return function(subject, FLOAT64)


def fingerprint(subject: Subject, *dtypes: str) -> str:
    """Return a mark of the code that computes the subject in these formats; float64's is that of its truth."""
    codes = [str(subject.formula)]
    if subject.activation.pointwise and subject.by is None:
        parts = (source(subject.activation, subject.kind, dtype, subject.activation.defaults) for dtype in dtypes)
        codes += map(llvm_ir, parts)
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16]
