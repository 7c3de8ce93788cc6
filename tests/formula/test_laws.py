"""Laws of all formulas, on random ones built from the table of primitives; mpmath and SymPy know the right answers."""

import inspect
import math

import mpmath as mp
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from actscope.formula import (
    Apply,
    Const,
    Expr,
    Interval,
    Symbol,
    bounds,
    derivative,
    evaluate,
    fold,
    latex,
    parse,
    simplify,
    substitute,
    symbols,
    text,
)
from actscope.formula.expr import apply
from actscope.formula.ops import OPS
from primitives import REAL, REAL_OF_MORE

ELEMENTWISE = [name for name in OPS if not name.startswith("row_")]
ARITY = {name: len(inspect.signature(OPS[name].slope).parameters) // 2 for name in OPS}
SPECIAL = {"greater", "where", "pow", "isnan"}  # their arguments are not any formulas
FARTHEST = 1e4  # beyond it exp(exp(u)) would fill the memory of an exact calculator


def _defined(function, where=lambda _: True):
    return lambda u: function(u) if abs(u) < FARTHEST and where(u) else mp.nan


def _of_scale(function):
    """Return a function of more numbers where the last, a size or a temperature, is positive and exp in reach."""
    return lambda *args: function(*args) if args[-1] > 0 and abs(args[0]) < FARTHEST * args[-1] else mp.nan


DOMAIN = {"sqrt": lambda u: u >= 0, "log": lambda u: u > 0, "log1p": lambda u: u > -1}
EXACT = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b if b else mp.nan,
    "pow": lambda u, n: u ** int(n) if u or n >= 0 else mp.nan,
    "greater": lambda a, b: a > b,
    "isnan": mp.isnan,
    **{name: _defined(function, DOMAIN.get(name, lambda _: True)) for name, function in REAL.items()},
    **{name: _of_scale(function) for name, function in REAL_OF_MORE.items()},
}
SMOOTH = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "neg": lambda u: -u,
    "pow": lambda u, n: u ** int(n),
    "sqrt": sympy.sqrt,
    "exp": sympy.exp,
    "expm1": lambda u: sympy.exp(u) - 1,
    "log": sympy.log,
    "log1p": lambda u: sympy.log(1 + u),
    "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
    "tanh": sympy.tanh,
    "sech2": lambda u: 1 / sympy.cosh(u) ** 2,
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "normal_cdf": lambda u: (1 + sympy.erf(u / sympy.sqrt(2))) / 2,
    "normal_pdf": lambda u: sympy.exp(-(u**2) / 2) / sympy.sqrt(2 * sympy.pi),
    "logistic_pdf": lambda u: 1 / (2 + sympy.exp(u) + sympy.exp(-u)),
    "tanh2": lambda u: sympy.tanh(u) ** 2,
    "tanh_softplus": lambda u: sympy.tanh(sympy.log(1 + sympy.exp(u))),
    "tanh_softplus_slope": lambda u: sympy.cosh(sympy.log(1 + sympy.exp(u))) ** -2 / (1 + sympy.exp(-u)),
    "erf": sympy.erf,
    "gaussian": lambda u: sympy.exp(-(u**2)),
    "arctan": sympy.atan,
    "cauchy": lambda u: 1 / (1 + u**2),
    "softsign": lambda u: u / (1 + sympy.sqrt(u**2)),
    "tanhshrink": lambda u: u - sympy.tanh(u),
    "hyperbola": lambda u, b: sympy.sqrt(u**2 + b),
    "squareplus": lambda u, b: (u + sympy.sqrt(u**2 + b)) / 2,
    "squareplus_slope": lambda u, b: (1 + u / sympy.sqrt(u**2 + b)) / 2,
    "tempered": lambda u, v, t: (u - v) / t,
    "share": lambda u, v, t: sympy.exp((u - v) / t),
    "cos": sympy.cos,
    "sin": sympy.sin,
}


def exactly(expr, digits=60, **values):
    """Return the value of `expr` by mpmath; nan where it has none."""

    def join(op, args):
        if op == "where":
            condition, a, b = args
            return mp.nan if condition is mp.nan else a if condition else b
        if op != "isnan" and any(not isinstance(arg, bool) and mp.isnan(arg) for arg in args):
            return mp.nan
        return EXACT[op](*args)

    with mp.workdps(digits):
        return fold(expr, lambda n: mp.mpf(n.value if isinstance(n, Const) else values[n.name]), join)


def close(got, true, relative):
    return abs(got - true) <= relative * max(1, abs(true))


def expressions(ops=tuple(ELEMENTWISE), leaves=6):
    """Return a strategy for formulas in x and alpha, made of `ops`."""
    numbers = st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5, -0.25, 3.0, 0.01, math.pi, 1e-3, -7.0])
    leaf = st.one_of(st.just(Symbol("x")), st.just(Symbol("x")), st.just(Symbol("alpha")), numbers.map(Const))

    def grow(inner):
        kinds = [
            st.builds(lambda *args, name=name: Apply(name, args), *[inner] * ARITY[name])
            for name in ops
            if name not in SPECIAL
        ]
        if "pow" in ops:
            kinds.append(st.builds(lambda u, n: u**n, inner, st.integers(-3, 4)))
        if "where" in ops:
            kinds.append(st.builds(lambda a, b, c, d: apply("where", a > b, c, d), *[inner] * 4))
        return st.one_of(kinds)

    return st.recursive(leaf, grow, max_leaves=leaves)


POINTS = [(-3.7, 0.8), (-0.6, 1.9), (0.3, 0.8), (1.1, -0.4), (2.9, 1.9)]
COMMON = settings(max_examples=150, deadline=None, derandomize=True)


def check_slope(expr: Expr, slope: Expr) -> int:
    """Compare with two one-sided differences; where they differ is a kink or a pole. Return how many were compared."""
    compared = 0
    for x, alpha in POINTS:
        with mp.workdps(60):
            at, step = mp.mpf(x), mp.mpf(10) ** -20
            before, here, after = (exactly(expr, x=at + side * step, alpha=alpha) for side in (-1, 0, 1))
            left, right = (here - before) / step, (after - here) / step
            if mp.isnan(left + right) or abs(right) > 1e8 or not close(left, right, 1e-8):
                continue
            got = exactly(slope, x=at, alpha=alpha)
            assert close(got, right, 1e-7), f"slope of {expr} at x = {x}: {mp.nstr(got)} instead of {mp.nstr(right)}"
        compared += 1
    return compared


@COMMON
@given(expressions())
def test_the_slope_is_the_limit_of_difference_quotients(expr):
    check_slope(expr, derivative(expr))


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in SPECIAL])
def test_the_slope_of_each_primitive_in_each_argument(name):
    symbols = [Symbol("x"), Symbol("alpha"), Const(0.7)][: ARITY[name]]
    expr = Apply(name, tuple(symbols))
    assert check_slope(expr, derivative(expr)) >= 2
    if len(symbols) == 2:
        swapped = Apply(name, (symbols[1], symbols[0]))
        assert check_slope(swapped, derivative(swapped)) >= 2


def test_the_slope_oracle_bites():
    expr = parse("x*sigmoid(alpha*x)")
    with pytest.raises(AssertionError, match="slope of x\\*sigmoid"):
        check_slope(expr, derivative(expr) * 1.000001)


def in_sympy(expr: Expr):
    def leaf(node):
        return sympy.Rational(node.value) if isinstance(node, Const) else sympy.Symbol(node.name, real=True)

    return fold(expr, leaf, lambda op, args: SMOOTH[op](*args))


def check_slope_with_sympy(expr: Expr, slope: Expr) -> int:
    try:
        true = sympy.lambdify(
            [sympy.Symbol("x", real=True), sympy.Symbol("alpha", real=True)],
            sympy.diff(in_sympy(expr), sympy.Symbol("x", real=True)),
            "mpmath",
        )
    except (ZeroDivisionError, TypeError):  # 1/0 and its like
        return 0
    compared = 0
    for x, alpha in POINTS:
        with mp.workdps(60):
            got, inside = exactly(slope, x=x, alpha=alpha), exactly(expr, x=x, alpha=alpha)
            if mp.isnan(got) or mp.isnan(inside) or abs(got) > 1e20:
                continue
            try:
                expected = true(mp.mpf(x), mp.mpf(alpha))
            except (ZeroDivisionError, OverflowError, NameError, ValueError):  # zoo: SymPy's name for a pole
                continue
            if mp.im(expected) or mp.isnan(mp.re(expected)):
                continue
            assert close(got, mp.re(expected), 1e-12), f"slope of {expr} at x = {x}: {mp.nstr(got)} is not {expected}"
            compared += 1
    return compared


@pytest.mark.parametrize("name", [name for name in SMOOTH if name != "pow"])
def test_the_slope_of_each_smooth_primitive_is_that_of_sympy(name):
    x = Symbol("x")
    args = (x - 7, x * x + 1, x + 8)[: ARITY[name]] if ARITY[name] > 1 else (x * x + 1,)
    assert check_slope_with_sympy(Apply(name, args), derivative(Apply(name, args))) == len(POINTS)


@settings(COMMON, max_examples=40)
@given(expressions(tuple(SMOOTH), leaves=4))
def test_the_slope_of_smooth_formulas_is_that_of_sympy(expr):
    check_slope_with_sympy(expr, derivative(expr))


def test_the_sympy_oracle_bites():
    expr = parse("tanh(x)*x**3")
    with pytest.raises(AssertionError, match="slope of tanh"):
        check_slope_with_sympy(expr, derivative(parse("tanh(x)*x**3.0".replace("3.0", "2"))))


def test_every_smooth_primitive_is_compared_with_sympy():
    assert set(ELEMENTWISE) - set(SMOOTH) == {"abs", "greater", "isnan", "where"}


def check_same_values(expr: Expr, other: Expr) -> None:
    """Compare values where the formula is well-conditioned: rounded to doubles at each step it keeps nine digits."""
    for x, alpha in POINTS:
        true, rough = (exactly(expr, digits=digits, x=x, alpha=alpha) for digits in (60, 15))
        if mp.isnan(true) or abs(true) > 1e12 or not close(rough, true, 1e-9):
            continue
        got = exactly(other, x=x, alpha=alpha)
        assert close(got, true, 1e-8), f"{expr} is {mp.nstr(true)} at x = {x}, but {other} is {mp.nstr(got)}"


@COMMON
@given(expressions())
def test_simplify_keeps_the_values(expr):
    check_same_values(expr, simplify(expr))


@COMMON
@given(expressions())
def test_simplify_has_nothing_left_to_do(expr):
    once = simplify(expr)
    assert simplify(once) == once


def test_the_value_oracle_bites():
    with pytest.raises(AssertionError, match="but x \\+ 1 is"):
        check_same_values(parse("x + 1.0000001"), parse("x + 1"))


@COMMON
@given(expressions())
def test_evaluate_agrees_with_mpmath(expr):
    for x, alpha in POINTS:
        true, rough = (exactly(expr, digits=digits, x=x, alpha=alpha) for digits in (60, 15))
        if not mp.isnan(true) and abs(true) < 1e12 and close(rough, true, 1e-9):
            assert close(mp.mpf(float(evaluate(expr, x=x, alpha=alpha))), true, 1e-8)


@COMMON
@given(expressions())
def test_text_reads_back_as_the_same_formula(expr):
    written = text(expr)
    read = parse(written)
    assert text(read) == written
    for x, alpha in POINTS:
        before, after = (exactly(e, x=x, alpha=alpha) for e in (expr, read))
        assert mp.isnan(before) == mp.isnan(after)
        assert mp.isnan(before) or close(after, before, 1e-40)


@COMMON
@given(expressions())
def test_latex_is_balanced(expr):
    written = latex(expr)
    depth = 0
    for character in written.replace(r"\{", "").replace(r"\}", ""):
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert written.count(r"\left") == written.count(r"\right")
    assert written.count(r"\begin{cases}") == written.count(r"\end{cases}")


ends = st.floats(-6, 6).map(lambda v: round(v, 2))


@settings(COMMON, max_examples=250)
@given(expressions(leaves=5), ends, ends, st.floats(-2, 2), st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_bounds_hold_the_value_at_every_point_inside(expr, one, other, alpha, shares):
    low, high = min(one, other), max(one, other)
    check_bounds(expr, bounds(expr, x=Interval(low, high), alpha=Interval(alpha, alpha)), low, high, alpha, shares)


def check_bounds(expr, claimed, low, high, alpha, shares):
    for share in (0.0, 1.0, *shares):
        x = min(max(low + share * (high - low), low), high)
        value = exactly(expr, x=x, alpha=alpha)
        if not mp.isnan(value):
            assert claimed.low <= value <= claimed.high, f"{expr} at {x} is {mp.nstr(value)}, outside {claimed}"


def test_the_bounds_oracle_bites():
    with pytest.raises(AssertionError, match="outside"):
        check_bounds(parse("x*x"), Interval(0.0, 3.99), -2.0, 1.0, 0.0, [0.5])


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name not in SPECIAL and ARITY[name] == 1])
def test_bounds_of_each_primitive_are_tight(name):
    expr = Apply(name, (Symbol("x"),))
    low, high = 0.25, 0.75
    claimed = bounds(expr, x=Interval(low, high))
    values = [exactly(expr, x=low + k * (high - low) / 64) for k in range(65)]
    assert claimed.low <= min(values)
    assert max(values) <= claimed.high
    assert claimed.high - claimed.low <= float(max(values) - min(values)) * 1.001 + 1e-8


def test_bounds_cover_what_infinite_intervals_hold():
    everything = Interval(-math.inf, math.inf)
    for name in ("sigmoid", "tanh", "sech2", "softplus", "normal_cdf", "normal_pdf", "cos", "sin", "exp", "expm1"):
        expr = Apply(name, (Symbol("x"),))
        claimed = bounds(expr, x=everything)
        check_bounds(expr, claimed, -5000.0, 5000.0, 0.0, [0.4, 0.49, 0.5, 0.51, 0.6])


@COMMON
@given(expressions(leaves=4), st.floats(-3, 3))
def test_substitute_replaces_a_symbol_by_its_value(expr, alpha):
    filled = substitute(expr, {"alpha": alpha})
    assert "alpha" not in symbols(filled)
    for x, _ in POINTS:
        before, after = exactly(expr, x=x, alpha=alpha), exactly(filled, x=x)
        assert before == after or (mp.isnan(before) and mp.isnan(after))
