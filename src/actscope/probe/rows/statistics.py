"""The sums that are kept of what flows through a model: rows of fixed size that merge without loss.

A row never depends on the size of a batch or on the number of steps. Rows of two spans of steps, of two processes or of
two runs become one by `merged`: counts add, moments combine by Chan, Golub and LeVeque (1979), extremes are compared.
Compiled code writes them (kernels/observing.py), so their layout is what `PLACE` and its neighbours say.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.void]

OCTAVES = (-16, 16)
"""Powers of two between which the histogram tells sizes apart, each octave in four."""
SIZES = 4 * (OCTAVES[1] - OCTAVES[0])
CELLS = 2 * SIZES + 3
"""Cells of a histogram: at or beyond -2**16, 128 sizes, nearer to 0 than 2**-16, 128 sizes, at or beyond 2**16."""

FIRED, ABOVE, BELOW = 1, 2, 4
"""What a unit has shown, as bits of its byte: a slope that is not small, an input above 0, an input below 0."""

PLACE = np.dtype(
    [
        ("passes", "i8"),
        ("elements", "i8"),
        ("nonfinite", "i8"),
        ("count", "i8"),
        ("mean", "f8"),
        ("m2", "f8"),
        ("low", "f8"),
        ("high", "f8"),
        ("flat", "i8"),
        ("out_count", "i8"),
        ("out_mean", "f8"),
        ("out_m2", "f8"),
        ("zeros", "i8"),
        ("arriving_count", "i8"),
        ("arriving_squares", "f8"),
        ("leaving_count", "i8"),
        ("leaving_squares", "f8"),
        ("gradient_nonfinite", "i8"),
        ("histogram", "i8", (CELLS,)),
    ]
)
"""One place where an activation acts: what arrived (all elements for `elements` and `nonfinite`, a sample for moments,
`low`, `high`, `flat` [slope below the bound] and `histogram`), what left (`out_`, `zeros`), and the gradients that
arrived from the loss and left towards the input. Moments are of finite numbers alone."""

PARAMETER = np.dtype(
    [
        ("visits", "i8"),
        ("gradient_count", "i8"),
        ("gradient_squares", "f8"),
        ("gradient_nonfinite", "i8"),
        ("weight_count", "i8"),
        ("weight_squares", "f8"),
        ("update_count", "i8"),
        ("update_squares", "f8"),
        ("rows", "i8"),
        ("one_signed", "f8"),
    ]
)
"""One parameter: its gradient and itself just before a step, the step that the optimiser took, and, summed over `rows`
of the weight (each the weights of one unit), the larger of the shares of gradients above and below 0."""

COURSE = np.dtype(
    [
        ("loss_count", "i8"),
        ("loss_mean", "f8"),
        ("loss_m2", "f8"),
        ("loss_low", "f8"),
        ("loss_high", "f8"),
        ("loss_nonfinite", "i8"),
        ("input_count", "i8"),
        ("input_mean", "f8"),
        ("input_m2", "f8"),
        ("input_low", "f8"),
        ("input_high", "f8"),
        ("input_nonfinite", "i8"),
        ("target_count", "i8"),
        ("target_mean", "f8"),
        ("target_m2", "f8"),
        ("target_outputs", "f8"),
        ("target_errors", "f8"),
        ("target_constant", "f8"),
        ("skipped", "i8"),
    ]
)
"""The model as a whole: the losses that were differentiated, what came in, and steps that a scaler left out; of the
regressions that were looked at, their targets, the squares of their outputs, and the errors, as the loss counts them,
of the outputs and of the mean of a batch's targets."""

_MOMENTS = {
    "mean": "count",
    "out_mean": "out_count",
    "loss_mean": "loss_count",
    "input_mean": "input_count",
    "target_mean": "target_count",
}


def blank(kind: np.dtype[np.void], shape: int | tuple[int, ...] = ()) -> Rows:
    """Return rows that have seen nothing.

    >>> row = blank(PLACE)
    >>> int(row["count"]), float(row["low"])
    (0, inf)
    """
    rows: Rows = np.zeros(shape, kind)
    for name in kind.names or ():
        if name.endswith(("low", "high")):
            rows[name] = math.inf if name.endswith("low") else -math.inf
    return rows


def merged(a: Rows, b: Rows) -> Rows:
    """Return row by row what one would hold that had seen what both have seen.

    >>> a, b = blank(PLACE), blank(PLACE)
    >>> for row, (count, mean) in zip((a, b), ((3, 1.0), (1, 5.0)), strict=True):
    ...     row["count"], row["mean"] = count, mean
    >>> both = merged(a, b)
    >>> int(both["count"]), float(both["mean"]), float(both["m2"])
    (4, 2.0, 12.0)
    """
    both: Rows = np.zeros(np.broadcast_shapes(a.shape, b.shape), a.dtype)
    for name in a.dtype.names or ():
        if name.endswith("low"):
            both[name] = np.minimum(a[name], b[name])
        elif name.endswith("high"):
            both[name] = np.maximum(a[name], b[name])
        elif name in _MOMENTS:
            _combine(both, a, b, name, _MOMENTS[name])
        elif not name.endswith("m2"):
            both[name] = a[name] + b[name]
    return both


def _combine(both: Rows, a: Rows, b: Rows, mean: str, count: str) -> None:
    m2 = mean.replace("mean", "m2")
    n, k = a[count].astype(float), b[count].astype(float)
    share = np.divide(k, n + k, out=np.zeros(np.shape(n)), where=np.asarray(n + k) > 0)
    gap = b[mean] - a[mean]
    both[mean] = a[mean] + gap * share
    both[m2] = a[m2] + b[m2] + gap * gap * n * share


def pooled(rows: Rows) -> Rows:
    """Return the one row that has seen what all rows along the first axis have seen."""
    if len(rows) == 0:
        return blank(rows.dtype, rows.shape[1:])
    while len(rows) > 1:
        half = len(rows) // 2
        rows = np.concatenate([merged(rows[:half], rows[half : 2 * half]), rows[2 * half :]])
    one: Rows = rows[0]
    return one


@lru_cache(maxsize=1)
def cell_edges() -> NDArray[np.float64]:
    """Return the numbers between the cells of a histogram, in rising order, CELLS - 1 of them.

    A cell above 0 holds its lower edge, a cell below 0 its upper one; the cell around 0 holds neither.
    """
    octaves = np.arange(OCTAVES[0], OCTAVES[1])
    sizes = np.append((2.0 ** octaves[:, None] * (1 + np.arange(4) / 4)).ravel(), 2.0 ** OCTAVES[1])
    return np.concatenate([-sizes[::-1], sizes])


def cell_of(x: float) -> int:
    """Return the cell of a histogram that a finite number falls into.

    >>> cell_of(0.0) == CELLS // 2, cell_of(1e9) == CELLS - 1, cell_of(-1e9)
    (True, True, 0)
    """
    size = int(np.searchsorted(cell_edges()[SIZES + 1 :], abs(x), side="right"))
    return CELLS // 2 + (size if x > 0 else -size)


def spread(rows: Rows, prefix: str = "") -> NDArray[np.float64]:
    """Return the standard deviations of the moments with this prefix; nan where nothing was seen."""
    found: NDArray[np.float64] = np.sqrt(ratio(rows[f"{prefix}m2"], rows[f"{prefix}count"]))
    return found


def root_mean_square(rows: Rows, prefix: str) -> NDArray[np.float64]:
    """Return the root mean squares of "arriving_", "leaving_", "gradient_", "weight_" or "update_"; nan where none."""
    found: NDArray[np.float64] = np.sqrt(ratio(rows[f"{prefix}squares"], rows[f"{prefix}count"]))
    return found


def ratio(top: object, bottom: object) -> NDArray[np.float64]:
    """Return top / bottom, nan where that is 0 / 0 or more / 0."""
    above, below = np.asarray(top, float), np.asarray(bottom, float)
    empty = np.full(np.broadcast_shapes(above.shape, below.shape), math.nan)
    found: NDArray[np.float64] = np.divide(above, below, out=empty, where=below > 0)
    return found


def silent(shown: NDArray[np.uint8], bit: int = FIRED) -> NDArray[np.bool_]:
    """Return which units (last axis) never showed `bit` in any of the spans (first axis).

    >>> silent(np.array([[0, FIRED | ABOVE], [0, 0]], dtype=np.uint8)).tolist()
    [True, False]
    """
    together: NDArray[np.uint8] = np.bitwise_or.reduce(shown, axis=0)
    never: NDArray[np.bool_] = (together & bit) == 0
    return never


def spans(steps: Sequence[int], first: float, last: float) -> slice:
    """Return which of the bins that end at these steps lie in a share of the run, from `first` to `last` of 0 to 1."""
    if not steps:
        return slice(0, 0)
    ends = np.asarray(steps) / steps[-1]
    begin = int(np.searchsorted(ends, first, side="right")) if first > 0 else 0
    return slice(begin, int(np.searchsorted(ends, last, side="right")))
