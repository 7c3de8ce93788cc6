"""C47: GELU is what is expected of keeping x with probability Phi(x)."""

import math

import numpy as np
import numpy.typing as npt

from ....formula import evaluate, parse
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from .curves import value

DRAWS = 10_000
ERRORS = 4.0
SHARP = 0.1
X = np.linspace(-4, 4, 41)


def measure() -> Measured:
    """Keep or drop each input many times, as a standard normal number falls below it or not, and take the mean."""
    keeps = draws()
    kept = np.where(keeps, X, 0.0)
    mean, error = kept.mean(axis=0), kept.std(axis=0, ddof=1) / math.sqrt(DRAWS)
    gelu = value("gelu", X)
    # Where all draws agree their spread says nothing; one that differs would have added |x|/n.
    error = np.maximum(error, np.abs(X) / DRAWS)
    farthest = np.abs(mean - gelu) / np.where(error > 0, error, 1.0)
    at_one = int(np.flatnonzero(np.isclose(X, 1.0))[0])
    density = X * evaluate(parse("normal_pdf(x)"), x=X)
    return Measured(
        numbers={
            "farthest": Number(farthest.max(), "largest distance of a mean from GELU, in standard errors"),
            "error": Number(ERRORS * error.max(), "four standard errors of a mean, at most"),
            "mean_1": Number(
                mean[at_one],
                "mean of what was kept at x = 1",
                low=mean[at_one] - 1.96 * error[at_one],
                high=mean[at_one] + 1.96 * error[at_one],
                uncertainty=f"95 % interval of {DRAWS:,} draws",
            ),
            "gelu_1": Number(gelu[at_one], "GELU at x = 1"),
            "dropout": Number(
                np.abs(X / 2 - gelu).max(),
                "largest distance of x/2, what dropout at 1/2 keeps unless it rescales, from GELU",
            ),
            "density": Number(np.abs(density - gelu).max(), "largest distance of x times the normal density from GELU"),
        },
        pictures=(
            Chart(
                "Each draw keeps x or gives 0; their mean is GELU",
                x="x",
                y="output",
                lines=(
                    line("single draws", np.tile(X, 2), kept[:2].ravel(), style="dots"),
                    line(
                        f"mean of {DRAWS:,} draws",
                        X,
                        mean,
                        low=mean - 1.96 * error,
                        high=mean + 1.96 * error,
                        style="dots",
                    ),
                    line("GELU, x Phi(x)", X, gelu),
                    line("dropout at 1/2, on average", X, X / 2, style="dashed"),
                ),
            ),
            Chart(
                "Dropout keeps every input with the same probability, GELU's gate the large ones",
                x="x",
                y="probability of being kept",
                lines=(
                    line("GELU's gate, share of draws", X, keeps.mean(axis=0), style="dots"),
                    line("dropout at 1/2", X, np.full_like(X, 0.5), style="dashed"),
                ),
            ),
        ),
    )


def draws() -> npt.NDArray[np.bool_]:
    """Return whether each draw keeps each input, (draws, inputs): it does if its standard normal number is not above x.

    That is so with probability Phi(x), by the meaning of Phi.

    >>> draws().shape
    (10000, 41)
    """
    noise = np.random.default_rng(0).standard_normal((DRAWS, len(X)))
    return noise <= X


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["farthest"] <= ERRORS and n["error"] <= SHARP < n["dropout"] else FAILS


CLAIM = Claim(
    id="C47",
    group="function",
    articles=("A4",),
    title="GELU is the expectation of keeping x with probability Phi(x)",
    statement="GELU brings in a random regulariser akin to dropout: Phi(x), the share of a standard normal "
    "distribution below x, is the probability that x is kept, and x Phi(x) what is then expected.",
    how="At 41 inputs from -4 to 4, 10,000 draws each: x is kept if a standard normal number is not above it, and is 0 "
    "otherwise. Their mean is compared with GELU.",
    criterion="It holds if every mean is within four standard errors of GELU and these are at most 0.1, less than what "
    "dropout at 1/2 is away from GELU somewhere.",
    measure=measure,
    judge=judge,
    why="An outcome of x with probability p and 0 otherwise is p x on average, here with a p that depends on x where "
    "dropout has one p for all. GELU computes that average and draws nothing, so a network with it gives the same "
    "output every time.",
    refuting={"farthest": 20.0},
    instead="GELU is not the expectation of keeping x with probability Phi(x).",
)
