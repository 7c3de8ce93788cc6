"""Rules are identities, find what they look for in any spelling, and change nothing else; mpmath knows the values."""

import itertools
import math
import random

import mpmath as mp
import numpy as np
import pytest

from actscope.bench.by_mpmath import TABLE
from actscope.catalogue import CATALOGUE
from actscope.formula import Apply, Const, Expr, Symbol, derivative, evaluate, fold, nodes, parse, simplify, substitute
from actscope.formula.rules import RULES, Rule
from actscope.formula.stable import stable
from naive import OTHERS, SPELLINGS

# A naive formula cancels a hundred digits and more before one is right.
DIGITS = 500
WILD = {
    "u": [-25.5, -3.25, -0.4, -1e-9, 1e-9, 0.7, 2.5, 24.0],
    "v": [-2.75, 0.3, 30.0],
    "w": [0.2, 5.0],
    "p": [0.25, 4.0],
    "q": [0.5, 2.0],
}
ONE_NUMBER = [rule for rule in RULES if "row" not in rule.left]


def exactly(expr: Expr, **values: float) -> mp.mpf:
    """Return the value to hundreds of digits; nan where there is none."""

    def join(op, args):
        if op == "where":
            return args[1] if args[0] else args[2]
        if any(not isinstance(arg, bool) and mp.isnan(arg) for arg in args):
            return mp.nan
        try:
            value = TABLE[op](*args)
        except (ZeroDivisionError, ValueError):
            return mp.nan
        return value if isinstance(value, bool | mp.mpf) else mp.nan

    with mp.workdps(DIGITS):
        return fold(expr, lambda n: mp.mpf(repr(n.value) if isinstance(n, Const) else values[n.name]), join)


def points(expr: Expr, rule: Rule | None = None):
    names = sorted(node.name for node in nodes(expr) if isinstance(node, Symbol))
    for values in itertools.product(*(WILD[name] for name in names)):
        found = dict(zip(names, values, strict=True))
        if rule is None or rule.when is None or found["p"] == found["q"] ** 2:
            yield found


def check_rule(rule: Rule) -> None:
    left, right = parse(rule.left), parse(rule.right)
    compared = 0
    for values in points(left, rule):
        true, got = exactly(left, **values), exactly(right, **values)
        if mp.isnan(true):
            continue
        # log(2) and pi are doubles on both sides.
        assert abs(got - true) <= 1e-15 * abs(true), f"{rule.left} is not {rule.right} at {values}"
        compared += 1
    assert compared >= 2


@pytest.mark.parametrize("rule", ONE_NUMBER, ids=lambda rule: rule.left)
def test_each_rule_is_an_identity(rule):
    check_rule(rule)


@pytest.mark.parametrize(
    "wrong",
    [
        Rule("log(1 + exp(u))", "softplus(u) + 1e-12"),
        Rule("1 - sigmoid(u)", "sigmoid(u)"),
        Rule("u + sqrt(u**2 + p)", "2*squareplus(u, p) + 0*log(u)"),
    ],
)
def test_the_oracle_of_rules_bites(wrong):
    with pytest.raises(AssertionError, match="is not"):
        check_rule(wrong)


@pytest.mark.parametrize("rule", [rule for rule in RULES if "row" in rule.left], ids=lambda rule: rule.left)
def test_rules_of_rows_keep_the_values(rule):
    rows = np.random.default_rng(0).normal(size=(5, 7)) * 3
    before, after = (evaluate(parse(side), u=rows) for side in (rule.left, rule.right))
    np.testing.assert_allclose(np.broadcast_to(after, rows.shape), np.broadcast_to(before, rows.shape), rtol=1e-13)
    far = stable(parse(rule.left.replace("u", "x").replace("row_sxm", "row_sum")))
    assert np.all(np.isfinite(evaluate(far, x=rows + 1e4)))


def occurrence(rule: Rule) -> Expr:
    """Return the left side with formulas in place of its wildcards."""
    texts = {"u": "3*x - y**3", "v": "y/2", "w": "y**2", "p": "4", "q": "2"}
    return substitute(parse(rule.left), {name: parse(text) for name, text in texts.items()})


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.left)
def test_each_rule_finds_its_formula(rule):
    before = simplify(occurrence(rule))
    after = stable(before)
    assert after != before
    assert stable(after) == after
    if not rule.whole:
        surrounded = simplify(parse("a*7 + y") + Symbol("a") * before / 3)
        assert stable(surrounded) != surrounded


@pytest.mark.parametrize("rule", ONE_NUMBER, ids=lambda rule: rule.left)
def test_what_is_found_keeps_its_values(rule):
    before = occurrence(rule)
    after = stable(before)
    for x, y in itertools.product([-7.5, -0.3, 0.33333, 0.9, 4.0], [-1.5, 2.0]):
        true = exactly(before, x=x, y=y)
        if not mp.isnan(true):
            # sqrt(2) is a double, which a normal tail makes a thousand times as wrong.
            assert abs(exactly(after, x=x, y=y) - true) <= 1e-13 * abs(true) + 1e-300


def test_rules_inside_each_other_keep_the_values():
    draw = random.Random(0)
    compared = 0
    for _ in range(150):
        outer, inner = draw.choice(ONE_NUMBER), draw.choice(ONE_NUMBER)
        text = {"u": "x", "v": "y", "w": "y**2", "p": "4", "q": "2"}
        inside = substitute(parse(inner.left), {name: parse(value) for name, value in text.items()})
        around = {**{name: parse(value) for name, value in text.items()}, "u": inside}
        before = substitute(parse(outer.left), around)
        after = stable(before)
        for x, y in ((-2.5, 0.75), (0.6, 1.5)):
            true = exactly(before, x=x, y=y)
            if mp.isnan(true) or abs(true) < 1e-30 or abs(true) > 1e30:
                continue
            assert abs(exactly(after, x=x, y=y) - true) <= 1e-12 * max(1, abs(true)), f"{before} became {after}"
            compared += 1
    assert compared > 150


ALIKE = {
    "1 + tanh(x)": ["tanh(x) + 1", "-(-1 - tanh(x))", "1*(1 + tanh(x))"],
    "x - x*sigmoid(3*x)": ["x*(1 - sigmoid(3*x))", "-x*sigmoid(3*x) + x", "x + sigmoid(3*x)*(-x)"],
    "exp(x)/(1 + exp(x))": ["exp(x)*(1/(exp(x) + 1))", "1/(1 + exp(x))*exp(x)", "1/((1 + exp(x))/exp(x))"],
    "a*exp(x) - a": ["a*(exp(x) - 1)", "-a + exp(x)*a", "-(a - a*exp(x))"],
    "2*log(1 + exp(x/3))": ["2*ln(e^(x/3) + 1)", "-2*log(1/(1 + exp(x/3)))"],
}


@pytest.mark.parametrize("written", ALIKE)
def test_order_and_grouping_do_not_matter(written):
    wanted = stable(parse(written))
    assert not any(isinstance(node, Apply) and node.op in ("exp", "log", "ln") for node in nodes(wanted))
    for other in ALIKE[written]:
        assert stable(parse(other)) == wanted


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("x + 3 - tanh(x)**2 - 2", "x + sech2(x)"),
        ("(exp(x) - 1)*(1 + exp(x))", "expm1(x)*(1 + exp(x))"),
        ("exp(x) + 3", "exp(x) + 3"),
        ("2 - sigmoid(x)", "2 - sigmoid(x)"),
        ("1 - y*sigmoid(x)", "1 - y*sigmoid(x)"),
        ("1/(1 + exp(x) + y)", "1/(1 + exp(x) + y)"),
        ("log(1 + x)", "log1p(x)"),
        ("log(x)", "log(x)"),
        ("exp(x)/(1 + exp(y))", "exp(x)*sigmoid(-y)"),
        ("sqrt(x**2 + y)", "sqrt(x**2 + y)"),
        ("sqrt(x**2 - 1)", "sqrt(x**2 - 1)"),
        ("sqrt(x**2 + 1) - 2", "hyperbola(x, 1) - 2"),
        ("x/(1 + abs(y))", "x/(1 + abs(y))"),
        ("x/(y + abs(x))", "x/(y + abs(x))"),
    ],
)
def test_what_only_resembles_a_pattern_stays(written, expected):
    assert str(stable(parse(written))) == expected


def test_parameters_that_are_positive_count_as_numbers():
    formula = parse("(x + sqrt(x**2 + b))/2")
    assert str(stable(formula, frozenset({"b"}))) == "squareplus(x, b)"
    assert "squareplus" not in str(stable(formula))
    for b in (4.0, -4.0):
        for x in (-30.0, 5.0):
            true = exactly(formula, x=x, b=b)
            assert float(evaluate(stable(formula), x=x, b=b)) == pytest.approx(float(true), rel=1e-15)


@pytest.mark.parametrize("activation", [a for a in CATALOGUE if a.pointwise], ids=lambda a: a.name)
def test_the_slopes_of_the_catalogue_need_no_rewriting(activation):
    slope = activation.slope_formula
    for formula in (slope, derivative(slope)):
        assert stable(formula) == simplify(formula)


@pytest.mark.parametrize("written", [*itertools.chain(*SPELLINGS.values()), *OTHERS])
def test_a_second_time_nothing_changes(written):
    once = stable(parse(written))
    assert stable(once) == once
    assert str(stable(parse(str(once)))) == str(once)


def test_numbers_that_are_meant_exactly():
    assert str(stable(parse("1/(1 + exp(-x/3))"))) == "sigmoid(x/3)"
    assert str(stable(parse("1 + erf(x*0.7071067811865476)"))) == "2*normal_cdf(x)"
    assert str(stable(parse("1 + erf(x*0.7071)"))) == f"2*normal_cdf({math.sqrt(2) * 0.7071!r}*x)"
    assert str(stable(parse("1 - cos(0.2*x)"))) == "2*sin(0.1*x)**2"
