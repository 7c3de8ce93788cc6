"""The texts of a diagnosis: in the terminal, on the page, on the figures."""

from collections.abc import Mapping, Sequence

from ...probe.findings import DEFINITIONS, judged, rates_judged
from ...probe.records import Diagnosis, Finding, Optimizer, Place, Recording
from .. import numerals
from ..words import counted
from .drawn import ABOVE, SCALES, WITHIN, Quantity
from .rows import WINDOW, counts, elements

PLACE, FUNCTION, FOUND = "place", "function", "found"
SILENT, FLAT = "silent\nunits", "small\nslope"
SPREAD, GRADIENT, UPDATE = "spread\nof input", "gradient\narriving", "update\nof weight"
WHAT_IS_WRONG, HINTS, NOTES = "What is wrong", "Hints", "What could not be seen"
CHANGE = "What to change:"
HEALTHY, UNJUDGED = "healthy", "could not be judged"
NOTHING_SEEN = "nothing was seen: is it this object that you train, inside the block?"
NO_BACKWARD = "no backward pass was seen"
LOADING, WATCHING, WRITING = "loading", "training a copy", "writing the report"
TARGET_HELP = (
    "A function, as package.module:function or path/to/file.py:function, that returns model, loss function and "
    "batches, and if you like the optimiser."
)


STEP, LOSS = "step", "loss"
VALUE, SLOPE, INPUTS = "f(x), left axis", "f'(x), right axis", "what arrives"
LOSS_TITLE = "The loss"
DISTRIBUTIONS_TITLE = "What arrives, on the activation's own curve"
QUANTITIES = {
    "silent": "silent units",
    "flat": "small slopes",
    "gradient": "gradient, relative to the last place",
    "update": "update over weight",
    "spread": "spread of input",
}
PLACE_AXIS = "place, from the input to the loss"
PROFILE_TITLES = {
    "gradient": "The gradient on its way through the layers",
    "update": "A step over the weight, layer by layer",
    "spread": "How far the inputs of each place spread at the start",
}
MAP_CAPTIONS = {
    "silent": "Units whose slope was small on every sample of a bin of steps. A unit that stays silent learns nothing.",
    "flat": "Inputs at which the slope is small. For a function that is flat on one side, as ReLU, half is ordinary; "
    "the bound is for functions that are flat on both.",
    "gradient": "Where a place gets less than the last one, the gradient has shrunk on its way back.",
    "update": "How large a step of the optimiser is, relative to the weight. About a thousandth is usual.",
}
FOUND_WHEN = "Found when:"
ALL_NUMBERS = "All numbers are in diagnosis.json beside this page, where it was saved with --out or save."
MAP_KEY = (
    "Palest are shares of 0, a gradient of 1 and an update of 0.001; the darker, the further from that. Another colour "
    "is beyond the bound of a finding. What is blank was not measured. Places with findings are bold."
)
DISTRIBUTIONS_CAPTION = (
    "Green: what arrives, over the last 40 % of the steps. Blue: the function. Dashed: its slope, by which a "
    "gradient is multiplied. Grey: slope below {eps:g}, where hardly any gradient passes."
)
OVER_STEPS, ARRIVES, ALL_LAYERS = "The layers over the steps", "Where on the curve the data lies", "All layers"
MEASURED, THRESHOLD, WHERE, ALSO, SINCE, READ_ON = "measured", "threshold", "where", "also", "since step", "Read on:"
COLUMNS = ("silent units", "small slopes", "mean of input", "spread of input", "gradient", "update")


def title(model: str) -> str:
    """Return the title of the page."""
    return f"Diagnosis of {model}"


def answer(diagnosis: Diagnosis) -> str:
    """Return the verdict as a sentence or two."""
    if not diagnosis.judged and counts(diagnosis)[0] == 0:
        return f"{UNJUDGED[:1].upper()}{UNJUDGED[1:]}; {why_unjudged(diagnosis)}"
    if diagnosis.healthy:
        return f"Healthy: nothing wrong was seen in {steps_of(diagnosis.recording)}."
    named = [heading(finding) for finding in diagnosis.findings if finding.weight == "finding"]
    return f"{'. '.join(named[:3])}{', and more' if len(named) > 3 else ''}."


def bound(value: float) -> str:
    """Return the label of a bound in a figure."""
    return f"bound {numerals.number(value, 2 if value >= 1 else 1)}"


def profile_alt(quantity: str, first: float, last: float) -> str:
    """Return a profile in words."""
    return (
        f"{PROFILE_TITLES[quantity]}: {numerals.number(first)} at the first place, {numerals.number(last)} at the last"
    )


def unfold(count: int) -> str:
    """Return the line that unfolds more places."""
    return f"{count} more, which are less suspicious"


MAP_TITLES = {
    "silent": "Silent units",
    "flat": "Small slopes",
    "gradient": "Gradient that arrives, relative to the last place",
    "update": "Update over weight, of the layer before the place",
}
FEW = 20
"""Steps below which little is known of training."""
SHARES = frozenset({"silent", "flat"})


def size(quantity: Quantity, value: float) -> str:
    """Return a size as the legend of a map has it: a share, or a factor to either side of what is usual.

    >>> size("silent", 0.25), size("gradient", 100.0), size("update", 1e-3), size("update", 1e-2)
    ('25 %', '×/÷ 100', '0.001', '×/÷ 10')
    """
    usual = SCALES[quantity].usual
    if usual is None:
        return percent(value)
    return numerals.number(usual, 1) if value == usual else f"×/÷ {numerals.number(value / usual, 1)}"


def side(quantity: Quantity, side: int) -> str:
    """Return what a colour of a map means.

    >>> side("silent", ABOVE), side("update", 3)
    ('above 60 %', 'below 1e-5')
    """

    def told(bound: float) -> str:
        return percent(bound) if quantity in SHARES else numerals.number(bound, 1)

    scale = SCALES[quantity]
    if side == WITHIN:
        return "healthy"
    return f"above {told(scale.above)}" if side == ABOVE else f"below {told(scale.below)}"


def map_alt(quantity: str, places: int, marked: int) -> str:
    """Return a map in words."""
    return f"{MAP_TITLES[quantity]}: {counted(places, 'place')} by steps, {marked} of them with findings"


def loss_alt(first: float, last: float) -> str:
    """Return the figure of the loss in words."""
    return f"The loss goes from {numerals.number(first)} to {numerals.number(last)}"


def distributions_alt(names: Sequence[str]) -> str:
    """Return the figure of curves in words."""
    return f"Histograms of what arrives at {', '.join(names)}, beneath the activation's curve and its slope"


def found(numbers: str) -> str:
    """Return the mark of a place with findings."""
    return f"finding {numbers}"


def verdict(diagnosis: Diagnosis) -> str:
    """Return the verdict in a few words, such as "2 findings and 1 hint"."""
    findings, hints = counts(diagnosis)
    told = [counted(findings, "finding")] if findings else []
    if diagnosis.healthy or not told:
        told = [HEALTHY if diagnosis.healthy else UNJUDGED]
    if hints:
        told.append(counted(hints, "hint"))
    return (" and " if findings else ", ").join(told)


def head(diagnosis: Diagnosis) -> str:
    """Return the model and the verdict, with what stands against it, in a line."""
    reason = why_unjudged(diagnosis)
    return f"{diagnosis.recording.model}: {verdict(diagnosis)}" + (f"; {reason}" if reason else "")


def why_unjudged(diagnosis: Diagnosis) -> str:
    """Return why there is too little to judge by; "" where there is enough."""
    if diagnosis.judged:
        return ""
    stopped = (note for note in diagnosis.recording.notes if note.startswith("measuring stopped"))
    return next(stopped, NOTHING_SEEN)


def without_loss(recording: Recording) -> str:
    """Return that no loss was differentiated; "" where one was, or where nothing was seen at all."""
    lost = recording.course["loss_count"].sum() + recording.course["loss_nonfinite"].sum()
    return NO_BACKWARD if recording.steps > 0 and lost == 0 else ""


def basis(recording: Recording) -> str:
    """Return how much was seen."""
    seen, measured = elements(recording)
    told = f"{steps_of(recording)} seen"
    told += f", {counted(len(recording.places), 'place')} where an activation acts"
    if seen:
        told += f", {many(seen)} inputs" + (f", {many(measured)} of them measured" if measured < seen else "")
    return told + (f"; {lost}" if (lost := without_loss(recording)) else "")


def steps_of(recording: Recording) -> str:
    """Return how many steps were seen."""
    return f"{grouped(recording.steps)} {'step' if recording.steps == 1 else 'steps'}"


def many(count: int) -> str:
    """Return a large count with three digits.

    >>> many(512), many(81920), many(2_097_152), many(3_100_000_000_000)
    ('512', '81.9 thousand', '2.1 million', '3.1e12')
    """
    if count < 10_000:
        return grouped(count)
    for size, word in ((1e12, ""), (1e9, " billion"), (1e6, " million"), (1e3, " thousand")):
        # What would be rounded to a thousand of a unit is one of the next.
        if count >= 0.9995 * size:
            return f"{count / size:.3g}{word}" if word else numerals.number(count, 2)
    return str(count)


def grouped(count: int) -> str:
    """Return a count with a comma between thousands, as the other texts have it.

    >>> grouped(100), grouped(41250)
    ('100', '41,250')
    """
    return f"{count:,}"


def heading(finding: Finding) -> str:
    """Return what a finding is called and where it is."""
    told = DEFINITIONS[finding.name].title
    # The layers of nn.Sequential are called by their numbers alone.
    kind = "layer " if finding.where.rpartition(".")[2].isdecimal() else ""
    return told[:1].upper() + told[1:] + (f" at {kind}{finding.where}" if finding.where else "")


def function_of(place: Place) -> str:
    """Return the function of a place, with its role where that is another than an activation's."""
    return place.function if place.role == "activation" else f"{place.function}, {place.role}"


def since(finding: Finding) -> str:
    """Return from when on a finding was seen; "" where it does not depend on steps."""
    return "" if finding.since is None else f"since step {grouped(finding.since)}"


def also(finding: Finding, most: int = 4) -> str:
    """Return where else it was found, the first few by name; "" if nowhere.

    >>> also(Finding("dead-units", "1/relu", 1.0, 0.6, "", (), also=("3/relu", "5/relu")))
    'also at 3/relu, 5/relu'
    """
    if not finding.also:
        return ""
    named, rest = finding.also[:most], len(finding.also) - most
    return f"also at {', '.join(named)}" + (
        f" and {counted(rest, 'more')[:-1] if rest > 1 else '1 more'}" if rest > 0 else ""
    )


def page_of(finding: Finding) -> str:
    """Return the page with the definition of a finding."""
    return f"docs/findings/{finding.name}.md"


def claims_of(finding: Finding) -> str:
    """Return the command that shows the claims which explain it; "" if none does."""
    claims = DEFINITIONS[finding.name].claims
    return f"actscope claims {' '.join(claims)}" if claims else ""


def caption(recording: Recording, names: Mapping[str, str]) -> str:
    """Return what order and columns of the table of layers are, and what a shortened name stands for."""
    percent = round(100 * (1 - WINDOW[0]))
    told = (
        f"{'Worst first, then in the order in which they act. ' if len(recording.places) > 1 else ''}"
        f"{f'Over the last {percent} % of the steps. ' if recording.steps > 1 else ''}Silent units: slope below "
        f"{recording.eps:g} on every sample; small slope: the same for single elements (an ordinary ReLU has half). "
        "Gradient: its length, relative to that at the last place. Update: size of a step over size of the weight."
    )
    name = next((name for name, short in names.items() if name != short), "")
    return told + (f" {names[name]} stands for {name}, and so on." if name else "")


def spacing(recording: Recording) -> str:
    """Return every how many steps something was measured; "" if always, or if there was no step."""
    told = [
        f"{what} every {ordinal(every)} step"
        for what, every in (
            ("activations", recording.spacing.forward),
            ("gradients", recording.spacing.gradients),
            ("parameters", recording.spacing.parameters),
        )
        if every > 1
    ]
    return f"Measured at the end: {', '.join(told)}." if told and recording.steps > 0 else ""


def ordinal(count: int) -> str:
    """Return the ordinal number.

    >>> [ordinal(count) for count in (2, 3, 4, 11, 21)]
    ['2nd', '3rd', '4th', '11th', '21st']
    """
    ending = "th" if 10 < count % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def looked_for(recording: Recording) -> str:
    """Return what a healthy verdict has looked for, and whether learning rates are among it."""
    names = judged(recording)
    told = f"Looked for: {', '.join(DEFINITIONS[name].title for name in names) or 'nothing, for want of evidence'}."
    if rates_judged(recording):
        return told
    return f"{told} Learning rates were not judged: {unmeasured(recording)}."


def unmeasured(recording: Recording) -> str:
    """Return why nothing can be said of learning rates."""
    if recording.optimizer is None:
        return "no step of an optimiser was seen"
    return "too few of the optimiser's steps were measured; watch for longer, or with budget=None"


def cannot_exclude(recording: Recording) -> str:
    """Return what a healthy verdict does not mean."""
    unseen = ", what could not be seen (see the notes)" if recording.notes else ""
    few = recording.steps < FEW
    steps = steps_of(recording)
    begins = (
        f"what shows in training alone, of which {steps} {'tells' if recording.steps == 1 else 'tell'} little"
        if few
        else f"what begins after {steps}"
    )
    return f"It cannot exclude {begins}, wrong data or labels, too small a model, or overfitting{unseen}."


def more(places: int, sick: int) -> str:
    """Return the line for the places that a long table leaves out.

    >>> more(30, 0), more(30, 2)
    ('and 30 more, where nothing was found', 'and 30 more, 2 of them with findings')
    """
    return f"and {places} more, " + (f"{sick} of them with findings" if sick else "where nothing was found")


def percent(share: float) -> str:
    """Return a share in whole percent; one that is neither none nor all is never rounded to it.

    >>> percent(0.0), percent(0.001), percent(0.5), percent(0.999), percent(float("nan"))
    ('0 %', '<1 %', '50 %', '>99 %', '–')
    """
    if 0 < share < 0.01:
        return "<1 %"
    if 0.99 < share < 1:
        return ">99 %"
    return f"{100 * share:.0f} %" if share == share else numerals.MISSING


def optimizer(seen: Optimizer) -> str:
    """Return the optimiser and its learning rate.

    >>> optimizer(Optimizer("Adam", 0.001))
    'Adam with a learning rate of 0.001'
    """
    return f"{seen.name} with a learning rate of {numerals.number(seen.lr)}"


def figure(name: str) -> str:
    """Return what a figure is called, by its file name.

    >>> figure("map-silent"), figure("loss")
    ('Silent units', 'The loss')
    """
    known = {f"map-{quantity}": title for quantity, title in MAP_TITLES.items()}
    return {**known, "loss": LOSS_TITLE}.get(name, DISTRIBUTIONS_TITLE)
