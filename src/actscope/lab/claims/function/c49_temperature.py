"""C49: a large temperature shrinks the differences of softmax's shares, a small one tends to one-hot."""

import numpy as np

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Bar, Bars, Chart, Film, line
from .curves import Floats, beginning
from .shares import cooled, lead, pairs, rise

ROWS, LENGTH = 20, 5
EXAMPLE = np.array([3.0, 2.0, 1.0, 0.5, 0.0])
TIED = np.array([3.0, 3.0, 1.0, 0.5, 0.0])
COLD, HOT = 0.01, 1000.0
ONE_HOT, EQUAL = 0.99, 0.01
ROUNDING = 1e-12


def measure() -> Measured:
    """Take rows of scores from a low temperature to a high one, with and without equal largest scores."""
    rows = -np.sort(-np.random.default_rng(0).standard_normal((ROWS, LENGTH)), axis=1)
    tied = np.where(np.arange(LENGTH) == 1, rows[:, :1], rows)
    temperatures = np.geomspace(0.01, 100, 121)
    shares = np.stack([cooled(rows, temperature) for temperature in temperatures])
    firsts, lowers = pairs(shares)
    return Measured(
        numbers={
            "first_rises": Number(rise(firsts), "largest rise with T of a difference to the largest share"),
            "lower_rises": Number(rise(lowers), "largest rise with T of a difference of two lower shares"),
            "hot": Number(np.ptp(cooled(rows, HOT), axis=1).max(), f"largest difference of shares at T = {HOT:g}"),
            "alone": Number(min(coldest(row) for row in rows), "least largest share at T = a hundredth of its lead"),
            "tied": Number(max(coldest(row) for row in tied), "the same, most of it, where two scores are largest"),
            "needed": Number(
                min(map(one_hot_below, rows)), "T that gives a share of 0.99, in units of the lead, at least"
            ),
        },
        pictures=(film(), _by_temperature(temperatures), _entropies(temperatures)),
    )


def coldest(row: Floats) -> float:
    """Return the largest share at a hundredth of what lies between the largest score and the next that differs.

    >>> round(coldest(TIED), 6), round(coldest(EXAMPLE), 6)
    (0.5, 1.0)
    """
    return float(cooled(row, COLD * lead(row)).max())


def one_hot_below(row: Floats) -> float:
    """Return the temperature, in units of the lead, below which the largest share is above 0.99.

    >>> round(one_hot_below(np.array([1.0, 0.0])), 3)
    0.218
    """
    return beginning(lambda part: float(cooled(row, part * lead(row)).max()) <= ONE_HOT, 1e-3, 10.0)


def film() -> Film:
    """Return the shares of five scores as the temperature rises.

    >>> len(film().frames)
    31
    """
    frames = tuple((f"{temperature:.3g}", _shares_at(float(temperature))) for temperature in np.geomspace(0.05, 50, 31))
    return Film("Softmax under temperature: from one-hot to equal shares", "temperature", frames, start=13)


def _shares_at(temperature: float) -> Bars:
    shares = cooled(EXAMPLE, temperature)
    bars = tuple(Bar(f"score {score:g}", float(share)) for score, share in zip(EXAMPLE, shares, strict=True))
    return Bars(f"Shares at T = {temperature:.3g}", "share", bars)


def _by_temperature(temperatures: Floats) -> Chart:
    shares = np.stack([cooled(EXAMPLE, temperature) for temperature in temperatures])
    return Chart(
        "As T rises the largest share falls, and the second first rises above those below it",
        x="temperature T",
        y="share",
        lines=tuple(line(f"score {score:g}", temperatures, shares[:, k]) for k, score in enumerate(EXAMPLE)),
        log_x=True,
    )


def _entropies(temperatures: Floats) -> Chart:
    def entropy(row: Floats) -> list[float]:
        shares = (cooled(row, temperature) for temperature in temperatures)
        return [float(-(p[p > 0] * np.log2(p[p > 0])).sum()) for p in shares]

    return Chart(
        "Entropy rises from none to that of equal shares; where two scores are largest it begins at one bit",
        x="temperature T",
        y="entropy of the shares (bits)",
        lines=(
            line("one score is largest", temperatures, entropy(EXAMPLE)),
            line("two scores are largest", temperatures, entropy(TIED)),
        ),
        log_x=True,
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    if n["first_rises"] > ROUNDING or n["hot"] > EQUAL or n["alone"] <= ONE_HOT:
        return FAILS
    conditions = []
    if n["tied"] <= ONE_HOT:
        conditions.append(f"one score alone is the largest (of two that tie, each gets {n['tied']:.2f})")
    if n["lower_rises"] > ROUNDING:
        conditions.append(
            f"differences are those to the largest share (between two lower ones they rise by up to "
            f"{n['lower_rises']:.2f} first)"
        )
    return Verdict("holds when", " and ".join(conditions)) if conditions else HOLDS


CLAIM = Claim(
    id="C49",
    group="function",
    articles=("A4",),
    title="A large temperature shrinks the differences of shares, a small one tends to one-hot",
    statement="Dividing the scores by T before softmax, a larger T brings the shares closer together, and a smaller T "
    "drives them apart, towards 1 for the largest score and 0 for all others.",
    how="20 rows of 5 normal scores at 121 temperatures from 0.01 to 100 and at 1,000, as they are and with the second "
    "score set equal to the largest, in float64.",
    criterion="It holds if, as T grows, no difference of two shares rises and all are below 0.01 at T = 1,000, and the "
    "largest share is above 0.99 when T is a hundredth of the lead of the largest score, also where two are largest. "
    "If only differences to the largest share never rise, or ties fail, it holds when those are meant, or no ties.",
    measure=measure,
    judge=judge,
    why="A ratio of two shares is e to the difference of their scores divided by T, which goes to 1 as T grows and to "
    "0 or infinity as T falls, unless the scores are equal. At low T all lower shares are close to 0 and so to each "
    "other, so as T rises they first move apart.",
    refuting={"tied": 1.0, "lower_rises": 0.0},
    instead="The differences do not shrink with T.",
)
