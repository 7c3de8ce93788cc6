"""Why an activation that did not win did not: a verdict from what was measured, cause before consequence."""

import math
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..formula import Const
from .activations import activation_of
from .records import SATURATION_SLOPE, Cause, Reason, Run, Snapshot, Standing
from .statistics import counting_error, told_apart
from .wording import written

Numbers = Mapping[str, float]

# The loss of a network that only guesses is about that of an untrained one; three times that is no learning.
DIVERGED_LOSS = 3.0
# Between the first and the last hidden layer, healthy networks of up to 30 layers were measured from 0.03 to 5.5.
VANISHING = 1e-2
EXPLODING = 1e2
# A ratio this many times the winner's is no property that both share.
BEYOND_WINNER = 10.0
# In healthy layers of 16 units and more, up to half of the units were measured silent.
SILENT_UNITS = 0.6
# ReLU's flat side alone holds up to 0.63 of the outputs of a healthy layer.
SATURATED = 0.7
# Shares this close are alike.
ALIKE_SHARE = 0.2
ALIKE_ACCURACY = 0.01
STILL_FALLING = 0.05
# Points of accuracy that a reader will ask about, whether or not the seeds agree on them.
WIDE_GAP = 5.0
# The causes that are seen in the layers, before any outcome.
INSIDE: tuple[Cause, ...] = ("no slope", "linear", "vanishing", "exploding", "silent units", "saturated")


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause: when it is one, and the sentence that shows its evidence."""

    cause: Cause
    applies: Callable[[Numbers], bool]
    sentence: str
    """A format string; the numbers that it names are the evidence that a Reason carries."""


def _shown(n: Numbers) -> bool:
    """Return whether there is a difference to speak of: one that the seeds show, or a wide one."""
    return n["told_apart"] == 1 or n["points_behind"] >= WIDE_GAP


RULES = (
    Rule(
        "diverged",
        lambda n: n["diverged_seeds"] > 0,
        "the training loss stopped being a finite number with {diverged_seeds:.0f} of {seeds:.0f} seeds; a smaller "
        "learning rate takes smaller steps",
    ),
    Rule(
        "diverged",
        lambda n: n["train_loss"] > DIVERGED_LOSS * n["start_loss"],
        "the training loss rose from {start_loss:.3g} to {train_loss:.3g}; a smaller learning rate takes smaller steps",
    ),
    # What a formula makes impossible is known before any seed has spoken.
    Rule(
        "no slope",
        lambda n: n["largest_gradient"] == 0 and n["flat_at_start"] == 1 and _shown(n),
        "before training the slope is below {saturation_slope:g} on {flat_at_start:.0%} of the elements and the "
        "gradient of every hidden layer is exactly {largest_gradient:g}, so only the output layer learns",
    ),
    Rule(
        "linear",
        lambda n: n["constant_slope"] != 0 and not math.isnan(n["constant_slope"]) and _shown(n),
        "its slope is {constant_slope:g} everywhere, so its {layers:.0f} layers together are one linear layer, which "
        "draws straight boundaries only",
    ),
    # A difference that cannot be shown needs no cause. What comes before it is seen, not inferred.
    Rule(
        "no difference",
        lambda n: n["points_behind"] == 0 and not max(n["points_high"], -n["points_low"]) > 0,
        "it has as many test samples right as {winner}, with {seeds:.0f} of {seeds:.0f} seeds",
    ),
    Rule(
        "no difference",
        lambda n: n["told_apart"] == 0 and n["points_low"] <= 0,
        "it ends {points_behind:.1f} points behind {winner}, with a 95 % interval of the paired difference from "
        "{points_low:z.1f} to {points_high:z.1f}: no difference can be shown with {seeds:.0f} seeds",
    ),
    Rule(
        "no difference",
        lambda n: n["told_apart"] == 0,
        "it ends {points_behind:.1f} points behind {winner}, but counting right answers among {counted_samples:.0f} "
        "test samples, all seeds together, has an error of {counting_points:.1f} points: so small a difference may be "
        "chance",
    ),
    Rule(
        "vanishing",
        lambda n: n["gradient_ratio"] < VANISHING and n["gradient_ratio"] * BEYOND_WINNER <= n["winner_gradient_ratio"],
        "before training the gradient at the first layer is {gradient_ratio:.1g} of the last hidden layer's "
        "({winner_gradient_ratio:.1g} for {winner}), so the layers next to the input hardly learn",
    ),
    Rule(
        "exploding",
        lambda n: n["gradient_ratio"] > EXPLODING and n["gradient_ratio"] >= BEYOND_WINNER * n["winner_gradient_ratio"],
        "before training the gradient at the first layer is {gradient_ratio:.3g} times the last hidden layer's "
        "({winner_gradient_ratio:.1g} for {winner}), so a step that suits one layer is too large for another",
    ),
    Rule(
        "silent units",
        lambda n: n["silent"] >= SILENT_UNITS and n["silent"] >= n["winner_silent"] + ALIKE_SHARE,
        "after training {silent:.0%} of the units in layer {silent_layer:.0f} have a slope below {saturation_slope:g} "
        "on every sample ({winner_silent:.0%} in the worst layer for {winner}), so they have stopped learning",
    ),
    Rule(
        "saturated",
        lambda n: n["saturated"] >= SATURATED and n["saturated"] >= n["winner_saturated"] + ALIKE_SHARE,
        "after training {saturated:.0%} of the elements in layer {saturated_layer:.0f} have a slope below "
        "{saturation_slope:g} ({winner_saturated:.0%} in the worst layer for {winner}), so little gradient passes",
    ),
    Rule(
        "slow",
        lambda n: n["train_score"] < n["winner_train_score"] - ALIKE_ACCURACY and n["recent_fall"] >= STILL_FALLING,
        "its training loss was still falling at the end, by {recent_fall:.0%} over {recent_epochs:.0f} epochs, with "
        "{train_score:.1%} of the training samples right ({winner_train_score:.1%} for {winner}): more epochs or "
        "a larger learning rate may close the gap",
    ),
    Rule(
        "overfitted",
        lambda n: n["train_score"] >= n["winner_train_score"] - ALIKE_ACCURACY,
        "it has {train_score:.1%} of the training samples right ({winner_train_score:.1%} for {winner}) but only "
        "{test_score:.1%} of the test samples ({winner_test_score:.1%})",
    ),
    Rule(
        "unexplained",
        lambda n: n["layers"] == 1,
        "it ends {points_behind:.1f} points behind {winner}, and nothing that was measured explains it: after training "
        "{silent:.0%} of the units are silent and {saturated:.0%} of the elements saturated",
    ),
    Rule(
        "unexplained",
        lambda _: True,
        "it ends {points_behind:.1f} points behind {winner}, and nothing that was measured explains it: the gradient "
        "at the first layer is {gradient_ratio:.1g} of the last hidden layer's before training, and after it at most "
        "{silent:.0%} of a layer's units are silent and {saturated:.0%} of its elements saturated",
    ),
)


def reasons(
    placed: Sequence[Standing], groups: Mapping[tuple[int, str], tuple[Run, ...]], test_samples: int
) -> tuple[Reason, ...]:
    """Return one reason for each activation that is not the best at its depth, in the order of the standings."""
    best = {standing.depth: standing for standing in placed if standing.behind is None}
    return tuple(
        reason(
            standing,
            best[standing.depth],
            groups[standing.depth, standing.activation],
            groups[standing.depth, best[standing.depth].activation],
            test_samples,
        )
        for standing in placed
        if standing.behind is not None
    )


def reason(
    standing: Standing, winner: Standing, runs: Sequence[Run], winner_runs: Sequence[Run], test_samples: int
) -> Reason:
    """Return the first rule that applies, with the numbers of its sentence.

    Where seeds differ so much that a wide gap cannot be shown, what was measured inside the networks is told as well.
    """
    numbers = measured(standing, winner, runs, winner_runs, test_samples)
    rule = next(rule for rule in RULES if rule.applies(numbers))
    sentence = rule.sentence
    if rule.cause == "no difference" and numbers["points_behind"] >= WIDE_GAP:
        inside = next((rule for rule in RULES if rule.cause in INSIDE and rule.applies(numbers)), None)
        sentence += f". What was measured all the same: {inside.sentence}" if inside else ""
    named = {name for _, name, _, _ in string.Formatter().parse(sentence) if name and name != "winner"}
    return Reason(
        activation=standing.activation,
        depth=standing.depth,
        cause=rule.cause,
        measured={name: number for name, number in numbers.items() if name in named},
        sentence=written(sentence, winner=winner.activation, **numbers),
    )


def measured(
    standing: Standing, winner: Standing, runs: Sequence[Run], winner_runs: Sequence[Run], test_samples: int
) -> dict[str, float]:
    """Return every number that a rule may ask for: means over the seeds, geometric ones of ratios."""
    behind = standing.behind
    if behind is None:
        raise ValueError(f"{standing.activation} is the best at depth {standing.depth} and needs no reason")
    slope = activation_of(runs[0].experiment).slope_formula
    silent, silent_layer = _worst(runs, "silent")
    saturated, saturated_layer = _worst(runs, "saturated")
    epochs = runs[0].experiment.epochs
    recent = max(1, round(epochs / 5))
    counted = len(runs) * test_samples
    return {
        "seeds": float(len(runs)),
        "counted_samples": float(counted),
        "saturation_slope": SATURATION_SLOPE,
        "diverged_seeds": float(sum(not math.isfinite(run.final.train_loss) for run in runs)),
        "start_loss": _mean([run.history[0].train_loss for run in runs]),
        "train_loss": _mean([run.final.train_loss for run in runs]),
        "told_apart": float(told_apart(behind, winner.test_score, test_samples)),
        "points_behind": 100 * behind.mean,
        "points_low": 100 * behind.low,
        "points_high": 100 * behind.high,
        "counting_points": 100 * counting_error(winner.test_score.mean, standing.test_score.mean, counted),
        "constant_slope": slope.value if isinstance(slope, Const) else math.nan,
        "layers": float(standing.depth),
        "largest_gradient": max(layer.gradient for run in runs for layer in run.start.layers),
        "flat_at_start": _mean([layer.saturated for run in runs for layer in run.start.layers]),
        "gradient_ratio": gradient_ratio([run.start for run in runs]),
        "winner_gradient_ratio": gradient_ratio([run.start for run in winner_runs]),
        "silent": silent,
        "silent_layer": silent_layer,
        "winner_silent": _worst(winner_runs, "silent")[0],
        "saturated": saturated,
        "saturated_layer": saturated_layer,
        "winner_saturated": _worst(winner_runs, "saturated")[0],
        "recent_epochs": float(recent),
        "recent_fall": _mean([_fall(run, recent) for run in runs]),
        "train_score": standing.train_score.mean,
        "winner_train_score": winner.train_score.mean,
        "test_score": standing.test_score.mean,
        "winner_test_score": winner.test_score.mean,
    }


def gradient_ratio(snapshots: Sequence[Snapshot]) -> float:
    """Return the first hidden layer's gradient over the last's, as a geometric mean; nan where the last has none."""
    ratios = [
        snapshot.layers[0].gradient / snapshot.layers[-1].gradient if snapshot.layers[-1].gradient else math.nan
        for snapshot in snapshots
    ]
    if any(not ratio > 0 for ratio in ratios):
        return min(ratios, key=lambda ratio: (not math.isnan(ratio), ratio))
    return math.exp(_mean([math.log(ratio) for ratio in ratios]))


def _worst(runs: Sequence[Run], share: str) -> tuple[float, float]:
    """Return the largest share that a layer has at the end, as a mean over the runs, and the layer's number."""
    layers = zip(*(run.end.layers for run in runs), strict=True)
    return max((_mean([getattr(state, share) for state in states]), float(states[0].layer)) for states in layers)


def _fall(run: Run, recent: int) -> float:
    before, after = run.history[-1 - recent].train_loss, run.final.train_loss
    return 1.0 - after / before if before > 0 else 0.0


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)
