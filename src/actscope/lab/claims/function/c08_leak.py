"""C08: leaky ReLU squeezes negatives into a small range yet keeps their information."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from .... import kernels
from ....catalogue import get
from ..claim import FAILS, HOLDS, Claim, Measured, Number, Values, Verdict
from ..pictures import Chart, Line, Rule, line
from .curves import Floats, value

LEAK = get("leaky_relu")
FACTOR = dict(LEAK.defaults)["negative_slope"]
SMALL, LEVEL = 0.1, 1.01
SIZES: Mapping[str, Floats] = MappingProxyType(
    {"float16": np.geomspace(1e-7, 6e4, 2400), "float32": np.geomspace(1e-44, 3e38, 2400)}
)
# Three roundings, of the factor, of the product and of the quotient, each by half a unit in the last place.
ROUNDINGS = {"float16": 3 * 2.0**-11, "float32": 3 * 2.0**-24}


def measure() -> Measured:
    """Squeeze negatives of all sizes, and compute them back from the outputs."""
    lost = {name: errors(name) for name in SIZES}
    x = np.linspace(-100, 20, 121)
    usual = np.geomspace(1e-3, 1e6, 91)
    return Measured(
        numbers={
            "share": Number((-value("leaky_relu", -usual) / usual).max(), "share of a negative's size that is left"),
            "growth": Number(
                value("leaky_relu", -1e6) / value("leaky_relu", -1e3),
                "growth of outputs, negatives a thousand times wider",
            ),
            "kept_float32": Number(
                kept_from("float32", lost["float32"]), "size from which negatives come back, float32"
            ),
            "kept_float16": Number(
                kept_from("float16", lost["float16"]), "size from which negatives come back, float16"
            ),
            "relu": Number(
                len(np.unique(value("relu", -usual))), f"different outputs of ReLU for {len(usual)} negatives"
            ),
        },
        pictures=(
            Chart(
                "Leaky ReLU, a = 0.01, leaves a hundredth of each negative, where ReLU makes all of them 0",
                x="x",
                y="f(x)",
                lines=(
                    line("leaky ReLU", x, value("leaky_relu", x)),
                    line("ReLU", x, value("relu", x), style="dashed"),
                ),
            ),
            Chart(
                "Negatives come back from the outputs, but for those so small that the format has few digits left",
                x="size of the negative input",
                y="largest relative error of what comes back",
                lines=tuple(_thinned(name, lost[name]) for name in lost),
                rules=tuple(Rule(limit, "y", f"three roundings, {name}") for name, limit in ROUNDINGS.items()),
                log_x=True,
                log_y=True,
            ),
        ),
    )


def errors(name: str) -> Floats:
    """Return the relative error of each negative that is computed back from its output by dividing in the format.

    >>> float(errors("float32")[-1]) <= ROUNDINGS["float32"]
    True
    """
    negatives = -SIZES[name].astype(name)
    back = kernels.value(LEAK, negatives) / np.asarray(FACTOR, dtype=name)
    exact = negatives.astype(np.float64)
    return np.asarray(np.abs(back.astype(np.float64) / exact - 1))


def kept_from(name: str, lost: Floats) -> float:
    """Return the size from which on every negative came back within three roundings; infinity if the largest did not.

    >>> kept_from("float32", np.full(2400, 1.0)), kept_from("float32", np.zeros(2400))
    (inf, 1e-44)
    """
    failed = np.flatnonzero(lost > ROUNDINGS[name])
    first = failed[-1] + 1 if failed.size else 0
    return float(SIZES[name][first]) if first < lost.size else float("inf")


def _thinned(name: str, lost: Floats) -> Line:
    return line(name, SIZES[name][::40], lost.reshape(-1, 40).max(axis=1))


def judge(n: Values) -> Verdict:
    """Decide by the criterion."""
    kept = {name: n[f"kept_{name}"] for name in SIZES}
    if n["share"] > SMALL or not all(size < 1 for size in kept.values()):
        return FAILS
    conditions = []
    if n["growth"] > LEVEL:
        conditions.append(f"the negatives lie in a range themselves, which is left {n['share']:.2g} times as wide,")
    if any(size > SIZES[name][0] for name, size in kept.items()):
        least = " and ".join(f"{size:.2g} in {name}" for name, size in kept.items())
        conditions.append(f"are no smaller in size than {least}")
    return Verdict("holds when", " and ".join(conditions)) if conditions else HOLDS


CLAIM = Claim(
    id="C08",
    group="function",
    articles=("A0",),
    title="Leaky ReLU squeezes negatives into a small range and keeps their information",
    statement="ReLU throws away what negative inputs say; leaky ReLU compresses them into a small range instead, from "
    "which they can still be told.",
    how="Negatives of every size through leaky ReLU with a = 0.01: how wide the outputs are, and the relative error "
    "of the inputs when they are computed back from the outputs, in float32 and float16.",
    criterion="It holds if negatives come out at most a tenth as large, their range stays (grows by at most 1 %) when "
    "they get a thousand times larger, and all come back within three roundings. It holds when the inputs are such "
    "for which this is so, if those of size 1 and more are, and fails otherwise.",
    measure=measure,
    judge=judge,
    why="A factor other than 0 can be undone, so different inputs stay different; ReLU's factor of 0 cannot. But a "
    "factor makes a range narrower only in proportion, and it brings small numbers below what the format can hold.",
    refuting={"share": 0.5},
    instead="Leaky ReLU multiplies negatives by a; only a small a squeezes them, and only a other than 0 keeps them.",
)
