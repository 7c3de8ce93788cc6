"""From a recording to its findings: every rule, then the cause before its consequences."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from ..records import Finding, Recording
from . import advice, aims, beginnings, gradients, signals, steps, still, stuck, unstepped
from .definitions import DEFINITIONS
from .nonfinite import non_finite
from .reading import Reading, before

Rule = Callable[[Reading], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    beginnings.unscaled_inputs,
    aims.unscaled_targets,
    steps.rate_too_high,
    beginnings.unsuited_initialisation,
    signals.dead_units,
    signals.one_sided_units,
    signals.saturation,
    still.exactly_zero,
    gradients.through_layers,
    gradients.through_time,
    steps.rate_too_low,
    gradients.zigzag,
    stuck.plateau,
    unstepped.unstepped,
)

_SIGNAL = ("dead-units", "one-sided-units", "saturation")
_GRADIENT = ("vanishing-gradient", "exploding-gradient")
_BLIND = ("no-slope",)
_STUCK = ("learning-rate-too-low", "plateau")
SLIGHT = ("one-sided-units", "zigzag", *_STUCK, *_BLIND)
"""What is not worth a hint once it is explained."""
RATES = ("learning-rate-too-high", "learning-rate-too-low")
"""What names the rate to train with."""
CAUSES = ("unscaled-inputs", "unscaled-targets", "learning-rate-too-high", "unsuited-initialisation")
"""What may stand before a number that is not finite."""
_AT_ONCE = 3
"""A number that is not finite by this step was made by how the model begins: also a gradient that grows may be why."""

EXPLAINS: dict[str, tuple[str, ...]] = {
    "non-finite": (*_SIGNAL, "vanishing-gradient", *_STUCK, *_BLIND, "zigzag"),
    "unscaled-inputs": ("unscaled-targets", "unsuited-initialisation", *_SIGNAL, *_GRADIENT, *_STUCK, "zigzag"),
    "unscaled-targets": ("learning-rate-too-high", *_SIGNAL, *_GRADIENT, *_STUCK, "zigzag"),
    "wrong-sign": ("learning-rate-too-high", *_SIGNAL, *_GRADIENT, *_STUCK, "zigzag"),
    "kept-gradients": ("learning-rate-too-high", *_SIGNAL, *_GRADIENT, *_STUCK, "zigzag"),
    "learning-rate-too-high": ("unsuited-initialisation", *_SIGNAL, *_GRADIENT, *_STUCK, "zigzag"),
    "unsuited-initialisation": ("dead-units", "one-sided-units", *_STUCK, *_BLIND),
    "vanishing-gradient": ("dead-units", "one-sided-units", *_STUCK),
    "dead-units": ("one-sided-units", *_STUCK),
    "one-sided-units": _STUCK,
    "saturation": (*_STUCK, *_BLIND),
    "exploding-gradient": _STUCK,
    "learning-rate-too-low": ("plateau",),
    "zigzag": ("plateau",),
    "missing-activation": ("one-sided-units", "plateau"),
    "repeated-activation": ("one-sided-units", "plateau"),
    "softmax-twice": ("plateau", "learning-rate-too-low"),
    "sigmoid-twice": ("plateau", "learning-rate-too-low"),
    "logits-as-probabilities": (*_STUCK, "learning-rate-too-high", *_SIGNAL),
    "softmax-over-batch": _STUCK,
    "wrong-output-activation": (*_STUCK, *_SIGNAL, *_BLIND),
    "broadcast-loss": (*_STUCK, *_SIGNAL),
    "unreachable-targets": ("unscaled-targets", *_STUCK, *_SIGNAL, *_BLIND),
    "no-slope": (*_STUCK, *_GRADIENT, "dead-units"),
    "unreached-parameters": (*_STUCK, *_GRADIENT, "dead-units"),
}
"""What a finding explains, and what then is told as a hint."""


def findings_of(recording: Recording) -> tuple[Finding, ...]:
    """Return what is wrong, the cause before its consequences; what a finding explains is a hint."""
    bad = tuple(non_finite(Reading(recording)))
    spoilt = any(finding.weight == "finding" for finding in bad)
    met = _behind(recording, bad[0].since or 1) if spoilt else _met(recording)
    told = _merged(_once([*_explained([*bad, *met], recording.static), *recording.static], recording))
    order = list(DEFINITIONS)
    before_all = {finding.name for finding in met if finding.weight == "finding"} if spoilt else set()
    return tuple(sorted(told, key=lambda one: (one.name not in before_all, order.index(one.name))))


def _met(recording: Recording) -> list[Finding]:
    seen = Reading(recording)
    return [finding for rule in RULES for finding in rule(seen)] if len(recording.bins) else []


def _behind(recording: Recording, step: int) -> list[Finding]:
    """Return what may have made a number that is not finite at this step.

    Steps too large may all lie in the bin in which it appeared: of that bin the weights and updates are still true. And
    where it appeared at once, so are the finite numbers of the first bin.
    """
    at_once = step <= _AT_ONCE and recording.bins[:1].sum() <= _AT_ONCE
    names = (*CAUSES, "exploding-gradient") if at_once else CAUSES
    more = int(at_once and recording.bins[:1].sum() >= step)
    met = [finding for finding in _met(before(recording, step, more=more)) if finding.name in names]
    if not any(finding.name == "learning-rate-too-high" for finding in met):
        met += steps.rate_too_high(Reading(replace(before(recording, step, more=1), places=())))
    return met


def _once(findings: list[Finding], recording: Recording) -> list[Finding]:
    """Return findings without hints of what is found at the same layer: the graph names the layer, training the place.

    Of a hint at several places those are left out that a finding of its name has.
    """
    layers = {one.place.name: one.place.layer or one.place.name for one in recording.places}
    sure = {
        (finding.name, layers.get(place, place))
        for finding in findings
        if finding.weight == "finding"
        for place in (finding.where, *finding.also)
    }
    kept = []
    for finding in findings:
        if finding.weight == "hint":
            others = tuple(place for place in finding.also if (finding.name, layers.get(place, place)) not in sure)
            if (finding.name, layers.get(finding.where, finding.where)) in sure and not others:
                continue
            finding = replace(finding, also=others)
        kept.append(finding)
    return kept


def _merged(findings: list[Finding]) -> list[Finding]:
    """Return findings of one name as one, with the other places; those told twice of a place once."""
    found: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        key = (finding.name, finding.weight)
        if key not in found:
            found[key] = finding
        else:
            first = found[key]
            places = dict.fromkeys((*first.also, finding.where, *finding.also))
            found[key] = replace(first, also=tuple(place for place in places if place != first.where))
    return list(found.values())


def _explained(met: list[Finding], static: tuple[Finding, ...]) -> list[Finding]:
    """Return what training showed, as hints where something else explains it; what the graph shows stands by itself."""
    sure = [finding.name for finding in (*met, *static) if finding.weight == "finding"]
    explained = {name for cause in sure for name in EXPLAINS.get(cause, ())}
    kept = [
        replace(finding, weight="hint") if finding.name in explained else finding
        for finding in met
        if finding.name not in explained or finding.name not in SLIGHT
    ]
    if not any(name in RATES for name in sure):
        return kept
    # Two rates would contradict each other.
    return [one if one.name in RATES else replace(one, advice=advice.without_rates(one.advice)) for one in kept]
