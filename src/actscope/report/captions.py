"""What stands above the figures and below the tables of a comparison: what they show and how to read it."""

import math
from collections.abc import Iterable

from ..lab.records import Comparison, Ranking
from ..lab.statistics.ranking import FEWEST_BLOCKS, FEWEST_RANKED
from . import numerals, rows, words
from .scores import scores_of

HEADINGS = {
    "overview": words.OVERVIEW,
    "differences": words.DIFFERENCES,
    "ranks": words.RANKS,
    "tuning": words.TUNING,
    "learning": words.LEARNING,
    "gradient": words.GRADIENT,
    "units": words.UNITS,
    "output": words.OUTPUT,
    "centre": words.CENTRE,
    "updates": words.UPDATES,
    "associations": words.ASSOCIATIONS,
    "boundary": words.BOUNDARY,
    "fit": words.FIT,
}
"""Of the figures by their names; the scores have the results' own."""

ONE_SEED = "One seed: there is no interval, and another seed may turn the order round."
RATIO = (
    "Gradient, first / last: gradient of the first hidden layer over the last’s, before training, geometric mean over "
    "the seeds; a dash where the last has none. Silent units: of all hidden layers, after training."
)
INSIDE = (
    f"{RATIO} Saturated outputs, and the size of the mean output over the root mean square of the outputs: mean over "
    "the layers, after training. Step / weights: one step of the optimizer beside the weights that it changes, early "
    "in training, geometric mean over the layers."
)
TIME = (
    "Networks of one shape train together, and their times are each network’s share; a user’s own model, and an "
    "activation that learns or draws at random, trains by itself."
)
OVERVIEW = (
    "Mean test score of every activation in every condition. The best of a condition is bold, and the stronger the "
    "colour, the higher the score."
)
OUTPUT = (
    "Mean and standard deviation over samples and units. A mean far from 0, or a spread that grows or dies out from "
    "layer to layer, makes learning harder for the layers that follow."
)
CENTRE = (
    "Size of a layer’s mean output over the root mean square of its outputs: 0 % is centred on zero, 100 % a constant. "
    "Inputs that all have one sign push all weights of a unit the same way."
)
UPDATES = (
    "One step of the optimizer over the weights that it changes, both as root mean squares: where layers were measured "
    "first after the start, and at the end."
)
ASSOCIATIONS = (
    "Each seed gives a rank correlation across the activations: 1 if those with more of the quantity end with the "
    "higher test score. Bars are 95 % intervals over the seeds, for these activations and no others. What goes with "
    "the outcome need not be its cause."
)
DIFFERENCES = (
    "How far each activation ends behind the best, seed by seed; the bar is the 95 % interval, not corrected. Thick "
    "bars and filled diamonds: the difference is shown after the correction."
)
FIT = (
    "What the trained network of the first seed predicts along the input; dots are test data. Both are standardised by "
    "the training data."
)
INTERVALS_ONE = "Each dot is the one seed that was run."


def of_figures(comparison: Comparison, zero: list[str]) -> dict[str, str]:
    """Return what each figure of a comparison says of itself; `zero` are the activations of `gradient`."""
    scores = scores_of(comparison.task)
    several = max((standing.test_score.seeds for standing in comparison.standings), default=0) > 1
    found = {
        "overview": OVERVIEW,
        "scores": intervals(rows.cut_at(comparison, "test_score")) if several else INTERVALS_ONE,
        "differences": DIFFERENCES,
        "learning": learning(scores.name, several),
        "gradient": gradient(zero),
        "units": units(comparison.saturation_slope),
        "output": OUTPUT,
        "centre": CENTRE,
        "updates": UPDATES,
        "associations": ASSOCIATIONS,
        "fit": FIT,
    }
    if ranking := comparison.ranking:
        found["ranks"] = ranks(ranking)
    if comparison.tuned:
        found["tuning"] = tuning(comparison, scores.name)
    if maps := rows.mapped(comparison):
        found["boundary"] = boundary(maps[0][1].experiment.seed)
    return found


def table(several: bool, diverged: bool, compared: str, cut: str = "", epochs: str = "") -> str:
    """Return the caption of the table: over several seeds or one, with or without a run that diverged.

    `compared` tells of differences, `epochs` what is counted to.
    """
    text = ONE_SEED
    if several:
        text = (
            "Means over the seeds. Below each, the interval that holds the true mean with 95 % confidence "
            f"(Student’s t){cut}. {compared}"
        )
    text = " ".join(part for part in (text, epochs, TIME) if part)
    return f"{text} A dash in place of a mean: a run diverged." if diverged else text


def terminal(several: bool, cut: str = "") -> str:
    """Return the caption of the table in a terminal."""
    text = f"Means over the seeds; below them the 95 % interval (Student’s t){cut}." if several else ONE_SEED
    return f"{text} {RATIO}"


def epochs(name: str, threshold: str, given: bool) -> str:
    """Return what epochs are counted to: a score of `threshold`, "" where it differs from condition to condition."""
    how = "95 % of the way from chance to the best mean"
    goal = f"{name} of {threshold}" + ("" if given else f", {how}") if threshold else f"{name} {how} of the condition"
    return (
        f"Epochs to threshold: the first epoch with a test {goal}. Where some seeds never get there it is the mean of "
        "the others, and below it stands how many those are."
    )


def sure(pairs: int, counted: bool) -> str:
    """Return the caption of the table of differences, for scores that are `counted` on the test samples or not."""
    also = ", and the difference is more than twice the error of counting the test samples" if counted else ""
    return (
        "Effect size: mean over standard deviation of the differences from seed to seed, with Hedges’s correction for "
        "few seeds, above its 95 % interval; from 0.8 on it is called large. p: paired t test, corrected by Holm’s "
        f"method over {words.counted(pairs, 'pair')} of activations, also those without the best, because the best was "
        f"picked on the same data; a difference counts as shown if it is below 0.05{also}. Seeds won: by the best, an "
        "equal score counting half. Seeds needed: a rough guide to how many would show a difference of this size four "
        "times in five; a dash where it is shown already or the effect is unknown. Mean rank: place by test score, "
        "mean over the seeds."
    )


def ranks(ranking: Ranking) -> str:
    """Return what the ranks say; without a statistic which of blocks and activations are too few to test them."""
    text = f"Mean place by test score over {words.counted(ranking.blocks, 'block')}, each a seed in a condition."
    if math.isnan(ranking.statistic):
        found = (
            ("blocks", ranking.blocks, FEWEST_BLOCKS),
            ("activations", len(ranking.activations), FEWEST_RANKED),
        )
        lacking = [f"{least} {what} (here {there})" for what, there, least in found if there < least]
        return f"{text} Friedman’s test needs {' and '.join(lacking)}, so that it cannot be made."
    p = numerals.p_value(ranking.p)
    equal = f"p {p if p.startswith('<') else f'= {p}'} for as much among equal activations"
    return (
        f"{text} Friedman’s test: χ² = {ranking.statistic:.1f}, {equal}. The bars are as wide as "
        f"Nemenyi’s critical difference, {ranking.critical:.2f}: activations whose bars do not meet differ at "
        "5 %. Blocks of one seed share their data, so that over several conditions this is somewhat too sure."
    )


def overview_line(conditions: int, shown: int) -> str:
    """Return how much of many conditions is shown in full."""
    return (
        f"There are {conditions} conditions. Tables, reasons and figures below show the {shown} of them with the "
        "highest best score; comparison.json has the numbers of all."
    )


def tuning(comparison: Comparison, name: str) -> str:
    """Return what was tuned, on what data, and for whom the chosen rate lies at the edge of the grid."""
    grids = dict.fromkeys(tuned.grid for tuned in comparison.tuned)
    tried = "; or ".join(", ".join(f"{rate:g}" for rate in grid) for grid in grids)
    seeds = max(score.seeds for tuned in comparison.tuned for score in tuned.scores)
    text = (
        f"Mean {name} on validation data, which are neither trained nor tested on, over {words.counted(seeds, 'seed')} "
        f"at each learning rate, {tried}, the same for all activations. The ring is around the rate that was chosen; "
        "bars are 95 % intervals."
    )
    edge = dict.fromkeys(f"{tuned.activation} ({tuned.chosen:g})" for tuned in comparison.tuned if tuned.at_edge)
    return (
        f"{text} Chosen at the edge of the grid, beyond which a better one may lie: {', '.join(edge)}."
        if edge
        else text
    )


def learning(name: str, several: bool) -> str:
    """Return the caption of the learning curves of a score of this name."""
    mean = ", mean over the seeds. The band reaches from the lowest to the highest seed" if several else ""
    return (
        f"{name[0].upper()}{name[1:]} and loss after each pass over the data{mean}. A curve ends where a run diverged "
        "or stopped early."
    )


def gradient(zero: list[str]) -> str:
    """Return the caption of the gradients; `zero` are the activations that have layers without any gradient."""
    text = (
        "Root mean square of the loss’s gradient with respect to each layer’s weights, on a logarithmic scale. A curve "
        "that falls to the left is a vanishing gradient: the layers next to the input hardly learn."
    )
    if zero:
        text += f" A logarithmic scale has no 0: layers of {', '.join(zero)} whose gradient is exactly 0 are not drawn."
    return text


def units(slope: float) -> str:
    """Return the caption of the silent and saturated units."""
    return (
        f"An output is saturated if the activation’s slope there is below {slope:g} in size; a unit is silent if that "
        "holds on every sample, so that hardly any gradient passes through it."
    )


def intervals(cut: str = "") -> str:
    """Return the caption of the intervals."""
    return f"Each dot is a seed; the bar is the 95 % interval of the mean{cut}, its diamond the mean."


def boundary(seed: int) -> str:
    """Return the caption of the decision boundaries."""
    return (
        f"What the trained network says over the plane (seed {seed}): the stronger the colour, the surer; the line is "
        "at even odds. Dots are test data."
    )


def alt_tuning(name: str) -> str:
    """Return what the figure of tuned rates shows."""
    return f"{name} on validation data by learning rate; the chosen rates"


def alt_overview(name: str, best: Iterable[tuple[str, str, str]]) -> str:
    """Return the alternative text of the map of all conditions."""
    told = "; ".join(f"{condition}: {activation} {score}" for condition, activation, score in best)
    return f"Mean {name} by condition and activation. The best: {told}."


def alt_boundary(names: Iterable[str]) -> str:
    """Return the alternative text of the decision boundaries."""
    return f"One map per network of the class it predicts over the plane, with the test points: {', '.join(names)}."


def alt_fit(names: Iterable[str]) -> str:
    """Return the alternative text of the fitted curves."""
    return f"What each network predicts along the input, over the test points: {', '.join(names)}."
