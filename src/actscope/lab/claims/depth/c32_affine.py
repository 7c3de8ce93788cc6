"""C32: affine maps one after the other."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line

DEPTHS = (1, 2, 4, 8, 16, 32, 64)
WIDTHS = (12, 20, 6, 16)
"""Of the layers, over and over; 8 inputs come first."""
INPUTS, SAMPLES, SEEDS = 8, 32, 8
MOST = max(WIDTHS)
Layers = list[tuple[NDArray[Any], NDArray[Any]]]


def measure() -> Measured:
    """Send inputs through the layers, and through the one map that their matrices multiply to."""
    errors = {dtype: [_largest(depth, np.dtype(dtype)) for depth in DEPTHS] for dtype in ("float64", "float32")}
    bounds = {dtype: [depth * MOST * float(np.finfo(dtype).eps) for depth in DEPTHS] for dtype in errors}
    share = max(np.max(np.divide(errors[dtype], bounds[dtype])) for dtype in errors)
    return Measured(
        numbers={
            "exact": Number(_exact(), "share of outputs in whole numbers that equal those of the one map, 6 layers"),
            "rounding": Number(share, "largest difference, over what rounding may make of so many layers"),
            "float64": Number(errors["float64"][-1], f"largest difference in float64, {DEPTHS[-1]} layers, relative"),
            "with_tanh": Number(_largest(2, np.dtype("float64"), tanh=True), "the same with tanh between two layers"),
        },
        pictures=(
            Chart(
                "Any number of affine layers is one affine map, to rounding",
                x="layers",
                y="largest difference between the layers and the one map, relative",
                lines=(
                    *(line(dtype, DEPTHS, found) for dtype, found in errors.items()),
                    *(line(f"{dtype}, allowed", DEPTHS, found, style="dashed") for dtype, found in bounds.items()),
                ),
                log_x=True,
                log_y=True,
            ),
        ),
    )


def collapsed(layers: Layers) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the one matrix and the one bias that layers of such pairs come to, the first layer first.

    >>> matrix, bias = collapsed([(np.array([[2]]), np.array([1])), (np.array([[3]]), np.array([5]))])
    >>> matrix.tolist(), bias.tolist()
    ([[6]], [8])
    """
    (matrix, bias), *rest = layers
    for weight, added in rest:
        matrix, bias = weight @ matrix, weight @ bias + added
    return matrix, bias


def _largest(depth: int, dtype: np.dtype[Any], *, tanh: bool = False) -> float:
    """Return the largest difference over seeds, as a share of the output's size."""
    found = []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        sizes = (INPUTS, *(WIDTHS[k % len(WIDTHS)] for k in range(depth)))
        layers = [
            (random.normal(0, fan_in**-0.5, (fan_out, fan_in)).astype(dtype), random.normal(size=fan_out).astype(dtype))
            for fan_in, fan_out in itertools.pairwise(sizes)
        ]
        inputs = random.normal(size=(INPUTS, SAMPLES)).astype(dtype)
        flow = inputs
        for number, (weight, bias) in enumerate(layers):
            flow = weight @ flow + bias[:, None]
            if tanh and number < depth - 1:
                flow = np.tanh(flow)
        matrix, bias = collapsed(layers)
        once = matrix @ inputs + bias[:, None]
        found.append(float(np.linalg.norm(flow - once, axis=0).max() / np.linalg.norm(once, axis=0).min()))
    return max(found)


def _exact() -> float:
    """Return the share of outputs that agree exactly, in Python's whole numbers, which have no rounding."""
    equal = []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        sizes = (4, 6, 3, 5, 2, 6, 3)
        layers = [
            (random.integers(-9, 10, (fan_out, fan_in)).astype(object), random.integers(-9, 10, fan_out).astype(object))
            for fan_in, fan_out in itertools.pairwise(sizes)
        ]
        flow = inputs = random.integers(-9, 10, sizes[0]).astype(object)
        for weight, bias in layers:
            flow = weight @ flow + bias
        matrix, bias = collapsed(layers)
        equal += list(flow == matrix @ inputs + bias)
    return float(np.mean(equal))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["exact"] == 1 and n["rounding"] < 1 else FAILS


CLAIM = Claim(
    id="C32",
    group="depth",
    articles=("A3",),
    title="A composition of affine maps is one affine map",
    statement="A network of weights and biases alone, however many layers it has, does what a single product with a "
    "matrix and a single addition do.",
    how=f"Networks of 1 to {DEPTHS[-1]} layers without activation and {SEEDS} seeds against the one matrix and bias "
    "that they multiply to: exactly in whole numbers, to rounding in float64 and float32; for comparison with tanh "
    "between two layers.",
    criterion="It holds if all outputs are equal in whole numbers, and if those in floating point differ relatively by "
    "less than the number of layers times the largest width times the format's precision.",
    measure=measure,
    judge=judge,
    why="A matrix times a matrix is a matrix, and a matrix times a bias is a bias, so that each further layer is "
    "merged into the one before it. An activation between two of them stands in the way of that.",
    refuting={"exact": 0.5},
    instead="The layers differ from the one map by more than rounding.",
)
