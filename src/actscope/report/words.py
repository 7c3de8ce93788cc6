"""Every sentence that a reader of a report meets, in one place, so that it can be told in another language."""

import errno
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ..lab import wording
from ..lab.records import Condition, Experiment, Kind
from ..lab.statistics import condition_of

# Headings
RESULTS = "Results"
WHY = "What sets the others apart"
LEARNING = "Learning curves"
GRADIENT = "Gradient size by layer"
UNITS = "Silent and saturated units by layer"
OUTPUT = "Output of the layers"
CENTRE = "Outputs to one side of zero"
UPDATES = "Steps beside the weights"
ASSOCIATIONS = "What goes with the outcome"
BOUNDARY = "Decision boundaries"
FIT = "Fitted curves"
OVERVIEW = "All conditions"
DIFFERENCES = "How sure the differences are"
RANKS = "Ranks"
TUNING = "Tuned learning rates"
INSIDE = "What happened inside"
CAUSES = "Over all conditions"
ACTIVATIONS = "The activations"
SETTINGS = "Settings"
REPEAT = "Repeat it"
NOTES = "Notes"

# Columns of the table
ACTIVATION = "activation"
CONDITION = "condition"
TEST_LOSS = "test loss"
BEHIND = "behind the best"
EPOCHS_TO = "epochs to threshold"
STEP = "time per step"
SECONDS = "training time"
EFFECT = "effect size"
P = "p, corrected"
AHEAD = "seeds won"
RATE = "learning rate"
NEEDED = "seeds needed"
RANK = "mean rank"
CAUSE = "cause"
MEASURED_LAYERS = "activations in the model"
RATIO = "gradient, first / last"
SILENT = "silent units"
SATURATED = "saturated outputs"
OFF_CENTRE = "mean / size of output"
UPDATE = "step / weights"
BEST = "best"
SHOWN = "shown"

# Axes and legends
EPOCH_AXIS = "epoch"
RANK_AXIS = "mean rank over seeds and conditions (1 is best)"
RATE_AXIS = "learning rate"
INPUT_AXIS = "input, standardised"
TARGET_AXIS = "target, standardised"
CENTRE_AXIS = "mean output over its root mean square (%)"
UPDATE_AXIS = "step over weights"
ASSOCIATION_AXIS = "rank correlation with the test score"
LAYER_AXIS = "hidden layer (1 is next to the input)"
GRADIENT_AXIS = "gradient (root mean square)"
SILENT_AXIS = "silent units (%)"
SATURATED_AXIS = "saturated outputs (%)"
MEAN_AXIS = "mean of the output"
SPREAD_AXIS = "standard deviation of the output"
CLASS = "class"
FIRST_INPUT = "first input"
SECOND_INPUT = "second input"
PART = {"train": "training data", "test": "test data"}
WHEN = {"start": "before training", "early": "early in training", "end": "after training"}
INSIDE_QUANTITIES = {
    "gradient_ratio": "gradient, first layer over last, before training",
    "silent": "silent units after training",
    "saturated": "saturated outputs after training",
    "off_centre": "mean output over root mean square, after training",
    "update": "step over weights, early in training",
}
"""The fields of the record Inside."""

# The page
SOURCE = "Source:"
AT_KINKS = "Slope at the kink:"
NO_SCRIPT = (
    "The figures are drawn by the script inside this file, and scripts are switched off. "
    "The same figures lie as SVG and PNG in the folder “figures” beside it."
)
COMMAND_LINE = "On the command line:"
IN_PYTHON = "In Python:"
SAME_NUMBERS = "The same settings give the same numbers, except for the seconds."
LICENCE = (
    "Figures are drawn by Vega, Vega-Lite and Vega-Embed, © University of Washington Interactive Data Lab and "
    "contributors, licence BSD-3-Clause; they are part of this file, and it loads nothing from elsewhere."
)
WHOLE_DATA = "Every number of this comparison is in comparison.json, in the same folder."
MEASURED = "measured"

# Progress
LOADING = "loading PyTorch"

# The numbers behind a reason
QUANTITIES = {
    "seeds": "seeds",
    "counted_samples": "test samples counted, over all seeds",
    "saturation_slope": "slope that counts as saturated",
    "diverged_seeds": "seeds that diverged",
    "start_loss": "training loss before training",
    "train_loss": "training loss at the end",
    "told_apart": "told apart from the best (1: yes)",
    "behind": "behind the best",
    "low": "lower end of its interval",
    "high": "upper end of its interval",
    "corrected_p": "p, corrected over all pairs",
    "pairs": "pairs of activations",
    "needed": "seeds that would show it, roughly",
    "counting_error": "error of counting",
    "constant_slope": "slope, the same everywhere",
    "layers": "hidden layers",
    "largest_gradient": "largest gradient before training",
    "flat_at_start": "share of flat elements before training",
    "gradient_ratio": "gradient, first layer over last",
    "winner_gradient_ratio": "the same for the best",
    "silent": "share of silent units in the worst layer",
    "silent_layer": "the layer that is worst",
    "winner_silent": "silent units in the best’s worst layer",
    "saturated": "share of saturated elements in the worst layer",
    "saturated_layer": "the layer that is most saturated",
    "winner_saturated": "saturated elements in the best’s worst layer",
    "recent_epochs": "last epochs looked at",
    "recent_fall": "fall of the training loss over them",
    "train_score": "training score",
    "winner_train_score": "the best’s training score",
    "test_score": "test score",
    "winner_test_score": "the best’s test score",
    "winner_silent_layer": "the best’s worst layer",
    "winner_saturated_layer": "the best’s most saturated layer",
    "off_centre": "mean output over its root mean square",
    "winner_off_centre": "the best’s mean output over its root mean square",
    "update": "step over weights at the end",
    "winner_update": "the best’s step over weights at the end",
    "moved": "how far all steps could move the weights, over their size",
    "winner_moved": "the same for the best’s weights",
    "threshold": "score that epochs are counted to",
    "epochs_to": "epochs to that score",
    "winner_epochs_to": "the best’s epochs to that score",
}
GAPS = frozenset({"behind", "low", "high", "counting_error"})
"""Which of them are differences of scores."""


def title(task: str) -> str:
    """Return the title of the report."""
    return f"Activations compared on {task}"


def tagline(names: Sequence[str], conditions: Sequence[Condition], seeds: object) -> str:
    """Return what was compared, in a line.

    >>> tagline(["relu", "tanh"], [Condition(2), Condition(8)], 3)
    'relu, tanh · 2, 8 hidden layers · 3 seeds'
    """
    layers = ", ".join(str(depth) for depth in dict.fromkeys(at.depth for at in conditions))
    among = f"{layers} hidden {'layer' if layers == '1' else 'layers'}"
    if conditions[0].varied:
        among = counted(len(conditions), "condition") if len(conditions) > 1 else condition_line(conditions[0])
    return f"{', '.join(names)} · {among} · {counted(seeds, 'seed')}"


def tuning(networks: int, rates: int) -> str:
    """Return what is done before the comparison where learning rates are found.

    >>> tuning(84, 7)
    'first the learning rates: 7 for each activation, 84 networks, judged on validation data'
    """
    networks_told = counted(networks, "network")
    return f"first the learning rates: {rates} for each activation, {networks_told}, judged on validation data"


def quantity(name: str, points: bool = False) -> str:
    """Return what a number behind a reason is, `points` if it is told in points.

    >>> quantity("low", points=True), quantity("new_thing")
    ('lower end of its interval, in points', 'new thing')
    """
    return QUANTITIES.get(name, name.replace("_", " ")) + (", in points" if points else "")


def stacked(heading: str) -> str:
    """Return the heading of a column in two lines.

    >>> stacked("test accuracy"), stacked("gradient, first / last")
    ('test\\naccuracy', 'gradient\\nfirst/last')
    """
    first, _, rest = heading.replace(" / ", "/").replace("points behind the", "points behind").partition(" ")
    return f"{first.removesuffix(',')}\n{rest}"


def hearing(of: Experiment, kind: Kind, score: float, varied: Sequence[str] = ()) -> str:
    """Return what stands beside the bar, in few letters."""
    told = f"{100 * score:.1f} %" if kind == "classification" else f"R² {score:.3f}"
    return f"{of.activation}, {wording.condition(condition_of(of, varied))}, seed {of.seed}: {told}"


def network(of: Experiment, varied: Sequence[str] = ()) -> str:
    """Return which network is spoken of, with the options that are `varied` beside the depth.

    >>> from ..lab.planning import plan
    >>> network(plan("xor", ["relu"], depth=1)[0]), network(plan("xor", ["relu"])[0], ("lr", "init"))
    ('relu, 1 layer, seed 0', 'relu, depth 12, lr 0.003, auto, seed 0')
    """
    where = wording.condition(condition_of(of, varied)) if varied else counted(of.depth, "layer")
    return f"{of.activation}, {where}, seed {of.seed}"


def heard_of(of: Experiment, kind: Kind, score: float, varied: Sequence[str] = ()) -> str:
    """Return how far a network is.

    >>> from ..lab.planning import plan
    >>> heard_of(plan("xor", ["relu"], depth=1)[0], "classification", 0.961)
    'relu, 1 layer, seed 0: test accuracy 96.1 %'
    >>> heard_of(plan("sine", ["tanh"], depth=2)[0], "regression", 0.961)
    'tanh, 2 layers, seed 0: test R² 0.961'
    """
    told = f"accuracy {100 * score:.1f} %" if kind == "classification" else f"R² {score:.3f}"
    return f"{network(of, varied)}: {of.judged_on} {told}"


def finished(done: int, networks: int, told: str, seconds: float) -> str:
    """Return the line of a finished network."""
    return f"[{done}/{networks}] {told}, {seconds:.1f} s"


def no_difference(seeds: int, told: Sequence[str]) -> str:
    """Return which activations are so near the best that nobody can tell.

    >>> no_difference(1, ["relu (0.1 points behind)"])
    'One seed is too few to say: try --seeds 5. Measured: relu (0.1 points behind).'
    >>> no_difference(3, ["relu (0.1 points behind)"])
    'No difference can be shown with 3 seeds: relu (0.1 points behind).'
    """
    if seeds < wording.ENOUGH_SEEDS:
        few = wording.too_few(seeds)
        return f"{few[:1].upper()}{few[1:]}. Measured: {', '.join(told)}."
    return f"No difference can be shown with {counted(seeds, 'seed')}: {', '.join(told)}."


def near(name: str, behind: str, sure: str, unit: str = " points") -> str:
    """Return an activation with its distance from the best.

    >>> near("relu", "0.1", "−1.3 to 1.5"), near("tanh", "0.0", "0.0 to 0.0")
    ('relu (0.1 points behind, −1.3 to 1.5)', 'tanh (equal)')
    """
    if set(behind) <= set("0.") and sure in ("", interval(behind, behind)):
        return f"{name} (equal)"
    return f"{name} ({behind}{unit} behind{', ' if sure else ''}{sure})"


def corrected(interval: str, p: str) -> str:
    """Return an interval with what is left of it once all pairs are counted.

    >>> corrected("0.4 to 1.2", "0.31")
    '0.4 to 1.2, but p = 0.31 corrected for all pairs'
    """
    return f"{interval}, but p = {p} corrected for all pairs"


def counting_error(points: str) -> str:
    """Return how uncertain a difference is by the number of test samples alone."""
    return f"where counting the test samples alone has an error of {points}"


def fine(text: str) -> str:
    """Return a sentence of the lab's with true minus signs, and a single thing in the singular.

    >>> fine("from -1.3 to 2e-7, over 1 epochs and 11 seeds")
    'from −1.3 to 2e-7, over 1 epoch and 11 seeds'
    """
    text = re.sub(r"(?<![\w.)-])-(?=\d)", "−", text)
    return re.sub(r"(?<![\d.,])1 (epoch|layer|seed|point|run)s\b", r"1 \1", text)


def counted(count: object, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "seed"), counted(5, "seed")
    ('1 seed', '5 seeds')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def unfinished(finished: int, planned: int) -> str:
    """Return the line that warns of an interrupted comparison."""
    return (
        f"{finished} of {planned} runs were finished: the comparison was interrupted, and means are over fewer seeds."
    )


def task_line(summary: str, train: int, test: int, inputs: int, classes: int) -> str:
    """Return what the data are; without classes a number is to be predicted.

    >>> task_line("a curve", 80, 20, 1, 0)
    'A curve. 80 samples to train on, 20 to test, 1 input, a number to predict.'
    """
    asked = f"{classes} classes" if classes else "a number to predict"
    return f"{sentence(summary)} {train} samples to train on, {test} to test, {counted(inputs, 'input')}, {asked}."


def causes_line(counts: Sequence[tuple[str, int]]) -> str:
    """Return in how many conditions each cause was found.

    >>> causes_line([("vanishing", 12), ("no difference", 1)])
    'vanishing in 12 conditions, no difference in 1 condition'
    """
    return ", ".join(f"{cause} in {counted(count, 'condition')}" for cause, count in counts)


def won(count: str, seeds: int) -> str:
    """Return of how many seeds the best won.

    >>> won("2.5", 3)
    '2.5 of 3'
    """
    return f"{count} of {seeds}"


def on_validation(axis: str) -> str:
    """Return the name of an axis whose scores are of validation data."""
    return f"{axis}, validation data"


def reached_by(reached: int, seeds: int) -> str:
    """Return by how many seeds a threshold was reached."""
    return f"{reached} of {seeds} seeds"


def cut_at(shares: bool, points: bool, losses: bool, squares: bool = False) -> str:
    """Return where intervals were cut because nothing is possible beyond, as part of a sentence.

    >>> cut_at(True, False, False), cut_at(True, True, True), cut_at(False, False, False)
    (', cut at 0 and 100 %', ', cut at 0 and 100 %, at 100 points and at a loss of 0', '')
    """
    places = (
        ("at 0 and 100 %", shares),
        ("at 100 points", points),
        ("at an R² of 1", squares),
        ("at a loss of 0", losses),
    )
    told = [text for text, applies in places if applies]
    return f", cut {' and '.join([', '.join(told[:-1]), told[-1]] if len(told) > 1 else told)}" if told else ""


def condition_line(at: Condition) -> str:
    """Return the heading of a part for one condition.

    >>> condition_line(Condition(8)), condition_line(Condition(8, (("lr", 0.01),)))
    ('8 hidden layers', 'depth 8, lr 0.01')
    """
    return wording.condition(at) if at.varied else counted(at.depth, "hidden layer")


def interval(low: str, high: str) -> str:
    """Return an interval."""
    return f"{low} to {high}"


def alt_lines(what: str, ends: Iterable[tuple[str, str]]) -> str:
    """Return the alternative text of a figure of lines: what it shows and where each line ends."""
    told = "; ".join(f"{name} {value}" for name, value in ends)
    return f"{what}. {told}." if told else f"{what}."


def first_layer(name: str, quantity: str) -> str:
    """Return of what a number is told: the first hidden layer after training."""
    return f"{name}, {quantity}, layer 1 after training"


def sentence(text: str) -> str:
    """Return a reason as a sentence of its own; the lab writes it to follow a name.

    >>> sentence("it ends 1.2 points behind gelu")
    'It ends 1.2 points behind gelu.'
    """
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith((".", "!", "?")) else ".")


def unbroken(text: str) -> str:
    """Return `text` so that no line ends between a number and its percent sign, as `fine` sets it."""
    return fine(text).replace(" %", "\u00a0%")


def reason(name: str, text: str) -> str:
    """Return a reason behind the name that it speaks of.

    >>> reason("relu", "it ends 1.2 points behind gelu")
    'relu: it ends 1.2 points behind gelu'
    """
    return f"{name}: {text}"


def parameter(name: str, value: float, meaning: str) -> str:
    """Return a parameter with its value."""
    return f"{name} = {value:g}, {meaning}"


def footer(version: str) -> str:
    """Return who wrote the report."""
    return f"Written by actscope {version}."


def setting(name: str) -> str:
    """Return the name of a setting for readers.

    >>> setting("batch_size")
    'batch size'
    """
    return {"lr": "learning rate", "init": "initial weights"}.get(name, name.replace("_", " "))


def setting_value(value: Any) -> str:
    """Return the value of a setting for readers."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(setting_value(one) for one in value)
    return "not set" if value is None else str(value)


# Errors: what was met, what to do next


def cannot_write(where: str, problem: OSError) -> str:
    """Return that a place cannot be written, and the remedy.

    >>> cannot_write("/nowhere", OSError(errno.ENOENT, "No such file or directory"))
    'cannot write /nowhere: No such file or directory; choose another place, nothing half-written was left'
    """
    full = problem.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG)
    remedy = "free some space or choose another place" if full else "choose another place"
    return f"cannot write {where}: {problem.strerror or problem}; {remedy}, nothing half-written was left"


def another_ending(name: str, kind: str) -> str:
    """Return that a file's name says that it holds something else.

    >>> another_ending("a.jpg", "png")
    'a.jpg does not end with .png, which is what --png writes; name it a.png'
    """
    return f"{name} does not end with .{kind}, which is what --{kind} writes; name it {name.rpartition('.')[0]}.{kind}"


def exists(path: str) -> str:
    """Return that a file is there already."""
    return f"{path} exists already; choose another name, or add --overwrite"


def no_folder(path: str, folder: str) -> str:
    """Return that the folder of a file is missing."""
    return f"cannot write {path}: there is no folder {folder}; make it, or choose another place"


def is_a_folder(path: str) -> str:
    """Return that a file cannot be written where a folder is."""
    return f"{path} is a folder; name a file in it"


def is_a_file(folder: str) -> str:
    """Return that the folder is a file."""
    return f"{folder} is a file, but the report needs a folder; choose another name"


def holds_a_report(folder: str, typed: bool) -> str:
    """Return that a report is there already, with what replaces it, `typed` on the command line or called in Python."""
    if typed:
        return f"{folder} already holds a report; choose another folder, or --overwrite it (in Python: overwrite=True)"
    return f"{folder} already holds a report; choose another folder, or give overwrite=True (typed: --overwrite)"


def not_ours(path: str) -> str:
    """Return that a file is in the way that actscope did not write."""
    return f"{path} is in the way and was not written by actscope; it stays as it is, choose another folder"


def unknown_theme(theme: str, near: str) -> str:
    """Return that no theme has this name."""
    return f"no theme is called {theme!r}{near}; there are 'light' and 'dark'".replace("?;", "?")
