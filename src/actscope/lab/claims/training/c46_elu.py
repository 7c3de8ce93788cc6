"""C46: ELU units that are pushed below 0."""

from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, line
from .averages import averaged_share
from .dying import BEFORE, LARGE, PUSHED, RATES, SEEDS, SMALL, SMALL_RATE, UNITS, Silenced, pushed, silenced

DEPTHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def measure() -> Measured:
    """Push ELU and ReLU units below 0, by hand and by large steps, and see which are updated afterwards."""
    by_hand = {"ReLU": pushed("relu", DEPTHS), "ELU": pushed("elu", DEPTHS)}
    by_steps = {"ReLU": silenced("relu")[0], "ELU": silenced("elu")[0]}
    elu, thrown = by_hand["ELU"], by_steps["ELU"]
    numbers = {
        "thrown_still": Number(
            thrown.share_of_off(thrown.still), "share of ELU units turned off by large steps that never change a bit"
        ),
        "thrown": averaged_share(thrown.share_off(-1), f"share of ELU units off after steps at rate {RATES[-1]:g}"),
        "relu_still": Number(
            by_hand["ReLU"].still.mean(), "share of ReLU units pushed below 0 that never change a bit"
        ),
        "back": Number(elu.back.mean(), "share of ELU units pushed below 0 that are on again"),
    }
    for depth, share in zip(DEPTHS, elu.still.mean(axis=(1, 2)), strict=True):
        numbers[f"still_{depth:g}"] = Number(share, f"share of ELU units {depth:g} below 0 that never change a bit")
    return Measured(
        numbers,
        pictures=(
            Chart(
                "ELU units die too, once they are pushed far enough",
                x="how far the unit is below 0, on its best sample",
                y="share that never changes again",
                lines=tuple(_still(name, units, DEPTHS) for name, units in by_hand.items()),
                log_x=True,
            ),
            Chart(
                "Large steps push them that far",
                x="learning rate of the large steps",
                y="share of units that are off and never change again",
                lines=tuple(_still(name, units, RATES) for name, units in by_steps.items()),
                log_x=True,
            ),
        ),
    )


def _still(name: str, units: Silenced, x: tuple[float, ...]) -> Line:
    return line(name, x, (units.off & units.still).mean(axis=(1, 2)))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    alive = [depth for depth in DEPTHS if all(n[f"still_{less:g}"] == 0 for less in DEPTHS if less <= depth)]
    if n["relu_still"] < 1 or not alive:
        return FAILS
    if alive[-1] == DEPTHS[-1]:
        return HOLDS
    deeper = DEPTHS[len(alive)]
    return Verdict(
        "holds when",
        f"the unit is at most about {alive[-1]:g} below 0 on its best sample: {deeper:g} below, "
        f"{n[f'still_{deeper:g}']:.0%} of the units were never updated again, and of those that large steps had turned "
        f"off {n['thrown_still']:.0%}",
    )


CLAIM = Claim(
    id="C46",
    group="training",
    articles=("A4",),
    title="ELU cures the dying of ReLU",
    statement="ELU gives alpha(e^x - 1) for negative input, which has a slope there, so that no unit is set to 0 for "
    "good as with ReLU.",
    how=f"Networks of {UNITS} units for two half rings, {SEEDS} seeds, gradient descent on all samples at "
    f"{SMALL_RATE}. After {BEFORE} steps the biases of {PUSHED} units are lowered until their input is 0.5 to 16 below "
    f"0 on the sample where it is largest, and {SMALL} steps follow: do weights and bias change at all? The same after "
    f"{LARGE} large steps, as in C29.",
    criterion="ReLU must die: every unit that is pushed keeps all bits. It holds if every ELU unit is updated at "
    "every depth; it holds when the unit is not too far below 0 if every one is updated up to some depth.",
    measure=measure,
    judge=judge,
    why="The slope of ELU for negative input is alpha e^x: half of the gradient at -0.7, a hundredth at -4.6, a "
    "millionth at -14, and soon less than changes a float32 weight. So a unit that is a little below 0 stays in "
    "reach, and one that a large step threw far below is as dead as with ReLU.",
    refuting={"still_8": 0.0, "still_16": 0.0},
)
