"""C14: more layers without activation."""

from collections.abc import Mapping

from ...comparison import runs
from ...planning import plan
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from .averages import averaged, averaged_share

DEPTHS = (1, 2, 4, 8)
SEEDS = 5
MUCH = 0.01
Scores = Mapping[tuple[str, int], list[float]]


def measure() -> Measured:
    """Train networks without activation on spirals and on digits at growing depth, and ReLU networks on spirals."""
    spirals = _scores("spirals", ("identity", "relu"), samples=500, epochs=40)
    digits = _scores("digits", ("identity",), samples=600, epochs=15)
    series = {"spirals": (spirals, "identity"), "digits": (digits, "identity"), "relu": (spirals, "relu")}
    names = {"spirals": "no activation, spirals", "digits": "no activation, digits", "relu": "ReLU, spirals"}
    numbers = {}
    for key, (scores, activation) in series.items():
        for depth in reversed(DEPTHS[1:]):
            gains = [deep - one for deep, one in zip(scores[activation, depth], scores[activation, 1], strict=True)]
            numbers[f"{key}_{depth}"] = averaged(gains, f"accuracy that {depth} layers add to 1, {names[key]}")
        numbers[f"{key}_1"] = averaged_share(scores[activation, 1], f"accuracy with 1 layer, {names[key]}")
    for key in series:
        surest = max(numbers[f"{key}_{depth}"].low for depth in DEPTHS[1:])
        numbers[f"{key}_surely"] = Number(surest, f"highest lower end of what depth adds, {names[key]}")
    return Measured(
        numbers,
        pictures=(
            Chart(
                "Without activation more layers add nothing",
                x="hidden layers",
                y="accuracy on test data",
                lines=tuple(_line(names[key], scores, activation) for key, (scores, activation) in series.items()),
                rules=(Rule(0.5, "y", "guessing on spirals"),),
                log_x=True,
            ),
        ),
    )


def _scores(task: str, activations: tuple[str, ...], samples: int, epochs: int) -> Scores:
    found: dict[tuple[str, int], list[float]] = {}
    planned = plan(
        task,
        activations,
        depth=DEPTHS,
        width=32,
        seeds=SEEDS,
        epochs=epochs,
        lr=0.01,
        samples=samples,
        optimizer="adam",
    )
    for run in sorted(runs(planned), key=lambda run: run.experiment.seed):
        found.setdefault((run.experiment.activation, run.experiment.depth), []).append(run.final.test_score)
    return found


def _line(name: str, scores: Scores, activation: str) -> Line:
    found = [averaged_share(scores[activation, depth], name) for depth in DEPTHS]
    return line(name, DEPTHS, [n.value for n in found], low=[n.low for n in found], high=[n.high for n in found])


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    helps = {key: n[f"{key}_surely"] > MUCH for key in ("spirals", "digits", "relu")}
    return HOLDS if helps["relu"] and not (helps["spirals"] or helps["digits"]) else FAILS


CLAIM = Claim(
    id="C14",
    group="training",
    articles=("A1", "A3"),
    title="Without activation, more depth does not help",
    statement="However many layers without an activation are put on top of each other, the result is one linear map, "
    "so only a non-linear activation gives the depth of a network a meaning.",
    how="Networks of 1, 2, 4 and 8 hidden layers of 32 units without activation on two spirals, which no line "
    f"separates, and on handwritten digits; with ReLU on the spirals. Adam at 0.01, {SEEDS} seeds, accuracy on test "
    "data, differences paired by seed.",
    criterion="Depth helps where the 95 % interval of what deeper networks add to the accuracy of one hidden layer "
    "lies above 0.01 at some depth. The claim holds if it helps without activation on neither data, and helps with "
    "ReLU on the spirals.",
    measure=measure,
    judge=judge,
    why="The product of the weight matrices is one matrix, which a single layer could hold as well. More factors only "
    "change the way there: descent goes along another path, and may end the worse for it.",
    refuting={"spirals_surely": 0.2},
)
