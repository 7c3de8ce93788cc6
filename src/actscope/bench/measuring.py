"""The errors of one library's function: on a sample, on all numbers of 16 bits, against float64 or against mpmath."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..catalogue.properties import limit
from ..errors import SettingError
from . import by_actscope, points
from .formats import FLOAT64, Array, Format
from .libraries import Implementation, implementation
from .records import Errors, Library, Score, TruthCheck, Worst
from .scoring import Region, near_roots, summed_up, ulps
from .subjects import Subject

TRUTH_POINTS = 600
"""On about which the float64 truth is held to mpmath."""
INFINITE = (-math.inf, math.inf, math.nan)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a subject's errors are measured on: inputs with their true results."""

    subject: Subject
    form: Format
    inputs: tuple[Array, ...]
    true: Array
    rest: Array | None
    """What the truth has beyond float64, in ulp of the format."""
    regions: tuple[Region, ...]
    """Where it crosses 0 away from x = 0."""


@lru_cache(maxsize=256)
def places(subject: Subject) -> tuple[tuple[float, ...], tuple[Region, ...]]:
    """Return the inputs at which something happens, and the regions around the roots away from 0.

    Of a gated activation's two inputs those of the first, with the second at 1.
    """
    truth = _truth(subject)
    gated = subject.activation.gated
    roots = points.roots((lambda x: truth(x, np.ones_like(x))) if gated else truth)
    kinks = () if gated else subject.activation.properties.kinks
    return (*kinks, *roots), points.root_regions(roots)


def setting(subject: Subject, form: Format, samples: int, exactly: bool = False) -> Setting:
    """Return inputs with the truth: by mpmath for float64, and for all others if `exactly`; else by float64."""
    special, regions = places(subject)
    inputs = _inputs(subject, form, special, samples)
    if form is FLOAT64 or exactly:
        true, rest = by_mpmath(subject, form, inputs)
        return Setting(subject, form, inputs, true, rest, regions)
    return Setting(subject, form, inputs, _truth(subject)(*map(form.widened, inputs)), None, regions)


def _inputs(subject: Subject, form: Format, special: Sequence[float], count: int) -> tuple[Array, ...]:
    if subject.activation.gated:
        return points.pairs(form, special, count)
    return (points.every(form) if form.bits == 16 else points.sample(form, _truth(subject), special, count),)


def score(library: Library, of: Setting) -> Score | None:
    """Return the errors of a library's function; None where it has none."""
    compute = implementation(library, of.subject, of.form)
    if compute is None:
        return None
    single = len(of.inputs) == 1
    found = errors(compute, of, declared=library == "actscope")
    missed = limits_missed(of.subject, of.form, compute) if single else ()
    every = of.form.bits == 16 and single
    return Score(of.subject.activation.name, of.subject.kind, library, found, every, missed)


def errors(compute: Implementation, of: Setting, declared: bool) -> Errors:
    """Return the errors of a function on arrays; at a kink only a function that has the `declared` slope is judged."""
    got = of.form.widened(compute(*of.inputs))
    wide = [of.form.widened(each) for each in of.inputs]
    found = ulps(got, of.true, of.form, of.rest, near_roots(wide, of.regions))
    if not declared and of.subject.kind == "slope":
        # There are several right slopes; ours is a declared one.
        found[np.isin(wide[0], of.form.widened(of.form.rounded(of.subject.activation.properties.kinks)))] = 0.0
    return summed_up(found, of.form, wide, got, of.true)


def limits_missed(subject: Subject, form: Format, compute: Implementation) -> tuple[Worst, ...]:
    """Return the infinite inputs whose result is not the limit, by the contract, and nan if nan does not stay nan."""
    x = form.rounded(INFINITE)
    got = form.widened(compute(x))
    true = np.array([limit(subject.formula, -1), limit(subject.formula, 1), math.nan])
    found = ulps(got, true, form)
    return tuple(
        Worst(float(found[k]), (INFINITE[k],), float(got[k]), float(true[k])) for k in range(3) if found[k] > form.limit
    )


def truth_check(subject: Subject, form: Format) -> TruthCheck:
    """Return how far the float64 truth lies from mpmath, in ulp of the format, where things happen and between."""
    special, regions = places(subject)
    inputs = _inputs(subject, form, special, TRUTH_POINTS)
    if form.bits == 16:
        inputs = tuple(points.few(each, TRUTH_POINTS) for each in inputs)
    true, rest = by_mpmath(subject, form, inputs)
    wide = [form.widened(each) for each in inputs]
    got = _truth(subject)(*wide)
    found = summed_up(ulps(got, true, form, rest, near_roots(wide, regions)), form, wide, got, true)
    return TruthCheck(subject.activation.name, subject.kind, len(true), found.broken_worst or found.worst)


def by_mpmath(subject: Subject, form: Format, inputs: Sequence[Array]) -> tuple[Array, Array]:
    """Return the true results as float64, and what that leaves over in ulp of the format."""
    from .by_mpmath import exact, in_two_parts

    names, formula = subject.activation.inputs, subject.formula
    wide = [form.widened(each).tolist() for each in inputs]
    numbers = [exact(formula, **dict(zip(names, each, strict=True))) for each in zip(*wide, strict=True)]
    return in_two_parts(numbers, form)


def _truth(subject: Subject) -> Implementation:
    found = by_actscope.truth(subject)
    if found is None:
        raise SettingError(f"{subject.name} cannot be measured: there is no float64 code of it")
    return found
