"""The causes in the order in which they are asked for, each with the sentence that shows its evidence."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..records import Cause, Kind
from ..wording import ENOUGH_SEEDS
from .numbers import Numbers

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
ALIKE_SCORE = 0.01
STILL_FALLING = 0.05
# On moons and digits at rates from 1e-6 to 2, networks that learnt what there was had moved their weights by 0.17 of
# their size and more, if all steps went one way; those that moved less than 0.1 had hardly begun.
BARELY_MOVED = 0.15
# Those that learnt ended with steps of up to 0.010 of the weights' size; where it was 0.014 and more, they were worse.
LARGE_UPDATE = 0.012
# A ratio that is no coincidence of two networks that do alike.
TWICE = 2.0
# Of its root mean square, the mean output of tanh's layers is 0.00 to 0.06, of ReLU's 0.3 to 0.6, of sigmoid's 0.65 up.
OFF_CENTRE = 0.65
# A gap of scores, 5 points of accuracy, that a reader will ask about, whether or not the seeds agree on it.
WIDE_GAP = 0.05
SIGNIFICANT = 0.05
# The causes that are seen in the layers, before any outcome.
INSIDE: tuple[Cause, ...] = (
    *("no slope", "linear", "vanishing", "exploding", "silent units", "saturated"),
    *("small updates", "large updates"),
)


ADVICE = {
    "smaller": "; a smaller learning rate takes smaller steps",
    "larger": "a larger learning rate or more epochs may close the gap",
}
ADVICE_TUNED = {"smaller": ", at the best of the rates tried", "larger": "more epochs may close the gap"}
"""What a reader is told to try: no other rate where the best was found on validation data."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A cause: when it is one, and the sentence that shows its evidence."""

    cause: Cause
    applies: Callable[[Numbers], bool]
    sentence: str
    """A format string for `wording.written`; the numbers that it names are the evidence that a Reason carries."""
    regression: str = ""
    """The sentence for a regression, where it is another."""

    def told(self, kind: Kind) -> str:
        """Return the sentence for a kind of task."""
        return self.regression if self.regression and kind == "regression" else self.sentence


def _shown(n: Numbers) -> bool:
    """Return whether there is a difference to speak of: one that the seeds show, or a wide one."""
    return n["told_apart"] == 1 or n["behind"] >= WIDE_GAP


def _learnt_less(n: Numbers) -> bool:
    return n["train_score"] < n["winner_train_score"] - ALIKE_SCORE


RULES = (
    Rule(
        "diverged",
        lambda n: n["diverged_seeds"] > 0,
        "the training loss stopped being a finite number with {diverged_seeds:.0f} of {seeds:.0f} seeds{smaller}",
    ),
    Rule(
        "diverged",
        lambda n: n["train_loss"] > DIVERGED_LOSS * n["start_loss"],
        "the training loss rose from {start_loss:.3g} to {train_loss:.3g}{smaller}",
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
        "its slope is {constant_slope:g} everywhere, so its {layers:.0f} layers together are one linear layer, which "
        "fits a straight line only",
    ),
    # A difference that cannot be shown needs no cause. What comes before it is seen, not inferred.
    Rule(
        "no difference",
        lambda n: n["behind"] == 0 and not max(n["high"], -n["low"]) > 0,
        "it has as many test samples right as {winner}, with {seeds:.0f} of {seeds:.0f} seeds",
        "its test R² is the same as that of {winner}, with {seeds:.0f} of {seeds:.0f} seeds",
    ),
    Rule(
        "no difference",
        lambda n: (
            n["told_apart"] == 0
            and 1 < n["seeds"] < ENOUGH_SEEDS
            and not (n["low"] > 0 and n["corrected_p"] < SIGNIFICANT)
        ),
        "it ends {behind:gap} behind {winner} (95 % interval of the paired difference {low:end} to {high:end}): "
        "{seeds:.0f} seeds are too few to say, try --seeds 5",
    ),
    Rule(
        "no difference",
        lambda n: n["told_apart"] == 0 and n["low"] <= 0,
        "it ends {behind:gap} behind {winner}, with a 95 % interval of the paired difference from "
        "{low:end} to {high:end}: no difference can be shown with {seeds:.0f} seeds",
    ),
    Rule(
        "no difference",
        lambda n: n["told_apart"] == 0 and n["corrected_p"] >= SIGNIFICANT,
        "it ends {behind:gap} behind {winner}, with a 95 % interval of the paired difference from "
        "{low:end} to {high:end}, but among {pairs:.0f} pairs of activations one such interval may leave out 0 by "
        "chance (p corrected for that: {corrected_p:.2g}): no difference can be shown with {seeds:.0f} seeds",
    ),
    Rule(
        "no difference",
        lambda n: n["told_apart"] == 0,
        "it ends {behind:gap} behind {winner}, but counting right answers among {counted_samples:.0f} "
        "test samples, all seeds together, has an error of {counting_error:gap}: so small a difference may be "
        "chance",
        "it ends {behind:gap} behind {winner}: no difference can be shown with {seeds:.0f} seeds",
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
        "small updates",
        lambda n: n["moved"] < BARELY_MOVED and TWICE * n["moved"] <= n["winner_moved"] and _learnt_less(n),
        "its steps are so small that all of them together can move the weights by {moved:.1%} of their size at most "
        "({winner_moved:.0%} for {winner}): {larger}",
    ),
    Rule(
        "large updates",
        lambda n: n["update"] >= LARGE_UPDATE and n["update"] >= TWICE * n["winner_update"] and _learnt_less(n),
        "at the end each step still changes the weights by {update:.1%} of their size ({winner_update:.1%} for "
        "{winner}), so it moves about instead of settling{smaller}",
    ),
    # Only where it goes with slower learning, and where none of the causes above is there to make it slow.
    Rule(
        "off centre",
        lambda n: (
            n["off_centre"] >= max(OFF_CENTRE, n["winner_off_centre"] + ALIKE_SHARE)
            and n["epochs_to"] >= TWICE * n["winner_epochs_to"] < math.inf
            and _learnt_less(n)
        ),
        "the outputs of its layers lie to one side of 0, their mean is {off_centre:.0%} of their root mean square "
        "({winner_off_centre:.0%} for {winner}), and it learns more slowly: to reach {threshold:score} it takes "
        "{epochs_to:epochs} ({winner_epochs_to:epochs} for {winner})",
    ),
    Rule(
        "slow",
        lambda n: _learnt_less(n) and n["recent_fall"] >= STILL_FALLING,
        "its training loss was still falling at the end, by {recent_fall:.0%} over {recent_epochs:.0f} epochs, with "
        "{train_score:score} of the training samples right ({winner_train_score:score} for {winner}): {larger}",
        "its training loss was still falling at the end, by {recent_fall:.0%} over {recent_epochs:.0f} epochs, with "
        "a training R² of {train_score:score} ({winner_train_score:score} for {winner}): {larger}",
    ),
    Rule(
        "overfitted",
        lambda n: n["train_score"] >= n["winner_train_score"] - ALIKE_SCORE,
        "it has {train_score:score} of the training samples right ({winner_train_score:score} for {winner}) but only "
        "{test_score:score} of the test samples ({winner_test_score:score})",
        "its training R² is {train_score:score} ({winner_train_score:score} for {winner}) but its test R² only "
        "{test_score:score} ({winner_test_score:score})",
    ),
    Rule(
        "unexplained",
        lambda n: n["layers"] == 1,
        "it ends {behind:gap} behind {winner}, and nothing that was measured explains it: after training "
        "{silent:.0%} of the units are silent and {saturated:.0%} of the elements saturated",
    ),
    Rule(
        "unexplained",
        lambda _: True,
        "it ends {behind:gap} behind {winner}, and nothing that was measured explains it: the gradient "
        "at the first layer is {gradient_ratio:.1g} of the last hidden layer's before training, and after it at most "
        "{silent:.0%} of a layer's units are silent and {saturated:.0%} of its elements saturated",
    ),
)
