"""Laws of digits: values, slopes and derivatives by parameters in each number format, and at the ends of the line."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..bench import measuring
from ..bench.formats import BFLOAT16, FLOAT16, FLOAT32, FLOAT64, Array, Format
from ..bench.records import Errors, Worst
from ..bench.scoring import summed_up, ulps
from ..bench.subjects import KINDS, Subject, subjects
from .candidates import Candidate, by_formula, implementation, installed
from .records import Finding, exactly, failed, inapplicable, number, passed

LIMITS = {"float32": 2.0, "float64": 4.0, "float16": 0.51, "bfloat16": 0.51}
"""Units in the last place; 16 bits are float32, rounded once."""
PARTIAL = 1.0
"""How much more in float64 for a derivative by an input of two or by a parameter, which is a product."""
ROW_LIMIT = 4.0
"""In float32, where a result takes a sum over a row."""
WIDE, CLOSE = 20_000, 300
"""About how many inputs are held to float64, and to mpmath; wherever something happens there are more."""
_ROWS = (1, 2, 5, 33, 300)


def in_float32(candidate: Candidate) -> Finding:
    """Hold every float32 result to float64 on a wide sample, and to 60 digits on a small one."""
    if candidate.activation.rowwise:
        return _rows(candidate, FLOAT32, ROW_LIMIT)
    samples: list[tuple[int, bool]] = [(WIDE, False)]
    samples += [(CLOSE, True)] if installed("mpmath") else []
    found = _held(candidate, FLOAT32, KINDS, samples)
    return found if installed("mpmath") else _unchecked(found)


def _unchecked(found: Finding) -> Finding:
    told = f"{found.told}; float64 itself was not checked, since mpmath is not installed"
    return Finding(found.verdict, told, found.at, found.miss)


def in_float64(candidate: Candidate) -> Finding:
    """Hold float64 results to 60 digits."""
    return _held(candidate, FLOAT64, KINDS, [(CLOSE, True)])


def in_float16(candidate: Candidate) -> Finding:
    """Hold every float16 result to float64, rounded once."""
    return _in_16_bits(candidate, FLOAT16)


def in_bfloat16(candidate: Candidate) -> Finding:
    """Hold every bfloat16 result to float64, rounded once."""
    return _in_16_bits(candidate, BFLOAT16)


def _in_16_bits(candidate: Candidate, form: Format) -> Finding:
    if candidate.activation.rowwise:
        return _rows(candidate, form, LIMITS[form.name])
    return _held(candidate, form, ["value", "slope"], [(WIDE, False)])


def _held(candidate: Candidate, form: Format, kinds: Iterable[str], samples: Iterable[tuple[int, bool]]) -> Finding:
    """Return the errors of all kinds on samples, each so large and exact or not."""
    met: list[tuple[str, Errors]] = []
    left_out: list[str] = []
    for subject in subjects([candidate.activation], [*kinds]):
        compute = implementation(candidate, subject, form)
        if compute is None:
            left_out.append(subject.kind)
            continue
        for count, close in samples:
            on = measuring.setting(subject, form, count, exactly=close)
            on = _moderate(on) if form is FLOAT64 and candidate.activation.gated else on
            on = _defined(on) if on.rest is not None else on
            met.append((subject.kind, measuring.errors(compute, on, declared=candidate.function is None)))
    more = PARTIAL if form is FLOAT64 and any(kind.startswith("d/d") for kind, _ in met) else 0.0
    return _summary(met, LIMITS[form.name] + more, left_out)


def _moderate(on: measuring.Setting) -> measuring.Setting:
    """Return the pairs of moderate size: a product of a subnormal number in float64 and a huge one has no digits."""
    return _only(on, np.all([(np.abs(each) > 1e-100) & (np.abs(each) < 100.0) for each in on.inputs], axis=0))


def _defined(on: measuring.Setting) -> measuring.Setting:
    """Return the inputs where the formula has a value, or thousands of digits tell which."""
    return _only(on, ~np.isnan(on.true))


def _only(on: measuring.Setting, kept: Array) -> measuring.Setting:
    assert on.rest is not None
    inputs = tuple(each[kept] for each in on.inputs)
    return replace(on, inputs=inputs, true=on.true[kept], rest=on.rest[kept])


def _rows(candidate: Candidate, form: Format, limit: float) -> Finding:
    """Return the errors on rows of several lengths and spreads, held to the formula in float64."""
    compute = implementation(candidate, Subject(candidate.activation, "value"), form)
    assert compute is not None  # bfloat16 is asked for where PyTorch is installed
    rng = np.random.default_rng(0)
    length = int(dict(candidate.activation.defaults).get(candidate.activation.row_length or "", 1))
    met = []
    for size in _ROWS:
        for spread in (1.0, 10.0, 60.0):
            x = form.rounded(rng.normal(0, spread, (20, size * length)))
            wide = form.widened(x)
            true, got = by_formula(candidate.activation, wide), form.widened(compute(x))
            # Each result is told with the largest input of its row.
            places = np.broadcast_to(np.abs(wide).max(-1, keepdims=True), true.shape)
            found = ulps(got.ravel(), true.ravel(), form)
            met.append(("value", summed_up(found, form, [places.ravel()], got.ravel(), true.ravel())))
    return _summary(met, limit, [])


def _summary(met: list[tuple[str, Errors]], limit: float, left_out: list[str]) -> Finding:
    broken = [(kind, errors.broken_worst) for kind, errors in met if errors.broken_worst]
    if broken:
        kind, worst = broken[0]
        return failed(f"{kind} {_place(worst)}", worst.at, math.inf)
    kinds = dict.fromkeys(kind for kind, _ in met)
    largest = {
        kind: max((errors.worst for own, errors in met if own == kind), key=lambda worst: worst.ulp) for kind in kinds
    }
    kind, worst = max(largest.items(), key=lambda item: item[1].ulp)
    if worst.ulp > limit:
        # An absolute error that is enough counts as a share of an ulp, so that it never comes here.
        return failed(
            f"{kind} is {number(worst.ulp)} ulp off {_place(worst)}; at most {limit:g} are allowed", worst.at, worst.ulp
        )
    told = ", ".join(f"{own} {number(max(at_most.ulp, 0.0))}" for own, at_most in largest.items())
    count = sum(errors.inputs for _, errors in met)
    if not count:
        return inapplicable("the formula has no value at any input that was tried")
    rest = f"; {', '.join(left_out)} cannot be measured" if left_out else ""
    return passed(f"largest error in ulp: {told}, on {count:,} inputs{rest}", worst.at, worst.ulp)


def _place(worst: Worst) -> str:
    at = ", ".join(map(exactly, worst.at))
    return f"at {at}: {exactly(worst.got)}, and true is {exactly(worst.true)}"


def at_the_ends(candidate: Candidate) -> Finding:
    """Hold values and slopes at infinite input to the limits of the formula; nan must stay nan."""
    activation = candidate.activation
    if not activation.pointwise:
        return _nan_stays(candidate)
    forms = [FLOAT32, FLOAT64, FLOAT16] + ([BFLOAT16] if installed("torch") else [])
    for form in forms:
        for subject in subjects([activation], ["value", "slope"]):
            compute = implementation(candidate, subject, form)
            for missed in measuring.limits_missed(subject, form, compute) if compute else ():
                return failed(f"{subject.kind} in {form.name} {_place(missed)}", missed.at, missed.ulp)
    left, right = (f"{end:g}" for end in _limits(candidate))
    return passed(f"{left} on the left, {right} on the right, and their slopes; nan stays nan")


def _limits(candidate: Candidate) -> tuple[float, float]:
    properties = candidate.activation.properties
    return properties.limit_left, properties.limit_right


def _nan_stays(candidate: Candidate) -> Finding:
    activation = candidate.activation
    for form in (FLOAT32, FLOAT64):
        compute = implementation(candidate, Subject(activation, "value"), form)
        assert compute is not None
        row = form.rounded([1.0, math.nan, -2.0, 0.5])
        ones = form.rounded(np.ones(4))
        calls = [(row,)] if activation.rowwise else [(row, ones), (ones, row)]
        for inputs in calls:
            got = form.widened(compute(*inputs))
            if not math.isnan(got[0 if activation.pooled else 1]):
                return failed(f"nan in {form.name} gives {got.tolist()}", (math.nan,), math.inf)
    return passed("nan stays nan")
