"""C48: softmax maps to (0, 1) and sums to 1."""

import math

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Rule, line
from .curves import beginning
from .shares import shares_of, sum_errors

FORMATS = ("float32", "float64")
EXAMPLE = (2.0, 1.0, 0.1)
FARTHEST = 2000.0


def measure() -> Measured:
    """Add up the shares of rows of many kinds, and search for the scores at which a share leaves (0, 1)."""
    sums = {name: sum_errors(name) for name in FORMATS}
    lead = np.linspace(0, 120, 121)
    shares = np.stack([shares_of([apart, 0.0], "float32") for apart in lead])
    small = shares[:, 1] > 0
    below = 1.0 - shares[:, 0].astype(np.float64)
    return Measured(
        numbers={
            **{f"sum_{name}": Number(sums[name][0], f"largest distance of a sum from 1, {name}") for name in FORMATS},
            **{
                f"allowed_{name}": Number(sums[name][1], f"largest distance as a share of what rounding allows, {name}")
                for name in FORMATS
            },
            **{
                f"{word}_{name}": Number(
                    apart(place, name), f"lead from which the {which} of two shares is {word}, {name}"
                )
                for name in FORMATS
                for word, place, which in (("one", 0, "larger"), ("zero", 1, "smaller"))
            },
            "overflow": Number(
                beginning(lambda score: math.isnan(as_printed(score)), 0.0, 200.0),
                "score from which e^x / sum e^x as printed gives nan, float32",
            ),
        },
        pictures=(
            Bars(
                "Scores of 2, 1 and 0.1 become shares between 0 and 1 that sum to 1",
                "share",
                tuple(
                    Bar(f"score {score:g}", float(share))
                    for score, share in zip(EXAMPLE, shares_of(EXAMPLE, "float64"), strict=True)
                ),
            ),
            Chart(
                "The farther two scores are apart, the closer shares come to 0 and 1, until float32 rounds them",
                x="difference of the two scores",
                y="distance",
                lines=(
                    line("of the smaller share from 0", lead[small], shares[small, 1]),
                    line("of the larger share from 1", lead[below > 0], below[below > 0], style="dots"),
                ),
                rules=(Rule(float(np.finfo(np.float32).smallest_subnormal), "y", "smallest float32"),),
                log_y=True,
            ),
        ),
    )


def apart(place: int, name: str) -> float:
    """Return how far apart two scores must be for the share at `place` to be rounded to 0 or 1; infinity for never.

    >>> 16 < apart(0, "float32") < 18
    True
    """
    return beginning(lambda lead: bool(shares_of([lead, 0.0], name)[place] in (0.0, 1.0)), 0.0, FARTHEST)


def as_printed(score: float) -> float:
    """Return the share of the first of two scores, the other 0, as the formula stands: nothing is taken off first.

    >>> as_printed(0.0), as_printed(1000.0)
    (0.5, nan)
    """
    with np.errstate(over="ignore", invalid="ignore"):
        powers = np.exp(np.array([score, 0.0], dtype=np.float32))
        return float(powers[0] / powers.sum())


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if any(n[f"allowed_{name}"] > 1 for name in FORMATS):
        return FAILS
    if all(math.isinf(n[f"{word}_{name}"]) for word in ("one", "zero") for name in FORMATS):
        return HOLDS
    least = {word: [f"{n[f'{word}_{name}']:.1f} in {name}" for name in FORMATS] for word in ("one", "zero")}
    return Verdict(
        "holds when",
        f"no two scores of a row are farther apart than {' and '.join(least['one'])}: from there on the larger of "
        f"two shares is rounded to 1, and from {' and '.join(least['zero'])} on the smaller to 0; the sum stays 1",
    )


CLAIM = Claim(
    id="C48",
    group="function",
    articles=("A4",),
    title="Softmax maps to (0, 1) and sums to 1",
    statement="Softmax turns any scores into numbers strictly between 0 and 1 that sum to 1.",
    how="450 rows of 2, 10 and 1,000 normal scores with standard deviations of 1, 10 and 1,000, and two scores that "
    "move apart up to 2,000, in float32 and float64.",
    criterion="It holds if the sum of every row of n is within n + 8 roundings of 1, one for each term that is added "
    "up and a few of the shares' own, and no share is 0 or 1; if some are, it holds when the scores are closer "
    "together than where that begins.",
    measure=measure,
    judge=judge,
    why="Exponentials are positive and each is divided by the sum of all, so that every share is positive and all make "
    "1. The smaller of two shares is about e to the minus of what lies between the scores, which a format rounds to "
    "0 from some distance on, and before that what the larger share lacks to 1.",
    refuting={f"{word}_{name}": math.inf for word in ("one", "zero") for name in FORMATS},
    instead="The shares of softmax do not sum to 1.",
)
