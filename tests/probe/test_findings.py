"""Rules on recordings that were made up: each at both sides of its threshold, together, and on nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from actscope.probe.findings import DEFINITIONS, evidence, findings_of, judged
from actscope.probe.findings import thresholds as t
from actscope.probe.findings.advice import optimizer, replacement, rounded, usual
from actscope.probe.findings.judging import EXPLAINS, RULES
from actscope.probe.findings.reading import Reading
from actscope.probe.findings.signals import least_silent
from actscope.probe.records import Diagnosis, Finding, FirstBad, Optimizer, Recording
from actscope.probe.rows.statistics import ABOVE, COURSE, blank
from probe.recordings import HEALTHY, SICK, Layer, aimed, in_turns, of_sizes, recording

STATIC = set(evidence.STATIC)
FOLLOWED = {"kept-gradients"}
"""Found while the optimiser steps: see test_clearing.py."""


def sure(seen):
    return [finding.name for finding in findings_of(seen) if finding.weight == "finding"]


def told(seen, name):
    return next(finding for finding in findings_of(seen) if finding.name == name)


def static(name, weight="finding"):
    return Finding(name, "3", 1.0, 0.0, "it is so", ("change it",), weight=weight)


@pytest.mark.parametrize("name", SICK)
def test_each_disease_is_named(name):
    assert name in sure(SICK[name]())


@pytest.mark.parametrize("name", HEALTHY)
def test_the_healthy_stay_silent(name):
    assert findings_of(HEALTHY[name]()) == ()


def test_every_definition_has_a_rule_or_a_static_check():
    assert set(SICK) | STATIC | FOLLOWED == set(DEFINITIONS)
    assert set(SICK).isdisjoint(STATIC)


def layers(count=3, **same):
    return [Layer(**same) for _ in range(count)]


def through(rate, count=8):
    """Gradients that change by `rate` from each layer to the one before."""
    return [Layer(arriving=1e-2 * rate ** (count - 1 - k)) for k in range(count)]


def spreads(factor, count=5):
    return [Layer(spread=0.5 * factor ** (k / (count - 1)), arriving=1e-3) for k in range(count)]


def grown(factor, at=1, **more):
    """A recording whose weights are `factor` times what they were from the bin `at` on, after small steps."""
    seen = recording(*layers(), **more)
    for one in seen.parameters:
        one.bins["weight_squares"][at:] *= factor**2
    return seen


UNEQUAL = (1.0, 1.0, 6.0, 1.0, 20.0, 1.0)
"""Sizes of weights and biases in turn: embeddings are made larger than the rest."""


@pytest.mark.parametrize("spacing", [2, 3, 4, 6])
def test_weights_that_take_turns_are_each_compared_with_themselves(spacing):
    healthy = of_sizes(recording(*layers(), steps=20), *UNEQUAL)
    assert findings_of(in_turns(healthy, spacing)) == ()
    swollen = of_sizes(grown(1.1 * t.GROWTH, at=6, steps=20), *UNEQUAL)
    assert sure(in_turns(swollen, spacing)) == ["learning-rate-too-high"]


def test_the_growth_of_weights_in_turns_is_that_of_all_together():
    made = grown(3.0, at=6, steps=20)
    whole, turned = Reading(made), Reading(in_turns(made, 6))
    assert whole.growth(whole.early) == turned.growth(turned.early) == pytest.approx(3.0)
    # Planted: sums over different weights, as they are in each bin.
    unequal = in_turns(of_sizes(recording(*layers()), *UNEQUAL), 3)
    seen = [np.nansum([one.bins["weight_squares"][k] for one in unequal.parameters]) for k in range(3)]
    assert max(seen) > t.GROWTH**2 * min(seen)
    assert Reading(unequal).growth(slice(0, 20)) == 1.0


@pytest.mark.parametrize("spacing", [2, 4])
def test_steps_of_weights_that_take_turns_are_judged(spacing):
    def sure_of(update, **more):
        return sure(in_turns(recording(*layers(update=update), bins=64, steps=64, **more), spacing))

    assert sure_of(1.1 * t.LARGE_STEP) == ["learning-rate-too-high"]
    assert sure_of(0.9 * t.LARGE_LAYER_STEP) == []
    assert sure_of(0.9 * t.SMALL_STEP, loss=2.0) == ["learning-rate-too-low"]
    assert sure_of(5e-3, loss=2.0) == ["plateau"]


def test_weights_that_were_seen_once_have_not_grown():
    seen = recording(*layers(), steps=20, bins=20)
    for k, one in enumerate(seen.parameters):
        one.bins["weight_squares"] *= 10.0**k
        one.bins[np.arange(20) != 3 * k] = blank(one.bins.dtype)
    assert sure(seen) == []


def of_targets(size, outputs, ends=1.0):
    """A regression whose loss comes down from what the first outputs have to `ends` of what their mean has."""
    begins = 1 + (outputs / size) ** 2
    return aimed(recording(*layers(), loss=lambda at: begins if at < 0.06 else ends), 0.0, size, outputs)


def recurrent(factor):
    seen = recording(*layers())
    first = seen.parameters[0]
    rows = first.bins.copy()
    rows["weight_squares"] = rows["weight_count"] * factor**2 / first.shape[1]
    return replace(seen, parameters=(replace(first, name="cell.weight_hh_l0", layer="RNN", bins=rows),))


SIDES = {
    "large targets": ("unscaled-targets", lambda x: of_targets(x, 1.0), t.LARGE_TARGETS, 1),
    "large targets, larger outputs": ("unscaled-targets", lambda x: of_targets(5 * x, 5.0), t.LARGE_TARGETS, 1),
    "tiny targets": ("unscaled-targets", lambda x: of_targets(0.3 * x, 0.3), t.TINY_TARGETS, -1),
    "a loss as of the mean": ("unscaled-targets", lambda x: of_targets(1e5, 0.3, x), t.LEARNT, 1),
    "large inputs": ("unscaled-inputs", lambda x: recording(*layers(spread=0.3), input_spread=x), t.LARGE_INPUTS, 1),
    "tiny inputs": ("unscaled-inputs", lambda x: recording(*layers(spread=0.3), input_spread=x / 3), t.TINY_INPUTS, -1),
    "inputs off centre": ("unscaled-inputs", lambda x: recording(*layers(spread=0.3), input_mean=x), t.OFF_CENTRE, 1),
    "a large step": ("learning-rate-too-high", lambda x: recording(*layers(update=x)), t.LARGE_STEP, 1),
    "growing weights": ("learning-rate-too-high", grown, t.GROWTH, 1),
    "a small step": ("learning-rate-too-low", lambda x: recording(*layers(update=x), loss=2.0), t.SMALL_STEP, -1),
    "a wide spread": (
        "unsuited-initialisation",
        lambda x: recording(Layer("tanh", spread=lambda at: x if at < 0.1 else 1.0), *layers()),
        t.WIDE,
        1,
    ),
    "a growing spread": ("unsuited-initialisation", lambda x: recording(*spreads(x)), t.SPREAD_CHANGE, 1),
    "a shrinking spread": ("unsuited-initialisation", lambda x: recording(*spreads(1 / x)), t.SPREAD_CHANGE, 1),
    "silent units": (
        "dead-units",
        lambda x: recording(Layer(), Layer(silent=x, units=1000), Layer()),
        least_silent(1000),
        1,
    ),
    "flat elements": ("saturation", lambda x: recording(*layers(function="tanh", spread=_tanh(x))), t.FLAT, 1),
    "a vanishing gradient": ("vanishing-gradient", lambda x: recording(*through(x ** (1 / 7))), t.VANISHING, -1),
    "an exploding gradient": ("exploding-gradient", lambda x: recording(*through(x ** (1 / 7))), t.EXPLODING, 1),
    "time": ("vanishing-gradient", recurrent, t.RECURRENT, -1),
    "one sign": (
        "zigzag",
        lambda x: recording(*layers(one_signed=x), input_mean=1.5 * t.ZIGZAG_CENTRE),
        t.ONE_SIGNED,
        1,
    ),
    "centre of one sign": (
        "zigzag",
        lambda x: recording(*layers(one_signed=0.99), input_mean=x),
        t.ZIGZAG_CENTRE,
        1,
    ),
}
"""The name, a recording with a quantity, its threshold, and whether more of it (1) or less (-1) is sick."""


def _tanh(share):
    """The spread of normal inputs of which a share is flat, by the bound where the slope of tanh is 0.01."""
    from scipy.stats import norm

    return 2.9932 / norm.isf(share / 2)


@pytest.mark.parametrize("side", SIDES)
def test_a_rule_fires_beyond_its_threshold_and_not_before(side):
    name, made, threshold, way = SIDES[side]
    beyond, before = (made(threshold * (1 + sign * way * 0.05)) for sign in (1, -1))
    assert name in sure(beyond)
    assert name not in sure(before)


def test_one_sided_units_are_counted():
    def seen(sided):
        made = recording(Layer(), Layer(mean=6.0, spread=0.8, units=100), Layer())
        made.places[1].shown[:, :sided] = 1 | ABOVE
        return made

    assert "one-sided-units" in sure(seen(91))
    assert "one-sided-units" not in sure(seen(89))


def test_what_was_cut_off_at_0_has_one_sign_by_design():
    made = recording(Layer(), Layer(mean=6.0, spread=0.8, signs=ABOVE), Layer())
    made.places[1].bins["low"] = 0.0
    assert sure(made) == []


@pytest.mark.parametrize(("units", "least"), [(8, 0.95), (32, 0.765), (225, 0.6), (4096, 0.6)])
def test_a_small_layer_may_have_more_silent_units(units, least):
    assert least_silent(units) == pytest.approx(least, abs=1e-3)
    assert "dead-units" not in sure(recording(Layer(), Layer(silent=0.6, units=16), Layer()))


def test_few_units_and_few_samples_are_no_evidence():
    assert sure(recording(Layer(), Layer(silent=1.0, units=7), Layer())) == []
    dead = recording(Layer(), Layer(silent=1.0), Layer(), steps=3)
    assert "dead-units" not in sure(dead)


def test_relu6_is_half_flat_and_not_saturated():
    ends = {"fires": ((5e-324, 6.0),)}
    made = recording(*layers(function="relu", spread=1.0))
    places = tuple(
        replace(one, place=replace(one.place, function="relu6", **ends), bins=_flat(one.bins, 0.6))
        for one in made.places
    )
    assert sure(replace(made, places=places)) == []


def _flat(rows, share):
    rows = rows.copy()
    rows["flat"] = (share * rows["count"]).astype(int)
    return rows


@pytest.mark.parametrize("role", ["gate", "output"])
def test_gates_and_outputs_saturate(role):
    assert sure(recording(Layer(), Layer("sigmoid", spread=30.0, role=role), Layer())) == []


def test_frozen_layers_break_no_chain():
    chain = [Layer(trained=False, arriving=0.0) for _ in range(4)] + layers()
    assert sure(recording(*chain)) == []


def test_a_normalisation_behind_raw_inputs_leaves_a_hint():
    found = told(recording(*layers(spread=1.0), input_mean=120.0, input_spread=70.0), "unscaled-inputs")
    assert found.weight == "hint"
    assert "1" in found.evidence


def test_a_normalisation_behind_raw_inputs_excuses_no_loss_that_stays():
    raw = {"input_mean": 120.0, "input_spread": 70.0, "bins": 50}
    assert sure(recording(*layers(spread=1.0, update=5e-3), loss=2.0, **raw)) == ["unscaled-inputs"]
    assert sure(recording(*layers(spread=1.0, update=5e-3), **raw)) == []


def narrow_at_first(late):
    """Layers of which the spread shrinks at the start, and in the end is `late` of the first one's in the last."""
    begun = [0.3**k for k in range(6)]
    ends = [1.0] * 5 + [late]
    return [Layer(spread=lambda at, b=b, e=e: b if at < 0.1 else e) for b, e in zip(begun, ends, strict=True)]


def test_a_gradient_that_grows_slowly_is_a_hint_where_the_loss_halves():
    slow = through((2 * t.EXPLODING) ** (1 / 19), count=20)
    halved = told(recording(*slow), "exploding-gradient")
    assert halved.weight == "hint"
    assert "falls by half all the same" in halved.evidence
    assert sure(recording(*slow, loss=lambda at: 2.0 - 0.5 * at)) == ["exploding-gradient"]
    assert sure(recording(*through(1.1 * t.SLOW_GROWTH, count=20))) == ["exploding-gradient"]


def test_a_spread_that_training_has_mended_is_a_hint():
    mended = told(recording(*narrow_at_first(1.0)), "unsuited-initialisation")
    assert mended.weight == "hint"
    assert "mended" in mended.evidence
    assert sure(recording(*narrow_at_first(1.0), loss=2.0)) == ["unsuited-initialisation"]
    assert sure(recording(*narrow_at_first(0.5 / t.SPREAD_CHANGE))) == ["unsuited-initialisation"]


def test_weights_with_nothing_bent_behind_them_may_grow():
    def alone(loss=None):
        made = recording(*layers(update=0.6), loss=loss)
        return replace(made, places=tuple(replace(o, place=replace(o.place, role="output")) for o in made.places[:1]))

    assert sure(alone()) == []
    assert sure(replace(alone(), places=())) == []
    assert sure(alone(loss=2.0)) == ["learning-rate-too-high"]
    assert sure(alone(loss=lambda at: 2.0 + 80.0 * at * (at < 0.5))) == ["learning-rate-too-high"]


def test_a_large_step_is_dated_by_the_step_before_it_was_seen():
    made = recording(*layers(update=lambda at: 0.7 if at > 0.295 else 1e-3), steps=60, bins=60)
    assert told(made, "learning-rate-too-high").since == 17


def no_gradient(**more):
    return recording(*layers(gradient=0.0, update=0.0, arriving=0.0), **more)


def test_gradients_that_are_all_0_have_no_slope():
    found = told(no_gradient(loss=0.7), "no-slope")
    assert (found.weight, found.where) == ("finding", "4.bias")
    assert sure(no_gradient(loss=0.0)) == []
    assert sure(no_gradient(loss=0.7, steps=t.FEWEST_STEPS - 1)) == []
    assert sure(recording(*layers(gradient=0.0, arriving=0.0)[:2], Layer(gradient=1e-30), loss=0.7)) == []
    assert sure(replace(no_gradient(loss=0.7), static=(static("no-slope"),))) == ["no-slope"]
    assert told(replace(no_gradient(loss=0.7), static=(static("no-slope"),)), "no-slope").where == "3"


def test_dead_units_explain_gradients_that_are_all_0():
    dead = [Layer(gradient=0.0, update=0.0, arriving=0.0, silent=1.0) for _ in range(3)]
    assert sure(recording(*dead, loss=0.7)) == ["dead-units"]


def test_a_loss_that_rises_has_not_come_down():
    def loss(at, slope):
        return 2.3 + 0.2 * math.sin(57 * at) + slope * at

    rising, falling = (
        recording(*layers(update=5e-3), loss=lambda at, slope=slope: loss(at, slope), bins=50) for slope in (0.5, -0.5)
    )
    assert sure(rising) == ["plateau"]
    assert sure(falling) == []


def test_constant_inputs_have_no_centre():
    assert sure(recording(*layers(spread=0.3), input_mean=1.0, input_spread=1e-9)) == []


def test_a_warm_up_begins_with_small_steps():
    rising = recording(*layers(update=lambda at: 1e-5 * at * 0.9))
    assert sure(rising) == []


def test_small_steps_that_halve_the_loss_are_large_enough():
    assert sure(recording(*layers(update=1e-7))) == []
    assert sure(recording(*layers(update=1e-7), loss=2.0)) == ["learning-rate-too-low"]


def from_the_start(update=5e-5, loss=2.0, made=3, layer="Linear", **more):
    """Three layers of which so many still are as they were made."""
    seen = recording(*layers(update=update), loss=loss, **more)
    kept = [replace(one, as_made=k < 2 * made, layer=layer) for k, one in enumerate(seen.parameters)]
    return replace(seen, parameters=tuple(kept))


def test_small_steps_that_leave_weights_as_they_were_made_are_too_small():
    assert sure(from_the_start()) == ["learning-rate-too-low"]
    assert "still are as PyTorch draws them" in told(from_the_start(), "learning-rate-too-low").evidence


@pytest.mark.parametrize(
    "more",
    [
        {"made": 0},
        {"made": 1},
        {"update": 1e-4},
        {"loss": lambda at: 2.0 - 0.4 * at},
        {"layer": "Embedding"},
        {"steps": t.PLATEAU_STEPS - 1},
        {"update": lambda at: 6e-5 * at},
        {"by_turns": True},
    ],
    ids=["loaded", "loaded body", "quickstart", "falls", "embeddings", "early", "warm-up", "game"],
)
def test_such_steps_are_no_sign_where_something_is_learned_or_was(more):
    assert "learning-rate-too-low" not in sure(from_the_start(**more))


def test_weights_that_begin_at_0_take_no_large_step():
    made = recording(*layers(update=1e-2))
    for one in made.parameters:
        one.bins["weight_squares"] *= 1e-12
        one.bins["update_squares"] *= 1e-2
    assert sure(made) == []


@pytest.mark.parametrize("bins", [20, 50])
def test_losses_that_take_turns_are_no_plateau(bins):
    """Those of every bin, as with a loss of one kind in each; and those within a bin."""
    assert sure(recording(*layers(update=5e-3), loss=lambda at: 1.0 + 0.5 * (-1) ** round(at * 50), bins=50)) == []
    made = recording(*layers(update=5e-3), loss=lambda at: 1.0 + 0.001 * math.sin(57 * at), bins=bins)
    made.course["loss_m2"] = made.course["loss_count"] * 0.3**2
    assert "plateau" not in sure(made)


def test_a_loss_that_scatters_by_as_much_as_it_is_has_come_down():
    def loss(at):
        return 0.1 + 0.06 * math.sin(57 * at)

    assert sure(recording(*layers(update=5e-3), loss=loss, bins=50)) == []
    assert sure(recording(*layers(update=5e-3), loss=lambda at: loss(at) + 1.0, bins=50)) == ["plateau"]


def test_a_slow_fall_is_no_plateau():
    assert sure(recording(*layers(update=5e-3), loss=lambda at: 2.3 - 0.05 * at, bins=50)) == []


def test_what_is_learned_within_the_first_of_many_steps_is_no_plateau():
    made = recording(*layers(update=5e-3), loss=lambda at: 0.3 + 0.02 * math.sin(57 * at), steps=100_000, bins=50)
    made.course["loss_high"][0] = 2.3
    assert sure(made) == []


BADS = {
    "3/relu": "`2`",
    "the input": "data",
    "the loss": "the loss",
    "a gradient": "backward",
}


@pytest.mark.parametrize("place", BADS)
def test_the_first_number_that_is_not_finite_is_told_with_what_made_it(place):
    def loss(at):
        return math.nan if at > 0.4 else 2.0

    made = recording(*layers(), loss=loss, first_bad=FirstBad(place, 41, 7))
    found = findings_of(made)[0]
    assert (found.name, found.where, found.since, found.weight) == ("non-finite", place, 41, "finding")
    assert "step 41" in found.evidence
    assert BADS[place] in found.evidence
    caused = findings_of(replace(made, first_bad=FirstBad(place, 41, 7, cause="0.weight")))[0]
    assert "`0.weight`" in caused.evidence


def test_no_layer_is_blamed_for_a_number_that_may_have_come_from_before_it():
    made = recording(*layers(), loss=math.nan, first_bad=FirstBad("3/relu", 1, 7))
    (found,) = (one for one in findings_of(made) if one.name == "non-finite")
    assert "between `1/relu` and `3/relu`, in the layer `2` or before it" in found.evidence
    assert "masked throughout" in " ".join(found.advice)
    first = findings_of(replace(made, first_bad=FirstBad("1/relu", 1, 7)))[0]
    assert "No activation was measured before it: it arose between the inputs and `1/relu`" in first.evidence


def test_before_the_first_step_no_smaller_step_is_advised():
    made = recording(*layers(), loss=lambda at: math.nan if at > 0.4 else 2.0)
    for cause in ("", "0.weight"):
        first, later = (
            " ".join(told(replace(made, first_bad=FirstBad("3/relu", step, 7, cause)), "non-finite").advice)
            for step in (1, 41)
        )
        assert "clip_grad_norm_" not in first
        assert "step too large" not in first
        assert "clip_grad_norm_" in later


def test_of_a_step_that_was_not_looked_at_nothing_is_said_but_its_loss():
    made = recording(*layers(), loss=lambda at: math.nan if at > 0.4 else 2.0, unseen=80)
    found = told(replace(made, first_bad=FirstBad("the loss", 41, 1, seen=False)), "non-finite")
    assert "That step was not looked at (20 of 100 were)" in found.evidence
    assert "finite:" not in found.evidence
    assert "isfinite(inputs)" in found.advice[1]
    assert "budget=None" in found.advice[2]


def test_holes_that_the_model_fills_are_a_hint():
    made = recording(*layers(), first_bad=FirstBad("the input", 3, 7))
    assert [(one.name, one.weight) for one in findings_of(made)] == [("non-finite", "hint")]


def test_behind_a_nan_only_causes_are_told():
    def after(at):
        return 1.0 if at > 0.5 else 0.0

    def loss(at):
        return math.nan if at > 0.5 else 2.0

    made = recording(*layers(silent=after, update=0.7), loss=loss, first_bad=FirstBad("3/relu", 51, 7))
    assert [one.name for one in findings_of(made)] == ["learning-rate-too-high", "non-finite"]


def test_steps_too_large_within_the_bin_of_a_nan_are_still_its_cause():
    made = recording(*layers(update=0.7), first_bad=FirstBad("the loss", 3, 7), loss=math.nan)
    assert [one.name for one in findings_of(made)] == ["learning-rate-too-high", "non-finite"]


def test_weights_that_swelled_within_the_first_bin_took_steps_too_large():
    def made(step):
        seen = recording(*layers(update=step), steps=6400, bins=64)
        for one in seen.parameters:
            one.bins["weight_squares"] *= 100.0
            one.bins["update_squares"] *= 100.0
        return seen

    assert sure(made(0.15)) == ["learning-rate-too-high"]
    assert sure(made(0.05)) == []


def test_a_leap_of_a_loss_that_came_down_to_next_to_nothing_did_no_harm():
    def made(end):
        return recording(*layers(update=0.15), loss=lambda at: end if at > 0.5 else 2.0 + 80.0 * at)

    assert sure(made(1.0)) == ["learning-rate-too-high"]
    assert sure(made(0.5 * t.RECOVERED)) == []


def test_a_method_of_second_order_may_take_large_steps():
    made = recording(*layers(update=0.7))
    assert sure(replace(made, optimizer=Optimizer("LBFGS", 1.0))) == []


def test_causes_come_before_consequences():
    made = replace(SICK["unscaled-inputs"](), static=(static("softmax-twice"), static("missing-activation")))
    names = [one.name for one in findings_of(made)]
    assert names == sorted(names, key=list(DEFINITIONS).index)
    assert [one.name for one in findings_of(made) if one.weight == "finding"] == [
        "unscaled-inputs",
        "missing-activation",
        "softmax-twice",
    ]
    assert told(made, "saturation").weight == "hint"


def test_what_the_graph_shows_is_explained_by_nothing():
    made = replace(SICK["unscaled-inputs"](), static=(static("unsuited-initialisation"),))
    assert sure(made) == ["unscaled-inputs", "unsuited-initialisation"]


def test_what_explains_comes_first():
    order = list(DEFINITIONS)
    late = {"vanishing-gradient": ("dead-units", "one-sided-units", "saturation")}
    for cause, others in EXPLAINS.items():
        for other in others:
            dynamic_after_static = cause in STATIC and other not in STATIC
            assert dynamic_after_static or other in late.get(cause, ()) or order.index(cause) < order.index(other)


def test_findings_of_one_name_are_one():
    made = replace(recording(*layers()), static=(static("no-slope"), replace(static("no-slope"), where="5")))
    (found,) = findings_of(made)
    assert (found.where, found.also) == ("3", ("5",))


def test_nothing_was_seen():
    nothing = Recording("Net", 0, np.zeros(0, np.int64), (), (), blank(COURSE, 0))
    assert findings_of(nothing) == ()
    assert findings_of(replace(nothing, static=(static("softmax-twice"),)))[0].name == "softmax-twice"


@pytest.mark.parametrize("name", [*SICK, *HEALTHY])
def test_moments_of_nothing_but_nan_say_nothing(name):
    """A recording in which all numbers were lost, but nothing says which came first."""
    made = (SICK.get(name) or HEALTHY[name])()
    for rows in (*(one.bins for one in made.places), *(one.bins for one in made.parameters), made.course):
        for field in rows.dtype.names:
            if rows[field].dtype.kind == "f":
                rows[field] = math.nan
    assert set(sure(replace(made, first_bad=None))) <= {"dead-units", "one-sided-units", "saturation"}


@pytest.mark.parametrize("name", SICK)
def test_a_finding_shows_its_evidence_and_code_to_type(name):
    found = told(SICK[name](), name)
    assert found.evidence.endswith(".")
    assert any(character.isdigit() for character in found.evidence)
    assert any(line.startswith("    ") for line in found.advice)
    for line in found.advice:
        if line.startswith("    "):
            compile("\n".join(part[4:] for part in found.advice if part.startswith("    ")), "advice", "exec")


def test_targets_are_the_cause_of_numbers_that_are_not_finite():
    def lost(size):
        return replace(of_targets(size, 0.3, math.nan), first_bad=FirstBad("the loss", 7, 7))

    assert sure(lost(1e5)) == ["unscaled-targets", "non-finite"]
    assert sure(lost(1.0)) == ["non-finite"]


def test_a_loss_that_has_come_down_needs_no_scale():
    assert sure(of_targets(1e5, 0.3, 0.3)) == []
    assert sure(aimed(recording(*layers()), 0.0, 0.0, 0.3)) == []
    assert "unscaled-targets" not in sure(replace(of_targets(1e5, 0.3), steps=t.PLATEAU_STEPS - 1))


NUMBERS = {
    "unscaled-targets": (t.LARGE_TARGETS, t.TINY_TARGETS, t.LEARNT, t.PLATEAU_STEPS),
    "kept-gradients": (t.KEPT_STEPS + 1,),
    "unscaled-inputs": (t.LARGE_INPUTS, t.TINY_INPUTS, t.OFF_CENTRE),
    "learning-rate-too-high": (
        t.LARGE_STEP,
        t.GROWTH,
        t.FIRST_STEPS,
        t.LARGE_LAYER_STEP,
        t.DYING,
        t.LOSS_JUMP,
        t.RECOVERED,
    ),
    "unsuited-initialisation": (t.SPREAD_CHANGE, t.CHAIN, t.WIDE),
    "dead-units": (t.SILENT, t.FEWEST_UNITS, t.FEWEST_SAMPLES),
    "one-sided-units": (t.ONE_SIDED, t.FEWEST_UNITS, t.FEWEST_SAMPLES),
    "saturation": (t.FLAT,),
    "vanishing-gradient": (t.VANISHING, t.RECURRENT),
    "exploding-gradient": (t.EXPLODING,),
    "learning-rate-too-low": (t.SMALL_STEP, t.SMALL_STEP_AS_MADE, t.PLATEAU_STEPS),
    "zigzag": (t.ONE_SIGNED, t.ZIGZAG_CENTRE),
    "plateau": (t.PLATEAU_STEPS, t.PLATEAU_SCATTER, t.MOVING),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_words_of_a_definition_hold_the_thresholds(name):
    for number in NUMBERS[name]:
        assert f"{number:g}" in DEFINITIONS[name].rule


def test_advice_keeps_to_the_users_rate():
    assert optimizer(Optimizer("SGD", 3.0), 0.01) == "    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)"
    assert optimizer(Optimizer("Adam", 1e-8), 1e9).endswith("lr=0.001)")
    assert optimizer(None, 0.1).endswith("lr=0.001)")
    assert rounded(0.00999) == 0.005


def test_a_function_of_the_users_own_is_replaced_by_hand():
    place = replace(recording(Layer()).places[0].place, function="MyAct", formula=False)
    assert "MyAct" in replacement(place)[0]


@pytest.mark.parametrize("lr", [1e-12, 1e-5, 0.3, 50.0])
@pytest.mark.parametrize("factor", [1e-20, 0.1, 1e9])
def test_no_rate_is_advised_that_nobody_uses(lr, factor):
    for told in (optimizer(Optimizer("SGD", lr), factor), usual(Optimizer("SGD", lr), factor)[1]):
        rate = float(told.rpartition("lr=")[2].rstrip(")"))
        assert min(1e-6, lr / 20) <= rate <= 1.0


def test_a_rate_too_low_is_answered_with_the_usual_one():
    def advised(name, lr, update=1e-8):
        made = recording(*layers(update=update), loss=2.3)
        return told(replace(made, optimizer=Optimizer(name, lr)), "learning-rate-too-low").advice

    assert advised("Adam", 1e-8)[1].endswith("Adam(model.parameters(), lr=0.001)")
    assert "0.01 to 0.1" in advised("SGD", 1e-8)[0]
    assert advised("SGD", 1e-8)[1].endswith("lr=0.01)")
    assert advised("SGD", 1e-6, 1e-7)[1].endswith("lr=0.01)")
    assert advised("Adam", 0.01)[1].endswith("lr=0.1)")


def test_beside_a_rate_no_other_rate_is_named():
    made = replace(SICK["learning-rate-too-high"](), optimizer=Optimizer("SGD", 10.0))
    lines = [line for one in findings_of(made) for line in one.advice if "lr=" in line]
    assert told(made, "dead-units").weight == "hint"
    assert len(lines) == 1
    alone = recording(Layer(), Layer(silent=lambda at: float(at > 0.3)), Layer())
    assert any("lr=" in line for line in told(alone, "dead-units").advice)


def test_targets_that_are_not_scaled_come_before_the_rate():
    large, small = (told(recording(*layers(update=0.7), loss=loss), "learning-rate-too-high") for loss in (4e10, 2.3))
    assert any("targets = " in line for line in large.advice)
    assert not any("targets = " in line for line in small.advice)


def test_the_loss_that_takes_logits_is_advised_to_those_who_have_a_softmax():
    def advised(*places):
        made = recording(*layers(), *places, loss=lambda at: math.nan if at > 0.4 else 2.0)
        return "\n".join(told(replace(made, first_bad=FirstBad("the loss", 41, 7)), "non-finite").advice)

    assert "cross_entropy(logits" not in advised()
    assert "clip_grad_norm_" in advised()
    assert "functional.cross_entropy(logits" in advised(Layer("softmax", role="output"))
    assert "binary_cross_entropy_with_logits" in advised(Layer("sigmoid", role="output"))


def unseen(made, *names):
    """A recording in which no optimiser was seen with these weights, or with any."""
    blanked = [
        replace(one, bins=blank(one.bins.dtype, len(one.bins))) if one.name in names or not names else one
        for one in made.parameters
    ]
    return replace(made, parameters=tuple(blanked), optimizer=made.optimizer if names else None)


def test_weights_that_no_optimiser_moves_are_a_hint():
    found = told(unseen(recording(*layers())), "unreached-parameters")
    assert (found.weight, found.where) == ("hint", "")
    assert "other parameters" in found.evidence
    assert "by hand" in found.evidence
    assert findings_of(unseen(recording(*layers(), steps=t.FEWEST_STEPS - 1))) == ()
    assert findings_of(unseen(recording(*layers(trained=False)))) == ()


def test_weights_that_the_optimiser_leaves_out_are_a_hint():
    made = unseen(recording(*layers()), "0.weight", "2.weight")
    found = told(made, "unreached-parameters")
    assert (found.weight, found.where, found.also) == ("hint", "0.weight", ("2.weight",))
    unreached = replace(static("unreached-parameters"), where="0", also=("2.weight",))
    assert [one.where for one in findings_of(replace(made, static=(unreached,)))] == ["0"]
    for one in made.parameters:
        one.bins["visits"] = np.minimum(one.bins["visits"].cumsum(), 1) * (np.arange(len(one.bins)) == 0)
    assert findings_of(made) == ()


def test_only_what_had_evidence_was_judged():
    long = recording(*layers(), bins=50)
    assert set(judged(long)) == set(DEFINITIONS) - {"saturation", "unscaled-targets"}
    assert "unscaled-targets" in judged(aimed(recording(*layers(), bins=50), 0.5, 1.0, 0.3))
    assert "saturation" in judged(recording(*layers(function="tanh")))
    short = judged(recording(*layers(), steps=2))
    assert {"plateau", "learning-rate-too-high", "learning-rate-too-low", "zigzag"}.isdisjoint(short)
    assert "unsuited-initialisation" in short
    assert "plateau" not in judged(recording(*layers(), steps=t.PLATEAU_STEPS - 1, bins=49))
    assert "learning-rate-too-high" not in judged(unseen(long))
    assert judged(replace(long, broken="measuring stopped")) == ()


def test_a_check_judges_by_the_graph_alone():
    one = replace(recording(*layers(), steps=1), differentiated=False)
    assert set(judged(one)) == set(evidence.STATIC)
    assert judged(replace(one, graph="unseen")) == ()
    assert set(judged(replace(recording(*layers()), graph="hidden"))).isdisjoint(evidence.STATIC)


def test_forward_passes_alone_are_no_verdict():
    checked = replace(recording(*layers()), differentiated=False)
    assert Diagnosis(checked).healthy
    assert not Diagnosis(replace(checked, graph="unseen")).judged
    assert not Diagnosis(replace(checked, graph="hidden")).judged
    assert Diagnosis(replace(checked, graph="hidden", differentiated=True)).healthy


def test_a_hint_of_what_is_found_at_the_same_layer_is_told_once():
    seen = recording(*layers())
    place = seen.places[1].place
    sick = replace(static("wrong-output-activation"), where=place.name)
    hint = replace(static("wrong-output-activation", "hint"), where=place.layer)
    elsewhere = replace(hint, where=seen.places[0].place.layer)

    def weights(*told):
        return [(one.weight, one.where, one.also) for one in findings_of(replace(seen, static=told))]

    assert place.layer not in ("", place.name)
    assert weights(sick, hint) == [("finding", place.name, ())]
    assert weights(sick, replace(elsewhere, also=(hint.where,)))[1:] == [("hint", elsewhere.where, ())]
    assert weights(sick, replace(hint, name="no-slope"))[1:] == [("hint", place.layer, ())]


def test_there_is_no_rule_twice():
    assert len(set(RULES)) == len(RULES)
