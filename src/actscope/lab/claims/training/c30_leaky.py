"""C30: leaky ReLU units that a large step silences."""

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, line
from .averages import averaged_share
from .dying import LARGE, RATES, SEEDS, SMALL, SMALL_RATE, UNITS, silenced

FEW = 0.01
STEEPER = 0.1


def measure() -> Measured:
    """Silence ReLU and leaky ReLU units by the same large steps, and see which are updated afterwards."""
    (relu,), (leaky,) = silenced("relu"), silenced("leaky_relu")
    (steeper,) = silenced("leaky_relu", negative_slope=STEEPER)
    named = {"ReLU": relu, "leaky ReLU": leaky, f"leaky ReLU, slope {STEEPER:g}": steeper}
    return Measured(
        numbers={
            "still": Number(leaky.share_of_off(leaky.still), "share of leaky units off that never change a bit"),
            "relu_still": Number(relu.share_of_off(relu.still), "share of ReLU units off that never change a bit"),
            "off": averaged_share(leaky.share_off(-1), f"share of leaky units off after steps at rate {RATES[-1]:g}"),
            "back": Number(leaky.share_of_off(leaky.back), "share of leaky units off that come back"),
            "steeper_back": Number(steeper.share_of_off(steeper.back), f"the same with slope {STEEPER:g}"),
        },
        pictures=(
            Chart(
                "Leaky units are off as well, but not beyond reach",
                x="learning rate of the large steps",
                y="share of units that are off and never updated again",
                lines=tuple(
                    line(name, RATES, (units.off & units.still).mean(axis=(1, 2))) for name, units in named.items()
                ),
                log_x=True,
            ),
            Chart(
                "Large steps turn leaky units off on every sample too",
                x="learning rate of the large steps",
                y="share of units off",
                lines=tuple(line(name, RATES, units.off.mean(axis=(1, 2))) for name, units in named.items()),
                log_x=True,
            ),
        ),
    )


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    return HOLDS if n["off"] >= FEW and n["still"] == 0 and n["relu_still"] == 1 else FAILS


CLAIM = Claim(
    id="C30",
    group="training",
    articles=("A2",),
    title="Leaky ReLU does not die",
    statement="A leaky ReLU unit that is negative on every sample still has a slope there, so that it goes on being "
    "updated, where a ReLU unit never is again.",
    how=f"Networks of {UNITS} units for two half rings, {SEEDS} seeds, {LARGE} large steps of gradient descent at "
    f"rates from {RATES[0]:g} to {RATES[-1]:g}, then {SMALL} at {SMALL_RATE}. Of the units whose input is negative on "
    "every sample after the large steps: whether weights and bias change at all, and whether the input is ever "
    "positive again.",
    criterion="It holds if at least 1 % of the leaky units are off at the largest rate, and of all that are off none "
    "keeps the bits of its weights and bias, while every ReLU unit that is off does.",
    measure=measure,
    judge=judge,
    why="The slope for negative input is 1/100, so a hundredth of the gradient arrives and the unit is updated, "
    "whatever its input. To be updated is not to come back: a unit that is linear on all samples serves the network "
    "in its own way, and few of them ever cross 0 again.",
    refuting={"still": 0.3},
)
