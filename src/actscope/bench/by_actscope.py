"""Our own functions, as NumPy users and, in bfloat16, PyTorch users call them."""

import hashlib
from collections.abc import Callable

from .. import kernels
from ..kernels.codegen import llvm_ir
from ..kernels.sources import source
from .formats import FLOAT64, Array, Format
from .subjects import Subject


def function(subject: Subject, form: Format) -> Callable[..., Array] | None:
    """Return what computes the subject on arrays of the format."""
    activation = subject.activation
    if not activation.pointwise or subject.by is not None:
        return None
    if form.name == "bfloat16":
        from ..nn import functional
        from . import by_pytorch

        apply = functional.apply if subject.kind == "value" else functional.slope
        return by_pytorch.value(lambda x: apply(activation, x), form)
    compute = kernels.value if subject.kind == "value" else kernels.slope
    return lambda x: compute(activation, x)


def truth(subject: Subject) -> Callable[..., Array] | None:
    """Return what computes the subject in float64: other polynomials than those of the narrower formats."""
    return function(subject, FLOAT64)


def fingerprint(subject: Subject) -> str:
    """Return a mark of the code that computes the subject and of the code of its truth."""
    codes = (
        llvm_ir(source(subject.activation, kind, dtype, subject.activation.defaults))
        for dtype in ("float32", "float64")
        for kind in ("value", "slope")
    )
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()[:16]
