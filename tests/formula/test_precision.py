"""Lost digits are said where mpmath sees them lost, and nowhere in the catalogue."""

import time

import mpmath as mp
import numpy as np
import pytest

from actscope.bench.by_mpmath import TABLE
from actscope.catalogue import CATALOGUE
from actscope.formula import Const, Expr, derivative, evaluate, fold, parse
from actscope.formula.precision import ALLOWED, Lost, lost_digits
from actscope.formula.stable import stable
from naive import LOSSY, OTHERS


def exactly(expr: Expr, x: float) -> mp.mpf:
    def join(op, args):
        if op == "where":
            return args[1] if args[0] else args[2]
        return TABLE[op](*args)

    with mp.workdps(400):
        return fold(expr, lambda n: mp.mpf(repr(n.value) if isinstance(n, Const) else x), join)


def error_in_float32(expr: Expr, x: float) -> float:
    """Return by how many units in the last place of float32 float64 arithmetic is off."""
    got, true = float(evaluate(expr, x=np.float64(x))), exactly(expr, x)
    return float(abs(got - true) / np.spacing(np.float32(abs(float(true)))))


def holds(found: tuple[Lost, ...], x: float) -> bool:
    return any(lost.low <= x <= lost.high for lost in found)


@pytest.mark.parametrize(("written", "x"), LOSSY.items())
def test_what_loses_digits_is_said_with_its_range(written, x):
    assert holds(lost_digits(stable(parse(written))), x)


@pytest.mark.parametrize("written", ["x - sin(x)", "x*arctan(x)/pi + x/2", "x*(1 - arctan(1e3*x)*2/pi)"])
def test_the_range_is_that_of_mpmath(written):
    formula = stable(parse(written))
    found = lost_digits(formula)
    for x in [side * 10.0**k for k in range(-14, 15) for side in (-1, 1)]:
        lost = error_in_float32(formula, x) > 2 * ALLOWED
        # All that is lost is said; what is said is within some powers of ten of where it begins to be lost.
        assert holds(found, x) or not lost, f"at {x}"
        assert not holds(found, x) or any(
            error_in_float32(formula, x * step) > 0.1 for step in (1.0, 0.01, 0.1, 10.0, 100.0)
        ), f"at {x}"


def test_the_oracle_bites():
    formula = parse("x - sin(x)")
    assert error_in_float32(formula, 1e-7) > 1e3
    assert not holds(lost_digits(parse("x - tanhshrink(x)")), 0.5)
    assert holds(lost_digits(parse("1 - (1 - x)")), 1e-12)


@pytest.mark.parametrize("activation", [a for a in CATALOGUE if a.pointwise], ids=lambda a: a.name)
def test_the_catalogue_loses_none(activation):
    for formula in (activation.formula, activation.slope_formula):
        # Of an angle that is a product the rounding shows from 1e7 on.
        found = [
            lost for lost in lost_digits(formula, dict(activation.defaults)) if min(abs(lost.low), abs(lost.high)) < 1e7
        ]
        assert not found, f"{formula} {found[0]}"


@pytest.mark.parametrize("written", OTHERS)
def test_what_rules_save_is_not_said_to_be_lost(written):
    formula = stable(parse(written))
    for saved in (formula, stable(derivative(formula))):
        found = [lost for lost in lost_digits(saved) if min(abs(lost.low), abs(lost.high)) < 1e7]
        assert not [str(lost) for lost in found if not (lost.undefined and lost.high < -1)]


def test_as_they_are_written_they_lose_digits():
    sound = {
        written for written in OTHERS if not lost_digits(parse(written)) and not lost_digits(derivative(parse(written)))
    }
    # In float32 these are rewritten for the sake of float64 alone.
    assert sound == {"x*exp(-x^2/2)", "x/(1 + x^2)"}


def test_overflow_and_nan_are_told_apart():
    (overflow,) = lost_digits(parse("x*exp(x)/(exp(x) + 1)"))
    assert overflow.undefined
    assert overflow.high > 1e38
    assert 354 < overflow.low < 800
    assert str(overflow).startswith("is nan for x from 7")
    (negative,) = lost_digits(parse("sqrt(x)"))
    assert negative.undefined
    assert str(negative) == "is nan for x from -infinity to -2.8e-45, in sqrt(x)"
    (there,) = lost_digits(parse("sin(x)/x"))
    assert str(there) == "is nan at x = 0, in sin(x)/x"


def test_the_part_is_the_innermost_one_that_is_reached():
    (lost,) = lost_digits(parse("3 + 2*where(x > 0, expm1(x) - x, 1)/x**2"))
    assert str(lost.part) == "expm1(x) - x"
    assert lost.low > 0
    assert len(str(lost_digits(parse("1 - (1 - " + "tanh(" * 20 + "x" + ")" * 21))[0])) < 140


def test_poles_roots_and_plain_overflow_lose_nothing():
    for written in ("1/x", "exp(x)", "x**3", "x*exp(x)", "cos(x)", "x*(x - 1)", "x**2 - 2", "1 + sin(x)", "1e30*x"):
        assert lost_digits(parse(written)) == (), written


def test_parameters_have_values():
    formula = parse("x - a*sin(x)")
    assert lost_digits(formula, {"a": 1.0})
    assert not lost_digits(formula, {"a": 0.5})


def test_it_is_quick():
    formula = derivative(parse(" + ".join(f"{k}*sin({k}*x)*exp(-x*x/{k})/(1 + {k}*|x|)" for k in range(2, 40))))
    started = time.perf_counter()
    lost_digits(formula)
    assert time.perf_counter() - started < 0.5
