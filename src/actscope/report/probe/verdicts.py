"""What a diagnosis comes to: the verdict, what it rests on, and what it cannot exclude."""

from collections.abc import Iterable

from ...probe.findings import DEFINITIONS, judged, rates_judged
from ...probe.findings.thresholds import FEWEST_STEPS
from ...probe.records import Diagnosis, Optimizer, Recording
from .. import numerals
from ..words import counted
from .labels import EARLY, HEALTHY, NO_BACKWARD, NOTHING_SEEN, UNJUDGED, UNTRAINED
from .rows import counts, elements, last_looked, seen_bins
from .words import grouped, heading, many, ordinal

FEW = 20
"""Steps below which little is known of training."""


def title(model: str) -> str:
    """Return the title of the page."""
    return f"Diagnosis of {model}"


def answer(diagnosis: Diagnosis) -> str:
    """Return the verdict as a sentence or two."""
    if not diagnosis.judged and counts(diagnosis)[0] == 0:
        return f"{UNJUDGED[:1].upper()}{UNJUDGED[1:]}; {why_unjudged(diagnosis)}"
    if is_early(diagnosis):
        return f"{EARLY[:1].upper()}{EARLY[1:]} after {steps_of(diagnosis.recording)}."
    if diagnosis.healthy and not diagnosis.recording.differentiated:
        return "Healthy by the graph of the loss: nothing wrong was seen in it. No training was seen."
    if diagnosis.healthy:
        return f"Healthy: nothing wrong was seen in {within(diagnosis.recording) or steps_of(diagnosis.recording)}."
    named = [heading(finding) for finding in diagnosis.findings if finding.weight == "finding"]
    return f"{'. '.join(named[:3])}{', and more' if len(named) > 3 else ''}."


def verdict(diagnosis: Diagnosis) -> str:
    """Return the verdict in a few words, such as "2 findings and 1 hint"."""
    findings, hints = counts(diagnosis)
    told = [counted(findings, "finding")] if findings else []
    if diagnosis.healthy or not told:
        told = [EARLY if is_early(diagnosis) else healthy(diagnosis.recording) if diagnosis.healthy else UNJUDGED]
    if hints:
        told.append(counted(hints, "hint"))
    return (" and " if findings else ", ").join(told)


def healthy(recording: Recording) -> str:
    """Return that nothing was found, and in how many steps, where few of them were looked at."""
    few = within(recording)
    return f"{HEALTHY} in {few}" if few else HEALTHY


def within(recording: Recording) -> str:
    """Return how many of the steps were looked at; "" if that was most of them, at the end of the run as well."""
    if not recording.unseen:
        return ""
    late = seen_bins(recording)[recording.span(0.5, 1.0)]
    most = 2 * recording.looked >= recording.steps and 2 * sum(late) >= len(late)
    return "" if most else f"the {looked(recording)} that were looked at"


def is_early(diagnosis: Diagnosis) -> bool:
    """Return whether nothing was found in too few steps of training; a graph that is read alone is no training."""
    seen = diagnosis.recording
    return diagnosis.healthy and seen.differentiated and seen.steps < FEWEST_STEPS


def head(diagnosis: Diagnosis) -> str:
    """Return the model and the verdict, with what stands against it, in a line."""
    reason = why_unjudged(diagnosis)
    return f"{diagnosis.recording.model}: {verdict(diagnosis)}" + (f"; {reason}" if reason else "")


def why_unjudged(diagnosis: Diagnosis) -> str:
    """Return why there is too little to judge by; "" where there is enough."""
    if diagnosis.judged:
        return ""
    return diagnosis.recording.broken or (UNTRAINED if diagnosis.recording.steps else NOTHING_SEEN)


def without_loss(recording: Recording) -> str:
    """Return that no loss was differentiated; "" where one was, or where nothing was seen at all."""
    return NO_BACKWARD if recording.steps > 0 and not recording.differentiated else ""


def basis(recording: Recording) -> str:
    """Return how much was seen."""
    seen, measured = elements(recording)
    told = f"{steps_of(recording)} seen"
    told += f", {counted(len(recording.places), 'place')} where an activation acts"
    if seen:
        told += f", {many(seen)} numbers looked at" + (
            f", {many(measured)} of them measured" if measured < seen else ""
        )
    return told + (f"; {lost}" if (lost := without_loss(recording)) else "")


def steps_of(recording: Recording) -> str:
    """Return how many steps were seen."""
    return f"{grouped(recording.steps)} {'step' if recording.steps == 1 else 'steps'}"


def optimizer(seen: Optimizer) -> str:
    """Return the optimiser and its learning rate.

    >>> optimizer(Optimizer("Adam", 0.001))
    'Adam with a learning rate of 0.001'
    """
    return f"{seen.name} with a learning rate of {numerals.number(seen.lr)}"


def spacing(recording: Recording) -> str:
    """Return how many steps were looked at and what was measured in turns; "" if all was at every step."""
    steps = recording.spacing.forward
    rotating = [
        (what, every)
        for what, every in (("gradients", recording.spacing.gradients), ("parameters", recording.spacing.parameters))
        if every > 1
    ]
    if recording.steps == 0:
        return ""
    told = f"{looked(recording)} were looked at" if recording.unseen else ""
    if told and steps > 1 and rotating:
        told += f"; of these, at the end {', '.join(f'{what} at every {ordinal(every)}' for what, every in rotating)}"
    elif rotating:
        of_all = ", ".join(f"{what} every {ordinal(every)} step" for what, every in rotating)
        told += f"{'. ' if told else ''}Measured at the end: {of_all}"
    return f"{told}." if told else ""


def looked(recording: Recording) -> str:
    """Return how many of the steps were looked at.

    They come in bursts with gaps of other lengths between, of which a spacing would tell another thing.
    """
    return f"{grouped(recording.looked)} of {steps_of(recording)}"


def blank(recording: Recording) -> str:
    """Return what a map means where most of it is blank."""
    return f"Blank: not measured ({looked(recording)} were looked at)."


def looked_for(recording: Recording) -> str:
    """Return what a healthy verdict has looked for, or what it has not, whichever is shorter; then learning rates."""
    names = judged(recording)
    left = [name for name in DEFINITIONS if name not in names]
    if len(names) <= len(left):
        told = f"Looked for: {_titles(names) or 'nothing, for want of evidence'}."
    elif left:
        told = (
            f"Looked for {len(names)} of the {len(DEFINITIONS)} findings that `actscope findings` lists; nothing was "
            f"seen to judge these by: {_titles(left)}."
        )
    else:
        told = f"Looked for all {len(DEFINITIONS)} findings that `actscope findings` lists."
    if rates_judged(recording):
        return told
    return f"{told} Learning rates were not judged: {unmeasured(recording)}."


def _titles(names: Iterable[str]) -> str:
    return ", ".join(DEFINITIONS[name].title for name in names)


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
    begins = f"what begins after {steps}"
    if last := last_looked(recording):
        begins = f"what begins inside the model after step {grouped(last)}, the last that was looked at"
    if few:
        tells = f", of which {steps} {'tells' if recording.steps == 1 else 'tell'} little"
        begins = f"what shows in training alone{tells if recording.differentiated else ''}"
    return f"It cannot exclude {begins}, wrong data or labels, too small a model, or overfitting{unseen}."
