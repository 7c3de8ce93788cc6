"""What comes before the first element, and what is kept after the last: first calls, and bytes saved for backward."""

import os
import subprocess
import sys
from collections.abc import Callable
from statistics import median

import torch
from torch import Tensor

from ..catalogue import Activation
from . import workloads
from .records import Saved
from .workloads import Workload

_ROUNDS = 5
_ELEMENTS = 1 << 16
FIRST_CALLS = {
    "first act.gelu(array) of a process, imports included, NumPy loaded": """
import numpy, time
x = numpy.ones(8)
start = time.perf_counter()
import actscope
actscope.gelu(x)
print(time.perf_counter() - start)""",
    "first call of each further function": """
import numpy, time, actscope
x = numpy.ones(8)
actscope.relu(x)
rest = [f for f in actscope.catalogue if f.pointwise and f.name != "relu"]
start = time.perf_counter()
for f in rest: f(x)
print((time.perf_counter() - start) / len(rest))""",
}
"""Each in a new process, which prints seconds."""


def first_calls() -> dict[str, float]:
    """Return the median seconds of each, over 5 processes."""
    return {name: median(_seconds(code) for _ in range(_ROUNDS)) for name, code in FIRST_CALLS.items()}


def notes() -> tuple[str, ...]:
    """Return what makes first calls other than they are for most users."""
    if not os.environ.get("PYTHONDONTWRITEBYTECODE"):
        return ()
    return (
        "PYTHONDONTWRITEBYTECODE is set: first calls compile each time anew what Python has no bytecode of on disk.",
    )


def _seconds(code: str) -> float:
    return float(subprocess.check_output([sys.executable, "-c", code]))


def saved(activation: Activation) -> Saved | None:
    """Return the bytes an element that ours and PyTorch's function save for backward; None where PyTorch has none."""
    shape = (_ELEMENTS // 64, 64)
    workload = Workload(activation, shape, "forward and backward")
    ours, theirs = workloads.ours(workload), workloads.eager(workload)
    if theirs is None:
        return None
    return Saved(workload.name, bytes_saved(ours) / _ELEMENTS, bytes_saved(theirs) / _ELEMENTS)


def bytes_saved(call: Callable[[], object]) -> int:
    """Return the size of the memory that autograd keeps during a call, each piece counted once.

    >>> x = torch.ones(8, requires_grad=True)
    >>> bytes_saved(lambda: x.sin())
    32
    """
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        memory = tensor.untyped_storage()
        kept[memory.data_ptr()] = memory.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        call()
    return sum(kept.values())
