"""The worst error of each float32 and float64 kernel, against 60-digit truth, on inputs chosen to hurt.

    python -m benchmarks.accuracy

In units in the last place. Near the root of a slope, where the true value is 0, the absolute error is shown instead.
"""

import sys
from pathlib import Path

import numpy as np

from actscope import kernels
from actscope.catalogue import CATALOGUE, Activation

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from edges import edges
from truth import TRUTH, exact, ulps


def main() -> None:
    print(f"{'':12}{'':9}{'inputs':>7}{'value':>10}{'at x':>14}{'slope':>10}{'at x':>14}{'near root':>12}")
    for activation in CATALOGUE:
        for dtype in (np.float32, np.float64):
            if not activation.rowwise:
                print(line(activation, dtype))


def line(activation: Activation, dtype: type) -> str:
    """Return the worst errors of one activation in one dtype."""
    p = activation.properties
    x = edges(dtype, p.kinks)
    value = errors(activation, "value", x)
    slope = errors(activation, "slope", x)
    # The slopes that cross zero do it between -2 and 0; cos does it everywhere, and keeps its digits.
    near = (x > -2) & (x < 0) & (not p.increasing) & (p.symmetry == "none")
    told = f"{activation.name:12}{np.dtype(dtype).name:9}{len(x):7}"
    for found in (value, np.where(near, 0.0, slope)):
        worst = int(np.argmax(found))
        told += f"{found[worst]:10.3f}{x[worst]:14.6g}"
    if near.any():
        got, true = kernels.slope(activation, x[near]), exact(TRUTH[activation.name].slope, x[near])
        told += f"{max(abs(float(g) - float(t)) for g, t in zip(got, true, strict=True)):12.2g}"
    return told


def errors(activation: Activation, kind: str, x: np.ndarray) -> np.ndarray:
    """Return the error of each element in units in the last place."""
    return ulps(getattr(kernels, kind)(activation, x), exact(getattr(TRUTH[activation.name], kind), x))


if __name__ == "__main__":
    main()
