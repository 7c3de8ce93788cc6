"""C15: powers of the input as features of a linear model."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from ..training.averages import averaged

Floats = NDArray[np.float64]
CURVES: dict[str, Callable[[Floats], Floats]] = {
    "parabola": lambda x: 1 - 2 * x**2,
    "cubic": lambda x: 2 * x**3 - x,
    "sine": lambda x: np.sin(3 * np.pi * x),
}
DEGREES = tuple(range(1, 16))
SETS = 8
SAMPLES = 200
NOISE = 0.1
FITS = 1.1


def measure() -> Measured:
    """Fit each curve by least squares with ever more powers of x, and look for the first degree that is enough."""
    errors = {name: np.array([_errors(curve, seed) for seed in range(SETS)]) for name, curve in CURVES.items()}
    numbers = {}
    for name, by_set in errors.items():
        numbers[f"{name}_degree"] = Number(_first_that_fits(by_set.mean(axis=0)), f"least degree that fits the {name}")
        numbers[f"{name}_line"] = averaged(
            by_set[:, 0], f"error of a straight line on the {name}, noise is 1", "data sets"
        )
    return Measured(numbers, pictures=(_fits(), _by_degree({name: by.mean(axis=0) for name, by in errors.items()})))


def fitted(x: Floats, y: Floats, degree: int) -> Floats:
    """Return the weights of the linear model on the features 1, x, x^2, ... by least squares, lowest power first.

    >>> x = np.linspace(-1, 1, 5)
    >>> (fitted(x, 3 * x**2, degree=2).round(6) + 0.0).tolist()
    [0.0, 0.0, 3.0]
    """
    return np.linalg.lstsq(features(x, degree), y, rcond=None)[0].astype(np.float64)


def features(x: Floats, degree: int) -> Floats:
    """Return the powers of x from 0 to `degree`, (points, degree + 1).

    >>> features(np.array([2.0]), 3).tolist()
    [[1.0, 2.0, 4.0, 8.0]]
    """
    return np.vander(x, degree + 1, increasing=True)


def _errors(curve: Callable[[Floats], Floats], seed: int) -> list[float]:
    x, y = _drawn(curve, np.random.default_rng([seed, 0]))
    fresh, expected = _drawn(curve, np.random.default_rng([seed, 1]))
    left = [features(fresh, degree) @ fitted(x, y, degree) - expected for degree in DEGREES]
    return [math.sqrt(float((each**2).mean())) / NOISE for each in left]


def _drawn(curve: Callable[[Floats], Floats], random: np.random.Generator) -> tuple[Floats, Floats]:
    x = random.uniform(-1.0, 1.0, SAMPLES)
    return x, curve(x) + NOISE * random.standard_normal(SAMPLES)


def _first_that_fits(errors: Floats) -> float:
    enough = np.flatnonzero(errors <= FITS)
    return float(DEGREES[enough[0]]) if len(enough) else math.inf


def _fits() -> Chart:
    x, y = _drawn(CURVES["cubic"], np.random.default_rng(0))
    grid = np.linspace(-1.0, 1.0, 81)
    return Chart(
        "The same linear model on x, on x and x^2, and on x, x^2 and x^3",
        x="x",
        y="y",
        lines=(
            line("noisy cubic", x, y, style="dots"),
            *(line(f"degree {degree}", grid, features(grid, degree) @ fitted(x, y, degree)) for degree in (1, 2, 3)),
        ),
    )


def _by_degree(errors: dict[str, Floats]) -> Chart:
    return Chart(
        "From some degree on each curve is fitted as well as its noise allows",
        x="degree",
        y="error on fresh data, noise is 1",
        lines=tuple(line(name, DEGREES, by_degree) for name, by_degree in errors.items()),
        log_y=True,
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    degrees = [n[f"{name}_degree"] for name in CURVES]
    if not all(map(math.isfinite, degrees)) or min(n[f"{name}_line"] for name in CURVES) <= FITS:
        return FAILS
    if max(degrees) <= 3:
        return HOLDS
    needed = ", ".join(f"{degree:.0f} for the {name}" for name, degree in zip(CURVES, degrees, strict=True))
    return Verdict("holds when", f"the powers go far enough for the curve: to degree {needed}")


CLAIM = Claim(
    id="C15",
    group="boundary",
    articles=("A1",),
    title="Polynomial features let a linear model fit a curve",
    statement="With x^2 and x^3 as further inputs beside x, which the article means where it prints x2 = x2^2, linear "
    "regression fits a curve: the model stays linear in its weights.",
    how="Least squares on the powers of x up to degree 15, for a parabola, a cubic and a sine of three half-waves on "
    f"each side of 0, {SAMPLES} points with noise {NOISE:g}, tested on {SAMPLES} fresh points, {SETS} data sets.",
    criterion="A degree fits if the root mean square error on fresh data is at most 1.1 times the noise. It holds if "
    "degree 3, the article's largest, fits all three curves and a straight line none; it holds when the degree is "
    "high enough if each curve has a degree up to 15 that fits.",
    measure=measure,
    judge=judge,
    why="Least squares only needs the model to be linear in what is fitted, and the weights of x, x^2 and x^3 are. "
    "But the powers must be chosen beforehand, and a curve with more bends than the degree allows is missed, whatever "
    "the weights.",
    refuting={"sine_degree": 3.0},
)
